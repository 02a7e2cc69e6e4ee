use super::super::super::gate::Change;
use super::{KINDS, named};

#[test]
fn a_size_is_a_share_of_the_base_of_both_sides() {
    let sides = |name: &str, size| {
        let kind = named(name).unwrap();
        ((kind.baseline)(), (kind.candidate)(size))
    };
    for (name, size, base, slowed) in [
        ("cpu", 2.0, "busy=1000000ns", "busy=1020000ns"),
        ("tail", 5.0, "tail=4%:1000us", "tail=4%:1150us"),
        ("lock", 10.0, "lock=100000ns", "lock=110000ns"),
        ("errors", 2.0, "", "errors=0.1%"),
        ("memory", 50.0, "held=67108864B", "held=100663296B"),
        ("alloc", 0.0, "alloc=1048576B", "alloc=1048576B"),
        ("slow-start", 0.0, "", "slow-first=50:5ms"),
    ] {
        assert_eq!(sides(name, size), (base.to_owned(), slowed.to_owned()), "{name}");
    }
}

#[test]
fn nothing_is_added_at_size_zero() {
    for kind in KINDS.iter().filter(|kind| kind.has_sizes) {
        assert_eq!((kind.candidate)(0.0), (kind.baseline)(), "{}", kind.name);
    }
}

#[test]
fn changes_for_the_worse_are_positive() {
    let change = Change { point: -0.05, interval: Some((-0.06, -0.04)) };
    assert_eq!(named("lock").unwrap().words(&change), "+5.0 % [+4.0, +6.0]");
    assert_eq!(named("cpu").unwrap().words(&change), "-5.0 % [-6.0, -4.0]");
    let errors = Change { point: 0.001, interval: None };
    assert_eq!(named("errors").unwrap().words(&errors), "+0.10 pp");
    assert!(named("colour").unwrap_err().contains("slow-start"));
}
