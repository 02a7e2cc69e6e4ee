//! As much of a pattern as can be judged without the app: braces, and how many parameters there are.
//!
//! The server reads patterns again, with the prefixes of mounted apps.

use syn::LitStr;

/// Refuses braces that do not match.
pub(crate) fn check(pattern: &LitStr) -> syn::Result<()> {
    let text = pattern.value();
    let mut is_open = false;
    for letter in text.chars() {
        match (letter, is_open) {
            ('{', false) => is_open = true,
            ('}', true) => is_open = false,
            ('{' | '}', _) | ('/', true) => {
                return Err(syn::Error::new(
                    pattern.span(),
                    "a parameter is a name in one pair of braces: `{name}`",
                ));
            }
            ('?' | '#', false) => {
                let reason = "a pattern is a path; take what follows `?` with `Query`";
                return Err(syn::Error::new(pattern.span(), reason));
            }
            _ => {}
        }
    }
    if is_open {
        return Err(syn::Error::new(pattern.span(), "the last brace is not closed"));
    }
    Ok(())
}

/// How many parameters a pattern has.
pub(crate) fn parameter_count(pattern: &str) -> usize {
    pattern.matches('{').count()
}
