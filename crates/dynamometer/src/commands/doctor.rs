//! `dyno doctor`: the machine's fitness, and with `--self-test` the generator's own accuracy.

use dyno_host::doctor::{CheckState, MachineCheck, checks, gate_checks};
use dyno_verdict::{CalibrationState, ResolvedProfile};
use serde_json::json;

use crate::args::doctor::DoctorArgs;
use crate::commands::pretty;
use crate::commands::table::{self, Tone, Wrapping};
use crate::console;
use crate::error::CommandError;
use crate::exit::Exit;
use crate::profiles::{self, ProfileChoice};
use crate::self_test::{self, Finding};

/// Looks at the machine, and plays runs with known results when asked to.
///
/// # Errors
/// When the self-test cannot be played.
pub fn doctor(args: &DoctorArgs) -> Result<Exit, CommandError> {
    let machine = checks();
    if !args.json {
        console::data(machine_table(&machine).as_bytes())?;
    }
    let gate = gate_section()?;
    if !args.json {
        console::data(
            format!("\nCan this machine gate? {}\n\n{}", answer(&gate), machine_table(&gate)).as_bytes(),
        )?;
    }
    let findings = if args.self_test { self_test::play()? } else { Vec::new() };
    if args.json {
        console::data(&pretty(&json!({ "machine": machine, "gate": gate, "self_test": findings })))?;
    } else if args.self_test {
        console::data(format!("\n{}", findings_table(&findings)).as_bytes())?;
    }
    let is_bad = machine.iter().any(|check| check.state == CheckState::Bad);
    let is_off = findings.iter().any(|finding| !finding.ok);
    Ok(if is_off {
        Exit::Invalid
    } else if is_bad {
        Exit::Unreachable
    } else {
        Exit::Passed
    })
}

/// What a gate needs of the machine, and what is known of its noise.
fn gate_section() -> Result<Vec<MachineCheck>, CommandError> {
    let machine = dyno_host::fingerprint();
    let profile = profiles::load(
        &[],
        ProfileChoice { is_calibration_only: true, ..ProfileChoice::default() },
        &machine,
    )?;
    let mut checks = gate_checks();
    checks.push(certificate(&profile));
    Ok(checks)
}

fn certificate(profile: &ResolvedProfile) -> MachineCheck {
    let mut advice = profile.calibration().hint().unwrap_or_default();
    let (state, seen) = match (profile.calibration(), profile.certificate()) {
        (CalibrationState::Valid { days_left }, Some(certificate)) => {
            let (false_alarms, gates) = (certificate.false_alarms, certificate.gates);
            let seen = format!("{false_alarms} false alarms in {gates} gates, valid for {days_left:.0} days");
            (CheckState::Good, seen)
        }
        (CalibrationState::Valid { days_left }, None) => {
            advice = "the noise is known, and how often this machine calls equal builds different is not: `dyno calibrate \
                      --append` plays gates"
                .to_owned();
            (CheckState::Warning, format!("none, noise valid for {days_left:.0} days"))
        }
        (CalibrationState::Expired { .. }, _) => (CheckState::Warning, "expired".to_owned()),
        (CalibrationState::Drifted { .. }, _) => (CheckState::Warning, "of other settings".to_owned()),
        (CalibrationState::OtherMachine, _) => (CheckState::Warning, "of other hardware".to_owned()),
        (CalibrationState::None, _) => (CheckState::Warning, "none".to_owned()),
    };
    MachineCheck { name: "certificate", state, seen, advice }
}

/// In two words; the rows say why.
fn answer(checks: &[MachineCheck]) -> &'static str {
    match checks.iter().map(|check| check.state).max() {
        Some(CheckState::Bad) => "No.",
        Some(CheckState::Warning) => "With care.",
        _ => "Yes.",
    }
}

/// The checks as a table.
pub fn machine_table(checks: &[MachineCheck]) -> String {
    let rows: Vec<Vec<(String, Tone)>> = checks
        .iter()
        .map(|check| {
            let (word, tone) = match check.state {
                CheckState::Good => ("ok", Tone::Good),
                CheckState::Warning => ("warning", Tone::Doubtful),
                CheckState::Bad => ("BAD", Tone::Bad),
            };
            vec![
                (check.name.to_owned(), Tone::Plain),
                (word.to_owned(), tone),
                (check.seen.clone(), Tone::Plain),
                (check.advice.clone(), Tone::Plain),
            ]
        })
        .collect();
    table::toned(&["check", "state", "seen", "what to do"], &rows, Wrapping::ToWidth)
}

fn findings_table(findings: &[Finding]) -> String {
    let rows: Vec<Vec<(String, Tone)>> = findings
        .iter()
        .map(|finding| {
            let (word, tone) = if finding.ok { ("ok", Tone::Good) } else { ("OFF", Tone::Bad) };
            let unit = finding.unit;
            vec![
                (finding.engine.clone(), Tone::Plain),
                (finding.test.to_owned(), Tone::Plain),
                (finding.what.to_owned(), Tone::Plain),
                (format!("{:.2} {unit}", finding.measured), Tone::Plain),
                (format!("{:.2} {unit}", finding.computed), Tone::Plain),
                (
                    format!("{:+.2} {unit} ({:+.1} %)", finding.off_by(), finding.off_share() * 100.0),
                    Tone::Plain,
                ),
                (word.to_owned(), tone),
            ]
        })
        .collect();
    table::toned(&["engine", "test", "value", "measured", "computed", "off by", ""], &rows, Wrapping::Never)
}
