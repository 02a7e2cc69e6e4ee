//! From flags to cases: the product of everything that has several values, and the operations of an API description.
//!
//! Pure but for reading the description. Starts and plays nothing.

use std::time::Duration;

use dyno_clients::Expected;
use dyno_clients::openapi::{Call, Description};
use dyno_model::{OperationLeftOut, units};
use dyno_verdict::is_like;

use crate::args::clients::{AskedArgs, ClientsCompareArgs, TlsArg};
use crate::error::CommandError;

/// What starting a worker takes about, without its warm-up.
const START: Duration = Duration::from_secs(1);

/// One case: what sets it apart from the others.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Case {
    /// What sets it apart, in words; empty for the only one.
    pub(super) name: String,
    pub(super) lanes: u32,
    pub(super) is_tls: bool,
    pub(super) http: Option<String>,
    /// Bytes of each answer, from the embedded target.
    pub(super) download: Option<u64>,
    /// Bytes of each request's body; `None` leaves it to `--data`.
    pub(super) upload: Option<u64>,
    /// The operation of a description.
    pub(super) call: Option<Call>,
}

/// The cases that were asked for, and what of them cannot be played.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    pub(super) cases: Vec<Case>,
    pub(super) left_out: Vec<OperationLeftOut>,
    /// The path below which the description's operations are.
    pub(super) base_path: String,
}

/// Everything that flags ask for.
///
/// # Errors
/// When the description cannot be read, or nothing is left to play.
pub(super) fn wanted(args: &ClientsCompareArgs) -> Result<Wanted, CommandError> {
    let asked = &args.asked;
    let (calls, mut left_out, base_path) = match &asked.from_openapi {
        None => (vec![None], Vec::new(), String::new()),
        Some(_) => operations(args)?,
    };
    let mut cases = Vec::new();
    for call in &calls {
        for is_tls in tls_axis(asked) {
            for http in optional(&asked.http) {
                if http.as_deref() == Some("3") && !is_tls {
                    let name = "HTTP/3 without TLS".to_owned();
                    if left_out.iter().all(|left: &OperationLeftOut| left.operation != name) {
                        let reason = "HTTP/3 is always encrypted".to_owned();
                        left_out.push(OperationLeftOut { operation: name, reason });
                    }
                    continue;
                }
                for download in optional(&asked.download) {
                    for upload in optional(&asked.upload) {
                        cases.extend(args.played.lanes.iter().map(|lanes| {
                            let name = String::new();
                            let (http, call) = (http.clone(), call.clone());
                            Case { name, lanes: *lanes, is_tls, http, download, upload, call }
                        }));
                    }
                }
            }
        }
    }
    name(&mut cases);
    if cases.is_empty() {
        return Err(nothing(&left_out));
    }
    Ok(Wanted { cases, left_out, base_path })
}

fn nothing(left_out: &[OperationLeftOut]) -> CommandError {
    let reasons: Vec<String> =
        left_out.iter().map(|left| format!("{}: {}", left.operation, left.reason)).collect();
    CommandError::usage("there is no case to play").hint(reasons.join("; "))
}

/// All values, or one that says nothing.
fn optional<T: Clone>(values: &[T]) -> Vec<Option<T>> {
    if values.is_empty() { vec![None] } else { values.iter().cloned().map(Some).collect() }
}

/// Without a wish, plain text; for nothing but HTTP/3, TLS.
fn tls_axis(asked: &AskedArgs) -> Vec<bool> {
    if let Some(url) = &asked.url {
        return vec![url.to_ascii_lowercase().starts_with("https:")];
    }
    if !asked.tls.is_empty() {
        return asked.tls.iter().map(|tls| *tls == TlsArg::On).collect();
    }
    vec![!asked.http.is_empty() && asked.http.iter().all(|version| version == "3")]
}

/// The calls of the description that the globs choose, those that cannot be made, and the path they are below.
type Operations = (Vec<Option<Call>>, Vec<OperationLeftOut>, String);

fn operations(args: &ClientsCompareArgs) -> Result<Operations, CommandError> {
    let asked = &args.asked;
    let Some(path) = &asked.from_openapi else { return Ok(Operations::default()) };
    let place = path.display();
    let text = std::fs::read_to_string(path).map_err(|error| {
        CommandError::usage(format!("cannot read the description `{place}`")).because(error)
    })?;
    let description = Description::read(&text).map_err(|error| {
        CommandError::usage(format!("`{place}` is not a usable API description")).because(error)
    })?;
    let has_credentials = super::asked::headers(asked)?
        .iter()
        .any(|(name, _)| crate::args::play::SECRET_HEADERS.contains(&name.to_ascii_lowercase().as_str()));
    let is_chosen = |name: &str| {
        (asked.include.is_empty() || asked.include.iter().any(|glob| is_like(glob, name)))
            && !asked.exclude.iter().any(|glob| is_like(glob, name))
    };
    let made = description.calls(args.played.seed, has_credentials);
    let count = made.len();
    let (mut calls, mut left_out) = (Vec::new(), Vec::new());
    for (operation, call) in made.into_iter().filter(|(operation, _)| is_chosen(operation)) {
        match call {
            Ok(call) if Expected::read(&call.expected).is_some() => calls.push(Some(call)),
            Ok(call) => {
                let reason = format!("`{}` are no status codes", call.expected.join(", "));
                left_out.push(OperationLeftOut { operation, reason });
            }
            Err(problem) => left_out.push(OperationLeftOut { operation, reason: problem.to_string() }),
        }
    }
    if calls.is_empty() && left_out.is_empty() {
        let error = CommandError::usage(format!("none of the {count} operations of `{place}` is chosen"));
        return Err(error.hint("`--include` and `--exclude` compare with texts such as `GET /users/{id}`"));
    }
    Ok((calls, left_out, description.base_path().to_owned()))
}

/// Gives each case a name of what differs among them.
fn name(cases: &mut [Case]) {
    fn differs<T: PartialEq>(cases: &[Case], part: impl Fn(&Case) -> T) -> bool {
        cases.windows(2).any(|pair| part(&pair[0]) != part(&pair[1]))
    }
    let is_told = [
        differs(cases, |case| case.is_tls),
        differs(cases, |case| case.http.clone()),
        differs(cases, |case| case.download),
        differs(cases, |case| case.upload),
        differs(cases, |case| case.lanes),
    ];
    for case in cases {
        let parts = [
            case.call.as_ref().map(|call| call.name.clone()),
            is_told[0].then(|| if case.is_tls { "TLS" } else { "no TLS" }.to_owned()),
            case.http.as_ref().filter(|_| is_told[1]).map(|version| format!("HTTP/{version}")),
            case.download.filter(|_| is_told[2]).map(|bytes| format!("answers of {}", size(bytes))),
            case.upload.filter(|_| is_told[3]).map(|bytes| format!("bodies of {}", size(bytes))),
            is_told[4]
                .then(|| if case.lanes == 1 { "1 lane".to_owned() } else { format!("{} lanes", case.lanes) }),
        ];
        case.name = parts.into_iter().flatten().collect::<Vec<_>>().join(", ");
    }
}

/// A size without rounding.
fn size(bytes: u64) -> String {
    const KIB: u64 = 1 << 10;
    const MIB: u64 = 1 << 20;
    match bytes {
        0 => "0 B".to_owned(),
        _ if bytes.is_multiple_of(MIB) => format!("{} MiB", bytes / MIB),
        _ if bytes.is_multiple_of(KIB) => format!("{} KiB", bytes / KIB),
        _ => format!("{bytes} B"),
    }
}

/// About how long the cases take with so many clients, floors and the control included. Segments that are counts of
/// requests are not known beforehand, and taken for one of a time.
pub(super) fn time(args: &ClientsCompareArgs, cases: usize, entrants: usize, blocks: u32) -> Duration {
    let each = START + args.played.warmup + args.played.segment * blocks;
    each.saturating_mul(u32::try_from(entrants.saturating_mul(cases)).unwrap_or(u32::MAX))
}

/// Refuses a product that is too large, by its number and the time it would take.
///
/// # Errors
/// When there are more cases than allowed.
pub(super) fn check_count(
    args: &ClientsCompareArgs,
    cases: usize,
    entrants: usize,
    blocks: u32,
) -> Result<(), CommandError> {
    let most = args.played.cases_most;
    if cases <= most {
        return Ok(());
    }
    let time = units::format_duration(time(args, cases, entrants, blocks));
    let text = format!(
        "{cases} cases are asked for, which take up to {time} with {entrants} clients; {most} are allowed"
    );
    let hint = format!("name fewer values, or allow as many by `--cases-most {cases}`");
    Err(CommandError::usage(text).hint(hint))
}

#[cfg(test)]
mod tests;
