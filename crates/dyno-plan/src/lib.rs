//! Plan files and flags, resolved into one run plan, all mistakes reported at once.
