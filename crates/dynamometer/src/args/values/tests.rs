//! Flag values.

use std::io::Write;

use dyno_model::{Evidence, Warmup};

use super::{evidence, header, percent, rate, secret, warmup};

#[test]
fn bare_rates_are_per_second() {
    assert_eq!(rate("500"), Ok(500.0));
    assert_eq!(rate("1.5k/s"), Ok(1500.0));
    assert_eq!(rate("90/m"), Ok(1.5));
    assert!(rate("fast").is_err());
}

#[test]
fn warmups_are_times_counts_or_automatic() {
    assert_eq!(warmup("2s"), Ok(Warmup::Time(std::time::Duration::from_secs(2))));
    assert_eq!(warmup("1_000req"), Ok(Warmup::Count(1000)));
    assert_eq!(warmup("0"), Ok(Warmup::None));
    assert!(matches!(warmup("auto"), Ok(Warmup::Automatic { .. })));
    let error = warmup("5").unwrap_err();
    assert!(error.contains("has no unit") && !error.contains("DYNO_WARMUP"), "{error}");
}

#[test]
fn secrets_can_stand_in_files() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    writeln!(file, "me:hunter2").unwrap();
    let read = secret(&format!("@{}", file.path().display())).unwrap();
    assert_eq!((read.value.as_str(), read.is_literal), ("me:hunter2", false));
    assert!(secret("me:hunter2").unwrap().is_literal);
    assert!(secret("env:NO_SUCH_VARIABLE_HERE").is_err());
    assert_eq!(format!("{:?}", secret("me:hunter2").unwrap()), "[redacted]");
}

#[test]
fn a_file_of_fields_gives_one_field_per_line() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    writeln!(file, "# for the test\nA: b\n\nAuthorization: Bearer x").unwrap();
    let fields = header(&format!("@{}", file.path().display())).unwrap().fields;
    let values: Vec<&str> = fields.iter().map(|field| field.value.as_str()).collect();
    assert_eq!(values, ["A: b", "Authorization: Bearer x"]);
}

#[test]
fn percentages_and_grades_are_read_in_either_spelling() {
    assert_eq!((percent("10"), percent("2.5 %")), (Ok(0.1), Ok(0.025)));
    for wrong in ["-1", "ten", "", "inf", "nan"] {
        assert!(percent(wrong).is_err(), "{wrong}");
    }
    assert_eq!((evidence("e3"), evidence("E0")), (Ok(Evidence::E3), Ok(Evidence::E0)));
    assert!(evidence("E5").is_err() && evidence("X").is_err());
}
