//! The expected words of instructions come from an outside assembler, llvm-mc, and are committed.

use crate::cargo;
use crate::process::{Result, output};
use crate::toolchain;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

const FILE: &str = "tests/encodings/aarch64.txt";
const ASSEMBLER: &str = "llvm-mc-19";
const OPTIONS: [&str; 3] = ["--triple=aarch64", "--mattr=+dotprod,+i8mm", "--show-encoding"];

/// Writes the committed file.
///
/// # Errors
/// If a sample is not understood, or the assembler is missing.
pub(crate) fn write() -> Result<()> {
    let path = path();
    let text = text()?;
    let folder = path.parent().expect("the file has a folder");
    fs::create_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    fs::write(&path, &text).map_err(|e| format!("{FILE}: {e}"))?;
    eprintln!("{FILE}: {} words", lines(&text).count());
    Ok(())
}

/// Compares the committed file with what the assembler says now.
///
/// # Errors
/// If they differ, the version of the assembler aside.
pub(crate) fn check() -> Result<()> {
    let committed = fs::read_to_string(path()).map_err(|e| format!("{FILE}: {e}"))?;
    let now = text()?;
    if lines(&committed).eq(lines(&now)) {
        eprintln!("{FILE}: {} words, all as {ASSEMBLER} says", lines(&now).count());
        return Ok(());
    }
    let differs = lines(&committed).zip(lines(&now)).find(|(committed, now)| committed != now);
    let detail = differs.map_or("one has more lines".into(), |(c, n)| format!("committed `{c}`, now `{n}`"));
    Err(format!("{FILE} is out of date ({detail}); `cargo xtask encodings --write` writes it anew"))
}

fn path() -> PathBuf {
    cargo::root().join(FILE)
}

/// The lines with words.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.starts_with('#') && !line.is_empty())
}

/// The whole file, made now.
fn text() -> Result<String> {
    toolchain::llvm()?;
    let samples = output(&mut cargo::tool("encoding_samples")?)?;
    let source = cargo::target_folder().join("encoding-samples.s");
    fs::write(&source, &samples).map_err(|e| format!("{}: {e}", source.display()))?;
    let assembled = output(cargo::command(ASSEMBLER).args(OPTIONS).arg(&source))?;
    let words = words(&assembled)?;
    let samples: Vec<&str> = samples.lines().collect();
    if words.len() != samples.len() {
        return Err(format!("{} samples became {} words", samples.len(), words.len()));
    }
    let version = output(cargo::command(ASSEMBLER).arg("--version"))?;
    let version = version.lines().find(|line| line.contains("version")).unwrap_or("").trim();
    let mut text = format!(
        "# Expected words of sample instructions, by an outside assembler.\n\
         # Written by `cargo xtask encodings --write`, which runs\n\
         #   cargo run --package qgen-tests --example encoding_samples > encoding-samples.s\n\
         #   {ASSEMBLER} {} encoding-samples.s\n\
         # {version}\n",
        OPTIONS.join(" ")
    );
    for (word, sample) in words.iter().zip(samples) {
        let _ = writeln!(text, "{word:08x}  {sample}");
    }
    Ok(text)
}

/// The words in the assembler's comments, such as `// encoding: [0x20,0x84,0xa2,0x4e]`.
fn words(assembled: &str) -> Result<Vec<u32>> {
    let encodings = assembled.lines().filter_map(|line| line.split_once("encoding: ["));
    encodings
        .map(|(instruction, bytes)| {
            let bytes = bytes.trim_end().trim_end_matches(']');
            let mut word = [0; 4];
            let mut count = 0;
            for (place, byte) in word.iter_mut().zip(bytes.split(',')) {
                // Without 0x, letters stand for bits that a linker would fill in.
                let complete = byte.strip_prefix("0x").and_then(|hex| u8::from_str_radix(hex, 16).ok());
                *place = complete
                    .ok_or_else(|| format!("`{}` is not a complete instruction", instruction.trim()))?;
                count += 1;
            }
            if count == 4 && bytes.split(',').count() == 4 {
                Ok(u32::from_le_bytes(word))
            } else {
                Err(format!("`{}` is not one word: {bytes}", instruction.trim()))
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_from_comments() {
        let text = "\t.text\n\tumlal\tv0.8h, v1.8b, v2.8b  // encoding: [0x20,0x80,0x22,0x2e]\n";
        assert_eq!(words(text), Ok(vec![0x2e22_8020]));
        assert!(words("b x // encoding: [A,A,A,0x14]").is_err());
        assert!(words("x // encoding: [0x20,0x80]").is_err());
    }
}
