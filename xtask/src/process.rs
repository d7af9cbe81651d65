//! Running programs: shown as they are run, without standard input, with errors that say what failed.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

/// What goes wrong in a chore is told to a person, so it is text.
pub(crate) type Result<T> = std::result::Result<T, String>;

/// Runs `command` with its output on the terminal.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    announce(command);
    let status = command.stdin(Stdio::null()).status().map_err(|e| cannot_start(command, &e))?;
    if status.success() { Ok(()) } else { Err(format!("`{}` failed ({status})", shown(command))) }
}

/// Runs `command` silently and returns its standard output.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output = command.stdin(Stdio::null()).output().map_err(|e| cannot_start(command, &e))?;
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr);
        return Err(format!("`{}` failed ({})\n{}", shown(command), output.status, errors.trim_end()));
    }
    String::from_utf8(output.stdout).map_err(|_| format!("`{}` printed no UTF-8", shown(command)))
}

/// Runs `command` with its output on the terminal, and shows every line of its standard output to
/// `line` too. Returns whether it succeeded.
pub(crate) fn watch(command: &mut Command, mut line: impl FnMut(&str)) -> Result<bool> {
    announce(command);
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().map_err(|e| cannot_start(command, &e))?;
    let stdout = child.stdout.take().expect("stdout is piped");
    // Tests may print anything; what is no UTF-8 is no line that anyone here looks for.
    for bytes in BufReader::new(stdout).split(b'\n') {
        let bytes = bytes.map_err(|e| format!("cannot read from `{}`: {e}", shown(command)))?;
        let text = String::from_utf8_lossy(&bytes);
        println!("{text}");
        line(&text);
    }
    let status = child.wait().map_err(|e| cannot_start(command, &e))?;
    Ok(status.success())
}

/// Runs `command` without showing its standard output, which is returned with whether it succeeded: for commands that run
/// side by side.
pub(crate) fn heard(command: &mut Command) -> Result<(bool, String)> {
    announce(command);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit());
    let output = command.output().map_err(|e| cannot_start(command, &e))?;
    Ok((output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned()))
}

/// Whether a program of this name is in the PATH.
pub(crate) fn exists(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

fn announce(command: &Command) {
    eprintln!("\n$ {}", shown(command));
}

fn cannot_start(command: &Command, error: &std::io::Error) -> String {
    format!("cannot start `{}`: {error}", command.get_program().to_string_lossy())
}

/// The command as one would type it, with the environment that it is given.
fn shown(command: &Command) -> String {
    let mut text = String::new();
    for (name, value) in command.get_envs() {
        if let Some(value) = value {
            let _ = write!(text, "{}={} ", name.to_string_lossy(), quoted(&value.to_string_lossy()));
        }
    }
    let program = command.get_program().to_string_lossy();
    text.push_str(program.rsplit('/').next().unwrap_or(&program));
    for argument in command.get_args() {
        text.push(' ');
        text.push_str(&quoted(&argument.to_string_lossy()));
    }
    text
}

fn quoted(text: &str) -> String {
    if text.contains([' ', '*', '$']) || text.is_empty() { format!("'{text}'") } else { text.to_owned() }
}
