//! The one histogram of Dynamometer: counts of nanoseconds, two significant digits.
//!
//! A thin owner of an HdrHistogram with fixed bounds, so that any two can be merged without loss.
//! Not a statistics library: quantiles are read here, judged elsewhere.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hdrhistogram::serialization::{Deserializer, Serializer, V2Serializer};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The largest value that is told apart, in nanoseconds; longer times are counted as this one.
pub const ONE_HOUR_NS: u64 = 3_600_000_000_000;

/// Two digits: 128 buckets per power of two, so a value is known to 1/128 (0.8 %).
const SIGNIFICANT_DIGITS: u8 = 2;
const PREFIX: &str = "hdr-v2:";

/// Counts of nanosecond values from 1 ns to one hour, each known to within 0.8 %.
///
/// Memory is constant (37 KB) whatever is recorded, and about 1 KB once [packed](Self::pack). Merging is
/// exact, associative and commutative. Serialised as `hdr-v2:` and the base64 of the HdrHistogram V2 encoding.
#[derive(Clone)]
pub struct Histogram {
    counts: Counts,
    sum: u128,
}

type Dense = hdrhistogram::Histogram<u64>;

/// The counts: ready for recording, or small for keeping.
#[derive(Clone)]
enum Counts {
    Dense(Dense),
    /// HdrHistogram V2 bytes, as this type wrote them.
    Packed(Box<[u8]>),
}

impl PartialEq for Histogram {
    fn eq(&self, other: &Self) -> bool {
        self.sum == other.sum && *self.dense() == *other.dense()
    }
}

/// Why a text is not a histogram.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistogramError(String);

impl std::fmt::Display for HistogramError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "cannot read the histogram: {}", self.0)
    }
}

impl std::error::Error for HistogramError {}

impl Default for Histogram {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for Histogram {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Histogram({} values, p50 {} ns, max {} ns)", self.count(), self.quantile(0.5), self.max())
    }
}

impl Histogram {
    /// An empty histogram.
    #[must_use]
    pub fn new() -> Self {
        let counts = Dense::new_with_bounds(1, ONE_HOUR_NS, SIGNIFICANT_DIGITS)
            .expect("invariant: fixed bounds are valid");
        Self { counts: Counts::Dense(counts), sum: 0 }
    }

    /// Counts one value in nanoseconds; above one hour it counts as one hour.
    #[inline]
    pub fn record(&mut self, value_ns: u64) {
        self.record_many(value_ns, 1);
    }

    /// Counts `count` times the same value in nanoseconds.
    #[inline]
    pub fn record_many(&mut self, value_ns: u64, count: u64) {
        self.dense_mut().saturating_record_n(value_ns, count);
        self.sum += u128::from(value_ns) * u128::from(count);
    }

    /// Adds all counts of `other`.
    pub fn merge(&mut self, other: &Histogram) {
        if other.is_empty() {
            return;
        }
        self.dense_mut().add(&*other.dense()).expect("invariant: all histograms have the same bounds");
        self.sum += other.sum;
    }

    /// Forgets all counts and keeps the memory.
    pub fn clear(&mut self) {
        if !self.is_empty() {
            self.dense_mut().reset();
        }
        self.sum = 0;
    }

    /// Makes it small, for keeping many of them: reading is slower from now on, recording makes it large again.
    #[must_use]
    pub fn pack(self) -> Self {
        match &self.counts {
            Counts::Dense(_) => self.packed(),
            Counts::Packed(_) => self,
        }
    }

    /// A small copy, as [`Self::pack`] makes one.
    #[must_use]
    pub fn packed(&self) -> Self {
        let bytes = match &self.counts {
            Counts::Dense(counts) => bytes_of(counts).into(),
            Counts::Packed(bytes) => bytes.clone(),
        };
        Self { counts: Counts::Packed(bytes), sum: self.sum }
    }

    /// How many values were recorded.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.dense().len()
    }

    /// Whether nothing was recorded.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        match &self.counts {
            Counts::Dense(counts) => counts.is_empty(),
            Counts::Packed(_) => self.dense().is_empty(),
        }
    }

    /// The smallest value such that a share `q` (0 to 1) of all values is not above it, in nanoseconds.
    ///
    /// Reported as the upper end of its bucket, and never above [`Self::max`]. 0 when empty.
    #[must_use]
    pub fn quantile(&self, q: f64) -> u64 {
        let counts = self.dense();
        if counts.is_empty() { 0 } else { counts.value_at_quantile(q).min(counts.max()) }
    }

    /// The quantile `q` (0 to 1) in nanoseconds, placed inside its bucket by rank as if the bucket's values were
    /// spread evenly; 0.0 when empty.
    ///
    /// For comparing: [`Self::quantile`] moves in steps of a bucket (0.8 %), this moves with every value.
    #[must_use]
    pub fn interpolated(&self, q: f64) -> f64 {
        let counts = self.dense();
        let rank = q.clamp(0.0, 1.0) * counts.len() as f64;
        let mut below = 0.0;
        for step in counts.iter_recorded() {
            let (count, value) = (step.count_at_value() as f64, step.value_iterated_to());
            if below + count >= rank {
                let (low, high) = (counts.lowest_equivalent(value), counts.highest_equivalent(value));
                let share = ((rank - below) / count).clamp(0.0, 1.0);
                return low as f64 + share * (high + 1 - low) as f64;
            }
            below += count;
        }
        0.0
    }

    /// The largest value, to bucket precision, in nanoseconds; 0 when empty.
    #[must_use]
    pub fn max(&self) -> u64 {
        self.dense().max()
    }

    /// The smallest value, to bucket precision, in nanoseconds; 0 when empty.
    #[must_use]
    pub fn min(&self) -> u64 {
        let counts = self.dense();
        if counts.is_empty() { 0 } else { counts.min() }
    }

    /// The exact arithmetic mean in nanoseconds while recording, to bucket precision after decoding; 0.0 when empty.
    #[must_use]
    pub fn mean(&self) -> f64 {
        match self.count() {
            0 => 0.0,
            count => self.sum as f64 / count as f64,
        }
    }

    /// The standard deviation in nanoseconds, to bucket precision; 0.0 when empty.
    #[must_use]
    pub fn stdev(&self) -> f64 {
        let counts = self.dense();
        if counts.is_empty() { 0.0 } else { counts.stdev() }
    }

    /// How many values lie above `value_ns`'s bucket.
    #[must_use]
    pub fn count_above(&self, value_ns: u64) -> u64 {
        let counts = self.dense();
        if value_ns >= counts.max() { 0 } else { counts.len() - counts.count_between(0, value_ns) }
    }

    /// Every bucket that holds something, ascending: (highest value of the bucket in ns, count).
    #[must_use]
    pub fn buckets(&self) -> Vec<(u64, u64)> {
        self.dense().iter_recorded().map(|step| (step.value_iterated_to(), step.count_at_value())).collect()
    }

    /// The text form `hdr-v2:…`.
    #[must_use]
    pub fn encode(&self) -> String {
        let encoded = match &self.counts {
            Counts::Dense(counts) => STANDARD.encode(bytes_of(counts)),
            Counts::Packed(bytes) => STANDARD.encode(bytes),
        };
        format!("{PREFIX}{encoded}")
    }

    /// Reads the text form back, packed.
    ///
    /// # Errors
    /// When the prefix, the base64 or the HdrHistogram bytes are not what [`Self::encode`] writes.
    pub fn decode(text: &str) -> Result<Self, HistogramError> {
        let encoded = text
            .strip_prefix(PREFIX)
            .ok_or_else(|| HistogramError(format!("it does not start with `{PREFIX}`")))?;
        let bytes = STANDARD.decode(encoded).map_err(|e| HistogramError(e.to_string()))?;
        let decoded = read(&bytes).map_err(|e| HistogramError(format!("{e:?}")))?;
        let mut histogram = Self::new();
        for step in decoded.iter_recorded() {
            histogram.record_many(decoded.median_equivalent(step.value_iterated_to()), step.count_at_value());
        }
        Ok(histogram.pack())
    }

    fn dense(&self) -> Cow<'_, Dense> {
        match &self.counts {
            Counts::Dense(counts) => Cow::Borrowed(counts),
            Counts::Packed(bytes) => Cow::Owned(unpack(bytes)),
        }
    }

    #[inline]
    fn dense_mut(&mut self) -> &mut Dense {
        if let Counts::Packed(bytes) = &self.counts {
            self.counts = Counts::Dense(unpack(bytes));
        }
        match &mut self.counts {
            Counts::Dense(counts) => counts,
            Counts::Packed(_) => unreachable!("invariant: unpacked just now"),
        }
    }
}

fn bytes_of(counts: &Dense) -> Vec<u8> {
    let mut bytes = Vec::new();
    V2Serializer::new().serialize(counts, &mut bytes).expect("invariant: writing to memory does not fail");
    bytes
}

fn read(mut bytes: &[u8]) -> Result<Dense, hdrhistogram::serialization::DeserializeError> {
    Deserializer::new().deserialize(&mut bytes)
}

/// Reads bytes that [`bytes_of`] wrote.
fn unpack(bytes: &[u8]) -> Dense {
    let read = read(bytes).expect("invariant: these bytes were written by this type");
    let mut counts = Dense::new_with_bounds(1, ONE_HOUR_NS, SIGNIFICANT_DIGITS)
        .expect("invariant: fixed bounds are valid");
    counts.add(&read).expect("invariant: all histograms have the same bounds");
    counts
}

impl Serialize for Histogram {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.encode())
    }
}

impl<'de> Deserialize<'de> for Histogram {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::decode(&text).map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Histogram {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Histogram".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "pattern": "^hdr-v2:[A-Za-z0-9+/=]*$",
            "description": "HdrHistogram V2 encoding in base64, values in nanoseconds"
        })
    }
}

#[cfg(test)]
mod tests;
