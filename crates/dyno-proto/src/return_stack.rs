//! What a processor remembers of calls, after a system call.
//!
//! A processor predicts where `ret` goes from a small stack of its own. A kernel that guards its returns against
//! speculation (on AMD: `Safe RET`, see `/sys/devices/system/cpu/vulnerabilities/spec_rstack_overflow`) leaves that
//! stack full of kernel addresses. The program's next `ret` then goes after one of these, and although that
//! is put right at once, all of the kernel runs slower from then to the end of the next system call: half a
//! microsecond each, a fifth of a small request. Calls that fill the stack with addresses of the program avoid that.
//! They never return; their addresses are taken off the real stack again. Elsewhere they cost some nanoseconds.
//! The example `return_stack` of `dyno-server` measures it; `docs/adr/0007-calls-after-system-calls.md` has the whole
//! story. No codec, and here because both sides need it: called by the sockets of `dyno-http` and `dyno-server`.

/// How many calls: more than there are functions to return from before the next system call.
///
/// With 4 of them the loss is still there, with 8 it is gone on HTTP/1.1, and 32, the size of the whole stack, are no
/// better than 16 with TLS either.
#[cfg(target_arch = "x86_64")]
const CALLS: usize = 16;

/// Replaces the remembered return addresses. To be called in the function that made a system call, before it returns.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
pub fn refill() {
    // SAFETY: each `call` pushes eight bytes below the stack pointer, where nothing of the program lies while an
    // assembly block without `nostack` runs, and jumps to the instruction behind the trap. The last
    // instruction gives the stack pointer its old value; no register and no flag is changed.
    unsafe {
        std::arch::asm!(
            ".rept {calls}",
            "call 2f",
            "int3",
            "2:",
            ".endr",
            "lea rsp, [rsp + 8 * {calls}]",
            calls = const CALLS,
            options(preserves_flags),
        );
    }
}

/// Nothing on this architecture.
#[cfg(not(target_arch = "x86_64"))]
#[inline(always)]
pub fn refill() {}

#[cfg(test)]
mod tests;
