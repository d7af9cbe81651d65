//! Bytes that several values share become registers of one value a byte.
//!
//! Value s of a byte belongs to the s-th step of a block, so that a register of bytes becomes registers
//! of neighbouring values, and whoever multiplies them sees no difference. Values that are at least 0
//! cost `and` (the lowest), `ushr` (the last) or both; others are shifted up, and down again with their
//! sign, the last one only down.

use crate::isa::{Op, Reg};
use crate::program::Builder;
use qgen_spec::KernelSpec;

/// How the bytes of the right side are taken apart.
pub(super) struct Unpack {
    per_byte: usize,
    /// Bits of a value.
    width: i64,
    /// Ones where the lowest value is, for values that are at least 0.
    mask: Option<Reg>,
}

impl Unpack {
    /// For the right side of `spec`, dense ones included.
    pub(super) fn new(spec: &KernelSpec, b: &mut Builder) -> Unpack {
        Unpack {
            per_byte: spec.per_byte.into(),
            width: 8 / i64::from(spec.per_byte),
            mask: has_mask(spec).then(|| b.v("mask")),
        }
    }

    /// Sets what stays the same for the whole kernel.
    pub(super) fn constants(&self, b: &mut Builder) {
        if let Some(mask) = self.mask {
            b.imm(Op::MoviB, &[mask], (1 << self.width) - 1);
        }
    }

    /// The registers of a line's (or a panel's) block from those of its bytes: step after step.
    pub(super) fn values(&self, b: &mut Builder, bytes: Vec<Reg>, name: &str) -> Vec<Reg> {
        if self.per_byte == 1 {
            return bytes;
        }
        let mut steps = vec![Vec::with_capacity(bytes.len()); self.per_byte];
        for (c, &from) in bytes.iter().enumerate() {
            for (s, step) in steps.iter_mut().enumerate() {
                step.push(self.value(b, from, s, format!("{name}.{}", s * bytes.len() + c)));
            }
        }
        steps.concat()
    }

    fn value(&self, b: &mut Builder, from: Reg, s: usize, name: String) -> Reg {
        let (last, lowest) = (s + 1 == self.per_byte, s as i64 * self.width);
        let value = b.v(name);
        let Some(mask) = self.mask else {
            let mut top = from;
            if !last {
                top = b.v("top");
                b.imm(Op::ShlB, &[top, from], 8 - self.width - lowest);
            }
            b.imm(Op::SshrB, &[value, top], 8 - self.width);
            return value;
        };
        let mut low = from;
        if s > 0 {
            low = if last { value } else { b.v("low") };
            b.imm(Op::UshrB, &[low, from], lowest);
        }
        if !last {
            b.op(Op::AndB, &[value, low, mask]);
        }
        value
    }
}

/// Whether a kernel keeps a mask in a register.
pub(crate) fn has_mask(spec: &KernelSpec) -> bool {
    spec.per_byte > 1 && !spec.rhs_signed()
}

/// Whether an instruction of a kernel's main loop only unpacks values: it has no other use there for
/// such instructions.
pub(crate) fn unpacks(spec: &KernelSpec, op: Op) -> bool {
    spec.per_byte > 1 && matches!(op, Op::ShlB | Op::SshrB | Op::UshrB | Op::AndB)
}
