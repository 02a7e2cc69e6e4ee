use super::{Limiter, ThreadLimit, tightest};
use crate::files::Files;

fn machine(entries: &[(&str, &str)]) -> (tempfile::TempDir, Files) {
    let root = tempfile::tempdir().expect("there is room");
    for (path, text) in entries {
        let path = root.path().join(path.trim_start_matches('/'));
        std::fs::create_dir_all(path.parent().expect("it has one")).expect("there is room");
        std::fs::write(path, text).expect("there is room");
    }
    let files = Files::below(root.path());
    (root, files)
}

const SYSTEM: [(&str, &str); 3] = [
    ("/proc/loadavg", "0.20 0.18 0.12 1/300 11206\n"),
    ("/proc/sys/kernel/pid_max", "32768\n"),
    ("/proc/sys/kernel/threads-max", "192730\n"),
];

#[test]
fn the_limit_that_leaves_the_fewest_counts() {
    let (_root, files) = machine(&SYSTEM);
    let limit = tightest(&files).expect("there are limits");
    assert_eq!(limit, ThreadLimit { limiter: Limiter::PidMax, most: 32_768, taken: 300 });
    for (groups, folder) in
        [("0::/box\n", "/sys/fs/cgroup/box"), ("4:pids:/box\n1:cpu:/elsewhere\n", "/sys/fs/cgroup/pids/box")]
    {
        let most = format!("{folder}/pids.max");
        let current = format!("{folder}/pids.current");
        let of_group = [("/proc/self/cgroup", groups), (most.as_str(), "4096\n"), (current.as_str(), "12\n")];
        let (_root, files) = machine(&[SYSTEM.as_slice(), &of_group].concat());
        let limit = tightest(&files).expect("there are limits");
        assert_eq!(limit, ThreadLimit { limiter: Limiter::Group, most: 4_096, taken: 12 }, "{groups}");
    }
    let unlimited = [("/proc/self/cgroup", "0::/box\n"), ("/sys/fs/cgroup/box/pids.max", "max\n")];
    let (_root, files) = machine(&[SYSTEM.as_slice(), &unlimited].concat());
    assert_eq!(tightest(&files).map(|limit| limit.limiter), Some(Limiter::PidMax));
}

#[test]
fn too_few_threads_are_told_with_the_command() {
    let of = |limiter| ThreadLimit { limiter, most: 4_096, taken: 100 };
    assert_eq!(of(Limiter::PidMax).problem(0), None);
    assert_eq!(of(Limiter::PidMax).problem(3_932), None);
    let said = |limiter| of(limiter).problem(10_000).map(|problem| problem.to_string()).unwrap_or_default();
    insta::assert_snapshot!(said(Limiter::PidMax), @"threads (kernel.pid_max): 4,096 allowed, 10,164 needed; sudo sysctl -w kernel.pid_max=10164");
    insta::assert_snapshot!(said(Limiter::ThreadsMax), @"threads (kernel.threads-max): 4,096 allowed, 10,164 needed; sudo sysctl -w kernel.threads-max=10164");
    insta::assert_snapshot!(said(Limiter::Group), @"threads (pids.max of the control group): 4,096 allowed, 10,164 needed; --pids-limit=10164 for a container, TasksMax=10164 for a unit");
    insta::assert_snapshot!(said(Limiter::User), @"threads (RLIMIT_NPROC): 4,096 allowed, 10,164 needed; ulimit -u 10164");
}
