//! The Huffman code of HPACK and QPACK (RFC 7541, appendix B), for decoding.
//!
//! The code is canonical: among codes of one length, symbols and codes rise together. So the lengths are all that has
//! to be written down.

/// Bits of the code of each byte; the last is that of the end-of-string symbol, which must not occur.
const CODE_BITS: [u8; 257] = [
    13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28,
    28, 28, 28, 28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6,
    6, 6, 7, 8, 15, 6, 12, 10, 13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7,
    8, 13, 19, 13, 14, 6, 15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7,
    15, 11, 14, 13, 28, 20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24,
    23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24, 22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23,
    23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23, 26, 26, 20, 19, 22, 23, 22, 25, 26,
    26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27, 20, 24, 20,
    21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27,
    27, 27, 26, 30,
];

const BITS_MIN: usize = 5;
const BITS_MAX: usize = 30;
const END_OF_STRING: u16 = 256;

/// The codes of one length.
#[derive(Clone, Copy)]
struct Level {
    /// The first code of a greater length, moved to the left of 30 bits: smaller codes are of this length or less.
    limit: u32,
    /// The first code.
    first_code: u32,
    /// Where its symbol stands in `SYMBOLS`.
    first_index: usize,
}

const SYMBOLS: [u16; 257] = symbols();
const LEVELS: [Level; BITS_MAX + 1] = levels();

const fn symbols() -> [u16; 257] {
    let mut symbols = [0; 257];
    let mut count = 0;
    let mut bits = BITS_MIN;
    while bits <= BITS_MAX {
        let mut symbol = 0;
        while symbol < 257 {
            if CODE_BITS[symbol] as usize == bits {
                symbols[count] = symbol as u16;
                count += 1;
            }
            symbol += 1;
        }
        bits += 1;
    }
    symbols
}

const fn levels() -> [Level; BITS_MAX + 1] {
    let mut levels = [Level { limit: 0, first_code: 0, first_index: 0 }; BITS_MAX + 1];
    let mut code = 0_u32;
    let mut index = 0;
    let mut bits = 1;
    while bits <= BITS_MAX {
        code <<= 1;
        levels[bits].first_code = code;
        levels[bits].first_index = index;
        let mut symbol = 0;
        while symbol < 257 {
            if CODE_BITS[symbol] as usize == bits {
                code += 1;
                index += 1;
            }
            symbol += 1;
        }
        levels[bits].limit = code << (BITS_MAX - bits);
        bits += 1;
    }
    levels
}

/// Appends what `input` stands for; `None` when it is no valid code, or padded wrongly.
pub(super) fn decode(input: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let mut rest = input.iter();
    let mut window = 0_u64;
    let mut bits = 0;
    loop {
        while bits <= 56 {
            let Some(&byte) = rest.next() else { break };
            window = window << 8 | u64::from(byte);
            bits += 8;
        }
        // What is missing at the end is taken as ones, which is what the padding must be.
        let missing = BITS_MAX.saturating_sub(bits);
        let padded = (window << missing | ((1 << missing) - 1)) >> (bits + missing - BITS_MAX);
        let code = (padded & ((1 << BITS_MAX) - 1)) as u32;
        let length = (BITS_MIN..BITS_MAX).find(|&length| code < LEVELS[length].limit).unwrap_or(BITS_MAX);
        if length > bits {
            // Less than a byte, and nothing but ones.
            return (bits < 8 && code == (1 << BITS_MAX) - 1).then_some(());
        }
        let level = &LEVELS[length];
        let symbol = SYMBOLS[level.first_index + ((code >> (BITS_MAX - length)) - level.first_code) as usize];
        if symbol == END_OF_STRING {
            return None;
        }
        out.push(symbol as u8);
        bits -= length;
    }
}
