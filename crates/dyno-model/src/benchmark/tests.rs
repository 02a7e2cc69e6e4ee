use super::*;

/// A configuration with nothing special.
fn plain() -> BenchmarkConfiguration {
    BenchmarkConfiguration {
        id: "0190a000-0000-7000-8000-000000000000".to_owned(),
        name: "front page".to_owned(),
        target_url: "http://127.0.0.1:8080/json?page=2".to_owned(),
        http_method: "POST".to_owned(),
        headers: BTreeMap::from([("Accept".to_owned(), "application/json".to_owned())]),
        body: r#"{"user":"ada"}"#.to_owned(),
        concurrency: 10,
        duration_seconds: 30.0,
        total_requests: None,
        client_library: "httpx".to_owned(),
        is_async: true,
        timeout_s: 30.0,
        verify_ssl: true,
        retry_attempts: 3,
        delay_s: 0.0,
        status: ConfigurationStatus::Active,
        created_at: "2026-01-02T03:04:05Z".to_owned(),
    }
}

#[test]
fn a_configuration_has_the_keys_of_the_contract() {
    let json = serde_json::to_value(plain()).unwrap();
    let keys: Vec<&String> = json.as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        [
            "id",
            "name",
            "target_url",
            "http_method",
            "headers",
            "body",
            "concurrency",
            "duration_seconds",
            "total_requests",
            "client_library",
            "is_async",
            "timeout",
            "verify_ssl",
            "retry_attempts",
            "delay_between_requests",
            "status",
            "created_at"
        ]
    );
    assert_eq!((&json["status"], &json["timeout"]), (&"ACTIVE".into(), &30.0.into()));
    assert_eq!(serde_json::from_value::<BenchmarkConfiguration>(json).unwrap(), plain());
}

#[test]
fn what_has_no_secret_is_kept_as_it_is() {
    assert_eq!(plain().redacted(), plain());
    assert!(!plain().has_secrets());
}

#[test]
fn secrets_vanish_wherever_they_stand() {
    let secret = "s3cr3t-value-7";
    let cases: [fn(&mut BenchmarkConfiguration, &str); 9] = [
        |it, secret| drop(it.headers.insert("Authorization".to_owned(), format!("Bearer {secret}"))),
        |it, secret| drop(it.headers.insert("COOKIE".to_owned(), format!("a=1; session={secret}"))),
        |it, secret| drop(it.headers.insert("X-Api-Key".to_owned(), secret.to_owned())),
        |it, secret| drop(it.headers.insert("x-auth-token".to_owned(), secret.to_owned())),
        |it, secret| it.target_url = format!("https://ada:{secret}@example.org/x"),
        |it, secret| it.target_url = format!("https://example.org/x?api_key={secret}&page=1"),
        |it, secret| it.body = format!(r#"{{"login":[{{"password":"{secret}"}}]}}"#),
        |it, secret| it.body = format!("user=ada&access_token={secret}"),
        // By value: what a field gives away hides the same text everywhere else.
        |it, secret| {
            it.headers.insert("authorization".to_owned(), format!("Token {secret}"));
            it.body = format!("said {secret} twice: {secret}");
            it.name = format!("with {secret}");
            it.headers.insert("x-note".to_owned(), format!("see {secret}"));
        },
    ];
    for (number, change) in cases.iter().enumerate() {
        let mut configuration = plain();
        change(&mut configuration, secret);
        let kept = serde_json::to_string(&configuration.redacted()).unwrap();
        assert!(!kept.contains(secret), "case {number}: {kept}");
        assert!(kept.contains("[redacted]"), "case {number}: {kept}");
        assert!(configuration.has_secrets(), "case {number}");
        assert!(!format!("{configuration:?}").contains(secret));
    }
}

#[test]
fn a_short_secret_is_hidden_by_its_name() {
    let mut configuration = plain();
    configuration.headers.insert("X-Api-Key".to_owned(), "ab".to_owned());
    assert_eq!(configuration.redacted().headers["X-Api-Key"], "[redacted]");
    configuration.target_url = "http://a:b@h/".to_owned();
    assert_eq!(configuration.redacted().target_url, "http://[redacted]@h/");
}

#[test]
fn settings_are_read_in_any_case_and_others_are_named() {
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let settings = BenchmarkSettings::read([
        pair("http_benchmark_default_CONCURRENCY", "25"),
        pair("HTTP_BENCHMARK_DEFAULT_TIMEOUT", "2.5"),
        pair("HTTP_BENCHMARK_RESULTS_RETENTION_DAYS", "9"),
        pair("HTTP_BENCHMARK_SPEED", "9"),
        pair("PATH", "/bin"),
    ])
    .unwrap();
    assert_eq!((settings.default_concurrency, settings.default_timeout_s), (25, 2.5));
    assert!(settings.has("DEFAULT_CONCURRENCY") && !settings.has("DEFAULT_RETRY_ATTEMPTS"));
    assert_eq!(settings.changed.len(), 2);
    assert!(settings.ignored[0].contains("dyno runs prune"), "{:?}", settings.ignored);
    assert!(
        settings.ignored[1].starts_with("HTTP_BENCHMARK_SPEED is no setting; write one of HTTP_BENCHMARK_D")
    );
    assert_eq!(BenchmarkSettings::read([]).unwrap(), BenchmarkSettings::default());
}

#[test]
fn a_setting_that_cannot_be_used_says_what_it_must_be() {
    for (name, value, wanted) in [
        ("DEFAULT_CONCURRENCY", "0", "a whole number from 1 to 10000"),
        ("MAX_CONCURRENCY", "10001", "a whole number from 1 to 10000"),
        ("DEFAULT_TIMEOUT", "-1", "a number of seconds above 0"),
        ("DEFAULT_DURATION_SECONDS", "NaN", "a number of seconds above 0"),
        ("DEFAULT_RETRY_ATTEMPTS", "x", "a whole number from 0 to 1000"),
    ] {
        let variable = format!("HTTP_BENCHMARK_{name}");
        let error = BenchmarkSettings::read([(variable.clone(), value.to_owned())]).unwrap_err();
        assert_eq!(error.to_string(), format!("{variable} is `{value}`; it must be {wanted}"));
    }
}

#[test]
fn the_share_of_errors_is_in_percent() {
    let mut figures = BenchmarkFigures {
        duration_ns: 1,
        requests_count: 8,
        requests_per_second: 0.0,
        response_time: None,
        cpu_usage_percent: None,
        memory_usage: None,
        memory_unit: MemoryUnit::Megabytes,
        bytes_sent: 0,
        bytes_received: 0,
        error_count: 2,
        errors: BTreeMap::new(),
        status_codes: BTreeMap::new(),
        chunk_count: None,
    };
    assert!((figures.error_rate_percent() - 25.0).abs() < 1e-12);
    figures.requests_count = 0;
    assert!(figures.error_rate_percent().abs() < 1e-12);
}
