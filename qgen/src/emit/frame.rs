//! Whole files around a kernel: an assembly file, a Rust module, a list of words, a C header.
//!
//! What stands in a file is decided here, how it looks in the templates of `qgen-templates`.

use super::asm::body;
use super::end;
use super::flat::{Item, flatten};
use super::header::Facts;
use super::rust::naked_lines;
use crate::Kernel;
use crate::estimate::Estimate;
use crate::isa::{Inst, Op, RegNames, encode, print, print_branch};
use qgen_spec::{End, Isa, KernelSpec, Layout, Operand, PlaneCode, Storage, Strategy, Sums};
use qgen_templates as templates;
use tera::{Context, Tera};

/// What a file's maker decides beside the kernel itself.
#[derive(Clone, Debug, Default)]
pub struct Framing {
    /// The command line that makes the same file again; it stands in the file's head.
    pub command: String,
    /// Begin with `bti c`, so that the kernel may be called indirectly where branch target
    /// identification is on. Other machines take it as a no-op.
    pub bti: bool,
    /// The name of the kernel's form for short k, if that stands beside it in a Rust module.
    pub short_form: Option<String>,
    /// The names of the kernels that differ in their end alone, if those do.
    pub ends: Vec<String>,
}

/// A GNU assembly file for ELF targets.
pub fn frame_asm(kernel: &Kernel, framing: &Framing) -> String {
    let mut context = context(kernel, framing);
    let mut text = body(kernel.program(), kernel.name());
    if let Some(inst) = landing_pad(framing) {
        text.insert_str(0, &format!("\t{}\n", print(&inst, &RegNames::Machine)));
    }
    context.insert("body", &text);
    context.insert("bti", &framing.bti);
    // Every aarch64 assembler knows the base architecture, and people may ask theirs for more.
    let isa = kernel.plan().spec.isa();
    context.insert("arch", &(isa != Isa::Neon).then(|| isa.arch()));
    render(templates::ASM, &context)
}

/// A Rust module: a naked function on aarch64, and the kernel as data everywhere. It depends on
/// `qgen-runtime`.
pub fn frame_rust(kernel: &Kernel, framing: &Framing) -> String {
    let mut context = context(kernel, framing);
    let descriptor = kernel.descriptor();
    let spec = &descriptor.spec;
    let mut lines = naked_lines(kernel.program());
    if let Some(inst) = landing_pad(framing) {
        // Behind `.cfi_startproc`.
        lines.insert(1, print(&inst, &RegNames::Machine));
    }
    context.insert("lines", &lines);
    context.insert("strategy", &format!("{:?}", spec.strategy));
    context.insert("tile", &(spec.tile.m, spec.tile.n));
    context.insert("per_byte", &spec.per_byte);
    context.insert("in_place", &spec.in_place);
    context.insert("register_tile", &(spec.register_tile.m, spec.register_tile.n));
    context.insert("lhs", &operand(spec.lhs));
    context.insert("rhs", &operand(spec.rhs));
    context.insert("storage", &format!("{:?}", spec.storage));
    context.insert("k_block", &spec.k_block);
    context.insert("unroll", &spec.unroll);
    context.insert("widen_in_loop", &spec.widen_in_loop);
    context.insert("short", &spec.short);
    context.insert("prefetch", &spec.prefetch);
    context.insert("end", &format!("{:?}", spec.end));
    context.insert("core", &spec.core);
    context.insert("depth_limit", &descriptor.depth_limit);
    context.insert("k_limit", &descriptor.k_limit);
    let cost = Estimate::new(kernel, kernel.core()).cost();
    context.insert("short_form", &framing.short_form);
    context.insert("ends", &framing.ends);
    context.insert("cost", &[cost.call, cost.block, cost.widening, cost.left]);
    render(templates::RUST, &context)
}

/// The Rust module that lists the kernels of its folder, each a module that [`frame_rust`] made.
pub fn frame_rust_list(names: &[&str], command: &str) -> String {
    let mut context = Context::new();
    context.insert("names", names);
    context.insert("command", command);
    render(templates::RUST_LIST, &context)
}

/// Machine words in hexadecimal, one a line, each with its text as a comment.
pub fn frame_words(kernel: &Kernel, framing: &Framing) -> String {
    let mut context = context(kernel, framing);
    let words = framed_words(kernel, framing);
    let mut next = words.iter();
    let mut lines = Vec::new();
    let mut word = |text: String| {
        let word = next.next().expect("words and text have one source");
        format!("0x{word:08x}  // {text}")
    };
    lines.extend(landing_pad(framing).map(|i| word(print(&i, &RegNames::Machine))));
    for item in flatten(kernel.program()) {
        match item {
            Item::Begin(role) => lines.push(format!("// {}", role.title())),
            Item::Inst(inst) => lines.push(word(print(&inst, &RegNames::Machine))),
            Item::Label(label) => lines.push(format!("// L{label}:")),
            Item::Branch(branch, label) => lines.push(word(print_branch(branch, &format!("L{label}")))),
            Item::SteadyBegin | Item::SteadyEnd => {}
        }
    }
    context.insert("words", &words.len());
    context.insert("lines", &lines);
    render(templates::WORDS, &context)
}

/// The machine words of a file: those of the kernel, behind the landing pad if there is one.
pub fn framed_words(kernel: &Kernel, framing: &Framing) -> Vec<u32> {
    landing_pad(framing).iter().map(encode).chain(kernel.words()).collect()
}

/// A C header with the kernel's signature, its limits, and how both sides are laid out.
pub fn frame_c_header(kernel: &Kernel, framing: &Framing) -> String {
    let mut context = context(kernel, framing);
    // The command and the units of a core's table are the user's words, and the head is a comment.
    let head: Vec<String> = head(&context).iter().map(|line| line.replace("*/", "* /")).collect();
    context.insert("head", &head);
    let descriptor = kernel.descriptor();
    let spec = &descriptor.spec;
    let guard = kernel.name().to_uppercase();
    let constants = [
        ("TILE_M", spec.tile.m.to_string()),
        ("TILE_N", spec.tile.n.to_string()),
        ("K_BLOCK", spec.k_block.to_string()),
        ("K_LIMIT", format!("{}u", descriptor.k_limit)),
        ("LHS_WIDTH", spec.lhs_layout().width().to_string()),
        ("RHS_WIDTH", spec.rhs_layout().width().to_string()),
        ("LHS_BLOCK_BYTES", spec.lhs_layout().block_bytes().to_string()),
        ("RHS_BLOCK_BYTES", spec.rhs_layout().block_bytes().to_string()),
    ];
    let raw = match spec.sums() {
        Sums::None => "sum of lhs[i][p] * rhs[p][j]",
        Sums::LhsMagnitude => "sum of lhs[i][p] * rhs[p][j] - |lhs[i][p]|",
        Sums::RhsMagnitude => "sum of lhs[i][p] * rhs[p][j] - |rhs[p][j]|",
        Sums::Pairs => {
            "sum of (lhs[i][p] + rhs[p+16][j]) * (lhs[i][p+16] + rhs[p][j])\n *               over the first 16 p of every 32"
        }
    };
    context.insert("guard", &guard);
    context.insert("constants", &constants);
    let sign = if spec.storage == Storage::Negate { "-" } else { "+" };
    context.insert("result", &end::result(spec, sign));
    context.insert("raw", raw);
    context.insert("params", &end::params(spec));
    context.insert("column", &end::column(spec));
    context.insert("arguments", &arguments(spec));
    render(templates::C_HEADER, &context)
}

/// The accumulators' machine registers drawn as the register tile, with its rows and columns named.
pub fn register_tile(kernel: &Kernel) -> Vec<String> {
    let spec = &kernel.plan().spec;
    let map = Facts::of(kernel).register_map;
    let columns = map.first().map_or(0, |line| line.split_whitespace().count());
    let name = |what: &str, each: usize, at: usize| match each {
        1 => format!("{what} {at}"),
        _ => format!("{what}s {}-{}", at * each, at * each + each - 1),
    };
    let (m, n) = (usize::from(spec.register_tile.m), usize::from(spec.register_tile.n));
    let rows: Vec<String> = (0..map.len()).map(|i| name("row", m / map.len().max(1), i)).collect();
    let cols: Vec<String> = (0..columns).map(|j| name("col", n / columns.max(1), j)).collect();
    let left = rows.iter().map(String::len).max().unwrap_or(0);
    let width = cols.iter().map(String::len).max().unwrap_or(0) + 2;
    let line = |head: &str, cells: &mut dyn Iterator<Item = &str>| {
        let mut line = format!("  {head:<left$}");
        for cell in cells {
            line.push_str(&format!("{cell:>width$}"));
        }
        line
    };
    let mut lines = vec![line("", &mut cols.iter().map(String::as_str))];
    lines.extend(rows.iter().zip(&map).map(|(row, cells)| line(row, &mut cells.split_whitespace())));
    lines
}

fn landing_pad(framing: &Framing) -> Option<Inst> {
    framing.bti.then(|| Inst::new(Op::BtiC, &[], 0, None).expect("bti c has no operands"))
}

/// What every frame is given: name, facts, and the lines of the head.
fn context(kernel: &Kernel, framing: &Framing) -> Context {
    let facts = Facts::of(kernel);
    let mut context = Context::new();
    context.insert("name", kernel.name());
    context.insert("command", &framing.command);
    context.insert("bound", &format!("{:.2}", facts.bound_macs_per_cycle));
    context.insert("modelled", &format!("{:.2}", facts.modelled_macs_per_cycle));
    context.insert("widening", &widening(&kernel.plan().spec, &facts));
    context.insert("stack", &stack(kernel));
    context.insert("map", &register_tile(kernel));
    context.insert("element", element(kernel));
    context.insert("stored", &end::stored(&kernel.plan().spec));
    context.insert("ended", &(kernel.plan().spec.end != End::Sums));
    context.insert("f", &facts);
    context.insert("head", &head(&context));
    context
}

/// The lines of the head, of a context that has all else.
fn head(context: &Context) -> Vec<String> {
    render(templates::HEAD, context).lines().map(|line| line.trim_end().to_owned()).collect()
}

fn element(kernel: &Kernel) -> &'static str {
    if kernel.plan().spec.strategy == Strategy::F32 { "float" } else { "int32_t" }
}

fn widening(spec: &KernelSpec, facts: &Facts) -> String {
    match facts.iterations_per_widening {
        Some(iterations) => format!(
            "every {iterations} iterations (k = {}), {} instructions outside the marked block",
            facts.depth_limit, facts.instructions_per_widening
        ),
        None if spec.widen_in_loop => "in every iteration, of the short sums that it begins".into(),
        None => "once, at the end".into(),
    }
}

fn stack(kernel: &Kernel) -> String {
    let stage = &kernel.program().stage;
    let names = |letter: char, regs: &[crate::isa::Reg]| -> Vec<String> {
        regs.iter().map(|r| format!("{letter}{}", r.0)).collect()
    };
    let saved = [names('d', &stage.saved_v), names('x', &stage.saved_x)].concat();
    if saved.is_empty() {
        return "none".into();
    }
    format!("{} bytes, for {}", stage.frame_bytes(), saved.join(", "))
}

fn operand(operand: Operand) -> String {
    match operand {
        Operand::Int(r) => {
            format!("Operand::Int(qgen_runtime::Range::new({}, {}).unwrap())", r.lo(), r.hi())
        }
        Operand::Binary => "Operand::Binary".into(),
        Operand::F32 => "Operand::F32".into(),
    }
}

/// The arguments for people who call from C, line by line.
fn arguments(spec: &KernelSpec) -> Vec<String> {
    let mut lines = vec![
        format!("k_blocks    depth, in blocks of {} values; 0 is possible", spec.k_block),
        format!("lhs         {}; lhs[i][p] is at byte", spec.lhs_layout()),
        format!("            {}", place(spec.lhs_layout(), "i", "lhs_stride")),
    ];
    lines.push(match spec.lhs_layout() {
        Layout::Lines { .. } => "lhs_stride  bytes between two rows".into(),
        Layout::Panels { .. } | Layout::Planes { .. } => "lhs_stride  bytes between two panels".into(),
    });
    let block = spec.rhs_layout().block_bytes();
    lines.extend([
        format!("rhs         {}; rhs[p][j] is at byte", spec.rhs_layout()),
        format!("            {}", place(spec.rhs_layout(), "j", &format!("{block} * k_blocks"))),
    ]);
    if let Layout::Panels { k_block, step, per_byte: per_byte @ 2.., .. } = spec.rhs_layout() {
        let (bits, sign) = (8 / per_byte, if spec.rhs_signed() { "a signed" } else { "an unsigned" });
        lines.push(format!(
            "            in {bits} bits, {sign} number, from bit p % {k_block} / {step} * {bits} of the byte on"
        ));
    }
    let each = if spec.per_byte > 1 { "number" } else { "byte" };
    match spec.storage {
        Storage::Keep => {}
        Storage::Negate => {
            lines.push(format!("            and is stored negated: each {each} is minus the value"));
        }
        Storage::Shift(_) if spec.strategy == Strategy::Bits => {}
        Storage::Shift(by) => {
            lines.push(format!(
                "            and each {each} is the value minus {by}: row_add[i] has {by} times the"
            ));
            lines.push("            sum of row i of lhs beside all else".into());
        }
    }
    lines.extend([
        "            Of both sides whole blocks are read, *_BLOCK_BYTES for each of k_blocks in".into(),
        "            every panel or row. Bytes that no value occupies, beyond the depth, beyond the".into(),
        "            last row or column, or at a block's end, are zero, however values are stored.".into(),
        match spec.end.bytes() {
            1 => "out         results; must not overlap an input".into(),
            _ => "out         results, aligned to 4 bytes; must not overlap an input".into(),
        },
        "out_stride  bytes between two rows of out".into(),
        "row_add     one value for every row, aligned to 4 bytes".into(),
    ]);
    lines.extend(end::col_add(spec));
    if spec.strategy == Strategy::Bits {
        lines.extend(bits(spec));
    }
    if spec.sums() == Sums::Pairs {
        let (sign, add) = (if spec.storage == Storage::Negate { "plus" } else { "minus" }, end::add(spec));
        lines.extend([
            String::new(),
            "raw contains products of each side alone. To take them out again, row_add[i] has".into(),
            format!("{sign} the sum of lhs[i][p] * lhs[i][p+16], and {add} {sign} the sum of rhs[p][j] *"),
            "rhs[p+16][j] (as stored), both over the first 16 p of every 32, beside all else.".into(),
        ]);
    }
    lines
}

/// What bit planes say, line by line.
fn bits(spec: &KernelSpec) -> Vec<String> {
    let mut lines = vec![
        String::new(),
        "A place is the byte of the first plane; every further plane is 16 bytes on. Depth p has".into(),
        "bit p % 8 of its byte; bits beyond the depth are 0.".into(),
    ];
    for (side, operand, storage) in [("lhs", spec.lhs, spec.lhs_storage()), ("rhs", spec.rhs, spec.storage)] {
        lines.push(match (PlaneCode::of(operand), storage) {
            (Some(PlaneCode::Sign), _) => format!("{side}: one plane, 1 for -1 and 0 for 1"),
            (Some(PlaneCode::Ternary), _) => {
                format!("{side}: two planes, the first 1 where the value is not 0, the second 1 for -1")
            }
            (Some(PlaneCode::Binary { planes, .. }), Storage::Shift(by)) => {
                format!("{side}: the value minus {by} in {planes} plane(s), its lowest bit first")
            }
            (code, _) => {
                format!(
                    "{side}: the value in {} plane(s), its lowest bit first",
                    code.map_or(0, PlaneCode::planes)
                )
            }
        });
    }
    let magnitude = match spec.sums() {
        Sums::LhsMagnitude => "add the sum of |lhs[i][p]| to row_add[i]",
        Sums::RhsMagnitude => &format!("add the sum of |rhs[p][j]| to {}", end::add(spec)),
        Sums::None | Sums::Pairs => return lines,
    };
    lines.push(format!("To take the magnitudes out of raw again, {magnitude}."));
    lines
}

/// Where the value of line `line` at depth p lies, as a C expression.
fn place(layout: Layout, line: &str, panel: &str) -> String {
    match layout {
        Layout::Lines { value_bytes: 1, .. } => format!("{line} * {panel} + p"),
        Layout::Lines { value_bytes, .. } => format!("{line} * {panel} + p * {value_bytes}"),
        Layout::Planes { width, planes } => {
            let block = layout.block_bytes();
            let within = format!("{line} % {width} * {} + p % 128 / 8", 16 * planes);
            format!("{line} / {width} * {panel} + p / 128 * {block} + {within}")
        }
        Layout::Panels { width, k_block, step, per_byte, depth_inner, value_bytes, block_bytes } => {
            let at = format!("{line} % {width}");
            let before = match k_block / step {
                steps if steps > 1 && per_byte == 1 => {
                    format!(" + p % {k_block} / {step} * {}", block_bytes / u32::from(steps))
                }
                _ => String::new(),
            };
            let (block, within) = match k_block {
                // A block of one value has no inside.
                1 => ("p".into(), at),
                _ if depth_inner => (format!("p / {k_block}"), format!("{at} * {step} + p % {step}")),
                _ => (format!("p / {k_block}"), format!("p % {step} * {width} + {at}")),
            };
            let within = if value_bytes == 1 { within } else { format!("({within}) * {value_bytes}") };
            format!("{line} / {width} * {panel} + {block} * {block_bytes} + {within}{before}")
        }
    }
}

fn render(template: &str, context: &Context) -> String {
    Tera::one_off(template, context, false).expect("templates and what they are given belong together")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compile_name;

    #[test]
    fn the_head_says_how_often_sums_are_widened() {
        for (name, said) in [
            ("qgen_fip_1x8_lm64to63_rm64to63neg_t1x8k32u1w_cortex_a72", "in every iteration"),
            ("qgen_fip_4x4_lm8to7_rm8to7neg_t4x4k32u1_cortex_a72", "every 72 iterations (k = 2304)"),
            ("qgen_dot_4x4_lm8to7_rm8to7_t4x4k16u1_neoverse_n1", "once, at the end"),
        ] {
            let text = frame_asm(&compile_name(name).unwrap(), &Framing::default());
            assert!(text.contains(&format!("// widening: {said}")), "{text}");
        }
    }
}
