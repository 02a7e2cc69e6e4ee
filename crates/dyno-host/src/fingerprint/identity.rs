//! What decides whether two runs can be compared: processor, usable cores, memory, virtualisation.
//!
//! The clock frequency is not here on purpose: it changes from minute to minute.

use std::collections::BTreeSet;

use super::{Facts, put};
use crate::cgroup;
use crate::files::{Files, field, leading_number};

const CPU: &str = "/sys/devices/system/cpu";

pub(super) fn facts(files: &Files, usable_cores: u32) -> Facts {
    let mut facts = Facts::new();
    put(&mut facts, "arch", Some(std::env::consts::ARCH));
    put(&mut facts, "os", Some(std::env::consts::OS));
    put(&mut facts, "cores_usable", Some(usable_cores));
    processor(files, &mut facts);
    topology(files, &mut facts);
    put(&mut facts, "cpu_limit", cgroup::cpu_limit(files, "/proc/self").map(|cores| format!("{cores:.2}")));
    put(&mut facts, "memory", memory(files));
    put(&mut facts, "hypervisor", hypervisor(files));
    put(&mut facts, "container", container(files));
    facts
}

/// Vendor, family, model, stepping and brand; ARM names them differently.
fn processor(files: &Files, facts: &mut Facts) {
    let Some(text) = files.text("/proc/cpuinfo") else { return };
    let first = |keys: &[&str]| keys.iter().find_map(|key| field(&text, key)).map(str::to_owned);
    put(facts, "cpu_vendor", first(&["vendor_id", "CPU implementer"]));
    put(facts, "cpu_family", first(&["cpu family", "CPU architecture"]));
    put(
        facts,
        "cpu_model",
        first(&["model\t", "CPU part"]).map(|model| model.trim_start_matches([':', ' ']).to_owned()),
    );
    put(facts, "cpu_stepping", first(&["stepping", "CPU revision"]));
    put(facts, "cpu_brand", first(&["model name"]));
}

fn topology(files: &Files, facts: &mut Facts) {
    let cpus: Vec<String> = files.names(CPU).into_iter().filter(|name| is_numbered(name, "cpu")).collect();
    if cpus.is_empty() {
        return;
    }
    put(facts, "cores_logical", Some(cpus.len()));
    let distinct = |path: &str| -> BTreeSet<String> {
        cpus.iter().filter_map(|cpu| files.text(&format!("{CPU}/{cpu}/{path}"))).collect()
    };
    let siblings = distinct("topology/thread_siblings_list");
    put(facts, "cores_physical", (!siblings.is_empty()).then_some(siblings.len()));
    let capacities = distinct("cpu_capacity");
    put(facts, "core_classes", (!capacities.is_empty()).then_some(capacities.len()));
    for index in 0..8 {
        let cache = |what: &str| files.text(&format!("{CPU}/cpu0/cache/index{index}/{what}"));
        if let (Some(level @ ("2" | "3")), Some(size)) = (cache("level").as_deref(), cache("size")) {
            put(facts, &format!("cache_l{level}"), Some(size));
        }
    }
    let nodes =
        files.names("/sys/devices/system/node").iter().filter(|name| is_numbered(name, "node")).count();
    put(facts, "numa_nodes", (nodes > 0).then_some(nodes));
}

/// Whether a name is `prefix` and a number, such as `cpu0`.
fn is_numbered(name: &str, prefix: &str) -> bool {
    name.strip_prefix(prefix).is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit()))
}

/// Memory in coarse steps (1, 1.5, 2, 3, 4, 6, 8, … GiB), because kernels keep different parts for themselves.
fn memory(files: &Files) -> Option<String> {
    let kib = leading_number(&files.field("/proc/meminfo", "MemTotal")?)?;
    let gib = kib as f64 / 1_048_576.0;
    let powers = (-4..16).map(|power| 2f64.powi(power));
    let steps = powers.flat_map(|power| [power, power * 1.5]);
    let nearest = steps.min_by(|a, b| (a / gib).ln().abs().total_cmp(&(b / gib).ln().abs()))?;
    Some(format!("{nearest} GiB"))
}

/// Who virtualises: `none`, a vendor such as `KVM` or `Amazon EC2`, or `unknown`.
fn hypervisor(files: &Files) -> Option<String> {
    let cpuinfo = files.text("/proc/cpuinfo")?;
    let flags = field(&cpuinfo, "flags").unwrap_or_default();
    let is_virtual =
        flags.split(' ').any(|flag| flag == "hypervisor") || files.exists("/sys/hypervisor/type");
    if !is_virtual {
        return Some("none".to_owned());
    }
    let named = files.text("/sys/hypervisor/type").or_else(|| files.text("/sys/class/dmi/id/sys_vendor"));
    Some(named.unwrap_or_else(|| "unknown".to_owned()))
}

/// `yes` inside a container, `no` outside, absent where there is no `/proc`.
fn container(files: &Files) -> Option<&'static str> {
    let groups = files.text("/proc/1/cgroup")?;
    let marked = files.exists("/.dockerenv") || files.exists("/run/.containerenv");
    let named =
        ["docker", "kubepods", "containerd", "lxc", "libpod"].iter().any(|name| groups.contains(name));
    Some(if marked || named { "yes" } else { "no" })
}
