//! The reports that people see for typical mistakes. One line each, and a few as they are drawn.

use insta::assert_snapshot;

use super::resolve_text;

fn report(text: &str) -> String {
    match resolve_text(text) {
        Ok(_) => "no mistake".to_owned(),
        Err(errors) => errors.to_string(),
    }
}

fn drawn(text: &str) -> String {
    resolve_text(text).unwrap_err().render(false)
}

/// A plan that is right but for the lines given.
fn with(lines: &str) -> String {
    format!("target: {{ http: http://h }}\n{lines}")
}

fn with_step(step: &str) -> String {
    with(&format!("scenarios:\n  - name: one\n    steps:\n      - {step}"))
}

const SEVERAL: &str = "\
name: checkout
target: { http: 127.0.0.1:8080 }
load:
  closed: { users: 10, thinktime: 1s }
phases: { warmup: 10, measure: 1m }
scenarios:
  - name: browse
    steps:
      - get: /items/{{ zpif(1..10) }}
        check: { status: 20 }
thresholds:
  - p99 < 20
";

#[test]
fn several_mistakes_are_drawn_at_once() {
    assert_snapshot!(drawn(SEVERAL), @r#"
  × the URL `127.0.0.1:8080` has no scheme
   ╭─[plan.yaml:2:17]
 1 │ name: checkout
 2 │ target: { http: 127.0.0.1:8080 }
   ·                 ───────┬──────
   ·                        ╰── here
 3 │ load:
   ╰────
  help: write `http://127.0.0.1:8080`

  × unknown key `thinktime` in `load.closed`
   ╭─[plan.yaml:4:24]
 3 │ load:
 4 │   closed: { users: 10, thinktime: 1s }
   ·                        ────┬────
   ·                            ╰── here
 5 │ phases: { warmup: 10, measure: 1m }
   ╰────
  help: did you mean `think_time`?

  × `warmup`: `10` has no unit
   ╭─[plan.yaml:5:19]
 4 │   closed: { users: 10, thinktime: 1s }
 5 │ phases: { warmup: 10, measure: 1m }
   ·                   ─┬
   ·                    ╰── here
 6 │ scenarios:
   ╰────
  help: write `10s` for seconds or `10ms` for milliseconds

  × there is no function `zpif`
    ╭─[plan.yaml:9:21]
  8 │     steps:
  9 │       - get: /items/{{ zpif(1..10) }}
    ·                     ────────┬────────
    ·                             ╰── here
 10 │         check: { status: 20 }
    ╰────
  help: did you mean `zipf`?

  × `status`: `20` is not a status
    ╭─[plan.yaml:10:26]
  9 │       - get: /items/{{ zpif(1..10) }}
 10 │         check: { status: 20 }
    ·                          ─┬
    ·                           ╰── here
 11 │ thresholds:
    ╰────
  help: write `200`, `[200, 201]`, `"2xx"` or `"200..299"`

  × threshold `p99 < 20` has no unit
    ╭─[plan.yaml:12:5]
 11 │ thresholds:
 12 │   - p99 < 20
    ·     ────┬───
    ·         ╰── here
    ╰────
  help: write `p99 < 20ms`

6 mistakes in plan.yaml
"#);
}

#[test]
fn a_drawn_duplicate_shows_both_places() {
    assert_snapshot!(drawn("target: { http: http://h }\nseed: 1\nseed: 2\n"), @r#"
  × `seed` is given twice
   ╭─[plan.yaml:2:1]
 1 │ target: { http: http://h }
 2 │ seed: 1
   · ──┬─
   ·   ╰── first here
 3 │ seed: 2
   · ──┬─
   ·   ╰── here
   ╰────
  help: remove one of them

1 mistake in plan.yaml
"#);
}

#[test]
fn text_that_is_not_a_plan() {
    assert_snapshot!(report(""), @"plan.yaml:1:1: the plan is empty; `dyno init quick` writes one to start from");
    assert_snapshot!(report("just text"), @"plan.yaml:1:1: a plan must be a map, this is a text");
    assert_snapshot!(report("a: [ 1, 2"), @"plan.yaml:1:4: the text is not YAML: unclosed bracket '['; quote texts that contain `: `, `#`, `{` or `[`, and indent with spaces");
    assert_snapshot!(report("a:\n\tb: 1"), @"plan.yaml:2:2: the text is not YAML: tabs disallowed within this context (block indentation); indent with spaces");
    assert_snapshot!(report("target: { http: http://h }\n---\nname: b"), @"plan.yaml:3:1: the file holds a second document; a plan is one document: remove the `---`");
    assert_snapshot!(report("name: *nobody"), @"plan.yaml:1:7: the text is not YAML: while parsing node, found unknown anchor; quote texts that contain `: `, `#`, `{` or `[`, and indent with spaces");
}

#[test]
fn unknown_keys() {
    assert_snapshot!(report(&with("thinktime: 1s\nload: { closed: { usres: 3, rate: 5/s } }")), @r#"
plan.yaml:2:1: unknown key `thinktime`; `think_time` belongs in `load.closed`
plan.yaml:3:19: unknown key `usres` in `load.closed`; did you mean `users`?
plan.yaml:3:29: unknown key `rate` in `load.closed`; `rate` belongs in `load.open`
"#);
    assert_snapshot!(report(&with("max-in-flight: 3\nzzz: 1")), @r#"
plan.yaml:2:1: unknown key `max-in-flight`; `max_in_flight` belongs in `load.open`
plan.yaml:3:1: unknown key `zzz`; known keys: name, target, load, phases, limits, http, variables, feeders, scenarios, thresholds, output, seed, threads
"#);
}

#[test]
fn targets() {
    assert_snapshot!(report("name: a"), @r#"plan.yaml: the plan has no target; add `target: { http: "http://127.0.0.1:8080" }` or `target: { embedded: {} }`"#);
    assert_snapshot!(report("target: { http: \"http://a b\" }"), @"plan.yaml:1:17: the URL `http://a b` holds a space; write `%20` for it");
    assert_snapshot!(report("target: { http: [ \"http://a:99999\", \"ftp://b\", \"http://\" ] }"), @r#"
plan.yaml:1:19: the URL `http://a:99999` cannot be read: invalid port number; a port is a number from 1 to 65535
plan.yaml:1:37: the scheme `ftp` is not supported; write `http://` or `https://`
plan.yaml:1:48: the URL `http://` cannot be read: empty host; write a host, such as `http://127.0.0.1:8080`
"#);
    assert_snapshot!(report("target: { http: \"http://h/café\" }"), @"plan.yaml:1:17: the path `/café` holds `é`; write `%C3%A9` for it");
    assert_snapshot!(report("target: { http: http://h, embedded: {} }"), @r#"plan.yaml:1:9: `target` needs one of `http` and `embedded`; write `target: { http: "http://127.0.0.1:8080" }`"#);
}

#[test]
fn loads() {
    assert_snapshot!(report(&with("load: {}")), @"plan.yaml:2:7: `load` has neither `open` nor `closed`; write `open: { rate: 300/s }` or `closed: { users: 64 }`");
    assert_snapshot!(report(&with("load: { open: { rate: 5/s }, closed: { users: 1 } }")), @"plan.yaml:2:38: the load is open and closed at once; keep one of `open` and `closed`");
    assert_snapshot!(report(&with("load: { open: { rate: 300 } }")), @"plan.yaml:2:23: `rate`: rate `300` has no unit; write `300/s`");
    assert_snapshot!(report(&with("load: { open: { rate: 0/s, arrivals: uniform, max_in_flight: 0 } }")), @r#"
plan.yaml:2:23: the rate must be above zero
plan.yaml:2:38: `arrivals` cannot be `uniform`; write `even` or `poisson`
plan.yaml:2:62: `max_in_flight` must be a whole number from 1 to 1000000, not `0`
"#);
    assert_snapshot!(report(&with("load: { open: { arrivals_file: missing.txt } }")), @"plan.yaml:2:32: there is no file `missing.txt`; paths in a plan start from the folder of the plan");
}

#[test]
fn stages() {
    let stages = |stages: &str| report(&with(&format!("load: {{ open: {{ stages: [ {stages} ] }} }}")));
    assert_snapshot!(stages("{ hold: 5/s }, { ramp: 5/s, over: 1s }, { hold: 1/s, ramp: 1/s..2/s }"), @r#"
plan.yaml:2:27: `hold` needs `for`; add `for: 30s`, for example
plan.yaml:2:50: `ramp`: `5/s` is not a range of rates; write `100/s..2000/s`
plan.yaml:2:67: a stage is one thing, this is `hold` and `ramp`; write `{ ramp: 100/s..2000/s, over: 30s }` or `{ hold: 2000/s, for: 2m }`
"#);
    assert_snapshot!(stages("{ stairs: 1/s..5/s, over: 5s }, { burst: 5/s, every: 1s, for: 2s, over: 10s }"), @r#"
plan.yaml:2:27: `stairs` needs `steps`; add `steps: 5`, for example
plan.yaml:2:59: a burst of 2s does not fit into every 1s; make `for` shorter than `every`
"#);
    assert_snapshot!(stages("{ hold: 0/s, for: 5s }"), @"plan.yaml:2:25: no stage has a rate above zero");
    assert_snapshot!(stages("{ for: 5s }"), @"plan.yaml:2:27: a stage needs one of `hold`, `ramp`, `stairs`, `burst` and `sine`; write `{ ramp: 100/s..2000/s, over: 30s }` or `{ hold: 2000/s, for: 2m }`");
}

#[test]
fn phases_and_limits() {
    assert_snapshot!(report(&with("phases: { warmup: 10, measure: 0s, cooldown: soon }\nlimits: { timeout: 0s }")), @r#"
plan.yaml:2:19: `warmup`: `10` has no unit; write `10s` for seconds or `10ms` for milliseconds
plan.yaml:2:32: `measure` must be longer than 0 s
plan.yaml:2:46: `cooldown`: `soon` is not a duration; write `10s`, `250ms`, `1m30s` or `2h`
plan.yaml:3:20: `timeout` must be longer than 0 s
"#);
    let schedule = "load: { open: { stages: [ { hold: 5/s, for: 5s } ] } }\n";
    assert_snapshot!(report(&with(&format!("{schedule}phases: {{ warmup: 5s }}"))), @"plan.yaml:3:19: the warm-up of 5s leaves nothing of a schedule of 5s; the schedule starts with the warm-up: make it longer, or give `measure`");
    assert_snapshot!(report(&with(&format!("{schedule}phases: {{ warmup: auto }}"))), @"plan.yaml:3:19: it is not known how long the warm-up takes, so `measure` must be given; add `measure: 1m` to `phases`, or make the warm-up a time");
}

#[test]
fn connections() {
    assert_snapshot!(report(&with("http: { version: h2, pipeline: 4, keep_alive: false, cookies: maybe }")), @r#"
plan.yaml:2:18: the HTTP version `h2` is not supported; write `http1.1`, or leave it out
plan.yaml:2:47: pipelining needs connections that are kept; remove `pipeline`, or set `keep_alive: true`
plan.yaml:2:63: `cookies` must be `true` or `false`, not `maybe`
"#);
    assert_snapshot!(report(&with("http: { resolve: [ \"h:80\" ], connect_to: \"a\", source_addresses: [ x ] }")), @r#"
plan.yaml:2:20: `resolve`: `h:80` is not `host:port:address`; write `example.com:443:127.0.0.1`
plan.yaml:2:42: `connect_to`: `a` is not `host:port:host:port`; write `example.com:443:127.0.0.1:8443`
plan.yaml:2:67: `source_addresses`: `x` is not an IP address; write `127.0.0.2` or `::1`
"#);
    assert_snapshot!(report(&with("http: { proxy: \"https://p\", tls: { ca_file: none.pem, key_file: none.pem } }")), @r#"
plan.yaml:2:16: the proxy `https://p` does not speak plain HTTP; write `http://host:port`
plan.yaml:2:34: a client certificate needs both its files; give `certificate_file` and `key_file`
plan.yaml:2:45: there is no file `none.pem`; paths in a plan start from the folder of the plan
plan.yaml:2:65: there is no file `none.pem`; paths in a plan start from the folder of the plan
"#);
    assert_snapshot!(report(&with("http: { headers: { \"a b\": x, Content-Length: 5, X: \"a\\nb\" } }")), @r#"
plan.yaml:2:20: `a b` is not the name of a header; a name is letters, digits and `-`
plan.yaml:2:30: the header `Content-Length` is set by the tool; leave it out: it follows from the body
plan.yaml:2:52: the header `X` holds a line break or another control character; write the value in one line
"#);
}

#[test]
fn templates() {
    assert_snapshot!(report(&with_step("get: /{{ usr }}/{{ uuid }}/{{ int(5) }}/{{ nope(1) }}/{{ }}")), @r#"
plan.yaml:5:15: there is no variable `usr`; did you mean `user`?
plan.yaml:5:25: `uuid` is a function; call it, as in `uuid()`
plan.yaml:5:36: `int(5)` does not have the right arguments; write it as `int(1..100)`
plan.yaml:5:49: there is no function `nope`; functions are: uuid, int, float, zipf, text, hex, choose, now
plan.yaml:5:63: the hole `{{ }}` is empty; name a variable or call a function
"#);
    assert_snapshot!(report(&with_step("get: /{{ n")), @"plan.yaml:5:15: `{{` is not closed; close it with `}}`, or write `{{ '{{' }}` for the characters themselves");
    assert_snapshot!(report(&with_step("{ get: {{ n }} }")), @r#"
plan.yaml:5:16: the URL must be a text, this is a map
plan.yaml:5:17: a key must be a text, this is a map; quote a text with braces: `"{{ … }}"`, `"${…}"`
"#);
    assert_snapshot!(report(&with("variables: { city: Oslo, n: 5, \"a b\": c, t: \"{{ n }}\" }\nscenarios: [ { steps: [ { get: \"/{{ citty }}\" } ] } ]")), @r#"
plan.yaml:2:26: `n` cannot be the name of a variable; templates already give it a meaning: choose another name
plan.yaml:2:32: `a b` cannot be the name of a variable; a name is letters, digits, `_` and `-`, and starts with a letter
plan.yaml:2:45: the variable `t` holds a template; a variable is a fixed text: write the expression where it is used
plan.yaml:3:34: there is no variable `citty`; did you mean `city`?
"#);
}

#[test]
fn feeders() {
    let rows = "feeders: { users: { rows: [ { name: ada } ] } }\n";
    let step = |step: &str| with(&format!("{rows}scenarios: [ {{ steps: [ {{ get: \"{step}\" }} ] }} ]"));
    assert_snapshot!(report(&step("/{{ row.nam }}/{{ user.name }}/{{ users.name }}/{{ row.name }}")), @r#"
plan.yaml:3:34: the feeder `users` has no column `nam`; did you mean `name`?
plan.yaml:3:48: there is no feeder `user`; did you mean `users.name`?
"#);
    assert_snapshot!(report(&with("feeders: { a: { rows: [] }, b: { csv: missing.csv }, c: {}, d: { rows: [ { a: 1 }, { b: 2 } ], order: shuffled } }")), @r#"
plan.yaml:2:15: the feeder `a` has no rows
plan.yaml:2:39: there is no file `missing.csv`; paths in a plan start from the folder of the plan
plan.yaml:2:57: the feeder `c` needs one source of rows; give one of `csv`, `json` and `rows`
plan.yaml:2:84: this row must have the columns a; give every row the same columns
plan.yaml:2:103: `order` cannot be `shuffled`; write `sequential` or `random`
"#);
}

#[test]
fn extracts_before_they_are_made() {
    let text = "scenarios:
  - name: journey
    steps:
      - get: /{{ token }}
        extract: { token: \"json:$.token\" }
      - get: /{{ token }}
";
    assert_snapshot!(report(&with(text)), @"plan.yaml:5:15: `token` is used before it is extracted; step 1 of this scenario makes it: use it after that");
    let step = "{ get: /, extract: { a: \"json:id\", b: \"body\", c: \"regex:(\", d: \"jsn:$.x\" } }";
    assert_snapshot!(report(&with_step(step)), @r#"
plan.yaml:5:33: `id` is not a JSON path (RFC 9535); a path starts with `$`, such as `$.items[0].id`
plan.yaml:5:47: `body` does not say where the value comes from; write `json:$.id`, `header:location`, `regex:id=(\d+)` or `cookie:session`
plan.yaml:5:58: `(` is not a regular expression: unclosed group; in double quotes write `\\d` for `\d`, or use single quotes
plan.yaml:5:72: `jsn:$.x` does not say where the value comes from; write `json:$.id`, `header:location`, `regex:id=(\d+)` or `cookie:session`
"#);
}

#[test]
fn steps() {
    assert_snapshot!(report(&with_step("{ check: { status: 200 } }")), @r#"plan.yaml:5:9: the step sends nothing; start it with `get: "/path"` or another method"#);
    assert_snapshot!(report(&with_step("{ get: /a, post: /b, json: { a: 1 }, body: x }")), @r#"
plan.yaml:5:26: the step sends two requests; make two steps
plan.yaml:5:52: the step has both `json` and `body`; a request has one content
"#);
    assert_snapshot!(report(&with_step("{ get: items }")), @"plan.yaml:5:16: the path `items` does not start with `/`; write `/items`, or a whole URL with `http://`");
    assert_snapshot!(report(&with_step("{ method: GET }")), @r#"plan.yaml:5:9: `method` and `url` go together; write `{ method: PROPFIND, url: "/" }` or `{ get: "/" }`"#);
    assert_snapshot!(report(&with_step("{ post: /, json: '{\"a\": }' }")), @"plan.yaml:5:26: `json` is not JSON: expected value at line 1 column 7; write JSON, or YAML without quotes around it; use `body` for any other text");
    assert_snapshot!(report(&with_step("{ get: /, auth: { basic: user } }")), @r#"plan.yaml:5:34: basic credentials have no `:`; write `basic: "name:${secret:PASSWORD}"`"#);
    assert_snapshot!(report(&with("scenarios: []")), @"plan.yaml:2:12: `scenarios` is empty; add one, or leave the key out");
    assert_snapshot!(report(&with("scenarios: [ { name: a } ]")), @r#"plan.yaml:2:14: the scenario has no `steps`; add `steps: [ { get: "/" } ]`"#);
    assert_snapshot!(report(&with("scenarios: { name: a }")), @"plan.yaml:2:12: `scenarios` must be a list, this is a map; put each item on its own line after `- `, or all in `[ ]`");
}

#[test]
fn checks() {
    assert_snapshot!(report(&with_step("{ get: /, check: { status: [ 200, 2x, 700 ], body_matches: \"(\", size: 5, time: fast } }")), @r#"
plan.yaml:5:43: `status`: `2x` is not a status; write `200`, `[200, 201]`, `"2xx"` or `"200..299"`
plan.yaml:5:68: `(` is not a regular expression: unclosed group; in double quotes write `\\d` for `\d`, or use single quotes
plan.yaml:5:79: `size`: size `5` has no unit; write `5B` for bytes or `5KiB`
plan.yaml:5:88: `time`: `fast` is not a duration; write `10s`, `250ms`, `1m30s` or `2h`
"#);
    assert_snapshot!(report(&with_step("{ get: /, check: { json: { \"id\": 1 }, header: x, body_contain: a } }")), @r#"
plan.yaml:5:36: `id` is not a JSON path (RFC 9535); a path starts with `$`, such as `$.items[0].id`
plan.yaml:5:55: `header` must be a map, this is a text; write `header: { content-type: "text/html", etag: present }`
plan.yaml:5:58: unknown key `body_contain` in `scenarios[].steps[].check`; did you mean `body_contains`?
"#);
}

#[test]
fn names() {
    let scenario = "{ name: a, steps: [ { get: / } ] }";
    assert_snapshot!(report(&with(&format!("scenarios: [ {scenario}, {scenario} ]"))), @"plan.yaml:2:58: two scenarios are called `a`; give each its own `name`");
    assert_snapshot!(report(&with("scenarios: [ { name: a, steps: [ { get: / }, { get: / } ] } ]")), @"plan.yaml:2:53: two operations are called `a/GET /`; give each its own `name`");
}

#[test]
fn thresholds() {
    let scenario = "scenarios: [ { name: browse, steps: [ { get: / } ] } ]\n";
    let with_thresholds = |list: &str| report(&with(&format!("{scenario}thresholds: [ {list} ]")));
    assert_snapshot!(with_thresholds("\"p99 < 20\", \"browze.p95 < 1s\", { chek: \"p99 < 1s\" }"), @r#"
plan.yaml:3:15: threshold `p99 < 20` has no unit; write `p99 < 20ms`
plan.yaml:3:27: `browze.p95 < 1s` names the operation `browze`, which the plan does not have; did you mean `browse`?
plan.yaml:3:46: the threshold has no `check`; write `{ check: "p99 < 20ms", abort: true }`
plan.yaml:3:48: unknown key `chek` in `thresholds[]`; did you mean `check`?
"#);
}

#[test]
fn interpolation() {
    assert_snapshot!(report("name: ${NOPE}\ntarget: { http: \"http://${HOST\" }\nseed: ${SEED:-x}"), @r#"
plan.yaml:1:7: the environment variable `NOPE` is not set; set it, or give a default: `${NOPE:-value}`
plan.yaml:2:25: `${` is not closed; close it with `}`, or write `$${` for the characters themselves
plan.yaml:3:7: `seed` must be a whole number from 0, not `x`
"#);
    assert_snapshot!(report(&with("name: ${secret:NOPE} ${file:none.txt} ${a b}")), @r#"
plan.yaml:2:7: the secret `NOPE` is not set; set the environment variable `NOPE` or `DYNO_SECRET_NOPE`
plan.yaml:2:22: there is no file `none.txt`; paths in a plan start from the folder of the plan
plan.yaml:2:39: `${a b}` does not name a variable; write `${NAME}`, `${NAME:-default}`, `${file:PATH}` or `${secret:NAME}`
"#);
}

#[test]
fn bombs_are_refused() {
    let mut text = "a0: &a0 [ x, x, x, x, x, x, x, x, x, x ]\n".to_owned();
    for i in 1..9 {
        let alias = format!("*a{}", i - 1);
        text.push_str(&format!("a{i}: &a{i} [ {} ]\n", [alias.as_str(); 10].join(", ")));
    }
    assert_snapshot!(report(&text), @"plan.yaml:6:11: the plan has more than 200000 values; put rows into a CSV file, and use fewer aliases");
    assert_snapshot!(report(&"[".repeat(200)), @"plan.yaml:1:200: the text is not YAML: unclosed bracket '['; quote texts that contain `: `, `#`, `{` or `[`, and indent with spaces");
}

#[test]
fn files_that_cannot_be_used() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    write("short.csv", b"a,b\n1,2\n3\n");
    write("latin.csv", b"a\n\xe9\n");
    write("list.json", b"[1]");
    write("back.txt", b"2\n1\n");
    let text = "
target: { http: http://h }
load: { open: { arrivals_file: back.txt } }
feeders:
  short: { csv: short.csv }
  latin: { csv: latin.csv }
  list: { json: list.json }
  folder: { csv: . }
";
    write("plan.yaml", text.as_bytes());
    let source = crate::read_plan(&folder.path().join("plan.yaml")).unwrap();
    let none = crate::Overrides::default();
    let errors = crate::resolve(&source, &none, &none, &super::surroundings()).unwrap_err();
    let shown = errors.to_string().replace(&format!("{}/", folder.path().display()), "");
    assert_snapshot!(shown, @r#"
plan.yaml:3:32: `back.txt` line 2: `1` is before the time above it; sort the times
plan.yaml:5:17: `short.csv` line 3 has 1 values, the first line has 2; give every line as many values as the first
plan.yaml:6:17: `latin.csv` is not UTF-8 at byte 2; save it as UTF-8
plan.yaml:7:17: `list.json` is not a list of objects; write a list of objects: `[{"user": "ada"}]`
plan.yaml:8:18: `.` is a folder, not a file; name a file
"#);
    let missing = crate::read_plan(&folder.path().join("none.yaml")).unwrap_err();
    assert!(missing.problem.starts_with("there is no file"), "{missing}");
}
