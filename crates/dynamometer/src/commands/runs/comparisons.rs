//! The list of stored comparisons.

use dyno_store::ComparisonSummary;

use super::clip;
use crate::commands::pretty;
use crate::commands::table::{self, Tone, Wrapping};
use crate::console;
use crate::error::CommandError;

/// Prints the list, newest first.
///
/// # Errors
/// When stdout cannot be written.
pub fn list(comparisons: &[ComparisonSummary], as_json: bool) -> Result<(), CommandError> {
    if as_json {
        return console::data(&pretty(&comparisons));
    }
    if comparisons.is_empty() {
        console::talk("the store has no such comparisons; `dyno compare A B` makes one");
        return Ok(());
    }
    let plain = |text: String| (text, Tone::Plain);
    let rows: Vec<Vec<(String, Tone)>> = comparisons
        .iter()
        .map(|comparison| {
            let labels: Vec<String> = comparison.arms.iter().map(|arm| clip(&arm.label)).collect();
            vec![
                plain(comparison.id.clone()),
                plain(clip(&comparison.name)),
                plain(comparison.at.chars().take("2026-01-01T00:00:00".len()).collect()),
                (comparison.state.clone(), tone(&comparison.state)),
                plain(comparison.evidence.clone()),
                plain(comparison.kind.clone()),
                plain(labels.join(" → ")),
            ]
        })
        .collect();
    let header = ["comparison", "name", "made (UTC)", "gate", "evidence", "kind", "arms"];
    console::data(table::toned(&header, &rows, Wrapping::Never).as_bytes())
}

fn tone(state: &str) -> Tone {
    match state {
        "pass" => Tone::Good,
        "fail" => Tone::Bad,
        "inconclusive" | "incomparable" => Tone::Doubtful,
        _ => Tone::Plain,
    }
}
