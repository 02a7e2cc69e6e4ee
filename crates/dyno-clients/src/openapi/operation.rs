//! One operation: its parameters, its body, and what has to come back.

use dyno_datagen::Random;
use serde_json::Value;

use super::body::{self, Body};
use super::parameter::{self, Parts};
use super::pointer::Place;
use super::sample::Sampler;
use super::{Call, Description, Unmade, Version};

/// Keeps this use of the seed apart from others.
const STREAM: u64 = 0x006f_7065_6e61_7069;

/// Methods whose body is sent although it is not required.
const WITH_BODY: [&str; 3] = ["post", "put", "patch"];

/// What a server may answer to those who have not said who they are; a hidden one says that there is nothing.
const REFUSALS: [&str; 3] = ["401", "403", "404"];

/// The request of an operation; `draw` is the seed and the number of the operation.
pub(super) fn call(
    description: &Description,
    method: &str,
    path: &str,
    draw: (u64, u64),
    has_credentials: bool,
) -> Result<Call, Unmade> {
    let root = Place::root(&description.root);
    let item = root.child("paths")?.child(path)?.resolved()?;
    let operation = item.child(method)?;
    let mut sampler = Sampler::new(Random::for_arrival(draw.0, STREAM, draw.1));
    let parameters = parameter::of(&item, &operation)?;
    let mut parts = Parts { path: path.to_owned(), ..Parts::default() };
    let mut needs_credentials = needs_credentials(&root, &operation);
    for place in &parameters {
        match (place.text("in"), place.text("name")) {
            (Some("body" | "formData"), _) if description.version == Version::Swagger2 => {}
            // Told by the scheme of security elsewhere; here it stands for one.
            (Some("header"), Some(name)) if name.eq_ignore_ascii_case("authorization") => {
                needs_credentials = true;
            }
            _ => parameter::put(&mut parts, place, description.version, &mut sampler)?,
        }
    }
    if let Some(at) = parts.path.find('{') {
        let rest = &parts.path[at..];
        let slot = rest.find('}').map_or(rest, |end| &rest[..=end]);
        return Err(operation.fails(format!("no parameter describes `{slot}` of the path")));
    }
    let mut headers = std::mem::take(&mut parts.headers);
    if !parts.cookies.is_empty() {
        headers.push(("Cookie".to_owned(), parts.cookies.join("; ")));
    }
    let body = match description.version {
        Version::Swagger2 => body::of_swagger(&parameters, &consumes(&root, &operation), &mut sampler)?,
        Version::OpenApi3 => of_request_body(&operation, method, &mut sampler)?,
    };
    let bytes = body.map_or_else(Vec::new, |Body { content_type, bytes }| {
        headers.push(("Content-Type".to_owned(), content_type));
        bytes
    });
    let query = if parts.query.is_empty() { String::new() } else { format!("?{}", parts.query.join("&")) };
    Ok(Call {
        name: format!("{} {path}", method.to_ascii_uppercase()),
        method: method.to_ascii_uppercase(),
        target: format!("{}{query}", in_url(&parts.path)),
        headers,
        body: bytes,
        expected: expected(&operation, needs_credentials && !has_credentials)?,
    })
}

/// The path with everything encoded that a URL cannot hold; what is encoded stays so.
fn in_url(path: &str) -> String {
    let piece = |piece: &str| if piece.contains('%') { piece.to_owned() } else { parameter::encoded(piece) };
    path.split('/').map(piece).collect::<Vec<_>>().join("/")
}

fn of_request_body(
    operation: &Place<'_>,
    method: &str,
    sampler: &mut Sampler,
) -> Result<Option<Body>, Unmade> {
    let Some(place) = operation.get("requestBody") else { return Ok(None) };
    let place = place.resolved()?;
    if !place.is("required") && !WITH_BODY.contains(&method) {
        return Ok(None);
    }
    body::of_openapi(&place, sampler)
}

fn consumes(root: &Place<'_>, operation: &Place<'_>) -> Vec<String> {
    let listed = operation.value.get("consumes").or_else(|| root.value.get("consumes"));
    let names = listed.and_then(Value::as_array).into_iter().flatten();
    names.filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Whether every way that the operation allows asks for a scheme of security.
fn needs_credentials(root: &Place<'_>, operation: &Place<'_>) -> bool {
    let listed = operation.value.get("security").or_else(|| root.value.get("security"));
    let ways = listed.and_then(Value::as_array);
    ways.is_some_and(|ways| {
        !ways.is_empty() && ways.iter().all(|way| way.as_object().is_some_and(|way| !way.is_empty()))
    })
}

/// The codes of success; where none is described, the others. Without credentials that are needed, those of a refusal.
fn expected(operation: &Place<'_>, is_refused: bool) -> Result<Vec<String>, Unmade> {
    let responses = operation.get("responses");
    let codes: Vec<String> = responses
        .iter()
        .flat_map(Place::children)
        .map(|(code, _)| code.to_ascii_uppercase())
        .filter(|code| code != "DEFAULT" && !code.starts_with("X-"))
        .collect();
    let of =
        |class: &dyn Fn(&&String) -> bool| -> Vec<String> { codes.iter().filter(class).cloned().collect() };
    if is_refused {
        let refusal = REFUSALS.iter().find(|refusal| codes.iter().any(|code| code == *refusal));
        return match refusal {
            Some(code) => Ok(vec![(*code).to_owned()]),
            None => Err(operation.fails(
                "needs credentials, and does not say what it answers without; give them in a header field",
            )),
        };
    }
    let successes = of(&|code| code.starts_with('2'));
    Ok(match (successes.is_empty(), codes.is_empty()) {
        (false, _) => successes,
        (true, false) => codes,
        (true, true) => vec!["2XX".to_owned()],
    })
}
