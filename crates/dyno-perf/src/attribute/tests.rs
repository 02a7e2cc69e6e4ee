use super::{AnyValue as _, Value, error_name, without_arguments};

#[test]
fn results_tell_their_error_and_other_values_tell_nothing() {
    let fine: Result<u8, std::fmt::Error> = Ok(1);
    let broken: Result<u8, std::num::ParseIntError> = "x".parse::<u8>();
    assert_eq!(Value(&fine).failure(), None);
    assert_eq!(Value(&broken).failure(), Some("ParseIntError"));
    assert_eq!(Value(&Some(1)).failure(), None);
    assert_eq!(Value(&()).failure(), None);
}

#[test]
fn types_are_called_by_their_last_name() {
    assert_eq!(error_name::<std::io::Error>(), "Error");
    assert_eq!(error_name::<Box<dyn std::error::Error + Send + Sync>>(), "Error");
    assert_eq!(error_name::<String>(), "String");
    assert_eq!(error_name::<&str>(), "str");
    assert_eq!(error_name::<Vec<u8>>(), "Vec");
    assert_eq!(without_arguments("shop::Cart<shop::Item>"), "shop::Cart");
}
