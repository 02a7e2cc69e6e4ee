//! One client against the reference, block by block.
//!
//! In every block both have played once, in random order, so under "no difference" each log ratio is as likely to be
//! positive as negative: the same sign-flip test as for builds, two-sided, corrected by Holm over the clients.

use dyno_model::{ClientSegment, ClientVerdict, ClientWord, Estimate};
use dyno_stats::paired::{holm, median, median_interval, sign_flip};

/// Corrected probability below which a difference is shown.
const ALPHA: f64 = 0.01;

/// Ratios of CPU this near to 1 are nobody's concern, and may come from where code happens to lie in memory.
const NEAR: f64 = 0.01;

const CONFIDENCE: f64 = 0.95;

/// Blocks that are needed so that a difference of one among `clients` can be shown at all, with two to spare.
///
/// The smallest two-sided probability of a sign flip over b blocks is 2^(1−b), and Holm multiplies it by the clients.
#[must_use]
pub fn blocks_least(clients: usize) -> u32 {
    const SPARE: u32 = 2;
    (2.0 * clients.max(1) as f64 / ALPHA).log2().ceil() as u32 + SPARE
}

/// CPU per request of a segment, in nanoseconds; `None` without a request or a reading.
pub(crate) fn cpu_per_request(segment: &ClientSegment) -> Option<f64> {
    per_request(segment.cpu_ns, segment)
}

/// Wall time per request, in nanoseconds.
pub(crate) fn wall_per_request(segment: &ClientSegment) -> Option<f64> {
    per_request(segment.wall_ns, segment)
}

fn per_request(total_ns: u64, segment: &ClientSegment) -> Option<f64> {
    (segment.ok > 0 && total_ns > 0).then(|| total_ns as f64 / segment.ok as f64)
}

/// Compares each client's segments with those of the reference. Uncorrected probabilities are not shown.
pub(crate) fn verdicts(
    reference: &[ClientSegment],
    clients: &[&[ClientSegment]],
    seed: u64,
) -> Vec<Option<ClientVerdict>> {
    let compared: Vec<Option<(ClientVerdict, f64)>> =
        clients.iter().map(|client| against(reference, client, seed)).collect();
    let known: Vec<f64> = compared.iter().flatten().map(|(_, p)| *p).collect();
    let mut adjusted = holm(&known).into_iter();
    compared
        .into_iter()
        .map(|found| {
            let (mut verdict, _) = found?;
            verdict.p_adjusted = adjusted.next().unwrap_or(1.0);
            verdict.word = word(&verdict);
            Some(verdict)
        })
        .collect()
}

fn word(verdict: &ClientVerdict) -> ClientWord {
    let ratio = verdict.cpu_ratio.value;
    if verdict.p_adjusted > ALPHA || (ratio.ln()).abs() < NEAR {
        ClientWord::NoDifferenceShown
    } else if ratio < 1.0 {
        ClientWord::Faster
    } else {
        ClientWord::Slower
    }
}

fn against(reference: &[ClientSegment], client: &[ClientSegment], seed: u64) -> Option<(ClientVerdict, f64)> {
    let cpu = log_ratios(reference, client, cpu_per_request);
    let wall = log_ratios(reference, client, wall_per_request);
    let cpu_ratio = ratio(&cpu)?;
    let wall_ratio = ratio(&wall)?;
    let opposite: Vec<f64> = cpu.iter().map(|x| -x).collect();
    let p = (2.0 * sign_flip(&cpu, 0.0, seed).min(sign_flip(&opposite, 0.0, seed))).min(1.0);
    Some((ClientVerdict { cpu_ratio, wall_ratio, p_adjusted: 1.0, word: ClientWord::NoDifferenceShown }, p))
}

/// One log ratio per block in which both have a value.
fn log_ratios(
    reference: &[ClientSegment],
    client: &[ClientSegment],
    value: impl Fn(&ClientSegment) -> Option<f64>,
) -> Vec<f64> {
    client
        .iter()
        .filter_map(|mine| {
            let theirs = reference.iter().find(|segment| segment.block == mine.block)?;
            Some(value(mine)?.ln() - value(theirs)?.ln())
        })
        .collect()
}

fn ratio(logs: &[f64]) -> Option<Estimate> {
    let interval = median_interval(logs, CONFIDENCE);
    Some(Estimate {
        value: median(logs)?.exp(),
        low: interval.map(|(low, _)| low.exp()),
        high: interval.map(|(_, high)| high.exp()),
        samples: logs.len() as u64,
    })
}

#[cfg(test)]
mod tests;
