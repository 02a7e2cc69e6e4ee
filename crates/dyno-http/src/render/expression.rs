//! The values of expressions.
//!
//! Draws come from the arrival's own generator in the order of the text. Called by `render` only.

use std::io::Write as _;
use std::time::{SystemTime, UNIX_EPOCH};

use dyno_datagen::{Random, Zipf, push_hex, push_text, push_uuid_v4};
use dyno_model::{Expression, FeederOrder};

use super::{FEEDER_STREAM, RenderError, Renderer, Values};

impl Renderer<'_> {
    /// Appends the value of one expression.
    pub(super) fn expression(
        self,
        expression: &Expression,
        values: Values<'_>,
        random: &mut Random,
        out: &mut Vec<u8>,
    ) -> Result<(), RenderError> {
        match expression {
            Expression::Uuid => push_uuid_v4(random, out),
            Expression::Int { min, max } => push_display(random.between(*min, *max), out),
            Expression::Float { min, max } => {
                push_display(format_args!("{:.3}", min + random.uniform_f64() * (max - min)), out);
            }
            Expression::Zipf { min, max, exponent } => {
                push_display(Zipf::new(*min, *max, *exponent).pick(random), out);
            }
            Expression::Text { length } => push_text(random, *length as usize, out),
            Expression::Hex { length } => push_hex(random, *length as usize, out),
            Expression::Choose(options) => {
                let chosen = options.get(random.below(options.len() as u64) as usize);
                out.extend_from_slice(chosen.map_or("", String::as_str).as_bytes());
            }
            Expression::NowMs => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                push_display(since.as_millis(), out);
            }
            Expression::ArrivalNumber => push_display(values.n, out),
            Expression::User => push_display(values.user, out),
            Expression::Row { feeder, column } => {
                out.extend_from_slice(self.column(*feeder as usize, column, values.n)?.as_bytes());
            }
            Expression::Variable(name) => out.extend_from_slice(self.variable(name, values)?.as_bytes()),
        }
        Ok(())
    }

    /// The value of a column in the row that belongs to arrival `n`.
    fn column(&self, feeder_index: usize, column: &str, n: u64) -> Result<&str, RenderError> {
        let feeder = &self.http.feeders[feeder_index];
        let rows = feeder.rows.len() as u64;
        let row = match feeder.order {
            FeederOrder::Sequential => n % rows,
            FeederOrder::Random => {
                Random::for_arrival(self.seed, FEEDER_STREAM + feeder_index as u64, n).below(rows)
            }
        };
        let position = feeder.columns.iter().position(|known| known == column);
        let value = position.and_then(|at| feeder.rows[row as usize].get(at));
        value
            .map(String::as_str)
            .ok_or_else(|| RenderError::NoColumn { feeder: feeder.name.clone(), column: column.to_owned() })
    }

    fn variable<'v>(&'v self, name: &str, values: Values<'v>) -> Result<&'v str, RenderError> {
        let extracted = values.extracted.iter().rev().find(|(known, _)| known == name);
        let fixed = || self.http.variables.iter().find(|(known, _)| known == name);
        match extracted.or_else(fixed) {
            Some((_, value)) => Ok(value),
            None => Err(RenderError::NoValue { name: name.to_owned() }),
        }
    }
}

/// Escapes what stands in `out` from `start` on, so that it can stand between the quotes of a JSON string
/// (RFC 8259 section 7).
pub(super) fn escape_json(out: &mut Vec<u8>, start: usize) {
    let is_special = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..=0x1f);
    let Some(first) = out[start..].iter().position(is_special) else { return };
    for byte in out.split_off(start + first) {
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            0..=0x1f => push_display(format_args!("\\u{byte:04x}"), out),
            other => out.push(other),
        }
    }
}

fn push_display(value: impl std::fmt::Display, out: &mut Vec<u8>) {
    write!(out, "{value}").expect("invariant: writing to memory does not fail");
}
