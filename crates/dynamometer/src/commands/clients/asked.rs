//! What one case asks of every client: the setup of workers.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dyno_workers::{ClientRequest, Profile, Setup, TlsSetup};

use super::cases::Case;
use super::target::Target;
use crate::args::clients::{AskedArgs, ClientsCompareArgs};
use crate::error::CommandError;

/// The method of a case: that of the operation or of the flag, else GET, or POST with a body.
pub(super) fn method(asked: &AskedArgs, case: &Case) -> String {
    match (&case.call, &asked.method) {
        (Some(call), _) => call.method.clone(),
        (None, Some(method)) => method.clone(),
        (None, None) if body(asked, case).is_empty() => "GET".to_owned(),
        (None, None) => "POST".to_owned(),
    }
}

/// The body of each request of a case; empty is none.
pub(super) fn body(asked: &AskedArgs, case: &Case) -> Vec<u8> {
    match (&case.call, &asked.data, case.upload) {
        (Some(call), _, _) => call.body.clone(),
        (None, Some(text), _) => text.clone().into_bytes(),
        (None, None, Some(bytes)) => vec![b'x'; usize::try_from(bytes).unwrap_or(usize::MAX)],
        (None, None, None) => Vec::new(),
    }
}

/// The header fields that flags name.
///
/// # Errors
/// When one of them has no name.
pub(super) fn headers(asked: &AskedArgs) -> Result<Vec<(String, String)>, CommandError> {
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

/// Those of the operation that no flag names, then those of flags.
fn all_headers(asked: &AskedArgs, case: &Case) -> Result<Vec<(String, String)>, CommandError> {
    let told = headers(asked)?;
    let is_told = |name: &str| told.iter().any(|(other, _)| other.eq_ignore_ascii_case(name));
    let described = case.call.iter().flat_map(|call| &call.headers);
    let mut all: Vec<(String, String)> = described.filter(|(name, _)| !is_told(name)).cloned().collect();
    all.extend(told);
    Ok(all)
}

/// What every client is told; `mode` is each one's own.
///
/// # Errors
/// When a file of authorities cannot be read, or a header field has no name.
pub(super) fn setup(args: &ClientsCompareArgs, case: &Case, target: &Target) -> Result<Setup, CommandError> {
    let asked = &args.asked;
    let is_matched = Profile::from(args.played.profile) == Profile::Matched;
    let unless_defaults = |value: u32| is_matched.then_some(value);
    let ca_pem = match &asked.cacert {
        None => target.ca_pem().filter(|_| case.is_tls && !asked.insecure).map(str::to_owned),
        Some(path) => Some(std::fs::read_to_string(path).map_err(|error| {
            CommandError::usage(format!("cannot read `{}`", path.display())).because(error)
        })?),
    };
    let is_tls_asked = asked.insecure || ca_pem.is_some() || is_matched;
    Ok(Setup {
        profile: args.played.profile.into(),
        requests: vec![ClientRequest {
            method: method(asked, case),
            url: target.url(asked, case),
            headers: all_headers(asked, case)?,
            body_b64: STANDARD.encode(body(asked, case)),
        }],
        mode: String::new(),
        lanes: case.lanes,
        timeout_ms: u64::try_from(asked.timeout.as_millis()).unwrap_or(u64::MAX).max(1),
        retries: asked.retries.or(unless_defaults(0)),
        delay_ns: asked.delay.map(|delay| u64::try_from(delay.as_nanos()).unwrap_or(u64::MAX)),
        http: case.http.clone().or(is_matched.then(|| "1.1".to_owned())),
        tls: is_tls_asked.then_some(TlsSetup { verify: !asked.insecure, ca_pem }),
        redirects: asked.redirects.or(unless_defaults(0)),
        decode: is_matched.then_some(false),
        keep_alive: if asked.disable_keepalive { Some(false) } else { is_matched.then_some(true) },
        pool: unless_defaults(case.lanes),
        seed: args.played.seed,
    })
}
