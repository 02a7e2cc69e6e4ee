//! The fingerprint of a machine that exists only in a directory, and of this one.

use super::{canonical, describe, fingerprint, fnv1a};
use crate::files::Files;

const CPUINFO: &str = "processor\t: 0\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 85\n\
    model name\t: Example CPU @ 2.50GHz\nstepping\t: 7\nmicrocode\t: 0x1\ncpu MHz\t\t: 2499.998\n\
    flags\t\t: fpu vme hypervisor lahf_lm\n";

fn machine(memory_kib: u64) -> (tempfile::TempDir, Files) {
    let directory = tempfile::tempdir().unwrap();
    let files = Files::below(directory.path());
    let memory = format!("MemTotal: {memory_kib} kB\nMemAvailable:  900 kB\nSwapTotal: 0 kB\n");
    for (path, text) in [
        ("/proc/cpuinfo", CPUINFO),
        ("/proc/meminfo", memory.as_str()),
        ("/proc/1/cgroup", "0::/init.scope\n"),
        ("/proc/sys/kernel/osrelease", "6.18.44-example\n"),
        ("/proc/cmdline", "quiet mitigations=off\n"),
        ("/proc/loadavg", "0.52 0.40 0.30 1/200 4242\n"),
        ("/proc/pressure/memory", "some avg10=1.50 avg60=0.00 avg300=0.00 total=77\n"),
        ("/proc/sys/net/ipv4/ip_local_port_range", "32768\t60999\n"),
        ("/sys/devices/system/cpu/cpu0/topology/thread_siblings_list", "0-1\n"),
        ("/sys/devices/system/cpu/cpu1/topology/thread_siblings_list", "0-1\n"),
        ("/sys/devices/system/cpu/cpu0/cache/index2/level", "2\n"),
        ("/sys/devices/system/cpu/cpu0/cache/index2/size", "1024K\n"),
        ("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "performance\n"),
        ("/sys/devices/system/cpu/cpufreq/boost", "1\n"),
        ("/sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never\n"),
        ("/sys/devices/system/node/node0/cpulist", "0-1\n"),
    ] {
        let path = files.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    (directory, files)
}

#[test]
fn identity_holds_the_hardware_and_nothing_private() {
    let (_keep, files) = machine(8_000_000);
    let mut identity = describe(&files, 2).identity;
    // These depend on where the test runs.
    identity.retain(|key, _| key != "arch" && key != "os");
    insta::assert_snapshot!(canonical(&identity), @"
    cache_l2=1024K
    container=no
    cores_logical=2
    cores_physical=1
    cores_usable=2
    cpu_brand=Example CPU @ 2.50GHz
    cpu_family=6
    cpu_model=85
    cpu_stepping=7
    cpu_vendor=GenuineIntel
    hypervisor=unknown
    memory=8 GiB
    numa_nodes=1
    ");
}

#[test]
fn settings_and_context_are_apart() {
    let (_keep, files) = machine(8_000_000);
    let environment = describe(&files, 2);
    let mut config = environment.config;
    config.retain(|key, _| !key.starts_with("open_files"));
    insta::assert_snapshot!(canonical(&config), @"
    governor=performance
    kernel=6.18
    local_ports=32768-60999
    microcode=0x1
    mitigations=off
    swap=off
    transparent_huge_pages=madvise
    turbo=on
    ");
    insta::assert_snapshot!(canonical(&environment.volatile), @"
    clock_mhz=2499.998
    load_1m=0.52
    memory_available_kib=900
    pressure_memory_10s=0.0150
    ");
}

#[test]
fn the_fingerprint_ignores_what_is_not_identity() {
    let fingerprint = |memory_kib, cores| {
        let (_keep, files) = machine(memory_kib);
        describe(&files, cores).fingerprint
    };
    assert_eq!(fingerprint(8_000_000, 2), fingerprint(8_200_000, 2));
    assert_ne!(fingerprint(8_000_000, 2), fingerprint(16_000_000, 2));
    assert_ne!(fingerprint(8_000_000, 2), fingerprint(8_000_000, 1));
}

#[test]
fn nothing_readable_still_gives_a_fingerprint() {
    let directory = tempfile::tempdir().unwrap();
    let environment = describe(&Files::below(directory.path()), 4);
    assert_eq!(environment.identity.keys().collect::<Vec<_>>(), ["arch", "cores_usable", "os"]);
    assert_eq!(environment.fingerprint.len(), 20);
}

#[test]
fn this_machine_is_the_same_twice() {
    assert_eq!(fingerprint().identity, fingerprint().identity);
    assert_eq!(fingerprint().fingerprint, fingerprint().fingerprint);
}

#[test]
fn the_hash_is_the_published_one() {
    // Test vectors of the FNV reference page.
    assert_eq!(
        (fnv1a(""), fnv1a("a"), fnv1a("foobar")),
        (0xcbf29ce484222325, 0xaf63dc4c8601ec8c, 0x85944171f73967e8)
    );
}
