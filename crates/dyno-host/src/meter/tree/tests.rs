//! Trees of processes, from a directory that stands for `/proc`.

use super::ProcessTree;
use crate::files::Files;

/// `stat` of a process: its parent, its own ticks and those of collected children, and its resident pages.
fn process(pid: u32, parent: u32, ticks: u64, collected: u64, pages: u64) -> (String, String) {
    let text = format!(
        "{pid} (s) S {parent} 1 1 0 -1 0 0 0 0 0 {ticks} 0 {collected} 0 20 0 1 0 900 1000 {pages} 0"
    );
    (format!("/proc/{pid}/stat"), text)
}

fn read(processes: &[(String, String)], trees: &[&[u32]]) -> Vec<ProcessTree> {
    let directory = tempfile::tempdir().unwrap();
    let files = Files::below(directory.path());
    for (path, text) in processes {
        let path = files.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    ProcessTree::read(&files, trees)
}

#[test]
fn a_tree_is_its_root_with_children_and_grandchildren() {
    let page = rustix::param::page_size() as u64;
    let tick = 1.0 / rustix::param::clock_ticks_per_second() as f64;
    let found = read(
        &[
            process(10, 1, 100, 0, 1),
            process(11, 10, 30, 5, 2),
            process(12, 11, 7, 0, 4),
            process(20, 1, 900, 0, 8),
        ],
        &[&[10], &[20], &[99], &[]],
    );
    assert_eq!((found[0].processes, found[0].rss_bytes), (3, 7 * page));
    assert!((found[0].cpu_s - 142.0 * tick).abs() < 1e-9 && (found[0].own_cpu_s - 100.0 * tick).abs() < 1e-9);
    assert_eq!((found[1].processes, found[1].rss_bytes), (1, 8 * page));
    assert!(!found[2].exists() && !found[3].exists());
}

#[test]
fn a_child_that_ended_stays_counted() {
    let before = read(&[process(10, 1, 100, 0, 1), process(11, 10, 40, 0, 1)], &[&[10]]);
    let after = read(&[process(10, 1, 100, 45, 1)], &[&[10]]);
    let tick = 1.0 / rustix::param::clock_ticks_per_second() as f64;
    assert!((after[0].cpu_s - before[0].cpu_s - 5.0 * tick).abs() < 1e-9);
}

#[test]
fn a_root_below_another_root_counts_once() {
    let processes = [process(10, 1, 1, 0, 1), process(11, 10, 1, 0, 1)];
    assert_eq!(read(&processes, &[&[10, 11]])[0].processes, 2);
    // Two that name each other as parents, as a torn reading may show them.
    assert_eq!(read(&[process(10, 11, 1, 0, 1), process(11, 10, 1, 0, 1)], &[&[10]])[0].processes, 2);
}
