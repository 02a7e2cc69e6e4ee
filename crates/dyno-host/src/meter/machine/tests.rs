//! Shares and sums from counters as the kernel writes them.

use super::{MachineCounters, times, traffic};

#[test]
fn shares_are_of_the_time_between_two_readings() {
    let before = times("cpu  100 0 100 800 0 0 0 0 50 0\ncpu0 1 2 3").unwrap();
    let now = times("cpu  150 0 110 820 10 0 0 10 99 0\n").unwrap();
    let between = now.since(before);
    assert_eq!((between.busy_share(), between.steal_share()), (0.6, 0.1));
    assert_eq!(MachineCounters::default().busy_share(), 0.0);
}

#[test]
fn traffic_is_summed_over_interfaces() {
    let text = "Inter-|   Receive |  Transmit\n face |bytes packets\n\
                lo: 10 1 0 0 0 0 0 0 20 1 0 0 0 0 0 0\n  eth0:5 1 0 0 0 0 0 0 7 1 0 0 0 0 0 0\n";
    assert_eq!(traffic(text), (15, 27));
}
