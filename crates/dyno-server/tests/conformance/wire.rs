//! HTTP/1.1 answers read by a strict parser of the tests' own.

/// One answer as received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub fields: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    /// All values of a field, joined by commas; `None` when it is absent.
    pub fn field(&self, name: &str) -> Option<String> {
        let values: Vec<_> =
            self.fields.iter().filter(|(it, _)| it.eq_ignore_ascii_case(name)).map(|(_, v)| &**v).collect();
        (!values.is_empty()).then(|| values.join(", "))
    }
}

/// Reads one answer from the start of `bytes`; gives it with its length.
pub fn parse_answer(bytes: &[u8], is_to_head: bool) -> Result<(Answer, usize), String> {
    let end = find(bytes, b"\r\n\r\n").ok_or_else(|| format!("no whole answer in {}", shown(bytes)))?;
    let head = std::str::from_utf8(&bytes[..end]).map_err(|_| format!("no text in {}", shown(bytes)))?;
    let mut lines = head.split("\r\n");
    let status = status_of(lines.next().unwrap_or_default())?;
    let mut answer = Answer { status, fields: Vec::new(), body: Vec::new() };
    for line in lines {
        let (name, value) = line.split_once(':').ok_or_else(|| format!("no field: {line:?}"))?;
        let is_token = !name.is_empty()
            && name.bytes().all(|b| b.is_ascii_graphic() && !b"(),/:;<=>?@[\\]{}\"".contains(&b));
        if !is_token || value.contains(['\r', '\n', '\0']) {
            return Err(format!("an invalid field {line:?}"));
        }
        answer.fields.push((name.to_owned(), value.trim().to_owned()));
    }
    check_fields(&answer)?;
    let rest = &bytes[end + 4..];
    let length = if is_to_head || matches!(status, 100..=199 | 204 | 304) {
        0
    } else if answer.field("transfer-encoding").is_some_and(|coding| coding == "chunked") {
        let (body, length) = dechunk(rest)?;
        answer.body = body;
        length
    } else if let Some(length) = answer.field("content-length") {
        let length = length.parse().map_err(|_| format!("content-length: {length}"))?;
        answer.body = rest.get(..length).ok_or_else(|| format!("a short body: {}", shown(rest)))?.to_vec();
        length
    } else {
        answer.body = rest.to_vec();
        rest.len()
    };
    Ok((answer, end + 4 + length))
}

fn status_of(line: &str) -> Result<u16, String> {
    let code = line
        .strip_prefix("HTTP/1.1 ")
        .and_then(|rest| rest.get(..3))
        .filter(|_| line.as_bytes()[12..].starts_with(b" "));
    code.and_then(|code| code.parse().ok()).ok_or_else(|| format!("an invalid status line {line:?}"))
}

/// What RFC 9110 and 9112 demand of every answer.
fn check_fields(answer: &Answer) -> Result<(), String> {
    let (length, coding) = (answer.field("content-length"), answer.field("transfer-encoding"));
    if length.is_some() && coding.is_some() {
        return Err(format!("two framings in {answer:?}"));
    }
    if matches!(answer.status, 100..=199 | 204) && (length.is_some() || coding.is_some()) {
        return Err(format!("a framing where none may be, in {answer:?}"));
    }
    if matches!(answer.status, 200..=499) {
        // RFC 9110 section 6.6.1: an origin server with a clock says when.
        let date = answer.field("date").ok_or_else(|| format!("no date in {answer:?}"))?;
        if !is_imf_fixdate(&date) {
            return Err(format!("`date: {date}` is not an IMF-fixdate"));
        }
    }
    Ok(())
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`, RFC 9110 section 5.6.7.
pub fn is_imf_fixdate(date: &str) -> bool {
    const SHAPE: &[u8] = b"Aaa, 00 Aaa 0000 00:00:00 GMT";
    let fits = |(byte, shape): (u8, &u8)| match shape {
        b'0' => byte.is_ascii_digit(),
        b'A' => byte.is_ascii_uppercase(),
        b'a' => byte.is_ascii_lowercase(),
        other => byte == *other,
    };
    let is_day = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"].iter().any(|day| date.starts_with(day));
    date.len() == SHAPE.len() && date.bytes().zip(SHAPE).all(fits) && is_day
}

fn dechunk(bytes: &[u8]) -> Result<(Vec<u8>, usize), String> {
    let (mut body, mut at) = (Vec::new(), 0);
    loop {
        let line = find(&bytes[at..], b"\r\n").ok_or("no chunk size")?;
        let size =
            std::str::from_utf8(&bytes[at..at + line]).ok().and_then(|it| usize::from_str_radix(it, 16).ok());
        let size = size.ok_or_else(|| format!("a chunk size {}", shown(&bytes[at..at + line])))?;
        at += line + 2;
        if size == 0 {
            let end = if bytes[at..].starts_with(b"\r\n") {
                2
            } else {
                find(&bytes[at..], b"\r\n\r\n").ok_or("no end of trailers")? + 4
            };
            return Ok((body, at + end));
        }
        body.extend_from_slice(bytes.get(at..at + size).ok_or("a short chunk")?);
        at += size + 2;
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

/// The start of foreign bytes, for messages.
pub fn shown(bytes: &[u8]) -> String {
    let more = if bytes.len() > 400 { format!(" … {} bytes", bytes.len()) } else { String::new() };
    format!("\"{}\"{more}", bytes[..bytes.len().min(400)].escape_ascii())
}
