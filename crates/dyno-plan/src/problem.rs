//! Mistakes of a plan: what is wrong, where, and what to write instead.
//!
//! A reader collects them and goes on, so that a user sees all of them at once. Shown by `render`.

use std::ops::Range;

use dyno_model::Redactor;

use crate::PlanSource;

/// A range of bytes in the text of the plan.
pub(crate) type Span = Range<usize>;

/// One mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong, with the value.
    pub message: String,
    /// Bytes of the plan's text that are wrong; `None` when it comes from a flag or the environment.
    pub span: Option<Range<usize>>,
    /// Another place that has to do with it, with its text.
    pub related: Option<(Range<usize>, String)>,
    /// What to do.
    pub hint: Option<String>,
}

impl Problem {
    pub(crate) fn at(span: &Span, message: impl Into<String>) -> Self {
        Self { span: Some(span.clone()), ..Self::anywhere(message) }
    }

    pub(crate) fn anywhere(message: impl Into<String>) -> Self {
        Self { message: message.into(), span: None, related: None, hint: None }
    }

    pub(crate) fn at_or_anywhere(span: Option<&Span>, message: impl Into<String>) -> Self {
        Self { span: span.cloned(), ..Self::anywhere(message) }
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub(crate) fn related(mut self, span: &Span, label: impl Into<String>) -> Self {
        self.related = Some((span.clone(), label.into()));
        self
    }
}

/// All mistakes of a plan, in the order of the text. Never empty.
///
/// `Display` is one line per mistake; [`PlanErrors::render`] draws them with the text. Secrets of the plan are masked in
/// both.
#[derive(Debug, Clone)]
pub struct PlanErrors {
    pub(crate) source_name: String,
    /// The text with every secret covered by as many asterisks, so that spans still fit.
    pub(crate) masked_text: String,
    pub(crate) problems: Vec<Problem>,
}

impl PlanErrors {
    pub(crate) fn new(
        source: &PlanSource,
        mut problems: Vec<Problem>,
        secrets: &[String],
        redactor: &Redactor,
    ) -> Self {
        problems.sort_by_key(|problem| problem.span.as_ref().map_or(usize::MAX, |span| span.start));
        problems.dedup();
        for problem in &mut problems {
            problem.message = redactor.redact(&problem.message);
            problem.hint = problem.hint.take().map(|text| redactor.redact(&text));
        }
        let masked_text = mask(&source.text, secrets);
        Self { source_name: source.name.clone(), masked_text, problems }
    }

    /// The mistakes.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Line and column of a mistake, both from 1; `None` when it is not in the text.
    #[must_use]
    pub fn position(&self, problem: &Problem) -> Option<(usize, usize)> {
        problem.span.as_ref().map(|span| position(&self.masked_text, span.start))
    }
}

impl std::fmt::Display for PlanErrors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (i, problem) in self.problems.iter().enumerate() {
            if i > 0 {
                f.write_str("\n")?;
            }
            f.write_str(&self.source_name)?;
            if let Some((line, column)) = self.position(problem) {
                write!(f, ":{line}:{column}")?;
            }
            write!(f, ": {}", problem.message)?;
            if let Some(hint) = &problem.hint {
                write!(f, "; {hint}")?;
            }
        }
        Ok(())
    }
}

impl std::error::Error for PlanErrors {}

/// Line and column of a byte, both from 1; the column counts characters.
pub(crate) fn position(text: &str, byte: usize) -> (usize, usize) {
    let byte = floor_boundary(text, byte);
    let before = &text[..byte];
    let line_start = before.rfind('\n').map_or(0, |i| i + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

/// The nearest character boundary at or before `byte`.
pub(crate) fn floor_boundary(text: &str, byte: usize) -> usize {
    (0..=byte.min(text.len())).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0)
}

/// Covers every occurrence of a secret by asterisks of the same length in bytes.
fn mask(text: &str, secrets: &[String]) -> String {
    let mut masked = text.to_owned();
    for secret in secrets {
        masked = masked.replace(secret.as_str(), &"*".repeat(secret.len()));
    }
    masked
}
