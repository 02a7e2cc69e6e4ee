//! `dyno serve`: the reference target in the foreground.

use std::net::SocketAddr;

use dyno_host::limits;
use dyno_target::{Bounds, Family, Injection, Profile, RunningTarget, TargetOptions, TargetTls};
use serde_json::json;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::args::serve::{ProfileArg, ServeArgs};
use crate::console;
use crate::error::CommandError;
use crate::exit::Exit;

/// Where it listens when nothing is said.
const DEFAULT_ADDRESS: ([u8; 4], u16) = ([127, 0, 0, 1], 8080);

/// Connections that it lets in where the machine allows them; the server itself lets in no more.
const CONNECTIONS_MOST: u32 = 50_000;

/// Columns of a line of paths, without its indent.
const LINE_COLUMNS: usize = 90;

/// Serves until a signal ends it.
///
/// # Errors
/// When an address or a certificate cannot be used.
pub fn serve(args: &ServeArgs) -> Result<Exit, CommandError> {
    allow_connections();
    let options = options_of(args)?;
    let addresses = options.listen.iter().chain(&options.listen_tls);
    for address in addresses.filter(|address| !address.ip().is_loopback()) {
        console::warn(&format!(
            "{address} can be reached from other machines; the target has no protection against anybody"
        ));
    }
    let mut signals = Signals::new([SIGINT, SIGTERM])
        .map_err(|error| CommandError::internal("cannot listen for signals").because(error))?;
    let target = dyno_target::serve(options)?;
    announce(args, &target)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| CommandError::internal("cannot start a runtime").because(error))?;
    let (told, is_told) = tokio::sync::oneshot::channel();
    // Waits for the first signal; the second one ends the process at once.
    std::thread::spawn(move || {
        signals.forever().next();
        // Nobody listens when the target was asked to drain before.
        let _ = told.send(());
        signals.forever().next();
        std::process::exit(i32::from(Exit::Interrupted.code()));
    });
    runtime.block_on(async {
        tokio::select! {
            _ = is_told => {}
            () = target.drain_asked() => {}
        }
    });
    console::talk("stopping: requests in progress may end; Ctrl-C again cuts them");
    let report = runtime.block_on(target.shutdown());
    let cut = report.cut_connections;
    console::talk(&format!(
        "stopped; {cut} {} cut in a request",
        if cut == 1 { "connection was" } else { "connections were" }
    ));
    Ok(Exit::Passed)
}

/// Raises the limit of open files, by which a server knows how many connections it can let in. What it does not let in it
/// closes, and that would look like an error of the client.
pub(super) fn allow_connections() {
    limits::raise_open_files(limits::open_files_to_serve(CONNECTIONS_MOST));
}

fn options_of(args: &ServeArgs) -> Result<TargetOptions, CommandError> {
    let tls = match (&args.cert, &args.key) {
        (Some(certificate), Some(key)) => {
            Some(TargetTls::Pem { certificate: certificate.clone(), key: key.clone() })
        }
        _ => args.self_signed.then_some(TargetTls::SelfSigned),
    };
    if !args.listen_tls.is_empty() && tls.is_none() {
        return Err(CommandError::usage("`--listen-tls` needs a certificate")
            .hint("give `--cert FILE --key FILE`, or `--self-signed`"));
    }
    if args.listen_tls.is_empty() && tls.is_some() {
        return Err(CommandError::usage("a certificate is given and no TLS address")
            .hint("add `--listen-tls 127.0.0.1:8443`"));
    }
    let has_other = !args.listen_tls.is_empty() || args.unix_socket.is_some();
    let listen = if args.listen.is_empty() && !has_other {
        vec![SocketAddr::from(DEFAULT_ADDRESS)]
    } else {
        args.listen.clone()
    };
    Ok(TargetOptions {
        listen,
        listen_tls: args.listen_tls.clone(),
        tls,
        http3: args.http3,
        unix_socket: args.unix_socket.clone(),
        threads: usize::from(args.threads),
        profile: match args.profile {
            ProfileArg::Bench => Profile::Bench,
            ProfileArg::Edge => Profile::Edge,
        },
        bounds: Bounds { body_bytes_max: args.max_body, duration_max: args.max_duration },
        shows_environment: args.show_env,
        obeys_chaos: args.chaos,
        injection: Injection::default(),
    })
}

/// Says where the target is, on stdout, and what it offers, on stderr.
fn announce(args: &ServeArgs, target: &RunningTarget) -> Result<(), CommandError> {
    let urls = |scheme: &str, addresses: &[SocketAddr]| -> Vec<String> {
        addresses.iter().map(|address| format!("{scheme}://{address}")).collect()
    };
    let (plain, tls) = (urls("http", target.local_addrs()), urls("https", target.tls_addrs()));
    let http3 = urls("https", target.quic_addrs());
    for address in
        target.tls_addrs().iter().filter(|address| args.http3 && !target.quic_addrs().contains(address))
    {
        console::warn(&format!("no HTTP/3 at {address}: its port is taken in UDP"));
    }
    if args.json {
        let line =
            json!({ "listen": plain, "listen_tls": tls, "http3": http3, "unix_socket": args.unix_socket });
        return console::data(format!("{line}\n").as_bytes());
    }
    let mut lines: Vec<String> = plain.into_iter().chain(tls).collect();
    lines.extend(http3.iter().map(|url| format!("{url} (HTTP/3)")));
    lines.extend(args.unix_socket.iter().map(|path| format!("unix:{}", path.display())));
    console::data(format!("listening on {}\n", lines.join(", ")).as_bytes())?;
    Family::ALL.into_iter().for_each(offer);
    console::talk("/ says what each of them does, /openapi.json says it to programs; Ctrl-C stops");
    Ok(())
}

/// Says which paths a family has, as many in a line as there is room for.
fn offer(family: Family) {
    console::talk(&format!("  {family}"));
    let mut line = String::new();
    for route in dyno_target::routes(family) {
        if !line.is_empty() && line.len() + route.path.len() > LINE_COLUMNS {
            console::talk(&format!("    {}", line.trim_end()));
            line.clear();
        }
        line.push_str(route.path);
        line.push_str("  ");
    }
    console::talk(&format!("    {}", line.trim_end()));
}
