//! What answers a path without a route: the innermost app whose prefix it has.
//!
//! A scan, since it is asked on the way to a 404 only. Filled by `assembly`, asked by `dispatch`.

use std::rc::Rc;

use crate::app::mounted::Mounted;
use crate::app::router::PathValues;

#[cfg(test)]
mod tests;

/// The last resorts of all apps by their prefixes, the longest prefix first.
#[derive(Default)]
pub(crate) struct Fallbacks {
    places: Vec<Place>,
}

struct Place {
    /// The segments of a pattern's key.
    segments: Vec<String>,
    mounted: Rc<Mounted>,
}

impl Fallbacks {
    /// Adds the last resort for the paths below a pattern. Of several at one place the first stays.
    pub(crate) fn insert(&mut self, mounted: Mounted) {
        let segments: Vec<String> = segments(&mounted.pattern.key).map(str::to_owned).collect();
        if !self.places.iter().any(|place| place.segments == segments) {
            let before = |place: &Place| place.segments.len() >= segments.len();
            let at = self.places.iter().take_while(|place| before(place)).count();
            self.places.insert(at, Place { segments, mounted: Rc::new(mounted) });
        }
    }

    /// Looks up a path in its normal form; the parameters of the prefix go to `values`.
    pub(crate) fn find<'p>(&self, path: &'p str, values: &mut PathValues<'p>) -> Option<&Rc<Mounted>> {
        self.places.iter().find_map(|place| {
            let mut found = Vec::new();
            let mut asked = segments(path);
            for expected in &place.segments {
                found.extend(value_of(expected, asked.next()?)?);
            }
            *values = PathValues::new(found.into_iter());
            Some(&place.mounted)
        })
    }
}

fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|segment| !segment.is_empty())
}

/// The value of the parameter in a segment, if it has one; `None` when the segment is another.
fn value_of<'p>(expected: &str, asked: &'p str) -> Option<Option<&'p str>> {
    let Some((before, rest)) = expected.split_once('{') else {
        return (expected == asked).then_some(None);
    };
    let after = rest.split_once('}').map_or("", |(_, after)| after);
    let value = asked.strip_prefix(before)?.strip_suffix(after)?;
    (!value.is_empty()).then_some(Some(value))
}
