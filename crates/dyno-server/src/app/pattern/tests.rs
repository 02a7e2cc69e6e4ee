use super::{Pattern, normalise};

#[track_caller]
fn check(prefix: &str, text: &str, key: &str, names: &[&str]) {
    let pattern = Pattern::parse(prefix, text).unwrap();
    assert_eq!(
        (pattern.key.as_str(), pattern.names.as_slice()),
        (key, &names.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>()[..])
    );
}

#[track_caller]
fn check_refused(text: &str, part: &str) {
    let reason = Pattern::parse("", text).unwrap_err();
    assert!(reason.contains(part) && reason.contains(text), "{reason}");
}

#[test]
fn parameters_are_numbered_and_tails_have_three_spellings() {
    check("", "/", "/", &[]);
    check("", "users", "/users", &[]);
    check("", "/users/{id}/posts/{post_id}", "/users/{p0}/posts/{p1}", &["id", "post_id"]);
    check("", "/img-{id}.png", "/img-{p0}.png", &["id"]);
    for tail in ["/files/{*path}", "/files/{path:*}", "/files/{path:path}"] {
        check("", tail, "/files/{*p0}", &["path"]);
    }
    check("", "/café", "/caf%C3%A9", &[]);
}

#[test]
fn prefixes_are_patterns_too() {
    check("/api/", "/users/", "/api/users/", &[]);
    check("api", "", "/api", &[]);
    check("/", "x", "/x", &[]);
    check("/t/{tenant}", "/{id}", "/t/{p0}/{p1}", &["tenant", "id"]);
}

#[test]
fn mistakes_name_the_pattern_and_the_reason() {
    check_refused("/{a", "no closing brace");
    check_refused("/{a}{b}", "two parameters");
    check_refused("/{a}/{a}", "`a` names two");
    check_refused("/{*a}/b", "must stand alone");
    check_refused("/{a:int}", "asks for `int`");
    check_refused("/{}", "is no name");
    check_refused("/a}b", "`}` cannot be");
    check_refused("/a?b", "`?` cannot be");
}

#[test]
fn equal_paths_have_one_form() {
    for (path, expected) in [
        ("/%68ello", "/hello"),
        ("/a%2fb", "/a%2Fb"),
        ("/caf%c3%a9", "/caf%C3%A9"),
        ("/100%", "/100%"),
        ("/%zz", "/%zz"),
        ("/a%", "/a%"),
        ("/%2e%2E/x", "/../x"),
    ] {
        let mut out = String::new();
        normalise(path, &mut out);
        assert_eq!(out, expected);
    }
}
