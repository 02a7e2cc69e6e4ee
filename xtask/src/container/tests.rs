use super::file::{ContainerFile, Instruction};
use super::rehearsal::foreign_libraries;

#[test]
fn our_container_file_is_understood() {
    let file = ContainerFile::parse(include_str!("../../../Containerfile")).unwrap();
    let build = file.stage("build").expect("a stage that builds");
    let commands: Vec<_> =
        build.instructions.iter().filter(|it| matches!(it, Instruction::Run(_))).cloned().collect();
    let expected = "cargo build --locked --release --package dynamometer".to_owned();
    assert_eq!(commands, [Instruction::Run(expected)]);
    let image = file.stages.last().unwrap();
    assert!(image.base.contains("distroless") && image.base.ends_with(":nonroot"), "{}", image.base);
    assert!(image.instructions.contains(&Instruction::Expose(8080)));
    // What needs a shell cannot be in an image without one.
    assert!(!image.instructions.iter().any(|it| matches!(it, Instruction::Run(_))));
}

fn check_refused(text: &str, reason: &str) {
    let why = ContainerFile::parse(text).unwrap_err();
    assert!(why.contains(reason), "{why}");
}

#[test]
fn what_is_not_understood_is_refused() {
    check_refused("RUN true", "not FROM");
    check_refused("FROM a\nRUN true", "two stages");
    check_refused("FROM a AS b\nHEALTHCHECK NONE\nFROM c", "HEALTHCHECK NONE");
    check_refused("FROM a AS b\nCMD dyno serve\nFROM c", "CMD dyno serve");
    check_refused("FROM a AS b\nCOPY x\nFROM c", "COPY x");
}

#[test]
fn lines_are_joined_and_comments_left_out() {
    let file = ContainerFile::parse("# a\nFROM a AS b\nRUN one && \\\n    two\n# c\nFROM d\n").unwrap();
    assert_eq!(file.stages[0].instructions, [Instruction::Run("one &&      two".to_owned())]);
}

#[test]
fn libraries_that_the_base_lacks_are_found() {
    let listed = "\tlinux-vdso.so.1 (0x1)\n\tlibgcc_s.so.1 => /lib/libgcc_s.so.1 (0x2)\n\
                  \tlibssl.so.3 => /lib/libssl.so.3 (0x3)\n\tlibc.so.6 => /lib/libc.so.6 (0x4)\n\
                  \t/lib64/ld-linux-x86-64.so.2 (0x5)\n";
    assert_eq!(foreign_libraries(listed), ["libssl.so.3"]);
    assert_eq!(foreign_libraries("\tstatically linked\n"), Vec::<&str>::new());
}
