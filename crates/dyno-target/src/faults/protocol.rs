//! Faults that only versions with streams know: ends of streams and of whole connections, with their codes.

use dyno_server::{Action, ResponseWriter, Version};

use crate::call::{Call, or_bad_request, text};

/// `REFUSED_STREAM` of HTTP/2 and `H3_REQUEST_REJECTED` of HTTP/3: nothing was done, ask again.
const REFUSED: [u32; 2] = [0x7, 0x10b];
/// `CANCEL` and `H3_REQUEST_CANCELLED`.
const CANCELLED: [u32; 2] = [0x8, 0x10c];
/// `NO_ERROR` and `H3_NO_ERROR`.
const NO_ERROR: [u32; 2] = [0x0, 0x100];

/// `/fault/goaway?code=`: the connection takes no more requests.
pub(crate) fn goaway(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    with_code(call, response, NO_ERROR, Action::GoAway)
}

/// `/fault/rst?code=`: the stream is reset.
pub(crate) fn rst(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    with_code(call, response, CANCELLED, Action::ResetStream)
}

/// `/fault/refuse`: the stream is refused, so that the client may ask again.
pub(crate) fn refuse(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    match code_of(call, REFUSED) {
        Ok(code) => Action::ResetStream(code),
        Err(reason) => text(response, 400, &reason),
    }
}

/// `/fault/quic-close`: the whole connection ends at once, without a word on its streams.
pub(crate) fn quic_close(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    only_http3(call, response, Action::Reset)
}

/// `/fault/stop-sending`: half an answer, then neither side of the stream is wanted any more.
pub(crate) fn stop_sending(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    only_http3(call, response, Action::ResetStream(CANCELLED[1]))
}

fn only_http3(call: &Call<'_>, response: &mut ResponseWriter<'_>, action: Action) -> Action {
    match call.request.version() {
        Version::Http3 => action,
        other => {
            text(response, 400, &format!("this fault needs HTTP/3, the request came in {}", other.name()))
        }
    }
}

fn with_code(
    call: &Call<'_>,
    response: &mut ResponseWriter<'_>,
    defaults: [u32; 2],
    action: fn(u32) -> Action,
) -> Action {
    or_bad_request(response, |_| Ok(action(call.query.number("code", code_of(call, defaults)?)?)))
}

/// The code of the request's version.
fn code_of(call: &Call<'_>, [http2, http3]: [u32; 2]) -> Result<u32, String> {
    match call.request.version() {
        Version::Http2 => Ok(http2),
        Version::Http3 => Ok(http3),
        other => Err(format!("this fault needs HTTP/2 or HTTP/3, the request came in {}", other.name())),
    }
}
