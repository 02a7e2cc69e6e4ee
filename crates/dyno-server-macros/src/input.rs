//! What stands in the parentheses of an attribute.

use syn::parse::{Parse, ParseStream};
use syn::{Ident, LitStr, Token};

use crate::pattern;

/// Where the method of a route comes from.
pub(crate) enum MethodArgument {
    Fixed(&'static str),
    Any,
    WebSocket,
    /// From `method = "…"`.
    Written,
}

/// The arguments of an attribute: a pattern, and for `route` a method.
pub(crate) struct Arguments {
    pub(crate) pattern: LitStr,
    pub(crate) method: Option<LitStr>,
}

impl Parse for Arguments {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let (mut pattern, mut method) = (None, None);
        while !input.is_empty() {
            if input.peek(LitStr) {
                pattern = Some(input.parse()?);
            } else {
                let name: Ident = input.parse()?;
                input.parse::<Token![=]>()?;
                let value: LitStr = input.parse()?;
                match name.to_string().as_str() {
                    "method" => method = Some(value),
                    "path" => pattern = Some(value),
                    other => {
                        let text =
                            format!("`{other}` is no argument of this attribute; use `path` or `method`");
                        return Err(syn::Error::new(name.span(), text));
                    }
                }
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        let pattern: LitStr =
            pattern.ok_or_else(|| input.error("the path is missing, such as \"/users/{id}\""))?;
        pattern::check(&pattern)?;
        if let Some(method) = &method {
            let is_token = |text: &str| {
                !text.is_empty()
                    && text
                        .bytes()
                        .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
            };
            if !is_token(&method.value()) {
                return Err(syn::Error::new(method.span(), "a method is a word such as `PURGE`"));
            }
        }
        Ok(Self { pattern, method })
    }
}
