//! What to try next: commands that change one thing about the kernel at hand, with what the model
//! says of each.

use super::page::Page;
use crate::cores::CoreFile;
use crate::typed;
use qgen::core::Core;
use qgen::{Choice, Kernel, Request, compile};
use qgen_spec::{End, KernelSpec, Operand, Range, Strategy};
use serde::Serialize;

/// Commands worth typing.
#[derive(Debug, Serialize)]
pub(super) struct Next {
    commands: Vec<Try>,
}

#[derive(Debug, Serialize)]
struct Try {
    command: String,
    why: String,
}

/// Another kernel to be explained.
#[derive(Debug)]
struct Other {
    request: Request,
    /// The stage that shows the difference.
    stage: &'static str,
    why: String,
}

impl Next {
    /// `file` describes the kernel's core, if that is no built-in one.
    pub(super) fn of(kernel: &Kernel, file: &CoreFile) -> Next {
        Next::with(kernel, file, &others(kernel))
    }

    fn with(kernel: &Kernel, file: &CoreFile, others: &[Other]) -> Next {
        let (spec, name, core) = (&kernel.plan().spec, kernel.name(), &kernel.core().name);
        let built_in = Core::names().any(|name| name == core);
        let file = if built_in { String::new() } else { file.spelled_out() };
        let mut commands = Vec::new();
        let mut add = |command: String, why: &str| commands.push(Try { command, why: why.into() });
        for Other { request, stage, why } in others {
            let options = typed::options(request);
            add(format!("qgen explain {options} --core {core}{file} --stage {stage}"), why);
        }
        let known = if built_in { core.as_str() } else { "NEAREST" };
        let listed = typed::options(&every(kernel));
        add(format!("qgen list {listed} --core {core}{file}"), "every strategy and tile for these operands");
        add(
            format!("qgen emit {name}{file} --format asm --out kernel.s"),
            &format!("then llvm-mca -march=aarch64 -mcpu={known} kernel.s: another model's opinion"),
        );
        add(format!("qgen verify {name}{file}"), "whether it does what it promises");
        // What is timed are sums, by kernels for cores that the command knows.
        if let Some(bits) = bits(spec).filter(|_| built_in && spec.end == End::Sums) {
            let k = kernel.descriptor().k_limit.min(512);
            add(
                format!("qgen bench --m 240 --n 96 --k {k} --bits {bits} --kernel {name}"),
                "on an Arm machine: the speed that counts",
            );
        }
        Next { commands }
    }

    pub(super) fn write(&self, page: &mut Page) {
        page.stage("next", "what to try");
        page.paragraph("Commands that look at the kernel from elsewhere, or change one thing about it:");
        for Try { command, why } in &self.commands {
            page.lines([format!("# {why}").as_str(), command.as_str()]);
        }
    }
}

/// Kernels that differ in one thing, as far as there are such.
fn others(kernel: &Kernel) -> Vec<Other> {
    let spec = &kernel.plan().spec;
    let now = kernel.modelled_macs_per_cycle();
    let mut others = Vec::new();
    for unroll in [1, 2, 4].into_iter().filter(|&unroll| unroll != spec.unroll) {
        let request = Request { unroll: Some(unroll), ..request(kernel) };
        if let Ok(other) = compile(&request, kernel.core()) {
            let other = other.modelled_macs_per_cycle();
            let why = format!("{unroll} k-blocks a pass: {other:.2} MAC/cycle modelled, this one {now:.2}");
            others.push(Other { request, stage: "sched", why });
        }
    }
    if let Some(narrow) = symmetric(spec) {
        let side = Operand::Int(narrow);
        let request = Request { lhs: side, rhs: side, ..request(kernel) };
        if let Ok(other) = compile(&request, kernel.core()) {
            let (depth, here) = (other.descriptor().depth_limit, kernel.descriptor().depth_limit);
            let why = format!("if {} never occurs: depth {depth} in place of {here}", narrow.lo() - 1);
            others.push(Other { request, stage: "plan", why });
        }
    }
    others
}

/// What asks for the same operands, tile and strategy again.
fn request(kernel: &Kernel) -> Request {
    let spec = &kernel.plan().spec;
    let asks = |core: &Core| core.prefetch.as_ref().is_some_and(|rule| rule.distance > 0);
    Request {
        lhs: spec.lhs,
        rhs: spec.rhs,
        tile: Some(spec.tile),
        strategy: Some(Choice::One(spec.strategy)),
        isa: None,
        unroll: None,
        short: spec.short,
        end: spec.end,
        per_byte: spec.per_byte,
        // What goes without saying on this core is not said.
        prefetch: Some(spec.prefetch).filter(|&ahead| ahead > 0 || asks(kernel.core())),
    }
}

/// What asks for every strategy and tile.
fn every(kernel: &Kernel) -> Request {
    let floats = Choice::One(Strategy::F32);
    let all = request(kernel);
    Request { tile: None, strategy: all.strategy.filter(|&strategy| strategy == floats), ..all }
}

/// The widest operands that `qgen bench` has for the kernel, in bits, if there are any.
fn bits(spec: &KernelSpec) -> Option<u32> {
    if spec.lhs == Operand::F32 {
        return Some(32);
    }
    let fits = |bits: &u32| {
        Operand::of_bits(*bits).is_some_and(|operand| spec.lhs.covers(operand) && spec.rhs.covers(operand))
    };
    (1..=8).rev().find(fits)
}

/// The range without its smallest value, where both sides are signed ranges of whole bits.
fn symmetric(spec: &KernelSpec) -> Option<Range> {
    let range = spec.lhs.range().filter(|_| spec.lhs == spec.rhs)?;
    if range.lo() == -range.hi() - 1 { Range::new(-range.hi(), range.hi()) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Command;
    use clap::Parser;

    /// The requests of explained kernels and of lists, and the names of kernels, in a line of commands.
    fn asked(next: &Next) -> (Vec<Request>, Vec<Request>, Vec<String>) {
        let (mut explained, mut listed, mut named) = (Vec::new(), Vec::new(), Vec::new());
        for Try { command, .. } in &next.commands {
            let typed = crate::Cli::try_parse_from(command.split_whitespace());
            let typed = typed.unwrap_or_else(|e| panic!("{command}: {e}"));
            match typed.command.unwrap() {
                Command::Explain(args) => explained.push(args.wanted.request().unwrap()),
                Command::List(args) => listed.push(args.wanted.request().unwrap()),
                Command::Emit(args) => named.extend(args.wanted.name().map(str::to_owned)),
                Command::Verify(args) => named.extend(args.names),
                Command::Bench(args) => {
                    let spec: KernelSpec = args.kernel.as_ref().unwrap().parse().unwrap();
                    assert!(spec.end == End::Sums && args.shape.k <= spec.k_limit() as usize, "{command}");
                    named.extend(args.kernel);
                }
                _ => panic!("{command} is not among these"),
            }
        }
        (explained, listed, named)
    }

    #[test]
    fn compiler_commands_ask_for_what_was_compiled() {
        for (core, request) in qgen::shipped() {
            let kernel = compile(&request, &core).unwrap();
            let others = others(&kernel);
            let next = Next::with(&kernel, &CoreFile::default(), &others);
            let (explained, listed, named) = asked(&next);
            let requests: Vec<&Request> = others.iter().map(|other| &other.request).collect();
            assert_eq!(explained.iter().collect::<Vec<_>>(), requests, "{next:?}");
            assert_eq!(listed, [every(&kernel)], "{next:?}");
            let spec = &kernel.plan().spec;
            let names = 2 + usize::from(spec.end == End::Sums && bits(spec).is_some());
            assert_eq!(named, vec![kernel.name(); names], "{next:?}");
        }
    }

    #[test]
    fn what_a_name_says_beside_operands_is_asked_for_too() {
        for name in [
            "qgen_byte_4x4_lm8to7_rm8to7neg_t4x4k32u1oi8_cortex_a53",
            "qgen_fip_4x4_lm8to7_rm8to7neg_t4x4k32u1sou8_cortex_a72",
            "qgen_byte_1x24_lm8to7_rm8to7neg_t1x24k32u1f256_cortex_a53",
            "qgen_dot_2x4_l0to255_r0to3p4_t2x4k64u1_neoverse_n1",
        ] {
            let kernel = qgen::compile_name(name).unwrap();
            let spec = &kernel.plan().spec;
            let (explained, listed, _) = asked(&Next::of(&kernel, &CoreFile::default()));
            assert!(!explained.is_empty(), "{name}");
            for request in explained.iter().chain(&listed) {
                let same =
                    (request.short, request.end, request.per_byte) == (spec.short, spec.end, spec.per_byte);
                assert!(same && request.prefetch.unwrap_or(0) == spec.prefetch, "{name}: {request:?}");
            }
        }
    }

    #[test]
    fn a_core_of_one_s_own_needs_its_file() {
        let table = "name = \"mine\"\ntitle = \"Mine\"\nlike = \"cortex-a72\"\n";
        let core = Core::from_toml(table).unwrap();
        let kernel = compile(&Request::of(Range::signed(4).unwrap()), &core).unwrap();
        let file = CoreFile { core_file: Some("my core.toml".into()) };
        let next = Next::of(&kernel, &file);
        for Try { command, .. } in &next.commands {
            assert!(
                command.contains(" --core-file 'my core.toml'") && !command.contains("bench"),
                "{command}"
            );
        }
    }
}
