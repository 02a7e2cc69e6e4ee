//! Where a run was played, and what it cost while it ran.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The machine that played the load.
///
/// `identity` decides whether runs can be compared, `config` is compared and reported, `volatile` is
/// context. What could not be read is absent. Never holds host names, users, addresses or serials.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Environment {
    /// `fp1:` and 16 hexadecimal digits over `identity`.
    pub fingerprint: String,
    /// Processor, usable cores, memory size, virtualisation, architecture.
    pub identity: BTreeMap<String, String>,
    /// Kernel, governor, turbo, limits, port range and the like.
    pub config: BTreeMap<String, String>,
    /// Load, free memory, pressure, temperature at the start.
    pub volatile: BTreeMap<String, String>,
}

/// What a process and its machine used in one second. Rates are over that second.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct ResourceSample {
    /// CPU of the process, in cores (1.0 is one core fully used).
    pub cpu_cores: f64,
    /// Resident memory of the process.
    pub rss_bytes: u64,
    /// Bytes received by the machine's interfaces per second.
    pub network_received_per_s: f64,
    /// Bytes sent by the machine's interfaces per second.
    pub network_sent_per_s: f64,
    /// Open file descriptors of the process.
    pub open_files: u64,
    /// Involuntary context switches of the process per second.
    pub involuntary_switches_per_s: f64,
    /// Time that runnable threads of the process waited for a core, in seconds per second.
    pub run_queue_wait: f64,
    /// Share of machine time taken by the hypervisor, 0 to 1.
    pub steal_share: f64,
    /// CPU of the whole machine as a share of all its cores, 0 to 1.
    pub machine_cpu_share: f64,
}

/// What a process used over a whole run.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct ResourceSummary {
    /// CPU time in user mode, in seconds.
    pub cpu_user_s: f64,
    /// CPU time in the kernel, in seconds.
    pub cpu_system_s: f64,
    /// Largest resident memory.
    pub rss_peak_bytes: u64,
    /// Involuntary context switches.
    pub involuntary_switches: u64,
    /// Time that runnable threads waited for a core, in seconds, when the kernel tells.
    pub run_queue_wait_s: f64,
    /// Share of machine time taken by the hypervisor, 0 to 1.
    pub steal_share: f64,
    /// Times that the control group was throttled.
    pub cgroup_throttled: u64,
}
