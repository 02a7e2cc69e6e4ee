//! nginx as one process with one event loop, and nothing of the system's own configuration.
//!
//! Measures nothing. Called by the comparisons for their targets.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::failure::Failure;
use crate::project;

use super::certificate::Certificate;

/// nginx with one `server` of these directives, its files in `folder/name`; `None` where it is not installed.
pub fn command(folder: &Path, name: &str, server: &str) -> Result<Option<Command>, Failure> {
    let Some(program) = project::find_program("nginx") else { return Ok(None) };
    let prefix = folder.join(name);
    fs::create_dir(&prefix).map_err(Failure::file("make", &prefix))?;
    let config = prefix.join("nginx.conf");
    // One process without a master: the same event loop, and nothing left behind when it is killed.
    let text = format!(
        "daemon off;\nmaster_process off;\nworker_processes 1;\nworker_rlimit_nofile 20000;\npid nginx.pid;\n\
         error_log stderr error;\nevents {{ worker_connections 16384; }}\nhttp {{\n  access_log off;\n  \
         default_type text/plain;\n  keepalive_timeout 3600s;\n  keepalive_requests 1000000000;\n  \
         client_body_temp_path body;\n  proxy_temp_path proxy;\n  fastcgi_temp_path fastcgi;\n  \
         uwsgi_temp_path uwsgi;\n  scgi_temp_path scgi;\n  server {{\n    {server}\n  }}\n}}\n"
    );
    fs::write(&config, text).map_err(Failure::file("write", &config))?;
    let mut command = Command::new(program);
    command.arg("-e").arg("stderr").arg("-p").arg(&prefix).arg("-c").arg(&config);
    Ok(Some(command))
}

/// The directives for TLS on `address`.
pub fn listen_tls(address: &str, certificate: &Certificate) -> String {
    format!(
        "listen {address} ssl backlog=4096; ssl_protocols TLSv1.2 TLSv1.3; ssl_certificate {}; \
         ssl_certificate_key {};",
        certificate.chain.display(),
        certificate.key.display()
    )
}
