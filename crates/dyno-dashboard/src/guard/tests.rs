use super::*;

#[test]
fn addresses_localhost_and_given_names_are_this_host() {
    let access = Access::open().with_name("Bench.Lan");
    for (host, expected) in [
        ("127.0.0.1:9090", true),
        ("127.0.0.1", true),
        ("[::1]:9090", true),
        ("192.168.1.7:80", true),
        ("localhost:9090", true),
        ("LOCALHOST.", true),
        ("x.localhost", true),
        ("bench.lan:9090", true),
        ("evil.example:9090", false),
        ("localhost.evil.example", false),
        ("127.0.0.1.evil.example", false),
        ("notlocalhost", false),
        ("", false),
    ] {
        assert_eq!(access.knows_host(host), expected, "{host}");
    }
}

#[test]
fn a_token_is_known_as_bearer_and_as_password_only() {
    let access = Access::open().with_token("correct horse");
    let basic = |pair: &str| format!("Basic {}", STANDARD.encode(pair));
    for (field, expected) in [
        (None, false),
        (Some("Bearer correct horse".to_owned()), true),
        (Some("bearer  correct horse ".to_owned()), true),
        (Some("Bearer correct".to_owned()), false),
        (Some("correct horse".to_owned()), false),
        (Some("Bearer ".to_owned()), false),
        (Some(basic("anybody:correct horse")), true),
        (Some(basic("correct horse:")), false),
        (Some("Basic ???".to_owned()), false),
    ] {
        assert_eq!(access.knows_token(field.as_deref()), expected, "{field:?}");
    }
    assert!(Access::open().knows_token(None));
    assert!(!format!("{access:?}").contains("correct horse"));
}

#[test]
fn pages_of_other_origins_are_told_apart() {
    assert!(is_same_origin("http://127.0.0.1:9090", "127.0.0.1:9090"));
    for origin in ["null", "http://evil.example", "http://127.0.0.1:8080"] {
        assert!(!is_same_origin(origin, "127.0.0.1:9090"), "{origin}");
    }
}
