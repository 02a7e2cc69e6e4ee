//! Help texts and messages as people see them, kept in `tests/cmd`.

#[test]
fn help_and_messages_are_as_documented() {
    trycmd::TestCases::new().case("tests/cmd/*.trycmd").env("NO_COLOR", "1").env("COLUMNS", "100");
}
