//! Finds credentials that stand literally in a plan, also in parts of it that cannot be read.
//!
//! The sections register what they read; this makes sure that drawing the lines around a mistake shows
//! nothing that a section never came to. Called by `resolve` before the sections.

use crate::address;
use crate::read::Context;
use crate::tree::{Node, Value};

/// Header fields whose values are credentials.
const HEADERS: [&str; 4] = ["authorization", "proxy-authorization", "cookie", "x-api-key"];
/// Keys of a plan whose values are credentials.
const KEYS: [&str; 2] = ["basic", "bearer"];
/// Schemes of `Authorization`. A scheme is no secret, and hiding the word would spoil innocent text.
const SCHEMES: [&str; 6] = ["basic", "bearer", "digest", "negotiate", "token", "apikey"];

/// Whether a header's value is a credential.
pub(crate) fn is_secret_header(name: &str) -> bool {
    HEADERS.contains(&name.to_ascii_lowercase().as_str())
}

/// A header's value without the scheme in front.
pub(crate) fn without_scheme(value: &str) -> &str {
    match value.trim_start().split_once(' ') {
        Some((scheme, rest)) if SCHEMES.contains(&scheme.to_ascii_lowercase().as_str()) => rest.trim(),
        _ => value.trim(),
    }
}

/// Registers every literal credential of the tree.
pub(crate) fn find(context: &mut Context<'_>, node: &Node) {
    match &node.value {
        Value::Scalar(scalar) => {
            if let Some(user) = address::user_in(&scalar.text).filter(|_| scalar.text.contains("://")) {
                keep_literal(context, user);
            }
        }
        Value::List(items) => items.iter().for_each(|item| find(context, item)),
        Value::Map(entries) => {
            for entry in entries {
                if is_secret_header(&entry.key) || KEYS.contains(&entry.key.as_str()) {
                    find_values(context, &entry.value);
                }
                find(context, &entry.value);
            }
        }
    }
}

fn find_values(context: &mut Context<'_>, node: &Node) {
    match &node.value {
        Value::Scalar(scalar) => keep_literal(context, &scalar.text),
        Value::List(items) => items.iter().for_each(|item| find_values(context, item)),
        Value::Map(_) => {}
    }
}

/// Values with `${…}` or holes are registered by those who fill them in.
fn keep_literal(context: &mut Context<'_>, value: &str) {
    if value.contains("${") || value.contains("{{") || value == "present" {
        return;
    }
    context.keep_secret(without_scheme(value));
    if let Some((_, password)) = value.split_once(':') {
        context.keep_secret(password);
    }
}

/// Registers what looks like a credential in a text that is no tree, line by line.
pub(crate) fn find_in_text(context: &mut Context<'_>, text: &str) {
    for line in text.lines() {
        let lower = line.to_ascii_lowercase();
        for key in HEADERS.iter().chain(&KEYS) {
            let Some(value) = lower.find(key).and_then(|at| line.get(at + key.len()..)) else { continue };
            let value = value.trim_start_matches(['"', '\'', ' ']);
            if let Some(value) = value.strip_prefix(':') {
                context.keep_secret(value.trim());
            }
        }
        for (at, _) in line.match_indices("://") {
            if let Some(user) = address::user_in(&line[at..]) {
                context.keep_secret(user);
            }
        }
    }
}
