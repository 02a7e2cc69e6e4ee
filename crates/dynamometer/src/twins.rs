//! Two copies of this program at sibling paths of one length: the same build twice, and yet two programs.
//!
//! What differs between two files of one program (where they lie, how they are cached) is part of the noise that a
//! calibration has to see. Called by `dyno calibrate` and `dyno selftest`.

use std::path::PathBuf;

use crate::contest::ArmSpec;
use crate::error::CommandError;

/// The copies, gone with this value.
#[derive(Debug)]
pub struct Twins {
    directory: PathBuf,
}

impl Twins {
    /// Copies this program twice into a directory of its own.
    ///
    /// # Errors
    /// When this program cannot be read or the copies cannot be written.
    pub fn make() -> Result<Self, CommandError> {
        let id = dyno_store::new_run_id(std::time::SystemTime::now());
        let twins = Self { directory: std::env::temp_dir().join(format!("dyno-twins-{id}")) };
        let program = std::env::current_exe()
            .map_err(|error| CommandError::internal("cannot find this program").because(error))?;
        for letter in ["a", "b"] {
            let copy = twins.program(letter);
            let made = std::fs::create_dir_all(copy.parent().unwrap_or(&twins.directory))
                .and_then(|()| std::fs::copy(&program, &copy));
            made.map_err(|error| {
                let message = format!("cannot copy `{}` to `{}`", program.display(), copy.display());
                CommandError::output(message).because(error).hint("set TMPDIR to a directory with more space")
            })?;
        }
        Ok(twins)
    }

    fn program(&self, letter: &str) -> PathBuf {
        self.directory.join(letter).join("dyno")
    }

    /// Both as sides; the second with more flags of its hidden command.
    #[must_use]
    pub fn sides(&self, flags_of_b: &[String]) -> [ArmSpec; 2] {
        let side = |letter, flags: &[String]| ArmSpec::Embedded {
            program: Some(self.program(letter)),
            flags: flags.to_vec(),
        };
        [side("a", &[]), side("b", flags_of_b)]
    }
}

impl Drop for Twins {
    fn drop(&mut self) {
        // Left behind, they harm nobody: they lie among temporary files.
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}
