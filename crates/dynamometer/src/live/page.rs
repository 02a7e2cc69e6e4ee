//! The page as a whole: where each panel stands, and what stays when the window is small.

use dyno_engine::Phase;
use dyno_model::units;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Gauge, Paragraph};

use super::panels;
use super::state::LiveState;

/// Below this many lines charts say nothing.
const HEIGHT_FOR_CHARTS: u16 = 20;
/// Objectives shown at most.
const CHECKS_SHOWN: usize = 6;

/// Draws everything.
pub fn draw(frame: &mut Frame<'_>, state: &LiveState) {
    let area = frame.area();
    let checks = u16::try_from(state.plan.thresholds.len().min(CHECKS_SHOWN)).unwrap_or(0);
    let rows = Layout::vertical([
        Constraint::Length(2),
        Constraint::Length(1),
        Constraint::Length(checks),
        Constraint::Fill(1),
        Constraint::Length(1),
    ])
    .split(area);
    frame.render_widget(Paragraph::new(head(state)), rows[0]);
    draw_progress(frame, rows[1], state);
    frame.render_widget(Paragraph::new(objectives(state)), rows[2]);
    if area.height >= HEIGHT_FOR_CHARTS {
        draw_charts(frame, rows[3], state);
    } else {
        panels::draw_resources(frame, rows[3], state);
    }
    let keys = if state.is_stopping {
        "ending: requests in flight may complete; Ctrl-C again gives them up"
    } else {
        "q or Ctrl-C ends the run and keeps its results"
    };
    frame.render_widget(Paragraph::new(keys).style(Style::new().add_modifier(Modifier::DIM)), rows[4]);
}

fn draw_charts(frame: &mut Frame<'_>, area: Rect, state: &LiveState) {
    let [upper, lower] = Layout::vertical([Constraint::Fill(1); 2]).areas(area);
    let [rate, response] = Layout::horizontal([Constraint::Fill(1); 2]).areas(upper);
    let [spread, resources] = Layout::horizontal([Constraint::Fill(1); 2]).areas(lower);
    panels::draw_rate(frame, rate, state);
    panels::draw_response(frame, response, state);
    panels::draw_spread(frame, spread, state);
    panels::draw_resources(frame, resources, state);
}

fn head(state: &LiveState) -> Vec<Line<'static>> {
    let bold = Style::new().add_modifier(Modifier::BOLD);
    vec![
        Line::from(vec![
            Span::styled(state.record.name.clone(), bold),
            Span::raw(format!("  {}", state.record.target)),
        ]),
        Line::raw(format!("{}  {}", state.load, state.record.tool.engine)),
    ]
}

fn draw_progress(frame: &mut Frame<'_>, area: Rect, state: &LiveState) {
    let phase = match state.phase {
        _ if state.is_stopping => "ending",
        Phase::Warmup => "warm-up, not counted",
        Phase::Measure => "measuring",
        Phase::Cooldown => "cool-down, not counted",
    };
    let elapsed = units::format_ns(state.now_ns / 1_000_000_000 * 1_000_000_000);
    let (share, left) = state.progress().unwrap_or((0.0, "until stopped".to_owned()));
    let gauge = Gauge::default()
        .ratio(share.clamp(0.0, 1.0))
        .label(format!("{phase}  {elapsed}  {left}"))
        .gauge_style(Style::new().fg(Color::Blue).bg(Color::Black));
    frame.render_widget(gauge, area);
}

/// How the objectives stand; the violated ones first.
fn objectives(state: &LiveState) -> Vec<Line<'static>> {
    if state.checks.is_empty() {
        let waiting = |threshold: &dyno_model::Threshold| Line::raw(format!("  …   {}", threshold.text));
        return state.plan.thresholds.iter().take(CHECKS_SHOWN).map(waiting).collect();
    }
    let mut checks: Vec<_> = state.checks.iter().collect();
    checks.sort_by_key(|check| check.ok);
    checks
        .iter()
        .take(CHECKS_SHOWN)
        .map(|check| {
            let (word, colour) = if check.ok { ("ok  ", Color::Green) } else { ("FAIL", Color::Red) };
            Line::from(vec![
                Span::styled(word, Style::new().fg(colour).add_modifier(Modifier::BOLD)),
                Span::raw(format!("  {}: {}", check.threshold, check.detail)),
            ])
        })
        .collect()
}
