//! The block form that `--dry-run` prints.

use serde_json::json;

use super::write_yaml;

#[test]
fn nested_values_become_blocks() {
    let mut text = String::new();
    write_yaml(&mut text, &json!({ "a": { "b": [1, { "c d": "x" }] }, "empty": {}, "none": null }), 0);
    assert_eq!(text, "a:\n  b:\n    - 1\n    -\n      \"c d\": \"x\"\nempty: {}\nnone: null\n");
}
