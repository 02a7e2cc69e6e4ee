//! A resolved plan in the form of a plan file, for records and `--dry-run`.
//!
//! Reading it back gives the same plan, except for what is only summed up: rows of feeders, arrival times and
//! contents of files. Credentials stand in it until the caller redacts it.

mod steps;

use dyno_model::units::write_duration;
use dyno_model::{
    Arrivals, Connection, FeederOrder, HttpPlan, LoadModel, Phases, RunPlan, ScheduleSpec, Segment, Shape,
    Threshold, TlsOptions, Warmup, Workload,
};
use serde_json::{Map, Value, json};

pub(crate) fn describe(plan: &RunPlan) -> Value {
    let Workload::Http(http) = &plan.workload;
    let mut value = json!({
        "name": plan.name,
        "target": target(http),
        "load": load(&plan.load),
        "phases": phases(&plan.phases),
        "limits": {
            "timeout": write_duration(plan.limits.timeout),
            "drain": write_duration(plan.limits.drain),
        },
        "http": connection(http),
    });
    let map = value.as_object_mut().expect("invariant: an object was written");
    if let Some(requests) = plan.limits.arrivals {
        map["limits"]["requests"] = json!(requests);
    }
    if !http.variables.is_empty() {
        let variables =
            http.variables.iter().map(|(name, text)| (name.clone(), json!(text.replace("${", "$${"))));
        map.insert("variables".to_owned(), Value::Object(variables.collect()));
    }
    if !http.feeders.is_empty() {
        map.insert("feeders".to_owned(), feeders(http));
    }
    let scenarios = http.scenarios.iter().map(|scenario| steps::scenario(scenario, &plan.operations));
    map.insert("scenarios".to_owned(), Value::Array(scenarios.collect()));
    map.insert("thresholds".to_owned(), Value::Array(plan.thresholds.iter().map(threshold).collect()));
    map.insert("seed".to_owned(), json!(plan.seed));
    map.insert("threads".to_owned(), json!(plan.threads));
    value
}

fn target(http: &HttpPlan) -> Value {
    if http.base_urls.is_empty() { json!({ "embedded": {} }) } else { json!({ "http": http.base_urls }) }
}

fn load(load: &LoadModel) -> Value {
    match load {
        LoadModel::Closed { users, think_time, ramp_up } => json!({ "closed": {
            "users": users,
            "think_time": write_duration(*think_time),
            "ramp_up": write_duration(*ramp_up),
        }}),
        LoadModel::Open { schedule, max_in_flight } => {
            let mut open = schedule_of(schedule);
            open.insert("max_in_flight".to_owned(), json!(max_in_flight));
            json!({ "open": open })
        }
    }
}

fn schedule_of(schedule: &ScheduleSpec) -> Map<String, Value> {
    let mut open = Map::new();
    match (&schedule.arrivals, schedule.segments.as_slice()) {
        (Arrivals::Times(times), _) => {
            open.insert("arrival_count".to_owned(), json!(times.len()));
            return open;
        }
        (_, [Segment { duration, shape: Shape::Linear { from_per_s, .. } }]) if duration.is_zero() => {
            open.insert("rate".to_owned(), json!(format!("{from_per_s}/s")));
        }
        (_, segments) => {
            open.insert("stages".to_owned(), Value::Array(segments.iter().map(stage).collect()));
        }
    }
    let arrivals = if schedule.arrivals == Arrivals::Poisson { "poisson" } else { "even" };
    open.insert("arrivals".to_owned(), json!(arrivals));
    open
}

fn stage(segment: &Segment) -> Value {
    let length = write_duration(segment.duration);
    match segment.shape {
        Shape::Linear { from_per_s, to_per_s } if from_per_s == to_per_s => {
            json!({ "hold": format!("{from_per_s}/s"), "for": length })
        }
        Shape::Linear { from_per_s, to_per_s } => {
            json!({ "ramp": format!("{from_per_s}/s..{to_per_s}/s"), "over": length })
        }
        Shape::Sine { mean_per_s, amplitude_per_s, period } => json!({
            "sine": format!("{}/s..{}/s", mean_per_s - amplitude_per_s, mean_per_s + amplitude_per_s),
            "period": write_duration(period),
            "over": length,
        }),
    }
}

fn phases(phases: &Phases) -> Value {
    let mut value = json!({
        "warmup": match phases.warmup {
            Warmup::None => json!("0s"),
            Warmup::Time(time) => json!(write_duration(time)),
            Warmup::Count(requests) => json!({ "requests": requests }),
            Warmup::Automatic { .. } => json!("auto"),
        },
    });
    if let Some(measure) = phases.measure {
        value["measure"] = json!(write_duration(measure));
    }
    value["cooldown"] = json!(write_duration(phases.cooldown));
    value
}

fn connection(http: &HttpPlan) -> Value {
    let Connection { pipeline, keep_alive, connect_timeout, .. } = &http.connection;
    let connection = &http.connection;
    let mut value = json!({
        "version": "http1.1",
        "pipeline": pipeline,
        "keep_alive": keep_alive,
        "connect_timeout": write_duration(*connect_timeout),
        "cookies": http.cookies,
        "redirects": http.redirects_max,
        "compressed": http.compressed,
    });
    let map = value.as_object_mut().expect("invariant: an object was written");
    if let Some(proxy) = &connection.proxy {
        map.insert("proxy".to_owned(), json!(proxy));
    }
    if !connection.resolve.is_empty() {
        let items = connection.resolve.iter().map(|(host, port, address)| format!("{host}:{port}:{address}"));
        map.insert("resolve".to_owned(), items.collect());
    }
    if !connection.connect_to.is_empty() {
        let items = connection.connect_to.iter();
        let items = items.map(|((host, port), (to, to_port))| format!("{host}:{port}:{to}:{to_port}"));
        map.insert("connect_to".to_owned(), items.collect());
    }
    if let Some(path) = &connection.unix_socket {
        map.insert("unix_socket".to_owned(), json!(path));
    }
    if !connection.source_addresses.is_empty() {
        map.insert("source_addresses".to_owned(), json!(connection.source_addresses));
    }
    if connection.tls != TlsOptions::default() {
        map.insert("tls".to_owned(), tls(&connection.tls));
    }
    value
}

fn tls(tls: &TlsOptions) -> Value {
    let mut map = Map::new();
    map.insert("insecure".to_owned(), json!(tls.insecure));
    let files =
        [("ca_file", &tls.ca_file), ("certificate_file", &tls.certificate_file), ("key_file", &tls.key_file)];
    for (key, path) in files {
        if let Some(path) = path {
            map.insert(key.to_owned(), json!(path));
        }
    }
    if let Some(name) = &tls.server_name {
        map.insert("server_name".to_owned(), json!(name));
    }
    Value::Object(map)
}

/// Names and sizes only: rows may be many and may be personal.
fn feeders(http: &HttpPlan) -> Value {
    let entries = http.feeders.iter().map(|feeder| {
        let order = if feeder.order == FeederOrder::Random { "random" } else { "sequential" };
        let value = json!({ "columns": feeder.columns, "row_count": feeder.rows.len(), "order": order });
        (feeder.name.clone(), value)
    });
    Value::Object(entries.collect())
}

fn threshold(threshold: &Threshold) -> Value {
    if threshold.abort { json!({ "check": threshold.text, "abort": true }) } else { json!(threshold.text) }
}
