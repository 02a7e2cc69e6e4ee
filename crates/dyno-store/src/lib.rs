//! The store of run records.
