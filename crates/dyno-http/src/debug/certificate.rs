//! Name and expiry of a certificate, read from its DER for showing.
//!
//! Not a verifier and not a full X.509 reader: what it does not expect, it leaves out.

/// What is shown of a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateFacts {
    /// The common name of its subject; empty when it has none.
    pub subject: String,
    /// When it expires, such as `2027-01-09 10:18:14 UTC`.
    pub expires: String,
}

const SEQUENCE: u8 = 0x30;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
/// The explicit version in front of a certificate's fields.
const VERSION: u8 = 0xa0;
/// Object identifier 2.5.4.3, `commonName`.
const COMMON_NAME: [u8; 3] = [0x55, 0x04, 0x03];

impl CertificateFacts {
    /// Reads a certificate; `None` when it is not built as expected.
    pub(super) fn read(der: &[u8]) -> Option<Self> {
        let (certificate, _) = expect(SEQUENCE, der)?;
        let (mut fields, _) = expect(SEQUENCE, certificate)?;
        if fields.first() == Some(&VERSION) {
            fields = element(fields)?.2;
        }
        // Serial number, signature algorithm, issuer.
        for _ in 0..3 {
            fields = element(fields)?.2;
        }
        let (validity, fields) = expect(SEQUENCE, fields)?;
        let (subject, _) = expect(SEQUENCE, fields)?;
        let (_, _, not_after) = element(validity)?;
        let (kind, time, _) = element(not_after)?;
        Some(Self { subject: common_name(subject).unwrap_or_default(), expires: time_in_words(kind, time)? })
    }
}

/// Splits the first element off: (tag, content, rest).
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81..=0x84 => {
            let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            (digits.iter().fold(0, |length, &digit| length << 8 | usize::from(digit)), rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

fn expect(wanted: u8, bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    element(bytes).filter(|(tag, _, _)| *tag == wanted).map(|(_, content, rest)| (content, rest))
}

fn common_name(mut names: &[u8]) -> Option<String> {
    while !names.is_empty() {
        let (_, set, rest) = element(names)?;
        names = rest;
        let (pair, _) = expect(SEQUENCE, set)?;
        let (_, identifier, value) = element(pair)?;
        if identifier == COMMON_NAME {
            let (_, text, _) = element(value)?;
            return Some(String::from_utf8_lossy(text).into_owned());
        }
    }
    None
}

/// `270109101814Z` → `2027-01-09 10:18:14 UTC`.
fn time_in_words(kind: u8, time: &[u8]) -> Option<String> {
    let text = str::from_utf8(time).ok().filter(|text| text.is_ascii())?;
    let (year, rest) = match kind {
        // RFC 5280 section 4.1.2.5.1: two digits mean 1950 to 2049.
        UTC_TIME => {
            let (year, rest) = text.split_at_checked(2)?;
            (format!("{}{year}", if year < "50" { "20" } else { "19" }), rest)
        }
        GENERALIZED_TIME => {
            let (year, rest) = text.split_at_checked(4)?;
            (year.to_owned(), rest)
        }
        _ => return None,
    };
    let part = |at: usize| rest.get(at..at + 2);
    let (month, day, hour) = (part(0)?, part(2)?, part(4)?);
    Some(format!("{year}-{month}-{day} {hour}:{}:{} UTC", part(6)?, part(8)?))
}
