//! Containers found through control groups, and what is said when there is none.

use super::{ContainerError, by_control_group, container_pid};
use crate::files::Files;

const ID: &str = "0123456789abcdef0123456789abcdef";

fn process(files: &Files, pid: u32, parent: u32, group: &str) {
    let directory = files.path(&format!("/proc/{pid}"));
    std::fs::create_dir_all(&directory).unwrap();
    std::fs::write(directory.join("cgroup"), group).unwrap();
    std::fs::write(directory.join("status"), format!("Name:\tx\nPPid:\t{parent}\n")).unwrap();
}

#[test]
fn the_first_process_is_the_one_with_its_parent_outside() {
    let directory = tempfile::tempdir().unwrap();
    let files = Files::below(directory.path());
    process(&files, 1, 0, "0::/init.scope\n");
    process(&files, 90, 1, "0::/system.slice/other.service\n");
    // The child has the smaller number: process numbers wrap around.
    process(&files, 95, 300, &format!("0::/system.slice/docker-{ID}.scope\n"));
    process(&files, 300, 90, &format!("0::/system.slice/docker-{ID}.scope\n"));
    assert_eq!(by_control_group(&files, &ID[..12]), Some(300));
    assert_eq!(by_control_group(&files, ID), Some(300));
    assert_eq!(by_control_group(&files, "ffffffffffff"), None);
    assert_eq!(by_control_group(&files, "shop"), None);
}

#[test]
fn says_what_was_tried() {
    assert_eq!(container_pid("-rf"), Err(ContainerError::NotAName { name: "-rf".to_owned() }));
    let error = container_pid("no-such-container-here").unwrap_err().to_string();
    assert!(
        error.starts_with("found no running container `no-such-container-here`: no process has it"),
        "{error}"
    );
}
