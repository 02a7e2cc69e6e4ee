use super::geometric_mean;

#[test]
fn a_slow_operation_does_not_outweigh_quick_ones() {
    let mean = geometric_mean([0.5, 2.0].into_iter()).unwrap();
    assert!((mean - 1.0).abs() < 1e-12, "{mean}");
    let mean = geometric_mean([1.0, 10.0, 100.0].into_iter()).unwrap();
    assert!((mean - 10.0).abs() < 1e-9, "{mean}");
}

#[test]
fn nothing_and_zero_have_no_mean() {
    assert_eq!(geometric_mean(std::iter::empty()), None);
    assert_eq!(geometric_mean([0.0, 1.0].into_iter()), None);
    assert_eq!(geometric_mean([f64::NAN].into_iter()), None);
}
