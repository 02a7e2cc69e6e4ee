//! Twenty files of a made-up site, each also compressed by gzip and brotli where that pays.
//!
//! Generated at their first use and kept; the same bytes in every target. No file system is touched.

use std::io::Write;
use std::sync::OnceLock;

use dyno_server::{Action, ResponseWriter};
use flate2::{Compression, GzBuilder};

use crate::call::{Call, text};
use crate::coding::{Coding, preferred};
use crate::query::decoded_path;
use crate::random::{append_body, bits};

/// The files: name, content type, size in bytes.
const FILES: [(&str, &str, usize); 20] = [
    ("reset.css", "text/css", 2_000),
    ("layout.css", "text/css", 9_000),
    ("theme.css", "text/css", 6_000),
    ("components.css", "text/css", 24_000),
    ("utilities.css", "text/css", 14_000),
    ("analytics.js", "text/javascript", 11_000),
    ("helpers.js", "text/javascript", 7_000),
    ("app.js", "text/javascript", 48_000),
    ("vendor.js", "text/javascript", 90_000),
    ("router.js", "text/javascript", 12_000),
    ("header.html", "text/html; charset=utf-8", 1_500),
    ("footer.html", "text/html; charset=utf-8", 1_200),
    ("regular.woff2", "font/woff2", 18_000),
    ("bold.woff2", "font/woff2", 19_000),
    ("logo.svg", "image/svg+xml", 3_000),
    ("icon-sprite.svg", "image/svg+xml", 22_000),
    ("hero.webp", "image/webp", 45_000),
    ("thumb1.webp", "image/webp", 8_000),
    ("thumb2.webp", "image/webp", 6_000),
    ("manifest.json", "application/json", 1_000),
];

/// A file with its variants.
struct File {
    content_type: &'static str,
    plain: Vec<u8>,
    gzip: Option<Vec<u8>>,
    brotli: Option<Vec<u8>>,
    /// The hash of the plain content; a variant's tag has its coding appended.
    tag: u64,
}

static MADE: [OnceLock<File>; FILES.len()] = [const { OnceLock::new() }; FILES.len()];

/// `/static/{file}`: the variant that the client likes best, or 304 when it has it already.
pub(crate) fn file(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    let name = decoded_path(call.parameters[0]);
    let Some(index) = FILES.iter().position(|(known, ..)| *known == name) else {
        return text(response, 404, "no such file; the set has 20 of them, such as app.js");
    };
    let file = MADE[index].get_or_init(|| make(index));
    let offered = |coding: Coding| match coding {
        Coding::Brotli => file.brotli.is_some(),
        Coding::Gzip => file.gzip.is_some(),
        Coding::Deflate => false,
    };
    let coding = preferred(call.request.header_str("accept-encoding").unwrap_or_default(), offered);
    let content = match coding {
        Some(Coding::Brotli) => file.brotli.as_deref(),
        Some(Coding::Gzip) => file.gzip.as_deref(),
        _ => None,
    };
    let suffix = coding.map_or(String::new(), |coding| format!("-{}", coding.name()));
    let tag = format!("\"{:016x}{suffix}\"", file.tag);
    let known = call.request.header_str("if-none-match").unwrap_or_default();
    let is_known =
        known.split(',').any(|known| known.trim().trim_start_matches("W/") == tag || known.trim() == "*");
    let mut head = response
        .start(if is_known { 304 } else { 200 })
        .field("content-type", file.content_type.as_bytes())
        .field("etag", tag.as_bytes())
        .field("cache-control", b"public, max-age=3600");
    if file.gzip.is_some() {
        head = head.field("vary", b"accept-encoding");
    }
    if let Some(coding) = coding {
        head = head.field("content-encoding", coding.name().as_bytes());
    }
    head.body(content.unwrap_or(&file.plain));
    Action::Done
}

fn make(index: usize) -> File {
    let (name, content_type, bytes) = FILES[index];
    let seed = index as u64;
    let is_binary = content_type.starts_with("font/") || content_type == "image/webp";
    let mut plain = Vec::with_capacity(bytes);
    if is_binary {
        append_body(&mut plain, seed, 0, bytes as u64);
    } else {
        write_text(&mut plain, name, seed, bytes);
    }
    let tag = plain.iter().fold(seed, |hash, byte| bits(hash, u64::from(*byte)));
    let (gzip, brotli) =
        if is_binary { (None, None) } else { (Some(gzipped(&plain)), Some(brotlied(&plain))) };
    File { content_type, plain, gzip, brotli, tag }
}

/// Text of exactly `bytes` bytes that looks like the kind of file that `name` says, and compresses like one.
fn write_text(out: &mut Vec<u8>, name: &str, seed: u64, bytes: usize) {
    let (open, close) = match name.rsplit_once('.') {
        Some((_, "css")) => ("/* made by dyno */\n", "\n"),
        Some((_, "js")) => ("// made by dyno\n", "\n"),
        Some((_, "svg")) => ("<svg xmlns=\"http://www.w3.org/2000/svg\"><!-- made by dyno -->\n", "</svg>\n"),
        Some((_, "html")) => ("<!-- made by dyno -->\n", "\n"),
        _ => ("{\"name\":\"made by dyno\",\"text\":\"", "\"}\n"),
    };
    out.extend_from_slice(open.as_bytes());
    let mut n = 0;
    let end = bytes - close.len();
    while out.len() < end {
        line_of(out, name, bits(seed, n));
        n += 1;
    }
    out.truncate(end);
    // A line cut in two would be no comment and no rule any more; spaces are harmless everywhere.
    let cut = out.iter().rposition(|&byte| byte == b'\n' || byte == b' ').map_or(end, |at| at + 1);
    out.truncate(cut);
    out.resize(end, b' ');
    out.extend_from_slice(close.as_bytes());
}

/// One line, by 64 random bits.
fn line_of(out: &mut Vec<u8>, name: &str, draw: u64) {
    let (a, b, c) = (draw % 97, (draw >> 16) % 1_000, (draw >> 32) % 0x00ff_ffff);
    let line = match name.rsplit_once('.') {
        Some((_, "css")) => format!(".c{a} > .part-{b} {{ color: #{c:06x}; margin: {a}px }}\n"),
        Some((_, "js")) => format!("export const value{b} = (x) => x * {c} + {a};\n"),
        Some((_, "svg")) => format!("<circle cx=\"{a}\" cy=\"{b}\" r=\"{}\"/>\n", c % 50),
        Some((_, "html")) => format!("<p class=\"c{a}\">Paragraph {b} of {c}.</p>\n"),
        _ => format!("word{a} and{b} "),
    };
    out.extend_from_slice(line.as_bytes());
}

fn gzipped(plain: &[u8]) -> Vec<u8> {
    // A fixed time keeps the bytes the same.
    let mut encoder = GzBuilder::new().mtime(0).write(Vec::new(), Compression::best());
    encoder.write_all(plain).and_then(|()| encoder.finish()).expect("invariant: a vector takes all bytes")
}

fn brotlied(plain: &[u8]) -> Vec<u8> {
    crate::coding::encode(Coding::Brotli, plain)
}

#[cfg(test)]
mod tests;
