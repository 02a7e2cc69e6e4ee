//! Header fields that outlive the read buffer: one byte block and offsets into it, reused from message to message.
//!
//! Not a map and not a validator; the decoders fill it. Lookup is a scan, which beats a hash for a few dozen fields.

use std::ops::Range;

/// The fields of one head or trailer section, in the order received.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Headers {
    bytes: Vec<u8>,
    fields: Vec<Field>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Field {
    name: Range<u32>,
    value: Range<u32>,
}

impl Headers {
    /// The first value of the field called `name`, without regard to letter case.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        self.fields
            .iter()
            .find(|field| self.slice(&field.name).eq_ignore_ascii_case(name.as_bytes()))
            .map(|field| self.slice(&field.value))
    }

    /// The first value of `name` as text; `None` also when it is not UTF-8.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(|value| str::from_utf8(value).ok())
    }

    /// All values of `name`, in the order received.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.fields
            .iter()
            .filter(move |field| self.slice(&field.name).eq_ignore_ascii_case(name.as_bytes()))
            .map(|field| self.slice(&field.value))
    }

    /// Every field as name and value; names keep the letter case received.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.fields.iter().map(|field| {
            let name =
                str::from_utf8(self.slice(&field.name)).expect("invariant: a field name is an ASCII token");
            (name, self.slice(&field.value))
        })
    }

    /// How many fields there are; a repeated name counts each time.
    #[must_use]
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// True when there is no field.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// Forgets all fields and keeps the memory.
    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.fields.clear();
    }

    /// Adds a field; folded lines in `value` are joined by spaces, as RFC 9112 section 5.2 asks of clients.
    pub(crate) fn push(&mut self, name: &str, value: &[u8]) {
        let name_start = self.bytes.len();
        self.bytes.extend_from_slice(name.as_bytes());
        let value_start = self.bytes.len();
        self.bytes.extend_from_slice(value);
        for byte in &mut self.bytes[value_start..] {
            if matches!(*byte, b'\r' | b'\n') {
                *byte = b' ';
            }
        }
        let offset = |at: usize| u32::try_from(at).expect("invariant: head limits are far below 4 GiB");
        self.fields.push(Field {
            name: offset(name_start)..offset(value_start),
            value: offset(value_start)..offset(self.bytes.len()),
        });
    }

    fn slice(&self, range: &Range<u32>) -> &[u8] {
        &self.bytes[range.start as usize..range.end as usize]
    }
}
