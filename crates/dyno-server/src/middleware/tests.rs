//! The behaviours that the built-in middleware promises, by their names.

use std::time::Duration;

use super::*;
use crate::*;

#[get("/")]
fn page() -> &'static str {
    "page"
}

#[post("/")]
fn submit() -> &'static str {
    "submitted"
}

#[get("/greet")]
fn greet(Query(name): Query<std::collections::HashMap<String, String>>) -> Html<String> {
    Html(format!("<p>Hello, {}!</p>", escape_html(&name["name"])))
}

#[get("/users/{id}")]
fn user(Path(id): Path<u32>) -> String {
    format!("SELECT name FROM users WHERE id = {id}")
}

#[get("/whoami")]
async fn whoami(Extension(user): Extension<AuthenticatedUser>) -> String {
    user.0
}

fn serve(middleware: impl Middleware + Clone + Send + Sync) -> TestServer {
    TestServer::start(move |_| {
        App::new().route(page).route(submit).route(greet).route(user).route(whoami).with(middleware.clone())
    })
}

#[test]
fn output_is_escaped_against_cross_site_scripting() {
    let server = serve(SecureHeaders::new());
    let answer = server.get("/greet?name=%3Cscript%3Ealert('x')%3C/script%3E").send();
    assert_eq!(answer.text(), "<p>Hello, &lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;!</p>");
    assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"));
}

#[test]
fn parameters_are_validated_against_sql_injection() {
    let server = serve(SecureHeaders::new());
    assert_eq!(server.get("/users/7").send().text(), "SELECT name FROM users WHERE id = 7");
    for attack in ["1;DROP%20TABLE%20users", "1'%20OR%20'1'='1", "-1", "1%00", "1%2F**%2F"] {
        assert_eq!(server.get(&format!("/users/{attack}")).send().status(), 400, "{attack}");
    }
}

#[test]
fn csrf_without_a_token_is_403() {
    let server = serve(Csrf::new());
    let first = server.get("/").send();
    let cookie = first.header("set-cookie").unwrap();
    assert!(cookie.contains("; HttpOnly") && cookie.contains("; SameSite=Lax"), "{cookie}");
    let pair = cookie.split(';').next().unwrap();
    let token = pair.strip_prefix("csrf=").unwrap();
    let send = |cookie: &str, field: (&str, &str), form: &str| {
        server.post("/").header("cookie", cookie).header(field.0, field.1).form(form).send().status()
    };
    let wrong = "0".repeat(32);
    for (cookie, field, form, status) in [
        ("", ("x-a", ""), "", 403),
        ("", ("x-csrf-token", token), "", 403),
        (pair, ("x-a", ""), "", 403),
        (pair, ("x-csrf-token", wrong.as_str()), "", 403),
        ("csrf=short", ("x-csrf-token", "short"), "", 403),
        (pair, ("x-csrf-token", token), "", 200),
        (pair, ("x-a", ""), &format!("a=b&csrf_token={token}"), 200),
    ] {
        assert_eq!(send(cookie, field, form), status, "{cookie} {field:?} {form}");
    }
    let part = format!("--B\r\nContent-Disposition: form-data; name=csrf_token\r\n\r\n{token}\r\n--B--");
    let in_part = server.post("/").header("cookie", pair).body("multipart/form-data; boundary=B", part);
    assert_eq!(in_part.send().status(), 200);
    let elsewhere = server.post("/").header("cookie", pair).header("x-csrf-token", token);
    assert_eq!(elsewhere.header("sec-fetch-site", "cross-site").send().status(), 403);
    assert_eq!(server.get("/").header("cookie", pair).send().header("set-cookie"), None);
    assert_ne!(server.get("/").send().header("set-cookie"), first.header("set-cookie"));
}

#[test]
fn basic_auth_without_the_password_is_401() {
    let server = serve(BasicAuth::new("the \"vault\"").user("ada", "love:lace").user("bob", ""));
    let refused = server.get("/whoami").send();
    assert_eq!(refused.status(), 401);
    assert_eq!(refused.header("www-authenticate"), Some("Basic realm=\"the vault\", charset=\"UTF-8\""));
    let long = "x".repeat(300);
    for (user, password, status) in [
        ("ada", "love:lace", 200),
        ("bob", "", 200),
        ("ada", "lovelace", 401),
        ("ada", "", 401),
        ("eve", "love:lace", 401),
        ("ada", long.as_str(), 401),
        ("", "", 401),
    ] {
        assert_eq!(
            server.get("/whoami").basic_auth(user, password).send().status(),
            status,
            "{user}:{password}"
        );
    }
    assert_eq!(server.get("/whoami").basic_auth("ada", "love:lace").send().text(), "ada");
    for field in ["Basic", "Basic ?", "Bearer YWRhOmxvdmU6bGFjZQ==", "Basic YWRh"] {
        assert_eq!(server.get("/").header("authorization", field).send().status(), 401, "{field}");
    }
}

#[test]
fn content_security_policy_and_other_fields_are_sent() {
    let server = serve(SecureHeaders::new().without("permissions-policy"));
    for target in ["/", "/nowhere", "/users/x"] {
        let answer = server.get(target).send();
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'self'"), "{policy}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("x-frame-options"), Some("DENY"));
        assert_eq!(answer.header("referrer-policy"), Some("strict-origin-when-cross-origin"));
        assert_eq!(answer.header("permissions-policy"), None);
    }
}

#[test]
fn cors_preflight_is_204_with_origin_methods_and_max_age() {
    let cors = || Cors::new().origin("https://a.example").methods(["GET", "POST"]).expose(["x-total"]);
    let server = TestServer::start(move |_| {
        let cors = cors().max_age(Duration::from_secs(60));
        App::new().mount("/api", App::new().route(page).route(submit).with(cors))
    });
    let ask = |origin: &str, method: &str| {
        let request = server.request("OPTIONS", "/api").header("origin", origin);
        request.header("access-control-request-method", method).send()
    };
    let preflight = ask("https://a.example", "POST");
    assert_eq!(preflight.status(), 204);
    assert_eq!(preflight.header("access-control-allow-origin"), Some("https://a.example"));
    assert_eq!(preflight.header("access-control-allow-methods"), Some("GET, POST"));
    assert_eq!(preflight.header("access-control-max-age"), Some("60"));
    let refused = ask("https://b.example", "POST");
    assert_eq!((refused.status(), refused.header("access-control-allow-origin")), (204, None));
    let real = server.get("/api").header("origin", "https://a.example").send();
    assert_eq!(real.header("access-control-allow-origin"), Some("https://a.example"));
    assert_eq!(real.header("access-control-expose-headers"), Some("x-total"));
    assert_eq!((real.header("vary"), real.text()), (Some("origin"), "page"));
    let other = server.get("/api").send();
    assert_eq!((other.header("vary"), other.header("access-control-allow-origin")), (Some("origin"), None));
}

#[test]
fn cors_with_credentials_never_answers_a_star() {
    let server = serve_local(|| Cors::new().any_origin().credentials());
    let answer = server.get("/").header("origin", "https://c.example").send();
    assert_eq!(answer.header("access-control-allow-origin"), Some("https://c.example"));
    assert_eq!(answer.header("access-control-allow-credentials"), Some("true"));
    let server = serve_local(|| Cors::new().any_origin());
    let answer = server.get("/").header("origin", "https://c.example").send();
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
}

fn serve_local<M: Middleware>(make: fn() -> M) -> TestServer {
    TestServer::start(move |_| App::new().route(page).with(make()))
}

#[test]
fn hsts_is_sent_on_encrypted_connections_only() {
    let year = Duration::from_secs(31_536_000);
    assert_eq!(serve(Hsts::new(year)).get("/").send().header("strict-transport-security"), None);
    let behind_proxy = serve(Hsts::new(year).include_subdomains().behind_proxy());
    let value = "max-age=31536000; includeSubDomains";
    assert_eq!(behind_proxy.get("/").send().header("strict-transport-security"), Some(value));
}

#[test]
fn line_breaks_in_header_values_are_rejected() {
    let split = |call: &Call<'_>| {
        let value = call.query_param("v").unwrap_or_default().into_owned();
        Response::text("x").with_header("x-value", value)
    };
    let cookie = |call: &Call<'_>| {
        let value = call.query_param("v").unwrap_or_default().into_owned();
        Response::text("x").with_cookie(&Cookie::new("c", value))
    };
    let redirect = |call: &Call<'_>| Redirect::to(call.query_param("v").unwrap_or_default().into_owned());
    let server = TestServer::start(move |_| {
        App::new()
            .route(Route::get("/split", split))
            .route(Route::get("/cookie", cookie))
            .route(Route::get("/redirect", redirect))
    });
    for path in ["/split", "/cookie", "/redirect"] {
        for value in ["a%0d%0aSet-Cookie:%20x=y", "a%0ab", "a%00b"] {
            let answer = server.get(&format!("{path}?v={value}")).send();
            assert_eq!((answer.status(), answer.text()), (500, "Internal Server Error"), "{path} {value}");
            assert_eq!(answer.header("set-cookie"), None);
        }
    }
    assert_eq!(server.get("/split?v=fine").send().header("x-value"), Some("fine"));
    let forged = server.get("/cookie?v=a;%20Domain=evil.example").send();
    assert_eq!(forged.header("set-cookie"), Some("c=a Domain=evil.example; Path=/"));
}

#[test]
fn rates_are_limited_per_client() {
    let limit = RateLimit::per_minute(2).key(|call| call.header_str("x-client").unwrap_or("").to_owned());
    let server = serve(limit);
    let ask = |client: &str| server.get("/").header("x-client", client).send();
    assert_eq!([ask("a").status(), ask("a").status(), ask("b").status()], [200, 200, 200]);
    let refused = ask("a");
    assert_eq!(refused.status(), 429);
    let seconds: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=30).contains(&seconds), "{seconds}");
    assert_eq!(ask("b").status(), 200);
}

#[test]
fn texts_are_compressed_for_clients_that_take_it() {
    let tagged = |call: &Call<'_>| {
        let size = call.query_param("size").and_then(|size| size.parse().ok()).unwrap_or(5000);
        let kind = call.query_param("kind").unwrap_or_default().into_owned();
        let response = Response::binary("x".repeat(size)).with_header("content-type", kind);
        response
            .with_header("etag", "\"1\"")
            .with_header("cache-control", call.query_param("cache").unwrap_or_default().into_owned())
    };
    let server = TestServer::start(move |_| App::new().route(Route::get("/", tagged)).with(Compress::new()));
    let ask = |query: &str, accepted: &str| {
        server.get(&format!("/?{query}")).header("accept-encoding", accepted).send()
    };
    for (query, accepted, encoding, etag) in [
        ("kind=text/html;charset=utf-8", "br, gzip", Some("gzip"), "W/\"1\""),
        ("kind=application/problem%2Bjson", "gzip", Some("gzip"), "W/\"1\""),
        ("kind=text/html", "gzip;q=0", None, "\"1\""),
        ("kind=text/html&size=1000", "gzip", None, "\"1\""),
        ("kind=image/png", "gzip", None, "\"1\""),
        ("kind=text/html&cache=no-transform", "gzip", None, "\"1\""),
    ] {
        let answer = ask(query, accepted);
        assert_eq!(
            (answer.header("content-encoding"), answer.header("etag")),
            (encoding, Some(etag)),
            "{query}"
        );
    }
    let compressed = ask("kind=text/plain", "gzip");
    let mut text = String::new();
    std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(compressed.body()), &mut text).unwrap();
    assert_eq!(text, "x".repeat(5000));
    assert_eq!(ask("kind=text/plain", "").header("vary"), Some("accept-encoding"));
}
