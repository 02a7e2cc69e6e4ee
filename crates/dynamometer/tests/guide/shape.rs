//! Whether two outputs say the same, whatever figures they say it with.
//!
//! Documents show the output of a real run, and no two runs measure the same. So outputs are compared as words, with
//! every figure and its unit made equal; how lines are wrapped does not matter. `...` on a line of its own stands for
//! any number of words, `[..]` for anything in one. Reasons for doubt that the page does not name are left out: they
//! tell of the machine on which the page is executed.

/// What every figure becomes.
const FIGURE: &str = "#";
/// The line that stands for anything.
const ANYTHING_LINE: &str = "...";
/// What it becomes; no word of a text is like it.
const ANYTHING: &str = "\n";
/// How long the id of a run is.
const ID_LENGTH: usize = 26;
const UNITS: [&str; 13] = ["ns", "µs", "ms", "s", "m", "h", "d", "B", "KiB", "MiB", "GiB", "kB", "MB"];
/// What a run may or may not say, depending on the moment at which it ends.
const BY_CHANCE: [&str; 2] = ["# in flight at the end", "# never started"];
const VALIDITIES: [&str; 3] = ["valid", "suspect", "invalid"];

/// Whether `actual` is what `expected` says.
///
/// What a disturbed measurement says of thresholds tells of the machine, so it is compared from its load on only.
pub fn matches(expected: &str, actual: &str) -> bool {
    if is_disturbed(actual) && !is_disturbed(expected) {
        return match (from_load(expected), from_load(actual)) {
            (Some(expected), Some(actual)) => matches(expected, actual),
            _ => true,
        };
    }
    match_words(&words(expected, expected), &words(actual, expected))
}

/// Whether an output is that of a run whose measurement was suspect or invalid.
pub fn is_disturbed(output: &str) -> bool {
    [", suspect  ", ", invalid  "].iter().any(|words| output.contains(words))
}

fn from_load(output: &str) -> Option<&str> {
    output.find("\n  load ").map(|at| &output[at..])
}

/// The words that are compared, for a message.
pub fn words_for_people(text: &str, expected: &str) -> String {
    words(text, expected).join(" ")
}

fn words(text: &str, expected: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for line in without_foreign_reasons(text, expected) {
        if line == ANYTHING_LINE {
            words.push(ANYTHING.to_owned());
            continue;
        }
        for word in line.split_whitespace() {
            let word = equal_figures(word.trim_end_matches([',', ';', ':']));
            let is_unit = UNITS.contains(&word.as_str()) && words.last().is_some_and(|last| last == FIGURE);
            let repeats_bars =
                word == FIGURE && is_bars(line) && words.last().is_some_and(|last| last == FIGURE);
            if !is_unit && !repeats_bars && !word.is_empty() {
                words.push(if VALIDITIES.contains(&word.as_str()) { "valid".to_owned() } else { word });
            }
        }
    }
    for phrase in BY_CHANCE {
        let phrase: Vec<&str> = phrase.split(' ').collect();
        while let Some(at) = words.windows(phrase.len()).position(|found| found == phrase) {
            words.drain(at..at + phrase.len());
        }
    }
    words
}

/// The lines without reasons whose code is not in `expected`.
fn without_foreign_reasons<'t>(text: &'t str, expected: &str) -> Vec<&'t str> {
    let mut is_left_out = false;
    let mut kept = Vec::new();
    for line in text.lines() {
        let is_continued = line.starts_with("            ");
        if !is_continued {
            is_left_out = code_of_reason(line).is_some_and(|code| !expected.contains(code));
        }
        if !is_left_out {
            kept.push(line);
        }
    }
    kept
}

/// `few_samples_for_p99` of `  note      few_samples_for_p99: …`.
fn code_of_reason(line: &str) -> Option<&str> {
    let mut words = line.strip_prefix("  ")?.split_whitespace();
    let label = words.next()?;
    (["note", "suspect", "invalid"].contains(&label)).then(|| words.next().unwrap_or_default())
}

fn is_bars(line: &str) -> bool {
    line.contains(['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'])
}

/// The word with every number as [`FIGURE`], and with the unit that is written to it.
fn equal_figures(word: &str) -> String {
    if word == "–" || is_bars(word) {
        return FIGURE.to_owned();
    }
    let id = word
        .split(|c: char| !(c.is_ascii_digit() || c.is_ascii_uppercase()))
        .find(|part| part.len() == ID_LENGTH);
    let word = id.map_or_else(|| word.to_owned(), |id| word.replace(id, FIGURE));
    let mut text = String::new();
    let mut characters = word.chars().peekable();
    while let Some(character) = characters.next() {
        if !character.is_ascii_digit() {
            text.push(character);
            continue;
        }
        while characters.next_if(|next| next.is_ascii_digit() || matches!(next, ',' | '.' | '_')).is_some() {}
        text.push_str(FIGURE);
    }
    let unit = text.strip_prefix(FIGURE).filter(|unit| UNITS.contains(unit));
    if unit.is_some() { FIGURE.to_owned() } else { text }
}

/// Whether the words match, with `...` for any number of them.
fn match_words(expected: &[String], actual: &[String]) -> bool {
    match expected.split_first() {
        None => actual.is_empty(),
        Some((first, rest)) if first == ANYTHING => {
            rest.is_empty() || (0..=actual.len()).any(|skipped| match_words(rest, &actual[skipped..]))
        }
        Some((first, rest)) => actual
            .split_first()
            .is_some_and(|(word, others)| match_word(first, word) && match_words(rest, others)),
    }
}

/// Whether a word matches, with `[..]` for anything in it.
fn match_word(expected: &str, actual: &str) -> bool {
    match expected.split_once("[..]") {
        None => expected == actual,
        Some((start, rest)) => actual.strip_prefix(start).is_some_and(|actual| {
            let mut ends = actual.char_indices().map(|(at, _)| at).chain([actual.len()]);
            ends.any(|at| match_word(rest, &actual[at..]))
        }),
    }
}

#[test]
fn figures_and_wrapping_do_not_matter() {
    for (expected, actual) in [
        ("p99 was 9.11 ms, limit 20 ms", "p99 was 870 µs,\n   limit 20 ms"),
        (
            "stored as 01J8ZQ0000000000000000000A in [..]store.db",
            "stored as 01KAHB0000000000000000000B in /a/b/store.db",
        ),
        ("wrote r-01J8ZQ0000000000000000000A.html", "wrote r-01KAHB0000000000000000000B.html"),
        ("a\n...\nz", "a b c z"),
        ("a z", "a z"),
        ("2,000/s, 60.0 s measured, 3 in flight at the end", "1,999/s, 4 s measured"),
        (
            "PASS, valid  All hold.",
            "PASS, suspect  All hold.\n  suspect   steal: 3 %\n            of the time",
        ),
        ("over time ▁▁▂ end", "over time ▁ ▂▁ end"),
        ("PASS, valid  All hold.\n  load 1/s", "FAIL, invalid  1 of 1 violated.\n  load 2/s"),
    ] {
        assert!(matches(expected, actual), "{expected} | {actual}");
    }
}

#[test]
fn other_words_matter() {
    for (expected, actual) in [
        ("p99 was 9.11 ms", "p90 were 9.11 ms"),
        ("PASS, valid", "FAIL, valid"),
        ("a ... z", "a b z"),
        ("PASS, valid\n  load open", "FAIL, suspect  1 of 1 violated.\n  load closed"),
        ("a\n...\nz", "a b c"),
        ("  note      few_samples_for_p99: x", ""),
    ] {
        assert!(!matches(expected, actual), "{expected} | {actual}");
    }
}
