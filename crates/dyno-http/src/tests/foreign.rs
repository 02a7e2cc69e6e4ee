//! Servers that others wrote: Python's and Node's, when they are installed.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use dyno_model::{Check, Template};

use super::fixture::{only_step, plan, play, play_with};
use crate::HttpDriver;

/// A server process; ended with the test.
struct Foreign {
    process: Child,
    port: u16,
}

impl Drop for Foreign {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Starts an interpreter with a script that prints its port first; `None` when it is not installed.
fn start(program: &str, arguments: &[&str]) -> Option<Foreign> {
    let spawned = Command::new(program).args(arguments).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
    let Ok(mut process) = spawned else {
        skip(program);
        return None;
    };
    let mut line = String::new();
    let stdout = process.stdout.take().expect("the output is piped");
    BufReader::new(stdout).read_line(&mut line).expect("the output is text");
    let Ok(port) = line.trim().parse() else {
        let _ = process.wait();
        skip(program);
        return None;
    };
    Some(Foreign { process, port })
}

fn skip(program: &str) {
    eprintln!("skipped: `{program}` is not installed");
}

fn check_server(server: Option<Foreign>) {
    let Some(server) = server else { return };
    let mut plan = plan(&format!("http://127.0.0.1:{}", server.port), "/");
    plan.limits.arrivals = Some(20);
    let lean = HttpDriver::new(&plan).expect("the plan can be played");
    let played = play_with(&plan, &lean);
    assert_eq!((played.all.ok, played.all.failed()), (20, 0), "{:?}", played.specimens);
    only_step(&mut plan).checks = vec![Check::BodyContains(Template::literal("<html"))];
    let played = play(&plan);
    assert_eq!((played.all.ok, played.all.failed()), (20, 0), "{:?}", played.specimens);
}

#[test]
fn python_is_understood() {
    let script = "import http.server, sys\n\
                  class Handler(http.server.BaseHTTPRequestHandler):\n\
                  \x20   protocol_version = 'HTTP/1.1'\n\
                  \x20   def do_GET(self):\n\
                  \x20       body = b'<html>hello</html>'\n\
                  \x20       self.send_response(200)\n\
                  \x20       self.send_header('Content-Length', str(len(body)))\n\
                  \x20       self.end_headers()\n\
                  \x20       self.wfile.write(body)\n\
                  \x20   def log_message(self, *arguments):\n\
                  \x20       pass\n\
                  server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)\n\
                  print(server.server_port, flush=True)\n\
                  server.serve_forever()\n";
    check_server(start("python3", &["-c", script]));
}

#[test]
fn node_is_understood() {
    // Without a length, so that Node sends chunks.
    let script = "const server = require('http').createServer((request, answer) => {\
                    answer.write('<html>'); answer.end('hello</html>'); });\
                  server.listen(0, '127.0.0.1', () => console.log(server.address().port));";
    check_server(start("node", &["-e", script]));
}
