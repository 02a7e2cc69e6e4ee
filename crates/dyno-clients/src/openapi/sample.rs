//! A value for a schema: its example, its default, or one that is made up within its bounds.
//!
//! What cannot be made up, such as a text for a pattern, says so. Bounded in depth and size, whatever the schema says.

use dyno_datagen::{Random, push_uuid_v4, text};
use serde_json::{Map, Value};

use super::Unmade;
use super::pointer::Place;

/// Schemas within schemas; more is taken for endless.
const DEPTH_MOST: usize = 16;

/// From here on, what is not required is left out.
const DEPTH_FULL: usize = 4;

/// Values of one sample.
const VALUES_MOST: usize = 10_000;

/// Longest text that is made up, in characters.
const TEXT_MOST: u64 = 65_536;

/// Length of a text of which nothing is said.
const TEXT_USUAL: u64 = 8;

/// Width of a range of numbers of which one end is not given.
const RANGE: f64 = 100.0;

/// Beyond this, neighbours of floating point numbers are more than one apart.
const WHOLE_MOST: f64 = 9_007_199_254_740_992.0;

/// Makes values for schemas.
pub(super) struct Sampler {
    random: Random,
    left: usize,
}

impl Sampler {
    pub(super) fn new(random: Random) -> Self {
        Self { random, left: VALUES_MOST }
    }

    /// A value that the schema at this place allows.
    pub(super) fn sample(&mut self, schema: &Place<'_>) -> Result<Value, Unmade> {
        self.at(schema.clone(), 0)
    }

    /// Letters and digits that make up a name.
    pub(super) fn word(&mut self, len: usize) -> String {
        text(&mut self.random, len)
    }

    fn at(&mut self, schema: Place<'_>, depth: usize) -> Result<Value, Unmade> {
        let schema = schema.resolved()?;
        self.left = self.left.checked_sub(1).ok_or_else(|| schema.fails("asks for too large a value"))?;
        if depth > DEPTH_MOST {
            return Err(schema.fails(format!("is nested deeper than {DEPTH_MOST}, perhaps without an end")));
        }
        if let Some(value) = given(&schema) {
            return Ok(value.clone());
        }
        if schema.get("allOf").is_some() {
            return self.all_of(&schema, depth);
        }
        for key in ["oneOf", "anyOf"] {
            if let Some(choices) = schema.get(key) {
                return self.first_of(&choices, depth);
            }
        }
        match kind(&schema) {
            "object" => self.object(&schema, depth).map(Value::Object),
            "array" => self.array(&schema, depth),
            "integer" => self.integer(&schema),
            "number" => self.number(&schema),
            "boolean" => Ok(Value::Bool(self.random.below(2) == 1)),
            "null" => Ok(Value::Null),
            "string" => self.string(&schema).map(Value::String),
            other => Err(schema.fails(format!("has the unknown type `{other}`"))),
        }
    }

    fn all_of(&mut self, schema: &Place<'_>, depth: usize) -> Result<Value, Unmade> {
        let mut merged =
            if schema.get("properties").is_some() { Some(self.object(schema, depth)?) } else { None };
        for (_, part) in schema.child("allOf")?.children() {
            match self.at(part, depth + 1)? {
                Value::Object(fields) => merged.get_or_insert_default().extend(fields),
                // Parts of something else but objects narrow one another; the first is as good as any.
                other if merged.is_none() => return Ok(other),
                _ => {}
            }
        }
        Ok(Value::Object(merged.unwrap_or_default()))
    }

    fn first_of(&mut self, choices: &Place<'_>, depth: usize) -> Result<Value, Unmade> {
        let mut first = None;
        for (_, choice) in choices.children() {
            match self.at(choice, depth + 1) {
                Ok(value) => return Ok(value),
                Err(problem) => first = first.or(Some(problem)),
            }
        }
        Err(first.unwrap_or_else(|| choices.fails("has no choices")))
    }

    fn object(&mut self, schema: &Place<'_>, depth: usize) -> Result<Map<String, Value>, Unmade> {
        let mut fields = Map::new();
        let required: Vec<&str> = match schema.value.get("required") {
            Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        for (name, property) in schema.get("properties").map(|it| it.children()).unwrap_or_default() {
            let is_required = required.contains(&name.as_str());
            if property.is("readOnly") || (!is_required && depth >= DEPTH_FULL) {
                continue;
            }
            match self.at(property, depth + 1) {
                Ok(value) => {
                    fields.insert(name, value);
                }
                Err(problem) if is_required => return Err(problem),
                Err(_) => {}
            }
        }
        Ok(fields)
    }

    fn array(&mut self, schema: &Place<'_>, depth: usize) -> Result<Value, Unmade> {
        let bound = |key: &str| schema.value.get(key).and_then(Value::as_u64);
        let count = bound("minItems").unwrap_or(0).max(1).min(bound("maxItems").unwrap_or(u64::MAX));
        let Some(item) = schema.get("items") else { return Ok(Value::Array(Vec::new())) };
        (0..count).map(|_| self.at(item.clone(), depth + 1)).collect::<Result<_, _>>().map(Value::Array)
    }

    fn integer(&mut self, schema: &Place<'_>) -> Result<Value, Unmade> {
        let step =
            schema.value.get("multipleOf").and_then(Value::as_f64).filter(|step| *step >= 1.0).unwrap_or(1.0);
        let (low, high) = bounds(schema, 1.0);
        let (first, last) = ((low / step).ceil(), (high / step).floor());
        if first > last || first.abs() > WHOLE_MOST || last.abs() > WHOLE_MOST {
            return Err(
                schema.fails(format!("allows no whole number from {low} to {high} that can be made up"))
            );
        }
        let value = self.random.between(first as i64, last as i64) as f64 * step;
        Ok(Value::from(value as i64))
    }

    fn number(&mut self, schema: &Place<'_>) -> Result<Value, Unmade> {
        if schema.value.get("multipleOf").and_then(Value::as_f64).is_some_and(|step| step >= 1.0) {
            return self.integer(schema);
        }
        let (low, high) = bounds(schema, f64::EPSILON);
        if low > high {
            return Err(schema.fails(format!("allows no number from {low} to {high}")));
        }
        let drawn = low + self.random.uniform_f64() * (high - low);
        let rounded = (drawn * 100.0).round() / 100.0;
        let value = if (low..=high).contains(&rounded) { rounded } else { drawn };
        serde_json::Number::from_f64(value)
            .map(Value::Number)
            .ok_or_else(|| schema.fails("allows no number that JSON can hold"))
    }

    fn string(&mut self, schema: &Place<'_>) -> Result<String, Unmade> {
        if let Some(pattern) = schema.text("pattern") {
            return Err(schema
                .fails(format!("a text for the pattern `{pattern}` cannot be made up; give an example")));
        }
        if let Some(text) = schema.text("format").and_then(|format| self.of_format(format)) {
            return Ok(text);
        }
        let bound = |key: &str| schema.value.get(key).and_then(Value::as_u64);
        let len = TEXT_USUAL.max(bound("minLength").unwrap_or(0)).min(bound("maxLength").unwrap_or(u64::MAX));
        if len > TEXT_MOST {
            return Err(schema.fails(format!("a text of {len} characters is not made up")));
        }
        Ok(self.word(usize::try_from(len).unwrap_or(0)))
    }

    /// A text of a well-known format; `None` for one that says nothing here.
    fn of_format(&mut self, format: &str) -> Option<String> {
        let mut pick = |bound: u64| self.random.below(bound);
        Some(match format {
            "uuid" => {
                let mut out = Vec::new();
                push_uuid_v4(&mut self.random, &mut out);
                String::from_utf8_lossy(&out).into_owned()
            }
            "date" => format!("2024-{:02}-{:02}", 1 + pick(12), 1 + pick(28)),
            "date-time" => {
                format!("2024-{:02}-{:02}T{:02}:{:02}:00Z", 1 + pick(12), 1 + pick(28), pick(24), pick(60))
            }
            "time" => format!("{:02}:{:02}:00Z", pick(24), pick(60)),
            "duration" => format!("PT{}S", 1 + pick(60)),
            "email" | "idn-email" => format!("{}@example.com", self.word(8).to_ascii_lowercase()),
            "hostname" | "idn-hostname" => format!("{}.example.com", self.word(8).to_ascii_lowercase()),
            "uri" | "url" | "iri" => format!("https://example.com/{}", self.word(8)),
            "uri-reference" | "iri-reference" => format!("/{}", self.word(8)),
            // Addresses of documents: RFC 5737 and RFC 3849.
            "ipv4" => format!("192.0.2.{}", 1 + pick(254)),
            "ipv6" => format!("2001:db8::{:x}", 1 + pick(0xfffe)),
            // Base64 of two bytes.
            "byte" => "ZHluw7g=".to_owned(),
            _ => return None,
        })
    }
}

/// A value that the author of the schema has given.
pub(super) fn given<'a>(schema: &Place<'a>) -> Option<&'a Value> {
    let value = schema.value;
    let first = |key: &str| value.get(key).and_then(Value::as_array).and_then(|values| values.first());
    ["example", "x-example"]
        .iter()
        .find_map(|key| value.get(key))
        .or_else(|| first("examples"))
        .or_else(|| ["default", "const"].iter().find_map(|key| value.get(key)))
        .or_else(|| first("enum"))
}

/// The type, of several the first that is a value, and without one what the other keywords are about.
fn kind<'a>(schema: &Place<'a>) -> &'a str {
    match schema.value.get("type") {
        Some(Value::String(kind)) => kind,
        Some(Value::Array(kinds)) => {
            kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null").unwrap_or("null")
        }
        _ if schema.value.get("properties").is_some() => "object",
        _ if schema.value.get("items").is_some() => "array",
        _ => "string",
    }
}

/// Both ends of a range of numbers; `step` is what an excluded end is moved by.
fn bounds(schema: &Place<'_>, step: f64) -> (f64, f64) {
    let value = |key: &str| schema.value.get(key);
    // In Swagger `exclusiveMinimum` is a flag beside `minimum`, in OpenAPI 3.1 it is the bound itself.
    let end = |bound: &str, exclusive: &str, away: f64| match value(exclusive) {
        Some(Value::Bool(true)) => value(bound).and_then(Value::as_f64).map(|end| end + away),
        Some(Value::Number(end)) => end.as_f64().map(|end| end + away),
        _ => value(bound).and_then(Value::as_f64),
    };
    match (end("minimum", "exclusiveMinimum", step), end("maximum", "exclusiveMaximum", -step)) {
        (Some(low), Some(high)) => (low, high),
        (Some(low), None) => (low, low + RANGE),
        (None, Some(high)) => (if high >= 1.0 { 1.0_f64.max(high - RANGE) } else { high - RANGE }, high),
        (None, None) => (1.0, RANGE),
    }
}
