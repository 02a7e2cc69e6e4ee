//! The driver as a client library is called: many short runs over the same connections, in an order that is given.

use std::io::Write as _;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};

use dyno_model::{OperationKind, RunPlan, Scenario, Template};

use super::fixture::{answer, answering, http, only_step, plan, play_with, read_request, server, step};
use crate::{HttpDriver, RequestOrder};

fn library(plan: &RunPlan) -> HttpDriver {
    let mut driver = HttpDriver::new(plan).expect("the plan can be played");
    assert!(driver.behave_as_library(), "{}", driver.why());
    driver
}

/// A plan of `/0`, `/1` and `/2`, of which the first has all the weight.
fn three(url: &str, requests: u64) -> RunPlan {
    let mut plan = plan(url, "/0");
    plan.limits.arrivals = Some(requests);
    http(&mut plan).scenarios[0].weight = 1_000_000;
    for index in 1..3 {
        let operation = plan.operations.add(&index.to_string(), OperationKind::Request);
        let steps = vec![step(operation, "GET", Template::literal(format!("/{index}")))];
        http(&mut plan).scenarios.push(Scenario { name: index.to_string(), weight: 1, steps, journey: None });
    }
    plan
}

#[test]
fn connections_serve_the_next_run_only_where_that_was_asked_for() {
    let (address, connections) = answering(|_| answer(200, "", "hello"));
    let mut plan = plan(&format!("http://{address}"), "/");
    plan.limits.arrivals = Some(10);
    let (kept, closed) = (library(&plan), HttpDriver::new(&plan).expect("the plan can be played"));
    for (driver, expected) in [(&kept, [1, 1, 1]), (&closed, [2, 3, 4])] {
        for expected in expected {
            assert_eq!(play_with(&plan, driver).all.ok, 10);
            assert_eq!(connections.load(std::sync::atomic::Ordering::SeqCst), expected);
        }
    }
}

#[test]
fn a_connection_that_the_server_closed_between_runs_is_made_anew() {
    let (closed, is_closed) = channel();
    let closed = Mutex::new(closed);
    let address = server(move |mut stream, _| {
        for _ in 0..2 {
            if read_request(&mut stream).is_some() {
                let _ = stream.write_all(&answer(200, "", "hello"));
            }
        }
        drop(stream);
        let _ = closed.lock().expect("nobody panics").send(());
    });
    let mut plan = plan(&format!("http://{address}"), "/");
    plan.limits.arrivals = Some(2);
    let driver = library(&plan);
    for run in 0..3 {
        let played = play_with(&plan, &driver);
        assert_eq!((played.all.ok, played.all.failed()), (2, 0), "run {run}: {:?}", played.specimens);
        assert_eq!(played.connect.count(), 1, "run {run}");
        is_closed.recv().expect("the server goes on");
    }
}

#[test]
fn requests_come_in_the_order_that_is_set_either_way_a_plan_is_played() {
    let asked: Arc<Mutex<String>> = Arc::default();
    let heard = Arc::clone(&asked);
    let (address, _) = answering(move |request| {
        heard.lock().expect("nobody panics").extend(request.chars().nth(5));
        answer(200, "", "hello")
    });
    let plan = three(&format!("http://{address}"), 5);
    for general in [false, true] {
        let mut driver = HttpDriver::new(&plan).expect("the plan can be played");
        if general {
            driver = driver.general_only();
        }
        for (order, expected) in [
            (RequestOrder::Weighted, "00000"),
            (RequestOrder::InTurn, "01201"),
            (RequestOrder::Listed([2, 0, 1, 1, 2].into()), "20112"),
        ] {
            driver.set_order(order);
            assert_eq!(play_with(&plan, &driver).all.ok, 5);
            assert_eq!(std::mem::take(&mut *asked.lock().expect("nobody panics")), expected);
        }
    }
}

#[test]
fn what_is_played_the_general_way_says_that_it_cannot_behave_so() {
    let mut plan = plan("http://127.0.0.1:9", "/");
    http(&mut plan).redirects_max = 3;
    assert!(!HttpDriver::new(&plan).expect("the plan can be played").behave_as_library());
    http(&mut plan).redirects_max = 0;
    only_step(&mut plan).url = Template::literal("/else");
    assert!(HttpDriver::new(&plan).expect("the plan can be played").behave_as_library());
}
