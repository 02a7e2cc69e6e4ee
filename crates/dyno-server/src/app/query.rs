//! Pairs of names and values in the form of HTML forms: queries and `application/x-www-form-urlencoded` bodies.
//!
//! `+` and `%20` are spaces; bytes that are not UTF-8 become U+FFFD. Called by extractors and `call`.

use std::borrow::Cow;

use percent_encoding::percent_decode;

/// Every pair, decoded; a name without `=` has an empty value.
pub(crate) fn pairs(text: &str) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
    raw_pairs(text).map(|(name, value)| (decode(name), decode(value)))
}

/// The first value of `name`, decoded.
pub(crate) fn first_value<'a>(text: &'a str, name: &str) -> Option<Cow<'a, str>> {
    raw_pairs(text).find(|(raw, _)| *raw == name || decode(raw) == name).map(|(_, value)| decode(value))
}

fn raw_pairs(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.split('&').filter(|pair| !pair.is_empty()).map(|pair| pair.split_once('=').unwrap_or((pair, "")))
}

fn decode(text: &str) -> Cow<'_, str> {
    if !text.bytes().any(|byte| byte == b'+' || byte == b'%') {
        return Cow::Borrowed(text);
    }
    let spaced = text.replace('+', " ");
    Cow::Owned(percent_decode(spaced.as_bytes()).decode_utf8_lossy().into_owned())
}
