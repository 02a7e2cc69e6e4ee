//! Suggestions for names that are not known: the nearest one, or the section where it belongs.

/// The known name that the given one was probably meant to be.
pub(crate) fn nearest<'k>(name: &str, known: &[&'k str]) -> Option<&'k str> {
    let plain = name.to_lowercase().replace(['-', ' '], "_");
    known
        .iter()
        .map(|candidate| (strsim::damerau_levenshtein(&plain, &candidate.to_lowercase()), *candidate))
        .filter(|(distance, candidate)| *distance <= (candidate.len().min(plain.len()) / 3).max(1))
        .filter(|(distance, candidate)| *distance < candidate.len())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Keys that people look for in another section than the right one.
const HOMES: &[(&str, &str)] = &[
    ("rate", "load.open"),
    ("stages", "load.open"),
    ("arrivals", "load.open"),
    ("max_in_flight", "load.open"),
    ("users", "load.closed"),
    ("connections", "load.closed"),
    ("think_time", "load.closed"),
    ("ramp_up", "load.closed"),
    ("warmup", "phases"),
    ("measure", "phases"),
    ("cooldown", "phases"),
    ("requests", "limits"),
    ("timeout", "limits"),
    ("drain", "limits"),
    ("keep_alive", "http"),
    ("pipeline", "http"),
    ("headers", "http"),
    ("proxy", "http"),
    ("tls", "http"),
    ("insecure", "http.tls"),
    ("steps", "scenarios"),
    ("weight", "scenarios"),
    ("checks", "scenarios[].steps[].check"),
    ("seed", "the top level"),
    ("threads", "the top level"),
    ("thresholds", "the top level"),
    ("variables", "the top level"),
    ("feeders", "the top level"),
];

/// A key like this one and the section where it belongs, when that is not `place` itself.
pub(crate) fn home_of(key: &str, place: &str) -> Option<(&'static str, &'static str)> {
    let keys: Vec<&'static str> = HOMES.iter().map(|(known, _)| *known).collect();
    let near = nearest(key, &keys)?;
    HOMES.iter().find(|(known, home)| *known == near && *home != place).copied()
}
