//! Numbers: what the machine computes, lanes wrapping.

use super::{Domain, Fault, steps};
use crate::isa::Step;

/// The domain of actual register contents.
#[derive(Clone, Copy, Debug, Default)]
pub struct Concrete;

fn float(bits: &i64) -> f32 {
    f32::from_bits(*bits as u32)
}

impl Domain for Concrete {
    type Vector = [u8; 16];
    type Int = i64;

    #[inline]
    fn lane(&self, v: &[u8; 16], bits: u8, index: u8, signed: bool) -> Result<i64, Fault> {
        let bytes = usize::from(bits / 8);
        let at = usize::from(index) * bytes;
        let mut raw = [0; 8];
        raw[..bytes].copy_from_slice(&v[at..at + bytes]);
        let value = i64::from_le_bytes(raw);
        let unused = 64 - u32::from(bits);
        Ok(if signed { value << unused >> unused } else { value })
    }

    #[inline]
    fn vector(&self, bits: u8, _signed: bool, lanes: &[i64]) -> Result<[u8; 16], Fault> {
        let bytes = usize::from(bits / 8);
        let mut out = [0; 16];
        for (slot, lane) in out.chunks_exact_mut(bytes).zip(lanes) {
            slot.copy_from_slice(&lane.to_le_bytes()[..bytes]);
        }
        Ok(out)
    }

    fn int(&self, value: i64) -> i64 {
        value
    }

    fn add(&self, a: &i64, b: &i64) -> Result<i64, Fault> {
        Ok(a.wrapping_add(*b))
    }

    fn sub(&self, a: &i64, b: &i64) -> Result<i64, Fault> {
        Ok(a.wrapping_sub(*b))
    }

    fn mul(&self, a: &i64, b: &i64) -> Result<i64, Fault> {
        Ok(a.wrapping_mul(*b))
    }

    fn and(&self, a: &i64, b: &i64) -> Result<i64, Fault> {
        Ok(a & b)
    }

    fn xor(&self, a: &i64, b: &i64) -> Result<i64, Fault> {
        Ok(a ^ b)
    }

    fn and_not(&self, a: &i64, b: &i64) -> Result<i64, Fault> {
        Ok(a & !b)
    }

    fn count_ones(&self, a: &i64) -> Result<i64, Fault> {
        Ok(i64::from(a.count_ones()))
    }

    fn shift_right(&self, a: &i64, by: u32) -> Result<i64, Fault> {
        Ok(a >> by)
    }

    fn step(&self, step: Step, a: &i64, b: Option<&i64>) -> Result<i64, Fault> {
        Ok(steps::of_numbers(step, *a, b.copied().unwrap_or(0)))
    }

    fn float_add(&self, a: &i64, b: &i64) -> Result<i64, Fault> {
        Ok(i64::from((float(a) + float(b)).to_bits()))
    }

    fn float_mul_add(&self, a: &i64, b: &i64, c: &i64) -> Result<i64, Fault> {
        Ok(i64::from(float(a).mul_add(float(b), float(c)).to_bits()))
    }
}
