//! The whole space: any strategy, operands, tile, unroll factor and core. What can be planned is proved,
//! and one call of it is compared with the reference; what cannot is refused with its reason.
//!
//! Sampled twice: from a fixed seed, so that two runs of CI see the same kernels, and from a random one,
//! so that they do not for ever. What fails is shrunk by proptest, and printed with the kernel's name.
#![cfg(unix)]
#![cfg_attr(target_arch = "aarch64", expect(unsafe_code, reason = "it calls machine code"))]

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use qgen::prove::{has_proof, prove};
use qgen::{Choice, Kernel, Request, compile, core::Core};
use qgen_spec::{End, KernelSpec, Operand, Range, Strategy as How, Tile};
use qgen_tests::call::{Case, check};
use qgen_tests::callees;
use qgen_tests::shapes::Pattern;
use std::cell::Cell;

/// Requests in each test, unless `QGEN_TEST_CASES` asks for more. Under emulation, the compiler's own work
/// is what takes time.
const CASES: u32 = if cfg!(target_arch = "aarch64") { 40 } else { 300 };

fn cases() -> u32 {
    std::env::var("QGEN_TEST_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(CASES)
}

/// Multiply-accumulates of the deepest call.
const DEEPEST: usize = 60_000;

/// Ranges that a byte holds, from single values to whole bytes; −1 or 1.
fn operand() -> impl Strategy<Value = Operand> {
    let range = |lo: i16, hi: i16| Range::new(lo.min(hi), lo.max(hi)).map(Operand::Int);
    prop_oneof![
        // What fits so many bits, wherever it lies.
        1 => (-100i16..=100, 0i16..=15).prop_filter_map("sixteen", move |(a, more)| range(a, a + more)),
        1 => (-10i16..=10, 0i16..=3).prop_filter_map("four", move |(a, more)| range(a, a + more)),
        1 => Just(Operand::Binary),
        1 => (2u32..=256).prop_filter_map("levels", Operand::of_levels),
        2 => (1u32..=8).prop_filter_map("bits", Operand::of_bits),
        2 => (-128i16..=127, -128i16..=127).prop_filter_map("signed", move |(a, b)| range(a, b)),
        1 => (0i16..=255, 0i16..=255).prop_filter_map("unsigned", move |(a, b)| range(a, b)),
        2 => (-16i16..=15, -16i16..=15).prop_filter_map("narrow", move |(a, b)| range(a, b)),
    ]
}

fn tile() -> impl Strategy<Value = Option<Tile>> {
    prop_oneof![
        6 => (1u8..=12, 1u8..=12).prop_map(|(m, n)| Some(Tile::new(m, n))),
        1 => prop::sample::select(vec![Tile::new(24, 8), Tile::new(16, 8), Tile::new(40, 1), Tile::new(1, 32)])
            .prop_map(Some),
        1 => Just(None),
    ]
}

fn request() -> impl Strategy<Value = (Request, &'static str)> {
    let integers: Vec<How> = How::ALL.iter().copied().filter(|&how| how != How::F32).collect();
    let strategy =
        prop::option::weighted(0.8, prop::sample::select(integers)).prop_map(|s| s.map(Choice::One));
    // Most operands are too wide to share a byte: such requests are refused, and cost little.
    let per_byte = prop_oneof![3 => Just(1u8), 2 => Just(2u8), 1 => Just(4u8)];
    let prefetch = prop::option::weighted(0.25, prop::sample::select(vec![0u16, 64, 256, 1024, 4096]));
    let how = (tile(), strategy, unroll(), prop::bool::weighted(0.25), end(), prefetch);
    let core = prop::sample::select(Core::names().collect::<Vec<_>>());
    (operand(), operand(), per_byte, how, core).prop_map(
        |(lhs, rhs, per_byte, (tile, strategy, unroll, short, end, prefetch), core)| {
            (Request { lhs, rhs, tile, strategy, isa: None, unroll, short, end, per_byte, prefetch }, core)
        },
    )
}

/// The sums, more often than anything else.
fn end() -> impl Strategy<Value = End> {
    prop_oneof![2 => Just(End::Sums), 1 => prop::sample::select(End::ALL)]
}

fn unroll() -> impl Strategy<Value = Option<u16>> {
    prop::option::weighted(0.3, prop::sample::select(vec![1u16, 2, 4, 8, 16]))
}

/// One call, whose depth is anything from nothing to what is affordable, around the depth limit more often.
fn call(kernel: &Kernel, depth: u16, pattern: Pattern, seed: u64) -> Case {
    let descriptor = kernel.descriptor();
    let block = usize::from(descriptor.spec.k_block);
    let affordable = DEEPEST / descriptor.spec.macs_per_block().max(1);
    let limit = (descriptor.depth_limit.min(descriptor.k_limit) as usize / block).max(1);
    let k_blocks = match depth % 4 {
        0 => usize::from(depth / 4) % 3,
        1 | 2 => usize::from(depth / 4) % affordable.max(1),
        _ => limit + usize::from(depth / 4) % 3,
    };
    let k_blocks = k_blocks.min(affordable.max(1)).min(descriptor.k_limit as usize / block);
    Case { seed, ..Case::new(k_blocks, pattern) }
}

/// Kernels that could be planned.
#[derive(Clone, Copy, Default)]
struct Planned {
    all: u32,
    /// With values that share bytes.
    narrow: u32,
    /// For short k.
    short: u32,
    /// That store something else than sums.
    ended: u32,
}

/// What must hold of any request. Counts what could be planned.
fn holds(
    (request, core): (Request, &str),
    (depth, pattern, seed): (u16, Pattern, u64),
    planned: &Cell<Planned>,
) -> Result<(), TestCaseError> {
    let fail = |why: String| Err(TestCaseError::fail(why));
    let core = Core::built_in(core).expect("a name from the list");
    let kernel = match compile(&request, &core) {
        Ok(kernel) => kernel,
        Err(errors) => {
            prop_assert!(!errors.0.is_empty());
            prop_assert!(errors.0.iter().all(|e| e.field != qgen_spec::Field::Kernel), "{errors}");
            return Ok(());
        }
    };
    let Planned { all, narrow, short, ended } = planned.get();
    let (narrow, short) = (narrow + u32::from(request.per_byte > 1), short + u32::from(request.short));
    planned.set(Planned { all: all + 1, narrow, short, ended: ended + u32::from(request.end != End::Sums) });
    prop_assert!(kernel.name().parse::<KernelSpec>().is_ok_and(|spec| spec == kernel.plan().spec));
    let descriptor = kernel.descriptor();
    prop_assert!(has_proof(&descriptor));
    if let Err(refusal) = prove(&kernel) {
        return fail(format!("{}: {refusal}", kernel.name()));
    }
    let case = call(&kernel, depth, pattern, seed);
    if let Err(mismatch) = check(&descriptor, case, callees::interpreted(&kernel)) {
        return fail(format!("interpreted: {mismatch}"));
    }
    #[cfg(target_arch = "aarch64")]
    if qgen_runtime::cpu::detect_features().supports(descriptor.spec.isa()) {
        let code = qgen_runtime::code::CodeBuffer::new(&kernel.words());
        let code = code.map_err(|e| TestCaseError::fail(e.to_string()))?;
        // SAFETY: the compiler made these words for this descriptor, and the machine has their
        // instructions. The buffer lives until the end of the block.
        let callee = unsafe { callees::machine_code(code.entry(0), callees::frame_bytes(&kernel)) };
        if let Err(mismatch) = check(&descriptor, case, callee) {
            return fail(format!("machine code: {mismatch}"));
        }
    }
    Ok(())
}

#[track_caller]
fn sample(rng: TestRng) {
    let cases = cases();
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let planned = Cell::new(Planned::default());
    let calls = (any::<u16>(), prop::sample::select(Pattern::ALL), any::<u64>());
    let outcome = TestRunner::new_with_rng(config, rng)
        .run(&(request(), calls), |(request, call)| holds(request, call, &planned));
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
    let Planned { all, narrow, short, ended } = planned.get();
    println!(
        "{all} of {cases} requests could be planned, {narrow} of them with values that share bytes, {short} for \
         short k and {ended} with an end; all are proved and right"
    );
    let enough = all > cases / 6 && narrow >= cases / 100 && short >= cases / 100 && ended >= cases / 100;
    assert!(
        enough,
        "only {all} of {cases}: {narrow} share bytes, {short} are for short k, {ended} have ends"
    );
}

/// Pairs of operands that exercise every kind of headroom, storage and code.
const PAIRS: &[(&str, &str)] = &[
    ("-8..=7", "-8..=7"),
    ("-7..=7", "-7..=7"),
    ("0..=15", "0..=15"),
    ("0..=15", "-8..=7"),
    ("-16..=15", "-16..=15"),
    ("-32..=31", "-32..=31"),
    ("-64..=63", "-64..=63"),
    ("-128..=127", "-2..=1"),
    ("-128..=127", "-128..=127"),
    ("0..=255", "-128..=127"),
    ("-4..=3", "-4..=3"),
    ("-2..=1", "-2..=1"),
    ("-14..=14", "-9..=9"),
    ("-11..=11", "-11..=11"),
    ("binary", "binary"),
    ("ternary", "binary"),
    ("ternary", "ternary"),
];

/// Every strategy with every pair of operands, a few tiles and depths each: by the interpreter.
#[test]
fn compiler_each_strategy_with_each_pair_of_operands() {
    let (mut pairs, planned) = (0, Cell::new(Planned::default()));
    let config = Config { cases: cases().div_ceil(100), failure_persistence: None, ..Config::default() };
    for &how in How::ALL.iter().filter(|&&how| how != How::F32) {
        for &(lhs, rhs) in PAIRS {
            let side = |text| Operand::parse(text, qgen_spec::Field::Lhs).expect("a pair of the list");
            let (lhs, rhs) = (side(lhs), side(rhs));
            let ends = [End::Sums, End::I8, End::Sums, End::U8, End::Sums, End::F32];
            let of_tile = move |(m, n, unroll, short)| Request {
                lhs,
                rhs,
                tile: Some(Tile::new(m, n)),
                strategy: Some(Choice::One(how)),
                unroll,
                short,
                end: ends[(usize::from(m) + 2 * usize::from(n)) % ends.len()],
                ..Request::floats()
            };
            let requests = (1u8..=12, 1u8..=12, unroll(), prop::bool::weighted(0.2)).prop_map(of_tile);
            let calls = (any::<u16>(), prop::sample::select(Pattern::ALL), any::<u64>());
            let before = planned.get().all;
            let mut runner =
                TestRunner::new_with_rng(config.clone(), TestRng::deterministic_rng(RngAlgorithm::ChaCha));
            let outcome = runner
                .run(&(requests, calls), |(request, call)| holds((request, "neoverse-v1"), call, &planned));
            if let Err(failure) = outcome {
                panic!("{how}, {lhs} by {rhs}: {failure}");
            }
            pairs += u32::from(planned.get().all > before);
        }
    }
    println!("{} kernels of {pairs} pairs of strategy and operands are proved and right", planned.get().all);
    assert!(pairs > 80, "only {pairs} pairs of strategy and operands could be planned");
}

#[test]
fn planned_kernels_from_a_fixed_seed_are_proved_and_right() {
    sample(TestRng::deterministic_rng(RngAlgorithm::ChaCha));
}

#[test]
fn planned_kernels_from_a_random_seed_are_proved_and_right() {
    // proptest prints the request that fails, in its smallest form.
    sample(TestRng::from_seed(RngAlgorithm::ChaCha, &seed()));
}

/// From the clock: another one each time.
fn seed() -> [u8; 32] {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    let mut seed = [0; 32];
    seed[..16].copy_from_slice(&now.as_nanos().to_le_bytes());
    println!("seed: {seed:?}");
    seed
}
