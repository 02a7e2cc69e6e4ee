//! The `Accept-Encoding` field (RFC 9110, section 12.5.3).

/// True when a client takes `encoding`.
pub(crate) fn accepts(field: &str, encoding: &str) -> bool {
    let mut by_star = false;
    for item in field.split(',') {
        let (name, parameters) = item.split_once(';').unwrap_or((item, ""));
        let name = name.trim();
        let is_refused = parameters.split(';').any(|parameter| {
            let value = parameter.trim().strip_prefix("q=").or_else(|| parameter.trim().strip_prefix("Q="));
            value.is_some_and(|value| value.parse::<f32>().is_ok_and(|weight| weight <= 0.0))
        });
        if name.eq_ignore_ascii_case(encoding) {
            return !is_refused;
        }
        by_star |= name == "*" && !is_refused;
    }
    by_star
}
