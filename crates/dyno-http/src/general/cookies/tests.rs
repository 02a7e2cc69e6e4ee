//! Which cookie goes where.

use super::{Jar, date};
use crate::endpoint::{Endpoint, resolve};
use crate::tests::fixture::http_plan;

fn endpoint(url: &str) -> Endpoint {
    let mut http = http_plan(url, Vec::new());
    http.connection.unix_socket = Some("/dev/null".into());
    resolve(&http).expect("the URL is good").remove(0)
}

fn check(fields: &[&str], to: &str, path: &str, expected: Option<&str>) {
    let from = endpoint("https://shop.test");
    let mut jar = Jar::default();
    for field in fields {
        jar.set(field.as_bytes(), &from, "/a/b?q");
    }
    assert_eq!(jar.field(&endpoint(to), path).as_deref(), expected, "{fields:?} to {to}{path}");
}

#[test]
fn cookies_go_where_they_belong() {
    let shop = "https://shop.test";
    check(&["a=1", "b=2; Path=/"], shop, "/a/c", Some("a=1; b=2"));
    check(&["a=1"], shop, "/other", None);
    check(&["a=1; Path=/a"], shop, "/ab", None);
    check(&["a=1; Path=/a"], shop, "/a?q", Some("a=1"));
    check(&["a=1; Path=/"], "https://www.shop.test", "/", None);
    check(&["a=1; Path=/; Domain=.shop.test"], "https://www.shop.test", "/", Some("a=1"));
    check(&["a=1; Path=/; Domain=shop.test"], "https://othershop.test", "/", None);
    check(&["a=1; Path=/; Domain=other.test"], shop, "/", None);
    check(&["a=1; Path=/; Secure"], "http://shop.test", "/", None);
    check(&["a=1; Path=/; Secure"], shop, "/", Some("a=1"));
}

#[test]
fn cookies_are_replaced_and_expire() {
    let shop = "https://shop.test";
    check(&["a=1; Path=/", "a=2; Path=/"], shop, "/", Some("a=2"));
    check(&["a=1; Path=/", "a=; Path=/; Max-Age=0"], shop, "/", None);
    check(&["a=1; Path=/; Expires=Wed, 09 Jun 2021 10:18:14 GMT"], shop, "/", None);
    check(&["a=1; Path=/; Expires=Wed, 09 Jun 2021 10:18:14 GMT; Max-Age=60"], shop, "/", Some("a=1"));
    check(&["=1; Path=/", "none"], shop, "/", None);
}

#[test]
fn dates_are_read_in_all_their_forms() {
    for text in [
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
        "06-nov-1994 8:49:37",
    ] {
        assert_eq!(date::parse(text), Some(784_111_777), "{text}");
    }
    for text in ["", "tomorrow", "Sun, 32 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:00:00 GMT"] {
        assert_eq!(date::parse(text), None, "{text}");
    }
}
