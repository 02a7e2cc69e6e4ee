//! The page: a frame without data, a style, and scripts that fill the frame from the API.

use dyno_server::{Call, Response};

use crate::problem::Problem;
use crate::shared::Shared;

const PAGE: &str = include_str!("../../assets/monitor.html");
const STYLE: &str = include_str!("../../assets/monitor.css");
const SCRIPT: &str = include_str!("../../assets/monitor.js");
const TABLES: &str = include_str!("../../assets/table.js");

/// Nothing from elsewhere, nothing inline: what is stored is foreign text.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'";

pub(super) fn page(_: &Call<'_>, _: &Shared) -> Result<Response, Problem> {
    Ok(Response::html(PAGE).with_header("content-security-policy", POLICY))
}

pub(super) fn style(_: &Call<'_>, _: &Shared) -> Result<Response, Problem> {
    Ok(Response::with_content("text/css; charset=utf-8", STYLE))
}

pub(super) fn script(_: &Call<'_>, _: &Shared) -> Result<Response, Problem> {
    Ok(Response::with_content("text/javascript; charset=utf-8", SCRIPT))
}

pub(super) fn tables(_: &Call<'_>, _: &Shared) -> Result<Response, Problem> {
    Ok(Response::with_content("text/javascript; charset=utf-8", TABLES))
}
