//! Limits for single numbers, and whether they are held.
//!
//! Measures nothing. Called by the comparisons at their end.

/// All bars as one table in Markdown.
pub fn table(bars: &[Bar]) -> String {
    let mut text = String::from("\n## Bars for dyno\n\n| bar | limit | measured | |\n|---|---|---|---|\n");
    for bar in bars {
        text.push_str(&bar.row());
    }
    text
}

/// A limit for one number.
#[derive(Debug, Clone)]
pub struct Bar {
    name: String,
    measured: Option<f64>,
    limit: f64,
    is_minimum: bool,
}

impl Bar {
    /// Held when `measured` is `limit` or more.
    pub fn at_least(name: impl Into<String>, measured: Option<f64>, limit: f64) -> Self {
        Self { name: name.into(), measured, limit, is_minimum: true }
    }

    /// Held when `measured` is `limit` or less.
    pub fn at_most(name: impl Into<String>, measured: Option<f64>, limit: f64) -> Self {
        Self { name: name.into(), measured, limit, is_minimum: false }
    }

    /// The bar as a row: `ok`, `missed`, or `not measured`.
    pub fn row(&self) -> String {
        let sign = if self.is_minimum { '≥' } else { '≤' };
        let (measured, word) = match self.measured {
            None => ("–".to_owned(), "not measured"),
            Some(value) => {
                let is_held = if self.is_minimum { value >= self.limit } else { value <= self.limit };
                (format!("{value:.2}"), if is_held { "ok" } else { "**missed**" })
            }
        };
        format!("| {} | {sign} {} | {measured} | {word} |\n", self.name, self.limit)
    }
}
