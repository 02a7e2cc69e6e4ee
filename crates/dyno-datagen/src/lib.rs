//! Seeded random data: the same seed and arrival give the same value everywhere.
