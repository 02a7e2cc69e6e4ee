//! Writes every output of made-up runs into a directory, to look at them.
//!
//! `cargo run -p dyno-report --example sample_report -- /tmp/reports`

use std::path::{Path, PathBuf};

use dyno_report::{Format, comparison, github, render, render_comparison, text};

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
    Ok(())
}

fn write(directory: &Path, name: &str, extension: &str, content: &str) -> std::io::Result<()> {
    std::fs::write(directory.join(format!("{name}.{extension}")), content)
}
