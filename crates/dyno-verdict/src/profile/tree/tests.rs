//! Merging is associative, loses no leaf, and does what each sign in a file asks for.

use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::Node;
use crate::profile::Layer;

fn node(value: &Value, layer: Layer) -> Node {
    Node::read(value, layer, &Arc::from(layer.word()))
}

/// Laid over each other, the last on top.
fn merged(values: &[Value]) -> Value {
    let nodes = values.iter().map(|value| node(value, Layer::Local));
    nodes.reduce(|below, above| above.over(below)).unwrap().value()
}

#[test]
fn objects_merge_leaf_by_leaf() {
    let below = json!({"p99": {"limit": {"op": "<=", "value": 20}, "tolerance": {"rel": 0.1, "abs": 5}}});
    let above = json!({"p99": {"tolerance": {"rel": 0.2}}});
    assert_eq!(
        merged(&[below, above]),
        json!({"p99": {"limit": {"op": "<=", "value": 20}, "tolerance": {"rel": 0.2, "abs": 5}}})
    );
}

#[test]
fn lists_and_values_replace() {
    assert_eq!(merged(&[json!({"a": [1, 2]}), json!({"a": [3]})]), json!({"a": [3]}));
    assert_eq!(merged(&[json!({"a": {"b": 1}}), json!({"a": "auto"})]), json!({"a": "auto"}));
    assert_eq!(merged(&[json!({"a": "auto"}), json!({"a": {"b": 1}})]), json!({"a": {"b": 1}}));
}

#[test]
fn null_deletes_and_replace_replaces() {
    let below = json!({"a": {"b": 1, "c": 2}});
    assert_eq!(merged(&[below.clone(), json!({"a": {"b": null}})]), json!({"a": {"c": 2}}));
    assert_eq!(merged(&[below.clone(), json!({"a": null})]), json!({}));
    assert_eq!(merged(&[below, json!({"a": {"!replace": {"d": 3}}})]), json!({"a": {"d": 3}}));
}

#[test]
fn every_leaf_knows_its_place() {
    let below = node(&json!({"a": {"b/c": 1}}), Layer::Repo);
    let above = node(&json!({"a": {"d": {"!replace": {"e": 2}}}}), Layer::Local);
    let merged = above.over(below);
    let place = |path: &[&str]| merged.get(path).unwrap().leaf().unwrap().1.to_string();
    assert_eq!(place(&["a", "b/c"]), "repo /a/b~1c");
    assert_eq!(place(&["a", "d", "e"]), "local /a/d/!replace/e");
}

/// Objects of few keys, so that layers meet.
fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        (0..5_i32).prop_map(|n| json!(n)),
        Just(json!("auto")),
        Just(json!([1, 2])),
    ];
    let inner = leaf.prop_recursive(4, 24, 3, |inner| {
        let object = proptest::collection::btree_map("[abc]", inner, 0..4)
            .prop_map(|entries| Value::Object(entries.into_iter().collect()));
        prop_oneof![object.clone(), object.prop_map(|value| json!({ "!replace": value }))]
    });
    proptest::collection::btree_map("[abc]", inner, 0..4)
        .prop_map(|entries| Value::Object(entries.into_iter().collect()))
}

/// Paths and values of all leaves.
fn leaves(node: &Node, path: &mut Vec<String>, found: &mut Vec<(Vec<String>, Node)>) {
    if let Node::Branch { entries, .. } = node {
        for (key, node) in entries {
            path.push(key.clone());
            leaves(node, path, found);
            path.pop();
        }
    } else {
        found.push((path.clone(), node.clone()));
    }
}

proptest! {
    #[test]
    fn layers_can_be_merged_in_any_grouping(low in values(), middle in values(), high in values()) {
        let [low, middle, high] =
            [(&low, Layer::Repo), (&middle, Layer::Local), (&high, Layer::Env)].map(|(value, layer)| node(value, layer));
        let left = high.clone().over(middle.clone()).over(low.clone());
        let right = high.over(middle.over(low));
        prop_assert_eq!(left, right);
    }

    #[test]
    fn no_leaf_is_lost_but_by_what_lies_above(low in values(), high in values()) {
        let (low, high) = (node(&low, Layer::Repo), node(&high, Layer::Local));
        let merged = high.clone().over(low.clone());
        let mut wanted = Vec::new();
        leaves(&high, &mut Vec::new(), &mut wanted);
        let mut lower = Vec::new();
        leaves(&low, &mut Vec::new(), &mut lower);
        // A lower leaf survives unless the layer above has something at its path, or replaces an object on the way.
        wanted.extend(lower.into_iter().filter(|(path, _)| {
            (0..=path.len()).all(|length| {
                let part: Vec<&str> = path[..length].iter().map(String::as_str).collect();
                match high.find(&part) {
                    None => true,
                    Some(Node::Branch { is_whole, .. }) => !is_whole && length < path.len(),
                    Some(_) => false,
                }
            })
        }));
        for (path, leaf) in wanted {
            let path: Vec<&str> = path.iter().map(String::as_str).collect();
            prop_assert_eq!(merged.find(&path), Some(&leaf));
        }
    }

    #[test]
    fn a_layer_over_nothing_is_itself(value in values()) {
        let layer = node(&value, Layer::Local);
        prop_assert_eq!(layer.clone().over(Node::empty()), layer.clone());
        prop_assert_eq!(Node::empty().over(layer.clone()), layer);
    }
}
