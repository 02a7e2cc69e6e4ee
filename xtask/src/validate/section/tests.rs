use super::with_section;

#[test]
fn a_section_replaces_itself_and_nothing_else() {
    let page = "# Validation\n\nWords.\n";
    let first = with_section(page, "aa", "one\n");
    assert_eq!(first, "# Validation\n\nWords.\n\n<!-- aa: begin -->\none\n<!-- aa: end -->\n");
    let both = with_section(&first, "inject", "two");
    let again = with_section(&both, "aa", "three");
    assert_eq!(again, both.replace("one", "three"));
    assert_eq!(with_section(&again, "inject", "two"), again);
}
