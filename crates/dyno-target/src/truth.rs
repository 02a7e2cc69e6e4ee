//! The routes that tell what the target knows: its clock, its ledger, its threads and its settings.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use dyno_server::{Action, ResponseWriter};
use hdrhistogram::Histogram;
use serde_json::{Value, json};

use crate::call::{self, Call};
use crate::clock::unix_ns;
use crate::ledger::{Account, Handshake};
use crate::query::decoded_path;
use crate::state::locked;

/// `/__clock`: the scale of all timing routes.
pub(crate) fn clock(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    let now_ns = call.target.state.clock.now_ns();
    call::json(response, 200, &json!({ "now_ns": now_ns, "unix_ns": unix_ns() }))
}

/// `/__truth/{run}`: the accounts of all threads, added up.
pub(crate) fn truth(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    let run = decoded_path(call.parameters[0]);
    let mut total: Option<Account> = None;
    for ledger in &call.target.state.ledgers {
        let ledger = locked(ledger);
        let Some(part) = ledger.account(&run) else { continue };
        add(total.get_or_insert_with(|| Account::new(u64::MAX, call.target.state.shared_run(&run))), part);
    }
    match total {
        None => call::json(response, 404, &json!({ "run": run, "error": "no request had this tag" })),
        Some(total) => call::json(response, 200, &report(&run, &total)),
    }
}

fn add(total: &mut Account, part: &Account) {
    if part.first_arrival_ns < total.first_arrival_ns {
        total.first_arrival_ns = part.first_arrival_ns;
        total.first_arrival_unix_ns = part.first_arrival_unix_ns;
        // A new total starts with an impossible last arrival.
        if total.requests == 0 {
            total.last_arrival_ns = part.last_arrival_ns;
        }
    }
    total.last_arrival_ns = total.last_arrival_ns.max(part.last_arrival_ns);
    total.requests += part.requests;
    total.bytes_received += part.bytes_received;
    total.bytes_sent += part.bytes_sent;
    total.cut += part.cut;
    total.connections.extend(part.connections.iter().map(|(id, handshake)| (*id, handshake.clone())));
    for (shape, count) in &part.heads {
        *total.heads.entry(shape.clone()).or_default() += count;
    }
    for (status, count) in &part.status_codes {
        *total.status_codes.entry(*status).or_default() += count;
    }
    for (second, count) in &part.arrivals_by_second {
        *total.arrivals_by_second.entry(*second).or_default() += count;
    }
    total.service_ns.add(&part.service_ns).expect("invariant: all histograms have the same bounds");
    total.gaps_ns.add(&part.gaps_ns).expect("invariant: all histograms have the same bounds");
}

fn report(run: &str, total: &Account) -> Value {
    let status_codes: serde_json::Map<String, Value> =
        total.status_codes.iter().map(|(status, count)| (status.to_string(), json!(count))).collect();
    let first_second = total.first_arrival_ns / 1_000_000_000;
    let last_second = total.last_arrival_ns / 1_000_000_000;
    let arrivals: Vec<u64> = (first_second..=last_second)
        .map(|second| total.arrivals_by_second.get(&second).copied().unwrap_or(0))
        .collect();
    let heads: Vec<Value> = total
        .heads
        .iter()
        .map(|(shape, count)| json!({ "version": shape.version, "fields": shape.fields, "requests": count }))
        .collect();
    json!({
        "run": run,
        "requests": total.requests,
        "answered": total.service_ns.len(),
        "cut": total.cut,
        "bytes_received": total.bytes_received,
        "bytes_sent": total.bytes_sent,
        "connections": total.connections.len(),
        "heads": heads,
        "tls": tls(total),
        "status_codes": status_codes,
        "first_arrival_ns": total.first_arrival_ns,
        "last_arrival_ns": total.last_arrival_ns,
        "first_arrival_unix_ns": total.first_arrival_unix_ns,
        "arrivals_first_second": first_second,
        "arrivals_per_second": arrivals,
        "gaps_ns": quantiles(&total.gaps_ns),
        "service_time_ns": quantiles(&total.service_ns),
    })
}

/// The connections over TLS; null without any.
fn tls(total: &Account) -> Value {
    let handshakes: Vec<&Handshake> = total.connections.values().flatten().collect();
    if handshakes.is_empty() {
        return Value::Null;
    }
    let count = |word: &dyn Fn(&Handshake) -> String| {
        let mut counts: BTreeMap<String, u64> = BTreeMap::new();
        for handshake in &handshakes {
            *counts.entry(word(handshake)).or_default() += 1;
        }
        counts
    };
    json!({
        "handshakes": handshakes.len(),
        "resumed": handshakes.iter().filter(|handshake| handshake.is_resumed).count(),
        "versions": count(&|handshake| handshake.version.to_owned()),
        "alpn": count(&|handshake| handshake.alpn.clone().unwrap_or_else(|| "none".to_owned())),
    })
}

fn quantiles(histogram: &Histogram<u64>) -> Value {
    json!({
        "count": histogram.len(),
        "min": histogram.min(),
        "mean": histogram.mean(),
        "deviation": histogram.stdev(),
        "p50": histogram.value_at_quantile(0.5),
        "p90": histogram.value_at_quantile(0.9),
        "p99": histogram.value_at_quantile(0.99),
        "p99_9": histogram.value_at_quantile(0.999),
        "max": histogram.max(),
    })
}

/// `/__stats`: what each thread has done and what it has cost.
pub(crate) fn stats(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    let state = &call.target.state;
    let threads: Vec<Value> = state
        .threads
        .iter()
        .enumerate()
        .map(|(index, stats)| {
            let cpu = cpu_s(stats.thread_id.load(Ordering::Relaxed));
            json!({
                "thread": index,
                "requests": stats.requests.load(Ordering::Relaxed),
                "cpu_user_s": cpu.map(|(user, _)| user),
                "cpu_system_s": cpu.map(|(_, system)| system),
            })
        })
        .collect();
    call::json(response, 200, &json!({ "now_ns": state.clock.now_ns(), "threads": threads }))
}

/// User and system time of a thread of this process, in seconds; `None` where the system does not tell.
fn cpu_s(thread_id: u64) -> Option<(f64, f64)> {
    let text = std::fs::read_to_string(format!("/proc/self/task/{thread_id}/stat")).ok()?;
    // The name stands in parentheses and may have spaces; the fields behind it do not.
    let mut fields = text.rsplit_once(')')?.1.split_ascii_whitespace().skip(11);
    let ticks_per_s = rustix::param::clock_ticks_per_second() as f64;
    let mut next_s = || Some(fields.next()?.parse::<u64>().ok()? as f64 / ticks_per_s);
    Some((next_s()?, next_s()?))
}

/// `/__config`: what the target was told, and every limit of the server below it.
pub(crate) fn config(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    let state = &call.target.state;
    let limits: Vec<Value> = state
        .limits
        .iter()
        .map(|limit| {
            json!({ "group": limit.group, "name": limit.name, "value": limit.value, "unit": limit.unit })
        })
        .collect();
    let value = json!({
        "version": env!("CARGO_PKG_VERSION"),
        "threads": state.threads.len(),
        "body_bytes_max": state.bounds.body_bytes_max,
        "duration_max_ns": state.bounds.duration_max.as_nanos() as u64,
        "obeys_chaos": state.obeys_chaos,
        "profile": state.profile.name(),
        // Of this connection's listener; a UDP port that was taken leaves it without.
        "http3_port": call.request.connection().http3_port,
        "limits": limits,
    });
    call::json(response, 200, &value)
}

/// `/__drain`: asks the target to stop as a signal would; only from its own machine.
pub(crate) fn drain(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    if call.request.peer_addr().is_some_and(|peer| !peer.ip().to_canonical().is_loopback()) {
        return call::text(response, 403, "only the target's own machine may ask that");
    }
    response.close_after();
    call.target.state.drain_asked.notify_one();
    call::text(response, 202, "draining")
}
