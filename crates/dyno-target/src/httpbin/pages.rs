//! Fixed documents: pages, images, a form, links, and what robots may read.

use dyno_server::{Action, ResponseWriter};

use crate::call::Call;
use crate::httpbin;

/// Most links of `/links/{n}`.
const LINKS_MAX: u64 = 256;

const IMAGES: [(&str, &str, &[u8]); 5] = [
    ("png", "image/png", include_bytes!("../../assets/dial.png")),
    ("webp", "image/webp", include_bytes!("../../assets/dial.webp")),
    ("svg", "image/svg+xml", include_bytes!("../../assets/dial.svg")),
    ("jpeg", "image/jpeg", include_bytes!("../../assets/dial.jpeg")),
    ("avif", "image/avif", include_bytes!("../../assets/dial.avif")),
];

pub(crate) fn html(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    httpbin::content(call, response, httpbin::HTML, include_bytes!("../../assets/sample.html"))
}

pub(crate) fn utf8(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    httpbin::content(call, response, httpbin::HTML, include_bytes!("../../assets/utf8.html"))
}

pub(crate) fn xml(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    httpbin::content(call, response, "application/xml", include_bytes!("../../assets/sample.xml"))
}

pub(crate) fn form(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    httpbin::content(call, response, httpbin::HTML, include_bytes!("../../assets/form.html"))
}

pub(crate) fn robots(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    httpbin::content(call, response, httpbin::TEXT, b"User-agent: *\nDisallow: /deny\n")
}

pub(crate) fn deny(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    httpbin::content(call, response, httpbin::TEXT, b"robots.txt asks robots to stay away from here\n")
}

/// `/image`: the kind that `Accept` names; PNG when it names none or any.
pub(crate) fn accepted_image(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    let accept = call.request.header_str("accept").unwrap_or_default();
    let accepts =
        |kind: &str| accept.split(',').any(|item| item.split(';').next().unwrap_or_default().trim() == kind);
    let is_any = accept.is_empty() || accepts("*/*") || accepts("image/*");
    match IMAGES.iter().find(|(_, content_type, _)| is_any || accepts(content_type)) {
        Some((_, content_type, bytes)) => httpbin::content(call, response, content_type, bytes),
        None => httpbin::refuse(call, response, 406, "there are png, webp, svg, jpeg and avif images"),
    }
}

/// `/image/{kind}`.
pub(crate) fn image(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    match IMAGES.iter().find(|(kind, ..)| *kind == call.parameters[0]) {
        Some((_, content_type, bytes)) => httpbin::content(call, response, content_type, bytes),
        None => httpbin::refuse(call, response, 404, "there are png, webp, svg, jpeg and avif images"),
    }
}

/// `/links/{n}`: to the first of its pages.
pub(crate) fn links(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    match call.parameters[0].parse::<u64>() {
        Ok(count @ 0..=LINKS_MAX) => httpbin::redirect(call, response, 302, &format!("/links/{count}/0")),
        _ => httpbin::refuse(call, response, 400, "no number of links up to 256"),
    }
}

/// `/links/{n}/{offset}`: a page with n links, the one to itself as a number only.
pub(crate) fn links_page(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    let (Ok(count @ 0..=LINKS_MAX), Ok(offset)) =
        (call.parameters[0].parse::<u64>(), call.parameters[1].parse::<u64>())
    else {
        return httpbin::refuse(call, response, 400, "no number of links up to 256, or no page");
    };
    let mut page = String::from("<!doctype html>\n<html><head><title>Links</title></head><body>");
    for n in 0..count {
        if n == offset {
            page.push_str(&format!("{n} "));
        } else {
            page.push_str(&format!("<a href=\"/links/{count}/{n}\">{n}</a> "));
        }
    }
    page.push_str("</body></html>\n");
    httpbin::content(call, response, httpbin::HTML, page.as_bytes())
}
