//! Requests from templates: what arrival `n` sends, as bytes.
//!
//! Pure in (seed, n) but for `now()`: the same arrival gives the same text on every machine. Knows no socket; the
//! connection's part of a request (`Host`, path prefix, cookies) is joined to the rest by [`assemble`]. Called by
//! the scenario before an arrival's time, by the session for what depends on answers, and once for constant steps.

mod assembly;
mod expression;
mod fields;

use dyno_datagen::Random;
use dyno_model::{Body, Expression, HttpPlan, HttpStep, Part, Template};
use dyno_proto::http1::EncodeError;

use crate::endpoint::Endpoint;

pub(crate) use assembly::{Assembly, assemble, split_absolute};
pub(crate) use fields::{USER_AGENT, basic};

/// Where the draws of steps begin; the engine uses small numbers for spacing and choice.
const STEP_STREAM: u64 = 1 << 32;
/// Where the draws of feeders begin.
const FEEDER_STREAM: u64 = 2 << 32;
/// Where the draws of checks begin, apart from those of the request they belong to.
const CHECK_STREAM: u64 = 3 << 32;

/// Why a request is not sent.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub(crate) enum RenderError {
    /// A variable without a value.
    #[error("`{name}` has no value: neither the plan nor an earlier step of the journey gives one")]
    NoValue {
        /// The variable.
        name: String,
    },
    /// A feeder without the column.
    #[error("the feeder `{feeder}` has no column `{column}`")]
    NoColumn {
        /// The feeder.
        feeder: String,
        /// The column.
        column: String,
    },
    /// A path that could not stand in a request line.
    #[error("the path `{path}` {reason}")]
    Path {
        /// The path, escaped for printing.
        path: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// An absolute URL that cannot be read.
    #[error("the URL `{url}` cannot be read: {reason}")]
    Url {
        /// The URL.
        url: String,
        /// Why.
        reason: String,
    },
    /// A field that would break the head, such as one with a line break.
    #[error("the request cannot be sent: {0}")]
    Field(#[from] EncodeError),
}

/// What one arrival knows when it renders.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Values<'a> {
    /// The number of the arrival.
    pub n: u64,
    /// The virtual user that plays it.
    pub user: u32,
    /// What earlier steps of the journey extracted; later values win.
    pub extracted: &'a [(String, String)],
}

/// A request without the parts that depend on the connection it goes over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RenderedRequest {
    /// A path below the base URL, or an absolute URL.
    pub url: String,
    /// The `Host` field, when the plan gives one.
    pub host: Option<String>,
    /// All other fields, each ended by CR LF.
    pub fields: Vec<u8>,
    /// The content.
    pub body: Vec<u8>,
}

/// Renders the templates of one plan.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Renderer<'p> {
    /// The plan.
    pub http: &'p HttpPlan,
    /// Its seed.
    pub seed: u64,
}

impl<'p> Renderer<'p> {
    /// Renders step `step_index` of scenario `scenario_index`.
    pub(crate) fn request(
        self,
        scenario_index: usize,
        step_index: usize,
        values: Values<'_>,
    ) -> Result<RenderedRequest, RenderError> {
        let step = &self.http.scenarios[scenario_index].steps[step_index];
        let stream = STEP_STREAM + ((scenario_index as u64) << 16) + step_index as u64;
        let mut random = Random::for_arrival(self.seed, stream, values.n);
        let mut url = Vec::new();
        self.url(&step.url, values, &mut random, &mut url)?;
        let url = String::from_utf8(url).expect("invariant: everything outside of ASCII was encoded");
        let mut fields = fields::Fields::default();
        let mut value = Vec::new();
        for (name, template) in &step.headers {
            value.clear();
            self.template(template, values, &mut random, &mut value)?;
            fields.push(name, &value)?;
        }
        let mut body = Vec::new();
        self.body(&step.body, values, &mut random, &mut body)?;
        fields.complete(step, self.http, body.len())?;
        Ok(RenderedRequest { url, host: fields.host, fields: fields.bytes, body })
    }

    /// Renders a text that an answer is compared with.
    pub(crate) fn expected(self, template: &Template, values: Values<'_>) -> Result<String, RenderError> {
        if let Some(text) = template.as_literal() {
            return Ok(text.to_owned());
        }
        let mut random = Random::for_arrival(self.seed, CHECK_STREAM, values.n);
        let mut out = Vec::new();
        self.template(template, values, &mut random, &mut out)?;
        Ok(String::from_utf8(out).expect("invariant: templates and their values are texts"))
    }

    /// Whether every arrival renders the same: only literals and variables of the plan.
    pub(crate) fn is_constant(self, template: &Template) -> bool {
        let is_fixed = |name: &str| self.http.variables.iter().any(|(known, _)| known == name);
        template
            .expressions()
            .all(|expression| matches!(expression, Expression::Variable(name) if is_fixed(name)))
    }

    /// Whether every arrival sends the same bytes in this step.
    pub(crate) fn is_constant_step(self, step: &HttpStep) -> bool {
        templates_of(step).all(|template| self.is_constant(template))
    }

    /// Whether a step can be rendered before its arrival's time: it needs neither answers nor the user.
    pub(crate) fn is_known_early(self, step: &HttpStep, extracted_before: &[&str]) -> bool {
        templates_of(step).flat_map(Template::expressions).all(|expression| match expression {
            Expression::User => false,
            Expression::Variable(name) => !extracted_before.contains(&name.as_str()),
            _ => true,
        })
    }

    fn template(
        self,
        template: &Template,
        values: Values<'_>,
        random: &mut Random,
        out: &mut Vec<u8>,
    ) -> Result<(), RenderError> {
        for part in &template.parts {
            match part {
                Part::Literal(text) => out.extend_from_slice(text.as_bytes()),
                Part::Expression(expression) => self.expression(expression, values, random, out)?,
                Part::JsonString(expression) => {
                    let start = out.len();
                    self.expression(expression, values, random, out)?;
                    expression::escape_json(out, start);
                }
            }
        }
        Ok(())
    }

    /// Renders a URL: what cannot stand in one is percent-encoded in values, a control byte is refused.
    fn url(
        self,
        template: &Template,
        values: Values<'_>,
        random: &mut Random,
        out: &mut Vec<u8>,
    ) -> Result<(), RenderError> {
        let mut value = Vec::new();
        for part in &template.parts {
            match part {
                Part::Literal(text) => out.extend_from_slice(text.as_bytes()),
                Part::Expression(expression) | Part::JsonString(expression) => {
                    value.clear();
                    self.expression(expression, values, random, &mut value)?;
                    assembly::push_url_value(&value, out)?;
                }
            }
        }
        assembly::check_url(out)
    }

    fn body(
        self,
        body: &Body,
        values: Values<'_>,
        random: &mut Random,
        out: &mut Vec<u8>,
    ) -> Result<(), RenderError> {
        match body {
            Body::Empty => {}
            Body::Text(template) => self.template(template, values, random, out)?,
            Body::Bytes(bytes) => out.extend_from_slice(bytes),
            Body::Form(pairs) => {
                let mut value = Vec::new();
                for (i, (name, template)) in pairs.iter().enumerate() {
                    value.clear();
                    self.template(template, values, random, &mut value)?;
                    if i > 0 {
                        out.push(b'&');
                    }
                    out.extend(url::form_urlencoded::byte_serialize(name.as_bytes()).flat_map(str::bytes));
                    out.push(b'=');
                    out.extend(url::form_urlencoded::byte_serialize(&value).flat_map(str::bytes));
                }
            }
        }
        Ok(())
    }
}

/// The bytes of a step that is the same for every arrival, as sent to one endpoint.
///
/// # Errors
/// When the request would break the protocol.
pub(crate) fn prebuild(
    renderer: Renderer<'_>,
    scenario_index: usize,
    step_index: usize,
    endpoint: &Endpoint,
) -> Result<Vec<u8>, RenderError> {
    let values = Values { n: 0, user: 0, extracted: &[] };
    let request = renderer.request(scenario_index, step_index, values)?;
    let method = &renderer.http.scenarios[scenario_index].steps[step_index].method;
    let url = split_absolute(&request.url)?;
    let path = url
        .as_ref()
        .map_or(request.url.as_str(), |url| &url[url::Position::BeforePath..url::Position::AfterQuery]);
    let prefix = if url.is_some() { "" } else { endpoint.path_prefix.as_str() };
    let mut out = Vec::with_capacity(256 + request.body.len());
    let part = Assembly {
        method,
        authority: &endpoint.authority,
        prefix,
        path,
        cookie: None,
        user_info: endpoint.user_info.as_ref(),
    };
    assemble(&mut out, part, &request)?;
    Ok(out)
}

fn templates_of(step: &HttpStep) -> impl Iterator<Item = &Template> {
    let (text, form) = match &step.body {
        Body::Text(template) => (Some(template), [].as_slice()),
        Body::Form(pairs) => (None, pairs.as_slice()),
        Body::Empty | Body::Bytes(_) => (None, [].as_slice()),
    };
    let headers = step.headers.iter().map(|(_, template)| template);
    [&step.url].into_iter().chain(headers).chain(text).chain(form.iter().map(|(_, template)| template))
}

#[cfg(test)]
mod tests;
