use super::{Conflict, Found, PathValues, Router, TrailingSlash};
use crate::app::method_table::RouteMethod;
use crate::app::pattern::Pattern;

fn router(trailing_slash: TrailingSlash, routes: &[&str]) -> Router {
    let mut router = Router::new(trailing_slash);
    for (index, route) in routes.iter().enumerate() {
        insert(&mut router, route, index).unwrap();
    }
    router
}

/// `METHOD pattern`.
fn insert(router: &mut Router, route: &str, index: usize) -> Result<(), Conflict> {
    let (method, pattern) = route.split_once(' ').unwrap();
    let method = match method {
        "*" => RouteMethod::Any,
        name => RouteMethod::Named(name.to_owned()),
    };
    router.insert(&method, &Pattern::parse("", pattern).unwrap(), index)
}

/// What `METHOD path` finds, as text.
fn ask(router: &Router, request: &str) -> String {
    let (method, path) = request.split_once(' ').unwrap();
    let mut values = PathValues::default();
    match router.find(path, &mut values) {
        Found::Path(table) => match table.find(method) {
            Some(route) => format!("{route} {:?}", values.as_slice()),
            None => format!("allow {}", table.allow()),
        },
        Found::OtherSlash => "other slash".to_owned(),
        Found::Nothing => "nothing".to_owned(),
    }
}

#[track_caller]
fn check(router: &Router, cases: &[(&str, &str)]) {
    for (request, expected) in cases {
        assert_eq!(ask(router, request), *expected, "{request}");
    }
}

#[test]
fn literals_go_before_parameters_and_parameters_before_tails() {
    let router = router(
        TrailingSlash::Lenient,
        &[
            "GET /",
            "GET /users/{id}",
            "GET /users/me",
            "POST /users/{name}",
            "* /files/{*path}",
            "GET /img-{n}.png",
        ],
    );
    check(
        &router,
        &[
            ("GET /", "0 []"),
            ("GET /users/7", r#"1 ["7"]"#),
            ("GET /users/me", "2 []"),
            ("GET /users/men", r#"1 ["men"]"#),
            ("POST /users/7", r#"3 ["7"]"#),
            ("HEAD /users/7", r#"1 ["7"]"#),
            ("DELETE /users/7", "allow GET, HEAD, POST, OPTIONS"),
            ("POST /users/me", "allow GET, HEAD, OPTIONS"),
            ("BREW /files/a/b/", r#"4 ["a/b/"]"#),
            ("GET /files/", "nothing"),
            ("GET /users/7/8", "nothing"),
            ("GET /img-12.png", r#"5 ["12"]"#),
        ],
    );
}

#[test]
fn slashes_at_the_end_follow_the_setting() {
    let routes = ["GET /a", "GET /b/"];
    let paths = ["GET /a", "GET /a/", "GET /b", "GET /b/"];
    for (setting, expected) in [
        (TrailingSlash::Lenient, ["0 []", "0 []", "1 []", "1 []"]),
        (TrailingSlash::Redirect, ["0 []", "other slash", "other slash", "1 []"]),
        (TrailingSlash::Exact, ["0 []", "nothing", "nothing", "1 []"]),
    ] {
        let router = router(setting, &routes);
        assert_eq!(paths.map(|path| ask(&router, path)), expected, "{setting:?}");
    }
}

#[test]
fn routes_that_overlap_are_refused() {
    let mut router = router(TrailingSlash::Lenient, &["GET /users/{id}", "* /x", "BREW /x"]);
    for (route, expected) in [
        ("GET /users/{name}", Err(Conflict::Route(0))),
        ("GET users/{id}/", Err(Conflict::Route(0))),
        ("* /x/", Err(Conflict::Route(1))),
        ("BREW /x", Err(Conflict::Route(2))),
        ("DELETE /users/{name}", Ok(())),
        ("GET /users/{*rest}", Err(Conflict::Pattern("/users/{p0}".to_owned()))),
        ("GET /{a}/{b}/{c}/{d}/{e}/{f}/{g}/{h}/{i}", Err(Conflict::TooManyParameters)),
    ] {
        assert_eq!(insert(&mut router, route, 9), expected, "{route}");
    }
}

#[test]
fn a_thousand_routes_are_all_found() {
    let routes: Vec<String> =
        (0..1000).map(|n| format!("GET /area{}/thing{n}/{{id}}/part{}", n % 17, n % 5)).collect();
    let router = router(TrailingSlash::Lenient, &routes.iter().map(String::as_str).collect::<Vec<_>>());
    for n in 0..1000 {
        let path = format!("GET /area{}/thing{n}/x{n}/part{}", n % 17, n % 5);
        assert_eq!(ask(&router, &path), format!("{n} [\"x{n}\"]"));
    }
}
