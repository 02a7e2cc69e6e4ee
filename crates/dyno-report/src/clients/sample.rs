//! A contest with every state of a client, for tests.

use dyno_model::{
    CLIENTS_SCHEMA, ClientCase, ClientEntry, ClientFigures, ClientState, ClientVerdict, ClientWord,
    ClientsRecord, Environment, Estimate, Headline, Histogram, Reason, Validity, ValidityState, WireAudit,
};

fn estimate(value: f64) -> Estimate {
    Estimate { value, low: Some(value * 0.97), high: Some(value * 1.03), samples: 12 }
}

fn entry(label: &str, cpu: f64, word: Option<ClientWord>) -> ClientEntry {
    let mut times = Histogram::new();
    (1..=100).for_each(|n| times.record(n * 10_000));
    ClientEntry {
        label: label.to_owned(),
        name: label.to_owned(),
        mode: "sync".to_owned(),
        version: "1.2.3".to_owned(),
        lang: "python".to_owned(),
        runtime: "CPython 3.11.7".to_owned(),
        libs: std::collections::BTreeMap::new(),
        state: ClientState::Ranked,
        detail: String::new(),
        stderr: String::new(),
        wire: Some(WireAudit {
            requests: 200,
            arrived: 200,
            connections: 8,
            request_bytes: 152.0,
            fields: vec!["host".to_owned(), "accept".to_owned()],
            versions: vec!["HTTP/1.1".to_owned()],
            tls: None,
            decodes: Some(true),
            follows_redirects: Some(false),
            findings: Vec::new(),
        }),
        wire_note: String::new(),
        account: Vec::new(),
        import_ns: Some(80_000_000),
        first_request_ns: Some(3_000_000),
        segments: Vec::new(),
        figures: Some(ClientFigures {
            cpu_s_per_1000: estimate(cpu),
            cpu_s_per_1000_above_floor: Some(cpu - 0.01),
            throughput_per_s: estimate(1.0 / cpu * 1_000.0),
            service_time_ns: Headline::from(&times),
            response_time_ns: Headline::from(&times),
            rss_peak_bytes: Some(30 << 20),
            switches_per_1000: Some(1_000.0),
            allocations_per_request: None,
            chunks_per_request: None,
            requests: 12_000,
            errors: 0,
        }),
        verdict: word.map(|word| ClientVerdict {
            cpu_ratio: estimate(cpu),
            wall_ratio: estimate(cpu),
            p_adjusted: 0.001,
            word,
        }),
    }
}

/// Five clients, of which one crashed, one sends a field twice, one counts allocations and one hides what it costs.
pub(crate) fn record() -> ClientsRecord {
    let mut crashed = entry("httpx | async", 0.5, None);
    crashed.state = ClientState::Broken;
    crashed.figures = None;
    crashed.detail = "crashed (SIGABRT) after 8192 samples".to_owned();
    crashed.stderr = "one\u{1b}[31m\nassertion failed".to_owned();
    let mut doubled = entry("requestx sync", 0.112, Some(ClientWord::Faster));
    doubled.wire.as_mut().expect("it has one").findings = vec!["the field `accept` is sent twice".to_owned()];
    let mut modest = entry("modest sync", 0.4, Some(ClientWord::Faster));
    modest.account =
        vec!["its own account of CPU does not hold in 12 of 12 segments: it says 0 s".to_owned()];
    let mut counting = entry("pycurl", 0.02, Some(ClientWord::Faster));
    let figures = counting.figures.as_mut().expect("it has some");
    (figures.allocations_per_request, figures.chunks_per_request) = (Some(61.25), Some(3.0));
    ClientsRecord {
        schema: CLIENTS_SCHEMA.to_owned(),
        id: "01J00000000000000000000000".to_owned(),
        name: "clients".to_owned(),
        tags: Vec::new(),
        at: "2026-01-01T00:00:00Z".to_owned(),
        version: "0.1.0".to_owned(),
        target: "the embedded target".to_owned(),
        case: case(),
        seed: 7,
        blocks: 12,
        segment_ns: 500_000_000,
        reference: "requests".to_owned(),
        floor: Some("raw sync".to_owned()),
        control: Some(ClientVerdict {
            cpu_ratio: estimate(1.0),
            wall_ratio: estimate(1.0),
            p_adjusted: 1.0,
            word: ClientWord::NoDifferenceShown,
        }),
        entries: vec![
            entry("requests", 1.0, None),
            counting,
            entry("niquests", 1.4, Some(ClientWord::Slower)),
            doubled,
            modest,
            crashed,
        ],
        cases: Vec::new(),
        methods: Vec::new(),
        left_out: Vec::new(),
        counted_by: dyno_model::CountedBy::Host,
        environment: Environment::default(),
        validity: Validity {
            state: ValidityState::Suspect,
            reasons: vec![Reason {
                code: "cores_shared".to_owned(),
                state: ValidityState::Suspect,
                detail: "client and target share 2 cores".to_owned(),
            }],
        },
        reproduce: "dyno clients compare requests pycurl".to_owned(),
    }
}

fn case() -> ClientCase {
    ClientCase {
        profile: "matched".to_owned(),
        method: "GET".to_owned(),
        url: "http://127.0.0.1:8080/plaintext".to_owned(),
        fields: Vec::new(),
        body_bytes: 0,
        lanes: 8,
        rate_per_s: None,
        http: None,
        timeout_ms: 30_000,
        retries: None,
        keep_alive: None,
        download_bytes: None,
        tls: false,
        operation: None,
        expected: Vec::new(),
        delay_ns: None,
        redirects: None,
    }
}
