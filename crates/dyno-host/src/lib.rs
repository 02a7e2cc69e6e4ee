//! The machine: fingerprint, resources used by generator and target, limits.
