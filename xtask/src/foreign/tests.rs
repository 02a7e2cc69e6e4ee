//! The file of pins, and what is refused in it.

use super::*;

#[test]
fn every_package_has_a_version() {
    let unpinned = "[[environment]]\nname = 'a'\nkind = 'node'\nwhy = 'w'\npackages = ['ws']\n";
    assert_eq!(parse_pins(unpinned).unwrap_err(), "`ws` has no version; write `ws@1.2.3`");
    let unpinned = unpinned.replace("node", "python");
    assert_eq!(parse_pins(&unpinned).unwrap_err(), "`ws` has no version; write `ws==1.2.3`");
    assert!(parse_pins("[[environment]]\nname = 'a'\n").is_err());
}

#[test]
fn the_projects_own_pins_can_be_read() {
    let names: Vec<_> = read_pins().unwrap().into_iter().map(|it| it.name).collect();
    assert_eq!(
        names,
        ["python-peers", "api-peers", "node-peers", "autobahn", "python-frameworks", "container-lint"]
    );
}

#[test]
fn an_unknown_environment_is_an_error() {
    let failure = ensure(&["nowhere"]).unwrap_err().to_string();
    assert!(failure.contains("no environment `nowhere`"), "{failure}");
}
