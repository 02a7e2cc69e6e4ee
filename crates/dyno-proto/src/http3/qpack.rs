//! Field sections in the form of QPACK (RFC 9204), with the static table alone.
//!
//! The own settings announce a dynamic table of size 0, so whatever refers to one is an error of the peer; what is
//! sent refers to none either. Judges no field; the drivers do.

use thiserror::Error;

use super::error::{ErrorCode, Http3Error};
use integer::{decode_integer, encode_integer};
use static_table::STATIC_TABLE;

mod huffman;
mod integer;
mod static_table;

/// What the protocol adds to the size of each field.
const FIELD_OVERHEAD_BYTES: u64 = 32;

/// Bounds on a received field section.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldSectionLimits {
    /// Largest size: names, values and 32 bytes per field.
    pub section_bytes_max: u64,
    /// Most fields, without the pseudo-fields; each crumb of a cookie counts.
    pub field_count_max: usize,
}

/// Why a field section gives no fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum FieldSectionError {
    /// It cannot be decoded, which ends the connection.
    #[error("the field section cannot be decoded: {0}")]
    Undecodable(&'static str),
    /// It is larger than the limit.
    #[error("the field section is larger than the limit")]
    TooLarge,
    /// It has more fields than the limit.
    #[error("the field section has too many fields")]
    TooMany,
}

impl FieldSectionError {
    /// The error that ends the connection, if this one does.
    #[must_use]
    pub fn ends_connection(self) -> Option<Http3Error> {
        match self {
            Self::Undecodable(reason) => Some(Http3Error::new(ErrorCode::QPACK_DECOMPRESSION_FAILED, reason)),
            Self::TooLarge | Self::TooMany => None,
        }
    }
}

/// Decodes a field section; `field` gets each name and value in order. Returns its size as the limits count it.
///
/// # Errors
/// When it is not valid or beyond the limits; `field` may have been called by then.
pub fn decode_field_section(
    input: &[u8],
    limits: FieldSectionLimits,
    mut field: impl FnMut(&[u8], &[u8]),
) -> Result<u64, FieldSectionError> {
    let mut reader = Reader { rest: input };
    let (_, insert_count) = reader.integer(8)?;
    let (base, _) = reader.integer(7)?;
    if insert_count != 0 || base & 0x80 != 0 {
        return Err(FieldSectionError::Undecodable("it needs a dynamic table"));
    }
    let (mut name_place, mut value_place) = (Vec::new(), Vec::new());
    let mut size = 0;
    let mut count = 0;
    while let Some(&first) = reader.rest.first() {
        let (name, value): (&[u8], &[u8]) = if first & 0x80 != 0 {
            let (name, value) = reader.static_field(6, 0x40)?;
            (name.as_bytes(), value.as_bytes())
        } else if first & 0x40 != 0 {
            let (name, _) = reader.static_field(4, 0x10)?;
            (name.as_bytes(), reader.text(7, &mut value_place)?)
        } else if first & 0x20 != 0 {
            let name = reader.text(3, &mut name_place)?;
            (name, reader.text(7, &mut value_place)?)
        } else {
            return Err(FieldSectionError::Undecodable("it refers to a dynamic table"));
        };
        size += name.len() as u64 + value.len() as u64 + FIELD_OVERHEAD_BYTES;
        if size > limits.section_bytes_max {
            return Err(FieldSectionError::TooLarge);
        }
        count += usize::from(name.first() != Some(&b':'));
        if count > limits.field_count_max {
            return Err(FieldSectionError::TooMany);
        }
        field(name, value);
    }
    Ok(size)
}

/// Appends what every field section begins with.
pub fn encode_field_section_prefix(out: &mut Vec<u8>) {
    out.extend_from_slice(&[0, 0]);
}

/// Appends one field. `name` is in lower case.
pub fn encode_field(out: &mut Vec<u8>, name: &[u8], value: &[u8]) {
    match static_table::find(name, value) {
        Some((index, true)) => return encode_integer(out, 0xc0, 6, index as u64),
        Some((index, false)) => encode_integer(out, 0x50, 4, index as u64),
        None => {
            encode_integer(out, 0x20, 3, name.len() as u64);
            out.extend_from_slice(name);
        }
    }
    encode_integer(out, 0, 7, value.len() as u64);
    out.extend_from_slice(value);
}

/// What is left of a field section.
struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// The first byte, and the integer that begins in its lower `prefix_bits`.
    fn integer(&mut self, prefix_bits: u32) -> Result<(u8, u64), FieldSectionError> {
        let cut = FieldSectionError::Undecodable("an integer is cut short or too large");
        let first = *self.rest.first().ok_or(cut)?;
        let (value, used) = decode_integer(self.rest, prefix_bits).ok_or(cut)?;
        self.rest = &self.rest[used..];
        Ok((first, value))
    }

    fn static_field(
        &mut self,
        prefix_bits: u32,
        static_bit: u8,
    ) -> Result<(&'static str, &'static str), FieldSectionError> {
        let (first, index) = self.integer(prefix_bits)?;
        if first & static_bit == 0 {
            return Err(FieldSectionError::Undecodable("it refers to a dynamic table"));
        }
        let entry = usize::try_from(index).ok().and_then(|index| STATIC_TABLE.get(index));
        entry.copied().ok_or(FieldSectionError::Undecodable("there is no such entry in the static table"))
    }

    /// A string whose length begins in the lower `prefix_bits`; the bit above says whether it is compressed, and
    /// then it is unpacked into `place`.
    fn text<'p>(&mut self, prefix_bits: u32, place: &'p mut Vec<u8>) -> Result<&'p [u8], FieldSectionError>
    where
        'a: 'p,
    {
        let (first, length) = self.integer(prefix_bits)?;
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let cut = FieldSectionError::Undecodable("a string is cut short");
        let (text, rest) = self.rest.split_at_checked(length).ok_or(cut)?;
        self.rest = rest;
        if first >> prefix_bits & 1 == 0 {
            return Ok(text);
        }
        place.clear();
        let broken = FieldSectionError::Undecodable("a string is compressed wrongly");
        huffman::decode(text, place).ok_or(broken)?;
        Ok(place)
    }
}

/// Reads the peer's encoder stream: it may say that it uses no dynamic table, and nothing else.
#[derive(Debug, Default)]
pub struct EncoderStreamReader {}

impl EncoderStreamReader {
    /// Takes the next bytes of the stream.
    ///
    /// # Errors
    /// On any instruction but a table of size 0.
    pub fn read(&mut self, input: &[u8]) -> Result<(), Http3Error> {
        const TABLE_OF_SIZE_0: u8 = 0x20;
        if input.iter().all(|&byte| byte == TABLE_OF_SIZE_0) {
            return Ok(());
        }
        let reason = "an instruction for a dynamic table that is not there";
        Err(Http3Error::new(ErrorCode::QPACK_ENCODER_STREAM_ERROR, reason))
    }
}

/// Reads the peer's decoder stream: it may say that it gave up a stream, and nothing else.
#[derive(Debug, Default)]
pub struct DecoderStreamReader {
    /// Bytes of a stream number that came so far.
    number_bytes: Option<u8>,
}

impl DecoderStreamReader {
    /// Takes the next bytes of the stream.
    ///
    /// # Errors
    /// On acknowledgements of what was never sent.
    pub fn read(&mut self, input: &[u8]) -> Result<(), Http3Error> {
        let error = |reason| Err(Http3Error::new(ErrorCode::QPACK_DECODER_STREAM_ERROR, reason));
        for &byte in input {
            match self.number_bytes {
                // Nine bytes of seven bits hold every stream number.
                Some(9..) => return error("a stream number is too large"),
                Some(count) => self.number_bytes = (byte & 0x80 != 0).then_some(count + 1),
                None if byte & 0xc0 == 0x40 => self.number_bytes = (byte & 0x3f == 0x3f).then_some(0),
                None => return error("a dynamic table was acknowledged that is not there"),
            }
        }
        Ok(())
    }
}
