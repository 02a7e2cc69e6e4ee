//! Writes every output of made-up runs into a directory, to look at them.
//!
//! `cargo run -p dyno-report --example sample_report -- /tmp/reports`

use std::path::{Path, PathBuf};

use dyno_report::{Format, comparison, github, history, render, render_comparison, text};

#[path = "../src/sample.rs"]
mod sample;
#[path = "../src/sample_comparison.rs"]
mod sample_comparison;

fn main() -> std::io::Result<()> {
    let directory = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| "sample-reports".to_owned()));
    std::fs::create_dir_all(&directory)?;
    let mut records = sample::standard();
    records.push(("invalid", sample::invalid()));
    records.push(("hour", sample::hour()));
    for (name, record) in records {
        for format in Format::ALL {
            let path = directory.join(format!("{name}{}", format.extension()));
            std::fs::write(path, render(format, &record))?;
        }
        let style = text::Style { colour: true, width: 100 };
        write(&directory, name, "ansi", &text::summary(&record, style))?;
        write(&directory, name, "github", &github::annotations(&record))?;
    }
    for (name, record) in sample_comparison::standard() {
        for format in Format::ALL {
            if let Ok(bytes) = render_comparison(format, &record) {
                std::fs::write(directory.join(format!("{name}{}", format.extension())), bytes)?;
            }
        }
        let style = text::Style { colour: true, width: 100 };
        write(&directory, name, "ansi", &comparison::summary(&record, style))?;
    }
    let record = sample_comparison::history();
    if let Ok(bytes) = history::render(Format::Html, &record) {
        std::fs::write(directory.join("history.html"), bytes)?;
    }
    let style = text::Style { colour: true, width: 110 };
    write(&directory, "history", "ansi", &history::summary(&record, style, 20))
}

fn write(directory: &Path, name: &str, extension: &str, content: &str) -> std::io::Result<()> {
    std::fs::write(directory.join(format!("{name}.{extension}")), content)
}
