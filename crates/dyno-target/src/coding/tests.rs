//! Negotiation is pure, so it is a table.

use super::*;

#[track_caller]
fn check(accept_encoding: &str, expected: Option<Coding>) {
    assert_eq!(preferred(accept_encoding, |_| true), expected, "{accept_encoding}");
}

#[test]
fn the_client_decides() {
    check("", None);
    check("gzip", Some(Coding::Gzip));
    check("gzip, deflate, br", Some(Coding::Brotli));
    check("GZIP;q=1.0, br;q=0.5", Some(Coding::Gzip));
    check("deflate, gzip;q=0", Some(Coding::Deflate));
    check("*", Some(Coding::Brotli));
    check("*;q=0", None);
    check("br;q=0, *", Some(Coding::Gzip));
    check("identity;q=1, gzip;q=0.5", None);
    check("identity", None);
    check("zstd", None);
    check("gzip;q=much", None);
    assert_eq!(preferred("br, gzip", |coding| coding == Coding::Gzip), Some(Coding::Gzip));
}
