//! How connections are made, from file, environment and flags.

use std::time::Duration;

use dyno_model::{Connection, Credentials, HttpVersion, Secret, TlsOptions, units::UnitError};

use crate::Overrides;
use crate::files;
use crate::http::{self, ConnectTo, HttpDraft, Proxy, Resolve};
use crate::layers::{Layers, Show};
use crate::problem::Problem;
use crate::read::Context;

/// The parts of an HTTP plan that are not scenarios.
pub(super) struct Http {
    pub connection: Connection,
    pub cookies: bool,
    pub redirects_max: u32,
    pub compressed: bool,
}

pub(super) fn resolve(
    context: &mut Context<'_>,
    layers: &mut Layers<'_>,
    draft: &mut HttpDraft,
    timeout: Duration,
) -> Http {
    let no = || false;
    let pipeline =
        layers.pick("http.pipeline", "pipeline", |o| o.pipeline, draft.pipeline.take(), || 1).value;
    let keep_alive =
        layers.pick("http.keep_alive", "keep-alive", |o| o.keep_alive, draft.keep_alive.take(), || true);
    if pipeline > 1 && !keep_alive.value {
        let message = "pipelining needs connections that are kept";
        let problem = Problem::at_or_anywhere(keep_alive.span.as_ref(), message);
        context.report(problem.hint("remove `pipeline`, or set `keep_alive: true`"));
    }
    let connect_timeout = |o: &Overrides| o.connect_timeout;
    let file = draft.connect_timeout.take();
    let connect_timeout =
        layers.pick("http.connect_timeout", "connect-timeout", connect_timeout, file, || timeout).value;
    let unix_socket = |o: &Overrides| o.unix_socket.clone();
    let unix_socket =
        layers.pick_optional("http.unix_socket", "unix-socket", unix_socket, draft.unix_socket.take());
    let addresses = |o: &Overrides| (!o.source_addresses.is_empty()).then(|| o.source_addresses.clone());
    let file = draft.source_addresses.take();
    let source_addresses = layers.pick_optional("http.source_addresses", "source-address", addresses, file);
    let proxy = proxy(context, layers, draft);
    let connection = Connection {
        version: HttpVersion::Http11,
        pipeline,
        keep_alive: keep_alive.value,
        connect_timeout,
        resolve: resolve_list(context, layers, draft),
        connect_to: connect_to_list(context, layers, draft),
        unix_socket: unix_socket.map(|setting| setting.value),
        proxy: proxy.as_ref().map(|proxy| proxy.url.clone()),
        proxy_credentials: proxy.and_then(|proxy| proxy.credentials),
        source_addresses: source_addresses.map(|setting| setting.value).unwrap_or_default(),
        tls: tls(context, layers, draft),
    };
    let redirects = draft.redirects.take();
    Http {
        connection,
        cookies: layers.pick("http.cookies", "cookies", |o| o.cookies, draft.cookies.take(), no).value,
        redirects_max: layers.pick("http.redirects", "redirects", |o| o.redirects, redirects, || 0).value,
        compressed: layers
            .pick("http.compressed", "compressed", |o| o.compressed, draft.compressed.take(), no)
            .value,
    }
}

fn tls(context: &mut Context<'_>, layers: &mut Layers<'_>, draft: &mut HttpDraft) -> TlsOptions {
    for overrides in [layers.environment, layers.flags] {
        for path in
            [&overrides.ca_file, &overrides.certificate_file, &overrides.key_file].into_iter().flatten()
        {
            if let Err((message, _)) = files::must_exist(path) {
                context
                    .report(Problem::anywhere(message).hint("paths of flags start from the current folder"));
            }
        }
    }
    let ca_file = |o: &Overrides| o.ca_file.clone();
    let ca_file = layers.pick_optional("http.tls.ca_file", "cacert", ca_file, draft.ca_file.take());
    let certificate = |o: &Overrides| o.certificate_file.clone();
    let file = draft.certificate_file.take();
    let certificate = layers.pick_optional("http.tls.certificate_file", "cert", certificate, file);
    let key = |o: &Overrides| o.key_file.clone();
    let key = layers.pick_optional("http.tls.key_file", "key", key, draft.key_file.take());
    if certificate.is_some() != key.is_some() && context.problems.is_empty() {
        let problem = Problem::anywhere("a client certificate needs both its files");
        context.report(problem.hint("give both `--cert` and `--key`"));
    }
    let server_name = |o: &Overrides| o.server_name.clone();
    let file = draft.server_name.take();
    let server_name = layers.pick_optional("http.tls.server_name", "server-name", server_name, file);
    let insecure = draft.insecure.take();
    TlsOptions {
        insecure: layers.pick("http.tls.insecure", "insecure", |o| o.insecure, insecure, || false).value,
        ca_file: ca_file.map(|setting| setting.value),
        certificate_file: certificate.map(|setting| setting.value),
        key_file: key.map(|setting| setting.value),
        server_name: server_name.map(|setting| setting.value),
    }
}

fn proxy(context: &mut Context<'_>, layers: &mut Layers<'_>, draft: &mut HttpDraft) -> Option<Proxy> {
    let text = layers.flags.proxy.as_ref().or(layers.environment.proxy.as_ref());
    let parsed = text.and_then(|text| match http::parse_proxy(context, text) {
        Ok(proxy) => Some(proxy),
        Err((message, hint)) => {
            context.report(Problem::anywhere(format!("--proxy: {message}")).hint(hint));
            None
        }
    });
    let picked = layers.pick_optional("http.proxy", "proxy", |_| parsed.clone(), draft.proxy.take());
    picked.map(|setting| setting.value)
}

fn resolve_list(context: &mut Context<'_>, layers: &mut Layers<'_>, draft: &mut HttpDraft) -> Vec<Resolve> {
    let on_top = parsed_list(context, layers, |o| &o.resolve, http::parse_resolve);
    let picked = layers.pick_optional("http.resolve", "resolve", |_| on_top.clone(), draft.resolve.take());
    picked.map(|setting| setting.value).unwrap_or_default()
}

fn connect_to_list(
    context: &mut Context<'_>,
    layers: &mut Layers<'_>,
    draft: &mut HttpDraft,
) -> Vec<ConnectTo> {
    let on_top = parsed_list(context, layers, |o| &o.connect_to, http::parse_connect_to);
    let picked =
        layers.pick_optional("http.connect_to", "connect-to", |_| on_top.clone(), draft.connect_to.take());
    picked.map(|setting| setting.value).unwrap_or_default()
}

/// The list of the highest layer that has one.
fn parsed_list<T>(
    context: &mut Context<'_>,
    layers: &Layers<'_>,
    get: impl Fn(&Overrides) -> &Vec<String>,
    parse: fn(&str) -> Result<T, UnitError>,
) -> Option<Vec<T>> {
    let texts = [get(layers.flags), get(layers.environment)].into_iter().find(|texts| !texts.is_empty())?;
    let mut items = Vec::new();
    for text in texts {
        match parse(text) {
            Ok(item) => items.push(item),
            Err(error) => context.report(Problem::anywhere(error.problem).hint(error.hint)),
        }
    }
    Some(items)
}

/// `user:password` of a flag.
pub(super) fn basic_of_flags(context: &mut Context<'_>, layers: &Layers<'_>) -> Option<Credentials> {
    let text = layers.flags.basic.as_ref().or(layers.environment.basic.as_ref())?;
    context.keep_secret(text);
    if let Some((_, password)) = text.split_once(':') {
        context.keep_secret(password);
    }
    let text = if text.contains(':') { text.clone() } else { format!("{text}:") };
    Some(Credentials::Basic(Secret::new(text)))
}

impl Show for Proxy {
    fn show(&self) -> String {
        self.url.clone()
    }
}

impl Show for Resolve {
    fn show(&self) -> String {
        format!("{}:{}:{}", self.0, self.1, self.2)
    }
}

impl Show for ConnectTo {
    fn show(&self) -> String {
        format!("{}:{}:{}:{}", self.0.0, self.0.1, self.1.0, self.1.1)
    }
}
