//! A history that is looked at after every session: how long until a false point, how long until a true one.

use dyno_stats::history::{CHANGE_LEVEL, change_points};
use dyno_stats::random::SplitMix64;

use crate::chart::{Axis, Chart, Series};
use crate::{Part, percent, table};

const TRIALS: u64 = 60;

/// Sessions before the change, and sessions after it.
const BEFORE: usize = 30;
const AFTER: usize = 30;

pub fn part() -> Part {
    let mut series = Vec::new();
    let mut rows = Vec::new();
    for (name, shift) in
        [("no change", 0.0), ("1 sigma", 1.0), ("2 sigma", 2.0), ("3 sigma", 3.0), ("5 sigma", 5.0)]
    {
        let delays: Vec<Option<usize>> = (0..TRIALS).map(|trial| delay(trial, shift)).collect();
        let share = |sessions: usize| {
            delays.iter().flatten().filter(|delay| **delay <= sessions).count() as f64 / TRIALS as f64
        };
        let mut row = vec![name.to_owned()];
        row.extend([5, 10, 20, 30].map(|sessions| percent(share(sessions))));
        rows.push(row);
        series.push(Series::line(
            name,
            (0..=AFTER).map(|sessions| (sessions as f64, share(sessions))).collect(),
        ));
    }
    let sessions = [0.0, 5.0, 10.0, 15.0, 20.0, 25.0, 30.0];
    let chart = Chart {
        id: "history",
        title: "A change after 30 sessions: how soon the history shows it".to_owned(),
        x: Axis::of("sessions since the change", &sessions, false, |sessions| format!("{sessions}")),
        y: Axis::percent("share of histories with a point there", &[0.0, 0.2, 0.4, 0.6, 0.8, 1.0]),
        series,
    };
    let markdown = format!(
        "### Histories\n\nSessions that scatter normally, looked at after each one. A change is given in standard deviations \
         of a session; \"no change\" counts points anywhere in the last 30 sessions, all of which are false.\n\n\
         ![history](validation/history.svg)\n\n{}",
        table(&["change", "after 5 sessions", "10", "20", "30"], &rows)
    );
    Part { charts: vec![chart], markdown }
}

/// Sessions after the change until a point is found, `None` when it never is.
fn delay(trial: u64, shift: f64) -> Option<usize> {
    let mut random = SplitMix64::new(trial.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let mut series: Vec<f64> = (0..BEFORE).map(|_| random.normal()).collect();
    (1..=AFTER).find(|_| {
        series.push(shift + random.normal());
        !change_points(&series, CHANGE_LEVEL, trial).is_empty()
    })
}
