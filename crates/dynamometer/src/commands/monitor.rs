//! `dyno monitor`: the results API and the page in the foreground.

mod player;

use std::path::Path;
use std::sync::Arc;

use dyno_clients::Environments;
use dyno_dashboard::{Access, Dashboard, DashboardOptions};
use dyno_model::Redactor;
use dyno_server::Server;
use dyno_workers::kill_groups;
use serde_json::json;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use self::player::ClientPlayer;
use crate::args::monitor::MonitorArgs;
use crate::commands::{clients, settings};
use crate::console;
use crate::error::CommandError;
use crate::exit::Exit;
use crate::log;

/// Shorter tokens can be guessed.
const TOKEN_LEAST: usize = 16;

/// Threads of the server: one report that takes a while must not keep others waiting.
const THREADS: usize = 2;

/// Serves until a signal ends it.
///
/// # Errors
/// When the address, the token or the store cannot be used.
pub fn monitor(args: &MonitorArgs, store: Option<&Path>) -> Result<Exit, CommandError> {
    let access = access(args)?;
    let settings = settings::read()?;
    settings::say(&settings);
    let environments = Environments::below(clients::home(store)?);
    let mut signals = Signals::new([SIGINT, SIGTERM])
        .map_err(|error| CommandError::internal("cannot listen for signals").because(error))?;
    let dashboard = Dashboard::start(DashboardOptions {
        store: store.map(Path::to_owned),
        player: Arc::new(ClientPlayer::of(environments)),
        settings,
        access,
        talk: Arc::new(console::warn),
    })?;
    let app = dashboard.maker();
    let server =
        Server::builder().listen(args.listen).threads(THREADS).start(move |_| app()).map_err(|error| {
            CommandError::usage(format!("cannot serve on {}", args.listen))
                .because(error)
                .hint("name another address with --listen")
        })?;
    let url = format!("http://{}", server.local_addrs()[0]);
    if args.json {
        console::data(format!("{}\n", json!({ "listen": url })).as_bytes())?;
    } else {
        console::data(format!("listening on {url}\n").as_bytes())?;
        console::talk(&format!(
            "the page is {url}/, the API is described in {url}/api/openapi.json; Ctrl-C stops"
        ));
    }
    signals.forever().next();
    // The second signal ends the process at once; what was running is marked as failed at the next start.
    std::thread::spawn(move || {
        signals.forever().next();
        kill_groups();
        std::process::exit(i32::from(Exit::Interrupted.code()));
    });
    console::talk("stopping: the benchmark that is played ends; Ctrl-C again cuts it");
    dashboard.stop();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| CommandError::internal("cannot start a runtime").because(error))?;
    runtime.block_on(server.shutdown());
    console::talk("stopped");
    Ok(Exit::Passed)
}

fn access(args: &MonitorArgs) -> Result<Access, CommandError> {
    let mut access = Access::open();
    for name in &args.host_name {
        access = access.with_name(name);
    }
    let Some(path) = &args.token_file else {
        if args.listen.ip().is_loopback() {
            return Ok(access);
        }
        return Err(CommandError::usage(format!(
            "{} can be reached from other machines, and there is no token",
            args.listen
        ))
        .hint("give --token-file FILE, or listen on 127.0.0.1"));
    };
    let text = std::fs::read_to_string(path).map_err(|error| {
        CommandError::usage(format!("cannot read the token in `{}`", path.display())).because(error)
    })?;
    let token = text.trim();
    if token.len() < TOKEN_LEAST || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(CommandError::usage(format!(
            "the token in `{}` must have {TOKEN_LEAST} visible ASCII characters at least, and no spaces",
            path.display()
        ))
        .hint(format!("make one: head -c 24 /dev/urandom | base64 > {}", path.display())));
    }
    let mut redactor = Redactor::default();
    redactor.add(token);
    log::hide(&redactor);
    warn_of_readers(path);
    if !args.listen.ip().is_loopback() {
        console::warn(&format!("{} is not encrypted: the token can be read on its way", args.listen));
    }
    Ok(access.with_token(token))
}

/// A token that others on this machine can read is none to them.
fn warn_of_readers(path: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(path).map_or(0, |metadata| metadata.permissions().mode());
        if mode & 0o077 != 0 {
            console::warn(&format!("other users can read `{0}`; `chmod 600 {0}`", path.display()));
        }
    }
    #[cfg(not(unix))]
    let _ = path;
}
