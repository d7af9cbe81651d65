//! Gaussian blur of byte images, as the protocol defines it.
//!
//! Separable: weights exp(−d²/2σ²) for |d| ≤ ⌈3σ⌉, normalised to sum 1. Pixels outside of the image are 0, MNIST's
//! background. The result is rounded to bytes once, at the end: a blurred image is an image again.

use crate::random::Stream;

/// The strongest blur of the experiment, in pixels.
pub const STRONGEST: f64 = 4.0;

/// Draws a standard deviation for one image: uniform in 0..[`STRONGEST`] pixels.
pub fn draw(stream: &mut Stream) -> f64 {
    STRONGEST * stream.unit()
}

/// The weights for distances 0, 1, …, ⌈3σ⌉.
fn weights(sigma: f64) -> Vec<f32> {
    let reach = (3.0 * sigma).ceil() as usize;
    let of = |d: usize| (-((d * d) as f64) / (2.0 * sigma * sigma)).exp();
    let sum = of(0) + 2.0 * (1..=reach).map(of).sum::<f64>();
    (0..=reach).map(|d| (of(d) / sum) as f32).collect()
}

/// Blurs an image of `rows` by `columns` bytes with standard deviation `sigma`, in pixels. 0 changes nothing.
///
/// # Panics
/// If `image` has another size, or `sigma` is negative or no number.
#[must_use]
pub fn blurred(image: &[u8], rows: usize, columns: usize, sigma: f64) -> Vec<u8> {
    assert_eq!(image.len(), rows * columns, "the image has another size");
    assert!(sigma >= 0.0, "sigma is {sigma}");
    if sigma == 0.0 {
        return image.to_vec();
    }
    let weights = weights(sigma);
    let floats: Vec<f32> = image.iter().map(|&byte| f32::from(byte)).collect();
    // Down the columns twice, turned in between: sums of whole rows are what vector units do well.
    let down = turned(&summed(&floats, columns, &weights), columns);
    let across = turned(&summed(&down, rows, &weights), rows);
    across.iter().map(|&sum| sum.round().clamp(0.0, 255.0) as u8).collect()
}

/// Each row as the weighted sum of the rows around it.
fn summed(image: &[f32], columns: usize, weights: &[f32]) -> Vec<f32> {
    let rows = image.len() / columns;
    let mut sums = vec![0.0; image.len()];
    for (row, sum) in sums.chunks_exact_mut(columns).enumerate() {
        let from = row.saturating_sub(weights.len() - 1);
        let to = (row + weights.len()).min(rows);
        for (other, pixels) in image.chunks_exact(columns).enumerate().take(to).skip(from) {
            let weight = weights[row.abs_diff(other)];
            for (sum, pixel) in sum.iter_mut().zip(pixels) {
                *sum += weight * pixel;
            }
        }
    }
    sums
}

fn turned(image: &[f32], columns: usize) -> Vec<f32> {
    let rows = image.len() / columns;
    let mut turned = vec![0.0; image.len()];
    for (row, pixels) in image.chunks_exact(columns).enumerate() {
        for (column, &pixel) in pixels.iter().enumerate() {
            turned[column * rows + row] = pixel;
        }
    }
    turned
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_blur_is_no_change_and_a_flat_inside_stays_flat() {
        let image: Vec<u8> = (0..28 * 28).map(|n| (n * 7 % 256) as u8).collect();
        assert_eq!(blurred(&image, 28, 28, 0.0), image);
        let flat = blurred(&[200; 28 * 28], 28, 28, 1.0);
        assert_eq!(flat[14 * 28 + 14], 200);
        assert!(flat[0] < 200, "outside is background");
    }

    #[test]
    fn a_dot_becomes_the_gaussian() {
        let (rows, columns, sigma) = (33, 41, 2.5);
        let mut image = vec![0; rows * columns];
        image[16 * columns + 20] = 255;
        let spot = blurred(&image, rows, columns, sigma);
        let gauss = |d: f64| (-d * d / (2.0 * sigma * sigma)).exp();
        let sum: f64 = (-8..=8).map(|d| gauss(f64::from(d))).sum();
        for row in 0..rows {
            for column in 0..columns {
                let (down, across) = (row as f64 - 16.0, column as f64 - 20.0);
                let inside = down.abs() <= 8.0 && across.abs() <= 8.0;
                let exact = if inside { 255.0 * gauss(down) * gauss(across) / (sum * sum) } else { 0.0 };
                let difference = (f64::from(spot[row * columns + column]) - exact).abs();
                assert!(difference <= 0.51, "{row} {column}: {difference}");
            }
        }
    }

    #[test]
    fn more_blur_has_less_contrast_and_tiny_blur_is_none() {
        let mut image = vec![0; 28 * 28];
        image[300..310].fill(255);
        let peaks: Vec<u8> = [0.01, 0.5, 1.0, 2.0, 4.0]
            .map(|sigma| *blurred(&image, 28, 28, sigma).iter().max().unwrap())
            .to_vec();
        assert_eq!(peaks[0], 255);
        assert!(peaks.is_sorted_by(|a, b| a > b), "{peaks:?}");
    }
}
