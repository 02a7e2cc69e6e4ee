//! The freeze: a server that does no work at all in stated windows.

/// When the answer to a request comes that arrives at `arrival_ns`, in nanoseconds since the target started.
///
/// The server is frozen in the windows [k·every, k·every + frozen) for k = 1, 2, …; there is none at 0, so that a
/// target can be reached when it starts. Every request needs `service` nanoseconds of unfrozen time, all requests
/// are served side by side, and nothing is answered in a window. So
///
/// - an arrival outside a window that ends before the next one is answered at `arrival + service`;
/// - an arrival t inside a window is answered at the window's end + `service`;
/// - a request in service when a window begins waits for its end and then gets what was left of its service.
///
/// # Panics
/// When `frozen_ns` is not below `every_ns`: such a server would never answer.
#[must_use]
pub fn pause_answer_at(arrival_ns: u64, every_ns: u64, frozen_ns: u64, service_ns: u64) -> u64 {
    assert!(frozen_ns < every_ns, "a freeze must be shorter than its period");
    let mut now_ns = arrival_ns;
    if now_ns >= every_ns && now_ns % every_ns < frozen_ns {
        now_ns = now_ns - now_ns % every_ns + frozen_ns;
    }
    let until_freeze_ns = every_ns - now_ns % every_ns;
    if service_ns <= until_freeze_ns {
        return now_ns + service_ns;
    }
    let after_ns = service_ns - until_freeze_ns;
    let gap_ns = every_ns - frozen_ns;
    // Work that fills a whole gap exactly is done at the end of that gap.
    let whole_gaps = (after_ns - 1) / gap_ns;
    let thawed_ns = now_ns + until_freeze_ns + whole_gaps * every_ns + frozen_ns;
    thawed_ns + (after_ns - whole_gaps * gap_ns)
}
