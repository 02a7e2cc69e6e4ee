use proptest::prelude::*;

use super::is_within;

#[test]
fn ranges_are_understood() {
    for (version, range, expected) in [
        ("3.11.7", ">=3.9", true),
        ("3.8.10", ">=3.9", false),
        ("3.14.0", ">=3.9,<3.14", false),
        ("3.13.9", ">=3.9, <3.14", true),
        ("20.20.2", ">=22", false),
        ("22.0.0", ">=22", true),
        ("22.19.0", ">=22.19", true),
        ("22.18.0", ">=22.19", false),
        ("3.11.7", "", true),
    ] {
        assert_eq!(is_within(version, range), expected, "{version} in {range}");
    }
}

proptest! {
    #[test]
    fn any_text_is_read(version in "\\PC{0,10}", range in "\\PC{0,16}") {
        let _ = is_within(&version, &range);
    }
}
