//! Routes that use up what a real service would: CPU time and memory.

use std::time::Duration;

use dyno_server::{Action, ResponseWriter};
use rustix::time::{ClockId, clock_gettime};

use crate::call::{Call, or_bad_request, text};
use crate::random::bits;

/// Most memory of one request.
const ALLOC_BYTES_MAX: u64 = 256 << 20;
/// Memory is written to once per this many bytes, so that the system really gives it.
const PAGE_BYTES: usize = 4096;

/// `/cpu?us=1000`: measured on the CPU clock of the thread, so that time on other tasks of the machine does not count.
pub(crate) fn cpu(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    or_bad_request(response, |response| {
        let us: u64 = call.query.number("us", 1000)?;
        let longest = call.target.state.bounds.duration_max;
        if u128::from(us) > longest.as_micros() {
            return Err(format!("`us={us}` is above the limit of {} s", longest.as_secs_f64()));
        }
        busy(Duration::from_micros(us));
        Ok(text(response, 200, &format!("worked for {us} us")))
    })
}

/// `/alloc?bytes=&hold=`.
pub(crate) fn alloc(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    let arrival_ns = call.target.state.clock.now_ns();
    or_bad_request(response, |response| {
        let bytes: u64 = call.query.number("bytes", 1 << 20)?;
        if bytes > ALLOC_BYTES_MAX {
            return Err(format!("`bytes={bytes}` is above the limit of {ALLOC_BYTES_MAX}"));
        }
        let hold_ns = match call.query.get("hold") {
            Some(hold) => call.bounded_ns(&hold)?,
            None => 0,
        };
        let memory = allocate(bytes);
        let said = format!("held {bytes} bytes");
        if hold_ns == 0 {
            std::hint::black_box(&memory);
            return Ok(text(response, 200, &said));
        }
        Ok(call.answer_at(arrival_ns + hold_ns, move |response| {
            std::hint::black_box(&memory);
            text(response, 200, &said);
        }))
    })
}

/// Works for so much CPU time of this thread.
pub(crate) fn busy(time: Duration) {
    if time.is_zero() {
        return;
    }
    let end_ns = thread_cpu_ns() + u64::try_from(time.as_nanos()).unwrap_or(u64::MAX / 4);
    let mut hash = end_ns;
    while thread_cpu_ns() < end_ns {
        for n in 0..64 {
            hash = bits(hash, n);
        }
    }
    std::hint::black_box(hash);
}

/// Memory that the system really gave.
pub(crate) fn allocate(bytes: u64) -> Vec<u8> {
    let mut memory = vec![0_u8; bytes as usize];
    memory.iter_mut().step_by(PAGE_BYTES).for_each(|byte| *byte = 1);
    std::hint::black_box(&memory);
    memory
}

fn thread_cpu_ns() -> u64 {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64
}
