//! Templates: texts with `{{ … }}` holes, parsed by `dyno-plan` and rendered by a driver for each arrival.

use serde::{Deserialize, Serialize};

/// A text of fixed parts and expressions.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Template {
    /// The parts in order; neighbouring literals are joined.
    pub parts: Vec<Part>,
}

/// One part of a [`Template`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Text as it is.
    Literal(String),
    /// A value that is made for each arrival.
    Expression(Expression),
    /// The same inside of a JSON string: quotes, backslashes and control characters of the value are escaped.
    JsonString(Expression),
}

/// What can stand between `{{` and `}}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expression {
    /// `uuid()`: a random version-4 UUID, the same for the same seed and arrival.
    Uuid,
    /// `int(a..b)`: a uniform integer, both ends included.
    Int {
        /// Smallest value.
        min: i64,
        /// Largest value.
        max: i64,
    },
    /// `float(a..b)`: a uniform number with three decimals.
    Float {
        /// Smallest value.
        min: f64,
        /// Largest value.
        max: f64,
    },
    /// `zipf(a..b)` or `zipf(a..b, s)`: popular small values, exponent `s` (0.99 unless given).
    Zipf {
        /// Most popular value.
        min: u64,
        /// Least popular value.
        max: u64,
        /// The exponent.
        exponent: f64,
    },
    /// `text(n)`: `n` random letters and digits.
    Text {
        /// How many characters.
        length: u32,
    },
    /// `hex(n)`: `n` random hexadecimal digits.
    Hex {
        /// How many digits.
        length: u32,
    },
    /// `choose('a', 'b', …)`: one of the values.
    Choose(Vec<String>),
    /// `now()`: wall-clock milliseconds since 1970.
    NowMs,
    /// `n`: the number of the arrival.
    ArrivalNumber,
    /// `user`: the index of the virtual user or connection that plays the arrival.
    User,
    /// `row.name`: a column of the feeder's row that belongs to the arrival.
    Row {
        /// Index of the feeder in [`crate::HttpPlan::feeders`].
        feeder: u32,
        /// Name of the column.
        column: String,
    },
    /// `name`: a value that an earlier step of the same journey extracted, or a variable of the plan.
    Variable(String),
}

impl Template {
    /// A template without holes.
    #[must_use]
    pub fn literal(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { parts: if text.is_empty() { Vec::new() } else { vec![Part::Literal(text)] } }
    }

    /// The text, when there are no holes.
    #[must_use]
    pub fn as_literal(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [] => Some(""),
            [Part::Literal(text)] => Some(text),
            _ => None,
        }
    }

    /// All expressions in order.
    pub fn expressions(&self) -> impl Iterator<Item = &Expression> {
        self.parts.iter().filter_map(|part| match part {
            Part::Expression(expression) | Part::JsonString(expression) => Some(expression),
            Part::Literal(_) => None,
        })
    }
}
