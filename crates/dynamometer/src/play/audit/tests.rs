//! Origins are cut out of URLs; the rest is tested over loopback.

use super::*;

#[test]
fn an_origin_is_the_url_without_its_path() {
    for (url, origin) in [
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
        ("https://user:pass@host/a/b?c", "https://user:pass@host"),
        ("http://[::1]:80?x", "http://[::1]:80"),
    ] {
        assert_eq!(origin_of(url), origin);
    }
}
