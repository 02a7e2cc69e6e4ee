//! The workers that ship with the tool: inside the binary, unpacked where programs of other languages find them.

use std::path::{Path, PathBuf};

use include_dir::{Dir, DirEntry, include_dir};
use sha2::{Digest, Sha256};

static PYTHON: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../python/dynamometer");
static NODE: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../node");
static RUST: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../clients/rust");
static TEMPLATES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../clients/templates");

/// What tests and tools leave in the folders of the repository.
const LEFT_OUT: [&str; 7] =
    ["__pycache__", "node_modules", "packages", "tests", "test", "package-lock.json", "target"];

/// Writes the workers below `root` and gives the folder that holds `python/`, `node/` and `rust/`.
///
/// The folder is named by what is in it, so that two versions of the tool do not disturb each other.
///
/// # Errors
/// When a file cannot be written.
pub(crate) fn unpack(root: &Path) -> std::io::Result<PathBuf> {
    let home = root.join(format!("workers-{}", fingerprint()));
    let mark = home.join("complete");
    if mark.exists() {
        return Ok(home);
    }
    write(&PYTHON, &home.join("python").join("dynamometer"))?;
    write(&NODE, &home.join("node"))?;
    write(&RUST, &home.join("rust"))?;
    std::fs::write(mark, "")?;
    Ok(home)
}

/// The template of a worker in `lang`, with the usual ending of its files.
#[must_use]
pub fn template(lang: &str) -> Option<(&'static str, &'static str)> {
    let (file, ending) = match lang {
        "python" => ("python.py", "py"),
        "node" => ("node.mjs", "mjs"),
        _ => return None,
    };
    TEMPLATES.get_file(file)?.contents_utf8().map(|text| (text, ending))
}

/// The files of a new project in Rust called `name`, by their path within it: a worker, and the SDK beside it.
#[must_use]
pub fn rust_project(name: &str) -> Vec<(PathBuf, String)> {
    let text = |path: &str| TEMPLATES.get_file(path).and_then(include_dir::File::contents_utf8);
    let template =
        |path: &str| text(path).expect("invariant: a test writes the project").replace("my-client", name);
    let mut files = vec![
        (PathBuf::from("Cargo.toml"), template("rust/manifest.toml")),
        (PathBuf::from("src/main.rs"), template("rust/main.rs")),
        (PathBuf::from(".gitignore"), "/target\n".to_owned()),
    ];
    let kit = RUST.get_dir("sdk").expect("invariant: a test writes the project");
    visit(kit, &mut |file| {
        // Its own tests stay with it; a project tests what it changes.
        let path = Path::new("dyno-worker").join(file.path().strip_prefix("sdk").unwrap_or(file.path()));
        files.push((path, file.contents_utf8().unwrap_or_default().to_owned()));
    });
    files
}

/// What the environments of clients in Rust are keyed by: a worker is built from all of it.
pub(crate) fn rust_fingerprint() -> String {
    digest_of(&[&RUST])
}

fn fingerprint() -> String {
    digest_of(&[&PYTHON, &NODE, &RUST])
}

fn digest_of(folders: &[&Dir<'static>]) -> String {
    let mut digest = Sha256::new();
    for folder in folders {
        visit(folder, &mut |file| {
            digest.update(file.path().to_string_lossy().as_bytes());
            digest.update(file.contents());
        });
    }
    digest.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

fn write(folder: &Dir<'_>, to: &Path) -> std::io::Result<()> {
    let mut outcome = Ok(());
    visit(folder, &mut |file| {
        let path = to.join(file.path());
        if outcome.is_ok() {
            let parent = path.parent().unwrap_or(to);
            outcome = std::fs::create_dir_all(parent).and_then(|()| std::fs::write(&path, file.contents()));
        }
    });
    outcome
}

fn visit<'a>(folder: &'a Dir<'a>, each: &mut dyn FnMut(&include_dir::File<'a>)) {
    for entry in folder.entries() {
        let name = entry.path().file_name().unwrap_or_default().to_string_lossy();
        if LEFT_OUT.contains(&name.as_ref()) {
            continue;
        }
        match entry {
            DirEntry::Dir(folder) => visit(folder, each),
            DirEntry::File(file) => each(file),
        }
    }
}

#[cfg(test)]
mod tests;
