//! Rows of the httpbin family.

use super::row::{query, route};
use super::{ANY, Body, GET, POST, Parameter, Route};
use crate::httpbin::{
    HTML, JSON, TEXT, auth, bodies, caching, convert, cookies, digest, inspect, pages, range, redirects,
    status, streams,
};
use crate::timing;

const BINARY: &str = "application/octet-stream";
const SEED: Parameter = query("seed", "integer", "0");
const RANDOM_SEED: Parameter = query("seed", "integer", "");
const CONTENT_TYPE: &[Parameter] = &[query("content-type", "string", TEXT)];

const MESSAGES: &[Parameter] = &[
    query("count", "integer", "10"),
    query("duration", "duration", "5s"),
    query("delay", "duration", "0"),
    query("jitter", "number", "0"),
    RANDOM_SEED,
];

pub(super) const ROUTES: &[Route] = &[
    route("/get", GET, inspect::get, "the request as JSON: args, headers, method, origin, url")
        .at("/get?a=1&a=2&b=x+y")
        .gives(200, JSON, Body::Has(r#""args":{"a":["1","2"],"b":["x y"]}"#)),
    route("/head", "HEAD", inspect::get, "what /get shows, without a body").gives(200, JSON, Body::Is("")),
    route("/post", POST, inspect::with_body, "the request with its body as data, form, files or json")
        .with(&[("content-type", "application/json")])
        .sends(r#"{"k":[1,2]}"#)
        .gives(200, JSON, Body::Has(r#""json":{"k":[1,2]}"#)),
    route("/put", "PUT", inspect::with_body, "the same for PUT")
        .with(&[("content-type", "application/x-www-form-urlencoded")])
        .sends("a=1&b=2")
        .gives(200, JSON, Body::Has(r#""form":{"a":["1"],"b":["2"]}"#)),
    route("/patch", "PATCH", inspect::with_body, "the same for PATCH")
        .with(&[("content-type", "text/plain")])
        .sends("plain")
        .gives(200, JSON, Body::Has(r#""data":"plain""#)),
    route("/delete", "DELETE", inspect::with_body, "the same for DELETE").gives(
        200,
        JSON,
        Body::Has(r#""method":"DELETE""#),
    ),
    route("/anything", ANY, inspect::with_body, "the same for every method")
        .with(&[("x-colour", "blue")])
        .gives(200, JSON, Body::Has(r#""X-Colour":["blue"]"#)),
    route("/anything/{*path}", ANY, inspect::with_body, "the same under any path")
        .at("/anything/a/b?c=d")
        .gives(200, JSON, Body::Has("/anything/a/b?c=d\"")),
    route("/headers", GET, inspect::headers, "the request's fields").with(&[("x-colour", "blue")]).gives(
        200,
        JSON,
        Body::Has(r#""X-Colour":["blue"]"#),
    ),
    route("/ip", GET, inspect::ip, "where the request comes from")
        .with(&[("x-forwarded-for", "192.0.2.7, 192.0.2.8")])
        .gives(200, JSON, Body::Is("{\"origin\":\"192.0.2.7\"}\n")),
    route("/user-agent", GET, inspect::user_agent, "the client's name")
        .with(&[("user-agent", "me/1")])
        .gives(200, JSON, Body::Is("{\"user-agent\":\"me/1\"}\n")),
    route("/uuid", GET, inspect::uuid, "a UUID of version 4, the n-th of the seed")
        .query(&[RANDOM_SEED])
        .at("/uuid?seed=1")
        .gives(200, JSON, Body::Is("{\"uuid\":\"910a2dec-8902-4cc1-beeb-8da1658eec67\"}\n")),
    route("/hostname", GET, inspect::hostname, "`dyno`, whatever the machine is called").gives(
        200,
        JSON,
        Body::Is("{\"hostname\":\"dyno\"}\n"),
    ),
    route("/version", GET, inspect::version, "which target this is").gives(
        200,
        JSON,
        Body::Has(concat!("\"version\":\"", env!("CARGO_PKG_VERSION"), "\"")),
    ),
    route("/env", GET, inspect::env, "variables named HTTPBIN_ENV_…, when the target was told to show them")
        .gives(200, JSON, Body::Is("{\"env\":{}}\n")),
    route("/status/{codes}", ANY, status::status, "that status, or a weighted draw: 200:0.9,503:0.1")
        .query(&[SEED])
        .at("/status/418")
        .gives(418, TEXT, Body::Has("418 ")),
    route("/unstable", ANY, status::unstable, "500 with a probability, else 200")
        .query(&[query("failure_rate", "number", "0.5"), RANDOM_SEED])
        .at("/unstable?failure_rate=1")
        .gives(500, TEXT, Body::Is("")),
    route("/delay/{d}", ANY, timing::delay, "what /post shows, after d: 1.5 (seconds), 10ms, 250us")
        .at("/delay/1ms")
        .gives(200, JSON, Body::Has("/delay/1ms\"")),
    route("/stream/{n}", GET, bodies::lines, "the request as n lines of JSON, in chunks, at most 100")
        .at("/stream/3")
        .gives(200, JSON, Body::Has("{\"id\":2,")),
    route("/stream-bytes/{n}", GET, bodies::stream_bytes, "the bytes of /bytes/{n}, in chunks")
        .query(&[query("chunk_size", "integer", "10240"), SEED])
        .at("/stream-bytes/1000?chunk_size=300")
        .gives(200, BINARY, Body::Size(1000)),
    route("/range/{n}", GET, range::range, "n letters of the alphabet, of which ranges can be asked")
        .query(&[query("duration", "duration", "0")])
        .at("/range/100")
        .with(&[("range", "bytes=26-28")])
        .gives(206, BINARY, Body::Is("abc")),
    route("/drip", GET, streams::drip, "`numbytes` stars, evenly over `duration`, after `delay`")
        .query(&[
            query("numbytes", "integer", "10"),
            query("duration", "duration", "2s"),
            query("delay", "duration", "2s"),
            query("code", "integer", "200"),
        ])
        .at("/drip?numbytes=5&duration=4ms&delay=1ms&code=201")
        .gives(201, TEXT, Body::Is("*****")),
    route("/sse", GET, streams::sse, "server-sent events, evenly over `duration`, after `delay`")
        .query(MESSAGES)
        .at("/sse?count=3&duration=2ms")
        .gives(200, "text/event-stream; charset=utf-8", Body::Has("event: ping\ndata: {\"id\":2,")),
    route("/jsonl", GET, streams::jsonl, "lines of JSON, evenly over `duration`, after `delay`")
        .query(MESSAGES)
        .at("/jsonl?count=3&duration=2ms&jitter=0.5&seed=1")
        .gives(200, "application/jsonl; charset=utf-8", Body::Has("{\"id\":2,")),
    route("/trailers", ANY, streams::trailers, "what /post shows, and every ?name=value as a trailer")
        .at("/trailers?x-colour=blue")
        .gives(200, JSON, Body::Has("\"args\":{\"x-colour\":[\"blue\"]}")),
    route("/redirect/{n}", GET, redirects::redirect, "n redirects, then /get")
        .query(&[query("absolute", "boolean", "false")])
        .at("/redirect/2")
        .gives(302, "", Body::Is("")),
    route("/relative-redirect/{n}", GET, redirects::relative, "n redirects by path, then /get")
        .at("/relative-redirect/1")
        .gives(302, "", Body::Is("")),
    route("/absolute-redirect/{n}", GET, redirects::absolute, "n redirects by URL, then /get")
        .at("/absolute-redirect/2")
        .gives(302, "", Body::Is("")),
    route("/redirect-to", ANY, redirects::to, "a redirect to ?url= with ?status_code=")
        .query(&[query("url", "string", ""), query("status_code", "integer", "302")])
        .at("/redirect-to?url=%2Fget&status_code=307")
        .gives(307, "", Body::Is("")),
    route("/redirect-loop", GET, redirects::endless, "a redirect to itself").gives(302, "", Body::Is("")),
    route("/cookies", GET, cookies::shown, "the request's cookies").with(&[("cookie", "a=1; b=2")]).gives(
        200,
        JSON,
        Body::Is("{\"cookies\":{\"a\":\"1\",\"b\":\"2\"}}\n"),
    ),
    route("/cookies/set", GET, cookies::set, "?name=value sets cookies, then redirects to /cookies")
        .at("/cookies/set?a=b")
        .gives(302, "", Body::Is("")),
    route(
        "/cookies/set/{name}/{value}",
        GET,
        cookies::set_one,
        "sets one cookie, then redirects to /cookies",
    )
    .at("/cookies/set/a/b")
    .gives(302, "", Body::Is("")),
    route("/cookies/delete", GET, cookies::delete, "?name deletes cookies, then redirects to /cookies")
        .at("/cookies/delete?a")
        .gives(302, "", Body::Is("")),
    route("/basic-auth/{user}/{password}", GET, auth::basic, "401 unless asked with that user and password")
        .at("/basic-auth/me/secret")
        .with(&[("authorization", "Basic bWU6c2VjcmV0")])
        .gives(200, JSON, Body::Has(r#""authenticated":true"#)),
    route("/hidden-basic-auth/{user}/{password}", GET, auth::hidden, "the same, with 404 in place of 401")
        .at("/hidden-basic-auth/me/secret")
        .gives(404, JSON, Body::Has(r#""status_code":404"#)),
    route(
        "/digest-auth/{qop}/{user}/{password}",
        GET,
        digest::digest,
        "digest credentials with MD5; qop is auth or auth-int",
    )
    .at("/digest-auth/auth/me/secret")
    .gives(401, JSON, Body::Has(r#""status_code":401"#)),
    route(
        "/digest-auth/{qop}/{user}/{password}/{algorithm}",
        GET,
        digest::digest,
        "digest credentials with MD5 or SHA-256",
    )
    .at("/digest-auth/auth/me/secret/SHA-256")
    .gives(401, JSON, Body::Has(r#""status_code":401"#)),
    route(
        "/digest-auth/{qop}/{user}/{password}/{algorithm}/{stale_after}",
        GET,
        digest::digest,
        "the same, with nonces that never go stale: stale_after is `never`",
    )
    .at("/digest-auth/auth/me/secret/MD5/never")
    .gives(401, JSON, Body::Has(r#""status_code":401"#)),
    route("/bearer", GET, auth::bearer, "401 unless asked with a bearer token")
        .with(&[("authorization", "Bearer abc")])
        .gives(200, JSON, Body::Is("{\"authenticated\":true,\"token\":\"abc\"}\n")),
    route("/gzip", GET, inspect::gzip, "what /get shows, compressed by gzip").gives(
        200,
        JSON,
        Body::Has(r#""gzipped":true"#),
    ),
    route("/deflate", GET, inspect::deflate, "what /get shows, compressed by deflate").gives(
        200,
        JSON,
        Body::Has(r#""deflated":true"#),
    ),
    route("/brotli", GET, inspect::brotli, "what /get shows, compressed by brotli").gives(
        200,
        JSON,
        Body::Has(r#""brotli":true"#),
    ),
    route("/cache", GET, caching::cache, "304 to conditional requests, else what /get shows").gives(
        200,
        JSON,
        Body::Has("/cache\""),
    ),
    route("/cache/{n}", GET, caching::max_age, "what /get shows, to be kept for n seconds")
        .at("/cache/60")
        .gives(200, JSON, Body::Has("/cache/60\"")),
    route("/etag/{etag}", GET, caching::etag, "a resource with that entity tag: 304 and 412 as asked")
        .at("/etag/v1")
        .gives(200, JSON, Body::Has("/etag/v1\"")),
    route("/response-headers", "GET, HEAD, POST", caching::response_headers, "every ?name=value as a field")
        .at("/response-headers?x-colour=blue")
        .gives(200, JSON, Body::Has(r#"{"x-colour":["blue"]"#)),
    route("/base64/{value}", GET, convert::decode, "the value, decoded")
        .query(CONTENT_TYPE)
        .at("/base64/ZHlubw==")
        .gives(200, TEXT, Body::Is("dyno")),
    route("/base64/decode/{value}", GET, convert::decode, "the value, decoded")
        .query(CONTENT_TYPE)
        .at("/base64/decode/ZHlubw")
        .gives(200, TEXT, Body::Is("dyno")),
    route("/base64/encode/{value}", GET, convert::encode, "the value, encoded")
        .query(CONTENT_TYPE)
        .at("/base64/encode/dyno")
        .gives(200, TEXT, Body::Is("ZHlubw==")),
    route("/encoding/utf8", GET, pages::utf8, "a page with letters of many scripts").gives(
        200,
        HTML,
        Body::Has("負荷をかけて測る"),
    ),
    route("/html", GET, pages::html, "a page").gives(200, HTML, Body::Has("<h1>")),
    route("/xml", GET, pages::xml, "an XML document").gives(200, "application/xml", Body::Has("<?xml ")),
    route("/image", GET, pages::accepted_image, "an image of the kind that Accept names")
        .with(&[("accept", "image/svg+xml")])
        .gives(200, "image/svg+xml", Body::Has("<svg ")),
    route("/image/{kind}", GET, pages::image, "an image: png, jpeg, webp, svg or avif")
        .at("/image/png")
        .gives(200, "image/png", Body::Has("PNG")),
    route("/links/{n}", GET, pages::links, "redirects to the first of n linked pages").at("/links/3").gives(
        302,
        "",
        Body::Is(""),
    ),
    route("/links/{n}/{offset}", GET, pages::links_page, "a page with n links, at most 256")
        .at("/links/3/1")
        .gives(200, HTML, Body::Has("<a href=\"/links/3/2\">2</a>")),
    route("/forms/post", GET, pages::form, "a form that posts to /post").gives(
        200,
        HTML,
        Body::Has("action=\"/post\""),
    ),
    route("/robots.txt", GET, pages::robots, "what robots may read").gives(
        200,
        TEXT,
        Body::Is("User-agent: *\nDisallow: /deny\n"),
    ),
    route("/deny", GET, pages::deny, "what robots may not read").gives(200, TEXT, Body::Has("robots.txt")),
    route("/dump/request", ANY, inspect::dump, "the request as HTTP/1.1 writes it")
        .with(&[("x-colour", "blue")])
        .gives(200, TEXT, Body::Has("X-Colour: blue\r\n")),
];
