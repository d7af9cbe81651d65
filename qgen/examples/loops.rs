//! Main loops for a core, as text for `llvm-mca`, with what the model says of each: `cargo xtask model`
//! compares the two.
//!
//! Many operands, strategies and tiles; each loop as scheduled, as lowered, in a random order that keeps the
//! dependences, which is how bad schedules look, and in such an order with its vectors in few registers: that
//! computes nothing, but is full of chains, which a large window would hide otherwise. Deterministic.

use qgen::core::{Core, bound, simulate};
use qgen::isa::{Branch, Class, Inst, Reg, RegNames, Unit, print, print_branch};
use qgen::plan::{open_strategies, usual_tiles};
use qgen::schedule::Dependences;
use qgen::{Choice, Kernel, Request, allocate, compile};
use qgen_spec::{Operand, Range, Tile};

/// Registers of the loops that are full of chains: these, by turns.
const FEW: [u16; 4] = [3, 4, 6, 9];
/// Tiles of each strategy: the planner's first ones, and small ones, whose few sums make chains.
const TILES: usize = 3;
const SMALL: [Tile; 4] = [Tile::new(1, 1), Tile::new(1, 2), Tile::new(2, 2), Tile::new(1, 8)];
/// Loops that are longer say nothing more.
const LONGEST: usize = 300;

fn main() {
    let name = std::env::args().nth(1).expect("name a core");
    let core = Core::built_in(&name).expect("name a built-in core");
    let mut printed = Vec::new();
    for request in requests() {
        for kernel in kernels(&request, &core) {
            let insts = &kernel.program().steady().insts;
            if insts.len() > LONGEST || printed.contains(insts) {
                continue;
            }
            printed.push(insts.clone());
            show(&core, &format!("{}.scheduled", kernel.name()), insts);
            if let Ok(lowered) = allocate::allocate(kernel.lowered()) {
                show(&core, &format!("{}.lowered", kernel.name()), &lowered.steady().insts);
            }
            let random = shuffled(insts, &core, printed.len() as u64);
            show(&core, &format!("{}.random", kernel.name()), &random);
            let few = FEW[printed.len() % FEW.len()];
            let chained: Vec<Inst> = random.iter().map(|inst| squeezed(inst, few)).collect();
            show(&core, &format!("{}.chained", kernel.name()), &chained);
        }
    }
}

/// The instruction with `few` vector registers. The two of a pair of loads stay different.
fn squeezed(inst: &Inst, few: u16) -> Inst {
    let mut before = None;
    inst.map_regs(|unit, reg| {
        if unit != Unit::V {
            return reg;
        }
        let taken = inst.class().is_load() && before == Some(Reg(reg.0 % few));
        let to = Reg((reg.0 + u16::from(taken)) % few);
        before = Some(to);
        to
    })
}

fn requests() -> Vec<Request> {
    let range = |lo, hi| Request::of(Range::new(lo, hi).expect("the ranges are possible"));
    let binary = Request { lhs: Operand::Binary, rhs: Operand::Binary, ..range(-1, 1) };
    let signed = (2..=8).map(|bits| range(-(1 << (bits - 1)), (1 << (bits - 1)) - 1));
    signed.chain([binary, range(-1, 1), range(0, 15), range(-127, 127), Request::floats()]).collect()
}

fn kernels(request: &Request, core: &Core) -> Vec<Kernel> {
    let mut kernels = Vec::new();
    for strategy in open_strategies(request) {
        let one =
            |tile| Request { strategy: Some(Choice::One(strategy)), tile: Some(tile), ..request.clone() };
        let made = |tile: Tile| compile(&one(tile), core).ok();
        kernels.extend(usual_tiles(strategy).into_iter().filter_map(made).take(TILES));
        kernels.extend(SMALL.into_iter().filter_map(made));
    }
    kernels
}

/// The core with what LLVM's models leave out, although the guides have it, left out: rules of the dispatch
/// everywhere, forwarding to sums in those of the Neoverse cores.
fn as_seen_by_llvm(core: &Core) -> Core {
    let core = core.clone().without_groups();
    if core.name.starts_with("neoverse") { core.without_forwarding() } else { core }
}

/// One loop: its figures, and its text.
fn show(core: &Core, name: &str, insts: &[Inst]) {
    let plain = simulate(&as_seen_by_llvm(core), insts, None);
    let simulation = simulate(&core.clone().with_every_group(), insts, None);
    let byte_multiplies = insts.iter().any(|inst| matches!(inst.class(), Class::Mul | Class::Mla));
    println!(
        "// {name}: {:.4} {:.4} {:.4} {byte_multiplies} {}",
        plain.cycles,
        simulation.cycles,
        bound(core, insts).cycles,
        plain.by
    );
    println!("# LLVM-MCA-BEGIN {name}\n.L{name}:");
    for inst in insts {
        println!("\t{}", print(inst, &RegNames::Machine));
    }
    // A register that the loop does not use: what it counts is no part of the block.
    println!("\t{}\n# LLVM-MCA-END", print_branch(Branch::IfNonZero(28), &format!(".L{name}")));
}

/// The loop in a random order that keeps its dependences.
fn shuffled(insts: &[Inst], core: &Core, seed: u64) -> Vec<Inst> {
    let dependences = Dependences::of(insts, core);
    let mut open = dependences.before.clone();
    let mut ready: Vec<usize> = (0..insts.len()).filter(|&at| open[at] == 0).collect();
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut order = Vec::with_capacity(insts.len());
    while !ready.is_empty() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let at = ready.swap_remove((state >> 33) as usize % ready.len());
        order.push(insts[at]);
        for &(to, _) in &dependences.after[at] {
            open[to] -= 1;
            if open[to] == 0 {
                ready.push(to);
            }
        }
    }
    order
}
