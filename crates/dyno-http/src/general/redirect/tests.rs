//! What is asked next.

use url::Url;

use super::{Next, Redirects, adapt};
use crate::render::RenderedRequest;

fn follow(status: u16, method: &str, location: &str) -> Option<Next> {
    let url = Url::parse("http://a.test/x/y?q").expect("the URL is good");
    let followed = Redirects::default().follow(status, Some(location.as_bytes()), method, url, 5);
    followed.expect("the redirect is good")
}

#[test]
fn methods_are_kept_or_changed() {
    for (status, method, expected) in [
        (301, "POST", "GET"),
        (302, "POST", "GET"),
        (302, "PUT", "PUT"),
        (303, "PUT", "GET"),
        (303, "HEAD", "HEAD"),
        (307, "POST", "POST"),
        (308, "DELETE", "DELETE"),
    ] {
        assert_eq!(
            follow(status, method, "/z").map(|next| next.method).as_deref(),
            Some(expected),
            "{status}"
        );
    }
    assert!(follow(304, "GET", "/z").is_none());
    assert!(follow(200, "GET", "/z").is_none());
}

#[test]
fn locations_are_relative_to_the_request() {
    for (location, expected, is_other_origin) in [
        ("z#part", "http://a.test/x/z", false),
        ("/z", "http://a.test/z", false),
        ("?r", "http://a.test/x/y?r", false),
        ("//b.test/", "http://b.test/", true),
        ("https://a.test/", "https://a.test/", true),
    ] {
        let next = follow(302, "GET", location).expect("it is one");
        assert_eq!((next.url.as_str(), next.is_other_origin), (expected, is_other_origin));
    }
    let url = Url::parse("http://a.test/").expect("the URL is good");
    assert!(Redirects::default().follow(302, Some(b"ftp://a.test/"), "GET", url, 5).is_err());
}

#[test]
fn credentials_and_content_stay_behind() {
    let fields = b"Accept: */*\r\nAuthorization: x\r\nCookie: y\r\nContent-Type: z\r\nContent-Length: 4\r\n";
    let mut request = RenderedRequest {
        url: "/".to_owned(),
        host: Some("name.test".to_owned()),
        fields: fields.to_vec(),
        body: b"body".to_vec(),
    };
    let here = follow(307, "POST", "/z").expect("it is one");
    adapt(&mut request, "POST", &here);
    assert_eq!(request.fields, fields);
    let there = follow(303, "POST", "http://b.test/").expect("it is one");
    adapt(&mut request, "POST", &there);
    assert_eq!(request.fields, b"Accept: */*\r\n");
    assert_eq!((request.host, request.body), (None, Vec::new()));
}
