//! Mounted apps, slashes, other methods, and apps that cannot be served.

use super::*;

#[get("/")]
fn root() -> &'static str {
    "root"
}

#[get("/items/{item}")]
fn item(Path((tenant, item)): Path<(String, u32)>) -> String {
    format!("{tenant} {item}")
}

#[derive(Debug, serde::Deserialize)]
struct Named {
    item: u32,
    tenant: String,
}

#[post("/items/{item}")]
fn item_by_name(Path(Named { item, tenant }): Path<Named>) -> String {
    format!("{item} of {tenant}")
}

#[post("/")]
fn add() -> &'static str {
    "added"
}

fn mounted() -> App {
    let items = App::new().route(item).route(item_by_name).route(root);
    App::new().route(root).route(add).mount("/tenants/{tenant}", items)
}

#[test]
fn mounted_apps_answer_below_their_prefix() {
    check(
        &serve(mounted),
        &[
            ("GET /", 200, "root"),
            ("POST /", 200, "added"),
            ("GET /tenants/a", 200, "root"),
            ("GET /tenants/a/", 200, "root"),
            ("GET /tenants/a%2Fb/items/3", 200, "a/b 3"),
            ("POST /%74enants/a/items/3/", 200, "3 of a"),
            ("GET /tenants/a/items", 404, "Not Found"),
            ("GET /nowhere", 404, "Not Found"),
        ],
    );
}

#[test]
fn other_methods_are_told_what_is_allowed() {
    let server = serve(mounted);
    let refused = server.delete("/").send();
    assert_eq!((refused.status(), refused.text()), (405, "Method Not Allowed"));
    assert_eq!(refused.header("allow"), Some("GET, HEAD, POST, OPTIONS"));
    let options = server.request("OPTIONS", "/tenants/a/items/1").send();
    assert_eq!((options.status(), options.header("allow")), (204, Some("GET, HEAD, POST, OPTIONS")));
}

#[test]
fn slashes_are_redirected_when_the_app_says_so() {
    let server = serve(|| {
        App::new()
            .trailing_slash(TrailingSlash::Redirect)
            .route(Route::get("/a", |_: &Call<'_>| "a"))
            .route(Route::get("/b/", |_: &Call<'_>| "b"))
    });
    let redirected = server.get("/a/?x=1").send();
    assert_eq!((redirected.status(), redirected.header("location")), (308, Some("/a?x=1")));
    assert_eq!(server.get("/b").send().header("location"), Some("/b/"));
    let strict =
        serve(|| App::new().trailing_slash(TrailingSlash::Exact).route(Route::get("/a", |_: &Call<'_>| "a")));
    check(&strict, &[("GET /a", 200, "a"), ("GET /a/", 404, "Not Found")]);
}

#[test]
fn apps_that_cannot_work_do_not_start() {
    check_refused(
        || App::new().route(root).mount("/", App::new().route(root)),
        &["`root` (GET /)", "and", "overlap"],
    );
    check_refused(
        || App::new().mount("/{a}/{b}/{c}/{d}/{e}/{f}/{g}/{h}", App::new().route(attributed::user)),
        &["more than 8 parameters"],
    );
    check_refused(
        || App::new().route(attributed::user).route(Route::get("users/{name}/", |_: &Call<'_>| "")),
        &["`user` (GET /users/{id})", "GET /users/{name}", "overlap"],
    );
    check_refused(
        || App::new().route(attributed::user).route(Route::post("/users/{*all}", |_: &Call<'_>| "")),
        &["`user` (GET /users/{id})", "POST /users/{*all}", "overlap"],
    );
    check_refused(|| App::new().route(attributed::create), &["`create`", "State<", "Cell<u32>", ".state("]);
    check_refused(
        || App::new().route(Route::get("/{a}{b}", |_: &Call<'_>| "")),
        &["/{a}{b}", "two parameters"],
    );
}

#[test]
fn several_apps_can_share_a_place() {
    let server = serve(|| {
        let (reads, writes) = (App::new().route(root), App::new().route(add));
        let tenant = App::new().route(Route::get("/t", |call: &Call<'_>| {
            call.path_param("tenant").unwrap_or_default().into_owned()
        }));
        App::new()
            .mount("/", App::new().route(attributed::user))
            .mount("/x", reads)
            .mount("/x", writes)
            .mount("/{tenant}", tenant)
    });
    check(
        &server,
        &[
            ("GET /users/1", 200, "user 1"),
            ("GET /x", 200, "root"),
            ("POST /x", 200, "added"),
            ("GET /x/y", 404, "Not Found"),
            ("GET /z/t", 200, "z"),
            ("GET /y", 404, "Not Found"),
        ],
    );
}

#[test]
fn state_of_the_inner_app_goes_before_that_of_the_outer() {
    let server = serve(|| {
        let name = |call: &Call<'_>| format!("{:?} {:?}", call.state::<u8>(), call.state::<char>());
        App::new()
            .state(1_u8)
            .state('x')
            .route(Route::get("/", name))
            .mount("/in", App::new().state(2_u8).route(Route::get("/", name)))
    });
    check(&server, &[("GET /", 200, "Some(1) Some('x')"), ("GET /in", 200, "Some(2) Some('x')")]);
}
