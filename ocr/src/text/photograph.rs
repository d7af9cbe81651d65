//! What a camera makes of ink: perspective, blur, light, paper, noise.

use super::fonts::Ink;
use super::{HEIGHT, Kind, Line, STRONGEST};
use crate::blur;
use crate::random::Stream;
use image::{GrayImage, Luma};
use imageproc::geometric_transformations::{Interpolation, Projection, warp_into};
use std::f64::consts::TAU;

/// The nearest byte.
pub(super) fn byte(number: f64) -> u8 {
    number.round().clamp(0.0, 255.0) as u8
}

/// A photograph of a line.
pub(super) fn taken(text: String, kind: Kind, ink: Ink, stream: &mut Stream) -> Line {
    let width = ink.width;
    let (warped, spans) = tilted(ink.pixels, width, &ink.spans, stream);
    let sigma = STRONGEST * stream.unit();
    let blurred = blur::blurred(&warped, HEIGHT, width, sigma);
    Line { pixels: lit(&blurred, width, stream), width, text, kind, font: ink.font, sigma, spans }
}

/// The ink and the places of its characters, seen from aside: each corner moves by up to 3 columns and 1.8 rows.
fn tilted(
    ink: Vec<u8>,
    width: usize,
    spans: &[(f32, f32)],
    stream: &mut Stream,
) -> (Vec<u8>, Vec<(f32, f32)>) {
    let (right, bottom) = (width as f32, HEIGHT as f32);
    let corners = [(0.0, 0.0), (right, 0.0), (right, bottom), (0.0, bottom)];
    let moved =
        corners.map(|(x, y)| (x + stream.within(-3.0, 3.0) as f32, y + stream.within(-1.8, 1.8) as f32));
    let projection = Projection::from_control_points(corners, moved);
    let image = GrayImage::from_raw(width as u32, HEIGHT as u32, ink.clone());
    let (Some(projection), Some(image)) = (projection, image) else { return (ink, spans.to_vec()) };
    let mut tilted = GrayImage::new(width as u32, HEIGHT as u32);
    warp_into(&image, &projection, Interpolation::Bilinear, Luma([0]), &mut tilted);
    let column = |x: f32| (projection * (x, bottom / 2.0)).0;
    (tilted.into_raw(), spans.iter().map(|&(from, to)| (column(from), column(to))).collect())
}

/// Bytes of ink on paper under uneven light, with the noise of a sensor.
fn lit(ink: &[u8], width: usize, stream: &mut Stream) -> Vec<u8> {
    let paper = stream.within(150.0, 245.0);
    let black = stream.within(0.0, 1.0) * (paper - 80.0).min(90.0);
    // Light falls off to one side; a pattern of fine waves is printed on the paper.
    let (across, down) = (stream.within(-0.25, 0.25), stream.within(-0.15, 0.15));
    let (waves, angle, length) =
        (stream.within(0.0, 10.0), stream.within(0.0, TAU), stream.within(5.0, 20.0));
    let (per_column, per_row) = (angle.cos() * TAU / length, angle.sin() * TAU / length);
    let noise = stream.within(0.0, 9.0);
    let pixel = |(n, &ink): (usize, &u8)| {
        let (x, y) = ((n % width) as f64, (n / width) as f64);
        let light = 1.0 + across * (x / width as f64 - 0.5) + down * (y / HEIGHT as f64 - 0.5);
        let printed = paper + waves * (per_column * x + per_row * y).sin();
        let seen = printed + (black - printed) * f64::from(ink) / 255.0;
        byte(light * seen + noise * stream.normal())
    };
    ink.iter().enumerate().map(pixel).collect()
}
