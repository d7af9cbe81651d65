//! Sums, channel by channel, to results, pixel by pixel.

#![expect(unsafe_code, reason = "intrinsics, and copies to results that were checked to be there")]

use super::super::stored::{Bytes, Sums};
use super::PIXELS;
use super::weights::Group;
use crate::quant::of_channels;

/// What is stored of sums.
pub(in crate::conv) trait Store {
    type Result;

    /// Stores the results of the first `count` pixels of a group's sums, which are `channels` results apart; `results`
    /// begins with the first pixel of the first group, and ends with a pixel.
    ///
    /// # Panics
    /// If there are not so many.
    fn store(&self, group: &Group<'_>, sums: &[[i32; PIXELS]], results: &mut [Self::Result], at: Pixels);
}

/// Where results lie.
#[derive(Clone, Copy)]
pub(in crate::conv) struct Pixels {
    pub(in crate::conv) count: usize,
    /// Results from one pixel to the next.
    pub(in crate::conv) channels: usize,
}

impl Store for Sums {
    type Result = i32;

    fn store(&self, group: &Group<'_>, sums: &[[i32; PIXELS]], results: &mut [i32], at: Pixels) {
        for first in (0..group.len).step_by(4) {
            let len = 4.min(group.len - first);
            let row = |channel: usize| &sums[first + channel.min(len - 1)];
            let pixels = turned_words([row(0), row(1), row(2), row(3)]);
            for (pixel, words) in pixels[..at.count].iter().enumerate() {
                let results = &mut results[pixel * at.channels + group.first + first..];
                match (results.first_chunk_mut(), len) {
                    (Some(four), 4) => *four = *words,
                    _ => results[..len].copy_from_slice(&words[..len]),
                }
            }
        }
    }
}

impl Store for Bytes<'_> {
    type Result = u8;

    fn store(&self, group: &Group<'_>, sums: &[[i32; PIXELS]], results: &mut [u8], at: Pixels) {
        let mut bytes = [[0; PIXELS]; 8];
        of_channels(self.0, group.first, &sums[..group.len], &mut bytes[..group.len]);
        let pixels = &turned(&bytes)[..at.count];
        let results = &mut results[group.first..];
        if group.len == at.channels {
            // What is stored beyond a pixel is its neighbour's, and stored again.
            let eights = results.len().checked_sub(8).map_or(0, |last| last / at.channels + 1);
            let (pixels, last) = pixels.split_at(eights.min(at.count));
            each::<8>(pixels, results, at.channels);
            for (pixel, bytes) in (pixels.len()..).zip(last) {
                results[pixel * at.channels..][..group.len].copy_from_slice(&bytes[..group.len]);
            }
            return;
        }
        match group.len {
            1 => each::<1>(pixels, results, at.channels),
            2 => each::<2>(pixels, results, at.channels),
            3 => each::<3>(pixels, results, at.channels),
            4 => each::<4>(pixels, results, at.channels),
            5 => each::<5>(pixels, results, at.channels),
            6 => each::<6>(pixels, results, at.channels),
            7 => each::<7>(pixels, results, at.channels),
            _ => each::<8>(pixels, results, at.channels),
        }
    }
}

/// The first `N` bytes of each pixel to `results`, `channels` bytes from one to the next.
///
/// # Panics
/// If there are not so many.
#[inline(always)]
fn each<const N: usize>(pixels: &[[u8; 8]], results: &mut [u8], channels: usize) {
    let Some(last) = pixels.len().checked_sub(1) else { return };
    assert!(last * channels + N <= results.len());
    let mut to = results.as_mut_ptr();
    for pixel in pixels {
        // SAFETY: the last pixel's bytes are inside, and it is the farthest. One past it `to` is not used, and may be
        // anywhere.
        unsafe { std::ptr::copy_nonoverlapping(pixel.as_ptr(), to, N) };
        to = to.wrapping_add(channels);
    }
}

/// Rows to columns.
#[cfg(not(target_arch = "aarch64"))]
fn turned_words(rows: [&[i32; PIXELS]; 4]) -> [[i32; 4]; PIXELS] {
    std::array::from_fn(|column| rows.map(|row| row[column]))
}

/// Rows to columns: words, and pairs of them, change places.
#[cfg(target_arch = "aarch64")]
fn turned_words(rows: [&[i32; PIXELS]; 4]) -> [[i32; 4]; PIXELS] {
    use std::arch::aarch64::*;
    let mut columns = [[0; 4]; PIXELS];
    for (four, columns) in columns.chunks_exact_mut(4).enumerate() {
        // SAFETY: rows have 4 words from 4 · four on, and there are 4 columns of 4 words. Advanced SIMD is part of every
        // aarch64 target that this is compiled for.
        unsafe {
            let [a, b, c, d] = rows.map(|row| vld1q_s32(row.as_ptr().add(4 * four)));
            let low = [vzip1q_s32(a, b), vzip2q_s32(a, b)].map(|pair| vreinterpretq_s64_s32(pair));
            let high = [vzip1q_s32(c, d), vzip2q_s32(c, d)].map(|pair| vreinterpretq_s64_s32(pair));
            for half in 0..2 {
                let to = columns.as_mut_ptr().add(2 * half);
                vst1q_s64(to.cast(), vzip1q_s64(low[half], high[half]));
                vst1q_s64(to.add(1).cast(), vzip2q_s64(low[half], high[half]));
            }
        }
    }
    columns
}

/// Rows to columns.
#[cfg(not(target_arch = "aarch64"))]
fn turned(rows: &[[u8; PIXELS]; 8]) -> [[u8; 8]; PIXELS] {
    std::array::from_fn(|column| std::array::from_fn(|row| rows[row][column]))
}

/// Rows to columns: pairs of bytes, of 16 and of 32 bits change places.
#[cfg(target_arch = "aarch64")]
fn turned(rows: &[[u8; PIXELS]; 8]) -> [[u8; 8]; PIXELS] {
    use std::arch::aarch64::*;
    let mut columns = [[0; 8]; PIXELS];
    // SAFETY: rows have 16 bytes; there are 16 columns of 8 bytes, two to a vector. Advanced SIMD is part of every aarch64
    // target that this is compiled for.
    unsafe {
        let row = |at: usize| vld1q_u8(rows[at].as_ptr());
        // Of rows 2i and 2i + 1: the first 8 columns, and the others.
        let pairs: [_; 4] = std::array::from_fn(|i| {
            let (a, b) = (row(2 * i), row(2 * i + 1));
            [vzip1q_u8(a, b), vzip2q_u8(a, b)].map(|pair| vreinterpretq_u16_u8(pair))
        });
        for half in [0, 1] {
            let four = |i: usize| {
                let (a, b) = (pairs[2 * i][half], pairs[2 * i + 1][half]);
                [vzip1q_u16(a, b), vzip2q_u16(a, b)].map(|four| vreinterpretq_u32_u16(four))
            };
            let (low, high) = (four(0), four(1));
            for quarter in 0..2 {
                let (a, b) = (low[quarter], high[quarter]);
                let to = columns.as_mut_ptr().add(8 * half + 4 * quarter);
                vst1q_u32(to.cast(), vzip1q_u32(a, b));
                vst1q_u32(to.add(2).cast(), vzip2q_u32(a, b));
            }
        }
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Range;
    use crate::quant::{Factors, OutputStage, Requantise};

    #[test]
    fn results_are_in_their_places_and_nothing_else_is_touched() {
        let factors = (0..8).map(|channel| Requantise::from_scale(1.0 - f64::from(channel) / 16.0).unwrap());
        let factors = Factors::PerChannel(factors.collect());
        let stage = OutputStage::new(factors, 3, Range::new(-100, 90).unwrap()).unwrap();
        for (first, len, channels) in [(0, 1, 1), (0, 6, 6), (0, 8, 8), (0, 7, 8), (3, 5, 8), (0, 2, 9)] {
            for count in [1, 2, 15, 16] {
                let sums: [[i32; PIXELS]; 8] =
                    std::array::from_fn(|g| std::array::from_fn(|x| 11 * g as i32 - 9 * x as i32));
                let group = Group { first, len, width: len.next_multiple_of(2), weights: &[], starts: &[] };
                let at = Pixels { count, channels };
                let (mut words, mut bytes) = (vec![7; channels * count], vec![7; channels * count]);
                Sums.store(&group, &sums[..group.width], &mut words, at);
                Bytes(&stage).store(&group, &sums[..group.width], &mut bytes, at);
                for (place, (word, byte)) in words.into_iter().zip(bytes).enumerate() {
                    let (pixel, channel) = (place / channels, place % channels);
                    let own = channel.checked_sub(first).filter(|&own| own < len);
                    let (sum, stored) = match own {
                        Some(own) => (sums[own][pixel], stage.apply(sums[own][pixel], channel) as u8),
                        None => (7, 7),
                    };
                    assert_eq!((word, byte), (sum, stored), "{first} {len} of {channels}, {count}: {place}");
                }
            }
        }
    }
}
