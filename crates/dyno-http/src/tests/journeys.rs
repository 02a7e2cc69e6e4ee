//! Journeys of several steps: values taken, cookies kept, steps counted.

use std::time::Duration;

use dyno_model::{
    Body, Check, Expression, Extract, FailureKind, Feeder, FeederOrder, OperationKind, Part, RunPlan,
    Template,
};

use super::fixture::{answer, answering, http, message_of, plan, play, step};

fn hole(expression: Expression) -> Part {
    Part::Expression(expression)
}

fn text(parts: Vec<Part>) -> Template {
    Template { parts }
}

/// Login, then an order with the token, the number and a row.
fn journey(url: &str) -> RunPlan {
    let mut plan = plan(url, "/");
    let whole = plan.operations.add("buy", OperationKind::Journey);
    let login = plan.operations.add("login", OperationKind::Request);
    let order = plan.operations.add("order", OperationKind::Request);
    let http = http(&mut plan);
    http.feeders = vec![Feeder {
        name: "users".to_owned(),
        columns: vec!["name".to_owned()],
        rows: vec![vec!["ann".to_owned()], vec!["bob".to_owned()]],
        order: FeederOrder::Sequential,
    }];
    let row = hole(Expression::Row { feeder: 0, column: "name".to_owned() });
    let mut first = step(login, "POST", Template::literal("/login"));
    first.body = Body::Text(text(vec![row]));
    first.extracts = vec![
        ("token".to_owned(), Extract::Json("$.token".to_owned())),
        ("place".to_owned(), Extract::Header("x-place".to_owned())),
        ("digits".to_owned(), Extract::Regex(r"t-(\d+)".to_owned())),
        ("session".to_owned(), Extract::Cookie("session".to_owned())),
    ];
    let place = hole(Expression::Variable("place".to_owned()));
    let mut second = step(order, "GET", text(vec![place]));
    second.pause_before = Duration::from_millis(5);
    let token = hole(Expression::Variable("token".to_owned()));
    second.headers =
        vec![("Authorization".to_owned(), text(vec![Part::Literal("Bearer ".to_owned()), token]))];
    let digits = hole(Expression::Variable("digits".to_owned()));
    second.checks = vec![Check::BodyContains(text(vec![Part::Literal("order ".to_owned()), digits]))];
    http.scenarios[0].steps = vec![first, second];
    http.scenarios[0].journey = Some(whole);
    plan
}

fn serve(request: &str) -> Vec<u8> {
    if request.starts_with("POST /login") {
        let user = request.rsplit("\r\n").next().unwrap_or_default();
        let number = if user == "ann" { 1 } else { 2 };
        let fields = "X-Place: /orders?all\r\nSet-Cookie: session=s1; Path=/; HttpOnly\r\n";
        return answer(200, fields, &format!(r#"{{"token":"t-{number}"}}"#));
    }
    let token =
        request.split("Bearer t-").nth(1).and_then(|rest| rest.split("\r\n").next()).unwrap_or_default();
    let has_cookie = request.contains("\r\nCookie: session=s1\r\n");
    answer(
        if request.starts_with("GET /orders?all ") && has_cookie { 200 } else { 400 },
        "",
        &format!("order {token}"),
    )
}

#[test]
fn values_and_cookies_go_from_step_to_step() {
    let (address, _) = answering(serve);
    let mut plan = journey(&format!("http://{address}"));
    plan.limits.arrivals = Some(4);
    http(&mut plan).cookies = true;
    let played = play(&plan);
    assert_eq!(message_of(&played), "");
    let counts: Vec<u64> = played.by_operation.iter().map(|tally| tally.ok).collect();
    assert_eq!(counts, [0, 4, 4, 4], "get, buy, login, order");
    assert_eq!(played.all.ok, 8, "the journey itself is no request");
}

#[test]
fn the_first_failing_step_ends_the_journey() {
    let (address, _) = answering(|_| answer(200, "", r#"{"other":1}"#));
    let played = play(&journey(&format!("http://{address}")));
    let failed: Vec<u64> = played.by_operation.iter().map(dyno_model::Tally::failed).collect();
    assert_eq!(failed, [0, 1, 1, 0]);
    let kinds = played.all.failed_by_kind[FailureKind::WrongAnswer.index()];
    assert_eq!(kinds, 1);
    let message = message_of(&played);
    assert_eq!(message, "extract `token`: `$.token` is not in `{\"other\":1}` (11 bytes)");
}
