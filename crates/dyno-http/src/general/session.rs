//! The session: one virtual user, or one slot of an open loop, that plays journeys step by step.
//!
//! Keeps its connections, cookies and buffers between arrivals. Called by the engine's `drive`.

mod rendered;

use std::rc::Rc;
use std::time::Duration;

use dyno_engine::{Outcome, Probe, Session};
use dyno_model::{FailureKind, OutcomeStatus};
use tokio::time::Instant;

use super::answer::AnswerView;
use super::connection::{self, Transport};
use super::cookies::Jar;
use super::exchange::{Exchanged, Wanted, Wire};
use super::failure::Failure;
use super::{Shared, StepPlan, coding};
use crate::endpoint::Endpoint;
use crate::render::{RenderError, Values};
use crate::scenario::{Journey, Prepared};

/// One virtual user.
pub(crate) struct HttpSession {
    shared: Rc<Shared>,
    user: u32,
    /// The endpoint that requests below the base URL go to.
    home: usize,
    /// Idle connections; mostly one.
    idle: Vec<(Rc<Endpoint>, Transport)>,
    jar: Jar,
    wire: Wire,
    out: Vec<u8>,
    /// Values that the steps of the current journey extracted.
    extracted: Vec<(String, String)>,
}

/// Times and bytes of a step, over all its redirects.
#[derive(Debug, Default)]
struct Timing {
    /// When the first byte could be written, if the session had to connect before.
    start_ns: Option<u64>,
    first_byte_ns: Option<u64>,
    end_ns: Option<u64>,
    bytes_sent: u64,
    bytes_received: u64,
}

/// The answer that a step is judged by.
#[derive(Debug, Clone, Copy)]
struct Final {
    status: u16,
    body_bytes: u64,
}

impl HttpSession {
    pub(crate) fn new(shared: Rc<Shared>, user: u32) -> Self {
        let home = user as usize % shared.endpoints.len();
        Self {
            shared,
            user,
            home,
            idle: Vec::with_capacity(1),
            jar: Jar::default(),
            wire: Wire::new(),
            out: Vec::new(),
            extracted: Vec::new(),
        }
    }

    /// Plays all steps; the first that does not succeed ends the journey.
    async fn journey(&mut self, journey: Journey, probe: &Probe) -> Outcome {
        let shared = Rc::clone(&self.shared);
        let mut whole = Outcome::of(OutcomeStatus::Ok(0));
        let prepared = std::iter::once(journey.first).chain(journey.rest);
        for (index, prepared) in prepared.enumerate() {
            let step = &shared.plan.http.scenarios[journey.scenario].steps[index];
            if !step.pause_before.is_zero() {
                probe.pause(step.pause_before).await;
            }
            let start_ns = probe.now_ns();
            let outcome = self.step((journey.scenario, index), journey.n, prepared, start_ns, probe).await;
            probe.record_step(step.operation, start_ns, start_ns, &outcome);
            whole.bytes_sent += outcome.bytes_sent;
            whole.bytes_received += outcome.bytes_received;
            whole.first_byte_ns = whole.first_byte_ns.or(outcome.first_byte_ns);
            whole.end_ns = outcome.end_ns;
            whole.status = outcome.status;
            if !outcome.status.is_ok() {
                whole.message = outcome.message.map(|message| format!("step {}: {message}", index + 1));
                break;
            }
        }
        whole
    }

    /// Sends one request, follows its redirects, and judges the answer.
    async fn step(
        &mut self,
        place: (usize, usize),
        n: u64,
        prepared: Prepared,
        start_ns: u64,
        probe: &Probe,
    ) -> Outcome {
        let shared = Rc::clone(&self.shared);
        let step = &shared.plan.steps[place.0][place.1];
        let mut timing = Timing::default();
        let result = match prepared {
            Prepared::Constant => self.send_constant(step, &mut timing, probe).await,
            Prepared::Rendered(request) => {
                self.send_rendered(place, step, *request, &mut timing, probe).await
            }
            Prepared::Late => {
                let values = Values { n, user: self.user, extracted: &self.extracted };
                match shared.renderer().request(place.0, place.1, values) {
                    Ok(request) => self.send_rendered(place, step, request, &mut timing, probe).await,
                    Err(error) => Err(unsendable(&error)),
                }
            }
            Prepared::Refused(error) => Err(unsendable(&error)),
        };
        let judged = match result {
            Ok(last) => {
                let started_ns = timing.start_ns.unwrap_or(start_ns);
                let service_ns = timing.end_ns.unwrap_or(started_ns).saturating_sub(started_ns);
                self.judge(step, n, last, service_ns)
            }
            Err(failure) => Outcome::failed(failure.kind, failure.message),
        };
        Outcome {
            start_ns: timing.start_ns,
            first_byte_ns: timing.first_byte_ns,
            end_ns: timing.end_ns,
            bytes_sent: timing.bytes_sent,
            bytes_received: timing.bytes_received,
            ..judged
        }
    }

    async fn send_constant(
        &mut self,
        step: &StepPlan,
        timing: &mut Timing,
        probe: &Probe,
    ) -> Result<Final, Failure> {
        let endpoint = Rc::clone(&self.shared.endpoints[self.home]);
        let request = &step.prebuilt[self.home];
        self.send(&endpoint, step, request, None, timing, probe).await
    }

    /// Sends bytes over an idle or a new connection and waits for the answer.
    async fn send(
        &mut self,
        endpoint: &Rc<Endpoint>,
        step: &StepPlan,
        request: &[u8],
        deadline: Option<Instant>,
        timing: &mut Timing,
        probe: &Probe,
    ) -> Result<Final, Failure> {
        let mut transport = match self.take_idle(endpoint).await {
            Some(transport) => transport,
            None => self.open(endpoint, timing, probe).await?,
        };
        let limit = self.shared.plan.timeout;
        let wanted = Wanted {
            request,
            context: step.context,
            keep_body: step.needs_body,
            deadline: deadline.unwrap_or_else(|| Instant::now() + limit),
            limit,
        };
        let exchanged = self.wire.exchange(&mut transport, wanted, || probe.now_ns()).await;
        timing.add(&exchanged);
        let answer = exchanged.result?;
        if answer.keep_alive && self.shared.plan.http.connection.keep_alive {
            self.idle.push((Rc::clone(endpoint), transport));
        }
        Ok(Final { status: answer.status, body_bytes: answer.body_bytes })
    }

    /// An idle connection that its server has not closed.
    async fn take_idle(&mut self, endpoint: &Rc<Endpoint>) -> Option<Transport> {
        loop {
            let position = self.idle.iter().rposition(|(known, _)| Rc::ptr_eq(known, endpoint))?;
            let (_, mut transport) = self.idle.swap_remove(position);
            if transport.is_usable().await {
                return Some(transport);
            }
        }
    }

    async fn open(
        &mut self,
        endpoint: &Endpoint,
        timing: &mut Timing,
        probe: &Probe,
    ) -> Result<Transport, Failure> {
        let opened = connection::open(&self.shared, endpoint).await?;
        probe.connected(nanos(opened.connect_time), opened.tls_time.map(nanos));
        // Connecting for a later hop of a redirect is part of what the user waits for.
        if timing.bytes_sent == 0 {
            timing.start_ns = Some(probe.now_ns());
        }
        Ok(opened.transport)
    }

    /// What an answer counts as, and the values it gives to later steps.
    fn judge(&mut self, step: &StepPlan, n: u64, last: Final, service_ns: u64) -> Outcome {
        let is_accepted = step.accepted.iter().any(|&(low, high)| (low..=high).contains(&last.status));
        if !is_accepted {
            let message = format!("the status was {}", last.status);
            if step.is_status_checked {
                let wanted = ranges_in_words(&step.accepted);
                let message = format!("check `status`: expected {wanted}, {message}");
                return Outcome::failed(FailureKind::WrongAnswer, message);
            }
            return Outcome { message: Some(message), ..Outcome::of(OutcomeStatus::Rejected(last.status)) };
        }
        if !step.checks.is_empty() || !step.extracts.is_empty() {
            match self.look_at(step, n, last, service_ns) {
                Ok(extracted) => self.extracted.extend(extracted),
                Err(message) => return Outcome::failed(FailureKind::WrongAnswer, message),
            }
        }
        Outcome::ok(last.status)
    }

    /// Makes the checks and takes the values.
    fn look_at(
        &self,
        step: &StepPlan,
        n: u64,
        last: Final,
        service_ns: u64,
    ) -> Result<Vec<(String, String)>, String> {
        let headers = &self.wire.head().headers;
        let http = &self.shared.plan.http;
        let decoded = match http.compressed && step.needs_body {
            true => coding::decode(headers.get("content-encoding"), &self.wire.body)?,
            false => None,
        };
        let answer = match &decoded {
            Some(decoded) => {
                let size = decoded.body.len() as u64;
                AnswerView::new(headers, &decoded.body, size, decoded.is_cut, service_ns)
            }
            None => {
                AnswerView::new(headers, &self.wire.body, last.body_bytes, self.wire.is_body_cut, service_ns)
            }
        };
        let values = Values { n, user: self.user, extracted: &self.extracted };
        for check in &step.checks {
            check.verify(&answer, self.shared.renderer(), values)?;
        }
        let mut extracted = Vec::with_capacity(step.extracts.len());
        for (name, extract) in &step.extracts {
            let value = extract.take(&answer).map_err(|reason| format!("extract `{name}`: {reason}"))?;
            extracted.push((name.clone(), value));
        }
        Ok(extracted)
    }
}

impl Session for HttpSession {
    type Operation = Journey;

    async fn execute(&mut self, journey: Journey, probe: &Probe) -> Outcome {
        self.extracted.clear();
        let has_steps = self.shared.plan.http.scenarios[journey.scenario].journey.is_some();
        if has_steps || !journey.rest.is_empty() {
            return self.journey(journey, probe).await;
        }
        let pause = self.shared.plan.http.scenarios[journey.scenario].steps[0].pause_before;
        if pause.is_zero() {
            let start_ns = probe.now_ns();
            return self.step((journey.scenario, 0), journey.n, journey.first, start_ns, probe).await;
        }
        probe.pause(pause).await;
        let start_ns = probe.now_ns();
        let outcome = self.step((journey.scenario, 0), journey.n, journey.first, start_ns, probe).await;
        Outcome { start_ns: outcome.start_ns.or(Some(start_ns)), ..outcome }
    }
}

impl Timing {
    fn add(&mut self, exchanged: &Exchanged) {
        self.first_byte_ns = exchanged.first_byte_ns.or(self.first_byte_ns);
        self.end_ns = Some(exchanged.end_ns);
        self.bytes_sent += exchanged.bytes_sent;
        self.bytes_received += exchanged.bytes_received;
    }
}

fn unsendable(error: &RenderError) -> Failure {
    Failure::new(FailureKind::Other, error.to_string())
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// `200, 300 to 399`.
fn ranges_in_words(ranges: &[(u16, u16)]) -> String {
    let words = |&(low, high): &(u16, u16)| match low == high {
        true => low.to_string(),
        false => format!("{low} to {high}"),
    };
    ranges.iter().map(words).collect::<Vec<_>>().join(", ")
}
