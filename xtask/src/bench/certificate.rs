//! A certificate for loopback, made anew for each comparison.
//!
//! Serves nothing. Called by the comparisons for their TLS targets.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::failure::Failure;
use crate::project;

/// The files of a self-signed certificate for `localhost` and `127.0.0.1`, both PEM.
#[derive(Debug)]
pub struct Certificate {
    /// The certificate.
    pub chain: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

impl Certificate {
    /// Makes one in `folder`, or says why there is none.
    pub fn make(folder: &Path) -> Result<Option<Self>, Failure> {
        let Some(openssl) = project::find_program("openssl") else { return Ok(None) };
        let (chain, key) = (folder.join("certificate.pem"), folder.join("key.pem"));
        let mut command = Command::new(openssl);
        command
            .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"])
            .args(["-days", "2", "-subj", "/CN=localhost"])
            .args(["-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"])
            // Otherwise it would be an authority, which strict clients refuse as a server's own.
            .args(["-addext", "basicConstraints=critical,CA:FALSE", "-keyout"])
            .arg(&key)
            .arg("-out")
            .arg(&chain)
            .stdin(Stdio::null());
        let made = command.output().map_err(Failure::run("openssl req"))?;
        if !made.status.success() {
            eprintln!("skip: openssl made no certificate: {}", String::from_utf8_lossy(&made.stderr).trim());
            return Ok(None);
        }
        Ok(Some(Self { chain, key }))
    }
}
