//! Every entry point of the runtime between inaccessible pages: what it is given is read and written to the
//! last element and not one byte beyond, and inputs are never written.
//!
//! On aarch64 this is machine code and vectors, elsewhere plain Rust, which could not go astray.
#![cfg(unix)]
#![expect(
    unsafe_code,
    reason = "it sees guarded bytes as numbers, and shares a file of them between threads"
)]

use qgen_runtime::bench::SplitMix64;
use qgen_runtime::cpu::{Core, Machine};
use qgen_runtime::packed::{PackedFile, PackedFileWriter};
use qgen_runtime::plan::{Epilogue, Op, Params as PlanParams, Plan, PlanPerCore};
use qgen_runtime::quant::{
    Activation, Calibration, FloatStage, Granularity, Method, Params, Scheme, dequantise, output_stage,
    quantise, quantise_bias, requantise, to_f32,
};
use qgen_runtime::{
    BatchMut, BatchRef, Element, End, Gemm, Kernel, MatMut, MatRef, Operand, PackedLhs, PackedRhs, Range,
    Value, Workspace, catalog,
};
use qgen_spec::reference;
use qgen_tests::guard::{GuardedBuf, Placement};

const ENDS: [Placement; 2] = [Placement::FlushStart, Placement::FlushEnd];

/// What results hold before they are written.
const UNTOUCHED: u8 = 0x5c;

/// The elements of a buffer.
fn elements<T: Element>(buffer: &GuardedBuf) -> &[T] {
    // SAFETY: any bytes are elements of the four number types.
    let (before, elements, after) = unsafe { buffer.align_to() };
    assert!(before.is_empty() && after.is_empty(), "the buffer begins and ends with an element");
    elements
}

fn elements_mut<T: Element>(buffer: &mut GuardedBuf) -> &mut [T] {
    // SAFETY: as above.
    let (before, elements, after) = unsafe { buffer.align_to_mut() };
    assert!(before.is_empty() && after.is_empty(), "the buffer begins and ends with an element");
    elements
}

/// A matrix that ends with its last element, whatever its strides.
struct Matrix {
    buffer: GuardedBuf,
    shape: (usize, usize),
    strides: (usize, usize),
}

impl Matrix {
    fn new<T: Element>(
        (rows, cols): (usize, usize),
        gap: usize,
        by_columns: bool,
        placement: Placement,
    ) -> Matrix {
        let strides = if by_columns { (1, rows + gap) } else { (cols + gap, 1) };
        let last = |count: usize, stride: usize| count.saturating_sub(1) * stride;
        let len = last(rows, strides.0) + last(cols, strides.1) + usize::from(rows > 0 && cols > 0);
        let mut buffer = GuardedBuf::new(len * size_of::<T>(), placement);
        buffer.fill(UNTOUCHED);
        Matrix { buffer, shape: (rows, cols), strides }
    }

    /// A matrix to be read, and never written from now on.
    fn given<T: Element>(
        shape: (usize, usize),
        gap: usize,
        by_columns: bool,
        placement: Placement,
        mut value: impl FnMut() -> T,
    ) -> Matrix {
        let mut matrix = Matrix::new::<T>(shape, gap, by_columns, placement);
        let (down, across) = matrix.strides;
        let elements = elements_mut::<T>(&mut matrix.buffer);
        for i in 0..shape.0 {
            for j in 0..shape.1 {
                elements[i * down + j * across] = value();
            }
        }
        matrix.buffer.freeze();
        matrix
    }

    fn view<T: Element>(&self) -> MatRef<'_, T> {
        let ((rows, cols), (down, across)) = (self.shape, self.strides);
        MatRef::with_strides(elements(&self.buffer), rows, cols, down, across).unwrap()
    }

    fn view_mut<T: Element>(&mut self) -> MatMut<'_, T> {
        let ((rows, cols), (down, across)) = (self.shape, self.strides);
        MatMut::with_strides(elements_mut(&mut self.buffer), rows, cols, down, across).unwrap()
    }

    /// The elements row by row. Everything else is as it was before.
    fn written<T: Element>(&self) -> Vec<T> {
        self.buffer.check_margins().unwrap();
        let view = self.view::<T>();
        let mut inside = vec![false; self.buffer.len() / size_of::<T>()];
        let mut all = Vec::new();
        for i in 0..self.shape.0 {
            for j in 0..self.shape.1 {
                inside[i * self.strides.0 + j * self.strides.1] = true;
                all.push(view.get(i, j).unwrap());
            }
        }
        for (inside, bytes) in inside.iter().zip(self.buffer.chunks(size_of::<T>())) {
            assert!(*inside || bytes.iter().all(|&byte| byte == UNTOUCHED), "between the lines");
        }
        all
    }
}

fn random(operand: Operand, seed: u64) -> impl FnMut() -> i16 {
    let mut random = SplitMix64::new(seed);
    let range = operand.range().unwrap_or(Range::new(-100, 100).unwrap());
    move || loop {
        let value = random.in_range(range);
        if operand == Operand::F32 || operand.contains(value) {
            return value;
        }
    }
}

/// One multiplication by every way there is, between guards.
struct Product<'k> {
    kernel: &'k Kernel,
    m: usize,
    n: usize,
    k: usize,
    gap: usize,
    by_columns: bool,
    placement: Placement,
}

impl Product<'_> {
    fn check(&self) {
        let signed = |operand: Operand| operand.range().is_some_and(|range| range.fits_i8());
        let (l, r) = self.kernel.accepts();
        match (l, signed(l), signed(r)) {
            (Operand::F32, ..) => self.run(f32::from, f32::from, |x, y| {
                let sum = reference::dot_f32(self.k, x, y, f32::mul_add) + 0.0;
                sum.to_bits() as i32
            }),
            (_, true, true) => self.run(|v| v as i8, |v| v as i8, |x, y| self.exact(x, y)),
            (_, true, false) => self.run(|v| v as i8, |v| v as u8, |x, y| self.exact(x, y)),
            (_, false, true) => self.run(|v| v as u8, |v| v as i8, |x, y| self.exact(x, y)),
            (_, false, false) => self.run(|v| v as u8, |v| v as u8, |x, y| self.exact(x, y)),
        }
    }

    fn exact<L: Value, R: Value>(&self, x: &dyn Fn(usize) -> L, y: &dyn Fn(usize) -> R) -> i32 {
        let (x, y) = (|p| i64::from(x(p).to_i16()), |p| i64::from(y(p).to_i16()));
        reference::dot(self.k, x, y, 0, 0) as i32
    }

    fn run<L: Value, R: Value>(
        &self,
        left: fn(i16) -> L,
        right: fn(i16) -> R,
        wanted: impl Fn(&dyn Fn(usize) -> L, &dyn Fn(usize) -> R) -> i32,
    ) {
        let Product { kernel, m, n, k, gap, by_columns, placement } = *self;
        let (l, r) = kernel.accepts();
        let (mut x, mut y) = (random(l, 3), random(r, 5));
        let lhs = Matrix::given((m, k), gap, by_columns, placement, || left(x()));
        let rhs = Matrix::given((k, n), gap, by_columns, placement, || right(y()));
        let (a, b) = (lhs.view::<L>(), rhs.view::<R>());
        let each =
            (0..m * n).map(|at| wanted(&|p| a.get(at / n, p).unwrap(), &|p| b.get(p, at % n).unwrap()));
        let wanted: Vec<i32> = each.collect();
        let gemm = Gemm::new(kernel);
        let mut workspace = Workspace::new();
        let packed = PackedRhs::pack(kernel, b).unwrap();
        let packed_lhs = PackedLhs::pack(kernel, a).unwrap();
        let in_file = from_file(&packed, placement);
        for rhs in [&packed, &in_file] {
            for way in 0..3 {
                let mut out = Matrix::new::<L::Out>((m, n), gap, by_columns, placement);
                let view = out.view_mut::<L::Out>();
                match way {
                    0 => gemm.run_with(a, rhs, view, &mut workspace).unwrap(),
                    1 => gemm.run_packed(&packed_lhs, rhs, view, &mut workspace).unwrap(),
                    _ => gemm.run_block(&packed_lhs, 0..m, rhs, 0..n, view, &mut workspace).unwrap(),
                }
                assert_eq!(bits(&out.written::<L::Out>()), wanted, "{kernel}, way {way}: {m}x{n}x{k}");
            }
        }
        // A part whose ends are inside of tiles, too.
        let (rows, cols) = (m / 3..m - m / 4, n / 4..n - n / 3);
        let mut out = Matrix::new::<L::Out>((rows.len(), cols.len()), gap, by_columns, placement);
        let view = out.view_mut::<L::Out>();
        gemm.run_block(&packed_lhs, rows.clone(), &packed, cols.clone(), view, &mut workspace).unwrap();
        let part: Vec<i32> = rows.flat_map(|i| &wanted[i * n..][..n][cols.clone()]).copied().collect();
        assert_eq!(bits(&out.written::<L::Out>()), part, "{kernel}: a part of {m}x{n}x{k}");
    }
}

fn bits<T: Element>(values: &[T]) -> Vec<i32> {
    // SAFETY: results are 32 bits of a number.
    unsafe { values.align_to::<i32>() }.1.to_vec()
}

/// A guarded file.
struct File(GuardedBuf);

// SAFETY: the buffer is only read.
unsafe impl Send for File {}
// SAFETY: as above.
unsafe impl Sync for File {}

impl AsRef<[u8]> for File {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// The weights by way of a file that cannot be written.
fn from_file(packed: &PackedRhs, placement: Placement) -> PackedRhs {
    let mut writer = PackedFileWriter::new();
    writer.add("w", packed).unwrap();
    let bytes = writer.to_bytes().unwrap();
    let mut buffer = GuardedBuf::new(bytes.len(), placement);
    buffer.copy_from_slice(&bytes);
    buffer.freeze();
    let aligned = buffer.as_ptr().addr().is_multiple_of(64);
    let file = PackedFile::open(File(buffer)).unwrap();
    let weights = if aligned { file.in_place("w") } else { file.copied("w") };
    weights.unwrap().packed
}

/// Kernels that run here and store sums; without machine code those of one core, which are the same plain Rust.
fn kernels() -> impl Iterator<Item = &'static Kernel> {
    let native = cfg!(target_arch = "aarch64");
    catalog::all().filter(move |kernel| {
        let spec = &kernel.descriptor().spec;
        kernel.is_supported() && spec.end == End::Sums && (native || spec.core == "cortex-a72")
    })
}

#[test]
fn products() {
    let mut count = 0;
    for kernel in kernels() {
        let spec = &kernel.descriptor().spec;
        let (tm, tn, block) = (usize::from(spec.tile.m), usize::from(spec.tile.n), usize::from(spec.k_block));
        for (m, n, k, gap, by_columns) in [
            // Rows in place, whole tiles: every load and store is at an end of its buffer.
            (tm, tn, block, 0, false),
            (2 * tm, 2 * tn, 2 * block, 7, false),
            // Rows that are copied, tiles that are cut.
            (tm + 1, tn + 1, block + 1, 0, false),
            (2 * tm - 1, 2 * tn - 1, 3, 1, false),
            (tm + 1, tn + 1, block - 1, 2, true),
            (1, 1, 1, 0, false),
            (3, 5, 0, 0, false),
        ] {
            for placement in ENDS {
                Product { kernel, m, n, k, gap, by_columns, placement }.check();
                count += 1;
            }
        }
    }
    assert!(count > 14 * 20, "{count} products");
}

/// What plans add: batches, and a plan for each core.
#[test]
fn plans_and_batches() {
    let four = Operand::of_bits(4).unwrap();
    let here = Machine::detect();
    let small = Machine { core: Core::by_name("cortex-a53").unwrap(), ..here };
    for (m, n, k) in [(1, 5, 37), (9, 12, 64), (8, 8, 32)] {
        let shape = (m, n, k);
        let plan = Plan::new(Op::gemm(four, four), shape, &PlanParams::new(), &here).unwrap();
        let cores =
            PlanPerCore::new(Op::gemm(four, four), shape, &PlanParams::new(), &[here, small]).unwrap();
        for placement in ENDS {
            let (mut x, mut y) = (random(four, 7), random(four, 8));
            let (count, row_stride, apart) = (3, k + 1, m * (k + 1) + 5);
            let one = (m - 1) * row_stride + k;
            // Neighbours, so that the batch ends with its last element.
            let lhs = Matrix::given((1, 2 * apart + one), 0, false, placement, || x() as i8);
            let rhs = Matrix::given((k, n), 0, false, placement, || y() as i8);
            let data = elements::<i8>(&lhs.buffer);
            let batch = BatchRef::with_strides(data, count, apart, m, k, row_stride).unwrap();
            let weights = plan.pack(rhs.view::<i8>()).unwrap();
            let mut workspace = plan.workspace().unwrap();
            let plain: Vec<i32> = (0..count * m * n)
                .map(|at| {
                    let (matrix, i, j) = (batch.matrix(at / (m * n)), at / n % m, at % n);
                    let view = rhs.view::<i8>();
                    let (x, y) = (|p| matrix.get(i, p).unwrap().into(), |p| view.get(p, j).unwrap().into());
                    reference::dot(k, x, y, 0, 0) as i32
                })
                .collect();
            let mut out = Matrix::new::<i32>((1, count * m * n), 0, false, placement);
            let all = BatchMut::<i32>::new(elements_mut(&mut out.buffer), count, m, n).unwrap();
            plan.run_batch(batch, &weights, all, &mut workspace).unwrap();
            assert_eq!(out.written::<i32>(), plain);
            let mut out = Matrix::new::<i32>((1, count * m * n), 0, false, placement);
            let all = BatchMut::<i32>::new(elements_mut(&mut out.buffer), count, m, n).unwrap();
            let each = [0; 3].map(|_| plan.pack(rhs.view::<i8>()).unwrap());
            plan.run_batch_each(batch, &each, all, &mut workspace).unwrap();
            assert_eq!(out.written::<i32>(), plain);
            let packed = cores.pack(rhs.view::<i8>()).unwrap();
            for core in [here.core, small.core] {
                let mut out = Matrix::new::<i32>((m, n), 3, false, placement);
                let mut workspace = cores.workspace().unwrap();
                cores.run_on(core, batch.matrix(2), &packed, out.view_mut::<i32>(), &mut workspace).unwrap();
                assert_eq!(out.written::<i32>(), plain[2 * m * n..]);
            }
        }
    }
}

/// Plans that store bytes and floats, by kernels with such ends and in passes: whole tiles and parts of them, rows
/// at odd addresses with gaps, columns.
#[test]
fn plans_with_epilogues() {
    let here = Machine::detect();
    let range = Range::new(-128, 127).unwrap();
    for (core, bits) in [("cortex-a53", 4), ("cortex-a72", 4), ("cortex-a72", 2), ("neoverse-n1", 8)] {
        let side = Operand::of_bits(bits).unwrap();
        let machine = Machine { core: Core::by_name(core).unwrap(), ..here };
        let stored = |scale, range| Params::per_tensor(scale, 0, range).unwrap();
        for (m, n, k) in [(8, 8, 64), (9, 13, 40), (1, 5, 33), (17, 24, 128)] {
            let scales = (0..n).map(|j| 0.1 + 0.01 * j as f32).collect();
            let rhs_params = Params::per_channel(scales, 0, side.range().unwrap()).unwrap();
            let (lhs_params, output) = (stored(0.5, side.range().unwrap()), stored(1.5, range));
            let stage = output_stage(&lhs_params, &rhs_params, &output, Activation::Relu6).unwrap();
            let floats = FloatStage::new(&lhs_params, &rhs_params, Activation::Relu).unwrap();
            let bias: Vec<i32> = (0..n).map(|j| 40 - 9 * j as i32).collect();
            for (placement, by_columns) in ENDS.into_iter().flat_map(|end| [(end, false), (end, true)]) {
                let (mut x, mut y) = (random(side, 7), random(side, 8));
                let lhs = Matrix::given((m, k), 0, false, placement, || x() as i8);
                let rhs = Matrix::given((k, n), 0, false, placement, || y() as i8);
                let sum = |at: usize| {
                    let (x, y) = (lhs.view::<i8>(), rhs.view::<i8>());
                    let (i, j) = (at / n, at % n);
                    let (x, y) = (|p| x.get(i, p).unwrap().into(), |p| y.get(p, j).unwrap().into());
                    reference::dot(k, x, y, 0, 0) as i32 + bias[j]
                };
                let run = |epilogue: &Epilogue, out: &mut Matrix, float: bool| {
                    let params = PlanParams::new().epilogue(epilogue);
                    let plan = Plan::new(Op::gemm(side, side), (m, n, k), &params, &machine).unwrap();
                    let weights = plan.pack(rhs.view::<i8>()).unwrap();
                    let mut workspace = plan.workspace().unwrap();
                    let left = lhs.view::<i8>();
                    match float {
                        true => plan.run(left, &weights, out.view_mut::<f32>(), &mut workspace).unwrap(),
                        false => plan.run(left, &weights, out.view_mut::<i8>(), &mut workspace).unwrap(),
                    }
                };
                let mut out = Matrix::new::<i8>((m, n), 3, by_columns, placement);
                run(&Epilogue::requantise(stage.clone()).with_bias(bias.clone()), &mut out, false);
                for (at, byte) in out.written::<i8>().into_iter().enumerate() {
                    assert_eq!(i32::from(byte), stage.apply(sum(at), at % n));
                }
                let mut out = Matrix::new::<f32>((m, n), 3, by_columns, placement);
                run(&Epilogue::to_f32(floats.clone()).with_bias(bias.clone()), &mut out, true);
                for (at, real) in out.written::<f32>().into_iter().enumerate() {
                    assert_eq!(real, (sum(at) as f32 * floats.scales()[at % n]).max(0.0));
                }
            }
        }
    }
}

/// Quantisation both ways, by rows, by columns and without neighbours, for every rest of a group of 8.
#[test]
fn quantisation() {
    let range = Range::new(-8, 7).unwrap();
    for (rows, cols) in [(1, 1), (1, 7), (1, 8), (2, 9), (3, 16), (17, 3), (2, 67)] {
        let shape = (rows, cols);
        let single = Params::per_tensor(0.5, -3, range).unwrap();
        let scales: Vec<f32> = (0..cols).map(|j| 0.25 + j as f32).collect();
        let channels = Params::per_channel(scales, -3, range).unwrap();
        for placement in ENDS {
            for (gap, from_columns, to_columns) in
                [(0, false, false), (0, true, true), (3, false, false), (1, true, false), (2, true, true)]
            {
                let mut next = random(Operand::F32, 9);
                let real = Matrix::given(shape, gap, from_columns, placement, || f32::from(next()) / 8.0);
                for params in [&single, &channels] {
                    let mut stored = Matrix::new::<i8>(shape, gap, to_columns, placement);
                    quantise(params, real.view(), stored.view_mut::<i8>()).unwrap();
                    for (at, q) in stored.written::<i8>().into_iter().enumerate() {
                        let scale = params.scales()[(at % cols).min(params.scales().len() - 1)];
                        let real: f32 = real.view().get(at / cols, at % cols).unwrap();
                        let steps = (real / scale).round_ties_even() - 3.0;
                        assert_eq!(f32::from(q), steps.clamp(-8.0, 7.0), "{at} of {shape:?}");
                    }
                    stored.buffer.freeze();
                    let mut back = Matrix::new::<f32>(shape, gap, from_columns, placement);
                    dequantise(params, stored.view::<i8>(), back.view_mut()).unwrap();
                    for (real, q) in back.written::<f32>().iter().zip(stored.written::<i8>()).step_by(cols) {
                        assert_eq!(*real, (f32::from(q) + 3.0) * params.scales()[0]);
                    }
                }
                let mut sums = random(Operand::F32, 11);
                let sums = Matrix::given(shape, gap, from_columns, placement, || i32::from(sums()) * 1000);
                let bias: Vec<f32> = (0..cols).map(|j| j as f32).collect();
                let unit = Params::per_tensor(1.0, 0, Range::new(-128, 127).unwrap()).unwrap();
                for weights in [&single, &channels] {
                    let bias = quantise_bias(&bias, &unit, weights).unwrap();
                    let bias = GuardedBuf::from_i32(&bias, placement);
                    let stage = output_stage(&unit, weights, &unit, Activation::None).unwrap();
                    let mut out = Matrix::new::<i8>(shape, gap, to_columns, placement);
                    let bias = elements(&bias);
                    requantise(&stage, Some(bias), sums.view(), out.view_mut::<i8>()).unwrap();
                    let bytes = out.written::<i8>();
                    let floats = FloatStage::new(&unit, weights, Activation::Relu6).unwrap();
                    let mut out = Matrix::new::<f32>(shape, gap, to_columns, placement);
                    to_f32(&floats, Some(bias), sums.view(), out.view_mut()).unwrap();
                    let floats = out.written::<f32>();
                    for at in 0..rows * cols {
                        let scale = weights.scales()[(at % cols).min(weights.scales().len() - 1)];
                        let sum: i32 = sums.view().get(at / cols, at % cols).unwrap();
                        let real = (sum + bias[at % cols]) as f32 * scale;
                        assert_eq!(floats[at], real.clamp(0.0, 6.0));
                        // Exact but for ties.
                        let away = (f32::from(bytes[at]) - real.clamp(-128.0, 127.0)).abs();
                        assert!(away <= 0.51, "{at} of {shape:?}: {} for {real}", bytes[at]);
                    }
                }
                for granularity in [Granularity::PerTensor, Granularity::PerChannel { channels: cols }] {
                    let scheme = Scheme::affine(Operand::Int(range)).unwrap();
                    let mut seen = Calibration::new(scheme, Method::MinMax, granularity).unwrap();
                    seen.observe(real.view()).unwrap();
                    seen.params().unwrap();
                }
            }
        }
    }
}
