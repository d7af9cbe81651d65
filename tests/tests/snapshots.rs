//! Kernels as readers see them: of each the stage at which it is most telling.
//!
//! | kernel | plan | lowered | scheduled | allocated | assembly |
//! |---|---|---|---|---|---|
//! | 8x8 of 4 bits, the default | whole | its loops | | | header |
//! | `fip` 4x4 | | main loop | | | |
//! | `byte` 4x4, cortex-a53 | | | main loop | last block | |
//! | the same, asking for lines ahead | | | main loop | | |
//! | the published 24x8 | | | | | main loop |
//!
//! That the kernels are right is shown by the differential tests; that they are well made is for
//! people to see here.

use qgen::emit::{Framing, frame_asm};
use qgen::plan::{Choice, Request};
use qgen::program::{BlockRole, Node, Program, Virtual};
use qgen::{Kernel, compile, core::Core};
use qgen_spec::{Range, Strategy, Tile};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

const FOUR_BITS: (i16, i16) = (-8, 7);

fn kernel((lo, hi): (i16, i16), (m, n): (u8, u8), strategy: Option<Choice>, core: &str) -> Kernel {
    let range = Range::new(lo, hi).expect("a range");
    let request = Request { tile: Some(Tile::new(m, n)), strategy, ..Request::of(range) };
    let core = Core::built_in(core).expect("a built-in core");
    compile(&request, &core).unwrap_or_else(|errors| panic!("{errors}"))
}

fn default_8x8() -> Kernel {
    kernel(FOUR_BITS, (8, 8), None, "cortex-a72")
}

fn fip_4x4() -> Kernel {
    kernel(FOUR_BITS, (4, 4), Some(Choice::One(Strategy::Fip)), "cortex-a72")
}

fn byte_4x4() -> Kernel {
    kernel(FOUR_BITS, (4, 4), Some(Choice::One(Strategy::Byte)), "cortex-a53")
}

fn published() -> Kernel {
    kernel((0, 15), (24, 8), Some(Choice::Widen), "cortex-a72")
}

/// Compares `text` with the snapshot `name`, which shows `idea`.
fn shows(name: &str, idea: &str, text: &str) {
    let compare = || {
        insta::with_settings!({ description => idea, omit_expression => true }, {
            insta::assert_snapshot!(name, text);
        });
    };
    if let Err(panic) = catch_unwind(AssertUnwindSafe(compare)) {
        println!("If {name} changed for the better, `cargo xtask bless` accepts it.");
        resume_unwind(panic);
    }
}

/// The text of the only block of `role`.
fn block<S: Clone>(program: &Program<S>, role: BlockRole) -> String
where
    Program<S>: ToString,
{
    let [block] = program.blocks(role)[..] else { panic!("not one block of {role:?}") };
    Program { nodes: vec![Node::Block(block.clone())], stage: program.stage.clone() }.to_string()
}

#[test]
fn default_8x8_plan() {
    let idea = "A request of 4 bits, 8 rows and 8 columns becomes a complete specification.";
    shows("default_8x8_plan", idea, &default_8x8().plan().to_string());
}

/// The program's structure, with the number of instructions in place of each block's own.
fn outline(program: &Program<Virtual>, nodes: &[Node], depth: usize, text: &mut String) {
    let pad = "  ".repeat(depth);
    let mut line = |line: String| writeln!(text, "{pad}{line}").expect("writing to a string");
    let [node, rest @ ..] = nodes else { return };
    match node {
        Node::Block(block) => line(format!("; {} ({})", block.role.title(), block.insts.len())),
        Node::Loop { counter, body } => {
            line("do {".into());
            outline(program, body, depth + 1, text);
            writeln!(text, "{pad}}} while {} != 0", program.stage.name(*counter)).expect("as above");
        }
        Node::IfNonZero { test, then, otherwise } => {
            line(format!("if {} != 0 {{", program.stage.name(*test)));
            outline(program, then, depth + 1, text);
            if !otherwise.is_empty() {
                writeln!(text, "{pad}}} else {{").expect("as above");
                outline(program, otherwise, depth + 1, text);
            }
            writeln!(text, "{pad}}}").expect("as above");
        }
    }
    outline(program, rest, depth, text);
}

#[test]
fn default_8x8_loops() {
    let kernel = default_8x8();
    let mut text = String::new();
    outline(kernel.lowered(), &kernel.lowered().nodes, 0, &mut text);
    let idea = "Loops over register tiles, over the depth between two widenings, and over k-blocks;\n\
                each block with the number of its instructions.";
    shows("default_8x8_loops", idea, &text);
}

#[test]
fn default_8x8_header() {
    let framing = Framing { command: "qgen emit --bits 4 --tile 8x8".into(), ..Framing::default() };
    let text = frame_asm(&default_8x8(), &framing);
    let (header, _) = text.split_once("\t.cfi_startproc").expect("a function");
    shows("default_8x8_header", "What stands above a kernel for people and for tools.", header);
}

#[test]
fn fip_4x4_lowered() {
    let idea = "Fast inner product: two additions and one multiplication in place of two multiplications.";
    shows("fip_4x4_lowered", idea, &block(fip_4x4().lowered(), BlockRole::Steady));
}

#[test]
fn byte_4x4_scheduled() {
    let idea =
        "For an in-order core: loads between the arithmetic, and products that rest before they are added.";
    shows("byte_4x4_scheduled", idea, &block(byte_4x4().scheduled(), BlockRole::Steady));
}

#[test]
fn byte_4x4_ahead() {
    let four = Range::new(FOUR_BITS.0, FOUR_BITS.1).expect("a range");
    let (tile, strategy) = (Some(Tile::new(4, 4)), Some(Choice::One(Strategy::Byte)));
    let request = Request { tile, strategy, prefetch: Some(256), ..Request::of(four) };
    let core = Core::built_in("cortex-a53").expect("a built-in core");
    let kernel = compile(&request, &core).unwrap_or_else(|errors| panic!("{errors}"));
    let idea =
        "The same loop, asking for the lines of the right side 256 bytes ahead, where loads leave room.";
    shows("byte_4x4_ahead", idea, &block(kernel.scheduled(), BlockRole::Steady));
}

#[test]
fn byte_4x4_allocated() {
    let idea = "The sums leave their registers, v0 to v7 and v16 to v23, which are used again at once.";
    shows("byte_4x4_allocated", idea, &block(byte_4x4().program(), BlockRole::Flush));
}

#[test]
fn published_24x8_asm() {
    let text = published().asm();
    let (_, rest) = text.split_once("// LLVM-MCA-BEGIN").expect("a marked block");
    let (inside, _) = rest.split_once("// LLVM-MCA-END").expect("a marked block");
    let marked = format!("// LLVM-MCA-BEGIN{inside}// LLVM-MCA-END\n");
    shows(
        "published_24x8_asm",
        "The main loop of arXiv 2009.06488, between the marks for llvm-mca.",
        &marked,
    );
}

#[test]
fn the_published_kernel_is_as_published() {
    let kernel = published();
    assert_eq!((kernel.plan().spec.k_block, kernel.plan().spec.unroll), (2, 1), "a pass has depth 2");
    let mut counts = BTreeMap::new();
    let listing = block(kernel.program(), BlockRole::Steady);
    for instruction in listing.lines().filter(|line| !line.starts_with(';')) {
        let mnemonic = instruction.split(' ').next().expect("a line is not empty");
        let kind = match mnemonic {
            "umlal" | "umlal2" => "multiply",
            "dup" => "repeat",
            "ldr" | "ldur" | "ldp" | "ld1" => "load",
            "add" | "sub" => "count",
            other => other,
        };
        *counts.entry(kind).or_insert(0) += 1;
    }
    // The loop's counter; pointers move with the loads, and the branch is not in the block.
    assert_eq!(
        counts,
        BTreeMap::from([("multiply", 48), ("repeat", 16), ("load", 5), ("count", 1)]),
        "{listing}"
    );
}

#[test]
fn the_same_request_gives_the_same_bytes() {
    for make in [default_8x8, fip_4x4, byte_4x4, published] {
        let (first, second) = (make(), make());
        assert_eq!(first.words(), second.words(), "{}", first.name());
        let framing = Framing::default();
        assert_eq!(frame_asm(&first, &framing), frame_asm(&second, &framing));
    }
}
