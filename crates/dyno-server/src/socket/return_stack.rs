//! What a processor remembers of calls, after a system call.
//!
//! A processor predicts where `ret` goes from a small stack of its own. A kernel that guards its returns against
//! speculation (on AMD: `Safe RET`, see `/sys/devices/system/cpu/vulnerabilities/spec_rstack_overflow`) leaves that
//! stack full of kernel addresses. The first `ret` of the program then guesses one of these, and although it is
//! put right at once, the kernel's *next* call runs half a microsecond slower: a fifth of a small request.
//! Calls that fill the stack with addresses of the program avoid that. They never return; their addresses are taken
//! off the real stack again. Elsewhere they cost some nanoseconds. The measurements are in
//! `docs/benchmarks-server.md`.

/// Entries of the largest stack in use.
#[cfg(target_arch = "x86_64")]
const ENTRIES: usize = 32;

/// Replaces all remembered return addresses. To be called before the function returns that made a system call.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
pub(super) fn refill() {
    // SAFETY: each `call` pushes eight bytes below the stack pointer, where nothing of the program lies while an
    // assembly block without `nostack` runs, and jumps to the instruction behind the trap. The last
    // instruction gives the stack pointer its old value; no register and no flag is changed.
    unsafe {
        std::arch::asm!(
            ".rept {entries}",
            "call 2f",
            "int3",
            "2:",
            ".endr",
            "lea rsp, [rsp + 8 * {entries}]",
            entries = const ENTRIES,
            options(preserves_flags),
        );
    }
}

#[cfg(not(target_arch = "x86_64"))]
#[inline(always)]
pub(super) fn refill() {}
