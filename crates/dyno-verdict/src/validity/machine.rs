//! Rules about the machines: did the generator get its cores, memory, files and ports, and is the target full.

use dyno_model::units::{format_count, format_share};
use dyno_model::{Reason, ValidityState};

use super::limits::*;
use super::{ValidityInput, grade, reason};

/// Time that load threads waited for a core.
pub(super) fn run_queue_wait(input: &ValidityInput) -> Option<Reason> {
    let thread_time_s = input.elapsed_s * f64::from(input.threads.max(1));
    if thread_time_s <= 0.0 {
        return None;
    }
    let share = input.run_queue_wait_s / thread_time_s;
    let state = grade(share, RUN_QUEUE_SUSPECT, RUN_QUEUE_INVALID)?;
    let detail = format!(
        "load threads waited {} of their time for a core that something else used; put generator and target on \
         different cores (`taskset`) or machines, or stop other work",
        format_share(share),
    );
    reason("generator_waited_for_cpu", state, detail)
}

/// Time that the hypervisor gave to others.
pub(super) fn steal(input: &ValidityInput) -> Option<Reason> {
    let state = grade(input.steal_share, STEAL_SUSPECT, STEAL_INVALID)?;
    let detail = format!(
        "the hypervisor took {} of the machine's time; use a dedicated machine, or compare in interleaved rounds",
        format_share(input.steal_share),
    );
    reason("steal", state, detail)
}

/// The control group was held back.
pub(super) fn throttled(input: &ValidityInput) -> Option<Reason> {
    let times = input.cgroup_throttled;
    if times == 0 {
        return None;
    }
    let per_s = times as f64 / input.elapsed_s.max(1.0);
    let state =
        if per_s >= THROTTLED_PER_S_INVALID { ValidityState::Invalid } else { ValidityState::Suspect };
    let detail = format!(
        "the control group of the generator was held back {} times, each up to 100 ms; raise or remove its CPU \
         limit (`cpu.max`, `--cpus`)",
        format_count(times),
    );
    reason("cgroup_throttled", state, detail)
}

/// Time in which tasks waited for memory.
pub(super) fn memory_pressure(input: &ValidityInput) -> Option<Reason> {
    let share = input.memory_stall_share?;
    let state = grade(share, MEMORY_STALL_SUSPECT, MEMORY_STALL_INVALID)?;
    let detail = format!(
        "tasks waited for memory in {} of the time; stop something that holds memory, or use fewer connections",
        format_share(share),
    );
    reason("memory_pressure", state, detail)
}

/// Connections that failed for want of a file.
pub(super) fn open_files(input: &ValidityInput) -> Option<Reason> {
    let advice = "raise the limit (`ulimit -n`) or use fewer connections";
    local_failures(
        input,
        input.open_files_exhausted,
        "open_files_exhausted",
        "no file could be opened",
        advice,
    )
}

/// Connections that failed for want of a local port.
pub(super) fn ports(input: &ValidityInput) -> Option<Reason> {
    let advice = "keep connections alive, widen `net.ipv4.ip_local_port_range`, or use more source addresses";
    local_failures(input, input.ports_exhausted, "ports_exhausted", "no local port was left", advice)
}

fn local_failures(input: &ValidityInput, count: u64, code: &str, why: &str, advice: &str) -> Option<Reason> {
    if count == 0 {
        return None;
    }
    let share = count as f64 / input.requests.max(1) as f64;
    let state = if share >= LOCAL_FAILURES_INVALID { ValidityState::Invalid } else { ValidityState::Suspect };
    let detail =
        format!("{} connections failed on this machine because {why}; {advice}", format_count(count));
    reason(code, state, detail)
}

/// The target has no core left, or just the one that a single thread can use: notes.
pub(super) fn target_saturated(input: &ValidityInput) -> Option<Reason> {
    let used = input.target_cpu_mean()?;
    if input.target_is_saturated() {
        let cores = input.target_cores.unwrap_or(used);
        let detail = format!(
            "the target used {used:.2} of its {cores:.2} cores: this is its capacity on this machine"
        );
        return reason("target_saturated", ValidityState::Valid, detail);
    }
    let near_one = |cores: &f64| (cores - 1.0).abs() <= ONE_CORE_TOLERANCE;
    // A mean near one core is common; every second near one core is a thread that cannot do more.
    if input.target_cpu_cores.len() < PLATEAU_SECONDS || !input.target_cpu_cores.iter().all(near_one) {
        return None;
    }
    let detail =
        format!("the target used {used:.2} cores in every second: it looks single-threaded and full");
    reason("target_one_core_saturated", ValidityState::Valid, detail)
}
