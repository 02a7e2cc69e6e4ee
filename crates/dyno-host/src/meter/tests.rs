//! Meters on this process, on a child, and on processes that do not exist any more.

use std::process::Command;
use std::time::{Duration, Instant};

use super::ResourceMeter;

fn spin(time: Duration) {
    let start = Instant::now();
    while start.elapsed() < time {
        std::hint::black_box(start);
    }
}

#[test]
#[cfg(target_os = "linux")]
fn busy_time_of_this_process_is_seen() {
    let mut meter = ResourceMeter::this();
    spin(Duration::from_millis(200));
    let sample = meter.sample().unwrap();
    // Other tests use cores too, and a busy machine takes some away.
    assert!(sample.cpu_cores > 0.1, "{sample:?}");
    assert!(sample.rss_bytes > 100_000 && sample.open_files >= 3, "{sample:?}");
    assert!((0.0..=1.0).contains(&sample.machine_cpu_share) && (0.0..=1.0).contains(&sample.steal_share));
    let summary = meter.summary();
    assert!(summary.cpu_user_s + summary.cpu_system_s > 0.02, "{summary:?}");
    assert!(summary.rss_peak_bytes >= sample.rss_bytes, "{summary:?}");
}

#[test]
#[cfg(target_os = "linux")]
fn a_process_that_ends_gives_none_and_keeps_its_summary() {
    let mut child =
        Command::new("sh").args(["-c", "read line"]).stdin(std::process::Stdio::piped()).spawn().unwrap();
    let mut meter = ResourceMeter::for_process(child.id()).unwrap();
    assert!(meter.sample().is_some());
    let before = meter.summary();
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(meter.sample(), None);
    assert_eq!(meter.sample(), None);
    assert!(meter.summary().rss_peak_bytes >= before.rss_peak_bytes);
}

#[test]
fn there_is_no_meter_for_no_process() {
    assert!(ResourceMeter::for_process(u32::MAX).is_none());
}
