use std::time::Duration;

use super::{Goal, goal};

#[test]
fn goals_are_read_with_their_sign() {
    for (text, metric, worse) in [
        ("p99=+5%", "p99", 0.05),
        ("rate=-3%", "rate", 0.03),
        ("errors=+0.5pp", "errors", 0.005),
        ("rss = +20%", "rss", 0.2),
    ] {
        let goal = goal(text).unwrap();
        assert_eq!((goal.metric.as_str(), goal.worse), (metric, worse), "{text}");
    }
    for (text, said) in [
        ("p99", "has no `=`"),
        ("p99=-5%", "gets worse when it grows"),
        ("rate=-100%", "leaves no rate"),
        ("p99=+0%", "no size"),
        ("p99=+5ms", "no size"),
        ("browse/p99=+5%", "name no operation"),
        ("latency=+5%", "write `p99`"),
        ("connect.p99=+5%", "no slowness is known"),
    ] {
        let error = goal(text).unwrap_err();
        assert!(error.contains(said), "{text}: {error}");
    }
}

#[test]
fn the_tail_is_slowed_alone_and_the_middle_as_a_whole() {
    let tail = |text: &str| goal(text).unwrap().slowness(2e6, 1e5).unwrap().tail.unwrap();
    let (p99, p50) = (tail("p99=+5%"), tail("p50=+10%"));
    assert!((p99.share - 0.04).abs() < 1e-9);
    assert_eq!(
        (p99.delay, p50.share, p50.delay),
        (Duration::from_micros(100), 1.0, Duration::from_micros(200))
    );
    let short = goal("p50=+5%").unwrap().slowness(1e6, 1e5).unwrap();
    assert_eq!((short.busy, short.tail), (Duration::from_micros(50), None));
    let rate = goal("rate=-20%").unwrap().slowness(1e4, 1e5).unwrap();
    assert_eq!(rate.busy, Duration::from_micros(25));
}

#[test]
fn a_wrong_guess_is_mended_by_a_factor() {
    let guess = goal("p99=+5%").unwrap().slowness(2e6, 1e5).unwrap();
    let mended = Goal::scaled(&guess, 1.5);
    assert_eq!(mended.tail.unwrap().delay, Duration::from_micros(150));
    assert_eq!(mended.tail.unwrap().share, guess.tail.unwrap().share);
}
