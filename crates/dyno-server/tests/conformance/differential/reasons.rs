//! Why one server refuses what another takes, each with the section that allows or demands it.

/// Why we refuse what another server takes: a part of our refusal, and the section that allows or demands it.
pub const STRICTER: &[(&str, &str)] = &[
    ("`Host` is missing", "9112 3.2: a server MUST refuse it"),
    ("`Host` is repeated", "9112 3.2: a server MUST refuse it"),
    ("`Host` is not a host", "9112 3.2: a server MUST refuse it"),
    ("ends in LF without CR", "9112 2.2: a recipient MAY take it, and need not"),
    ("may not stand in a chunk extension", "9112 7.1.1: the grammar has no such byte there"),
    ("it has a fragment", "9112 3.2: no form of the target has one"),
    ("both `Transfer-Encoding` and `Content-Length`", "9112 6.1: a server MAY refuse it"),
    ("`Content-Length` is repeated", "9110 8.6: a recipient MAY refuse it"),
    ("does not end in exactly one `chunked`", "9112 6.1: a sender MUST NOT apply it twice"),
    ("names a coding that is not supported", "9112 6.1: a server SHOULD answer 501"),
    ("`Content-Length` is not a decimal number", "9110 8.6: the grammar has digits only"),
    ("its authority is not a host", "9110 4.2.1: a recipient MUST reject an empty host"),
    ("it has a byte that no URI has", "3986 2: a URI has no such byte"),
    ("it has a byte outside visible ASCII", "3986 2: a URI has no such byte"),
    ("`*` is for `OPTIONS` only", "9112 3.2.4: the form is for OPTIONS"),
    ("it starts neither with `/` nor with a scheme", "9112 3.2.3: the authority form is for CONNECT"),
    ("its scheme is not http or https", "9110 7.4: a request for another scheme is misdirected"),
    (
        "the trailer section is malformed: invalid new line",
        "9112 2.2: a recipient MAY take a bare LF, and need not",
    ),
    ("malformed: invalid header value", "9110 5.5: control bytes are invalid in a value"),
    ("malformed: invalid header name", "9112 5.1 and 5.2: no space before a colon, no folded line"),
    ("asks for a version of HTTP other than", "9110 2.5: 1.2 does not exist, so its rules cannot be known"),
    ("stands in an HTTP/1.0 request", "9112 6.1: the framing is to be taken for faulty"),
    ("expected CR LF after", "9112 7.1: the grammar has CR LF there"),
    ("asks for something other than `100-continue`", "9110 10.1.1: a server MAY answer 417"),
];

/// What we take and hyper refuses: a part of the message, which begins with `^` here, and the section that demands it.
pub const HYPER_REFUSES: &[(&str, &str)] =
    &[("chunked ,\r\n", "9110 5.6.1: a recipient MUST ignore empty elements of a list")];

/// What we take and h11 refuses.
pub const H11_REFUSES: &[(&str, &str)] = &[
    ("^\r\n", "9112 2.2: a server SHOULD ignore an empty line before a request"),
    ("\r\n\r\n\r\n", "9112 2.2: between requests as well"),
    ("HTTP/1.0\r\n", "9112 9.3: a server may keep a connection of HTTP/1.0 that asks for it"),
    (" ;", "9112 7.1.1: white space may stand before the semicolon of a chunk extension"),
    ("; a", "9112 7.1.1: and behind it"),
    ("chunked ,\r\n", "9110 5.6.1: a recipient MUST ignore empty elements of a list"),
    (" , chunked\r\n", "9110 5.6.1: before the others as well"),
];
