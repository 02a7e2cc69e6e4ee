//! Everything that is shown of a run record.
