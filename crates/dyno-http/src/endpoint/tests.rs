//! URLs and what becomes of them.

use std::net::SocketAddr;

use dyno_model::HttpPlan;
use url::Url;

use super::{Address, Endpoint, resolve, without_user};
use crate::tests::fixture::http_plan;

fn endpoint_of(url: &str, change: impl FnOnce(&mut HttpPlan)) -> Endpoint {
    let mut http = http_plan(url, Vec::new());
    change(&mut http);
    resolve(&http).expect("the URL is good").remove(0)
}

fn tcp(address: &str) -> Address {
    Address::Tcp(address.parse::<SocketAddr>().expect("an address"))
}

#[test]
fn urls_are_split() {
    for (url, host, port, authority, prefix, address) in [
        ("http://127.0.0.1", "127.0.0.1", 80, "127.0.0.1", "", "127.0.0.1:80"),
        ("http://127.0.0.1:80/", "127.0.0.1", 80, "127.0.0.1", "", "127.0.0.1:80"),
        ("http://[::1]:8080/api/", "::1", 8080, "[::1]:8080", "/api", "[::1]:8080"),
        ("https://10.0.0.1/a/b", "10.0.0.1", 443, "10.0.0.1", "/a/b", "10.0.0.1:443"),
    ] {
        let endpoint = endpoint_of(url, |_| {});
        assert_eq!((endpoint.host.as_str(), endpoint.port), (host, port), "{url}");
        assert_eq!(
            (endpoint.authority.as_str(), endpoint.path_prefix.as_str()),
            (authority, prefix),
            "{url}"
        );
        assert_eq!(endpoint.addresses, [tcp(address)], "{url}");
        assert_eq!(endpoint.server_name.is_some(), url.starts_with("https"), "{url}");
    }
}

#[test]
fn names_outside_of_ascii_are_encoded() {
    let given = |http: &mut HttpPlan| {
        http.connection.resolve = vec![("xn--bcher-kva.test".to_owned(), 80, [127, 0, 0, 1].into())];
    };
    let endpoint = endpoint_of("http://bücher.test/", given);
    assert_eq!(
        (endpoint.authority.as_str(), endpoint.addresses),
        ("xn--bcher-kva.test", vec![tcp("127.0.0.1:80")])
    );
}

#[test]
fn all_given_addresses_are_used() {
    let given = |http: &mut HttpPlan| {
        let address = |last| ("name.test".to_owned(), 80, [127, 0, 0, last].into());
        http.connection.resolve = vec![address(1), address(2)];
    };
    assert_eq!(endpoint_of("http://name.test/", given).addresses, [tcp("127.0.0.1:80"), tcp("127.0.0.2:80")]);
}

#[test]
fn users_are_kept_and_not_shown() {
    let endpoint = endpoint_of("http://ann:a%40b+c@127.0.0.1/", |_| {});
    assert_eq!(endpoint.user_info.as_ref().map(dyno_model::Secret::expose), Some("ann:a@b+c"));
    assert!(!format!("{endpoint:?}").contains("a@b"));
    assert_eq!(without_user("http://ann:pw@host/path@x"), "http://host/path@x");
}

#[test]
fn origins_are_compared_whole() {
    let endpoint = endpoint_of("http://127.0.0.1:81/api", |_| {});
    let is_origin = |url: &str| endpoint.is_origin_of(&Url::parse(url).expect("the URL is good"));
    assert!(is_origin("http://127.0.0.1:81/other"));
    for other in ["https://127.0.0.1:81/", "http://127.0.0.1/", "http://127.0.0.2:81/"] {
        assert!(!is_origin(other), "{other}");
    }
}
