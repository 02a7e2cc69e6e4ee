use super::bars::Bar;
use super::spread::Spread;

#[test]
fn spreads_have_middle_and_ends() {
    assert_eq!(Spread::of(vec![3.0, 1.0, 2.0]), Some(Spread { median: 2.0, min: 1.0, max: 3.0 }));
    assert_eq!(Spread::of(vec![4.0, 1.0]), Some(Spread { median: 2.5, min: 1.0, max: 4.0 }));
    assert_eq!(Spread::of(vec![]), None);
}

#[test]
fn bars_say_whether_they_are_held() {
    assert!(Bar::at_least("a", Some(1.2), 1.2).row().ends_with("| ok |\n"));
    assert!(Bar::at_least("a", Some(1.1), 1.2).row().ends_with("| **missed** |\n"));
    assert!(Bar::at_most("a", Some(0.7), 0.6).row().ends_with("| **missed** |\n"));
    assert!(Bar::at_most("a", None, 0.6).row().ends_with("| – | not measured |\n"));
}
