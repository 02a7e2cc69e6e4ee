//! Usage of trees: from a directory that stands for `/proc`, and of a real child.

use super::{TreeUsage, tree_usage, usage_below};
use crate::files::Files;

const TICK_NS: u64 = 10_000_000;

/// A process: its number, parent and group, its ticks and those of collected children.
type Process = (u32, u32, u32, u64, u64);

fn usage(processes: &[Process], root: u32, clock: &dyn Fn(u32) -> Option<u64>) -> Option<TreeUsage> {
    let directory = tempfile::tempdir().unwrap();
    let files = Files::below(directory.path());
    let write = |path: String, text: String| {
        let path = files.path(&path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    for (pid, parent, group, ticks, collected) in processes {
        let rest = format!("{ticks} 0 {collected} 0 20 0 1 0 900 1000 5 0");
        write(
            format!("/proc/{pid}/stat"),
            format!("{pid} (a ) b) S {parent} {group} 1 0 -1 0 0 0 0 0 {rest}"),
        );
        write(format!("/proc/{pid}/status"), "Name:\ts\nVmHWM:\t  8 kB\n".to_owned());
        for task in [1, 2] {
            let text = "voluntary_ctxt_switches:\t3\nnonvoluntary_ctxt_switches:\t4\n";
            write(format!("/proc/{pid}/task/{task}/status"), text.to_owned());
        }
    }
    usage_below(&files, root, clock)
}

#[test]
fn a_root_counts_with_its_group_and_all_descendants() {
    let processes = [
        (10, 1, 10, 100, 6),
        (11, 10, 10, 7, 0),
        // In a group of its own, and still below the root.
        (12, 11, 12, 5, 0),
        // Its parent has ended, so it was given to the first process.
        (13, 1, 10, 3, 0),
        (20, 1, 20, 900, 0),
    ];
    let found = usage(&processes, 10, &|_| None).unwrap();
    let tick_ns = 1_000_000_000 / rustix::param::clock_ticks_per_second();
    assert_eq!(
        found,
        TreeUsage { processes: 4, cpu_ns: 121 * tick_ns, rss_peak_bytes: 4 * 8 * 1024, switches: 4 * 2 * 7 }
    );
    assert_eq!(usage(&processes, 99, &|_| None), None);
}

#[test]
fn the_clock_of_a_process_is_finer_than_its_ticks() {
    let clock = |pid| (pid == 10).then_some(1_234_567);
    let found = usage(&[(10, 1, 10, 100, 2), (11, 10, 10, 3, 0)], 10, &clock).unwrap();
    let tick_ns = 1_000_000_000 / rustix::param::clock_ticks_per_second();
    assert_eq!(found.cpu_ns, 1_234_567 + 5 * tick_ns);
}

/// A child that burns more than `TICK_NS` is seen, before and after it was collected.
#[test]
#[cfg(target_os = "linux")]
fn a_real_child_counts_while_it_lives_and_after() {
    use std::io::{BufRead, BufReader, Write};
    use std::process::{Command, Stdio};
    let script = "i=0; while [ $i -lt 60000 ]; do i=$((i+1)); done; echo burnt; read line";
    let outer = format!("sh -c '{script}'; echo over; read line");
    let mut child =
        Command::new("sh").args(["-c", &outer]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut stdin = child.stdin.take().unwrap();
    let mut used_after = |said: &str| {
        assert_eq!(lines.next().unwrap().unwrap(), said);
        let usage = tree_usage(child.id()).unwrap();
        writeln!(stdin).unwrap();
        usage
    };
    let alive = used_after("burnt");
    let ended = used_after("over");
    assert_eq!((alive.processes, ended.processes), (2, 1));
    assert!(alive.cpu_ns > TICK_NS && alive.rss_peak_bytes > 0, "{alive:?}");
    assert!(ended.cpu_ns + 2 * TICK_NS > alive.cpu_ns, "{alive:?} {ended:?}");
    child.wait().unwrap();
    assert_eq!(tree_usage(u32::MAX), None);
}
