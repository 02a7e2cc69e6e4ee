//! Rendering is pure in (seed, n), and what it makes is a request.

use dyno_model::{Body, Credentials, Expression, Feeder, FeederOrder, HttpPlan, Part, Secret, Template};
use dyno_proto::http1::{HeadLimits, RequestDecoder};
use proptest::prelude::*;

use super::{RenderError, RenderedRequest, Renderer, Values, prebuild};
use crate::endpoint::resolve;
use crate::tests::fixture::{http, plan};

fn http_of(change: impl FnOnce(&mut HttpPlan)) -> HttpPlan {
    let mut plan = plan("http://127.0.0.1:8080/api", "/x");
    change(http(&mut plan));
    http(&mut plan).clone()
}

fn render(http: &HttpPlan, seed: u64, n: u64) -> Result<RenderedRequest, RenderError> {
    let extracted = [("id".to_owned(), "a b/c?d=é".to_owned())];
    Renderer { http, seed }.request(0, 0, Values { n, user: 3, extracted: &extracted })
}

fn template(expressions: Vec<Expression>) -> Template {
    let parts = expressions
        .into_iter()
        .flat_map(|expression| [Part::Literal("/".to_owned()), Part::Expression(expression)]);
    Template { parts: parts.collect() }
}

fn rich(order: FeederOrder) -> HttpPlan {
    let url = template(vec![
        Expression::Uuid,
        Expression::Int { min: -5, max: 5 },
        Expression::Float { min: 0.0, max: 1.0 },
        Expression::Zipf { min: 1, max: 1000, exponent: 0.99 },
        Expression::Text { length: 8 },
        Expression::Hex { length: 8 },
        Expression::Choose(vec!["a".to_owned(), "b".to_owned()]),
        Expression::ArrivalNumber,
        Expression::User,
        Expression::Row { feeder: 0, column: "name".to_owned() },
        Expression::Variable("region".to_owned()),
    ]);
    http_of(|http| {
        http.variables = vec![("region".to_owned(), "eu".to_owned())];
        http.feeders = vec![Feeder {
            name: "users".to_owned(),
            columns: vec!["name".to_owned()],
            rows: (0..7).map(|row| vec![format!("row{row}")]).collect(),
            order,
        }];
        http.scenarios[0].steps[0].body = Body::Text(url.clone());
        http.scenarios[0].steps[0].url = url;
    })
}

proptest! {
    #[test]
    fn the_same_seed_and_arrival_give_the_same_request(seed: u64, n: u64, random: bool) {
        let http = rich(if random { FeederOrder::Random } else { FeederOrder::Sequential });
        let once = render(&http, seed, n);
        prop_assert!(once.is_ok());
        prop_assert_eq!(&once, &render(&http, seed, n));
        let next = render(&http, seed, n.wrapping_add(1));
        prop_assert_ne!(once, next);
    }

    #[test]
    fn every_value_inside_of_a_json_string_is_itself_again(value: String, prefix in "[a-z]{0,4}") {
        let http = http_of(|http| {
            let hole = Part::JsonString(Expression::Choose(vec![value.clone()]));
            let parts = vec![Part::Literal(format!("{{\"v\":\"{prefix}")), hole, Part::Literal("\"}".to_owned())];
            http.scenarios[0].steps[0].body = Body::Text(Template { parts });
        });
        let body = render(&http, 1, 0).unwrap().body;
        let read: serde_json::Value = serde_json::from_slice(&body).unwrap();
        prop_assert_eq!(&read["v"], &serde_json::Value::from(format!("{prefix}{value}")));
    }

    #[test]
    fn every_value_makes_a_request_or_an_error(value: String) {
        let http = http_of(|http| {
            let step = &mut http.scenarios[0].steps[0];
            step.url = template(vec![Expression::Choose(vec![value.clone()])]);
            step.headers = vec![("X-Value".to_owned(), template(vec![Expression::Choose(vec![value.clone()])]))];
            step.body = Body::Form(vec![(value.clone(), template(vec![Expression::Choose(vec![value.clone()])]))]);
        });
        let endpoints = resolve(&http).expect("the URL is good");
        if let Ok(bytes) = prebuild(Renderer { http: &http, seed: 1 }, 0, 0, &endpoints[0]) {
            let mut decoder = RequestDecoder::new(HeadLimits::CLIENT);
            let head = decoder.decode_head(&bytes).expect("a server understands it");
            prop_assert!(head.is_some());
        }
    }
}

#[test]
fn the_user_s_fields_replace_the_usual_ones() {
    let http = http_of(|http| {
        http.compressed = true;
        http.connection.keep_alive = false;
        let step = &mut http.scenarios[0].steps[0];
        step.method = "POST".to_owned();
        step.credentials = Some(Credentials::Bearer(Secret::new("token")));
        step.headers = ["Host: name.test", "user-agent: me", "Accept-Encoding: br"]
            .iter()
            .filter_map(|field| field.split_once(": "))
            .map(|(name, value)| (name.to_owned(), Template::literal(value)))
            .collect();
    });
    let endpoints = resolve(&http).expect("the URL is good");
    let bytes = prebuild(Renderer { http: &http, seed: 1 }, 0, 0, &endpoints[0]).expect("it can be sent");
    let expected = "POST /api/x HTTP/1.1\r\nHost: name.test\r\nuser-agent: me\r\nAccept-Encoding: br\r\n\
                    Accept: */*\r\nAuthorization: Bearer token\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
    assert_eq!(String::from_utf8_lossy(&bytes), expected);
}

#[test]
fn values_in_urls_keep_delimiters_and_are_encoded() {
    let variable = |name: &str| template(vec![Expression::Variable(name.to_owned())]);
    let http = http_of(|http| http.scenarios[0].steps[0].url = variable("id"));
    assert_eq!(render(&http, 1, 0).map(|request| request.url), Ok("/a%20b/c?d=%C3%A9".to_owned()));
    let http = http_of(|http| http.scenarios[0].steps[0].url = variable("none"));
    assert_eq!(render(&http, 1, 0), Err(RenderError::NoValue { name: "none".to_owned() }));
}

#[test]
fn a_path_must_start_with_a_slash() {
    for (url, is_good) in
        [("", true), ("?q", true), ("/x", true), ("http://a/b", true), ("x", false), ("/a b", false)]
    {
        let http = http_of(|http| http.scenarios[0].steps[0].url = Template::literal(url));
        assert_eq!(render(&http, 1, 0).is_ok(), is_good, "{url}");
    }
}
