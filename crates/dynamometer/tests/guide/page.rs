//! What is to be executed in a Markdown page: commands with their output, and plans.
//!
//! Reads text only; runs nothing. Called by the tests of the documents.

/// The executable parts of a page, each with its line from 1.
#[derive(Debug, PartialEq, Eq)]
pub struct Page {
    pub blocks: Vec<(usize, Block)>,
}

/// One thing to do.
#[derive(Debug, PartialEq, Eq)]
pub enum Block {
    /// A `$` line of a `console` block, with the lines that follow it.
    Command { command: String, expected: String },
    /// A `yaml` block: a plan, or a part of one. Its first line may name the file, as in `# checkout.yaml`.
    Plan { name: Option<String>, text: String, is_mistaken: bool },
}

impl Page {
    /// Finds the blocks of a page. `yaml` blocks of other programs start with a path, as in `# .github/…`.
    pub fn read(text: &str) -> Self {
        let mut blocks = Vec::new();
        let mut lines = text.lines().enumerate();
        while let Some((index, line)) = lines.next() {
            let Some(language) = line.trim_start().strip_prefix("```") else { continue };
            let body: Vec<&str> =
                lines.by_ref().map(|(_, line)| line).take_while(|line| line.trim() != "```").collect();
            match language {
                "console" => blocks.extend(commands(index + 2, &body)),
                "yaml" | "yaml mistaken" => blocks.extend(plan(index + 2, language, &body)),
                _ => {}
            }
        }
        Self { blocks }
    }
}

fn commands(first_line: usize, body: &[&str]) -> Vec<(usize, Block)> {
    let mut found: Vec<(usize, Block)> = Vec::new();
    for (offset, line) in body.iter().enumerate() {
        if let Some(command) = line.strip_prefix("$ ") {
            let block = Block::Command { command: command.to_owned(), expected: String::new() };
            found.push((first_line + offset, block));
        } else if let Some((_, Block::Command { command, expected })) = found.last_mut() {
            // A command goes on in the next line after a backslash, as in a shell.
            if command.ends_with('\\') {
                command.push('\n');
                command.push_str(line);
            } else {
                expected.push_str(line);
                expected.push('\n');
            }
        } else {
            panic!("line {}: a console block starts with a `$` line", first_line + offset);
        }
    }
    found
}

fn plan(first_line: usize, language: &str, body: &[&str]) -> Option<(usize, Block)> {
    let named = body
        .first()
        .and_then(|line| line.strip_prefix("# "))
        .filter(|name| name.ends_with("yml") || name.ends_with("yaml"));
    if named.is_some_and(|name| name.contains('/')) {
        return None;
    }
    let mut text = body.join("\n");
    text.push('\n');
    let block =
        Block::Plan { name: named.map(str::to_owned), text, is_mistaken: language.ends_with("mistaken") };
    Some((first_line, block))
}

#[test]
fn commands_and_plans_are_found() {
    let page = Page::read(
        "a\n```console\n$ one \\\n  two\nout\n\n$ three\n```\n```yaml\n# x.yaml\nname: x\n```\n```text\n$ no\n```\n",
    );
    let command = |command: &str, expected: &str| Block::Command {
        command: command.to_owned(),
        expected: expected.to_owned(),
    };
    let plan = Block::Plan {
        name: Some("x.yaml".to_owned()),
        text: "# x.yaml\nname: x\n".to_owned(),
        is_mistaken: false,
    };
    assert_eq!(
        page.blocks,
        [(3, command("one \\\n  two", "out\n\n")), (7, command("three", "")), (10, plan)]
    );
}
