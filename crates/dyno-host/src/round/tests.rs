//! Rounds on a machine that exists only in a directory, and on this one.

use super::{GeneratorRound, RoundMeter};
use crate::files::Files;

fn write(files: &Files, entries: &[(&str, &str)]) {
    for (path, text) in entries {
        let path = files.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
}

#[test]
fn what_the_machine_did_meanwhile_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let files = Files::below(directory.path());
    write(
        &files,
        &[
            ("/proc/stat", "cpu 100 0 100 800 0 0 0 0"),
            ("/proc/self/cgroup", "0::/\n"),
            ("/sys/fs/cgroup/cpu.stat", "nr_throttled 1\nthrottled_usec 5"),
            ("/proc/pressure/cpu", "some avg10=0.00 avg60=0.00 avg300=0.00 total=7"),
        ],
    );
    let meter = RoundMeter::begin_on(files.clone(), &[], &[]);
    write(
        &files,
        &[
            ("/proc/stat", "cpu 150 0 110 820 0 0 0 20"),
            // Far longer than the round can have been.
            ("/sys/fs/cgroup/cpu.stat", "nr_throttled 2\nthrottled_usec 3600000005"),
            ("/proc/pressure/cpu", "some avg10=0.00 avg60=0.00 avg300=0.00 total=7"),
        ],
    );
    let machine = meter.end(GeneratorRound { threads: 2, lateness_p99_ns: 9 });
    assert_eq!((machine.steal_share, machine.throttled_share, machine.cpu_pressure), (0.2, 1.0, Some(0.0)));
    assert_eq!(
        (machine.arm_cpu_cores, machine.idle_arm_cpu_cores, machine.arm_rss_bytes),
        (None, None, None)
    );
    assert_eq!(machine.generator_lateness_p99_ns, 9);
    assert!(machine.other_cpu_cores > 0.0, "{machine:?}");
    let anchors = [machine.anchor_arithmetic_ns, machine.anchor_memory_ns];
    assert!(anchors.iter().all(|(before, after)| *before > 0 && *after > 0), "{machine:?}");
}

#[test]
fn a_machine_that_tells_nothing_gives_zeros() {
    let directory = tempfile::tempdir().unwrap();
    let meter = RoundMeter::begin_on(Files::below(directory.path()), &[1], &[2]);
    let machine = meter.end(GeneratorRound::default());
    assert_eq!((machine.steal_share, machine.throttled_share, machine.cpu_pressure), (0.0, 0.0, None));
    assert_eq!(
        (machine.arm_cpu_cores, machine.generator_cpu_share, machine.other_cpu_cores),
        (None, 0.0, 0.0)
    );
}

/// The child starts a child that works until it has used ten ticks, and tells so.
#[test]
#[cfg(target_os = "linux")]
fn the_cpu_of_an_arm_is_that_of_its_children_too() {
    use std::io::{BufRead, BufReader, Write};
    use std::process::{Command, Stdio};

    let script = "echo ready; read line; \
                  sh -c 'while read -r s < /proc/self/stat; set -- $s; [ \"${14}\" -lt 10 ]; do :; done'; \
                  echo done; read line";
    let mut arm =
        Command::new("sh").args(["-c", script]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut idle = Command::new("sh").args(["-c", "read line"]).stdin(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(arm.stdout.take().unwrap()).lines();
    let mut input = arm.stdin.take().unwrap();
    assert_eq!(lines.next().unwrap().unwrap(), "ready");
    let meter = RoundMeter::begin(&[arm.id()], &[idle.id()]);
    writeln!(input, "go").unwrap();
    assert_eq!(lines.next().unwrap().unwrap(), "done");
    let machine = meter.end(GeneratorRound { threads: 1, lateness_p99_ns: 0 });
    writeln!(input, "end").unwrap();
    arm.wait().unwrap();
    idle.kill().unwrap();
    idle.wait().unwrap();
    assert!(machine.arm_cpu_cores.unwrap() > 0.0, "{machine:?}");
    assert!(machine.idle_arm_cpu_cores.unwrap() < machine.arm_cpu_cores.unwrap(), "{machine:?}");
    assert!(machine.arm_rss_bytes.unwrap() > 0, "{machine:?}");
}
