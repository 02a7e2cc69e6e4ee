use clap::{CommandFactory, FromArgMatches};

use super::*;

/// The flags that the variables stand for under a command line, and the arguments that come of it.
fn laid(variables: &[(&str, &str)], line: &[&str]) -> (Vec<String>, ClientsCompareArgs) {
    let matches = Cli::command().get_matches_from([&["dyno", "clients", "compare"], line].concat());
    let cli = Cli::from_arg_matches(&matches).unwrap();
    let Command::Clients(clients) = cli.command else { panic!("not clients") };
    let ClientsCommand::Compare(mut args) = clients.command else { panic!("not compare") };
    let given = matches.subcommand_matches("clients").unwrap().subcommand_matches("compare").unwrap();
    let variables =
        variables.iter().map(|(name, value)| (format!("HTTP_BENCHMARK_{name}"), (*value).to_owned()));
    let settings = BenchmarkSettings::read(variables).unwrap();
    let flags = apply(&settings, &mut args, &|id| given.value_source(id) == Some(ValueSource::CommandLine));
    (flags, *args)
}

#[test]
fn without_variables_nothing_changes() {
    let (flags, args) = laid(&[], &[]);
    assert_eq!((flags, args.played.lanes), (vec![], vec![1]));
}

#[test]
fn each_variable_stands_for_its_flag() {
    for (name, value, expected) in [
        ("DEFAULT_CONCURRENCY", "25", ["--lanes", "25"]),
        ("DEFAULT_TIMEOUT", "2.5", ["--timeout", "2500ms"]),
        ("DEFAULT_RETRY_ATTEMPTS", "0", ["--retries", "0"]),
        ("DEFAULT_DURATION_SECONDS", "6", ["--segment", "500ms"]),
    ] {
        assert_eq!(laid(&[(name, value)], &[]).0, expected);
    }
    let (_, args) =
        laid(&[("DEFAULT_CONCURRENCY", "25"), ("DEFAULT_DURATION_SECONDS", "6")], &["--blocks", "3"]);
    assert_eq!((args.played.lanes, args.played.segment), (vec![25], Duration::from_secs(2)));
}

#[test]
fn a_flag_wins_over_its_variable() {
    let all = [
        ("DEFAULT_CONCURRENCY", "25"),
        ("DEFAULT_TIMEOUT", "2.5"),
        ("DEFAULT_RETRY_ATTEMPTS", "0"),
        ("DEFAULT_DURATION_SECONDS", "6"),
    ];
    let (flags, args) = laid(&all, &["--lanes", "2", "-t", "1s", "--retries", "5", "--segment", "60ms"]);
    assert_eq!(flags, Vec::<String>::new());
    assert_eq!((args.played.lanes, args.asked.retries), (vec![2], Some(5)));
    assert_eq!(laid(&all[3..], &["-n", "10"]).0, Vec::<String>::new(), "a count needs no time");
}

#[test]
fn more_lanes_than_allowed_are_a_mistake() {
    let (_, args) = laid(&[], &["--lanes", "1,50"]);
    let settings =
        BenchmarkSettings::read([("HTTP_BENCHMARK_MAX_CONCURRENCY".to_owned(), "49".to_owned())]).unwrap();
    let error = check(&settings, &args).unwrap_err();
    assert_eq!(
        error.to_string(),
        "50 lanes are more than HTTP_BENCHMARK_MAX_CONCURRENCY allows, which is 49"
    );
}
