//! One expression between `{{` and `}}`: functions with literal arguments, names and columns.

use dyno_model::Expression;

use super::Scope;
use crate::suggest;

/// What an expression turns out to be.
pub(super) enum Value {
    /// Known now, so it becomes fixed text.
    Fixed(String),
    /// Made for each arrival.
    Made(Expression),
}

/// What is wrong, and what to do.
type Mistake = (String, String);

const FUNCTIONS: [(&str, &str); 8] = [
    ("uuid", "uuid()"),
    ("int", "int(1..100)"),
    ("float", "float(0.5..1.5)"),
    ("zipf", "zipf(1..100000)"),
    ("text", "text(16)"),
    ("hex", "hex(16)"),
    ("choose", "choose('a', 'b')"),
    ("now", "now()"),
];

/// Names that variables, feeders and extracts cannot have.
pub(crate) const RESERVED: [&str; 10] =
    ["n", "user", "uuid", "int", "float", "zipf", "text", "hex", "choose", "now"];

const TEXT_MAX: u32 = 1024 * 1024;
/// The exponent of a Zipf law when none is given, as in YCSB.
const ZIPF_EXPONENT: f64 = 0.99;

pub(super) fn parse(text: &str, scope: Scope<'_>) -> Result<Value, Mistake> {
    if let Some(fixed) = unquote(text) {
        return Ok(Value::Fixed(fixed.to_owned()));
    }
    if let Some((name, rest)) = text.split_once('(') {
        let Some(arguments) = rest.trim_end().strip_suffix(')') else {
            return Err((format!("`{text}` lacks its `)`"), "write a call such as `int(1..100)`".to_owned()));
        };
        return call(name.trim(), arguments.trim()).map(Value::Made);
    }
    match text {
        "" => Err(("the hole `{{ }}` is empty".to_owned(), "name a variable or call a function".to_owned())),
        "n" => Ok(Value::Made(Expression::ArrivalNumber)),
        "user" => Ok(Value::Made(Expression::User)),
        _ => match text.split_once('.') {
            Some((feeder, column)) => row(feeder.trim(), column.trim(), scope).map(Value::Made),
            None => name(text, scope),
        },
    }
}

fn unquote(text: &str) -> Option<&str> {
    ['\'', '"'].into_iter().find_map(|quote| {
        let inner = text.strip_prefix(quote)?.strip_suffix(quote)?;
        (!inner.contains(quote)).then_some(inner)
    })
}

fn call(name: &str, arguments: &str) -> Result<Expression, Mistake> {
    let Some((_, example)) = FUNCTIONS.iter().find(|(known, _)| *known == name) else {
        let names: Vec<&str> = FUNCTIONS.iter().map(|(known, _)| *known).collect();
        let hint = match suggest::nearest(name, &names) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("functions are: {}", names.join(", ")),
        };
        return Err((format!("there is no function `{name}`"), hint));
    };
    let read = match name {
        "uuid" => arguments.is_empty().then_some(Expression::Uuid),
        "now" => arguments.is_empty().then_some(Expression::NowMs),
        "int" => range(arguments).map(|(min, max)| Expression::Int { min, max }),
        "float" => range::<f64>(arguments)
            .filter(|(min, max)| min.is_finite() && max.is_finite())
            .map(|(min, max)| Expression::Float { min, max }),
        "zipf" => zipf(arguments),
        "text" => length(arguments).map(|length| Expression::Text { length }),
        "hex" => length(arguments).map(|length| Expression::Hex { length }),
        _ => choices(arguments).map(Expression::Choose),
    };
    read.ok_or_else(|| {
        let hint = format!("write it as `{example}`");
        (format!("`{name}({arguments})` does not have the right arguments"), hint)
    })
}

/// `a..b` with a ≤ b.
fn range<T: std::str::FromStr + PartialOrd>(text: &str) -> Option<(T, T)> {
    let (min, max) = text.split_once("..")?;
    let (min, max): (T, T) = (min.trim().parse().ok()?, max.trim().parse().ok()?);
    (min <= max).then_some((min, max))
}

fn zipf(arguments: &str) -> Option<Expression> {
    let (limits, exponent) = match arguments.split_once(',') {
        Some((limits, exponent)) => (limits, exponent.trim().parse().ok()?),
        None => (arguments, ZIPF_EXPONENT),
    };
    let (min, max) = range(limits)?;
    (exponent > 0.0 && f64::is_finite(exponent)).then_some(Expression::Zipf { min, max, exponent })
}

fn length(text: &str) -> Option<u32> {
    text.parse().ok().filter(|length| (1..=TEXT_MAX).contains(length))
}

fn choices(text: &str) -> Option<Vec<String>> {
    let mut values = Vec::new();
    let mut rest = text.trim();
    loop {
        let quote = rest.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
        let (value, tail) = rest[1..].split_once(quote)?;
        values.push(value.to_owned());
        rest = tail.trim_start();
        if rest.is_empty() {
            return Some(values);
        }
        rest = rest.strip_prefix(',')?.trim_start();
    }
}

fn row(feeder: &str, column: &str, scope: Scope<'_>) -> Result<Expression, Mistake> {
    let feeders = &scope.names.feeders;
    let names: Vec<&str> = feeders.iter().map(|(name, _)| name.as_str()).collect();
    let index = match names.iter().position(|name| *name == feeder) {
        Some(index) => index,
        None if feeder == "row" && names.len() == 1 => 0,
        None => {
            let hint = match suggest::nearest(feeder, &names) {
                _ if names.is_empty() => "add a table to `feeders`".to_owned(),
                _ if feeder == "row" => format!("with several feeders write `{}.{column}`", names[0]),
                Some(near) => format!("did you mean `{near}.{column}`?"),
                None => format!("feeders are: {}", names.join(", ")),
            };
            return Err((format!("there is no feeder `{feeder}`"), hint));
        }
    };
    let (name, columns) = &feeders[index];
    if columns.iter().any(|known| known == column) {
        let feeder = u32::try_from(index).expect("invariant: a plan has fewer than 2^32 feeders");
        return Ok(Expression::Row { feeder, column: column.to_owned() });
    }
    let known: Vec<&str> = columns.iter().map(String::as_str).collect();
    let hint = match suggest::nearest(column, &known) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("its columns are: {}", known.join(", ")),
    };
    Err((format!("the feeder `{name}` has no column `{column}`"), hint))
}

fn name(text: &str, scope: Scope<'_>) -> Result<Value, Mistake> {
    let names = scope.names;
    let made: Vec<_> = names.extracts.iter().filter(|extract| extract.name == text).collect();
    let is_there = |scenario: usize, step: usize| {
        scenario != scope.scenario || step < scope.step || (scope.after_answer && step == scope.step)
    };
    if made.iter().any(|extract| is_there(extract.scenario, extract.step)) {
        return Ok(Value::Made(Expression::Variable(text.to_owned())));
    }
    if let Some((_, value)) = names.variables.iter().find(|(known, _)| known == text) {
        return Ok(Value::Fixed(value.clone()));
    }
    if let Some(later) = made.first() {
        let message = format!("`{text}` is used before it is extracted");
        return Err((
            message,
            format!("step {} of this scenario makes it: use it after that", later.step + 1),
        ));
    }
    if let Some((_, example)) = FUNCTIONS.iter().find(|(known, _)| *known == text) {
        return Err((format!("`{text}` is a function"), format!("call it, as in `{example}`")));
    }
    let mut known: Vec<&str> = names.variables.iter().map(|(name, _)| name.as_str()).collect();
    known.extend(names.extracts.iter().map(|extract| extract.name.as_str()));
    known.extend(["n", "user"]);
    let hint = match suggest::nearest(text, &known) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "define it in `variables`, or extract it in an earlier step".to_owned(),
    };
    Err((format!("there is no variable `{text}`"), hint))
}

/// Whether the value can hold what a JSON string must escape; all others are letters, digits and signs.
pub(super) fn needs_escape(expression: &Expression) -> bool {
    matches!(expression, Expression::Choose(_) | Expression::Row { .. } | Expression::Variable(_))
}

/// The expression as a plan would write it; feeders by index are written as `row` of the first feeder.
pub(super) fn write(expression: &Expression) -> String {
    let quote =
        |value: &String| if value.contains('\'') { format!("\"{value}\"") } else { format!("'{value}'") };
    match expression {
        Expression::Uuid => "uuid()".to_owned(),
        Expression::Int { min, max } => format!("int({min}..{max})"),
        Expression::Float { min, max } => format!("float({min}..{max})"),
        Expression::Zipf { min, max, exponent } if *exponent == ZIPF_EXPONENT => {
            format!("zipf({min}..{max})")
        }
        Expression::Zipf { min, max, exponent } => format!("zipf({min}..{max}, {exponent})"),
        Expression::Text { length } => format!("text({length})"),
        Expression::Hex { length } => format!("hex({length})"),
        Expression::Choose(values) => {
            format!("choose({})", values.iter().map(quote).collect::<Vec<_>>().join(", "))
        }
        Expression::NowMs => "now()".to_owned(),
        Expression::ArrivalNumber => "n".to_owned(),
        Expression::User => "user".to_owned(),
        Expression::Row { feeder: 0, column } => format!("row.{column}"),
        Expression::Row { feeder, column } => format!("feeder{feeder}.{column}"),
        Expression::Variable(name) => name.clone(),
    }
}
