//! Whether a header block can be decoded at all (RFC 7541), without decoding it.
//!
//! Keeps no dynamic table: an index is out of reach only when no table of the allowed size could reach it. Not the
//! decoder of requests, which is the library's. Called by `diagnosis`.

/// The largest table that the server allows, in bytes; it never says otherwise.
const TABLE_BYTES_MAX: usize = 4096;
/// Entries of the static table, and as many as fit into a dynamic one, which counts 32 bytes for an empty field.
const INDEX_MAX: usize = 61 + TABLE_BYTES_MAX / 32;
/// How many symbols of the Huffman code have each length; the code is canonical, and its last one is end-of-string.
const SYMBOLS_BY_LENGTH: [u32; 31] =
    [0, 0, 0, 0, 0, 10, 26, 32, 6, 0, 5, 3, 2, 6, 2, 3, 0, 0, 0, 3, 8, 13, 26, 29, 12, 4, 15, 19, 29, 0, 4];
const END_OF_STRING: u32 = 0x3fff_ffff;

/// A block that no decoder can read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Undecodable;

/// The name of one field, as far as it can be known without a dynamic table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Name<'a> {
    Indexed(usize),
    Plain(&'a [u8]),
    Huffman(&'a [u8]),
}

/// Goes through the fields of a block.
pub(super) fn walk<'a>(block: &'a [u8], mut see: impl FnMut(Name<'a>)) -> Result<(), Undecodable> {
    let mut rest = block;
    let mut may_resize = true;
    while let Some(&start) = rest.first() {
        let is_resize = start & 0xe0 == 0x20;
        let prefix_bits = match start {
            0x80.. => 7,
            0x40.. => 6,
            _ if is_resize => 5,
            _ => 4,
        };
        let number = integer(&mut rest, prefix_bits)?;
        if is_resize {
            if !may_resize || number > TABLE_BYTES_MAX {
                return Err(Undecodable);
            }
            continue;
        }
        may_resize = false;
        let is_indexed = start & 0x80 != 0;
        if number > INDEX_MAX || is_indexed && number == 0 {
            return Err(Undecodable);
        }
        see(if number == 0 { string(&mut rest)? } else { Name::Indexed(number) });
        if !is_indexed {
            string(&mut rest)?;
        }
    }
    Ok(())
}

/// An integer whose first byte has it in its last `prefix_bits` bits.
fn integer(rest: &mut &[u8], prefix_bits: u32) -> Result<usize, Undecodable> {
    let most = (1_usize << prefix_bits) - 1;
    let mut number = usize::from(take_byte(rest)?) & most;
    if number < most {
        return Ok(number);
    }
    // Four more bytes hold every number that a block may mean.
    for shift in [0, 7, 14, 21] {
        let byte = take_byte(rest)?;
        number += usize::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(number);
        }
    }
    Err(Undecodable)
}

fn string<'a>(rest: &mut &'a [u8]) -> Result<Name<'a>, Undecodable> {
    let is_coded = rest.first().is_some_and(|byte| byte & 0x80 != 0);
    let length = integer(rest, 7)?;
    let (text, behind) = rest.split_at_checked(length).ok_or(Undecodable)?;
    *rest = behind;
    match (is_coded, is_huffman(text)) {
        (false, _) => Ok(Name::Plain(text)),
        (true, true) => Ok(Name::Huffman(text)),
        (true, false) => Err(Undecodable),
    }
}

/// True for whole symbols followed by less than a byte of ones, without end-of-string.
fn is_huffman(coded: &[u8]) -> bool {
    let (mut code, mut length, mut first) = (0_u32, 0_usize, 0_u32);
    for bit in coded.iter().flat_map(|byte| (0..8).rev().map(move |at| u32::from(byte >> at & 1))) {
        code = code << 1 | bit;
        first = (first + SYMBOLS_BY_LENGTH[length]) << 1;
        length += 1;
        if code - first < SYMBOLS_BY_LENGTH[length] {
            if code == END_OF_STRING {
                return false;
            }
            (code, length, first) = (0, 0, 0);
        }
    }
    length < 8 && code == (1 << length) - 1
}

fn take_byte(rest: &mut &[u8]) -> Result<u8, Undecodable> {
    let (&byte, behind) = rest.split_first().ok_or(Undecodable)?;
    *rest = behind;
    Ok(byte)
}

#[cfg(test)]
mod tests;
