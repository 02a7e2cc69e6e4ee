//! `auth` of a step: basic credentials or a bearer token. Their values are secrets.

use dyno_model::{Credentials, HttpStep, Secret, Template};

use crate::problem::Problem;
use crate::read::Context;
use crate::template::{self, Escape, Scope};
use crate::tree::Node;

pub(super) fn read(context: &mut Context<'_>, node: &Node, scope: Scope<'_>, step: &mut HttpStep) {
    let Some(mut keys) = context.keys(node, "scenarios[].steps[].auth") else { return };
    let (basic, bearer) = (keys.take("basic"), keys.take("bearer"));
    keys.finish(context);
    match (basic, bearer) {
        (Some(node), None) => {
            let Some(value) = context.text(node, "`basic`") else { return };
            step.credentials = basic_credentials(context, node, &value);
        }
        (None, Some(node)) => read_bearer(context, node, scope, step),
        _ => {
            let problem = Problem::at(&node.span, "`auth` needs one of `basic` and `bearer`");
            context.report(problem.hint("write `auth: { bearer: \"${secret:TOKEN}\" }`"));
        }
    }
}

fn basic_credentials(context: &mut Context<'_>, node: &Node, value: &str) -> Option<Credentials> {
    context.keep_secret(value);
    let hint = "write `basic: \"name:${secret:PASSWORD}\"`";
    let Some((_, password)) = value.split_once(':') else {
        context.report(Problem::at(&node.span, "basic credentials have no `:`").hint(hint));
        return None;
    };
    context.keep_secret(password);
    if value.contains("{{") {
        let problem = Problem::at(&node.span, "basic credentials are the same for all arrivals");
        context.report(problem.hint("use an `Authorization` header for ones that change"));
        return None;
    }
    Some(Credentials::Basic(Secret::new(value)))
}

/// A token with holes, such as one extracted at login, becomes a header that is rendered each time.
fn read_bearer(context: &mut Context<'_>, node: &Node, scope: Scope<'_>, step: &mut HttpStep) {
    let Some(token) = template::read(context, node, "`bearer`", scope, Escape::None) else { return };
    if let Some(text) = token.as_literal() {
        context.keep_secret(text);
        step.credentials = Some(Credentials::Bearer(Secret::new(text)));
        return;
    }
    let mut value = Template::literal("Bearer ");
    template::append(&mut value, &token);
    step.headers.push(("Authorization".to_owned(), value));
}
