//! `qgen emit`

use crate::failure::Failure;
use crate::new_file::NewFile;
use crate::output;
use crate::wanted::Wanted;
use qgen::emit::{Framing, frame_asm, frame_c_header, frame_rust, frame_words, framed_words, period};
use std::path::PathBuf;

/// Prints a kernel as assembly, as Rust or as machine words.
///
/// What is left out is chosen by the model: without any option this is the best 4-bit kernel for
/// this machine's core (cortex-a72 where that is unknown).
#[derive(clap::Args, Debug, Default)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) wanted: Wanted,
    /// What to write.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Begin with `bti c`, for callers with branch target identification.
    #[arg(long)]
    bti: bool,
    /// The file to write [default: standard output].
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Replace the file if it exists.
    #[arg(long, requires = "out")]
    force: bool,
}

#[derive(clap::ValueEnum, Clone, Copy, Debug, Default)]
enum Format {
    /// A GNU assembly file for ELF targets.
    #[default]
    Asm,
    /// A Rust module for programs with `qgen-runtime`: a naked function, and the kernel as data.
    Rust,
    /// Machine words in hexadecimal, one a line, with their text as comments.
    Words,
    /// Machine words as they are, 4 bytes each, little-endian.
    Bin,
    /// One whole period between two widenings as straight text, for pipeline models; not a program.
    Period,
    /// A C header for the assembly file or the words.
    Header,
}

impl Format {
    fn as_str(self) -> &'static str {
        match self {
            Format::Asm => "asm",
            Format::Rust => "rust",
            Format::Words => "words",
            Format::Bin => "bin",
            Format::Period => "period",
            Format::Header => "header",
        }
    }
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    if matches!(args.format, Format::Bin) && args.out.is_none() && output::is_terminal() {
        return Err(Failure("format: bin is not text; give --out FILE, or --format words".into()));
    }
    if args.bti && matches!(args.format, Format::Period) {
        return Err(Failure("bti: a period is no program that is called; leave --bti out".into()));
    }
    let file = args.out.as_deref().map(|path| NewFile::at("out", path, args.force)).transpose()?;
    let (kernel, options) = args.wanted.compile()?;
    let bti = if args.bti { " --bti" } else { "" };
    let command = format!("qgen emit {options} --format {}{bti}", args.format.as_str());
    let framing = Framing { command, bti: args.bti, ..Framing::default() };
    let bytes = match args.format {
        Format::Asm => frame_asm(&kernel, &framing).into_bytes(),
        Format::Rust => frame_rust(&kernel, &framing).into_bytes(),
        Format::Words => frame_words(&kernel, &framing).into_bytes(),
        Format::Period => period(&kernel, &framing.command).into_bytes(),
        Format::Header => frame_c_header(&kernel, &framing).into_bytes(),
        Format::Bin => framed_words(&kernel, &framing).into_iter().flat_map(u32::to_le_bytes).collect(),
    };
    match file {
        Some(file) => file.write(&bytes),
        None => output::print_bytes(&bytes),
    }
}
