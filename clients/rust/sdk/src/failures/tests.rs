use std::io::{Error, ErrorKind};

use super::{Failure, Kind};

fn kind_of(error: &(dyn std::error::Error + 'static)) -> Kind {
    Failure::of("word", error).kind
}

#[test]
fn the_systems_error_says_what_happened() {
    for (kind, expected) in [
        (ErrorKind::ConnectionRefused, Kind::Connect),
        (ErrorKind::WouldBlock, Kind::Timeout),
        (ErrorKind::BrokenPipe, Kind::Reset),
        (ErrorKind::UnexpectedEof, Kind::Reset),
        (ErrorKind::InvalidData, Kind::Protocol),
    ] {
        assert_eq!(kind_of(&Error::from(kind)), expected, "{kind:?}");
    }
}

#[test]
fn the_innermost_cause_counts() {
    let inner = Error::new(ErrorKind::InvalidData, "invalid peer certificate: UnknownIssuer");
    assert_eq!(kind_of(&Error::other(inner)), Kind::Tls);
}

#[test]
fn words_of_a_url_mean_nothing() {
    assert_eq!(kind_of(&Error::other("cannot fetch http://timeout.test/redirect")), Kind::Other);
    assert_eq!(kind_of(&Error::other("too many redirects for http://a.test/")), Kind::Redirects);
}

#[test]
fn redirects_are_not_tried_again() {
    assert!(!Failure::new(Kind::Redirects, "TooMany").is_worth_a_retry());
    assert!(Failure::new(Kind::Reset, "Closed").is_worth_a_retry());
}

#[test]
fn a_connection_that_ends_within_a_body_breaks_it_off() {
    assert_eq!(Failure::new(Kind::Reset, "Eof").in_body().kind, Kind::Body);
    assert_eq!(Failure::new(Kind::Other, "Unknown").in_body().kind, Kind::Body);
    assert_eq!(Failure::new(Kind::Timeout, "Read").in_body().kind, Kind::Timeout);
}
