//! Kernel names are a grammar: every name parses back to its specification.
//!
//! ```text
//! qgen_fip_8x8_lm8to7_rm8to7neg_t4x4k32u1_cortex_a72
//!      │   │   │      │     │    │   │  │  └ core, with _ for -
//!      │   │   │      │     │    │   │  └ unroll: blocks per iteration; i: the left side is read in place;
//!      │   │   │      │     │    │   │    w: widened once in each; s: the form for short k; f256: lines of
//!      │   │   │      │     │    │   │    the right side are asked for 256 bytes ahead; oi8, ou8 or of32:
//!      │   │   │      │     │    │   │    what is stored, if not the sums
//!      │   │   │      │     │    │   └ k-block: depth values per block of the packed layouts
//!      │   │   │      │     │    └ register tile: panel widths of the packed layouts
//!      │   │   │      │     └ storage of the right side: nothing, neg, or sub and a number; then p2 or
//!      │   │   │      │       p4 where so many values share a byte
//!      │   │   │      └ range of the right side as given (m is minus), or f32
//!      │   │   └ range of the left side
//!      │   └ tile: rows x columns of one call
//!      └ strategy
//! ```

use crate::{Diagnostic, End, Field, KernelSpec, Operand, Range, Storage, Strategy, Tile};
use alloc::format;
use alloc::string::ToString;
use core::fmt;
use core::str::FromStr;

struct Number(i16);

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", if self.0 < 0 { "m" } else { "" }, self.0.unsigned_abs())
    }
}

struct Side(Operand);

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Operand::Int(r) => write!(f, "{}to{}", Number(r.lo()), Number(r.hi())),
            Operand::Binary => f.write_str("bin"),
            Operand::F32 => f.write_str("f32"),
        }
    }
}

impl fmt::Display for KernelSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "qgen_{}_{}_l{}_r{}", self.strategy, self.tile, Side(self.lhs), Side(self.rhs))?;
        match self.storage {
            Storage::Keep => {}
            Storage::Negate => f.write_str("neg")?,
            Storage::Shift(by) => write!(f, "sub{}", Number(by))?,
        }
        if self.per_byte != 1 {
            write!(f, "p{}", self.per_byte)?;
        }
        let in_place = if self.in_place { "i" } else { "" };
        let widen = if self.widen_in_loop { "w" } else { "" };
        let short = if self.short { "s" } else { "" };
        write!(f, "_t{}k{}u{}{in_place}{widen}{short}", self.register_tile, self.k_block, self.unroll)?;
        if self.prefetch != 0 {
            write!(f, "f{}", self.prefetch)?;
        }
        if self.end != End::Sums {
            write!(f, "o{}", self.end)?;
        }
        f.write_str("_")?;
        f.write_str(&self.core.replace('-', "_"))
    }
}

fn number(text: &str) -> Option<i16> {
    let (digits, sign) = text.strip_prefix('m').map_or((text, 1), |rest| (rest, -1));
    let canonical = !digits.is_empty()
        && digits.bytes().all(|b| b.is_ascii_digit())
        && (digits == "0" || !digits.starts_with('0'));
    let value = if canonical { digits.parse::<i16>().ok()? } else { return None };
    if value == 0 && sign < 0 { None } else { Some(sign * value) }
}

fn side(text: &str) -> Option<Operand> {
    match text {
        "f32" => return Some(Operand::F32),
        "bin" => return Some(Operand::Binary),
        _ => {}
    }
    let (lo, hi) = text.split_once("to")?;
    Range::new(number(lo)?, number(hi)?).map(Operand::Int)
}

fn storage(text: &str) -> Option<(&str, Storage)> {
    if let Some(range) = text.strip_suffix("neg") {
        return Some((range, Storage::Negate));
    }
    match text.split_once("sub") {
        Some((range, by)) => Some((range, Storage::Shift(number(by)?))),
        None => Some((text, Storage::Keep)),
    }
}

/// The values in a byte, behind all else that is said about the right side.
fn per_byte(text: &str) -> (&str, u8) {
    match (text.strip_suffix("p2"), text.strip_suffix("p4")) {
        (Some(rest), _) => (rest, 2),
        (_, Some(rest)) => (rest, 4),
        _ => (text, 1),
    }
}

fn positive(text: &str) -> Option<u16> {
    number(text).and_then(|v| u16::try_from(v).ok()).filter(|&v| v > 0)
}

fn parse(text: &str) -> Option<KernelSpec> {
    let rest = text.strip_prefix("qgen_")?;
    let mut parts = rest.splitn(6, '_');
    let strategy: Strategy = parts.next()?.parse().ok()?;
    let tile: Tile = parts.next()?.parse().ok()?;
    let lhs = side(parts.next()?.strip_prefix('l')?)?;
    let (rhs, per_byte) = per_byte(parts.next()?.strip_prefix('r')?);
    let (rhs, storage) = storage(rhs)?;
    let rhs = side(rhs)?;
    let (register_tile, shape) = parts.next()?.strip_prefix('t')?.split_once('k')?;
    let (shape, end) = match shape.split_once('o') {
        Some((shape, end)) => (shape, end.parse().ok()?),
        None => (shape, End::Sums),
    };
    let (shape, prefetch) = match shape.split_once('f') {
        Some((shape, ahead)) => (shape, positive(ahead)?),
        None => (shape, 0),
    };
    let (k_block, unroll) = shape.split_once('u')?;
    let (unroll, short) = unroll.strip_suffix('s').map_or((unroll, false), |u| (u, true));
    let (unroll, widen_in_loop) = unroll.strip_suffix('w').map_or((unroll, false), |u| (u, true));
    let (unroll, in_place) = unroll.strip_suffix('i').map_or((unroll, false), |u| (u, true));
    let core = parts.next()?;
    let core_ok =
        !core.is_empty() && core.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    core_ok.then_some(KernelSpec {
        strategy,
        tile,
        lhs,
        rhs,
        storage,
        per_byte,
        in_place,
        register_tile: register_tile.parse().ok()?,
        k_block: positive(k_block)?,
        unroll: positive(unroll)?,
        widen_in_loop,
        short,
        prefetch,
        end,
        core: core.replace('_', "-").into(),
    })
}

impl FromStr for KernelSpec {
    type Err = Diagnostic;

    fn from_str(text: &str) -> Result<KernelSpec, Diagnostic> {
        parse(text).filter(|spec| spec.to_string() == text).ok_or_else(|| {
            Diagnostic::new(
                Field::Kernel,
                format!("`{text}` is not a kernel name"),
                "a name reads qgen_STRATEGY_MxN_lRANGE_rRANGE_tMxNkKuU_CORE, \
                 for example qgen_fip_8x8_lm8to7_rm8to7neg_t4x4k32u1_cortex_a72; `qgen list` shows all",
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_parse_back() {
        for name in [
            "qgen_fip_8x8_lm8to7_rm8to7neg_t4x4k32u1_cortex_a72",
            "qgen_widenouter_24x8_l0to15_r0to15_t24x8k2u1_neoverse_n1",
            "qgen_pair8_4x4_lm128to127_rm128to127_t4x4k16u1_cortex_a53",
            "qgen_byte_4x4_l0to15_r0to15sub8_t4x4k16u2_cortex_a53",
            "qgen_f32_8x8_lf32_rf32_t8x8k1u4_cortex_a72",
            "qgen_fip_3x3_lm32to31_rm32to31neg_t3x3k32u4w_cortex_a72",
            "qgen_bits_4x4_lbin_rm1to1_t4x4k128u1_cortex_a53",
            "qgen_fip_4x4_lm8to7_rm8to7neg_t4x4k32u1s_cortex_a72",
            "qgen_fip_4x4_lm8to7_rm8to7neg_t4x4k32u1oi8_cortex_a72",
            "qgen_fip_4x4_lm8to7_rm8to7neg_t4x4k32u1sou8_cortex_a72",
            "qgen_pair8_4x4_lm128to127_rm127to127_t4x4k16u2of32_cortex_a72",
            "qgen_fip_4x4_lm8to7_rm8to7p2_t4x4k32u1_cortex_a72",
            "qgen_dot_4x4_lm8to7_r0to3sub0p4_t4x4k64u2_neoverse_n1",
            "qgen_byte_1x8_lm8to7_rm7to7negp2_t1x8k32u1_cortex_a53",
            "qgen_dot_4x4_lm8to7_rm8to7subm8p2_t4x4k32u1_neoverse_n1",
            "qgen_byte_4x4_lbin_rbinp4_t4x4k64u1_cortex_a53",
            "qgen_dotouter_8x8_lm8to7_rm8to7_t8x8k16u2i_neoverse_n1",
            "qgen_f32_8x8_lf32_rf32_t8x8k4u1i_cortex_a72",
            "qgen_byte_1x24_lm8to7_rm8to7neg_t1x24k32u1f256_cortex_a53",
            "qgen_fip_4x4_lm8to7_rm8to7neg_t4x4k32u1sf64_cortex_a72",
            "qgen_f32_8x8_lf32_rf32_t8x8k4u2if4096of32_cortex_a72",
        ] {
            let spec: KernelSpec = name.parse().unwrap();
            assert_eq!(spec.to_string(), name);
        }
    }

    #[test]
    fn near_misses_are_refused() {
        for name in [
            "",
            "qgen",
            "qgen_fip_8x8_lm8to7_rm8to7neg_t4x4k32u1_",
            "qgen_fip_8x8_lm8to7_rm8to7neg_t4x4k32u0_cortex_a72",
            "qgen_fip_08x8_lm8to7_rm8to7neg_t4x4k32u1_cortex_a72",
            "qgen_fip_8x8_lm8to07_rm8to7neg_t4x4k32u1_cortex_a72",
            "qgen_fip_8x8_l8to-7_rm8to7neg_t4x4k32u1_cortex_a72",
            "qgen_fip_8x8_lm8to7_rm8to7neg_t4x4k32u1_Cortex-A72",
            "qgen_fip_8x8_lm8to7_rm8to7neg_t4x4k32us_cortex_a72",
            "qgen_fip_8x8_lm8to7_rm8to7neg_t4x4k32u1sw_cortex_a72",
            "qgen_fip_4x4_lm8to7_rm8to7neg_t4x4k32u1oi32_cortex_a72",
            "qgen_fip_4x4_lm8to7_rm8to7neg_t4x4k32u1oi16_cortex_a72",
            "qgen_fip_4x4_lm8to7_rm8to7neg_t4x4k32u1oi8s_cortex_a72",
            "qgen_f32_8x8_lf32_rf32_t8x8k4iu1_cortex_a72",
            "qgen_fip_4x4_lm8to7_rm8to7p1_t4x4k32u1_cortex_a72",
            "qgen_fip_4x4_lm8to7_rm8to7p3_t4x4k32u1_cortex_a72",
            "qgen_fip_4x4_lm8to7_rm8to7p8_t4x4k32u1_cortex_a72",
            "qgen_fip_4x4_lm8to7_rm8to7p02_t4x4k32u1_cortex_a72",
            "qgen_fip_4x4_lm8to7_rm8to7p2p2_t4x4k32u1_cortex_a72",
            "qgen_fip_4x4_lm8to7_rm8to7p2neg_t4x4k32u1_cortex_a72",
            "qgen_fip_4x4_lm8to7p2_rm8to7_t4x4k32u1_cortex_a72",
            "qgen_fip_4x4_lm8to7_rm8to7neg_t4x4k32u1f0_cortex_a72",
            "qgen_fip_4x4_lm8to7_rm8to7neg_t4x4k32u1f_cortex_a72",
            "qgen_fip_4x4_lm8to7_rm8to7neg_t4x4k32u1f064_cortex_a72",
            "qgen_fip_4x4_lm8to7_rm8to7neg_t4x4k32u1f64s_cortex_a72",
            "qgen_fip_300x8_lm8to7_rm8to7neg_t4x4k32u1_cortex_a72",
        ] {
            assert!(name.parse::<KernelSpec>().is_err(), "{name}");
        }
    }
}
