//! Parameters of SETTINGS and their bounds.

use super::case::{Expected, case, check_all, connection_error, echoed, protocol_error};
use super::wire::{code, flag, frame, headers, kind, ping, request, settings};

#[test]
fn settings_parameters() {
    let get = || headers(flag::WHOLE, 1, &request("GET"));
    check_all(
        "HTTP/2: settings",
        &[
            case(
                "takes a table of no size",
                "9113 6.5.2",
                &[settings(&[(1, 0)]), get()],
                echoed(1, "GET / a"),
            ),
            case(
                "takes a large table",
                "9113 6.5.2",
                &[settings(&[(1, 1 << 30)]), get()],
                echoed(1, "GET / a"),
            ),
            case(
                "takes push switched off",
                "9113 6.5.2",
                &[settings(&[(2, 0)]), get()],
                echoed(1, "GET / a"),
            ),
            case("takes push switched on", "9113 6.5.2", &[settings(&[(2, 1)]), get()], echoed(1, "GET / a")),
            case("refuses push switched to 2", "9113 6.5.2", &[settings(&[(2, 2)])], protocol_error()),
            case(
                "takes no streams for itself",
                "9113 6.5.2",
                &[settings(&[(3, 0)]), get()],
                echoed(1, "GET / a"),
            ),
            case(
                "takes the largest window",
                "9113 6.5.2",
                &[settings(&[(4, 0x7fff_ffff)]), get()],
                echoed(1, "GET / a"),
            ),
            case(
                "refuses a window above 2^31-1",
                "9113 6.5.2",
                &[settings(&[(4, 0x8000_0000)])],
                connection_error(&[code::FLOW_CONTROL]),
            ),
            case(
                "takes the smallest largest frame",
                "9113 6.5.2",
                &[settings(&[(5, 16_384)]), get()],
                echoed(1, "GET / a"),
            ),
            case(
                "takes the largest largest frame",
                "9113 6.5.2",
                &[settings(&[(5, 16_777_215)]), get()],
                echoed(1, "GET / a"),
            ),
            case(
                "refuses a largest frame below 2^14",
                "9113 6.5.2",
                &[settings(&[(5, 16_383)])],
                protocol_error(),
            ),
            case(
                "refuses a largest frame above 2^24-1",
                "9113 6.5.2",
                &[settings(&[(5, 16_777_216)])],
                protocol_error(),
            ),
            case(
                "takes a bound on lists of fields",
                "9113 6.5.2",
                &[settings(&[(6, 100_000)]), get()],
                echoed(1, "GET / a"),
            ),
            case(
                "takes the end of old priorities",
                "9218 2.1",
                &[settings(&[(9, 1)]), get()],
                echoed(1, "GET / a"),
            ),
            case(
                "ignores an unknown parameter",
                "9113 6.5.2",
                &[settings(&[(0xff, 1)]), get()],
                echoed(1, "GET / a"),
            ),
            case(
                "takes the last of equal parameters",
                "9113 6.5.3",
                &[settings(&[(4, 100), (4, 65_535)]), get()],
                echoed(1, "GET / a"),
            ),
            case(
                "takes a parameter twice",
                "9113 6.5.3",
                &[settings(&[(3, 1), (3, 1)]), get()],
                echoed(1, "GET / a"),
            ),
            case(
                "takes SETTINGS between requests",
                "9113 6.5",
                &[get(), settings(&[(4, 100)])],
                echoed(1, "GET / a"),
            ),
            case(
                "answers PING behind SETTINGS",
                "9113 6.5.3",
                &[settings(&[]), ping([1; 8])],
                Expected::Alive,
            ),
            case(
                "refuses an acknowledgement that nobody asked for, or ignores it",
                "9113 6.5.3",
                &[frame(kind::SETTINGS, flag::ACK, 0, &[]), frame(kind::SETTINGS, flag::ACK, 0, &[])],
                Expected::AliveOr(vec![code::PROTOCOL]),
            ),
        ],
    );
}
