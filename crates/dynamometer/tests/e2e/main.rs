//! The built binary from outside: exit codes, streams, files and the store.

mod exit_codes;
mod help;
mod interrupts;
mod output_files;
mod record;
mod schema;
mod secrets;
mod store;
mod streams;
mod support;
