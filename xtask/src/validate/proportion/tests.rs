use super::{interval, upper};

#[test]
fn bounds_are_those_of_the_tables() {
    // What shows "below 1 % per gate" with 95 % confidence: 0 of 299, 1 of 473, 2 of 628, 3 of 773, 5 of 1049.
    for (hits, count) in [(0, 299), (1, 473), (2, 628), (3, 773), (5, 1049)] {
        let bound = upper(hits, count, 0.95);
        assert!((0.0099..=0.01).contains(&bound), "{hits} of {count}: {bound}");
        assert!(upper(hits, count - 1, 0.95) > 0.01, "one gate fewer is not enough");
    }
    let (low, high) = interval(8, 10);
    assert!((low - 0.4439).abs() < 1e-4 && (high - 0.9748).abs() < 1e-4, "{low} {high}");
}

#[test]
fn bounds_hold_what_was_seen() {
    for count in [1, 2, 10, 400] {
        for hits in 0..=count {
            let (low, high) = interval(hits, count);
            let seen = hits as f64 / count as f64;
            assert!(
                (0.0..=seen).contains(&low) && (seen..=1.0).contains(&high),
                "{hits} of {count}: {low} {high}"
            );
        }
    }
    assert_eq!((interval(0, 9).0, interval(9, 9).1), (0.0, 1.0));
}
