//! Programs from Debian packages: says which are needed and why, installs only what is missing.
//!
//! Never fails a command: where a package cannot be installed, the message says so and what needs it
//! is skipped visibly. Called by `test` and `bench`.

use std::process::{Command, Stdio};

use crate::project;

/// A program that something here needs, and the package that brings it.
#[derive(Debug, Clone, Copy)]
pub struct Package {
    /// The package's name for `apt-get`.
    pub name: &'static str,
    /// Any one of these programs is enough.
    pub programs: &'static [&'static str],
    /// What needs it, to complete "needed for …".
    pub why: &'static str,
}

/// What the tests need.
pub const FOR_TESTS: &[Package] = &[
    Package { name: "nginx-light", programs: &["nginx"], why: "tests against a server that is not ours" },
    Package { name: "curl", programs: &["curl"], why: "tests of our server by a client that is not ours" },
    Package { name: "haproxy", programs: &["haproxy"], why: "tests of load and server through a proxy" },
    Package {
        name: "python3",
        programs: &["python3"],
        why: "tests that read our JSON and CSV with another reader",
    },
    Package {
        name: "chromium",
        programs: &["chromium", "chromium-browser", "google-chrome"],
        why: "looking at the HTML report as a reader does",
    },
    Package { name: "nodejs", programs: &["node"], why: "tests of our server by clients of Node.js" },
    Package { name: "npm", programs: &["npm"], why: "libraries of Node.js that tests meet" },
    Package { name: "nghttp2-client", programs: &["nghttp"], why: "tests of our HTTP/2 by other clients" },
    Package {
        name: "ngtcp2-client",
        programs: &["gtlsclient"],
        why: "tests of our HTTP/3 by another client",
    },
    Package { name: "slowhttptest", programs: &["slowhttptest"], why: "tests of our server by slow clients" },
    Package { name: "procps", programs: &["ps"], why: "tests that look at processes from outside" },
];

/// What `bench server` needs from packages.
pub const FOR_BENCH_SERVER: &[Package] = &[
    Package { name: "nghttp2-client", programs: &["h2load"], why: "load over HTTP/2" },
    Package { name: "nginx-light", programs: &["nginx"], why: "comparison with nginx" },
    Package { name: "openssl", programs: &["openssl"], why: "the certificate of the TLS cases" },
];

/// What `bench load` needs from packages.
pub const FOR_BENCH: &[Package] = &[
    Package { name: "wrk", programs: &["wrk"], why: "the tool that every ratio refers to" },
    Package { name: "nghttp2-client", programs: &["h2load"], why: "comparison with h2load" },
    Package { name: "hey", programs: &["hey"], why: "comparison with hey" },
    Package { name: "nginx-light", programs: &["nginx"], why: "a real server as the target" },
    Package { name: "openssl", programs: &["openssl"], why: "the certificate of the TLS target" },
];

impl Package {
    fn is_installed(&self) -> bool {
        self.programs.iter().any(|program| project::find_program(program).is_some())
    }
}

/// Installs the missing ones of `packages`, and says for each what it is for.
///
/// `apt-get update` runs once, and only when something is missing.
pub fn ensure(packages: &[Package]) {
    for package in packages {
        let state = if package.is_installed() { "found" } else { "missing" };
        eprintln!("  {:<15} {state:<8} for {}", package.name, package.why);
    }
    let missing = missing_of(packages);
    if missing.is_empty() {
        return;
    }
    let Some(apt) = apt_prefix() else {
        eprintln!(
            "skip: cannot install packages here (no apt-get, or neither root nor sudo without password)"
        );
        eprintln!("hint: install them by hand: {}", names(&missing));
        return;
    };
    eprintln!("installing: {}", names(&missing));
    apt_get(&apt, &["update", "-q"]);
    install(&apt, &missing);
    if missing.len() > 1 {
        // One unknown package makes apt-get refuse the whole list; then each gets its own chance.
        missing_of(&missing).iter().for_each(|package| install(&apt, &[*package]));
    }
    for package in missing_of(&missing) {
        eprintln!("skip: `{}` could not be installed; {} will be skipped", package.name, package.why);
    }
}

fn missing_of(packages: &[Package]) -> Vec<Package> {
    packages.iter().filter(|package| !package.is_installed()).copied().collect()
}

fn names(packages: &[Package]) -> String {
    packages.iter().map(|package| package.name).collect::<Vec<_>>().join(" ")
}

fn install(apt: &[&str], packages: &[Package]) {
    let mut arguments = vec!["install", "-y", "-q", "--no-install-recommends"];
    arguments.extend(packages.iter().map(|package| package.name));
    apt_get(apt, &arguments);
}

/// The words before `apt-get`'s own arguments, or `None` where packages cannot be installed.
fn apt_prefix() -> Option<Vec<&'static str>> {
    project::find_program("apt-get")?;
    // In runlevel 1 a freshly installed nginx or haproxy is not started, which would take port 80.
    let apt = ["env", "DEBIAN_FRONTEND=noninteractive", "RUNLEVEL=1", "apt-get"];
    if rustix::process::geteuid().is_root() {
        return Some(apt.to_vec());
    }
    project::find_program("sudo")?;
    let may = Command::new("sudo").args(["-n", "true"]).stdin(Stdio::null()).stderr(Stdio::null()).status();
    may.is_ok_and(|status| status.success()).then(|| [&["sudo", "-n"], &apt[..]].concat())
}

fn apt_get(prefix: &[&str], arguments: &[&str]) {
    let mut command = Command::new(prefix[0]);
    command.args(&prefix[1..]).args(arguments).stdin(Stdio::null());
    // Standard output is for the result of the command that called us.
    command.stdout(std::io::stderr());
    match command.status() {
        Ok(status) if status.success() => {}
        Ok(status) => eprintln!("`{}` ended with {status}", project::shown(&command)),
        Err(error) => eprintln!("cannot run `{}`: {error}", project::shown(&command)),
    }
}
