//! Load on servers that nobody here wrote, and a client that nobody here wrote on our server.
//!
//! A peer that is not installed is a skip that is logged.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::Value;

use crate::support::{Dyno, Target, closed_port, finished, skip, until};

/// A foreign process, the first of its group, that ends with its test.
struct Peer {
    child: Child,
    port: u16,
}

impl Drop for Peer {
    fn drop(&mut self) {
        // Its whole group: the workers of nginx would outlive a master that is killed.
        let _ = kill_process_group(Pid::from_child(&self.child), Signal::KILL);
        let _ = self.child.wait();
    }
}

impl Peer {
    /// Starts a server that listens on `port` once it is ready.
    fn start(command: &mut Command, port: u16) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.process_group(0).spawn().unwrap();
        until("the peer listens", || TcpStream::connect(("127.0.0.1", port)).is_ok());
        Self { child, port }
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }
}

/// Whether a program is there; logs the skip when it is not.
fn is_here(program: &str) -> bool {
    let found = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"]
        .iter()
        .any(|folder| Path::new(folder).join(program).exists())
        || std::env::var_os("PATH")
            .is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(program).exists()));
    if !found {
        skip("peers", &format!("`{program}` is not installed"));
    }
    found
}

/// Plays 300 requests the lean and the general way; all of them must be right.
#[track_caller]
fn check_both_ways(dyno: &Dyno, flags: &[&str], url: &str) {
    let load = ["http", "-n", "300", "-c", "8", "-w", "0", "--json", "--quiet", "--no-store"];
    for (way, extra) in [("lean", &[] as &[&str]), ("general", &["--cookies"])] {
        let done = dyno.run(&[&load, flags, extra, &[url]].concat());
        let record: Value = serde_json::from_str(&done.stdout).unwrap_or_else(|e| panic!("{e}: {done:?}"));
        let totals = &record["totals"];
        assert_eq!(totals["ok"], 300, "{way}: {totals} {}", record["specimens"]);
        assert_eq!(
            (&totals["failed"], &totals["rejected"]),
            (&Value::from(0), &Value::from(0)),
            "{way}: {totals}"
        );
        let engine = record["tool"]["engine"].as_str().unwrap();
        assert!(engine.starts_with(way), "{engine} played where {way} was expected");
    }
}

#[test]
fn nginx_plain_and_with_tls() {
    if !is_here("nginx") {
        return;
    }
    let dyno = Dyno::new();
    let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(dyno.path("certificate.pem"), certified.cert.pem()).unwrap();
    std::fs::write(dyno.path("key.pem"), certified.signing_key.serialize_pem()).unwrap();
    let (plain, tls) = (closed_port(), closed_port());
    let folder = dyno.path("").display().to_string();
    let http = format!(
        "server {{ listen 127.0.0.1:{plain}; location / {{ return 200 'hello'; }} }}
         server {{ listen 127.0.0.1:{tls} ssl; ssl_certificate {folder}certificate.pem;
                   ssl_certificate_key {folder}key.pem; location / {{ return 200 'hello'; }} }}"
    );
    let configuration = nginx_configuration(&folder, &http);
    std::fs::write(dyno.path("nginx.conf"), configuration).unwrap();
    let peer = Peer::start(Command::new("nginx").arg("-c").arg(dyno.path("nginx.conf")), plain);
    check_both_ways(&dyno, &[], &peer.url("/"));
    let url = format!("https://localhost:{tls}/");
    check_both_ways(&dyno, &["--cacert", "certificate.pem"], &url);
    check_both_ways(&dyno, &["-k"], &url);
    let unknown = dyno.run(&["http", "-n", "5", "--no-store", &url]);
    assert_eq!(unknown.code, 5, "{unknown:?}");
    assert!(unknown.stderr.contains("--cacert"), "{}", unknown.stderr);
}

/// What nginx needs of its own, in this folder.
fn nginx_configuration(folder: &str, http: &str) -> String {
    format!(
        "daemon off; worker_processes 1; pid {folder}nginx.pid; error_log {folder}error.log;
         events {{ worker_connections 256; }}
         http {{
           access_log off; client_body_temp_path {folder}b; proxy_temp_path {folder}p;
           fastcgi_temp_path {folder}f; uwsgi_temp_path {folder}u; scgi_temp_path {folder}s;
           {http}
         }}"
    )
}

/// The body of a GET, over a connection of its own.
fn body_of(address: &str, path: &str) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer));
    let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap();
    answer.split_off(end + 4)
}

/// Three targets behind nginx, in plain text and with TLS: client libraries reach all of them, and all say the same.
#[test]
fn clients_behind_nginx_as_a_load_balancer() {
    if !is_here("nginx") {
        return;
    }
    let (dyno, targets) = (Dyno::new(), [Target::start(), Target::start(), Target::start()]);
    let certified = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    std::fs::write(dyno.path("certificate.pem"), certified.cert.pem()).unwrap();
    std::fs::write(dyno.path("key.pem"), certified.signing_key.serialize_pem()).unwrap();
    let (plain, tls) = (closed_port(), closed_port());
    let folder = dyno.path("").display().to_string();
    let servers: String = targets.iter().map(|target| format!("server {}; ", target.address())).collect();
    // The ledger of one backend would be taken for that of all.
    let locations = "location = /health { return 200 'OK'; }
        location /__truth/ { return 403; }
        location / { proxy_pass http://backends; proxy_http_version 1.1; proxy_set_header Connection ''; }";
    let http = format!(
        "upstream backends {{ least_conn; {servers} keepalive 16; }}
         server {{ listen 127.0.0.1:{plain}; {locations} }}
         server {{ listen 127.0.0.1:{tls} ssl; ssl_certificate {folder}certificate.pem;
                   ssl_certificate_key {folder}key.pem; {locations} }}"
    );
    std::fs::write(dyno.path("nginx.conf"), nginx_configuration(&folder, &http)).unwrap();
    let peer = Peer::start(Command::new("nginx").arg("-c").arg(dyno.path("nginx.conf")), plain);
    let front = format!("127.0.0.1:{}", peer.port);
    assert_eq!(body_of(&front, "/health"), b"OK");
    let wanted = body_of(targets[0].address(), "/bytes/5000?seed=3");
    for target in &targets {
        assert_eq!(body_of(target.address(), "/bytes/5000?seed=3"), wanted);
        assert_eq!(body_of(&front, "/bytes/5000?seed=3"), wanted);
    }
    let https = format!("https://127.0.0.1:{tls}/bytes/5000?seed=3");
    for (run, url, more) in [
        ("plain", peer.url("/bytes/5000?seed=3"), &[] as &[&str]),
        ("tls", https, &["--cacert", "certificate.pem"]),
    ] {
        check_clients_reach_all(&dyno, &targets, run, &url, more);
    }
}

/// Two client libraries, all of whose requests are answered, by every target.
#[track_caller]
fn check_clients_reach_all(dyno: &Dyno, targets: &[Target], run: &str, url: &str, more: &[&str]) {
    let mut clients = vec!["stdlib", "raw:sync"];
    if is_here("node") {
        clients.push("http");
    }
    let tag = format!("x-dyno-run: {run}");
    let contest =
        ["clients", "compare", "--no-floor", "-c", "4", "--blocks", "2", "--segment", "80ms", "-w", "80ms"];
    let asked = ["--url", url, "-H", &tag, "--json"];
    let done = dyno.run(&[&contest, clients.as_slice(), &asked, more].concat());
    let record: Value = serde_json::from_str(&done.stdout).unwrap_or_else(|e| panic!("{e}: {done:?}"));
    let mut ok = 0;
    for entry in record["entries"].as_array().unwrap() {
        assert_eq!(
            (&entry["state"], &entry["figures"]["errors"]),
            (&"ranked".into(), &0.into()),
            "{run}: {entry}"
        );
        let segments = entry["segments"].as_array().unwrap();
        ok += segments.iter().map(|segment| segment["ok"].as_u64().unwrap()).sum::<u64>();
    }
    let reached: Vec<Value> = targets
        .iter()
        .map(|target| serde_json::from_slice(&body_of(target.address(), &format!("/__truth/{run}"))).unwrap())
        .collect();
    let answered: Vec<u64> = reached.iter().map(|truth| truth["requests"].as_u64().unwrap()).collect();
    assert!(answered.iter().all(|count| *count > 0), "{run}: a backend was never asked, {answered:?}");
    assert!(answered.iter().sum::<u64>() >= ok, "{run}: {ok} answers for {answered:?} requests");
    for truth in reached {
        let statuses = truth["status_codes"].as_object().unwrap();
        assert_eq!(statuses.keys().collect::<Vec<_>>(), ["200"], "{run}: {truth}");
    }
}

#[test]
fn pythons_server_closes_every_connection() {
    if !is_here("python3") {
        return;
    }
    let dyno = Dyno::new();
    std::fs::write(dyno.path("page.txt"), "hello from python").unwrap();
    let port = closed_port();
    let mut command = Command::new("python3");
    command.args(["-m", "http.server", &port.to_string(), "--bind", "127.0.0.1"]).current_dir(dyno.path(""));
    let peer = Peer::start(&mut command, port);
    check_both_ways(&dyno, &[], &peer.url("/page.txt"));
}

#[test]
fn nodes_server_answers_in_chunks() {
    if !is_here("node") {
        return;
    }
    let script = "require('http').createServer((q, a) => { a.write('hello '); a.end('from node'); })
        .listen(0, '127.0.0.1', function () { console.log(this.address().port); });";
    let mut command = Command::new("node");
    command.args(["-e", script]).stdout(Stdio::piped()).stdin(Stdio::null());
    let mut child = command.process_group(0).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let peer = Peer { child, port: line.trim().parse().unwrap() };
    check_both_ways(&Dyno::new(), &[], &peer.url("/"));
}

#[test]
fn haproxy_in_front_of_our_target() {
    if !is_here("haproxy") {
        return;
    }
    let (dyno, target, port) = (Dyno::new(), Target::start(), closed_port());
    let configuration = format!(
        "defaults\n mode http\n timeout client 10s\n timeout server 10s\n timeout connect 5s\n\
         frontend f\n bind 127.0.0.1:{port}\n default_backend b\n\
         backend b\n server s {}\n",
        target.address()
    );
    std::fs::write(dyno.path("haproxy.cfg"), configuration).unwrap();
    let peer = Peer::start(Command::new("haproxy").arg("-db").arg("-f").arg(dyno.path("haproxy.cfg")), port);
    check_both_ways(&dyno, &[], &peer.url("/plaintext"));
    check_both_ways(&dyno, &["-X", "POST", "--data", "some words"], &peer.url("/echo"));
}

#[test]
fn curl_understands_our_server() {
    if !is_here("curl") {
        return;
    }
    let target = Target::start();
    let curl = |arguments: &[&str], path: &str| {
        let mut command = Command::new("curl");
        command.args(["--silent", "--show-error", "--fail"]).args(arguments).arg(target.url(path));
        let done = finished(command);
        assert_eq!(done.code, 0, "{done:?}");
        done.stdout
    };
    assert_eq!(curl(&[], "/plaintext"), "Hello, World!");
    assert_eq!(curl(&["--data", "some words"], "/echo"), "some words");
    assert_eq!(curl(&["--http1.0"], "/plaintext"), "Hello, World!");
    assert_eq!(curl(&["-o", "/dev/null", "-w", "%{size_download}"], "/bytes/5000"), "5000");
    let answer: Value = serde_json::from_str(&curl(&[], "/json")).unwrap();
    assert_eq!(answer["message"], "Hello, World!");
    assert_eq!(curl(&["-o", "/dev/null", "-w", "%{http_code}"], "/status/204"), "204");
    assert!(curl(&["--head"], "/plaintext").starts_with("HTTP/1.1 200"));
}
