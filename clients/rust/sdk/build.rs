//! Hands the compiler's version to the worker, which greets with it as its runtime.

use std::process::Command;

fn main() {
    let compiler = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(compiler).arg("--version").output().ok();
    let version = output.and_then(|output| String::from_utf8(output.stdout).ok()).unwrap_or_default();
    // `rustc 1.92.0 (ded5c06cf 2025-12-08)`
    let version: Vec<&str> = version.split_whitespace().take(2).collect();
    println!("cargo::rustc-env=DYNO_WORKER_RUNTIME={}", version.join(" "));
    println!("cargo::rerun-if-changed=build.rs");
}
