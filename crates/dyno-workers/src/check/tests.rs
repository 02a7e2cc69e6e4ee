use super::{CheckUrls, Rule, check};
use crate::process::Spawn;

const URLS: CheckUrls<'static> =
    CheckUrls { fixed: "http://x/", body_bytes: 0, echo: "http://z/", refusing: "http://y/" };

fn spawn(script: &str) -> Spawn {
    Spawn {
        name: "mine".to_owned(),
        program: "python3".into(),
        arguments: vec!["-c".into(), script.into()],
        environment: Vec::new(),
        directory: None,
    }
}

#[test]
fn a_program_that_is_no_worker_is_told_so_with_its_own_words() {
    let findings = check(&spawn("import sys; sys.exit('no module named httpx')"), URLS);
    assert_eq!((findings.len(), findings[0].rule), (1, Rule::Greeting));
    let problem = findings[0].problem.as_deref().unwrap_or_default();
    assert!(problem.contains("exit code 1") && problem.contains("no module named httpx"), "{problem}");
}

#[test]
fn a_worker_that_dies_while_it_is_checked_is_a_finding() {
    let script = r#"
import sys
print('{"t":"hello","proto":[1,1],"name":"x","version":"1","modes":["sync"],"now":1}', flush=True)
for line in sys.stdin:
    if '"ping"' in line:
        print('{"t":"pong","id":%s,"now":1}' % line.split('"id":')[1].split('}')[0], flush=True)
    else:
        sys.exit(3)
"#;
    let findings = check(&spawn(script), URLS);
    let last = findings.last().expect("there is one");
    assert_eq!(last.rule, Rule::Lives);
    assert!(last.problem.as_deref().is_some_and(|problem| problem.contains("exit code 3")), "{last:?}");
}

#[test]
fn every_rule_is_listed_and_explained() {
    for rule in Rule::ALL {
        assert!(!rule.meaning().is_empty());
    }
}
