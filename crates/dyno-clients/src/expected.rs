//! Which status codes are a success: what was asked for, not what a library thinks of it.
//!
//! Pure. Read from texts such as `200` and `2XX`, as API descriptions write them.

/// Ranges of status codes, both ends included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    ranges: Vec<(u16, u16)>,
    texts: Vec<String>,
}

impl Default for Expected {
    /// Every status below 400.
    fn default() -> Self {
        Self { ranges: vec![(100, 399)], texts: Vec::new() }
    }
}

impl Expected {
    /// Reads codes such as `200`, and classes such as `2XX`. `None` when one of them is neither, or there is none.
    #[must_use]
    pub fn read(texts: &[String]) -> Option<Self> {
        let ranges: Vec<(u16, u16)> = texts.iter().map(|text| range(text)).collect::<Option<_>>()?;
        (!ranges.is_empty()).then(|| Self { ranges, texts: texts.to_vec() })
    }

    /// Whether an answer with this status is a success.
    #[must_use]
    pub fn accepts(&self, code: u16) -> bool {
        self.ranges.iter().any(|(low, high)| (*low..=*high).contains(&code))
    }

    /// As they were read; empty for every status below 400.
    #[must_use]
    pub fn texts(&self) -> &[String] {
        &self.texts
    }
}

fn range(text: &str) -> Option<(u16, u16)> {
    if let Some(class) = text.strip_suffix("XX").or_else(|| text.strip_suffix("xx")) {
        let class: u16 = class.parse().ok().filter(|class| (1..=5).contains(class))?;
        return Some((class * 100, class * 100 + 99));
    }
    let code: u16 = text.parse().ok().filter(|code| (100..=599).contains(code))?;
    Some((code, code))
}

#[cfg(test)]
mod tests;
