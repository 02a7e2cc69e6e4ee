//! Settings of benchmarks from variables named `HTTP_BENCHMARK_…`, in any case of letters.
//!
//! Names and defaults are those of http-client-benchmarker. Reads what it is given, and no environment.

use std::collections::BTreeMap;

/// What all names begin with.
const PREFIX: &str = "HTTP_BENCHMARK_";

/// Settings that this program has another way for, with the way.
const ELSEWHERE: [(&str, &str); 10] = [
    ("APP_NAME", "it names nothing here"),
    ("APP_VERSION", "it names nothing here"),
    ("RESOURCE_MONITORING_INTERVAL", "memory is sampled ten times a second"),
    ("CPU_MONITORING_ENABLED", "the CPU is always measured"),
    ("MEMORY_MONITORING_ENABLED", "the memory is always measured"),
    ("NETWORK_MONITORING_ENABLED", "bytes are always counted"),
    ("SQLITE_DB_PATH", "name the store with --store or DYNO_STORE; read the file with `dyno runs import`"),
    ("RESULTS_RETENTION_DAYS", "remove old results with `dyno runs prune --older-than 90d`"),
    ("SUPPORTED_CLIENT_LIBRARIES", "`dyno clients list` says which there are"),
    ("SUPPORTED_HTTP_METHODS", "the methods are fixed"),
];

/// Defaults and bounds of benchmarks.
#[derive(Debug, Clone, PartialEq)]
pub struct BenchmarkSettings {
    /// Requests in flight, unless a configuration says otherwise.
    pub default_concurrency: u32,
    /// How long a benchmark is played, in seconds.
    pub default_duration_seconds: f64,
    /// Time limit of a request, in seconds.
    pub default_timeout_s: f64,
    /// Tries after failures.
    pub default_retry_attempts: u32,
    /// The most requests in flight that a configuration may ask for.
    pub max_concurrency: u32,
    /// The longest time that a configuration may ask for, in seconds.
    pub max_duration_seconds: f64,
    /// The variables that were set and are followed, as they were written.
    pub changed: BTreeMap<String, String>,
    /// What is to be said of variables that are not followed, in words.
    pub ignored: Vec<String>,
}

/// A variable with a value that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingError {
    /// Its name.
    pub variable: String,
    /// Its value.
    pub value: String,
    /// What it may be.
    pub wanted: &'static str,
}

impl std::fmt::Display for SettingError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} is `{}`; it must be {}", self.variable, self.value, self.wanted)
    }
}

impl std::error::Error for SettingError {}

impl Default for BenchmarkSettings {
    fn default() -> Self {
        Self {
            default_concurrency: 10,
            default_duration_seconds: 30.0,
            default_timeout_s: 30.0,
            default_retry_attempts: 3,
            max_concurrency: 10_000,
            max_duration_seconds: 3600.0,
            changed: BTreeMap::new(),
            ignored: Vec::new(),
        }
    }
}

impl BenchmarkSettings {
    /// Reads all variables of an environment; those of other programs are left alone.
    ///
    /// # Errors
    /// When one has a value that cannot be used.
    pub fn read(variables: impl IntoIterator<Item = (String, String)>) -> Result<Self, SettingError> {
        let mut given: Vec<(String, String)> = variables
            .into_iter()
            .map(|(name, value)| (name.to_ascii_uppercase(), value))
            .filter(|(name, _)| name.starts_with(PREFIX))
            .collect();
        given.sort();
        let mut settings = Self::default();
        for (variable, value) in given {
            settings.set(variable, value)?;
        }
        Ok(settings)
    }

    /// Whether a variable of this name, without its prefix and in capitals, was set.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.changed.contains_key(&format!("{PREFIX}{name}"))
    }

    fn set(&mut self, variable: String, value: String) -> Result<(), SettingError> {
        let wrong = |wanted| SettingError { variable: variable.clone(), value: value.clone(), wanted };
        let whole = |least: u32, most: u32, wanted| {
            let number: Option<u32> = value.trim().parse().ok();
            number.filter(|number| (least..=most).contains(number)).ok_or_else(|| wrong(wanted))
        };
        let above_zero = || {
            let number: Option<f64> = value.trim().parse().ok();
            let fine = number.filter(|number| *number > 0.0 && *number <= 1e9);
            fine.ok_or_else(|| wrong("a number of seconds above 0"))
        };
        let in_flight = "a whole number from 1 to 10000";
        match &variable[PREFIX.len()..] {
            "DEFAULT_CONCURRENCY" => self.default_concurrency = whole(1, 10_000, in_flight)?,
            "DEFAULT_DURATION_SECONDS" => self.default_duration_seconds = above_zero()?,
            "DEFAULT_TIMEOUT" => self.default_timeout_s = above_zero()?,
            "DEFAULT_RETRY_ATTEMPTS" => {
                self.default_retry_attempts = whole(0, 1000, "a whole number from 0 to 1000")?;
            }
            "MAX_CONCURRENCY" => self.max_concurrency = whole(1, 10_000, in_flight)?,
            "MAX_DURATION_SECONDS" => self.max_duration_seconds = above_zero()?,
            name => {
                self.ignored.push(match ELSEWHERE.iter().find(|(known, _)| *known == name) {
                    Some((_, why)) => format!("{variable} is not followed: {why}"),
                    None => format!("{variable} is no setting; write one of {}", names()),
                });
                return Ok(());
            }
        }
        self.changed.insert(variable, value);
        Ok(())
    }
}

fn names() -> String {
    let names = [
        "DEFAULT_CONCURRENCY",
        "DEFAULT_DURATION_SECONDS",
        "DEFAULT_TIMEOUT",
        "DEFAULT_RETRY_ATTEMPTS",
        "MAX_CONCURRENCY",
        "MAX_DURATION_SECONDS",
    ];
    names.map(|name| format!("{PREFIX}{name}")).join(", ")
}
