//! The published sequence, and moments of what is made from it.

use super::SplitMix64;

#[test]
fn the_sequence_is_the_published_one() {
    // The reference implementation in C by Vigna, seed 1234567.
    let mut random = SplitMix64::new(1_234_567);
    let found: Vec<u64> = (0..3).map(|_| random.bits()).collect();
    assert_eq!(found, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
}

#[test]
fn draws_have_the_moments_of_their_distribution() {
    let mut random = SplitMix64::new(7);
    let count = 100_000;
    let normals: Vec<f64> = (0..count).map(|_| random.normal()).collect();
    let mean = normals.iter().sum::<f64>() / f64::from(count);
    let square = normals.iter().map(|x| x * x).sum::<f64>() / f64::from(count);
    let fourth = normals.iter().map(|x| x.powi(4)).sum::<f64>() / f64::from(count);
    assert!(
        mean.abs() < 0.01 && (square - 1.0).abs() < 0.02 && (fourth - 3.0).abs() < 0.15,
        "{mean} {square} {fourth}"
    );
    let units = (0..count).map(|_| random.unit()).sum::<f64>() / f64::from(count);
    assert!((units - 0.5).abs() < 0.005, "{units}");
}

#[test]
fn every_order_is_as_likely() {
    let mut random = SplitMix64::new(3);
    let mut seen = std::collections::BTreeMap::new();
    for _ in 0..6_000 {
        let mut items = [1, 2, 3];
        random.shuffle(&mut items);
        *seen.entry(items).or_insert(0) += 1;
    }
    assert_eq!(seen.len(), 6);
    assert!(seen.values().all(|count| (850..1150).contains(count)), "{seen:?}");
}

#[test]
fn below_covers_its_range() {
    let mut random = SplitMix64::new(9);
    let mut counts = [0u32; 5];
    for _ in 0..5_000 {
        counts[random.below(5) as usize] += 1;
    }
    assert!(counts.iter().all(|count| (850..1150).contains(count)), "{counts:?}");
    assert_eq!(random.below(0), 0);
}
