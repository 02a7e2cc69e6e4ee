//! Who asks the servers: for each protocol the program that costs least, so that it is not the bottleneck.
//!
//! Starts nothing. Only counts are taken from a generator's own words. Called by `rounds`.

use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use super::super::certificate::Certificate;
use super::cases::Load;
use super::contenders::Form;
use super::programs::Programs;

/// A generator's own count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Requests with a good answer.
    pub ok: u64,
    /// Requests without one. Those cut off by the end are no failures.
    pub failed: u64,
}

/// What the tables call the generator of a protocol.
pub fn name(form: Form) -> &'static str {
    match form {
        Form::Http1 => "xtask's raw requester",
        Form::Tls => "dyno http",
        Form::Http2 => "h2load",
        Form::Http3 => "the h3 loop of the contenders",
    }
}

/// The command line of the generator; `None` when it is missing.
pub fn command(
    form: Form,
    load: Load,
    port: u16,
    time: Duration,
    certificate: Option<&Certificate>,
    programs: &Programs,
) -> Option<Command> {
    let Load { method, path, body, connections, depth } = load;
    let url = format!("{}://127.0.0.1:{port}{path}", form.scheme());
    let milliseconds = time.as_millis();
    let program = match form {
        Form::Http1 => &programs.xtask,
        Form::Tls => &programs.dyno,
        Form::Http2 => &programs.h2load,
        Form::Http3 => &programs.h3_load,
    };
    let mut command = Command::new(program.as_ref()?);
    let arguments = match form {
        Form::Http1 => format!(
            "raw-requester --connect 127.0.0.1:{port} --method {method} --path {path} --connections {connections} \
             --depth {depth} --milliseconds {milliseconds}"
        ),
        Form::Tls => format!(
            "http -c {connections} -d {milliseconds}ms -w 0s --threads 1 --json --no-store --quiet -k {url}"
        ),
        Form::Http2 => format!("-t1 -c{connections} -m{depth} -D {milliseconds}ms {url}"),
        Form::Http3 => {
            format!("--connections {connections} --streams {depth} --milliseconds {milliseconds} {url}")
        }
    };
    command.args(arguments.split(' '));
    match (form, certificate) {
        (Form::Http1, _) => command.arg("--body").arg(body),
        (Form::Http3, Some(certificate)) => command.arg("--certificate").arg(&certificate.chain),
        _ => &mut command,
    };
    Some(command)
}

/// Reads what a generator printed; the error says what was looked for.
pub fn read(form: Form, output: &str) -> Result<Counts, String> {
    match form {
        Form::Http1 | Form::Http3 => {
            let said = json(output)?;
            let count = |name: &str| said[name].as_u64().ok_or(format!("no `{name}`"));
            Ok(Counts { ok: count("ok")?, failed: count("failed")? })
        }
        Form::Tls => {
            let record = json(output)?;
            let total = |name: &str| record["totals"][name].as_u64().ok_or(format!("no `totals.{name}`"));
            Ok(Counts { ok: total("ok")?, failed: total("failed")? + total("rejected")? })
        }
        Form::Http2 => {
            let line =
                output.lines().find(|line| line.starts_with("requests:")).ok_or("no line `requests:`")?;
            let count = |word: &str| {
                let before = line.split_once(word).ok_or(format!("no `{word}`"))?.0;
                before
                    .rsplit(' ')
                    .next()
                    .and_then(|it| it.parse().ok())
                    .ok_or(format!("no number of `{word}`"))
            };
            Ok(Counts { ok: count(" succeeded")?, failed: count(" failed")? })
        }
    }
}

/// The JSON object in `output`; generators may talk on standard error around it.
fn json(output: &str) -> Result<Value, String> {
    let start = output.find('{').ok_or("no JSON")?;
    let mut values = serde_json::Deserializer::from_str(&output[start..]).into_iter::<Value>();
    values.next().ok_or("no JSON")?.map_err(|error| format!("bad JSON: {error}"))
}
