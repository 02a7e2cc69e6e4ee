//! Signals while clients are set up, checked and compared: whatever a client does, it ends with the command.

use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::support::{Dyno, Finished, until};

/// A worker that answers at once and is deaf to everything from PLACE on; then the file `hanging` has its number.
const WORKER: &str = r#"
import array, base64, json, os, signal, sys, time
def say(**message): print(json.dumps(message), flush=True)
def column(kind, values): return base64.b64encode(array.array(kind, values).tobytes()).decode()
def reached(place):
    if place == "PLACE":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        with open("hanging.new", "w") as file: file.write(str(os.getpid()))
        os.rename("hanging.new", "hanging")
        while True: time.sleep(3600)
reached("greeting")
say(t="hello", proto=[1, 1], name="deaf", version="1.0", lang="python", modes=["sync"], now=time.monotonic_ns())
setups = segments = 0
for line in sys.stdin:
    order = json.loads(line)
    if order["t"] == "ping":
        reached("handshake")
        say(t="pong", id=order["id"], now=time.monotonic_ns())
    elif order["t"] == "setup":
        setups += 1
        reached("set-up" if setups == 1 else "wire audit's set-up")
        say(t="ready")
    elif order["t"] == "run":
        is_segment = order["record"] and "until_ns" in order and order["until_ns"]
        segments += bool(is_segment)
        reached("first request" if setups == 1 else "wire audit" if setups == 2 else "third segment" if segments == 3
                else "warm-up" if not order["record"] else "")
        time.sleep(max(0, (order["start_at"] - time.monotonic_ns()) / 1e9))
        count = (order.get("count") or 20) if order["record"] else 0
        if count:
            say(t="samples", n=count, seq=column("I", range(count)), start=column("Q", [0] * count),
                dur=column("Q", [1000] * count), code=column("H", [200] * count))
        say(t="done", run_id=order["run_id"], wall=2000000, sent=20, count=count, utime=1000, stime=0, maxrss=1 << 24)
    elif order["t"] == "bye": break
"#;

/// Sends SIGINT once something hangs, and waits until it is gone. Gives how the command ended.
fn interrupted(dyno: &Dyno, child: Child) -> Finished {
    let mut hanging = 0;
    until("it hangs", || {
        hanging = std::fs::read_to_string(dyno.path("hanging"))
            .ok()
            .and_then(|it| it.trim().parse().ok())
            .unwrap_or(0);
        hanging > 0
    });
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let code = output.status.code().unwrap_or(-1);
    until("what hung is gone", || is_gone(hanging));
    Finished { code, stdout: text(&output.stdout), stderr: text(&output.stderr) }
}

/// Whether a process is no more, or is only waited for.
fn is_gone(pid: i32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(") ").next().is_none_or(|rest| rest.is_empty() || rest.starts_with(['Z', 'X']))
}

fn start(dyno: &Dyno, arguments: &[&str]) -> Child {
    let mut command = dyno.command(arguments);
    // Without another installer before it, the one of the test is found.
    let path = std::env::var("PATH").unwrap_or_default();
    command.env("PATH", format!("{}:{path}", dyno.path("").display()));
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// The newest contest of the store.
fn stored(dyno: &Dyno) -> Value {
    let shown = dyno.run(&["runs", "show", "latest-clients", "--json"]);
    serde_json::from_str(&shown.stdout).unwrap_or_else(|error| panic!("{error}: {shown:?}"))
}

#[test]
fn a_comparison_ends_wherever_a_client_hangs() {
    for place in
        ["greeting", "handshake", "set-up", "first request", "wire audit's set-up", "wire audit", "warm-up"]
    {
        let dyno = Dyno::new();
        std::fs::write(dyno.path("deaf.py"), WORKER.replace("PLACE", place)).unwrap();
        let wishes = ["clients", "compare", "./deaf.py", "--no-floor", "--blocks", "4", "--segment", "60ms"];
        let ended = interrupted(&dyno, start(&dyno, &wishes));
        assert_eq!(ended.code, 130, "{place}: {ended:?}");
        let entry = &stored(&dyno)["entries"][0];
        assert_eq!(entry["state"], "unranked", "{place}: {entry}");
        assert_eq!(entry["detail"], "it did not play a single segment", "{place}");
    }
}

#[test]
fn what_was_measured_before_a_client_hung_is_stored_and_said() {
    let dyno = Dyno::new();
    std::fs::write(dyno.path("deaf.py"), WORKER.replace("PLACE", "third segment")).unwrap();
    let wishes =
        ["clients", "compare", "./deaf.py", "--no-floor", "--blocks", "9", "--segment", "60ms", "-w", "60ms"];
    let ended = interrupted(&dyno, start(&dyno, &wishes));
    assert_eq!(ended.code, 130, "{ended:?}");
    assert!(ended.stderr.contains("stored as "), "{ended:?}");
    let record = stored(&dyno);
    assert_eq!(record["entries"][0]["segments"].as_array().map(Vec::len), Some(2), "{record}");
}

#[test]
fn checking_and_setting_up_end_with_all_that_they_started() {
    let dyno = Dyno::new();
    std::fs::write(dyno.path("deaf.py"), WORKER.replace("PLACE", "set-up")).unwrap();
    let checked = interrupted(&dyno, start(&dyno, &["clients", "check", "./deaf.py"]));
    assert_eq!(checked.code, 130, "{checked:?}");
    let dyno = Dyno::new();
    let installer = "#!/bin/sh\ntrap '' INT TERM\necho $$ > hanging.new && mv hanging.new hanging\nread -r nothing < fifo\n";
    std::fs::write(dyno.path("uv"), installer).unwrap();
    std::fs::set_permissions(dyno.path("uv"), std::fs::Permissions::from_mode(0o755)).unwrap();
    rustix::fs::mkfifoat(rustix::fs::CWD, dyno.path("fifo"), rustix::fs::Mode::from_raw_mode(0o600)).unwrap();
    let set_up = interrupted(&dyno, start(&dyno, &["clients", "setup", "httpx"]));
    assert_eq!(set_up.code, 130, "{set_up:?}");
}
