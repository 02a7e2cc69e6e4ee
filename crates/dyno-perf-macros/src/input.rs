//! What stands in the parentheses of `#[benchmark(…)]`.

use dyno_verdict::{check_applicable, parse_threshold};
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Error, Ident, LitStr, Token, bracketed};

/// The arguments of the attribute, checked.
#[derive(Default)]
pub(crate) struct Arguments {
    pub(crate) name: Option<LitStr>,
    pub(crate) gate: Vec<LitStr>,
    pub(crate) tags: Vec<LitStr>,
}

impl Parse for Arguments {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut arguments = Self::default();
        while !input.is_empty() {
            let argument: Ident = input.parse()?;
            input.parse::<Token![=]>()?;
            match argument.to_string().as_str() {
                "name" => arguments.name = Some(input.parse()?),
                "gate" => arguments.gate.extend(texts(input)?),
                "tags" => arguments.tags.extend(texts(input)?),
                other => {
                    let text =
                        format!("`{other}` is no argument of `benchmark`; use `name`, `gate` or `tags`");
                    return Err(Error::new(argument.span(), text));
                }
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        if let Some(name) = arguments.name.as_ref().filter(|name| name.value().trim().is_empty()) {
            return Err(Error::new(name.span(), "the name is empty; leave it out, or write such as `login`"));
        }
        arguments.gate.iter().try_for_each(check_gate)?;
        Ok(arguments)
    }
}

/// One text, or several in brackets.
fn texts(input: ParseStream<'_>) -> syn::Result<Vec<LitStr>> {
    if !input.peek(syn::token::Bracket) {
        return Ok(vec![input.parse()?]);
    }
    let inside;
    bracketed!(inside in input);
    Ok(Punctuated::<LitStr, Token![,]>::parse_terminated(&inside)?.into_iter().collect())
}

/// Reads an objective as the recorder will.
fn check_gate(text: &LitStr) -> syn::Result<()> {
    let refused = |problem: String| Error::new(text.span(), problem);
    let threshold = parse_threshold(&text.value()).map_err(|error| refused(error.to_string()))?;
    if threshold.operation.is_some() {
        let problem =
            format!("`{}` names an operation; the objective of a function is its own", text.value());
        return Err(refused(problem));
    }
    check_applicable(&threshold, false).map_err(|error| refused(error.to_string()))
}
