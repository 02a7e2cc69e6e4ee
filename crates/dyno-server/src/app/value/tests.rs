use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Debug;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{Groups, group};
use crate::app::query::pairs;

#[derive(Debug, PartialEq, Deserialize)]
struct Filter {
    limit: u8,
    #[serde(default)]
    tag: Vec<String>,
    exact: Option<bool>,
    order: Option<Order>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Order {
    Up,
    Down,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Wrapped(BTreeMap<String, f64>);

fn read<T: DeserializeOwned>(query: &str) -> Result<T, String> {
    let groups = group(pairs(query));
    T::deserialize(Groups::new(&groups)).map_err(|error| error.to_string())
}

#[track_caller]
fn check<T: DeserializeOwned + PartialEq + Debug>(query: &str, expected: T) {
    assert_eq!(read::<T>(query), Ok(expected));
}

#[track_caller]
fn check_refused<T: DeserializeOwned + Debug>(query: &str, expected: &str) {
    assert_eq!(read::<T>(query).unwrap_err(), expected);
}

#[test]
fn repeated_names_are_lists_and_single_ones_scalars() {
    let tag = vec!["a b".to_owned(), "c".to_owned()];
    check(
        "tag=a+b&limit=7&tag=c&exact=1&order=down&unknown=x",
        Filter { limit: 7, tag, exact: Some(true), order: Some(Order::Down) },
    );
    check("limit=7&tag=", Filter { limit: 7, tag: vec![String::new()], exact: None, order: None });
    check("a=1.5&b=-2", Wrapped(BTreeMap::from([("a".to_owned(), 1.5), ("b".to_owned(), -2.0)])));
    check("x=1&y=2", BTreeMap::from([("x".to_owned(), "1".to_owned()), ("y".to_owned(), "2".to_owned())]));
}

#[test]
fn what_is_wrong_is_said_with_its_name_and_its_text() {
    check_refused::<Filter>("limit=300", "`limit`: `300` is not a whole number from 0 to 255");
    check_refused::<Filter>("limit=%0a", "`limit`: `\\n` is not a whole number from 0 to 255");
    check_refused::<Filter>("limit=1&limit=2", "`limit`: one value is expected, 2 are given");
    check_refused::<Filter>("", "missing field `limit`");
    check_refused::<Filter>("limit=1&exact=perhaps", "`exact`: `perhaps` is not `true` or `false`");
    check_refused::<Filter>(
        "limit=1&order=sideways",
        "`order`: unknown variant `sideways`, expected `up` or `down`",
    );
}

#[test]
fn groups_keep_the_order_of_first_names() {
    let groups =
        group([("b", "1"), ("a", "2"), ("b", "3")].map(|(n, v)| (Cow::from(n), Cow::from(v))).into_iter());
    let names: Vec<_> = groups.iter().map(|group| (&*group.name, group.values.len())).collect();
    assert_eq!(names, [("b", 2), ("a", 1)]);
}
