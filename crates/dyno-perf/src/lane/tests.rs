use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::{CALLS, Call, Lane};

fn call(number: u64) -> Call {
    Call { begin_ns: number, end_ns: 2 * number, failure: number % 3 }
}

#[test]
fn a_full_lane_takes_nothing_until_it_was_read() {
    let lane = Lane::new();
    for number in 0..CALLS as u64 {
        assert!(lane.push(call(number)), "{number}");
    }
    assert!(!lane.push(call(0)));
    let mut read = Vec::new();
    lane.drain(|call| read.push(call));
    assert_eq!(read, (0..CALLS as u64).map(call).collect::<Vec<_>>());
    assert!(lane.push(call(7)));
}

#[test]
fn a_reader_on_another_thread_sees_every_call_once_and_whole() {
    const WRITTEN: u64 = 100_000;
    let lane = Arc::new(Lane::new());
    let is_over = Arc::new(AtomicBool::new(false));
    let reader = {
        let (lane, is_over) = (Arc::clone(&lane), Arc::clone(&is_over));
        std::thread::spawn(move || {
            let mut read = Vec::new();
            loop {
                let was_over = is_over.load(Ordering::Acquire);
                lane.drain(|call| read.push(call));
                if was_over {
                    return read;
                }
            }
        })
    };
    for number in 0..WRITTEN {
        while !lane.push(call(number)) {
            std::thread::yield_now();
        }
    }
    is_over.store(true, Ordering::Release);
    let read = reader.join().expect("the reader");
    assert!(read.iter().copied().eq((0..WRITTEN).map(call)));
}
