use clap::Parser;

use super::{Wanted, check_count, time, wanted};
use crate::args::clients::{ClientsCommand, ClientsCompareArgs};
use crate::args::{Cli, Command};
use crate::error::CommandError;

fn args(flags: &[&str]) -> ClientsCompareArgs {
    let words = [&["dyno", "clients", "compare", "stdlib"], flags].concat();
    match Cli::try_parse_from(words).unwrap_or_else(|e| panic!("{flags:?}: {e}")).command {
        Command::Clients(args) => match args.command {
            ClientsCommand::Compare(args) => *args,
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

fn names(flags: &[&str]) -> Vec<String> {
    let wanted: Result<Wanted, CommandError> = wanted(&args(flags));
    wanted.unwrap_or_else(|e| panic!("{e:?}")).cases.into_iter().map(|case| case.name).collect()
}

#[test]
fn the_only_case_has_no_name() {
    assert_eq!(names(&[]), [""]);
    assert_eq!(names(&["--lanes", "8", "--size", "1k", "--http", "2", "--tls", "on"]), [""]);
}

#[test]
fn cases_are_the_product_and_are_named_by_what_differs() {
    assert_eq!(
        names(&["--lanes", "1,8", "--size", "0,64k", "--upload", "10B"]),
        [
            "answers of 0 B, 1 lane",
            "answers of 0 B, 8 lanes",
            "answers of 64 KiB, 1 lane",
            "answers of 64 KiB, 8 lanes",
        ]
    );
    assert_eq!(
        names(&["--tls", "off,on", "--http", "1.1,2"]),
        ["no TLS, HTTP/1.1", "no TLS, HTTP/2", "TLS, HTTP/1.1", "TLS, HTTP/2"]
    );
    let all = names(&[
        "--lanes",
        "1,8,64",
        "--size",
        "0,1k,64k,1M",
        "--upload",
        "0,64k",
        "--tls",
        "off,on",
        "--http",
        "1.1,2",
    ]);
    assert_eq!(all.len(), 3 * 4 * 2 * 2 * 2);
}

#[test]
fn http3_is_over_tls_or_left_out_with_its_reason() {
    assert!(wanted(&args(&["--http", "3"])).unwrap().cases[0].is_tls);
    let mixed = wanted(&args(&["--http", "1.1,3", "--tls", "off,on"])).unwrap();
    assert_eq!(mixed.cases.len(), 3);
    assert_eq!(mixed.left_out.len(), 1);
    assert_eq!(mixed.left_out[0].reason, "HTTP/3 is always encrypted");
    let none = wanted(&args(&["--http", "3", "--tls", "off"])).unwrap_err();
    assert!(format!("{none:?}").contains("HTTP/3 is always encrypted"), "{none:?}");
}

#[test]
fn too_many_cases_are_refused_with_their_number_and_time() {
    let args = args(&["--segment", "1s", "-w", "2s", "--cases-most", "3"]);
    assert!(check_count(&args, 3, 5, 12).is_ok());
    let error = format!("{:?}", check_count(&args, 4, 5, 12).unwrap_err());
    // Five clients in four cases, each with one second of start, two of warm-up and twelve of segments.
    assert_eq!(time(&args, 4, 5, 12).as_secs(), 4 * 5 * (1 + 2 + 12));
    assert!(
        error.contains("4 cases are asked for, which take up to 5 m 0 s with 5 clients; 3 are allowed"),
        "{error}"
    );
    assert!(error.contains("--cases-most 4"), "{error}");
}

#[test]
fn operations_are_chosen_by_globs_and_nothing_is_dropped_in_silence() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("api.yaml");
    let text = "openapi: 3.0.3\npaths:\n  /a: {get: {}, post: {}}\n  /b/{id}: {get: {}}\n  /c: {get: {}}\n";
    std::fs::write(&path, text).unwrap();
    let path = path.display().to_string();
    let of = |more: &[&str]| wanted(&args(&[&["--from-openapi", path.as_str()], more].concat()));
    let all = of(&[]).unwrap();
    assert_eq!(
        all.cases.iter().map(|case| case.name.as_str()).collect::<Vec<_>>(),
        ["GET /a", "POST /a", "GET /c"]
    );
    assert_eq!(all.left_out[0].operation, "GET /b/{id}");
    assert!(all.left_out[0].reason.contains("no parameter describes `{id}`"), "{:?}", all.left_out);
    let chosen =
        of(&["--include", "GET *", "--exclude", "*/c", "--exclude", "*{id}", "--lanes", "1,2"]).unwrap();
    assert_eq!(
        chosen.cases.iter().map(|case| case.name.as_str()).collect::<Vec<_>>(),
        ["GET /a, 1 lane", "GET /a, 2 lanes"]
    );
    assert!(chosen.left_out.is_empty());
    let none = format!("{:?}", of(&["--include", "nothing"]).unwrap_err());
    assert!(none.contains("none of the 4 operations of"), "{none}");
    std::fs::write(folder.path().join("api.yaml"), "openapi: 4.0.0\n").unwrap();
    let wrong = format!("{:?}", of(&[]).unwrap_err());
    assert!(
        wrong.contains("is not a usable API description") && wrong.contains("`openapi` is `4.0.0`"),
        "{wrong}"
    );
}
