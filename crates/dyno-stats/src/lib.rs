//! Numbers in, numbers out: warm-up detection, dispersion and other statistics of runs.
