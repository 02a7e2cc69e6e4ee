//! Hands the versions of the libraries that this build links to their workers, out of the lock file beside.

use std::path::Path;

const LIBRARIES: [&str; 8] = ["attohttpc", "awc", "curl", "hyper-util", "isahc", "minreq", "reqwest", "ureq"];

fn main() {
    let folder = std::env::var("CARGO_MANIFEST_DIR").expect("cargo sets it");
    let lock = Path::new(&folder).join("../Cargo.lock");
    let text = std::fs::read_to_string(&lock).unwrap_or_default();
    for library in LIBRARIES {
        let entry = format!("name = \"{library}\"\nversion = \"");
        let version = text.split(&entry).nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default();
        let name = library.to_uppercase().replace('-', "_");
        println!("cargo::rustc-env=VERSION_OF_{name}={version}");
    }
    println!("cargo::rerun-if-changed={}", lock.display());
    println!("cargo::rerun-if-changed=build.rs");
}
