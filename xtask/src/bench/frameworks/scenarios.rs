//! What the servers are asked: the six scenarios of the original suite.
//!
//! Plain data. Called by `play` and `report`.

/// One kind of request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scenario {
    /// Its name in the result.
    pub name: &'static str,
    /// The path that is asked for.
    pub path: &'static str,
    /// What is sent with `POST`; `GET` when empty.
    pub body: &'static str,
}

/// All scenarios, in the order of the result.
pub const SCENARIOS: [Scenario; 6] = [
    Scenario { name: "Simple Text", path: "/", body: "" },
    Scenario { name: "Simple JSON", path: "/json", body: "" },
    Scenario { name: "Large JSON", path: "/large-json", body: "" },
    Scenario { name: "Path Params (1)", path: "/users/123", body: "" },
    Scenario { name: "Path Params (2)", path: "/users/123/posts/456", body: "" },
    Scenario { name: "POST Echo", path: "/echo", body: r#"{"message":"Hello, World!","numbers":[1,2,3]}"# },
];
