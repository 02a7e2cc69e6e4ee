//! Which limits are too low for which runs, and the commands that raise them.

use super::{Demand, Limits, open_files_needed, open_files_to_serve, problems, raise_open_files};

const USUAL: Limits = Limits {
    open_files_soft: Some(1024),
    open_files_hard: Some(4096),
    ports: Some((32_768, 60_999)),
    somaxconn: Some(4096),
    threads: None,
};

fn said(limits: &Limits, connections: u32, has_single_target: bool, sources: u32) -> String {
    let problems = problems(limits, &Demand { has_single_target, sources, ..Demand::of(connections) });
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[test]
fn small_runs_have_no_problem() {
    assert_eq!(said(&USUAL, 64, true, 1), "");
    assert_eq!(said(&Limits::default(), 1_000_000, true, 1), "");
}

#[test]
fn large_runs_are_told_the_command() {
    insta::assert_snapshot!(said(&USUAL, 2_000, true, 1), @"open files: 1,024 allowed, 2,064 needed; ulimit -n 2064");
    insta::assert_snapshot!(said(&USUAL, 30_000, true, 1), @r#"
    open files: 1,024 allowed, 30,064 needed; sudo prlimit --pid $$ --nofile=30064:30064  # in the shell that starts the run
    local ports for connections to one address: 28,232 allowed, 30,000 needed; sudo sysctl -w net.ipv4.ip_local_port_range="1024 65535"
    waiting connections of a listener on this machine: 4,096 allowed, 30,000 needed; sudo sysctl -w net.core.somaxconn=30000
    "#);
    let roomy = Limits { open_files_soft: Some(u64::MAX), somaxconn: None, ..USUAL };
    assert_eq!(said(&roomy, 30_000, false, 1), "");
    assert_eq!(said(&roomy, 50_000, true, 2), "");
    insta::assert_snapshot!(said(&roomy, 200_000, true, 1), @"local ports for connections to one address: 28,232 allowed, 200,000 needed; use at least 4 source addresses or several targets");
}

#[test]
fn the_soft_limit_is_raised_and_never_lowered() {
    let before = raise_open_files(0);
    let after = raise_open_files(before.unwrap_or(0).saturating_add(1));
    assert!(after >= before);
}

#[test]
fn a_target_that_may_open_what_it_is_said_to_need_lets_all_connections_in() {
    for connections in [1, 57, 1_000, 10_000, 19_999, 45_001] {
        let files = open_files_to_serve(connections);
        assert!(files / 10 * 9 >= u64::from(connections), "{connections} connections, {files} files");
        assert!(files > open_files_needed(connections), "{connections} connections, {files} files");
    }
}
