//! The conformance suite of the worker protocol: plays the document against a worker and says which rule it breaks.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::process::{Ending, Spawn};
use crate::protocol::{Profile, Setup};
use crate::session::{Answer, RunLimits, RunOutcome, Session, SessionError, Watch};

/// A rule of the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// It greets with its name, its modes and the version that was imported.
    Greeting,
    /// It gets ready for what it says to be able to do.
    Ready,
    /// It says `skipped` to what it cannot do, and names it.
    Skipped,
    /// It plays as many requests as were ordered, each with its status and its time.
    Count,
    /// It sends the body and the fields of a request as they are, and reads the whole answer.
    Body,
    /// It ends after the time that was ordered.
    Time,
    /// It waits for the intended start of each request.
    Schedule,
    /// It reports requests without an answer, and goes on.
    Failures,
    /// A warm-up reports no samples.
    WarmUp,
    /// `stop` ends a run early.
    Stop,
    /// A second setup replaces the first.
    Again,
    /// It says what it used.
    Usage,
    /// `mark` cuts a window.
    Mark,
    /// It exits when its stdin ends.
    End,
    /// It neither crashes nor hangs.
    Lives,
}

impl Rule {
    /// All of them, in the order in which they are checked.
    pub const ALL: [Rule; 15] = [
        Self::Greeting,
        Self::Ready,
        Self::Skipped,
        Self::Count,
        Self::Usage,
        Self::Body,
        Self::Time,
        Self::Schedule,
        Self::WarmUp,
        Self::Stop,
        Self::Mark,
        Self::Failures,
        Self::Again,
        Self::End,
        Self::Lives,
    ];

    /// What it asks, in a few words.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Greeting => "greets with name, version and modes",
            Self::Ready => "gets ready for what it says to be able to do",
            Self::Skipped => "says `skipped` to what it cannot do",
            Self::Count => "plays as many requests as ordered, each with status and time",
            Self::Body => "sends a body as it is and reads the whole answer",
            Self::Usage => "says what it used",
            Self::Time => "ends after the ordered time",
            Self::Schedule => "waits for the intended start of each request",
            Self::WarmUp => "reports no samples of a warm-up",
            Self::Stop => "ends early when it is told to",
            Self::Mark => "answers a mark with a window",
            Self::Failures => "reports requests without an answer and goes on",
            Self::Again => "takes a second setup",
            Self::End => "exits when its stdin ends",
            Self::Lives => "neither crashes nor hangs",
        }
    }
}

/// What was found about one rule in one mode.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule.
    pub rule: Rule,
    /// `sync`, `async`, or empty where it does not matter.
    pub mode: String,
    /// What is wrong; `None` when it holds.
    pub problem: Option<String>,
}

/// What a worker is checked against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CheckUrls<'a> {
    /// Answers GET with 200 and a body of `body_bytes`.
    pub fixed: &'a str,
    /// See `fixed`.
    pub body_bytes: u32,
    /// Answers POST with 200 and the same body.
    pub echo: &'a str,
    /// A URL where nobody listens.
    pub refusing: &'a str,
}

/// Plays the protocol against a worker.
///
/// Always gives at least one finding; after a crash the rest is not checked.
#[must_use]
pub fn check(spawn: &Spawn, urls: CheckUrls<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut session = match Session::start(spawn) {
        Ok(session) => session,
        Err((error, tail)) => {
            let problem =
                if tail.is_empty() { error.to_string() } else { format!("{error}; its stderr: {tail}") };
            return vec![Finding { rule: Rule::Greeting, mode: String::new(), problem: Some(problem) }];
        }
    };
    findings.push(finding(Rule::Greeting, "", greeting(&session)));
    let modes = session.hello().modes.clone();
    let mut checker = Checker { session: &mut session, findings, urls };
    let outcome = modes.iter().try_for_each(|mode| checker.mode(mode));
    let mut findings = checker.findings;
    if let Err(error) = outcome {
        let tail = session.tail();
        findings.push(finding(Rule::Lives, "", Some(format!("{error}; its stderr: {tail}"))));
        return findings;
    }
    findings.push(finding(Rule::Lives, "", None));
    let ending = session.finish();
    findings.push(finding(
        Rule::End,
        "",
        (ending != Ending::Exited(0)).then(|| format!("it ended by {ending}")),
    ));
    findings
}

fn finding(rule: Rule, mode: &str, problem: Option<String>) -> Finding {
    Finding { rule, mode: mode.to_owned(), problem }
}

fn greeting(session: &Session) -> Option<String> {
    let hello = session.hello();
    let known = |mode: &String| mode == "sync" || mode == "async";
    if hello.name.is_empty() || hello.version.is_empty() {
        return Some("`name` or `version` is empty".to_owned());
    }
    if hello.modes.is_empty() || !hello.modes.iter().all(known) {
        return Some(format!("`modes` is {:?}; write `sync`, `async` or both", hello.modes));
    }
    None
}

struct Checker<'a> {
    session: &'a mut Session,
    findings: Vec<Finding>,
    urls: CheckUrls<'a>,
}

impl Checker<'_> {
    fn mode(&mut self, mode: &str) -> Result<(), SessionError> {
        let answer = self.session.setup(&setup(mode, self.urls.fixed))?;
        self.note(Rule::Ready, mode, (answer != Answer::Ready).then(|| format!("{answer:?}")));
        if answer != Answer::Ready {
            return Ok(());
        }
        self.count(mode)?;
        self.body(mode)?;
        self.time(mode)?;
        self.schedule(mode)?;
        self.warm_up(mode)?;
        self.stop(mode)?;
        let window = self.session.mark()?;
        self.note(Rule::Mark, mode, window.utime.is_none().then(|| "the window has no `utime`".to_owned()));
        self.failures(mode)?;
        let impossible = Setup { http: Some("9".to_owned()), ..setup(mode, self.urls.fixed) };
        let answer = self.session.setup(&impossible)?;
        let problem = match answer {
            Answer::Skipped(reason) if !reason.is_empty() => None,
            other => Some(format!("HTTP version 9 was answered by {other:?}")),
        };
        self.note(Rule::Skipped, mode, problem);
        let answer = self.session.setup(&setup(mode, self.urls.fixed))?;
        let outcome = self.run(RunLimits::Count(4), &[])?;
        let is_fine = answer == Answer::Ready && outcome.samples.code == [200; 4];
        self.note(
            Rule::Again,
            mode,
            (!is_fine).then(|| format!("{answer:?}, then {:?}", outcome.samples.code)),
        );
        Ok(())
    }

    fn note(&mut self, rule: Rule, mode: &str, problem: Option<String>) {
        self.findings.push(finding(rule, mode, problem));
    }

    fn run(&mut self, limits: RunLimits, arrivals: &[(u64, u32)]) -> Result<RunOutcome, SessionError> {
        self.session.run(limits, arrivals, true, &mut |_| Watch::Continue)
    }

    fn count(&mut self, mode: &str) -> Result<(), SessionError> {
        let outcome = self.run(RunLimits::Count(40), &[])?;
        let samples = &outcome.samples;
        let right_body = samples
            .received
            .as_ref()
            .is_none_or(|bytes| bytes.iter().all(|bytes| *bytes == self.urls.body_bytes));
        let problem = if samples.code != [200; 40] {
            Some(format!("40 requests were ordered, {} came back, with {:?}", samples.len(), samples.code))
        } else if !right_body {
            Some(format!("bodies have {} bytes, `rx` says {:?}", self.urls.body_bytes, samples.received))
        } else {
            outcome.doubts.first().cloned()
        };
        self.note(Rule::Count, mode, problem);
        let done = &outcome.done;
        let has_usage =
            done.utime.is_some() && done.stime.is_some() && done.maxrss.is_some_and(|bytes| bytes > 100_000);
        let problem = "`utime`, `stime` or `maxrss` (in bytes) is missing or not credible";
        self.note(Rule::Usage, mode, (!has_usage).then(|| problem.to_owned()));
        Ok(())
    }

    /// Leaves the worker set up for plain GETs again.
    fn body(&mut self, mode: &str) -> Result<(), SessionError> {
        const BODY: &[u8] = b"every byte \x00\xff\r\n of it";
        let mut posting = setup(mode, self.urls.echo);
        let request = &mut posting.requests[0];
        request.method = "POST".to_owned();
        request.headers = vec![("Content-Type".to_owned(), "application/octet-stream".to_owned())];
        request.body_b64 = STANDARD.encode(BODY);
        let answer = self.session.setup(&posting)?;
        let outcome =
            if answer == Answer::Ready { self.run(RunLimits::Count(4), &[])? } else { RunOutcome::default() };
        let wanted = vec![BODY.len() as u32; 4];
        let is_whole = outcome.samples.received.as_ref().is_none_or(|received| *received == wanted);
        let problem = format!(
            "a body of {} bytes was posted to an echo: {answer:?}, {:?}, bodies of {:?} bytes",
            BODY.len(),
            outcome.samples.code,
            outcome.samples.received
        );
        self.note(Rule::Body, mode, (outcome.samples.code != [200; 4] || !is_whole).then_some(problem));
        self.session.setup(&setup(mode, self.urls.fixed))?;
        Ok(())
    }

    fn time(&mut self, mode: &str) -> Result<(), SessionError> {
        let outcome = self.run(RunLimits::Time(Duration::from_millis(300)), &[])?;
        let late = outcome.samples.start_ns.iter().find(|start| **start > 300_000_000);
        let problem = match late {
            Some(start) => {
                Some(format!("a request started {start} ns after the start, the end was at 300 ms"))
            }
            None if outcome.samples.is_empty() => Some("nothing was sent in 300 ms".to_owned()),
            None => outcome.doubts.first().cloned(),
        };
        self.note(Rule::Time, mode, problem);
        Ok(())
    }

    fn schedule(&mut self, mode: &str) -> Result<(), SessionError> {
        let arrivals: Vec<(u64, u32)> = (0..20).map(|n| (n * 10_000_000, 0)).collect();
        let outcome = self.run(RunLimits::Count(20), &arrivals)?;
        let problem = if outcome.samples.len() == 20 {
            outcome.doubts.first().cloned()
        } else {
            Some(format!("20 arrivals were scheduled, {} came back", outcome.samples.len()))
        };
        self.note(Rule::Schedule, mode, problem);
        Ok(())
    }

    fn warm_up(&mut self, mode: &str) -> Result<(), SessionError> {
        let outcome = self.session.run(RunLimits::Count(5), &[], false, &mut |_| Watch::Continue)?;
        let count = outcome.samples.len();
        self.note(Rule::WarmUp, mode, (count > 0).then(|| format!("{count} samples were reported")));
        Ok(())
    }

    fn stop(&mut self, mode: &str) -> Result<(), SessionError> {
        let mut asked = 0;
        let outcome = self.session.run(RunLimits::Time(Duration::from_secs(30)), &[], true, &mut |_| {
            asked += 1;
            if asked > 2 { Watch::Stop } else { Watch::Continue }
        })?;
        let wall = Duration::from_nanos(outcome.done.wall);
        let problem = format!("it went on for {wall:?}");
        self.note(Rule::Stop, mode, (wall > Duration::from_secs(10)).then_some(problem));
        Ok(())
    }

    fn failures(&mut self, mode: &str) -> Result<(), SessionError> {
        let answer = self.session.setup(&setup(mode, self.urls.refusing))?;
        if answer != Answer::Ready {
            self.note(
                Rule::Failures,
                mode,
                Some(format!("a URL where nobody listens was answered by {answer:?}")),
            );
            return Ok(());
        }
        let outcome = self.run(RunLimits::Count(4), &[])?;
        let is_fine = outcome.samples.code == [0; 4];
        let problem = format!("4 refused connections gave {:?}", outcome.samples.code);
        self.note(Rule::Failures, mode, (!is_fine).then_some(problem));
        Ok(())
    }
}

/// Two lanes of GET, nothing else asked.
fn setup(mode: &str, url: &str) -> Setup {
    Setup { lanes: 2, timeout_ms: 5_000, ..Setup::of_get(Profile::Defaults, mode, url) }
}

#[cfg(test)]
mod tests;
