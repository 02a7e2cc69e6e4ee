//! The routes that tell what the target knows: its clock and its ledger.

use dyno_server::{Action, ResponseWriter};
use serde_json::{Value, json};

use crate::call::{self, Call};
use crate::clock::unix_ns;
use crate::ledger::Account;
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
        add(total.get_or_insert_with(|| Account::new(u64::MAX)), part);
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
    total.connections.extend(&part.connections);
    for (status, count) in &part.status_codes {
        *total.status_codes.entry(*status).or_default() += count;
    }
    for (second, count) in &part.arrivals_by_second {
        *total.arrivals_by_second.entry(*second).or_default() += count;
    }
    total.service_ns.add(&part.service_ns).expect("invariant: all service histograms have the same bounds");
}

fn report(run: &str, total: &Account) -> Value {
    let status_codes: serde_json::Map<String, Value> =
        total.status_codes.iter().map(|(status, count)| (status.to_string(), json!(count))).collect();
    let first_second = total.first_arrival_ns / 1_000_000_000;
    let last_second = total.last_arrival_ns / 1_000_000_000;
    let arrivals: Vec<u64> = (first_second..=last_second)
        .map(|second| total.arrivals_by_second.get(&second).copied().unwrap_or(0))
        .collect();
    let service = &total.service_ns;
    json!({
        "run": run,
        "requests": total.requests,
        "answered": service.len(),
        "bytes_received": total.bytes_received,
        "connections": total.connections.len(),
        "status_codes": status_codes,
        "first_arrival_ns": total.first_arrival_ns,
        "last_arrival_ns": total.last_arrival_ns,
        "first_arrival_unix_ns": total.first_arrival_unix_ns,
        "arrivals_first_second": first_second,
        "arrivals_per_second": arrivals,
        "service_time_ns": {
            "min": service.min(),
            "mean": service.mean(),
            "p50": service.value_at_quantile(0.5),
            "p90": service.value_at_quantile(0.9),
            "p99": service.value_at_quantile(0.99),
            "p99_9": service.value_at_quantile(0.999),
            "max": service.max(),
        },
    })
}
