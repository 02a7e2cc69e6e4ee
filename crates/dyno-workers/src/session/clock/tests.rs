use super::Offset;

#[test]
fn pings_narrow_the_offset() {
    let mut offset = Offset::default();
    offset.add(100, 1_150, 200);
    assert_eq!((offset.to_worker(0), offset.error_ns()), (1_000, 100));
    offset.add(300, 1_310, 320);
    assert_eq!((offset.to_worker(300), offset.error_ns()), (1_300, 20));
}

#[test]
fn one_clock_for_both_needs_no_correction() {
    let mut offset = Offset::default();
    offset.add(100, 190, 200);
    assert_eq!(offset.to_worker(500), 500);
}
