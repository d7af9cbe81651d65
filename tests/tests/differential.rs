//! Every kernel does what its contract says: by the interpreter on any machine, as machine code on
//! aarch64, at every depth and with every pattern of `qgen_tests::shapes`.
#![cfg(unix)]
#![cfg_attr(target_arch = "aarch64", expect(unsafe_code, reason = "it calls machine code"))]

use qgen::isa::Op;
use qgen::plan::{Choice, Request};
use qgen::{Kernel, compile, compile_name, core::Core};
use qgen_runtime::kernels::SHIPPED;
use qgen_spec::{Field, Operand, Strategy, Tile};
use qgen_tests::call::check_up_to;
use qgen_tests::callees;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Does `check` for every kernel, on all processors, and reports all kernels that fail.
#[track_caller]
fn for_all(kernels: &[Kernel], check: impl Fn(&Kernel) -> Result<(), String> + Sync) {
    let next = AtomicUsize::new(0);
    let failed = Mutex::new(Vec::new());
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some(kernel) = kernels.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(error) = check(kernel) {
                        failed.lock().expect("checks return errors").push(error);
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().expect("checks return errors");
    assert!(failed.is_empty(), "{} of {} kernels:\n{}", failed.len(), kernels.len(), failed.join("\n"));
}

/// The deepest calls for the interpreter, in multiply-accumulates. On aarch64 it may itself be run by
/// an emulator, and it does there what it did on the host: a little is enough to see that.
const INTERPRETED: usize = if cfg!(target_arch = "aarch64") { 20_000 } else { 1_000_000 };

/// Everything about one kernel that can be checked on this machine, in calls of at most `deepest`
/// multiply-accumulates.
fn check(kernel: &Kernel, deepest: usize) -> Result<(), String> {
    let descriptor = kernel.descriptor();
    check_up_to(deepest.min(INTERPRETED), &descriptor, callees::interpreted(kernel))
        .map_err(|e| format!("interpreted: {e}"))?;
    #[cfg(target_arch = "aarch64")]
    if qgen_runtime::cpu::detect_features().supports(descriptor.spec.isa()) {
        let code = qgen_runtime::code::CodeBuffer::new(&kernel.words()).map_err(|e| e.to_string())?;
        // SAFETY: the compiler made these words for this descriptor; that is what is tested. The
        // buffer lives until the end of the block.
        let callee = unsafe { callees::machine_code(code.entry(0), callees::frame_bytes(kernel)) };
        check_up_to(deepest, &descriptor, callee).map_err(|e| format!("machine code: {e}"))?;
    }
    Ok(())
}

#[test]
fn shipped_kernels_do_what_they_promise() {
    let mut kernels: Vec<Kernel> = SHIPPED
        .iter()
        .map(|kernel| compile_name(kernel.name()).unwrap_or_else(|e| panic!("{}: {e}", kernel.name())))
        .collect();
    assert!(!kernels.is_empty());
    // The longest first, so that no processor waits for the last one.
    kernels.sort_by_key(|kernel| {
        let descriptor = kernel.descriptor();
        std::cmp::Reverse(u64::from(descriptor.depth_limit) * descriptor.spec.tile.area() as u64)
    });
    for_all(&kernels, |kernel| check(kernel, usize::MAX));
    // What the interpreter alone has run, if this is an older core.
    let missing = SHIPPED.iter().filter(|kernel| !kernel.is_supported()).count();
    println!("{} kernels; {missing} need instructions that are not here", SHIPPED.len());
}

/// All of some ways to ask for a kernel; under emulation, where a compile takes a second, one of them, in turns. The host has
/// the others interpreted, and a machine runs them.
fn some<T>(all: &[T], turn: usize) -> &[T] {
    if qgen_runtime::cpu::emulated().is_some() { &all[turn % all.len()..][..1] } else { all }
}

/// Operands that exercise every kind of headroom, storage and code.
const OPERANDS: &[(&str, &str)] = &[
    ("-8..=7", "-8..=7"),
    ("-8..=7", "-7..=8"),
    ("-7..=7", "-7..=7"),
    ("0..=15", "0..=15"),
    ("0..=15", "-8..=7"),
    ("-4..=3", "-4..=3"),
    ("-2..=1", "-2..=1"),
    ("-32..=31", "-32..=31"),
    ("-64..=63", "-64..=63"),
    ("0..=255", "-128..=127"),
    ("0..=255", "0..=255"),
    ("-128..=127", "-127..=127"),
    ("binary", "binary"),
    ("ternary", "binary"),
    ("binary", "ternary"),
    ("ternary", "ternary"),
    ("0..=1", "-4..=3"),
    ("-14..=14", "-9..=9"),
];

/// Tiles with odd sides, with one side, and larger than the registers.
const TILES: &[(u8, u8)] = &[(1, 1), (4, 4), (5, 3), (8, 8), (24, 8)];

/// Right sides whose values share bytes: how many, and how they are stored, differs.
const NARROW: &[(&str, &str, u8)] = &[
    ("-8..=7", "-8..=7", 2),
    ("0..=15", "0..=15", 2),
    ("-128..=127", "-8..=7", 2),
    ("-7..=7", "-7..=7", 2),
    ("0..=255", "-3..=12", 2),
    ("-32..=31", "-8..=7", 2),
    ("-2..=1", "-2..=1", 4),
    ("-8..=7", "ternary", 4),
    ("binary", "binary", 4),
    ("0..=63", "0..=3", 4),
];

#[test]
fn planned_values_that_share_bytes_are_multiplied_as_if_they_did_not() {
    let mut kernels: Vec<Kernel> = Vec::new();
    for &strategy in Strategy::ALL.iter().filter(|s| !matches!(s, Strategy::F32 | Strategy::Bits)) {
        let mut planned = 0;
        let core = match strategy {
            Strategy::Dot | Strategy::DotOuter => "neoverse-n1",
            Strategy::Mmla => "neoverse-v1",
            _ => "cortex-a72",
        };
        let core = Core::built_in(core).unwrap();
        for (turn, &(lhs, rhs, per_byte)) in NARROW.iter().enumerate() {
            let tiles = [TILES[turn % TILES.len()], [(1, 8), (8, 4), (4, 4)][turn % 3]];
            for &(m, n) in some(&tiles, turn) {
                let operand = |text| Operand::parse(text, Field::Lhs).unwrap();
                let request = Request {
                    tile: Some(Tile::new(m, n)),
                    strategy: Some(Choice::One(strategy)),
                    lhs: operand(lhs),
                    rhs: operand(rhs),
                    per_byte,
                    ..Request::floats()
                };
                if let Ok(kernel) = compile(&request, &core) {
                    planned += 1;
                    if kernels.iter().all(|k| k.name() != kernel.name()) {
                        kernels.push(kernel);
                    }
                }
            }
        }
        assert!(planned > 1, "{strategy}: only {planned} could be planned");
    }
    // The planner prefers numbers from 0 on where lanes have 32 bits.
    for name in [
        "qgen_dot_4x4_lm8to7_rm8to7p2_t4x4k32u1_neoverse_n1",
        "qgen_dotouter_4x8_lm8to7_rm2to1p4_t4x8k16u1_neoverse_n1",
        "qgen_mmla_8x8_lm8to7_rm8to7p2_t8x8k16u1_neoverse_v1",
        "qgen_fip_4x4_lm8to7_rm8to7p2_t4x4k32u1s_cortex_a72",
        "qgen_byte_1x8_lm8to7_rm8to7subm8p2_t1x8k32u1s_cortex_a53",
    ] {
        kernels.push(compile_name(name).unwrap_or_else(|e| panic!("{name}: {e}")));
    }
    assert!(kernels.len() > 40, "only {} kernels", kernels.len());
    for_all(&kernels, |kernel| check(kernel, 60_000));
}

/// Every buffer stands before an inaccessible page: what is asked for beyond its end must do no harm.
#[test]
fn planned_lines_asked_for_ahead_change_no_result() {
    let mut kernels: Vec<Kernel> = Vec::new();
    for (turn, &strategy) in Strategy::ALL.iter().enumerate() {
        let cores = match strategy {
            Strategy::Dot | Strategy::DotOuter => ["cortex-a55", "neoverse-n1"],
            Strategy::Mmla => ["cortex-a510", "neoverse-v1"],
            _ => ["cortex-a53", "cortex-a72"],
        };
        let side = if strategy == Strategy::F32 { Some(Operand::F32) } else { Operand::of_bits(2) };
        let side = side.expect("of two bits");
        for (which, core) in cores.iter().enumerate() {
            let core = Core::built_in(core).unwrap();
            let tiles = [(1, 8), (8, 8), TILES[(turn + which) % TILES.len()]];
            for (at, (m, n)) in tiles.into_iter().enumerate() {
                let prefetch = Some([64, 256, 4096][(turn + which + at) % 3]);
                let request = Request {
                    tile: Some(Tile::new(m, n)),
                    strategy: Some(Choice::One(strategy)),
                    lhs: side,
                    rhs: side,
                    unroll: [None, Some(1), Some(4)][at],
                    prefetch,
                    ..Request::floats()
                };
                let Ok(kernel) = compile(&request, &core) else { continue };
                let asks =
                    kernel.program().steady().insts.iter().filter(|inst| inst.op() == Op::Prfm).count();
                assert!(asks > 0, "{} asks for nothing", kernel.name());
                kernels.push(kernel);
            }
        }
        let spec = |kernel: &Kernel| kernel.plan().spec.strategy;
        assert!(kernels.iter().filter(|k| spec(k) == strategy).count() > 1, "{strategy}: too few kernels");
    }
    for_all(&kernels, |kernel| check(kernel, 60_000));
}

#[test]
fn planned_kernels_do_what_they_promise() {
    let mut kernels = Vec::new();
    for &strategy in Strategy::ALL {
        let mut planned = 0;
        for (turn, &(lhs, rhs)) in OPERANDS.iter().enumerate() {
            // A core that has the instructions, and not one kernel twice; with and without mixed signs.
            let core = match strategy {
                Strategy::Dot | Strategy::DotOuter if turn % 2 == 0 => "neoverse-n1",
                Strategy::Dot | Strategy::DotOuter | Strategy::Mmla => "neoverse-v1",
                _ => "cortex-a72",
            };
            let core = Core::built_in(core).unwrap();
            let side = |text| match strategy {
                Strategy::F32 => Operand::F32,
                _ => Operand::parse(text, Field::Lhs).unwrap(),
            };
            // Not the whole product: every range meets every strategy, and every tile some ranges.
            let tile = |turn: usize| TILES[turn % TILES.len()];
            let forms = [(tile(turn), false), (tile(turn + 2), false), (tile(turn + 3), true)];
            for &((m, n), short) in some(&forms, turn) {
                let request = Request {
                    tile: Some(Tile::new(m, n)),
                    strategy: Some(Choice::One(strategy)),
                    lhs: side(lhs),
                    rhs: side(rhs),
                    short,
                    ..Request::floats()
                };
                // What cannot be made is refused with its reason; other tests read the wording.
                if let Ok(kernel) = compile(&request, &core) {
                    planned += 1;
                    if kernels.iter().all(|k: &Kernel| k.name() != kernel.name()) {
                        kernels.push(kernel);
                    }
                }
            }
        }
        assert!(planned > 0, "{strategy}: nothing could be planned");
    }
    assert!(kernels.len() > 20, "only {} kernels", kernels.len());
    // Enough for the depth limits of all but the smallest ranges.
    for_all(&kernels, |kernel| check(kernel, 300_000));
}
