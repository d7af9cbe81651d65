//! Real matrices through few bits: what each width costs in accuracy.
//!
//! Multiplies the same two matrices of real numbers (64×256 by 256×48, from a fixed seed) with operands of 8
//! to 2 bits, each with scales from min–max and from the least mean of squared errors, and prints how far
//! the results are from the product in floats: the root of the mean squared difference, in percent of that
//! of the product itself. Activations are quantised as one tensor, affine; weights by output channel,
//! symmetric; results to f32, and by integers alone to 8 bits after a ReLU.
//!
//! ```text
//! cargo run --release -p qgen-runtime --example quantise
//! ```

use qgen_runtime::quant::{
    Activation, Calibration, FloatStage, Granularity, Method, Params, Scheme, dequantise, output_stage,
    quantise, quantise_bias, requantise, to_f32,
};
use qgen_runtime::select::{Request, select};
use qgen_runtime::{Error, Gemm, MatMut, MatRef, Operand, PackedRhs};

const M: usize = 64;
const N: usize = 48;
const K: usize = 256;

struct Real {
    activations: Vec<f32>,
    weights: Vec<f32>,
    bias: Vec<f32>,
    /// Activations · weights + bias.
    product: Vec<f32>,
}

fn main() -> Result<(), Error> {
    let real = Real::new();
    println!("bits   levels   f32, min-max   f32, least squares   8-bit ReLU, least squares");
    for (bits, levels) in
        [("8", 256), ("7", 128), ("6", 64), ("5", 32), ("4.6", 23), ("4", 16), ("3", 8), ("2", 4)]
    {
        let operand = Operand::of_levels(levels).expect("2 to 256 levels are possible");
        let (plain, _) = errors(&real, operand, Method::MinMax)?;
        let (best, bytes) = errors(&real, operand, Method::MeanSquare)?;
        println!("{bits:>4} {levels:>8} {plain:>12.2} % {best:>18.2} % {bytes:>25.2} %");
    }
    Ok(())
}

/// How far the results are from those in floats, in percent: as f32, and as 8 bits after a ReLU.
fn errors(real: &Real, operand: Operand, method: Method) -> Result<(f64, f64), Error> {
    let activations = MatRef::new(&real.activations, M, K)?;
    let weights = MatRef::new(&real.weights, K, N)?;
    let lhs = calibrated(Scheme::affine(operand)?, method, Granularity::PerTensor, activations)?;
    let per_channel = Granularity::PerChannel { channels: N };
    let rhs = calibrated(Scheme::symmetric(operand)?, method, per_channel, weights)?;

    let mut stored_lhs = vec![0i8; M * K];
    let mut stored_rhs = vec![0i8; K * N];
    quantise(&lhs, activations, MatMut::new(&mut stored_lhs, M, K)?)?;
    quantise(&rhs, weights, MatMut::new(&mut stored_rhs, K, N)?)?;
    let bias = quantise_bias(&real.bias, &lhs, &rhs)?;

    // Exact sums of the stored numbers, less their zero points.
    let request = Request::new(lhs.operand(), rhs.operand()).with_shape(M, N, K);
    let kernel = select(&request)?.kernel;
    let packed = PackedRhs::pack(kernel, MatRef::new(&stored_rhs, K, N)?)?;
    let mut sums = vec![0i32; M * N];
    Gemm::new(kernel).lhs_zero_point(lhs.zero_point()).rhs_zero_point(rhs.zero_point()).run(
        MatRef::new(&stored_lhs, M, K)?,
        &packed,
        MatMut::new(&mut sums, M, N)?,
    )?;
    let sums = MatRef::new(&sums, M, N)?;

    let mut floats = vec![0f32; M * N];
    let stage = FloatStage::new(&lhs, &rhs, Activation::None)?;
    to_f32(&stage, Some(&bias), sums, MatMut::new(&mut floats, M, N)?)?;

    // What a next layer would read: its parameters come from the float results.
    let relu: Vec<f32> = real.product.iter().map(|x| x.max(0.0)).collect();
    let eight_bits = Operand::of_bits(8).expect("8 bits are possible");
    let scheme = Scheme::affine(eight_bits)?;
    let output = calibrated(scheme, Method::MinMax, Granularity::PerTensor, MatRef::new(&relu, M, N)?)?;
    let stage = output_stage(&lhs, &rhs, &output, Activation::Relu)?;
    let (mut bytes, mut back) = (vec![0i8; M * N], vec![0f32; M * N]);
    requantise(&stage, Some(&bias), sums, MatMut::new(&mut bytes, M, N)?)?;
    dequantise(&output, MatRef::new(&bytes, M, N)?, MatMut::new(&mut back, M, N)?)?;
    Ok((distance(&floats, &real.product), distance(&back, &relu)))
}

fn calibrated(
    scheme: Scheme,
    method: Method,
    granularity: Granularity,
    values: MatRef<'_, f32>,
) -> Result<Params, Error> {
    let mut calibration = Calibration::new(scheme, method, granularity)?;
    calibration.observe(values)?;
    calibration.params()
}

/// √(Σ (got − wanted)² / Σ wanted²), in percent.
fn distance(got: &[f32], wanted: &[f32]) -> f64 {
    let square = |x: f64| x * x;
    let difference: f64 = got.iter().zip(wanted).map(|(a, b)| square(f64::from(a - b))).sum();
    let size: f64 = wanted.iter().map(|x| square(f64::from(*x))).sum();
    100.0 * (difference / size).sqrt()
}

impl Real {
    /// Bell-shaped weights of different magnitudes by channel; activations as a ReLU leaves them.
    fn new() -> Real {
        let mut state = 0x9e37_79b9_7f4a_7c15u64;
        let mut uniform = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as f32 / 16_777_216.0 - 0.5
        };
        let mut bell = || (0..12).map(|_| uniform()).sum::<f32>();
        let activations: Vec<f32> = (0..M * K).map(|_| bell().max(0.0)).collect();
        let weights: Vec<f32> = (0..K * N).map(|at| bell() * (0.01 + (at % N) as f32 / 500.0)).collect();
        let bias: Vec<f32> = (0..N).map(|_| bell()).collect();
        let sum = |at: usize| {
            let (i, j) = (at / N, at % N);
            let products = (0..K).map(|p| f64::from(activations[i * K + p]) * f64::from(weights[p * N + j]));
            (products.sum::<f64>() + f64::from(bias[j])) as f32
        };
        let product = (0..M * N).map(sum).collect();
        Real { activations, weights, bias, product }
    }
}
