//! Commands to repeat a run hold no secrets.

use super::command_line;

fn check(words: &[&str], expected: &str) {
    let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
    assert_eq!(command_line(&words), expected);
}

#[test]
fn harmless_arguments_stay() {
    check(&["http", "-c", "5", "-H", "Accept: a", "http://h/"], "dyno http -c 5 -H 'Accept: a' http://h/");
}

#[test]
fn secrets_become_references() {
    check(&["http", "-u", "me:hunter2", "http://h/"], "dyno http -u env:DYNO_USER_PASSWORD http://h/");
    check(&["http", "-ume:hunter2"], "dyno http -uenv:DYNO_USER_PASSWORD");
    check(&["http", "--user=me:hunter2"], "dyno http --user=env:DYNO_USER_PASSWORD");
    check(&["http", "--bearer", "hunter2"], "dyno http --bearer env:DYNO_TOKEN");
    check(&["http", "-H", "Authorization: Basic aHVudGVyMg=="], "dyno http -H @headers.txt");
    check(&["http", "-H", "cookie:hunter2"], "dyno http -H @headers.txt");
    check(&["http", "-x", "http://me:hunter2@proxy:1"], "dyno http -x http://USER:PASSWORD@proxy:1");
}

#[test]
fn references_stay() {
    check(&["http", "-u", "@secret.txt", "--bearer", "env:T"], "dyno http -u @secret.txt --bearer env:T");
}
