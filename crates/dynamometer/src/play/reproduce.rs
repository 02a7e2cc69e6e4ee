//! A command line that plays the same run again, with secrets left out.

use crate::args::play::SECRET_HEADERS;
use crate::shell;

/// What stands in place of a secret in a pasted command.
const HEADER_FILE: &str = "@headers.txt";

/// The arguments of this process as a command, secrets replaced by references to where they can be kept.
///
/// `arguments` starts with the command, without the name of the program.
pub fn command_line(arguments: &[String]) -> String {
    let mut words = vec!["dyno".to_owned()];
    let mut rest = arguments.iter().peekable();
    while let Some(word) = rest.next() {
        let Some(flag) = SECRET_FLAGS.iter().find(|flag| flag.begins(word)) else {
            words.push(word.clone());
            continue;
        };
        match flag.attached(word) {
            Some(value) => words.push(format!("{}{}", &word[..word.len() - value.len()], flag.hide(value))),
            None => {
                words.push(word.clone());
                words.extend(rest.next().map(|value| flag.hide(value)));
            }
        }
    }
    shell::join(words.iter().map(String::as_str))
}

/// A flag whose value may be a secret.
struct SecretFlag {
    short: Option<&'static str>,
    long: &'static str,
    hide: fn(&str) -> String,
}

const SECRET_FLAGS: [SecretFlag; 4] = [
    SecretFlag {
        short: Some("-u"),
        long: "--user",
        hide: |value| reference(value, "env:DYNO_USER_PASSWORD"),
    },
    SecretFlag { short: None, long: "--bearer", hide: |value| reference(value, "env:DYNO_TOKEN") },
    SecretFlag { short: Some("-H"), long: "--header", hide: hide_header },
    SecretFlag { short: Some("-x"), long: "--proxy", hide: hide_user_info },
];

impl SecretFlag {
    fn begins(&self, word: &str) -> bool {
        let is_long =
            word.strip_prefix(self.long).is_some_and(|rest| rest.is_empty() || rest.starts_with('='));
        is_long || self.short.is_some_and(|short| word.starts_with(short))
    }

    /// The value in the same word: `--user=x`, `-ux`.
    fn attached<'w>(&self, word: &'w str) -> Option<&'w str> {
        if let Some(rest) = word.strip_prefix(self.long) {
            return rest.strip_prefix('=');
        }
        let rest = word.strip_prefix(self.short?)?;
        (!rest.is_empty()).then_some(rest)
    }

    fn hide(&self, value: &str) -> String {
        (self.hide)(value)
    }
}

/// A value that is a reference already stays.
fn reference(value: &str, instead: &str) -> String {
    let is_reference = value.starts_with('@') || value.starts_with("env:");
    if is_reference { value } else { instead }.to_owned()
}

fn hide_header(value: &str) -> String {
    let name = value.split(':').next().unwrap_or_default().trim().to_ascii_lowercase();
    if SECRET_HEADERS.contains(&name.as_str()) { HEADER_FILE.to_owned() } else { value.to_owned() }
}

fn hide_user_info(value: &str) -> String {
    match (value.split_once("://"), value.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://USER:PASSWORD@{host}"),
        _ => value.to_owned(),
    }
}

#[cfg(test)]
mod tests;
