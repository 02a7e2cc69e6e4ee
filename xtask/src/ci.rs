//! `cargo xtask ci`: everything a change must pass, in the order of what fails fastest.
//!
//! Every step runs even when an earlier one failed, so that one run shows all there is to mend.
//! Called by `.ci/run`.

use std::process::{Command, ExitCode};
use std::time::Instant;

use crate::failure::Failure;
use crate::project;
use crate::test;
use crate::tidy;

/// Runs all steps; succeeds only when all did. The last line is that of `cargo xtask test`.
pub fn command() -> Result<ExitCode, Failure> {
    let started = Instant::now();
    let mut failed: Vec<&'static str> = Vec::new();
    let mut step = |name: &'static str, work: &mut dyn FnMut() -> Result<bool, Failure>| {
        eprintln!("\n== {name}");
        let started = Instant::now();
        let is_success = work()?;
        let word = if is_success { "ok" } else { "FAILED" };
        eprintln!("== {name}: {word}, {:.1} s", started.elapsed().as_secs_f64());
        if !is_success {
            failed.push(name);
        }
        Ok::<(), Failure>(())
    };

    step("fmt", &mut || succeeds(project::cargo(&["fmt", "--all", "--check"])))?;
    // A workspace of its own, whose libraries only its own users build.
    let contenders = ["fmt", "--all", "--manifest-path", "clients/rust/Cargo.toml", "--check"];
    step("fmt of the clients in Rust", &mut || succeeds(project::cargo(&contenders)))?;
    step("tidy", &mut || Ok(tidy::print_violations()? == 0))?;
    let clippy = ["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"];
    step("clippy", &mut || succeeds(project::cargo(&clippy)))?;
    // The workspace builds the server with all that it has; others may leave HTTP/3 out.
    let lean =
        ["clippy", "-p", "dyno-server", "--no-default-features", "--all-targets", "--", "-D", "warnings"];
    step("clippy without http3", &mut || succeeds(project::cargo(&lean)))?;
    step("doc", &mut || {
        let mut doc = project::cargo(&["doc", "--workspace", "--no-deps"]);
        doc.env("RUSTDOCFLAGS", "-D warnings");
        succeeds(doc)
    })?;
    let mut counts = test::Counts::default();
    step("test", &mut || {
        counts = test::run(&[])?;
        Ok(counts.is_success())
    })?;

    eprintln!("\n== all steps: {:.1} s", started.elapsed().as_secs_f64());
    if !failed.is_empty() {
        eprintln!("== failed: {}", failed.join(", "));
    }
    println!("{counts}");
    Ok(if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn succeeds(mut command: Command) -> Result<bool, Failure> {
    let shown = project::shown(&command);
    eprintln!("$ {shown}");
    Ok(command.status().map_err(Failure::run(shown))?.success())
}
