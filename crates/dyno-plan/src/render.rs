//! Mistakes drawn with the lines they are about. Gives text; the binary prints it.

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, Severity, SourceCode,
};

use crate::problem::floor_boundary;
use crate::{PlanErrors, Problem};

/// Wide enough for a plan's lines, narrow enough for a window.
const WIDTH: usize = 100;

/// One mistake as miette sees it.
#[derive(Debug)]
struct Drawn<'p> {
    problem: &'p Problem,
    source: Option<NamedSource<String>>,
    labels: Vec<LabeledSpan>,
}

impl PlanErrors {
    /// All mistakes with their lines, hints and a count, ready to print.
    #[must_use]
    pub fn render(&self, colour: bool) -> String {
        let theme = if colour { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
        let handler = GraphicalReportHandler::new_themed(theme)
            .with_links(false)
            .with_width(WIDTH)
            .with_context_lines(1);
        let mut text = String::new();
        for problem in &self.problems {
            let drawn = self.drawn(problem);
            handler.render_report(&mut text, &drawn).expect("invariant: writing to a string does not fail");
            text.push('\n');
        }
        let count = self.problems.len();
        let plural = if count == 1 { "mistake" } else { "mistakes" };
        text.push_str(&format!("{count} {plural} in {}\n", self.source_name));
        text
    }

    fn drawn<'p>(&self, problem: &'p Problem) -> Drawn<'p> {
        let Some(span) = problem.span.as_ref().filter(|_| !self.masked_text.is_empty()) else {
            return Drawn { problem, source: None, labels: Vec::new() };
        };
        let labelled = |span: &std::ops::Range<usize>, label: &str| {
            let start = floor_boundary(&self.masked_text, span.start);
            // Of a block only its first line is drawn.
            let line_end = self.masked_text[start..].find('\n').map_or(self.masked_text.len(), |i| start + i);
            let end = floor_boundary(&self.masked_text, span.end).clamp(start, line_end);
            LabeledSpan::new(Some(label.to_owned()), start, end - start)
        };
        let mut labels = vec![labelled(span, "here")];
        if let Some((span, label)) = &problem.related {
            labels.push(labelled(span, label));
        }
        let source = NamedSource::new(&self.source_name, self.masked_text.clone());
        Drawn { problem, source: Some(source), labels }
    }
}

impl std::fmt::Display for Drawn<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.problem.message)
    }
}

impl std::error::Error for Drawn<'_> {}

impl Diagnostic for Drawn<'_> {
    fn severity(&self) -> Option<Severity> {
        Some(Severity::Error)
    }

    fn help<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        self.problem.hint.as_ref().map(|hint| Box::new(hint) as Box<dyn std::fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.source.as_ref().map(|source| source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        (!self.labels.is_empty()).then(|| Box::new(self.labels.iter().cloned()) as Box<_>)
    }
}
