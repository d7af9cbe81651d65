//! What operand ranges allow: which strategies hold them, how deep, and how the packed side is
//! stored so that they hold more.

use crate::domain::Interval;
use crate::lower::{is_signed, share_accumulators};
use qgen_spec::{Diagnostic, Field, KernelSpec, Operand, PlaneCode, Range, Storage, Strategy};

/// The stored ranges of both sides; `None` for floats.
fn ranges(spec: &KernelSpec) -> Option<(Range, Range)> {
    Some((spec.lhs.range()?, spec.rhs_stored().range()?))
}

/// The smallest and the largest product of a value of each.
fn products(a: (i64, i64), b: (i64, i64)) -> (i64, i64) {
    let all = [a.0 * b.0, a.0 * b.1, a.1 * b.0, a.1 * b.1];
    (all.into_iter().min().unwrap_or(0), all.into_iter().max().unwrap_or(0))
}

/// The values of a range, and 0, which fills up the last block.
fn bounds(r: Range) -> (i64, i64) {
    let Interval { lo, hi } = Interval::of_padded(r);
    (lo, hi)
}

/// The values of a lane of `bits` bits.
fn lane(bits: u32, signed: bool) -> (i64, i64) {
    if signed { (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) } else { (0, (1 << bits) - 1) }
}

/// How many values of `each` can be summed in `lane`.
fn times(each: (i64, i64), lane: (i64, i64)) -> i64 {
    let down = if each.0 < 0 { lane.0 / each.0 } else { i64::MAX };
    let up = if each.1 > 0 { lane.1 / each.1 } else { i64::MAX };
    down.min(up)
}

/// What one multiplication adds to a lane.
fn product(spec: &KernelSpec) -> Option<(i64, i64)> {
    let (l, r) = ranges(spec)?;
    let (l, r) = (bounds(l), bounds(r));
    if spec.strategy == Strategy::Fip {
        let sum = (l.0 + r.0, l.1 + r.1);
        return Some(products(sum, sum));
    }
    Some(products(l, r))
}

/// Whether `count` products fit a lane of `bits` bits.
pub fn lane_sum_fits(spec: &KernelSpec, count: i64, bits: u32) -> bool {
    product(spec).is_none_or(|p| times(p, lane(bits, is_signed(spec))) >= count)
}

/// How many products fit a sum in 8 bits: 0 if not even one does.
fn products_in_8_bits(spec: &KernelSpec) -> i64 {
    product(spec).map_or(0, |p| times(p, lane(8, is_signed(spec))))
}

/// The deepest sum in 8 bits for which whole lines of a k-block are held in registers.
const BYTE_DEPTH: i64 = 4;

/// How many products `byte` sums in 8 bits, at least 1: as many as its k-block has chunks of 16, if the ranges
/// allow them. Where values share bytes, a power of two: a k-block of whole sums of three would be three times
/// as long.
pub fn byte_depth(spec: &KernelSpec) -> usize {
    let most = products_in_8_bits(spec).max(1);
    if spec.per_byte > 1 {
        return 1 << most.min(BYTE_DEPTH).ilog2();
    }
    match i64::from(spec.k_block / 16) {
        // Nobody has decided it yet.
        0 => most.min(BYTE_DEPTH) as usize,
        chunks => most.min(chunks) as usize,
    }
}

/// The deepest sum in 8 bits that the planner looks at by itself. Deeper ones, up to what the ranges allow, are
/// made where a kernel's name asks for their k-block: each doubling halves what is left of the widening (2 bits
/// on a Cortex-A53, modelled: 9.37 MAC/cycle with 8 products, 9.72 with 16, 9.9 with 32), doubles the main loop,
/// and doubles what a k beside multiples of the k-block wastes.
const PLANNED_BYTE_DEPTH: i64 = 8;

/// A deeper sum in 8 bits that is worth a try, beside the usual one.
pub(super) fn deeper_bytes(spec: &KernelSpec) -> Option<u16> {
    let most = products_in_8_bits(spec);
    let possible = spec.strategy == Strategy::Byte && spec.per_byte <= 1 && most > BYTE_DEPTH;
    possible.then(|| most.min(PLANNED_BYTE_DEPTH) as u16)
}

/// The k-blocks that the strategy can have, for messages.
pub(super) fn k_blocks(spec: &KernelSpec) -> String {
    // Of zeros, any number fits: then what a main loop can hold is the end.
    let chunks = super::LONGEST / spec.register_tile.area().max(1);
    let most = products_in_8_bits(spec).min(chunks as i64);
    if spec.strategy == Strategy::Byte && spec.per_byte <= 1 && most > 1 {
        return format!(
            "multiples of 16 up to {} for these ranges, of which {most} products fit 8 bits",
            16 * most
        );
    }
    k_block(spec).to_string()
}

/// Depth values in a block of the packed layouts: what one multiply-accumulate takes, and as many
/// registers of the right side as its bytes are unpacked to.
pub(super) fn k_block(spec: &KernelSpec) -> u16 {
    let per_byte = u16::from(spec.per_byte.max(1));
    let dense = dense_k_block(spec);
    match spec.strategy {
        s if s.lhs_in_place() => dense.max(16 * per_byte),
        // A register of a row: four floats, or sixteen bytes; or as many as the right side's bytes hold.
        Strategy::F32 if spec.in_place => 4,
        Strategy::DotOuter if spec.in_place && per_byte == 1 => 16,
        _ => dense * per_byte,
    }
}

/// What a multiply-accumulate takes: 16 times a power of two where rows are read in place and values
/// share bytes.
fn dense_k_block(spec: &KernelSpec) -> u16 {
    match spec.strategy {
        Strategy::Fip => 32,
        Strategy::Byte => 16 * byte_depth(spec) as u16,
        Strategy::WidenInner | Strategy::Pair8 | Strategy::Dot => 16,
        Strategy::DotOuter => 4,
        Strategy::Mmla => 8,
        Strategy::Bits => 128,
        // As many as make the right side's values of a block fill a register.
        Strategy::WidenOuter => (16 / u16::from(spec.register_tile.n)).clamp(1, 4),
        Strategy::F32 => 1,
    }
}

/// Whether the strategy has the forms that the specification names beside it. The planner asks for no other; names
/// can.
pub(super) fn check_forms(spec: &KernelSpec) -> Result<(), Diagnostic> {
    let strategy = spec.strategy;
    let refuse = |problem: String, help: String| Err(Diagnostic::new(Field::Kernel, problem, help));
    let those = |may: fn(Strategy) -> bool| -> String {
        let names = Strategy::ALL.iter().filter(|&&strategy| may(strategy)).map(|strategy| strategy.as_str());
        names.collect::<Vec<_>>().join(" or ")
    };
    if spec.widen_in_loop && !strategy.may_widen_in_loop() {
        return refuse(
            format!("{strategy} has no short sums that its main loop could widen (w)"),
            format!("leave out the w, or choose {}", those(Strategy::may_widen_in_loop)),
        );
    }
    if spec.in_place && !strategy.may_read_in_place() {
        let way = if strategy.lhs_in_place() { "always reads" } else { "never reads" };
        return refuse(
            format!("{strategy} {way} its left side in place: there is nothing to choose (i)"),
            format!("leave out the i, or choose {}", those(Strategy::may_read_in_place)),
        );
    }
    Ok(())
}

/// Whether the strategy can hold the ranges at all.
pub(super) fn check(spec: &KernelSpec) -> Result<(), Diagnostic> {
    let strategy = spec.strategy;
    let refuse = |problem: String, help: &str| Err(Diagnostic::new(Field::Strategy, problem, help));
    if strategy == Strategy::Bits {
        return check_planes(spec);
    }
    if (spec.lhs, spec.rhs, strategy) == (Operand::F32, Operand::F32, Strategy::F32) {
        if spec.storage == Storage::Keep {
            return Ok(());
        }
        return Err(Diagnostic::new(
            Field::Kernel,
            format!("floats are stored as they are, not {}", spec.storage),
            "leave out what the name says of storage behind `f32`",
        ));
    }
    let whole = spec.lhs.range().zip(spec.rhs.range()).filter(|_| strategy != Strategy::F32);
    let Some((l, given)) = whole else {
        return refuse(
            format!("strategy {strategy} cannot multiply {} by {}", spec.lhs, spec.rhs),
            "f32 takes floats on both sides, the others integers on both sides",
        );
    };
    if spec.rhs == Operand::Binary && spec.storage != Storage::Keep {
        return Err(Diagnostic::new(
            Field::Kernel,
            format!("{} is stored as it is, not {}", spec.rhs, spec.storage),
            "leave out what the name says of storage behind `bin`",
        ));
    }
    let Some(r) = spec.storage.stored(given) else {
        return refuse(format!("the right side cannot be stored {}", spec.storage), "keep it as given");
    };
    let signed = is_signed(spec);
    let wide = matches!(strategy, Strategy::Dot | Strategy::DotOuter | Strategy::Mmla);
    // There are instructions for unsigned bytes on the left.
    let mixed = wide && spec.mixes_signs() && r.fits_i8();
    if signed && !mixed && !(l.fits_i8() && r.fits_i8()) {
        // No strategy could: the range is to blame.
        let side = if l.fits_i8() { Field::Rhs } else { Field::Lhs };
        return Err(Diagnostic::new(
            side,
            format!("{l} by {r} mixes unsigned bytes above 127 with negative numbers"),
            "shift the unsigned side by 128 (its zero point moves along)",
        ));
    }
    match strategy {
        Strategy::Fip => {
            let (x, y) = (bounds(l), bounds(r));
            let sum = (x.0 + y.0, x.1 + y.1);
            let lane = lane(8, signed);
            if sum.0 < lane.0 || sum.1 > lane.1 {
                return refuse(
                    format!("fip adds a value of each side: {}..={} does not fit 8 bits", sum.0, sum.1),
                    "use at most 7 bits a side, or strategy pair8",
                );
            }
            // Packing sums products of two values of one side, two in a signed 16-bit lane.
            if signed && l.lo().min(r.lo()) == -128 {
                return refuse(
                    "fip multiplies values of one side by each other: -128 by -128 twice is too much".into(),
                    "use at most 7 bits a side, or strategy pair8",
                );
            }
        }
        Strategy::Byte if products_in_8_bits(spec) == 0 => {
            let (lo, hi) = product(spec).unwrap_or((0, 0));
            return refuse(
                format!("byte multiplies in 8 bits: products of {lo}..={hi} do not fit"),
                "use narrower ranges, or strategy fip or widen",
            );
        }
        _ => {}
    }
    if !wide && !lane_sum_fits(spec, 1, 16) {
        return refuse(format!("a product of {l} by {r} does not fit 16 bits"), "use narrower ranges");
    }
    Ok(())
}

/// Whether the end of register tiles of so many columns adds up lanes of 16 bits, unless its loop widens them: what
/// the form for short k makes shorter.
pub(crate) fn adds_halves(strategy: Strategy, columns: u8) -> bool {
    match strategy {
        Strategy::WidenInner | Strategy::Byte | Strategy::Fip => true,
        Strategy::Bits => !share_accumulators(strategy, columns),
        Strategy::WidenOuter
        | Strategy::Pair8
        | Strategy::Dot
        | Strategy::DotOuter
        | Strategy::Mmla
        | Strategy::F32 => false,
    }
}

/// Whether there is a form for short k.
pub(super) fn check_short(spec: &KernelSpec) -> Result<(), Diagnostic> {
    let refuse = |problem: String, help: &str| Err(Diagnostic::new(Field::ShortK, problem, help));
    if !spec.short {
        return Ok(());
    }
    let halves = adds_halves(spec.strategy, spec.register_tile.n);
    if halves && spec.widen_in_loop {
        return refuse(
            format!("{} that widens in its main loop has lanes of 32 bits at its end", spec.strategy),
            "leave short_k out: there is nothing to shorten; or take a form that widens after the loop",
        );
    }
    if !halves {
        return refuse(
            format!("{} has no 16-bit lanes to add up at its end", spec.strategy),
            "leave short_k out: its usual form is as short; or choose strategy byte, fip, wideninner or bits",
        );
    }
    if spec.k_limit() == 0 {
        let problem = format!("not even one product of {} by {} fits 16 bits", spec.lhs, spec.rhs);
        return refuse(problem, "use narrower ranges, or leave short_k out");
    }
    Ok(())
}

/// Whether both sides can be written in planes that multiply.
fn check_planes(spec: &KernelSpec) -> Result<(), Diagnostic> {
    let binary = |c: PlaneCode| matches!(c, PlaneCode::Binary { .. });
    match (PlaneCode::of(spec.lhs), PlaneCode::of(spec.rhs)) {
        (Some(l), Some(r)) if binary(l) == binary(r) && spec.storage != plane_storage(r) => {
            Err(Diagnostic::new(
                Field::Kernel,
                format!(
                    "bits counts {} from its lowest value on: it is stored {}, not {}",
                    spec.rhs,
                    plane_storage(r),
                    spec.storage
                ),
                "use the name that `qgen list` prints",
            ))
        }
        (Some(l), Some(r)) if binary(l) == binary(r) => Ok(()),
        (Some(_), Some(_)) => Err(Diagnostic::new(
            Field::Strategy,
            format!("bits cannot multiply signs by binary numbers: {} by {}", spec.lhs, spec.rhs),
            "use {-1, 1} or -1..=1 on both sides, or ranges of 2 to 8 levels on both",
        )),
        _ => Err(Diagnostic::new(
            Field::Strategy,
            format!("bits needs a plane for each bit: {} by {} is too wide", spec.lhs, spec.rhs),
            "use at most 8 levels a side",
        )),
    }
}

/// How many k-blocks a 16-bit lane of the sums can hold; as many as you like where lanes have 32 bits. Eight
/// lanes share the products of a block, of which `fip` makes one for two values; or each has its own result.
pub(super) fn blocks_in_16_bits(spec: &KernelSpec) -> i64 {
    let lanes = match spec.strategy {
        Strategy::Fip => 16,
        Strategy::WidenInner | Strategy::Byte => 8,
        Strategy::WidenOuter => 1,
        Strategy::Bits => return planes_in_16_bits(spec),
        Strategy::Pair8 | Strategy::Dot | Strategy::DotOuter | Strategy::Mmla | Strategy::F32 => {
            return i64::MAX;
        }
    };
    let products = i64::from(spec.k_block / lanes).max(1);
    product(spec).map_or(i64::MAX, |p| times(p, lane(16, is_signed(spec))) / products)
}

/// The same of `bits`, of whose k-blocks a lane takes two bytes of each pair of planes, or all 16 where it is a
/// result's total.
fn planes_in_16_bits(spec: &KernelSpec) -> i64 {
    let most = |operand| match PlaneCode::of(operand) {
        Some(PlaneCode::Binary { planes, .. }) => (1 << planes) - 1,
        _ => 1,
    };
    let lanes = if share_accumulators(spec.strategy, spec.register_tile.n) { 1 } else { 8 };
    let products = i64::from(spec.k_block / lanes).max(1);
    i64::from(u16::MAX) / (products * most(spec.lhs) * most(spec.rhs))
}

/// How values that are spread over planes are stored: as numbers from zero on, where they are numbers.
fn plane_storage(code: PlaneCode) -> Storage {
    if code.shift() == 0 { Storage::Keep } else { Storage::Shift(code.shift()) }
}

/// The ways to store the packed side that are looked at: as given, negated, centred, so that it mirrors
/// the left side, or from zero on. Planes count from the lowest value.
pub(super) fn storages(spec: &KernelSpec) -> Vec<Storage> {
    let (Some(l), Some(r)) = (spec.lhs.range(), spec.rhs.range()) else {
        return vec![Storage::Keep];
    };
    // −1 and 1 are stored as they are.
    if spec.rhs == Operand::Binary {
        return vec![Storage::Keep];
    }
    if spec.strategy == Strategy::Bits {
        return vec![PlaneCode::of(spec.rhs).map_or(Storage::Keep, plane_storage)];
    }
    let centre = (r.lo() + r.hi() + 1).div_euclid(2);
    let mirror = r.lo() + l.hi();
    let shifts = [centre, mirror, r.lo()].map(Storage::Shift);
    let mut all = [&[Storage::Keep, Storage::Negate][..], &shifts].concat();
    all.retain(|s| *s != Storage::Shift(0));
    // Of equal ones the first.
    (0..all.len()).filter(|&at| !all[..at].contains(&all[at])).map(|at| all[at]).collect()
}

/// How the packed side is stored: the choice with the most headroom of those that are possible and
/// `wanted`, as given where nothing is gained.
pub(super) fn storage(spec: &KernelSpec, wanted: impl Fn(&KernelSpec) -> bool) -> Option<Storage> {
    let score = |storage: Storage| {
        let candidate = KernelSpec { storage, ..spec.clone() };
        storage.stored(spec.rhs.range()?)?;
        super::narrow::check(&candidate).and_then(|()| check(&candidate)).ok()?;
        if !wanted(&candidate) {
            return None;
        }
        if matches!(spec.strategy, Strategy::Dot | Strategy::DotOuter | Strategy::Mmla) {
            return Some((0, 0));
        }
        let p = product(&candidate)?;
        let depth = if spec.strategy == Strategy::Byte { products_in_8_bits(&candidate) } else { 0 };
        Some((depth, times(p, lane(16, is_signed(&candidate)))))
    };
    storages(spec)
        .into_iter()
        .filter_map(|s| Some((score(s)?, s)))
        .reduce(|best, next| if next.0 > best.0 { next } else { best })
        .map(|(_, s)| s)
}
