//! The full load that lasts from the beginning to the end: `dyno http` on 64 kept connections.
//!
//! Called by `soak` on a thread of its own.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use super::outcomes::Outcomes;

/// Plays for `time`; every request has to be answered with success.
pub fn play(program: &Path, port: u16, time: Duration) -> Outcomes {
    let mut outcomes = Outcomes::new("steady requests");
    let mut command = Command::new(program);
    command
        .args(["http", "-c", "64", "--threads", "1", "-w", "0s", "--json", "--no-store", "--quiet", "-d"])
        .arg(format!("{}s", time.as_secs()))
        .args(["/plaintext", "/json", "/bytes/2000"].map(|path| format!("http://127.0.0.1:{port}{path}")))
        .stdin(Stdio::null())
        .stderr(Stdio::null());
    match command.output() {
        Ok(output) => count(&output.stdout, &mut outcomes),
        Err(error) => outcomes.unexpected(format!("cannot run `dyno http`: {error}")),
    }
    outcomes
}

/// Takes the counts from a run record.
pub fn count(record: &[u8], outcomes: &mut Outcomes) {
    let Ok(record) = serde_json::from_slice::<Value>(record) else {
        return outcomes.unexpected("`dyno http` printed no record".to_owned());
    };
    let totals = &record["totals"];
    outcomes.expected += totals["ok"].as_u64().unwrap_or(0);
    if totals["failed"].as_u64() != Some(0) || totals["rejected"].as_u64() != Some(0) {
        outcomes.unexpected(format!(
            "failures under steady load: {}, {}",
            totals["errors_by_kind"], totals["status_codes"]
        ));
    }
}
