//! The built binary from outside: exit codes, streams, files and the store.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod audit;
mod browser;
mod calibrate;
mod clients;
mod clients_cases;
mod clients_engine;
mod clients_parameters;
mod clients_rust;
mod clients_target;
mod compare;
mod compare_run;
mod exit_codes;
mod help;
mod history;
mod interrupts;
mod interrupts_clients;
mod many_lanes;
mod monitor;
mod monitor_page;
mod output_files;
mod peers;
mod profile;
mod record;
mod schema;
mod secrets;
mod serve;
mod store;
mod streams;
mod support;
