//! Secrets are used and never shown: not in errors, not in the redacted plan, not in provenance.

use dyno_model::Credentials;

use super::{http, resolve_text, resolve_with, resolved};
use crate::Overrides;

/// Every value that would be a leak here holds this word.
const LEAK: &str = "s3cr3t";

const PLAN: &str = r#"
name: "secret ${secret:TOKEN}"
target: { http: "http://ada:s3cr3t-url@h" }
http:
  proxy: "http://proxy:s3cr3t-proxy@p:3128"
  headers: { Authorization: "Bearer s3cr3t-bearer", X-Api-Key: s3cr3t-key }
variables: { hidden: "${secret:HIDDEN}" }
scenarios:
  - name: a
    steps:
      - get: "/?key=${secret:TOKEN}&again={{ hidden }}"
        headers: { Cookie: "session=s3cr3t-cookie" }
        auth: { basic: "bob:s3cr3t-basic" }
      - post: /
        body: "token=${secret:TOKEN}"
        auth: { bearer: "s3cr3t-token" }
"#;

#[test]
fn nothing_that_is_shown_holds_a_secret() {
    let resolved = resolved(PLAN);
    assert!(!resolved.redacted.to_string().contains(LEAK), "{}", resolved.redacted);
    for (key, value, _) in &resolved.provenance {
        assert!(!value.contains(LEAK), "{key}: {value}");
    }
    let debug = format!("{:?}", resolved.redactor);
    assert!(!debug.contains(LEAK), "{debug}");
    let step = &http(&resolved).scenarios[0].steps[0];
    assert!(
        matches!(&step.credentials, Some(Credentials::Basic(user)) if user.expose() == "bob:s3cr3t-basic")
    );
    assert_eq!(step.url.as_literal(), Some("/?key=s3cr3t-value&again=s3cr3t-value"));
}

#[test]
fn errors_next_to_secrets_do_not_show_them() {
    // A mistake on every line, so that every line is drawn.
    for line in PLAN.lines().filter(|line| line.contains(LEAK)) {
        let plan = PLAN.replace(line, &format!("{line} # \u{7}")) + "unknown: 1\n";
        let broken = plan.replace("/?key", "?? key").replace("@h\"", "@h:port\"").replace("@p:3128", "@p:x");
        for text in [plan, broken] {
            let Err(errors) = resolve_text(&text) else { panic!("{text}") };
            assert!(!errors.render(false).contains(LEAK), "{}", errors.render(false));
            assert!(!errors.render(true).contains(LEAK));
            assert!(!errors.to_string().contains(LEAK), "{errors}");
        }
    }
}

#[test]
fn secrets_of_flags_are_kept_too() {
    let flags = Overrides {
        urls: vec!["http://eve:s3cr3t-flag@h".to_owned()],
        headers: vec!["Authorization: Basic s3cr3t-header".to_owned()],
        basic: Some("eve:s3cr3t-user".to_owned()),
        proxy: Some("http://eve:s3cr3t-proxy@p".to_owned()),
        ..Overrides::default()
    };
    let resolved = resolve_with("phases: { warmup: 0s }", &Overrides::default(), &flags).unwrap();
    assert!(!resolved.redacted.to_string().contains(LEAK), "{}", resolved.redacted);
    assert!(
        resolved.provenance.iter().all(|(_, value, _)| !value.contains(LEAK)),
        "{:?}",
        resolved.provenance
    );
    let broken = Overrides { urls: vec!["http://eve:s3cr3t-flag@h:x".to_owned()], ..flags };
    let errors = resolve_with("phases: { warmup: 0s }", &Overrides::default(), &broken).unwrap_err();
    assert!(!errors.render(false).contains(LEAK), "{errors}");
}
