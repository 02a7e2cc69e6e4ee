//! The `http` section: how connections are made. Also reads the forms that flags share with it.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use dyno_model::{Secret, units::UnitError};

use crate::problem::Problem;
use crate::read::{Context, Keys, Setting};
use crate::scenario::headers::{self, HeaderDraft};
use crate::template::Scope;
use crate::tree::{Node, Value};
use crate::{address, files};

/// What the file says about HTTP; every field may be left out.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct HttpDraft {
    pub pipeline: Option<Setting<u32>>,
    pub keep_alive: Option<Setting<bool>>,
    pub connect_timeout: Option<Setting<Duration>>,
    pub cookies: Option<Setting<bool>>,
    pub redirects: Option<Setting<u32>>,
    pub compressed: Option<Setting<bool>>,
    pub headers: Vec<HeaderDraft>,
    pub proxy: Option<Setting<Proxy>>,
    pub resolve: Option<Setting<Vec<Resolve>>>,
    pub connect_to: Option<Setting<Vec<ConnectTo>>>,
    pub unix_socket: Option<Setting<PathBuf>>,
    pub source_addresses: Option<Setting<Vec<IpAddr>>>,
    pub insecure: Option<Setting<bool>>,
    pub ca_file: Option<Setting<PathBuf>>,
    pub certificate_file: Option<Setting<PathBuf>>,
    pub key_file: Option<Setting<PathBuf>>,
    pub server_name: Option<Setting<String>>,
}

/// A look-up answered by the user: host, port, address.
pub(crate) type Resolve = (String, u16, IpAddr);
/// Connect elsewhere: from host and port, to host and port.
pub(crate) type ConnectTo = ((String, u16), (String, u16));

/// An HTTP proxy.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Proxy {
    /// Without user and password.
    pub url: String,
    pub credentials: Option<Secret>,
}

/// Reads the section. `scope` holds the names that header templates can use.
pub(crate) fn read(context: &mut Context<'_>, node: &Node, scope: Scope<'_>) -> Option<HttpDraft> {
    let mut keys = context.keys(node, "http")?;
    if let Some(node) = keys.take("version") {
        read_version(context, node);
    }
    let mut draft = HttpDraft {
        pipeline: setting(context, &mut keys, "pipeline", |c, n| c.integer_u32(n, "`pipeline`", 1, 1024)),
        keep_alive: setting(context, &mut keys, "keep_alive", |c, n| c.truth(n, "`keep_alive`")),
        connect_timeout: setting(context, &mut keys, "connect_timeout", |c, n| {
            c.duration_above_zero(n, "`connect_timeout`")
        }),
        cookies: setting(context, &mut keys, "cookies", |c, n| c.truth(n, "`cookies`")),
        redirects: setting(context, &mut keys, "redirects", |c, n| c.integer_u32(n, "`redirects`", 0, 100)),
        compressed: setting(context, &mut keys, "compressed", |c, n| c.truth(n, "`compressed`")),
        proxy: setting(context, &mut keys, "proxy", read_proxy),
        resolve: setting(context, &mut keys, "resolve", |c, n| each(c, n, "`resolve`", parse_resolve)),
        connect_to: setting(context, &mut keys, "connect_to", |c, n| {
            each(c, n, "`connect_to`", parse_connect_to)
        }),
        unix_socket: setting(context, &mut keys, "unix_socket", |c, n| {
            c.text(n, "`unix_socket`").map(|path| c.path(&path))
        }),
        source_addresses: setting(context, &mut keys, "source_addresses", |c, n| {
            each(c, n, "`source_addresses`", parse_ip)
        }),
        ..HttpDraft::default()
    };
    if let Some(node) = keys.take("headers") {
        draft.headers = headers::read(context, node, "http.headers", scope);
    }
    if let Some(node) = keys.take("tls") {
        read_tls(context, node, &mut draft);
    }
    keys.finish(context);
    Some(draft)
}

fn setting<T>(
    context: &mut Context<'_>,
    keys: &mut Keys<'_>,
    key: &'static str,
    read: impl FnOnce(&mut Context<'_>, &Node) -> Option<T>,
) -> Option<Setting<T>> {
    let node = keys.take(key)?;
    let value = read(context, node)?;
    Some(context.setting(node, value))
}

fn read_tls(context: &mut Context<'_>, node: &Node, draft: &mut HttpDraft) {
    let Some(mut keys) = context.keys(node, "http.tls") else { return };
    let file = |context: &mut Context<'_>, node: &Node| {
        let path = context.text(node, "the file")?;
        let path = context.path(&path);
        match files::must_exist(&path) {
            Ok(()) => Some(path),
            Err((message, hint)) => {
                context.report(Problem::at(&node.span, message).hint(hint));
                None
            }
        }
    };
    draft.insecure = setting(context, &mut keys, "insecure", |c, n| c.truth(n, "`insecure`"));
    draft.ca_file = setting(context, &mut keys, "ca_file", file);
    draft.certificate_file = setting(context, &mut keys, "certificate_file", file);
    draft.key_file = setting(context, &mut keys, "key_file", file);
    draft.server_name = setting(context, &mut keys, "server_name", |c, n| c.text(n, "`server_name`"));
    let (certificate, key) = (keys.entry("certificate_file"), keys.entry("key_file"));
    if certificate.is_some() != key.is_some() {
        let problem = Problem::at(&keys.span, "a client certificate needs both its files");
        context.report(problem.hint("give `certificate_file` and `key_file`"));
    }
    keys.finish(context);
}

fn read_version(context: &mut Context<'_>, node: &Node) {
    let Some(version) = context.text(node, "`version`") else { return };
    if !matches!(version.as_str(), "1.1" | "http1.1" | "http/1.1" | "HTTP/1.1") {
        let problem = Problem::at(&node.span, format!("the HTTP version `{version}` is not supported"));
        context.report(problem.hint("write `http1.1`, or leave it out"));
    }
}

fn read_proxy(context: &mut Context<'_>, node: &Node) -> Option<Proxy> {
    let text = context.text(node, "`proxy`")?;
    match parse_proxy(context, &text) {
        Ok(proxy) => Some(proxy),
        Err((message, hint)) => {
            context.report(Problem::at(&node.span, message).hint(hint));
            None
        }
    }
}

/// `http://user:password@host:port`.
pub(crate) fn parse_proxy(context: &mut Context<'_>, text: &str) -> Result<Proxy, address::UrlMistake> {
    if let Some(user) = address::user_in(text) {
        context.keep_secret(user);
    }
    let address = address::split(text)?;
    if !address.origin.starts_with("http://") {
        let hint = "write `http://host:port`".to_owned();
        return Err((format!("the proxy `{}` does not speak plain HTTP", address.origin), hint));
    }
    let credentials = address.user.map(|user| {
        context.keep_secret(&user);
        Secret::new(user)
    });
    Ok(Proxy { url: address.origin, credentials })
}

/// All items of a list, or none of them when one is wrong.
fn each<T>(
    context: &mut Context<'_>,
    node: &Node,
    what: &str,
    parse: fn(&str) -> Result<T, UnitError>,
) -> Option<Vec<T>> {
    let items: Vec<_> =
        context.one_or_many(node).iter().map(|item| context.quantity(item, what, parse)).collect();
    match &node.value {
        Value::Map(_) => None,
        _ => items.into_iter().collect(),
    }
}

/// `host:port:address`.
pub(crate) fn parse_resolve(text: &str) -> Result<Resolve, UnitError> {
    let mistake = || UnitError {
        problem: format!("`{text}` is not `host:port:address`"),
        hint: "write `example.com:443:127.0.0.1`".to_owned(),
    };
    let (host, rest) = text.split_once(':').ok_or_else(mistake)?;
    let (port, address) = rest.split_once(':').ok_or_else(mistake)?;
    let port = port.parse().map_err(|_| mistake())?;
    let address = address.trim_matches(['[', ']']).parse().map_err(|_| mistake())?;
    Ok((host.to_owned(), port, address))
}

/// `host:port:other-host:other-port`.
pub(crate) fn parse_connect_to(text: &str) -> Result<ConnectTo, UnitError> {
    let mistake = || UnitError {
        problem: format!("`{text}` is not `host:port:host:port`"),
        hint: "write `example.com:443:127.0.0.1:8443`".to_owned(),
    };
    let (host, rest) = text.split_once(':').ok_or_else(mistake)?;
    let (port, rest) = rest.split_once(':').ok_or_else(mistake)?;
    let (other, other_port) = rest.rsplit_once(':').ok_or_else(mistake)?;
    let from = (host.to_owned(), port.parse().map_err(|_| mistake())?);
    let to = (other.trim_matches(['[', ']']).to_owned(), other_port.parse().map_err(|_| mistake())?);
    Ok((from, to))
}

/// An IPv4 or IPv6 address.
pub(crate) fn parse_ip(text: &str) -> Result<IpAddr, UnitError> {
    text.parse().map_err(|_| UnitError {
        problem: format!("`{text}` is not an IP address"),
        hint: "write `127.0.0.2` or `::1`".to_owned(),
    })
}
