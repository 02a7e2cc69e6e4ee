//! Snapshots of every output of the four standard records.

use std::path::Path;

use crate::{Format, render, sample};

#[test]
fn text_outputs_are_stable() {
    for (name, record) in sample::standard() {
        let style = crate::text::Style { colour: false, width: 100 };
        insta::assert_snapshot!(format!("{name}.text"), crate::text::summary(&record, style));
        insta::assert_snapshot!(format!("{name}.github"), crate::github::annotations(&record));
    }
}
