use proptest::prelude::*;

use super::*;

fn of(values: &[u64]) -> Histogram {
    let mut histogram = Histogram::new();
    for &value in values {
        histogram.record(value);
    }
    histogram
}

fn merged(a: &Histogram, b: &Histogram) -> Histogram {
    let mut result = a.clone();
    result.merge(b);
    result
}

proptest! {
    #[test]
    fn merging_is_associative_and_commutative(a: Vec<u32>, b: Vec<u32>, c: Vec<u32>) {
        let of32 = |v: &[u32]| of(&v.iter().map(|&x| u64::from(x)).collect::<Vec<_>>());
        let (a, b, c) = (of32(&a), of32(&b), of32(&c));
        prop_assert_eq!(merged(&merged(&a, &b), &c), merged(&a, &merged(&b, &c)));
        prop_assert_eq!(merged(&a, &b), merged(&b, &a));
        prop_assert_eq!(merged(&a, &b).count(), a.count() + b.count());
    }

    #[test]
    fn quantiles_are_ordered_and_within_one_percent(values in prop::collection::vec(1u64..ONE_HOUR_NS, 1..300)) {
        let histogram = of(&values);
        let mut sorted = values.clone();
        sorted.sort_unstable();
        let shares = [0.0, 0.5, 0.9, 0.99, 1.0];
        for pair in shares.windows(2) {
            prop_assert!(histogram.quantile(pair[0]) <= histogram.quantile(pair[1]));
        }
        prop_assert!(histogram.quantile(0.9999) <= histogram.max());
        for q in shares {
            let rank = ((q * values.len() as f64).ceil() as usize).clamp(1, values.len());
            let exact = sorted[rank - 1] as f64;
            let read = histogram.quantile(q) as f64;
            prop_assert!((read - exact).abs() <= exact * 0.01 + 1.0, "q {} exact {} read {}", q, exact, read);
        }
    }

    #[test]
    fn text_form_keeps_every_count(values: Vec<u32>) {
        let histogram = of(&values.iter().map(|&x| u64::from(x)).collect::<Vec<_>>());
        let back = Histogram::decode(&histogram.encode()).unwrap();
        prop_assert_eq!(histogram.buckets(), back.buckets());
        prop_assert_eq!(Histogram::decode(&back.encode()).unwrap(), back);
    }

    #[test]
    fn foreign_text_never_panics(text in ".{0,80}", bytes: Vec<u8>) {
        let _ = Histogram::decode(&text);
        let _ = Histogram::decode(&format!("hdr-v2:{}", STANDARD.encode(bytes)));
    }
}

#[test]
fn packing_keeps_everything_and_is_small() {
    let mut histogram = of(&(0..10_000).map(|i| 50_000 + i * 97).collect::<Vec<_>>());
    let packed = histogram.clone().pack();
    assert_eq!(packed, histogram);
    assert_eq!(packed.encode(), histogram.encode());
    assert!(packed.encode().len() < 2_500, "{} bytes", packed.encode().len());
    let mut unpacked = packed;
    unpacked.record(7);
    histogram.record(7);
    assert_eq!(unpacked, histogram);
}

#[test]
fn more_than_an_hour_counts_as_an_hour() {
    let histogram = of(&[u64::MAX / 4]);
    assert_eq!(histogram.count(), 1);
    assert!(histogram.max() >= ONE_HOUR_NS);
}

#[test]
fn empty_has_zeros() {
    let histogram = Histogram::new();
    assert_eq!((histogram.min(), histogram.max(), histogram.quantile(0.99)), (0, 0, 0));
    assert_eq!(histogram.count_above(0), 0);
}

#[test]
fn an_interpolated_quantile_moves_inside_a_bucket() {
    // 1,000,000 and 1,003,000 ns share a bucket; half of the values in it lie below the middle of its width.
    let histogram = of(&[1_000_000; 100]);
    let (low, high) = (histogram.interpolated(0.25), histogram.interpolated(0.75));
    assert!(low < high && high - low < 0.009 * 1e6, "{low} {high}");
    assert_eq!(Histogram::new().interpolated(0.5), 0.0);
}

proptest! {
    #[test]
    fn interpolated_quantiles_stay_in_their_bucket_and_are_ordered(values in prop::collection::vec(1u64..ONE_HOUR_NS, 1..300)) {
        let histogram = of(&values);
        let mut before = 0.0;
        for step in 0..=100 {
            let q = f64::from(step) / 100.0;
            let value = histogram.interpolated(q);
            prop_assert!(value >= before, "{value} after {before}");
            before = value;
            let plain = histogram.quantile(q) as f64;
            prop_assert!((value - plain).abs() <= 0.017 * plain + 1.0 || q == 0.0, "{value} is not near {plain}");
        }
    }
}
