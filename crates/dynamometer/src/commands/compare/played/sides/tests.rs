use super::{Named, named, ready_of};

fn text(text: &str) -> Named {
    Named::Text(text.to_owned())
}

fn ready(given: &[&str], sides: [&str; 2]) -> Result<[Option<String>; 2], String> {
    let given: Vec<String> = given.iter().map(|&url| url.to_owned()).collect();
    ready_of(&given, &sides.map(text)).map_err(|error| format!("{error}; {}", error.hints.join("; ")))
}

#[test]
fn each_side_gets_what_says_that_it_is_ready() {
    let some = |a: &str, b: &str| Ok([a, b].map(|url| (!url.is_empty()).then(|| url.to_owned())));
    for (given, sides, expected) in [
        (vec!["http://h:{port}/up"], ["./old", "./new"], some("http://h:{port}/up", "http://h:{port}/up")),
        (vec!["http://h:1/", "http://h:2/"], ["./old", "./new"], some("http://h:1/", "http://h:2/")),
        (vec![], ["http://h:1/", "https://h:2/"], some("", "")),
        (vec![], ["embedded", "embedded"], some("", "")),
        // One that runs already, beside one that is started.
        (vec!["http://h:1/"], ["http://h:2/", "./new"], some("", "http://h:1/")),
    ] {
        assert_eq!(ready(&given, sides), expected, "{given:?} {sides:?}");
    }
}

#[test]
fn mistakes_say_what_to_write() {
    for (given, sides, problem, hint) in [
        (vec!["http://h:1/"], ["./old", "./new"], "run at the same time", "write {port}"),
        (vec!["http://h:1/"; 2], ["./old", "./new"], "run at the same time", "twice: A's URL, then B's"),
        (vec![], ["./old", "http://h:1/"], "nothing says when A, `./old`, is ready", "--ready 'http://"),
        (vec!["h:1/", "http://h:2/"], ["./old", "./new"], "must be a URL, not `h:1/`", "write `http://h:1/`"),
        (vec!["http://h/"; 3], ["./old", "./new"], "given 3 times", ""),
    ] {
        let error = ready(&given, sides).unwrap_err();
        assert!(error.contains(problem) && error.contains(hint), "{error}");
    }
    let error = named(None, None, "b").unwrap_err();
    assert!(error.to_string().contains("`--b` is missing") && error.hints[0].contains("--ready"), "{error}");
}

#[test]
fn a_revision_is_always_started() {
    let revision = named(None, Some(&"embedded".to_owned()), "a").unwrap();
    assert_eq!(revision, Named::Revision("embedded".to_owned()));
    assert!(revision.is_started() && !text("embedded").is_started() && !text("http://h/").is_started());
}

#[test]
fn the_embedded_target_may_be_slowed() {
    for (words, flags) in
        [("embedded", vec![]), ("embedded busy=5us,tail=1%:5ms", vec!["--inject", "busy=5us,tail=1%:5ms"])]
    {
        let flags = flags.into_iter().map(str::to_owned).collect();
        assert_eq!(super::embedded(words).unwrap(), super::ArmSpec::Embedded { program: None, flags });
        assert!(!text(words).is_started());
    }
    assert!(super::embedded("embedded speed=1").unwrap_err().to_string().contains("speed=1"));
    assert!(text("embedded-server --port {port}").is_started(), "a command may begin with that word");
}
