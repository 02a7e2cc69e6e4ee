//! RFC 9218: how urgent an answer is, and whether its pieces are of use one by one.

/// Extensible priority of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Priority {
    /// 0 (first) to 7 (background).
    pub urgency: u8,
    /// True when answers of equal urgency should share the connection instead of following each other.
    pub incremental: bool,
}

impl Default for Priority {
    fn default() -> Self {
        Self { urgency: 3, incremental: false }
    }
}

impl Priority {
    /// Reads a `priority` field such as `u=1, i`; parts that are unknown or out of range are as if absent.
    #[must_use]
    pub fn parse(value: &[u8]) -> Self {
        let mut priority = Self::default();
        for item in value.split(|&byte| byte == b',') {
            // Parameters behind `;` have no meaning here.
            let item = item.split(|&byte| byte == b';').next().unwrap_or_default().trim_ascii();
            match item {
                b"i" | b"i=?1" => priority.incremental = true,
                b"i=?0" => priority.incremental = false,
                [b'u', b'=', digit @ b'0'..=b'7'] => priority.urgency = digit - b'0',
                _ => {}
            }
        }
        priority
    }
}
