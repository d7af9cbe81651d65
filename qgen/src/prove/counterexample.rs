//! Concrete operands for which a program does not do what is promised for it, found by running it.

use crate::domain::Fault;
use crate::plan::Plan;
use crate::program::{Machine, Program};
use crate::run::{Segment, Segments, call_machine};
use qgen_spec::{
    Descriptor, End, EndLayout, EndStage, Factors, KernelSpec, Operand, OutputStage, Range, Requantise,
    ResultBits, Storage,
};
use std::fmt;

/// A call that goes wrong.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Counterexample {
    /// Depth.
    pub k: usize,
    /// What the operands are.
    pub operands: String,
    /// What happens.
    pub outcome: String,
}

impl fmt::Display for Counterexample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "k = {}, {}: {}", self.k, self.operands, self.outcome)
    }
}

/// Multiply-accumulates beyond which a call is not worth its time.
const AFFORDABLE: u64 = 10_000_000;
/// Multiply-accumulates beyond which only one kind of operands is tried: only the depth is new.
const DEEP: u64 = 1_000_000;

/// Tries extreme operands at a few depths: of short loops, at and past the period that the ranges allow
/// (of `plan`), and at the largest k that the descriptor promises, where that is affordable.
pub fn counterexample(
    descriptor: &Descriptor,
    plan: &Plan,
    program: &Program<Machine>,
) -> Option<Counterexample> {
    let spec = &descriptor.spec;
    let (unroll, block) = (usize::from(spec.unroll), usize::from(spec.k_block));
    let mut depths =
        vec![1, block, 2 * block, 3 * block, block * unroll, block * (2 * unroll + 1), 40 * block];
    if let Some(period) = plan.period {
        depths.extend([0, 1, unroll].map(|more| block * (period as usize + more)));
        depths.push(2 * block * period as usize);
    }
    depths.push(descriptor.k_limit as usize);
    let cost = |k: usize| (k as u64).saturating_mul(spec.tile.area() as u64);
    depths.retain(|&k| k <= descriptor.k_limit as usize && cost(k) <= AFFORDABLE);
    let (lhs, rhs) = (spec.lhs.range()?, spec.rhs.range()?);
    // Of the room of a result what is added takes as much as the products, for bytes those of two rows.
    let room = if spec.end.is_byte() { 4 } else { 2 };
    for k in depths {
        for x in [lhs.lo(), lhs.hi()] {
            for y in [rhs.lo(), rhs.hi()] {
                let kinds = if cost(k) > DEEP { &Kind::ALL[..1] } else { Kind::ALL };
                for &kind in kinds {
                    let left = |i: usize, p: usize| kind.value(spec.lhs, x, 7 * p + 3 * i);
                    let right = |j: usize, p: usize| kind.value(spec.rhs, y, 3 * p + 5 * j);
                    let call = Call {
                        spec,
                        k,
                        x: lines(spec.tile.m, k, spec.lhs_storage(), left),
                        y: lines(spec.tile.n, k, spec.storage, right),
                        add: k <= descriptor.k_limit as usize / room,
                    };
                    if let Some(outcome) = call.goes_wrong(program) {
                        return Some(Counterexample { k, operands: kind.describe(x, y), outcome });
                    }
                }
            }
        }
    }
    None
}

/// The stored values of `count` lines of depth `k`.
fn lines(count: u8, k: usize, storage: Storage, value: impl Fn(usize, usize) -> i16) -> Vec<Vec<i16>> {
    let line = |i| (0..k).map(|p| storage.apply(value(i, p))).collect();
    (0..count.into()).map(line).collect()
}

/// How operands differ from place to place.
#[derive(Clone, Copy)]
enum Kind {
    /// Not at all.
    Always,
    /// Some are the other end of the range, so that exchanged halves show.
    Mostly,
    /// Every value occurs, so that exchanged bits show.
    Varied,
}

impl Kind {
    const ALL: &[Kind] = &[Kind::Always, Kind::Mostly, Kind::Varied];

    /// The value at place `n`, where `end` is an end of the operand's range.
    fn value(self, operand: Operand, end: i16, n: usize) -> i16 {
        let Some(range) = operand.range() else { return 0 };
        match self {
            Kind::Always => end,
            Kind::Mostly if n % 5 < 2 => range.lo() + range.hi() - end,
            Kind::Mostly => end,
            Kind::Varied => {
                let count = usize::from(range.hi().abs_diff(range.lo())) + 1;
                let value = range.lo() + (n % count) as i16;
                if operand.contains(value) { value } else { end }
            }
        }
    }

    fn describe(self, x: i16, y: i16) -> String {
        match self {
            Kind::Always => format!("x always {x}, y always {y}"),
            Kind::Mostly => format!("x mostly {x}, y mostly {y}, the other ends two places of five"),
            Kind::Varied => "all values in turn, x by 7 from depth to depth, y by 3".into(),
        }
    }
}

/// A call whose sums are corrected, and with something to add to each row and column.
struct Call<'a> {
    spec: &'a KernelSpec,
    k: usize,
    /// The values of each line of both sides, as they are stored.
    x: Vec<Vec<i16>>,
    y: Vec<Vec<i16>>,
    /// Whether there is something to add: results at the largest k leave no room for it.
    add: bool,
}

impl Call<'_> {
    /// What is added to a row or a column, each time something else, and so that results of 16 bits are none of
    /// others. A column of bytes has the first row's products taken out as well, where results may be negative: bytes
    /// show sums near zero, and of others their sign.
    fn addend(&self, lhs: bool, line: usize) -> i64 {
        let (bits, place) = (self.spec.result_bits(), line as i64 + 1);
        let near = self.spec.end.is_byte() && bits != ResultBits::Unsigned16;
        let addend = match (lhs, bits) {
            (true, _) if near => 5 * place,
            (false, _) if near => -3 * place - self.products(0, line),
            (true, ResultBits::Full) => 1009 * place,
            (false, ResultBits::Full) => -17 * place,
            (true, _) => 29 * place,
            (false, _) => 7 * place,
        };
        if self.add { addend } else { 0 }
    }

    /// The sum of products of a result, with the sign that it has in it.
    fn products(&self, i: usize, j: usize) -> i64 {
        let products = self.x[i].iter().zip(&self.y[j]).map(|(&x, &y)| i64::from(x) * i64::from(y));
        i64::from(self.spec.storage.sign()) * products.sum::<i64>()
    }

    /// What the kernel makes of sums: with factors of 1, and bounds that are those of the type.
    fn stage(&self) -> OutputStage {
        let (zero_point, lo, hi) = if self.spec.end == End::U8 { (100, 0, 255) } else { (3, -128, 127) };
        let one = Requantise::new(1 << 30, 1).expect("a half, times two");
        let clamp = Range::new(lo, hi).expect("the range of a byte");
        OutputStage::new(Factors::PerTensor(one), zero_point, clamp).expect("the zero point is in the range")
    }

    fn goes_wrong(&self, program: &Program<Machine>) -> Option<String> {
        let (spec, m, n) = (self.spec, self.x.len(), self.y.len());
        let blocks = self.k.div_ceil(usize::from(spec.k_block));
        let (x_bytes, x_stride) = pack(spec, true, &self.x, blocks);
        let (y_bytes, _) = pack(spec, false, &self.y, blocks);
        let sign = i64::from(spec.storage.sign());
        // What the kernel's sums contain of one line alone is taken out.
        let added = |lines: &[Vec<i16>], lhs: bool| -> Vec<i32> {
            let own = |line: &[i16]| -sign * spec.sums().of_line(lhs, self.k, |p| line[p].into());
            let word = |(n, line): (usize, &Vec<i16>)| (own(line) + self.addend(lhs, n)) as i32;
            lines.iter().enumerate().map(word).collect()
        };
        let bytes = |words: &[i32]| -> Vec<u8> { words.iter().flat_map(|word| word.to_le_bytes()).collect() };
        let (layout, stage, col_add) = (EndLayout::of(spec), self.stage(), added(&self.y, false));
        let end = match spec.end {
            End::Sums => EndStage::Sums,
            End::F32 => EndStage::Floats { scales: &[1.0], lo: f32::NEG_INFINITY, hi: f32::INFINITY },
            End::I8 | End::U8 => EndStage::Bytes(&stage),
        };
        let mut columns = vec![0; layout.words(n)];
        layout.write(0..n, |j| col_add[j], &end, &mut columns);
        let each = spec.end.bytes();
        let [x_at, y_at, out_at, row_at, col_at] = [1, 2, 3, 4, 5].map(|n| n << 28);
        let segment = |address, bytes, writable| Segment { address, bytes, writable };
        let mut memory = Segments(vec![
            segment(out_at, vec![0; each * m * n], true),
            segment(x_at, x_bytes, false),
            segment(y_at, y_bytes, false),
            segment(row_at, bytes(&added(&self.x, true)), false),
            segment(col_at, bytes(&columns), false),
        ]);
        let out_stride = (each * n) as u64;
        let args = [blocks as u64, x_at, x_stride as u64, y_at, out_at, out_stride, row_at, col_at];
        if let Err(Fault(why)) = call_machine(program, args, &mut memory) {
            return Some(why);
        }
        for (at, found) in memory.0[0].bytes.chunks_exact(each).enumerate() {
            let (i, j) = (at / n, at % n);
            let sum = self.products(i, j) + self.addend(true, i) + self.addend(false, j);
            if let Some(difference) = difference(spec.end, &stage, found, sum) {
                return Some(format!("out[{i}][{j}] is {difference}"));
            }
        }
        None
    }
}

/// What is stored, and what is to be, if they are not the same: `sum` is the exact one, which may not fit.
fn difference(end: End, stage: &OutputStage, found: &[u8], sum: i64) -> Option<String> {
    let word = || [found[0], found[1], found[2], found[3]];
    let said = |found: &dyn fmt::Display, wanted: &dyn fmt::Display, differ| {
        let sum = if end == End::Sums { String::new() } else { format!(", of the sum {sum}") };
        Some(format!("{found}, not {wanted}{sum}")).filter(|_| differ)
    };
    match end {
        End::Sums => {
            let found = i32::from_le_bytes(word());
            said(&found, &sum, i64::from(found) != sum)
        }
        End::F32 => {
            let (found, wanted) = (f32::from_le_bytes(word()), sum as f32);
            said(&found, &wanted, found.to_bits() != wanted.to_bits())
        }
        End::I8 | End::U8 => {
            let byte = found[0];
            let found = if end == End::I8 { i32::from(byte as i8) } else { byte.into() };
            let wanted = stage.apply(sum.clamp(i32::MIN.into(), i32::MAX.into()) as i32, 0);
            said(&found, &wanted, found != wanted)
        }
    }
}

/// A side in its layout, and the distance of its lines or panels.
fn pack(spec: &KernelSpec, lhs: bool, lines: &[Vec<i16>], blocks: usize) -> (Vec<u8>, usize) {
    let (layout, planes) =
        if lhs { (spec.lhs_layout(), spec.lhs_planes()) } else { (spec.rhs_layout(), spec.rhs_planes()) };
    let stride = layout.block_bytes() * blocks;
    let mut out = vec![0u8; stride * lines.len().div_ceil(layout.width())];
    for (line, values) in lines.iter().enumerate() {
        for (p, &stored) in values.iter().enumerate() {
            let at = line / layout.width() * stride + layout.offset_in_panel(line % layout.width(), p);
            match planes {
                Some(code) => code.store(stored as u8, p, &mut out[at..]),
                None => out[at] = layout.with_value(out[at], p, stored as u8),
            }
        }
    }
    (out, stride)
}
