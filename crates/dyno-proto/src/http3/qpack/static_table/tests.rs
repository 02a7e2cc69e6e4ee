use super::*;

#[test]
fn every_entry_is_found_and_nothing_else() {
    for (index, (name, value)) in STATIC_TABLE.iter().enumerate() {
        assert_eq!(find(name.as_bytes(), value.as_bytes()), Some((index, true)), "{name}: {value}");
        let of_name = STATIC_TABLE.iter().position(|(known, _)| known == name);
        assert_eq!(find(name.as_bytes(), b"?"), of_name.map(|index| (index, false)), "{name}");
        assert_eq!(find(&name.as_bytes()[1..], value.as_bytes()), None, "{name} without its first letter");
    }
    assert_eq!(find(&[b'x'; 100], b""), None);
}
