//! The frames of the files that qgen writes, as [tera](https://docs.rs/tera) templates.
//!
//! A template frames: it has titles, directives, signatures and comments. Instructions, registers
//! and every decision are data that it is given; none of them occurs here.
//!
//! They are a crate of their own because `include_str!` of a path outside of a package builds here
//! and breaks once the package is published.

/// What is known of a kernel, line by line, for the head of each file. Other frames are given its
/// lines as `head`.
pub const HEAD: &str = include_str!("head.tera");

/// A GNU assembly file for ELF targets.
pub const ASM: &str = include_str!("kernel.s.tera");

/// A Rust module with the kernel as a naked function and as data.
pub const RUST: &str = include_str!("kernel.rs.tera");

/// The module that lists the kernels of a folder.
pub const RUST_LIST: &str = include_str!("list.rs.tera");

/// Machine words in hexadecimal, one a line.
pub const WORDS: &str = include_str!("kernel.words.tera");

/// A C header.
pub const C_HEADER: &str = include_str!("kernel.h.tera");

/// The page of `qgen tune --report`. What is text in it is escaped; drawings are given as `svg` elements.
pub const REPORT: &str = include_str!("report.html.tera");
