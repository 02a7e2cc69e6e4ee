//! The samples of one lane: appended by the lane after each request, taken by whoever flushes.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::failures::Failure;
use crate::lane::Answer;
use crate::wire::column;

/// Rows of one message: 50 base64 bytes each stay well below the longest line.
const ROWS_MAX: usize = 50_000;

/// One request and what came of it. Times are ns since the run's `start_at`.
#[derive(Clone, Copy)]
pub(crate) struct Row {
    pub(crate) seq: u32,
    pub(crate) start_ns: u64,
    pub(crate) dur_ns: u64,
    pub(crate) code: u16,
    pub(crate) err: u8,
    pub(crate) received: u32,
    pub(crate) sent: u32,
    pub(crate) chunks: u32,
    pub(crate) first_byte_ns: u64,
    pub(crate) is_new: bool,
}

impl Row {
    pub(crate) fn new(seq: u32, start_ns: u64, dur_ns: u64, answer: &Result<Answer, Failure>) -> Self {
        let row = Self {
            seq,
            start_ns,
            dur_ns,
            code: 0,
            err: 0,
            received: 0,
            sent: 0,
            chunks: 0,
            first_byte_ns: 0,
            is_new: false,
        };
        match answer {
            Err(failure) => Self { err: failure.kind as u8, ..row },
            Ok(answer) => Self {
                code: answer.status,
                received: u32::try_from(answer.received).unwrap_or(u32::MAX),
                chunks: answer.chunks,
                first_byte_ns: answer.first_byte_ns,
                is_new: answer.is_new,
                ..row
            },
        }
    }
}

/// What one lane has done in one run and not yet given away.
#[derive(Default)]
pub(crate) struct Columns {
    pub(crate) rows: Vec<Row>,
    /// Failures by the library's word.
    pub(crate) errors: BTreeMap<String, u64>,
    /// Last end, ns since `start_at`.
    pub(crate) end_ns: u64,
}

/// Which of the optional columns are told.
#[derive(Clone, Copy)]
pub(crate) struct Optional {
    pub(crate) has_chunks: bool,
    pub(crate) has_details: bool,
}

/// The fields of `samples`, in parts that fit a line.
pub(crate) fn samples(rows: &[Row], told: Optional) -> impl Iterator<Item = Map<String, Value>> + '_ {
    rows.chunks(ROWS_MAX).map(move |rows| {
        let mut fields = Map::new();
        let mut put = |name: &str, value: Value| fields.insert(name.to_owned(), value);
        put("n", rows.len().into());
        put("seq", column(rows.iter().map(|row| row.seq.to_le_bytes())));
        put("start", column(rows.iter().map(|row| row.start_ns.to_le_bytes())));
        put("dur", column(rows.iter().map(|row| row.dur_ns.to_le_bytes())));
        put("code", column(rows.iter().map(|row| row.code.to_le_bytes())));
        put("err", column(rows.iter().map(|row| [row.err])));
        put("rx", column(rows.iter().map(|row| row.received.to_le_bytes())));
        put("tx", column(rows.iter().map(|row| row.sent.to_le_bytes())));
        if told.has_chunks {
            put("chunks", column(rows.iter().map(|row| row.chunks.to_le_bytes())));
        }
        if told.has_details {
            put("ttfb", column(rows.iter().map(|row| row.first_byte_ns.to_le_bytes())));
            put("new", column(rows.iter().map(|row| [u8::from(row.is_new)])));
        }
        fields
    })
}
