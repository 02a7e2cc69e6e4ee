//! A small shop: a catalogue of any size and the steps of a purchase, for JSON bodies and for journeys.

use dyno_server::{Action, ResponseWriter};
use serde_json::{Value, json};

use crate::call::{self, Call, or_bad_request};
use crate::query::decoded_path;
use crate::random::bits;

/// Most items of `/json/{n}`.
const ITEMS_MAX: u64 = 1_000;

const CATEGORIES: [&str; 5] = ["tools", "books", "kitchen", "garden", "toys"];
const TAGS: [&str; 6] = ["fast", "new", "popular", "limited", "blue", "wooden"];

/// `/json/{n}?m=`: items `1..=n`; each has `total` = price × quantity × m, in whole cents.
pub(crate) fn items(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    or_bad_request(response, |response| {
        let count = match call.parameters[0].parse() {
            Ok(count) if count <= ITEMS_MAX => count,
            _ => return Err(format!("`{}` is no number of items up to {ITEMS_MAX}", call.parameters[0])),
        };
        let factor: i64 = call.query.number("m", 1)?;
        if factor.unsigned_abs() > 1_000_000 {
            return Err(format!("`m={factor}` is not between -1000000 and 1000000"));
        }
        let seed = call.seed()?;
        let items: Vec<Value> = (1..=count).map(|id| item_of(seed, id, factor)).collect();
        Ok(call::json(response, 200, &json!({ "count": count, "items": items })))
    })
}

/// The item `id` of the catalogue of `seed`.
fn item_of(seed: u64, id: u64, factor: i64) -> Value {
    let draw = |n: u64, below: u64| bits(seed, id * 8 + n) % below;
    let (cents, quantity) = (100 + draw(0, 50_000), 1 + draw(1, 20));
    let total_cents = (cents * quantity) as i64 * factor;
    json!({
        "id": id,
        "name": format!("Item {id}"),
        "category": CATEGORIES[draw(2, CATEGORIES.len() as u64) as usize],
        "price": cents as f64 / 100.0,
        "quantity": quantity,
        "active": draw(3, 4) != 0,
        "tags": [TAGS[draw(4, TAGS.len() as u64) as usize]],
        "rating": { "score": (10 + draw(5, 41)) as f64 / 10.0, "count": draw(6, 500) },
        "total": total_cents as f64 / 100.0,
    })
}

pub(crate) fn item(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    let id = decoded_path(call.parameters[0]);
    let hash = id.bytes().fold(0, |hash, byte| bits(hash, u64::from(byte)));
    let cents = 100 + hash % 99_900;
    call::json(response, 200, &json!({ "id": id, "price": cents as f64 / 100.0 }))
}

pub(crate) fn orders(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    let id = call.target.state.next_order();
    let value = format!("{}\n", json!({ "id": id, "bytes": call.request.body_bytes() }));
    response
        .start(201)
        .field("content-type", b"application/json")
        .field("location", format!("/orders/{id}").as_bytes())
        .body(value.as_bytes());
    Action::Done
}

pub(crate) fn login(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    or_bad_request(response, |response| {
        let (seed, n) = call.draw()?;
        let token = format!("{:016x}", bits(seed, n));
        let value = format!("{}\n", json!({ "token": token }));
        response
            .start(200)
            .field("content-type", b"application/json")
            .field("set-cookie", format!("session={token}; Path=/; HttpOnly").as_bytes())
            .body(value.as_bytes());
        Ok(Action::Done)
    })
}
