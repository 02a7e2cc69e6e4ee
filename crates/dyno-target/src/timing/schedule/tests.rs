//! Times of pieces, computed and not waited for.

use super::*;

const MS: u64 = 1_000_000;

fn spacing(count: u64) -> Spacing {
    Spacing { first_ns: 100 * MS, count, delay_ns: 20 * MS, duration_ns: 90 * MS, jitter: None }
}

#[test]
fn pieces_come_evenly_from_the_delay_to_the_end() {
    let times: Vec<u64> = (0..10).map(|index| spacing(10).at_ns(index) / MS).collect();
    assert_eq!(times, [100, 110, 120, 130, 140, 150, 160, 170, 180, 190]);
    assert_eq!(spacing(1).at_ns(0) / MS, 100);
    assert_eq!(spacing(2).at_ns(1) / MS, 190);
}

#[test]
fn jitter_moves_pieces_but_never_past_each_other() {
    let spacing = spacing(100).jittered(|index| crate::random::uniform(5, index) - 0.5);
    let times: Vec<u64> = (0..100).map(|index| spacing.at_ns(index)).collect();
    assert!(times.is_sorted());
    assert_eq!((times[0], times[99]), (100 * MS, 190 * MS));
    assert_ne!(times[50], 100 * MS + 90 * MS * 50 / 99);
}

#[test]
fn a_spaced_body_waits_first_and_says_when_the_next_piece_comes() {
    let mut body = spaced(spacing(3), |index, out| out.push(b'0' + index as u8));
    let mut out = Vec::new();
    let paces: Vec<Pace> = (0..4).map(|_| body.fill(&mut out)).collect();
    assert_eq!(paces, [Pace::At(100 * MS), Pace::At(145 * MS), Pace::At(190 * MS), Pace::End]);
    assert_eq!(out, b"012");
    assert_eq!(
        spacing(3).server_timing(),
        "total_duration;dur=110.000, initial_delay;dur=20.000, write_duration;dur=90.000"
    );
}
