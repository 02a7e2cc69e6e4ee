//! Can this machine tell a small change from noise: what a gate and a calibration need, seen over about a second.
//!
//! The limits are those by which a contest discards quads, so that a machine that is unfit here would discard most of them.

use std::time::{Duration, Instant};

use super::CheckState::{self, Bad, Good, Warning};
use super::MachineCheck;
use crate::anchor::{self, Anchor};
use crate::cgroup;
use crate::files::Files;
use crate::meter::MachineCounters;

const THIS: &str = "/proc/self";
/// How long the anchors are repeated.
const TIME: Duration = Duration::from_millis(900);
/// Fewer say nothing of their scatter.
const ANCHORS_LEAST: usize = 8;
/// Generator and target each need one.
const CORES_LEAST: u32 = 2;
/// A third core for everything else keeps the two free.
const CORES_ENOUGH: u32 = 3;
/// Rounds with more are discarded.
const STEAL_MOST: f64 = 0.02;
/// The same for the time in which the control group was held back.
const THROTTLED_MOST: f64 = 0.005;
/// Fixed work that scatters more hides changes of some percent behind many more quads.
const SCATTER_WARNING: f64 = 0.02;
/// Above this a gate of ten minutes finds no change below a tenth.
const SCATTER_BAD: f64 = 0.10;
/// Turns a median absolute deviation into the standard deviation of a normal distribution.
const MAD_TO_SIGMA: f64 = 1.4826;

pub(super) fn checks(files: &Files, cores: u32) -> Vec<MachineCheck> {
    let throttled = || cgroup::throttled_time(files, THIS).unwrap_or_default();
    let (machine, held_back, start) = (MachineCounters::read(files, THIS), throttled(), Instant::now());
    let mut anchors = Vec::new();
    while start.elapsed() < TIME || anchors.len() < ANCHORS_LEAST {
        anchors.push(anchor::measure());
    }
    let seconds = start.elapsed().as_secs_f64();
    let steal = MachineCounters::read(files, THIS).since(machine).steal_share();
    let held_back = throttled().saturating_sub(held_back).as_secs_f64() / seconds;
    vec![cores_check(cores), stolen(steal), throttling(held_back), scatter(&anchors), power(files)]
}

pub(super) fn cores_check(cores: u32) -> MachineCheck {
    let state = match cores {
        cores if cores >= CORES_ENOUGH => Good,
        CORES_LEAST => Warning,
        _ => Bad,
    };
    let advice = "generator and target need a core each, and the rest of the system one more: give more cores, or start \
                  the builds on another machine and compare their URLs";
    MachineCheck::of("cores_for_both", state, format!("{cores} usable"), advice)
}

pub(super) fn stolen(share: f64) -> MachineCheck {
    let state = grade(share, STEAL_MOST / 4.0, STEAL_MOST);
    let advice = "the hypervisor takes time away, and quads with more than 2 % are discarded: use a dedicated machine or a \
                  quieter hour";
    MachineCheck::of("stolen_time", state, format!("{:.1} % over a second of work", share * 100.0), advice)
}

pub(super) fn throttling(share: f64) -> MachineCheck {
    let state = if share == 0.0 { Good } else { grade(share, THROTTLED_MOST / 4.0, THROTTLED_MOST) };
    let advice = "the control group stops the process while it works: raise its limit (`cpu.max`, `--cpus`)";
    MachineCheck::of("throttling", state, format!("{:.1} % over a second of work", share * 100.0), advice)
}

pub(super) fn scatter(anchors: &[Anchor]) -> MachineCheck {
    let of =
        |time: fn(&Anchor) -> u64| robust_scatter(anchors.iter().map(|anchor| time(anchor) as f64).collect());
    let (arithmetic, memory) = (of(|anchor| anchor.arithmetic_ns), of(|anchor| anchor.memory_ns));
    let state = grade(arithmetic.max(memory), SCATTER_WARNING, SCATTER_BAD);
    let seen = format!(
        "fixed work scatters by {:.1} % (arithmetic), {:.1} % (memory)",
        arithmetic * 100.0,
        memory * 100.0
    );
    let advice =
        "small changes will need many quads: stop other work, fix the clock, or use a quieter machine";
    MachineCheck::of("fixed_work", state, seen, advice)
}

pub(super) fn power(files: &Files) -> MachineCheck {
    const SUPPLIES: &str = "/sys/class/power_supply";
    let is_draining = files.names(SUPPLIES).iter().any(|supply| {
        let says = |what: &str| files.text(&format!("{SUPPLIES}/{supply}/{what}"));
        says("type").as_deref() == Some("Battery") && says("status").as_deref() == Some("Discharging")
    });
    let governor = files.text("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
    match governor {
        _ if is_draining => {
            MachineCheck::of("power", Bad, "battery", "the clock follows the battery: plug in")
        }
        Some(governor) if governor != "performance" => {
            let advice = "the clock follows the load: sudo cpupower frequency-set -g performance";
            MachineCheck::of("power", Warning, format!("governor {governor}"), advice)
        }
        Some(governor) => MachineCheck::good("power", format!("governor {governor}")),
        None => MachineCheck::unknown("power"),
    }
}

/// The robust standard deviation as a share of the median.
fn robust_scatter(mut values: Vec<f64>) -> f64 {
    let middle = |values: &mut Vec<f64>| {
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied().unwrap_or(0.0)
    };
    let median = middle(&mut values);
    let mut deviations: Vec<f64> = values.iter().map(|value| (value - median).abs()).collect();
    if median > 0.0 { MAD_TO_SIGMA * middle(&mut deviations) / median } else { 0.0 }
}

fn grade(value: f64, warning: f64, bad: f64) -> CheckState {
    match value {
        value if value < warning => Good,
        value if value < bad => Warning,
        _ => Bad,
    }
}
