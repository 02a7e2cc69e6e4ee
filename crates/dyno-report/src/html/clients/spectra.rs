//! The latency spectra of the clients of one case on one chart.

use dyno_model::{ClientState, ClientsRecord};

use crate::html::chart::{Chart, Stroke};
use crate::html::spectrum::{self, COLOURS, Line};

/// Cases that have a spectrum; their data makes pages large.
const CASES_MAX: usize = 16;

/// Response times of successes, or service times in a closed loop, where both are the same. Colours twice: lines, then
/// broken lines.
pub(super) fn chart(case: &ClientsRecord, index: usize) -> Option<Chart> {
    if index >= CASES_MAX {
        return None;
    }
    let is_open = case.case.rate_per_s.is_some();
    let measured = case.entries.iter().filter(|entry| entry.state == ClientState::Ranked);
    let figures: Vec<_> =
        measured.filter_map(|entry| Some((entry.label.clone(), entry.figures.as_ref()?))).collect();
    let styles =
        [Stroke::Line, Stroke::Dashed].into_iter().flat_map(|stroke| COLOURS.map(|colour| (colour, stroke)));
    let lines: Vec<Line<'_>> = figures
        .iter()
        .zip(styles)
        .map(|((label, figures), (colour, stroke))| {
            let times = if is_open { &figures.response_time_ns } else { &figures.service_time_ns };
            (label.clone(), colour, stroke, times)
        })
        .collect();
    let what = if is_open { "response time" } else { "service time" };
    let mut note = format!("{what} of successes, as the workers timed it");
    if figures.len() > lines.len() {
        note.push_str(&format!("; the first {} of {} clients", lines.len(), figures.len()));
    }
    spectrum::chart(&format!("spectrum-{index}"), "Latency spectrum", &note, &lines)
}
