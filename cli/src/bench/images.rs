//! A convolution layer over real images: quantise, im2col, multiply, compare with a plain convolution.
//!
//! The layer is LeNet-5's first: 5×5 windows, as many outputs as pixels (2 pixels of padding all
//! around), 6 channels. Its weights come from the fixed seed: what is shown is that the arithmetic is
//! right on real data, not what the digits are.
//!
//! ```text
//!   pixel 0..=255 ──► round(pixel · (2ᵇ − 1) / 255) − 2ᵇ⁻¹      (b bits; 0 becomes the zero point −2ᵇ⁻¹)
//!   28×28 image   ──im2col──► 784 × 25, padded with the zero point
//!   784 × 25 · 25 × 6 ──► 784 × 6 outputs = Σ (pixel − zero point) · weight
//! ```

use super::Report;
use super::idx::Images;
use crate::chosen::Chosen;
use crate::clock::Clock;
use crate::commands::bench::Args;
use crate::failure::Failure;
use crate::output;
use qgen_runtime::bench::{SEED, checksum, measure, signed};
use qgen_runtime::select::Shape;
use qgen_runtime::{Gemm, Kernel, MatMut, MatRef, Operand, PackedRhs, Range, Workspace};
use std::path::Path;

const SIDE: usize = 5;
const PADDING: usize = SIDE / 2;
const WINDOW: usize = SIDE * SIDE;
const CHANNELS: usize = 6;

pub(crate) fn run(args: &Args, file: &Path) -> Result<(), Failure> {
    let range = Range::signed(args.bits()).filter(|_| args.bits() >= 2).ok_or_else(|| {
        Failure(format!("bits: images cannot be quantised to {} bits; choose 2 to 8", args.bits()))
    })?;
    let images = Images::read(file)?;
    let operand = Operand::Int(range);
    let shape = Shape { m: images.rows * images.cols, n: CHANNELS, k: WINDOW };
    let chosen = Chosen::new(args.kernel.as_deref(), args.tuning.as_deref(), (operand, operand), shape)?;
    let quantised: Vec<Vec<i8>> = (0..images.count)
        .map(|n| images.image(n).iter().map(|&pixel| quantise(pixel, range)).collect())
        .collect();
    let mut layer = Layer::new(chosen.kernel(), range, (images.rows, images.cols))?;

    let mut outputs = Vec::with_capacity(images.count);
    for image in &quantised {
        layer.run(image)?;
        outputs.push(layer.out.clone());
    }
    let zero = range.lo() as i8;
    for (n, (image, out)) in quantised.iter().zip(&outputs).enumerate() {
        compare(n, &plain_convolution(image, &layer.weights, (images.rows, images.cols), zero), out)?;
    }

    let macs = (images.count * shape.m * shape.n * shape.k) as u64;
    let work = format!(
        "{} images of {}x{} at {} bits ({range}), {SIDE}x{SIDE} convolution to {CHANNELS} channels: {macs} \
         multiply-accumulates",
        images.count,
        images.rows,
        images.cols,
        args.bits()
    );
    let mut report = Report::new(&chosen, work, macs, checksum(outputs.iter().flatten().copied()));
    report.compared = Some((images.count * shape.m * shape.n) as u64);
    let clock = Clock::of(chosen.kernel());
    let timing = clock.time(|| {
        measure(args.warmup as usize, args.reps as usize, || {
            for image in &quantised {
                // Every image has gone through before.
                let _ = std::hint::black_box(layer.run(image));
            }
        })
    });
    report.time(&clock, timing);
    output::print(&if args.json { report.json() } else { report.text() })
}

/// The level of a pixel: black becomes the lowest value of `range`, white the highest.
fn quantise(pixel: u8, range: Range) -> i8 {
    let steps = i32::from(range.hi()) - i32::from(range.lo());
    let level = (i32::from(pixel) * steps * 2 + 255) / (2 * 255);
    (level + i32::from(range.lo())) as i8
}

/// The convolution layer for images of one size.
struct Layer<'k> {
    gemm: Gemm<'k>,
    size: (usize, usize),
    zero: i8,
    /// `weights[p · CHANNELS + channel]` for the window's pixel p.
    weights: Vec<i8>,
    packed: PackedRhs,
    columns: Vec<i8>,
    out: Vec<i32>,
    workspace: Workspace,
}

impl<'k> Layer<'k> {
    fn new(kernel: &'k Kernel, range: Range, size: (usize, usize)) -> Result<Layer<'k>, Failure> {
        let weights = signed(SEED, range, WINDOW * CHANNELS);
        let packed = PackedRhs::pack(kernel, MatRef::new(&weights, WINDOW, CHANNELS)?)?;
        let pixels = size.0 * size.1;
        Ok(Layer {
            gemm: Gemm::new(kernel).lhs_zero_point(range.lo().into()),
            size,
            zero: range.lo() as i8,
            weights,
            packed,
            columns: vec![0; pixels * WINDOW],
            out: vec![0; pixels * CHANNELS],
            workspace: Workspace::new(),
        })
    }

    /// One image to its outputs, im2col included.
    fn run(&mut self, image: &[i8]) -> Result<(), Failure> {
        im2col(image, self.size, self.zero, &mut self.columns);
        let pixels = self.size.0 * self.size.1;
        let lhs = MatRef::new(&self.columns, pixels, WINDOW)?;
        let out = MatMut::new(&mut self.out, pixels, CHANNELS)?;
        Ok(self.gemm.run_with(lhs, &self.packed, out, &mut self.workspace)?)
    }
}

/// The windows around all pixels, one a row; `zero` outside of the image.
fn im2col(image: &[i8], (rows, cols): (usize, usize), zero: i8, columns: &mut [i8]) {
    for (at, window) in columns.chunks_exact_mut(WINDOW).enumerate() {
        let (row, col) = (at / cols, at % cols);
        for (p, value) in window.iter_mut().enumerate() {
            let (y, x) = ((row + p / SIDE).wrapping_sub(PADDING), (col + p % SIDE).wrapping_sub(PADDING));
            *value = if y < rows && x < cols { image[y * cols + x] } else { zero };
        }
    }
}

/// The same outputs by the definition of a convolution layer: pixels outside of the image add nothing.
fn plain_convolution(image: &[i8], weights: &[i8], (rows, cols): (usize, usize), zero: i8) -> Vec<i32> {
    let mut out = vec![0; rows * cols * CHANNELS];
    for y in 0..rows {
        for x in 0..cols {
            for dy in 0..SIDE {
                for dx in 0..SIDE {
                    let (Some(from_y), Some(from_x)) =
                        ((y + dy).checked_sub(PADDING), (x + dx).checked_sub(PADDING))
                    else {
                        continue;
                    };
                    if from_y >= rows || from_x >= cols {
                        continue;
                    }
                    let pixel = i32::from(image[from_y * cols + from_x]) - i32::from(zero);
                    for channel in 0..CHANNELS {
                        let weight = i32::from(weights[(dy * SIDE + dx) * CHANNELS + channel]);
                        out[(y * cols + x) * CHANNELS + channel] += pixel * weight;
                    }
                }
            }
        }
    }
    out
}

fn compare(image: usize, expected: &[i32], got: &[i32]) -> Result<(), Failure> {
    match expected.iter().zip(got).position(|(a, b)| a != b) {
        None if expected.len() == got.len() => Ok(()),
        at => {
            let at = at.unwrap_or(0);
            let (pixel, channel) = (at / CHANNELS, at % CHANNELS);
            Err(Failure(format!(
                "image {image}: channel {channel} of pixel {pixel} is {:?}, the plain convolution says {:?}; \
                 this is a fault of qgen, please report it",
                got.get(at),
                expected.get(at)
            )))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use qgen_runtime::catalog;

    #[test]
    fn pixels_fill_the_range_and_round_to_the_nearest_level() {
        let four = Range::signed(4).unwrap();
        let levels: Vec<i8> = [0, 8, 9, 17, 128, 246, 247, 255].map(|p| quantise(p, four)).to_vec();
        assert_eq!(levels, [-8, -8, -7, -7, 0, 6, 7, 7]);
        assert_eq!(quantise(255, Range::signed(8).unwrap()), 127);
    }

    #[test]
    fn the_layer_is_a_convolution_at_every_width() {
        let size = (6, 7);
        for bits in 2..=8 {
            let range = Range::signed(bits).unwrap();
            let image: Vec<i8> = (0..42).map(|p| quantise((p * 37 % 256) as u8, range)).collect();
            let side = Operand::Int(range);
            let kernel = catalog::all().find(|kernel| kernel.covers(side, side)).unwrap();
            let mut layer = Layer::new(kernel, range, size).unwrap();
            layer.run(&image).unwrap();
            let plain = plain_convolution(&image, &layer.weights, size, layer.zero);
            compare(0, &plain, &layer.out).unwrap();
            layer.out[5] += 1;
            let problem = compare(0, &plain, &layer.out).unwrap_err().0;
            assert!(problem.contains("channel 5 of pixel 0"), "{problem}");
        }
    }
}
