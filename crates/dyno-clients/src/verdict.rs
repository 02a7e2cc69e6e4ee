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
mod tests {
    use dyno_datagen::Random;
    use dyno_model::{ClientSegment, ClientWord};

    use super::{blocks_least, verdicts};

    /// Blocks of 1,000 requests at `cpu_ns` each, with 3 % of noise and a drift that both share.
    fn segments(cpu_ns: f64, stream: u64) -> Vec<ClientSegment> {
        (0u32..12)
            .map(|block| {
                let noise = Random::for_arrival(7, stream, u64::from(block)).normal() * 0.03;
                let drift = 1.0 + f64::from(block) * 0.05;
                let total = (cpu_ns * 1_000.0 * drift * noise.exp()) as u64;
                ClientSegment {
                    block,
                    position: 0,
                    ok: 1_000,
                    rejected: 0,
                    failed: std::collections::BTreeMap::new(),
                    wall_ns: total * 2,
                    cpu_ns: total,
                    lateness_p99_ns: 0,
                    doubts: Vec::new(),
                }
            })
            .collect()
    }

    #[test]
    fn words_follow_the_evidence() {
        let reference = segments(100_000.0, 1);
        let (cheap, dear, same) = (segments(60_000.0, 2), segments(170_000.0, 3), segments(100_000.0, 4));
        let found = verdicts(&reference, &[&cheap, &dear, &same], 1);
        let words: Vec<Option<ClientWord>> =
            found.iter().map(|verdict| verdict.as_ref().map(|v| v.word)).collect();
        let expected = [ClientWord::Faster, ClientWord::Slower, ClientWord::NoDifferenceShown].map(Some);
        assert_eq!(words, expected);
        let dear = found[1].as_ref().expect("compared");
        assert!((dear.cpu_ratio.value - 1.7).abs() < 0.1, "{dear:?}");
        assert!(dear.cpu_ratio.low.is_some_and(|low| low > 1.5) && dear.p_adjusted < 0.01);
    }

    #[test]
    fn more_clients_need_more_blocks() {
        assert_eq!([1, 5, 28].map(blocks_least), [10, 12, 15]);
        let reference = segments(100_000.0, 1);
        let cheap = segments(60_000.0, 2);
        let many: Vec<&[ClientSegment]> = vec![&cheap; 28];
        let word =
            |found: Vec<Option<dyno_model::ClientVerdict>>| found[0].as_ref().map(|verdict| verdict.word);
        assert_eq!(word(verdicts(&reference, &many, 1)), Some(ClientWord::NoDifferenceShown));
        assert_eq!(word(verdicts(&reference, &many[..5], 1)), Some(ClientWord::Faster));
    }

    #[test]
    fn two_blocks_show_nothing() {
        let (reference, cheap) = (segments(100_000.0, 1), segments(60_000.0, 2));
        let found = verdicts(&reference[..2], &[&cheap[..2]], 1);
        assert_eq!(found[0].as_ref().map(|verdict| verdict.word), Some(ClientWord::NoDifferenceShown));
    }

    #[test]
    fn without_a_request_there_is_no_ratio() {
        let reference = segments(100_000.0, 1);
        let mut empty = segments(100_000.0, 2);
        empty.iter_mut().for_each(|segment| segment.ok = 0);
        assert_eq!(verdicts(&reference, &[&empty], 1), [None]);
    }
}
