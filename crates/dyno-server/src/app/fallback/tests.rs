use std::rc::Rc;

use super::Fallbacks;
use crate::app::answer::Answer;
use crate::app::call::Call;
use crate::app::endpoint::AnswerFunction;
use crate::app::method_table::RouteMethod;
use crate::app::mounted::Mounted;
use crate::app::pattern::Pattern;
use crate::app::response::Response;
use crate::app::router::PathValues;
use crate::app::scope::Scope;

fn fallbacks(prefixes: &[&str]) -> Fallbacks {
    let mut fallbacks = Fallbacks::default();
    for prefix in prefixes {
        fallbacks.insert(Mounted {
            method: RouteMethod::Any,
            pattern: Pattern::parse(prefix, "/").unwrap(),
            name: String::new(),
            endpoint: Rc::new(AnswerFunction(|_: &Call<'_>| Answer::Now(Response::text("")))),
            middleware: Vec::new(),
            scope: Scope::default(),
            body_bytes_max: None,
        });
    }
    fallbacks
}

#[test]
fn the_longest_prefix_answers() {
    let fallbacks = fallbacks(&["", "/api", "/api/v{version}/x", "/{tenant}/{area}", "/api"]);
    for (path, expected) in [
        ("/", "/ []"),
        ("/x", "/ []"),
        ("/api", "/api []"),
        ("/api/", "/api []"),
        ("/apis", "/ []"),
        ("/api/v2/x/y", "/api/v{version}/x [\"2\"]"),
        ("/api/v/x/y", "/{tenant}/{area} [\"api\", \"v\"]"),
        ("/a/b/c/d", "/{tenant}/{area} [\"a\", \"b\"]"),
    ] {
        let mut values = PathValues::default();
        let found = fallbacks.find(path, &mut values).unwrap();
        assert_eq!(format!("{} {:?}", found.pattern.text, values.as_slice()), expected, "{path}");
    }
}
