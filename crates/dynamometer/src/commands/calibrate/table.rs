//! What a calibration found, for people: noise at three levels, and what minutes of measuring buy.

use std::path::Path;

use dyno_model::{Environment, Unit, units};
use dyno_verdict::{Calibrated, CalibratedCell};

use super::{SCREEN_QUADS, warmup_words};
use crate::args::calibrate::CalibrateArgs;
use crate::commands::table::{self, Tone, Wrapping};

/// Budgets that are shown, in seconds.
const BUDGETS_S: [f64; 3] = [60.0, 180.0, 600.0];

/// What was measured.
pub fn summary(calibrated: &Calibrated, alpha: f64) -> String {
    let header = [
        "metric",
        "value",
        "rounds ±",
        "processes ±",
        "sessions ±",
        "bias at most",
        "1 min",
        "3 min",
        "10 min",
    ];
    let rows: Vec<Vec<(String, Tone)>> = calibrated
        .cells
        .iter()
        .filter(|cell| cell.key.operation.is_none() && cell.kind.is_gated)
        .map(|cell| {
            let (noise, share) = (&cell.noise, |sigma: f64| percent(cell, sigma));
            let mut texts = vec![
                cell.key.to_string(),
                value(cell),
                share(noise.sigma_round),
                noise.sigma_process.map_or("unknown".to_owned(), share),
                noise.sigma_session.map_or("unknown".to_owned(), share),
                cell.bias_upper.map_or("unknown".to_owned(), share),
            ];
            let buys = cell.buys(&calibrated.cost, alpha, &BUDGETS_S);
            texts.extend(buys.iter().map(|buy| finds(cell, buy.detectable)));
            texts.into_iter().map(|text| (text, Tone::Plain)).collect()
        })
        .collect();
    let mut text = format!(
        "{}: {} sessions, {} quads, {} left out\n\n{}",
        calibrated.plan,
        calibrated.sessions,
        calibrated.quads,
        calibrated.discarded_quads,
        table::toned(&header, &rows, Wrapping::Never)
    );
    text.push_str(
        "\nThe last columns are the smallest change for the worse that a comparison of so many minutes finds in nine of \
         ten cases.\n",
    );
    text.push_str(&wide_bounds(calibrated));
    match &calibrated.certificate {
        Some(certificate) => text.push_str(&format!(
            "{} of {} gates called the program slower than itself: at most {:.1} % of gates do (95 %).\n",
            certificate.false_alarms,
            certificate.gates,
            certificate.upper95 * 100.0
        )),
        None => {
            text.push_str("No gates were played, so there is no certificate: comparisons are E3 at most.\n");
        }
    }
    text
}

/// Metrics whose own bias is not known well enough to judge by their tolerance.
fn wide_bounds(calibrated: &Calibrated) -> String {
    let is_wide = |cell: &&CalibratedCell| {
        let most = cell.kind.tolerance.relative;
        cell.kind.is_gated && most > 0.0 && cell.bias_upper.is_some_and(|bias| bias.exp_m1() > most)
    };
    let named: Vec<String> =
        calibrated.cells.iter().filter(is_wide).map(|cell| cell.key.to_string()).collect();
    if named.is_empty() {
        return String::new();
    }
    format!(
        "The bias of {} is known less well than their tolerances: a comparison will find nothing so small. Calibrate on a \
         quieter machine, with longer rounds, or with more sessions (`--append`).\n",
        named.join(", ")
    )
}

fn value(cell: &CalibratedCell) -> String {
    match cell.kind.unit {
        Unit::Ns => units::format_ns(cell.value.round() as u64),
        Unit::PerS => units::format_rate(cell.value),
        Unit::Share => units::format_share(cell.value),
        Unit::Bytes => units::format_size(cell.value.round() as u64),
        Unit::Count => units::format_count(cell.value.round() as u64),
    }
}

/// A scatter of logarithms in percent, one of shares in percentage points.
fn percent(cell: &CalibratedCell, sigma: f64) -> String {
    match cell.kind.is_difference {
        true => format!("{:.2} pp", sigma * 100.0),
        false => format!("{:.1} %", sigma.exp_m1() * 100.0),
    }
}

fn finds(cell: &CalibratedCell, detectable: f64) -> String {
    match detectable {
        // Nothing scattered at all, so that this says nothing.
        0.0 => "unknown".to_owned(),
        size if size.is_finite() => percent(cell, size),
        _ => "nothing".to_owned(),
    }
}

/// What would be played, and where it would be kept.
pub fn discovery(args: &CalibrateArgs, machine: &Environment, file: &Path) -> String {
    let load = &args.twin.load;
    let fact = |name: &str| machine.identity.get(name).cloned().unwrap_or_else(|| "unknown".to_owned());
    let target = args.twin.start.clone().unwrap_or_else(|| "the embedded target".to_owned());
    let round = load.round.map_or("2 s or more".to_owned(), units::format_duration);
    let gates =
        format!("{} of {SCREEN_QUADS} quads, and as many again when something is suspicious", args.gates);
    table::plain(&[
        ["machine".to_owned(), machine.fingerprint.clone()],
        ["processor".to_owned(), format!("{}, {} cores usable", fact("cpu_brand"), fact("cores_usable"))],
        ["memory".to_owned(), fact("memory")],
        ["virtualisation".to_owned(), fact("hypervisor")],
        ["target".to_owned(), target],
        ["sessions".to_owned(), format!("{} of {} quads", args.sessions, args.quads)],
        ["gates".to_owned(), gates],
        ["rounds".to_owned(), format!("{round}, four to a quad")],
        ["warm-up".to_owned(), warmup_words(load.warmup.as_ref())],
        ["profile".to_owned(), file.display().to_string()],
    ])
}
