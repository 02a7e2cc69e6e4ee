//! The build stage without an engine: its commands in a copy of the sources, and a trial of what they make.
//!
//! Proves the commands, not the base images: tool chain and libraries are those of this machine. Called by `container`.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::failure::Failure;
use crate::project;

use super::file::{ContainerFile, Instruction, Stage};

/// The libraries that the last stage's base has: glibc's and libgcc's.
const LIBRARIES_OF_BASE: &[&str] =
    &["linux-vdso", "libc.so", "libm.so", "libgcc_s.so", "libdl.so", "libpthread.so", "librt.so", "ld-linux"];

/// Executes the stage that the image takes its program from, then tries the program as the image would start it.
pub fn play(file: &ContainerFile) -> Result<bool, Failure> {
    let unusable = |why: &str| Failure::Bench(format!("the container file cannot be rehearsed: {why}"));
    let image = file.stages.last().ok_or_else(|| unusable("it has no stage"))?;
    let (stage, program) =
        source_of(file, image).ok_or_else(|| unusable("its last stage copies no program"))?;
    let folder = project::target_dir().join("container");
    let program = folder.join(program.trim_start_matches('/'));
    if !execute(stage, &folder)? {
        return Ok(false);
    }
    if !program.is_file() {
        println!("{} was not made", program.display());
        return Ok(false);
    }
    let arguments = image.instructions.iter().find_map(|it| match it {
        Instruction::Arguments(arguments) => Some(arguments.clone()),
        _ => None,
    });
    Ok(uses_only_base_libraries(&program)? && answers(&program, &arguments.unwrap_or_default())?)
}

/// The stage and the path of the program that the image copies.
fn source_of<'f>(file: &'f ContainerFile, image: &'f Stage) -> Option<(&'f Stage, &'f str)> {
    image.instructions.iter().find_map(|it| match it {
        Instruction::Copy { from: Some(from), sources, .. } => {
            Some((file.stage(from)?, sources.first()?.as_str()))
        }
        _ => None,
    })
}

/// Does what the stage says below `folder`, which stands for the root of its files.
fn execute(stage: &Stage, folder: &Path) -> Result<bool, Failure> {
    let mut directory = folder.to_path_buf();
    let mut variables: Vec<(&str, &str)> = Vec::new();
    for instruction in &stage.instructions {
        match instruction {
            Instruction::Workdir(path) => {
                directory = folder.join(path.trim_start_matches('/'));
                fs::create_dir_all(&directory).map_err(Failure::file("make", &directory))?;
            }
            Instruction::Env { name, value } => variables.push((name, value)),
            Instruction::Copy { from: None, sources, target } => {
                for source in sources {
                    copy(source, &directory.join(target))?;
                }
            }
            Instruction::Run(line) => {
                eprintln!("$ {line}");
                let mut shell = Command::new("sh");
                shell.args(["-c", line]).current_dir(&directory).envs(variables.iter().copied());
                // As in the image, where no cargo is above this one.
                for name in ["CARGO_TARGET_DIR", "CARGO_MANIFEST_DIR", "CARGO_MANIFEST_PATH", "RUSTFLAGS"] {
                    shell.env_remove(name);
                }
                if !shell.status().map_err(Failure::run(line))?.success() {
                    return Ok(false);
                }
            }
            other => return Err(Failure::Bench(format!("{other:?} has no place in a build stage"))),
        }
    }
    Ok(true)
}

/// Copies a file or folder with the times of its files, so that a second rehearsal builds little.
fn copy(source: &str, target: &Path) -> Result<(), Failure> {
    let root = project::root();
    let is_folder = root.join(source).is_dir();
    let target = if is_folder { target.to_path_buf() } else { target.join(source) };
    if is_folder && target.exists() {
        fs::remove_dir_all(&target).map_err(Failure::file("clear", &target))?;
    }
    let parent = target.parent().unwrap_or(&target).to_path_buf();
    fs::create_dir_all(&parent).map_err(Failure::file("make", &parent))?;
    let status = Command::new("cp")
        .args(["--recursive", "--preserve=timestamps"])
        .arg(root.join(source))
        .arg(&target)
        .status()
        .map_err(Failure::run("cp"))?;
    if status.success() { Ok(()) } else { Err(Failure::Bench(format!("`{source}` could not be copied"))) }
}

fn uses_only_base_libraries(program: &Path) -> Result<bool, Failure> {
    let listed = Command::new("ldd").arg(program).output().map_err(Failure::run("ldd"))?;
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    let foreign = foreign_libraries(&listed);
    if !foreign.is_empty() {
        println!("the base of the image lacks {}", foreign.join(", "));
    }
    Ok(foreign.is_empty())
}

/// Those libraries in the output of `ldd` that the base does not have.
pub fn foreign_libraries(listed: &str) -> Vec<&str> {
    listed
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .filter(|path| {
            let name = path.rsplit('/').next().unwrap_or(path);
            !LIBRARIES_OF_BASE.iter().any(|known| name.starts_with(known)) && *path != "statically"
        })
        .collect()
}

/// Whether the program, started as the image starts it but on a free port of loopback, answers a probe.
fn answers(program: &PathBuf, arguments: &[String]) -> Result<bool, Failure> {
    let arguments: Vec<String> =
        arguments.iter().map(|it| it.replace("0.0.0.0:8080", "127.0.0.1:0")).collect();
    let shown = format!("{} {}", program.display(), arguments.join(" "));
    eprintln!("$ {shown}");
    let mut command = Command::new(program);
    command.args(&arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().map_err(Failure::run(&shown))?;
    let answer = ask_for_health(&mut child);
    let _ended = child.kill();
    let _status = child.wait();
    let answer = answer.map_err(Failure::run(&shown))?;
    let is_good = answer.starts_with("HTTP/1.1 200 ");
    if !is_good {
        println!("/health was answered with: {answer}");
    }
    Ok(is_good)
}

fn ask_for_health(child: &mut Child) -> std::io::Result<String> {
    let stdout = child.stdout.take().ok_or(std::io::ErrorKind::BrokenPipe)?;
    let mut line = String::new();
    BufReader::new(stdout).read_line(&mut line)?;
    let address = line.trim().rsplit("http://").next().unwrap_or_default().to_owned();
    let mut stream = TcpStream::connect(&address)?;
    write!(stream, "GET /health HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}
