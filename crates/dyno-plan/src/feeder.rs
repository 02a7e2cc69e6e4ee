//! The `feeders` section: tables whose rows are given to arrivals, from CSV, JSON or the plan itself.

use dyno_model::{Feeder, FeederOrder};

use crate::files::{self, FileProblem};
use crate::problem::Problem;
use crate::read::Context;
use crate::template::check_name;
use crate::tree::{Node, Value};

/// Columns and rows.
type Table = (Vec<String>, Vec<Vec<String>>);

pub(crate) fn read_all(context: &mut Context<'_>, node: &Node) -> Vec<Feeder> {
    let Value::Map(entries) = &node.value else {
        let problem = Problem::at(&node.span, format!("`feeders` must be a map, this is {}", node.kind()));
        context.report(problem.hint("write `feeders: { users: { csv: users.csv } }`"));
        return Vec::new();
    };
    let mut feeders = Vec::new();
    for entry in entries {
        if entry.key != "row" {
            check_name(context, &entry.key, &entry.key_span, "a feeder");
        }
        if let Some(feeder) = read_one(context, &entry.key, &entry.value) {
            feeders.push(feeder);
        }
    }
    feeders
}

fn read_one(context: &mut Context<'_>, name: &str, node: &Node) -> Option<Feeder> {
    let mut keys = context.keys(node, "feeders.*")?;
    let (csv, json, rows) = (keys.take("csv"), keys.take("json"), keys.take("rows"));
    let order = match keys.take("order") {
        Some(node) => read_order(context, node),
        None => Some(FeederOrder::Sequential),
    };
    keys.finish(context);
    let table = match (csv, json, rows) {
        (Some(file), None, None) => from_file(context, file, table_of_csv),
        (None, Some(file), None) => from_file(context, file, table_of_json),
        (None, None, Some(rows)) => table_of_rows(context, rows),
        _ => {
            let problem = Problem::at(&node.span, format!("the feeder `{name}` needs one source of rows"));
            context.report(problem.hint("give one of `csv`, `json` and `rows`"));
            None
        }
    };
    let (columns, rows) = table?;
    if rows.is_empty() {
        context.report(Problem::at(&node.span, format!("the feeder `{name}` has no rows")));
        return None;
    }
    Some(Feeder { name: name.to_owned(), columns, rows, order: order? })
}

fn read_order(context: &mut Context<'_>, node: &Node) -> Option<FeederOrder> {
    match context.text(node, "`order`")?.as_str() {
        "sequential" => Some(FeederOrder::Sequential),
        "random" => Some(FeederOrder::Random),
        other => {
            let problem = Problem::at(&node.span, format!("`order` cannot be `{other}`"));
            context.report(problem.hint("write `sequential` or `random`"));
            None
        }
    }
}

fn from_file(
    context: &mut Context<'_>,
    node: &Node,
    parse: fn(&str, &str) -> Result<Table, FileProblem>,
) -> Option<Table> {
    let path = context.text(node, "the file")?;
    let path = context.path(&path);
    let table = files::read_text(&path).and_then(|text| parse(&path.display().to_string(), &text));
    match table {
        Ok(table) => Some(table),
        Err((message, hint)) => {
            context.report(Problem::at(&node.span, message).hint(hint));
            None
        }
    }
}

/// The first line names the columns.
fn table_of_csv(path: &str, text: &str) -> Result<Table, FileProblem> {
    let unreadable = |error: csv::Error| {
        let line = error.position().map_or(1, csv::Position::line);
        let message = match error.kind() {
            csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
                format!("`{path}` line {line} has {len} values, the first line has {expected_len}")
            }
            _ => format!("`{path}` line {line}: {error}"),
        };
        (message, "give every line as many values as the first".to_owned())
    };
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::Headers).from_reader(text.as_bytes());
    let columns = reader.headers().map_err(unreadable)?.iter().map(str::to_owned).collect();
    let rows: Result<Vec<Vec<String>>, csv::Error> =
        reader.records().map(|row| Ok(row?.iter().map(str::to_owned).collect())).collect();
    Ok((columns, rows.map_err(unreadable)?))
}

/// A list of objects; the first one names the columns.
fn table_of_json(path: &str, text: &str) -> Result<Table, FileProblem> {
    let hint = || "write a list of objects: `[{\"user\": \"ada\"}]`".to_owned();
    let value: serde_json::Value =
        serde_json::from_str(text).map_err(|error| (format!("`{path}` is not JSON: {error}"), hint()))?;
    let not_rows = || (format!("`{path}` is not a list of objects"), hint());
    let items = value.as_array().ok_or_else(not_rows)?;
    let columns: Vec<String> = match items.first() {
        Some(first) => first.as_object().ok_or_else(not_rows)?.keys().cloned().collect(),
        None => Vec::new(),
    };
    let mut rows = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        let object = item.as_object().ok_or_else(not_rows)?;
        let row: Option<Vec<String>> = columns.iter().map(|column| object.get(column).map(plain)).collect();
        let row = row.filter(|_| object.len() == columns.len()).ok_or_else(|| {
            let message = format!("`{path}` object {} does not have the keys of the first", index + 1);
            (message, "give every object the same keys".to_owned())
        })?;
        rows.push(row);
    }
    Ok((columns, rows))
}

/// A JSON value as a template shows it: texts without quotes.
fn plain(value: &serde_json::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn table_of_rows(context: &mut Context<'_>, node: &Node) -> Option<Table> {
    let mut columns: Vec<String> = Vec::new();
    let mut rows = Vec::new();
    for item in context.list(node, "rows") {
        let Value::Map(entries) = &item.value else {
            let problem = Problem::at(&item.span, format!("a row must be a map, this is {}", item.kind()));
            context.report(problem.hint("write `{ name: ada, password: secret }`"));
            return None;
        };
        if columns.is_empty() {
            columns = entries.iter().map(|entry| entry.key.clone()).collect();
        }
        let mut row = Vec::with_capacity(columns.len());
        for column in &columns {
            let entry = entries.iter().find(|entry| entry.key == *column);
            row.extend(entry.and_then(|entry| context.text(&entry.value, "a value of a row")));
        }
        if row.len() != columns.len() || entries.len() != columns.len() {
            let message = format!("this row must have the columns {}", columns.join(", "));
            context.report(Problem::at(&item.span, message).hint("give every row the same columns"));
            return None;
        }
        rows.push(row);
    }
    Some((columns, rows))
}
