//! A container file as data: stages with their instructions.
//!
//! Knows the instructions that ours uses and refuses others, so that none is passed over. Called by `container`.

/// All stages, in the order of the file.
#[derive(Debug, PartialEq, Eq)]
pub struct ContainerFile {
    /// The stages; the last one is the image.
    pub stages: Vec<Stage>,
}

/// What is between two `FROM`.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Stage {
    /// The image it starts from.
    pub base: String,
    /// The name that later stages copy from.
    pub name: Option<String>,
    /// What is done, in order.
    pub instructions: Vec<Instruction>,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Instruction {
    /// The directory of what follows.
    Workdir(String),
    /// A variable of what follows.
    Env {
        /// Its name.
        name: String,
        /// Its value.
        value: String,
    },
    /// Files of the project, or of an earlier stage.
    Copy {
        /// The stage they come from; the project when there is none.
        from: Option<String>,
        /// What is copied.
        sources: Vec<String>,
        /// Where to.
        target: String,
    },
    /// A command line for a shell.
    Run(String),
    /// The port that the program listens on.
    Expose(u16),
    /// The program, with the arguments that it always gets.
    EntryPoint(Vec<String>),
    /// The arguments that it gets when none are given.
    Arguments(Vec<String>),
}

impl ContainerFile {
    /// Understands the text of a container file.
    pub fn parse(text: &str) -> Result<Self, String> {
        let joined = text.replace("\\\n", " ");
        let mut stages: Vec<Stage> = Vec::new();
        let lines = joined.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        for line in lines {
            let (word, rest) = line.split_once(' ').ok_or_else(|| format!("`{line}` is no instruction"))?;
            let rest = rest.trim();
            if word == "FROM" {
                stages.push(stage(rest)?);
                continue;
            }
            let stage = stages.last_mut().ok_or("the first instruction is not FROM")?;
            stage.instructions.push(instruction(word, rest)?);
        }
        if stages.len() < 2 {
            return Err("an image that is built needs two stages".to_owned());
        }
        Ok(Self { stages })
    }

    /// The stage of this name.
    pub fn stage(&self, name: &str) -> Option<&Stage> {
        self.stages.iter().find(|stage| stage.name.as_deref() == Some(name))
    }
}

fn stage(rest: &str) -> Result<Stage, String> {
    let words: Vec<&str> = rest.split_whitespace().collect();
    let (base, name) = match words.as_slice() {
        [base] => (base, None),
        [base, "AS", name] => (base, Some((*name).to_owned())),
        _ => return Err(format!("`FROM {rest}` is not understood")),
    };
    Ok(Stage { base: (*base).to_owned(), name, instructions: Vec::new() })
}

fn instruction(word: &str, rest: &str) -> Result<Instruction, String> {
    let unknown = || format!("`{word} {rest}` is not understood");
    let words = || serde_json::from_str::<Vec<String>>(rest).map_err(|_| unknown());
    Ok(match word {
        "WORKDIR" => Instruction::Workdir(rest.to_owned()),
        "ENV" => {
            let (name, value) = rest.split_once('=').ok_or_else(unknown)?;
            Instruction::Env { name: name.to_owned(), value: value.to_owned() }
        }
        "COPY" => {
            let (from, rest) = match rest.strip_prefix("--from=").and_then(|rest| rest.split_once(' ')) {
                Some((from, rest)) => (Some(from.to_owned()), rest),
                None => (None, rest),
            };
            let mut sources: Vec<String> = rest.split_whitespace().map(str::to_owned).collect();
            let target = sources.pop().filter(|_| !sources.is_empty()).ok_or_else(unknown)?;
            Instruction::Copy { from, sources, target }
        }
        "RUN" => Instruction::Run(rest.to_owned()),
        "EXPOSE" => Instruction::Expose(rest.parse().map_err(|_| unknown())?),
        "ENTRYPOINT" => Instruction::EntryPoint(words()?),
        "CMD" => Instruction::Arguments(words()?),
        _ => return Err(unknown()),
    })
}
