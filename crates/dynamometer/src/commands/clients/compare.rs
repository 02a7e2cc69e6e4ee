//! `dyno clients compare`: from names and flags to a table.

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dyno_clients::{
    Contender, Contest, Entrant, EnvironmentError, Environments, Role, Segment, Selection, TargetAccess,
    blocks_least, contenders, play, select_known,
};
use dyno_model::{ClientState, ClientsRecord, Redactor, ValidityState};
use dyno_report::{Format, clients, text};
use dyno_workers::{ClientRequest, Profile, Setup, TlsSetup};
use url::Url;

use super::functions;
use super::progress::Talk;
use super::record::{self, Surroundings};
use crate::args::clients::{AskedArgs, ClientsCompareArgs};
use crate::args::play::SECRET_HEADERS;
use crate::commands::{arguments, pretty};
use crate::console;
use crate::error::CommandError;
use crate::exit::Exit;
use crate::play::{EmbeddedTarget, Interrupts, reproduce};

/// Fewer blocks give no interval worth the name.
const BLOCKS_LEAST: u32 = 12;

/// What stands for the URL where nobody asks anything.
const NOBODY: &str = "none://nobody/";

/// Puts libraries side by side.
///
/// # Errors
/// When a client is not known, the reference is not set up, or an output cannot be written.
pub(super) fn compare(args: &ClientsCompareArgs, environments: &Environments) -> Result<Exit, CommandError> {
    let outputs = check_outputs(&args.outputs)?;
    let selected = selected(args, environments)?;
    let redactor = redactor(args)?;
    let entrants = entrants(args, &selected, environments, &redactor)?;
    let interrupts = Interrupts::listen()?;
    let target = Target::of(args, entrants.iter().any(|entrant| entrant.asks))?;
    interrupts.begin_playing();
    let mut records = Vec::new();
    for lanes in &args.played.lanes {
        if interrupts.count() > 0 {
            break;
        }
        let mut made = contest_of(args, &target, entrants.clone(), *lanes, &interrupts)?;
        record::redact(&mut made, &redactor);
        if !args.json {
            let style = text::Style { colour: console::stdout_has_colour(), width: console::width() };
            console::data(clients::summary(&made, style).as_bytes())?;
            if args.played.lanes.len() > 1 {
                console::data(b"\n")?;
            }
        }
        records.push(made);
    }
    interrupts.end_playing();
    if args.json {
        console::data(&match records.as_slice() {
            [one] => pretty(one),
            several => pretty(&several),
        })?;
    }
    write(&outputs, &records)?;
    Ok(exit(&records, interrupts.count() > 0))
}

fn exit(records: &[ClientsRecord], was_stopped: bool) -> Exit {
    let worst = records.iter().map(|record| record.validity.state).max();
    let has_played = records.iter().flat_map(|record| &record.entries).any(|entry| entry.figures.is_some());
    if was_stopped {
        Exit::Interrupted
    } else if !has_played {
        Exit::Unreachable
    } else if worst == Some(ValidityState::Invalid) {
        Exit::Invalid
    } else {
        Exit::Passed
    }
}

fn check_outputs(paths: &[PathBuf]) -> Result<Vec<(PathBuf, Format)>, CommandError> {
    paths.iter().map(|path| Ok((path.clone(), clients::format_of(path)?))).collect()
}

/// Several contests go into one file: Markdown one below the other, JSON as an array.
fn write(outputs: &[(PathBuf, Format)], records: &[ClientsRecord]) -> Result<(), CommandError> {
    for (path, format) in outputs {
        let bytes = match (format, records) {
            (_, [one]) => clients::render(*format, one),
            (Format::Json, several) => pretty(&several),
            (_, several) => {
                several.iter().map(|record| clients::render(*format, record)).collect::<Vec<_>>().join(&b'\n')
            }
        };
        std::fs::write(path, bytes).map_err(|error| {
            CommandError::output(format!("cannot write `{}`", path.display())).because(error)
        })?;
        console::talk(&format!("wrote {}", path.display()));
    }
    Ok(())
}

fn selected(args: &ClientsCompareArgs, environments: &Environments) -> Result<Vec<Selection>, CommandError> {
    let names: Vec<String> = if args.clients.is_empty() {
        contenders()
            .into_iter()
            .filter(|contender| contender.base && !contender.floor)
            .map(|c| c.name)
            .collect()
    } else {
        args.clients.clone()
    };
    let mut selected: Vec<Selection> = Vec::new();
    for name in names {
        let mut refused = None;
        let look = |contender: Contender| {
            functions::look(contender.clone(), &args.functions, environments).unwrap_or_else(|error| {
                refused = Some(error);
                contender
            })
        };
        let selections = select_known(&name, &args.played.mode, look);
        if let Some(error) = refused {
            return Err(error);
        }
        for selection in selections? {
            if !selected.contains(&selection) {
                selected.push(selection);
            }
        }
    }
    Ok(selected)
}

fn entrants(
    args: &ClientsCompareArgs,
    selected: &[Selection],
    environments: &Environments,
    redactor: &Redactor,
) -> Result<Vec<Entrant>, CommandError> {
    let mut entrants: Vec<Entrant> =
        selected.iter().map(|selection| entrant(selection, Role::Client, environments)).collect();
    let reference = &entrants[0];
    if let Err((_, reason)) = &reference.spawn {
        let reason = redactor.redact(reason);
        return Err(CommandError::usage(format!("the first client is the reference, and {reason}"))
            .hint("mend it or set it up, or name another one first"));
    }
    let again =
        Entrant { label: format!("{} (again)", reference.label), role: Role::Control, ..reference.clone() };
    entrants.insert(1, again);
    if !args.played.no_floor {
        entrants.extend(floors(selected).iter().map(|floor| entrant(floor, Role::Floor, environments)));
    }
    Ok(entrants)
}

/// The floors of the languages and modes that are played, unless they are named anyway.
fn floors(selected: &[Selection]) -> Vec<Selection> {
    let mut floors = Vec::new();
    for contender in contenders().into_iter().filter(|contender| contender.floor) {
        for mode in contender.modes.clone() {
            let is_played = |other: &Selection| {
                other.contender.lang == contender.lang && other.mode == mode && other.contender.asks()
            };
            let floor = Selection { contender: contender.clone(), mode: mode.clone() };
            if selected.iter().any(is_played) && !selected.contains(&floor) {
                floors.push(floor);
            }
        }
    }
    floors
}

fn entrant(selection: &Selection, role: Role, environments: &Environments) -> Entrant {
    let contender = &selection.contender;
    let spawn = environments.spawn(contender).map_err(|error| {
        let state = match error {
            EnvironmentError::WrongRuntime { .. } | EnvironmentError::NoRuntime { .. } => {
                ClientState::Skipped
            }
            EnvironmentError::Unfit { .. } => ClientState::Broken,
            _ => ClientState::NotInstalled,
        };
        (state, error.to_string())
    });
    Entrant {
        label: format!("{} {}", contender.name, selection.mode),
        name: contender.name.clone(),
        mode: selection.mode.clone(),
        role,
        asks: contender.asks(),
        spawn,
    }
}

/// The target of a contest.
struct Target {
    url: String,
    words: String,
    access: TargetAccess,
    is_local: bool,
    _embedded: Option<EmbeddedTarget>,
}

impl Target {
    /// The target; none when nobody asks one.
    fn of(args: &ClientsCompareArgs, is_asked: bool) -> Result<Self, CommandError> {
        if !is_asked {
            return Ok(Self {
                url: NOBODY.to_owned(),
                words: "no target: the functions take no URL".to_owned(),
                access: TargetAccess { ledger: None },
                is_local: false,
                _embedded: None,
            });
        }
        let Some(url) = &args.asked.url else {
            let embedded = EmbeddedTarget::start(1)?;
            let path = match args.asked.download {
                Some(bytes) => format!("/bytes/{bytes}"),
                None if has_body(&args.asked) => "/echo".to_owned(),
                None => "/plaintext".to_owned(),
            };
            let url = format!("{}{path}", embedded.url());
            let ledger = Url::parse(embedded.url()).ok();
            return Ok(Self {
                url,
                words: "the embedded target".to_owned(),
                access: TargetAccess { ledger },
                is_local: true,
                _embedded: Some(embedded),
            });
        };
        let parsed = Url::parse(url)
            .map_err(|error| CommandError::usage(format!("`{url}` is not a URL")).because(error))?;
        if !["http", "https"].contains(&parsed.scheme()) {
            return Err(CommandError::usage(format!("`{url}` is not a URL of HTTP"))
                .hint("write http://HOST:PORT/PATH or https://HOST:PORT/PATH"));
        }
        let host = parsed.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        let is_loopback = host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
        Ok(Self {
            access: TargetAccess::detect(&parsed),
            words: parsed.origin().ascii_serialization(),
            url: parsed.to_string(),
            is_local: is_loopback || host == "localhost",
            _embedded: None,
        })
    }
}

fn has_body(asked: &AskedArgs) -> bool {
    asked.data.is_some() || asked.upload.is_some()
}

fn contest_of(
    args: &ClientsCompareArgs,
    target: &Target,
    entrants: Vec<Entrant>,
    lanes: u32,
    interrupts: &Interrupts,
) -> Result<ClientsRecord, CommandError> {
    let body = body(&args.asked);
    let played = &args.played;
    let compared = entrants.iter().filter(|entrant| entrant.spawn.is_ok()).count();
    let contest = Contest {
        entrants,
        setup: setup(args, &target.url, &body, lanes)?,
        blocks: played.blocks.unwrap_or_else(|| blocks_least(compared).max(BLOCKS_LEAST)),
        segment: played.requests.map_or(Segment::Time(played.segment), Segment::Count),
        arrivals: arrivals(args),
        warmup_most: played.warmup,
        reference: 0,
        target: target.access.clone(),
    };
    let at = jiff::Timestamp::now().to_string();
    let mut talk = Talk::new(interrupts, args.quiet);
    let outcome = play(&contest, &mut talk);
    talk.end();
    let reproduce = reproduce::command_line(&arguments());
    let known = Surroundings {
        target: &target.words,
        url: if target.url == NOBODY { "" } else { &target.url },
        lanes,
        body_bytes: body.len() as u64,
        reproduce: &reproduce,
        is_local: target.is_local,
        at,
    };
    Ok(record::complete(args, &contest, outcome, &known))
}

fn body(asked: &AskedArgs) -> Vec<u8> {
    match (&asked.data, asked.upload) {
        (Some(text), _) => text.clone().into_bytes(),
        (None, Some(bytes)) => vec![b'x'; usize::try_from(bytes).unwrap_or(usize::MAX)],
        (None, None) => Vec::new(),
    }
}

/// Evenly spaced starts of one segment; none in a closed loop.
fn arrivals(args: &ClientsCompareArgs) -> Vec<(u64, u32)> {
    let Some(rate) = args.played.rate else { return Vec::new() };
    let count = (rate * args.played.segment.as_secs_f64()).floor().max(1.0) as u64;
    (0..count).map(|n| ((n as f64 / rate * 1e9) as u64, 0)).collect()
}

fn setup(args: &ClientsCompareArgs, url: &str, body: &[u8], lanes: u32) -> Result<Setup, CommandError> {
    let asked = &args.asked;
    let is_matched = Profile::from(args.played.profile) == Profile::Matched;
    let unless_defaults = |value: u32| is_matched.then_some(value);
    let ca_pem = match &asked.cacert {
        None => None,
        Some(path) => Some(std::fs::read_to_string(path).map_err(|error| {
            CommandError::usage(format!("cannot read `{}`", path.display())).because(error)
        })?),
    };
    let is_tls_asked = asked.insecure || ca_pem.is_some() || is_matched;
    Ok(Setup {
        profile: args.played.profile.into(),
        requests: vec![ClientRequest {
            method: asked.method.to_uppercase(),
            url: url.to_owned(),
            headers: headers(asked)?,
            body_b64: STANDARD.encode(body),
        }],
        mode: String::new(),
        lanes,
        timeout_ms: u64::try_from(asked.timeout.as_millis()).unwrap_or(u64::MAX).max(1),
        retries: asked.retries.or(unless_defaults(0)),
        delay_ns: asked.delay.map(|delay| u64::try_from(delay.as_nanos()).unwrap_or(u64::MAX)),
        http: asked.http.clone().or(is_matched.then(|| "1.1".to_owned())),
        tls: is_tls_asked.then_some(TlsSetup { verify: !asked.insecure, ca_pem }),
        redirects: asked.redirects.or(unless_defaults(0)),
        decode: is_matched.then_some(false),
        keep_alive: if asked.disable_keepalive { Some(false) } else { is_matched.then_some(true) },
        pool: unless_defaults(lanes),
        seed: args.played.seed,
    })
}

fn headers(asked: &AskedArgs) -> Result<Vec<(String, String)>, CommandError> {
    let fields = asked.headers.iter().flat_map(|header| &header.fields);
    fields
        .map(|field| match field.value.split_once(':') {
            Some((name, value)) if !name.trim().is_empty() => {
                Ok((name.trim().to_owned(), value.trim().to_owned()))
            }
            _ => Err(CommandError::usage("a header field has no name").hint("write `-H 'NAME: VALUE'`")),
        })
        .collect()
}

/// Knows what must not be shown: credentials in header fields and in the URL.
fn redactor(args: &ClientsCompareArgs) -> Result<Redactor, CommandError> {
    let mut redactor = Redactor::default();
    functions::hide(&args.functions, &mut redactor)?;
    for (name, value) in headers(&args.asked)? {
        if SECRET_HEADERS.contains(&name.to_ascii_lowercase().as_str()) {
            redactor.add(&value);
            value.split_whitespace().skip(1).for_each(|part| redactor.add(part));
        }
    }
    if let Some(url) = args.asked.url.as_ref().and_then(|url| Url::parse(url).ok())
        && let Some(password) = url.password()
    {
        redactor.add(password);
    }
    Ok(redactor)
}
