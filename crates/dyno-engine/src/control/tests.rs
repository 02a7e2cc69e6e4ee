use dyno_model::{Connection, HttpPlan, Limits, LoadModel, OperationTable, TargetKind, Workload};
use proptest::prelude::*;

use super::*;

fn plan(warmup: Warmup, measure_s: Option<u64>, arrivals: Option<u64>, share: Share) -> RunPlan {
    RunPlan {
        name: "test".to_owned(),
        target_kind: TargetKind::External,
        load: LoadModel::Closed { users: 1, think_time: Duration::ZERO, ramp_up: Duration::ZERO },
        phases: Phases { warmup, measure: measure_s.map(Duration::from_secs), cooldown: Duration::ZERO },
        limits: Limits { arrivals, timeout: Duration::from_secs(1), drain: Duration::from_secs(1) },
        seed: 1,
        share,
        threads: 1,
        operations: OperationTable::default(),
        workload: Workload::Http(Box::new(HttpPlan {
            base_urls: vec![],
            connection: Connection::default(),
            scenarios: vec![],
            feeders: vec![],
            variables: vec![],
            cookies: false,
            redirects_max: 0,
            compressed: false,
        })),
        thresholds: vec![],
    }
}

proptest! {
    #[test]
    fn shares_partition_the_arrivals_exactly(total in 0u64..2_000, of in 1u32..7, batch in 1u64..50) {
        let mut all = Vec::new();
        for index in 0..of {
            let control = Control::new(&plan(Warmup::None, None, Some(total), Share { index, of }));
            while let Some(claimed) = control.claim(batch) {
                all.extend(claimed.map(|i| control.number_of(i)));
            }
        }
        all.sort_unstable();
        prop_assert_eq!(all, (0..total).collect::<Vec<_>>());
    }
}

#[test]
fn windows_follow_a_warmup_by_time() {
    let control = Control::new(&plan(Warmup::Time(Duration::from_secs(2)), Some(3), None, Share::WHOLE));
    assert_eq!(control.phase_at(1_999_999_999), Phase::Warmup);
    assert_eq!(control.phase_at(2_000_000_000), Phase::Measure);
    assert_eq!(control.phase_at(5_000_000_000), Phase::Cooldown);
    assert!(control.is_over(5_000_000_000));
}

#[test]
fn a_warmup_by_count_ends_at_its_arrival() {
    let control = Control::new(&plan(Warmup::Count(10), None, Some(5), Share::WHOLE));
    let first = control.claim(8).unwrap();
    assert!(!control.ends_warmup(&first));
    let second = control.claim(8).unwrap();
    assert_eq!(second, 8..15);
    assert!(control.ends_warmup(&second));
    control.begin_measuring_by_count(77);
    assert!(control.is_measured(10, 80) && !control.is_measured(9, 80));
    assert_eq!(control.claim(1), None);
}

#[test]
fn boundaries_are_ticks_and_borders() {
    let control =
        Control::new(&plan(Warmup::Time(Duration::from_millis(1_500)), Some(3), None, Share::WHOLE));
    let mut at = 0;
    let boundaries: Vec<u64> = std::iter::repeat_with(|| {
        at = control.next_boundary_ns(at, 1_000_000_000);
        at / 1_000_000
    })
    .take(6)
    .collect();
    assert_eq!(boundaries, [1_000, 1_500, 2_000, 3_000, 4_000, 4_500]);
}
