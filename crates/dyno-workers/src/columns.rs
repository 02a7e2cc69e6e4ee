//! Samples and schedules as columns: base64 of little-endian arrays, one per field.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dyno_model::FailureKind;
use serde_json::{Map, Value};

/// Why columns cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ColumnError {
    /// A required column is absent.
    #[error("the column `{0}` is missing")]
    Missing(&'static str),
    /// A column is not base64 text.
    #[error("the column `{column}` is not base64: {problem}")]
    NotBase64 {
        /// Which one.
        column: &'static str,
        /// What is wrong.
        problem: String,
    },
    /// A column has not as many values as the others.
    #[error("the column `{column}` has {bytes} bytes, {expected} are {rows} values of {width} bytes")]
    Length {
        /// Which one.
        column: &'static str,
        /// What it has.
        bytes: usize,
        /// What it should have.
        expected: usize,
        /// How many samples there are.
        rows: usize,
        /// Bytes of one value.
        width: usize,
    },
}

/// Why a request has no answer, by its number in the protocol; `None` for an answered one. Numbers of later versions are
/// [`FailureKind::Other`].
fn failure_kind(number: u8) -> Option<FailureKind> {
    match number {
        0 => None,
        1 => Some(FailureKind::Connect),
        2 => Some(FailureKind::Tls),
        3 => Some(FailureKind::Timeout),
        4 => Some(FailureKind::Reset),
        5 => Some(FailureKind::Protocol),
        6 => Some(FailureKind::Closed),
        7 => Some(FailureKind::Redirect),
        _ => Some(FailureKind::Other),
    }
}

/// The number in the protocol of a reason for having no answer; the other way of [`failure_kind`].
fn failure_number(kind: FailureKind) -> u8 {
    match kind {
        FailureKind::Dns | FailureKind::Refused | FailureKind::Connect => 1,
        FailureKind::Tls => 2,
        FailureKind::Timeout => 3,
        FailureKind::Reset => 4,
        FailureKind::Protocol => 5,
        FailureKind::Closed => 6,
        FailureKind::Redirect => 7,
        FailureKind::WrongAnswer | FailureKind::Abandoned | FailureKind::Other => 8,
    }
}

/// Samples of a run. All columns that are present have the same length.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SampleColumns {
    /// Number of the request within the run.
    pub seq: Vec<u32>,
    /// When the client was called, in nanoseconds since the start of the run.
    pub start_ns: Vec<u64>,
    /// From the call to the whole body, in nanoseconds.
    pub duration_ns: Vec<u64>,
    /// Status, 0 without an answer.
    pub code: Vec<u16>,
    /// Why there is none.
    pub error: Option<Vec<u8>>,
    /// Bytes of the body read.
    pub received: Option<Vec<u32>>,
    /// Bytes of the body sent.
    pub sent: Option<Vec<u32>>,
    /// From the call to the first byte, in nanoseconds.
    pub first_byte_ns: Option<Vec<u64>>,
    /// 1 when a connection was opened for it.
    pub is_new_connection: Option<Vec<u8>>,
    /// Chunks of a streamed body.
    pub chunks: Option<Vec<u32>>,
}

impl SampleColumns {
    /// Reads the fields of a `samples` message.
    ///
    /// # Errors
    /// When a required column is missing, or one is not base64 or has another length than the rest.
    pub fn read(fields: &Map<String, Value>) -> Result<Self, ColumnError> {
        let seq = bytes(fields, "seq")?.ok_or(ColumnError::Missing("seq"))?;
        let rows = match fields.get("n").and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok()) {
            Some(rows) => rows,
            None => seq.len() / 4,
        };
        let required = |name| bytes(fields, name).and_then(|found| found.ok_or(ColumnError::Missing(name)));
        Ok(Self {
            seq: values(&check("seq", seq, rows, 4)?, u32::from_le_bytes),
            start_ns: values(&check("start", required("start")?, rows, 8)?, u64::from_le_bytes),
            duration_ns: values(&check("dur", required("dur")?, rows, 8)?, u64::from_le_bytes),
            code: values(&check("code", required("code")?, rows, 2)?, u16::from_le_bytes),
            error: optional(fields, "err", rows, u8::from_le_bytes)?,
            received: optional(fields, "rx", rows, u32::from_le_bytes)?,
            sent: optional(fields, "tx", rows, u32::from_le_bytes)?,
            first_byte_ns: optional(fields, "ttfb", rows, u64::from_le_bytes)?,
            is_new_connection: optional(fields, "new", rows, u8::from_le_bytes)?,
            chunks: optional(fields, "chunks", rows, u32::from_le_bytes)?,
        })
    }

    /// The fields of a `samples` message, as a worker sends it.
    #[must_use]
    pub fn fields(&self) -> Map<String, Value> {
        let mut fields = Map::new();
        fields.insert("n".to_owned(), self.len().into());
        let mut put = |name: &str, column: String| fields.insert(name.to_owned(), column.into());
        put("seq", base64_of(&self.seq, u32::to_le_bytes));
        put("start", base64_of(&self.start_ns, u64::to_le_bytes));
        put("dur", base64_of(&self.duration_ns, u64::to_le_bytes));
        put("code", base64_of(&self.code, u16::to_le_bytes));
        let mut put_known = |name: &str, column: Option<String>| column.map(|column| put(name, column));
        put_known("err", self.error.as_ref().map(|values| STANDARD.encode(values)));
        put_known("rx", self.received.as_ref().map(|values| base64_of(values, u32::to_le_bytes)));
        put_known("tx", self.sent.as_ref().map(|values| base64_of(values, u32::to_le_bytes)));
        put_known("ttfb", self.first_byte_ns.as_ref().map(|values| base64_of(values, u64::to_le_bytes)));
        put_known("new", self.is_new_connection.as_ref().map(|values| STANDARD.encode(values)));
        put_known("chunks", self.chunks.as_ref().map(|values| base64_of(values, u32::to_le_bytes)));
        fields
    }

    /// Adds a sample of a worker that knows the required columns and `err`, and no others.
    pub fn push(
        &mut self,
        seq: u32,
        start_ns: u64,
        duration_ns: u64,
        code: u16,
        failure: Option<FailureKind>,
    ) {
        self.seq.push(seq);
        self.start_ns.push(start_ns);
        self.duration_ns.push(duration_ns);
        self.code.push(code);
        self.error.get_or_insert_default().push(failure.map_or(0, failure_number));
    }

    /// How many samples.
    #[must_use]
    pub fn len(&self) -> usize {
        self.seq.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.seq.is_empty()
    }

    /// Adds the samples of `other` at the end. An optional column that one of them lacks is dropped: unknown for some
    /// is unknown for all.
    pub fn append(&mut self, other: Self) {
        if self.is_empty() {
            *self = other;
            return;
        }
        self.seq.extend(other.seq);
        self.start_ns.extend(other.start_ns);
        self.duration_ns.extend(other.duration_ns);
        self.code.extend(other.code);
        join(&mut self.error, other.error);
        join(&mut self.received, other.received);
        join(&mut self.sent, other.sent);
        join(&mut self.first_byte_ns, other.first_byte_ns);
        join(&mut self.is_new_connection, other.is_new_connection);
        join(&mut self.chunks, other.chunks);
    }

    /// Why sample `index` has no answer; `None` when it has one.
    #[must_use]
    pub fn failure(&self, index: usize) -> Option<FailureKind> {
        if self.code[index] != 0 {
            return None;
        }
        let said = self.error.as_ref().and_then(|errors| failure_kind(errors[index]));
        Some(said.unwrap_or(FailureKind::Other))
    }
}

/// Intended starts on their way to a worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleColumns {
    /// Intended starts, base64 of u64 in nanoseconds since the start of the run.
    pub at: String,
    /// Index into the requests, base64 of u32.
    pub request: String,
}

impl ScheduleColumns {
    /// Makes the columns of `(intended start in ns, index of the request)`.
    #[must_use]
    pub fn of(arrivals: &[(u64, u32)]) -> Self {
        let at: Vec<u8> = arrivals.iter().flat_map(|(at, _)| at.to_le_bytes()).collect();
        let request: Vec<u8> = arrivals.iter().flat_map(|(_, request)| request.to_le_bytes()).collect();
        Self { at: STANDARD.encode(at), request: STANDARD.encode(request) }
    }
}

/// Reads the columns of a `schedule` message: intended starts in nanoseconds and indices into the requests, which are one
/// after the other from that of `first_seq` where the message has none.
///
/// # Errors
/// When a column is not base64, has half a value, or they are not equally long.
pub fn read_schedule(
    first_seq: u32,
    at: &str,
    request: &str,
    requests: u32,
) -> Result<Vec<(u64, u32)>, ColumnError> {
    let decoded = |column, text: &str| {
        STANDARD.decode(text).map_err(|error| ColumnError::NotBase64 { column, problem: error.to_string() })
    };
    let at = decoded("at", at)?;
    let rows = at.len() / 8;
    let at = values(&check("at", at, rows, 8)?, u64::from_le_bytes);
    let request = match request {
        "" => (0..rows as u64)
            .map(|n| ((u64::from(first_seq) + n) % u64::from(requests.max(1))) as u32)
            .collect(),
        text => values(&check("req", decoded("req", text)?, rows, 4)?, u32::from_le_bytes),
    };
    Ok(at.into_iter().zip(request).collect())
}

fn base64_of<T: Copy, const WIDTH: usize>(values: &[T], bytes: fn(T) -> [u8; WIDTH]) -> String {
    STANDARD.encode(values.iter().flat_map(|value| bytes(*value)).collect::<Vec<u8>>())
}

fn join<T>(mine: &mut Option<Vec<T>>, other: Option<Vec<T>>) {
    match (mine.as_mut(), other) {
        (Some(mine), Some(other)) => mine.extend(other),
        _ => *mine = None,
    }
}

fn bytes(fields: &Map<String, Value>, column: &'static str) -> Result<Option<Vec<u8>>, ColumnError> {
    let not_base64 = |problem: String| ColumnError::NotBase64 { column, problem };
    match fields.get(column) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => STANDARD.decode(text).map(Some).map_err(|e| not_base64(e.to_string())),
        Some(_) => Err(not_base64("it is not a text".to_owned())),
    }
}

fn optional<T, const WIDTH: usize>(
    fields: &Map<String, Value>,
    name: &'static str,
    rows: usize,
    value: fn([u8; WIDTH]) -> T,
) -> Result<Option<Vec<T>>, ColumnError> {
    let Some(bytes) = bytes(fields, name)? else { return Ok(None) };
    Ok(Some(values(&check(name, bytes, rows, WIDTH)?, value)))
}

fn check(column: &'static str, bytes: Vec<u8>, rows: usize, width: usize) -> Result<Vec<u8>, ColumnError> {
    let expected = rows.saturating_mul(width);
    if bytes.len() != expected {
        return Err(ColumnError::Length { column, bytes: bytes.len(), expected, rows, width });
    }
    Ok(bytes)
}

fn values<T, const WIDTH: usize>(bytes: &[u8], value: fn([u8; WIDTH]) -> T) -> Vec<T> {
    let (whole, _) = bytes.as_chunks::<WIDTH>();
    whole.iter().map(|chunk| value(*chunk)).collect()
}

#[cfg(test)]
mod tests;
