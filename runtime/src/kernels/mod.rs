//! The kernels that ship: data on every machine, machine code on aarch64.
//!
//! Generated, committed, and compared with the generator's output by CI. Made by
//! `cargo xtask kernels`; do not edit, run it again.
#![cfg_attr(rustfmt, rustfmt_skip)]

use crate::Kernel;

mod qgen_bits_6x4_lbin_rbin_t6x4k128u1_cortex_a53;
mod qgen_bits_6x4_lbin_rbin_t6x4k128u1s_cortex_a53;
mod qgen_bits_1x24_lbin_rbin_t1x24k128u1_cortex_a53;
mod qgen_bits_1x24_lbin_rbin_t1x24k128u1s_cortex_a53;
mod qgen_bits_2x8_lm1to1_rm1to1_t2x4k128u1_cortex_a53;
mod qgen_bits_2x8_lm1to1_rm1to1_t2x4k128u1s_cortex_a53;
mod qgen_bits_1x8_lm1to1_rm1to1_t1x8k128u1_cortex_a53;
mod qgen_bits_1x8_lm1to1_rm1to1_t1x8k128u1s_cortex_a53;
mod qgen_byte_3x4_lm2to1_rm2to1neg_t3x4k128u1_cortex_a53;
mod qgen_byte_3x4_lm2to1_rm2to1neg_t3x4k128u1s_cortex_a53;
mod qgen_bits_1x8_lm2to1_rm2to1subm2_t1x8k128u1_cortex_a53;
mod qgen_bits_1x8_lm2to1_rm2to1subm2_t1x8k128u1s_cortex_a53;
mod qgen_byte_3x4_lm4to3_rm4to3neg_t3x4k128u1_cortex_a53;
mod qgen_byte_3x4_lm4to3_rm4to3neg_t3x4k128u1s_cortex_a53;
mod qgen_byte_1x8_lm4to3_rm4to3neg_t1x8k128u1_cortex_a53;
mod qgen_byte_1x8_lm4to3_rm4to3neg_t1x8k128u1s_cortex_a53;
mod qgen_byte_8x8_lm8to7_rm8to7neg_t4x4k32u1_cortex_a53;
mod qgen_byte_8x8_lm8to7_rm8to7neg_t4x4k32u1s_cortex_a53;
mod qgen_byte_1x24_lm8to7_rm8to7neg_t1x24k32u1_cortex_a53;
mod qgen_byte_1x24_lm8to7_rm8to7neg_t1x24k32u1s_cortex_a53;
mod qgen_wideninner_4x4_lm16to15_rm16to15neg_t4x4k16u1_cortex_a53;
mod qgen_wideninner_4x4_lm16to15_rm16to15neg_t4x4k16u1s_cortex_a53;
mod qgen_wideninner_1x24_lm16to15_rm16to15neg_t1x24k16u1_cortex_a53;
mod qgen_wideninner_1x24_lm16to15_rm16to15neg_t1x24k16u1s_cortex_a53;
mod qgen_wideninner_4x4_lm32to31_rm32to31neg_t4x4k16u1_cortex_a53;
mod qgen_fip_1x8_lm32to31_rm32to31neg_t1x8k32u4w_cortex_a53;
mod qgen_wideninner_3x4_lm64to63_rm64to63neg_t3x4k16u4w_cortex_a53;
mod qgen_wideninner_1x8_lm64to63_rm64to63neg_t1x8k16u4w_cortex_a53;
mod qgen_pair8_4x4_lm128to127_rm128to127_t4x4k16u1_cortex_a53;
mod qgen_pair8_1x24_lm128to127_rm128to127_t1x24k16u1_cortex_a53;
mod qgen_pair8_4x4_lm128to127_rm127to127_t4x4k16u1_cortex_a53;
mod qgen_pair8_1x24_lm128to127_rm127to127_t1x24k16u1_cortex_a53;
mod qgen_wideninner_4x4_l0to15_r0to15_t4x4k16u1_cortex_a53;
mod qgen_wideninner_4x4_l0to15_r0to15_t4x4k16u1s_cortex_a53;
mod qgen_fip_1x24_l0to15_r0to15neg_t1x24k32u1_cortex_a53;
mod qgen_fip_1x24_l0to15_r0to15neg_t1x24k32u1s_cortex_a53;
mod qgen_fip_4x4_lm8to7_rm8to7neg_t4x4k32u1_cortex_a53;
mod qgen_byte_4x4_lm8to7_rm8to7neg_t4x4k32u1_cortex_a53;
mod qgen_wideninner_4x4_lm8to7_rm8to7neg_t4x4k16u1_cortex_a53;
mod qgen_byte_4x4_lm7to7_rm7to7_t4x4k32u1_cortex_a53;
mod qgen_widenouter_24x8_l0to15_r0to15_t24x8k2u1_cortex_a53;
mod qgen_f32_8x8_lf32_rf32_t8x8k4u1i_cortex_a53;
mod qgen_bits_2x8_lbin_rbin_t2x8k128u1_cortex_a72;
mod qgen_bits_2x8_lbin_rbin_t2x8k128u1s_cortex_a72;
mod qgen_bits_1x8_lbin_rbin_t1x8k128u2_cortex_a72;
mod qgen_bits_1x8_lbin_rbin_t1x8k128u2s_cortex_a72;
mod qgen_bits_8x8_lm1to1_rm1to1_t2x4k128u1_cortex_a72;
mod qgen_bits_8x8_lm1to1_rm1to1_t2x4k128u1s_cortex_a72;
mod qgen_bits_1x8_lm1to1_rm1to1_t1x8k128u1_cortex_a72;
mod qgen_bits_1x8_lm1to1_rm1to1_t1x8k128u1s_cortex_a72;
mod qgen_fip_2x8_lm2to1_rm2to1neg_t2x8k32u1_cortex_a72;
mod qgen_fip_2x8_lm2to1_rm2to1neg_t2x8k32u1s_cortex_a72;
mod qgen_fip_1x24_lm2to1_rm2to1neg_t1x24k32u1_cortex_a72;
mod qgen_fip_1x24_lm2to1_rm2to1neg_t1x24k32u1s_cortex_a72;
mod qgen_fip_2x8_lm4to3_rm4to3neg_t2x8k32u1_cortex_a72;
mod qgen_fip_2x8_lm4to3_rm4to3neg_t2x8k32u1s_cortex_a72;
mod qgen_fip_1x24_lm4to3_rm4to3neg_t1x24k32u1_cortex_a72;
mod qgen_fip_1x24_lm4to3_rm4to3neg_t1x24k32u1s_cortex_a72;
mod qgen_fip_8x8_lm8to7_rm8to7neg_t4x4k32u1_cortex_a72;
mod qgen_fip_8x8_lm8to7_rm8to7neg_t4x4k32u1s_cortex_a72;
mod qgen_fip_1x24_lm8to7_rm8to7neg_t1x24k32u1_cortex_a72;
mod qgen_fip_1x24_lm8to7_rm8to7neg_t1x24k32u1s_cortex_a72;
mod qgen_fip_3x4_lm16to15_rm16to15neg_t3x4k32u1_cortex_a72;
mod qgen_fip_3x4_lm16to15_rm16to15neg_t3x4k32u1s_cortex_a72;
mod qgen_fip_1x24_lm16to15_rm16to15neg_t1x24k32u1_cortex_a72;
mod qgen_fip_1x24_lm16to15_rm16to15neg_t1x24k32u1s_cortex_a72;
mod qgen_fip_4x4_lm32to31_rm32to31neg_t2x4k32u4w_cortex_a72;
mod qgen_fip_1x8_lm32to31_rm32to31neg_t1x8k32u4w_cortex_a72;
mod qgen_fip_2x8_lm64to63_rm64to63neg_t2x8k32u1w_cortex_a72;
mod qgen_fip_1x8_lm64to63_rm64to63neg_t1x8k32u1w_cortex_a72;
mod qgen_pair8_4x4_lm128to127_rm128to127_t4x4k16u1_cortex_a72;
mod qgen_pair8_1x8_lm128to127_rm128to127_t1x8k16u1_cortex_a72;
mod qgen_pair8_4x4_lm128to127_rm127to127_t4x4k16u1_cortex_a72;
mod qgen_pair8_1x8_lm128to127_rm127to127_t1x8k16u1_cortex_a72;
mod qgen_fip_4x4_l0to15_r0to15neg_t4x4k32u1_cortex_a72;
mod qgen_fip_4x4_l0to15_r0to15neg_t4x4k32u1s_cortex_a72;
mod qgen_fip_1x24_l0to15_r0to15neg_t1x24k32u1_cortex_a72;
mod qgen_fip_1x24_l0to15_r0to15neg_t1x24k32u1s_cortex_a72;
mod qgen_fip_4x4_lm8to7_rm8to7neg_t4x4k32u1_cortex_a72;
mod qgen_byte_4x4_lm8to7_rm8to7neg_t4x4k32u1_cortex_a72;
mod qgen_wideninner_4x4_lm8to7_rm8to7neg_t4x4k16u1_cortex_a72;
mod qgen_fip_4x4_lm7to7_rm7to7_t4x4k32u1_cortex_a72;
mod qgen_widenouter_24x8_l0to15_r0to15_t24x8k2u1_cortex_a72;
mod qgen_fip_4x8_lm8to7_rm8to7subm8p2_t4x4k32u1_cortex_a72;
mod qgen_fip_1x24_lm8to7_rm8to7subm8p2_t1x24k32u1_cortex_a72;
mod qgen_f32_8x8_lf32_rf32_t8x8k4u1i_cortex_a72;
mod qgen_bits_2x8_lbin_rbin_t2x8k128u1_neoverse_n1;
mod qgen_bits_2x8_lbin_rbin_t2x8k128u1s_neoverse_n1;
mod qgen_bits_1x8_lbin_rbin_t1x8k128u1_neoverse_n1;
mod qgen_bits_1x8_lbin_rbin_t1x8k128u1s_neoverse_n1;
mod qgen_fip_8x8_lm8to7_rm8to7neg_t4x4k32u1_neoverse_n1;
mod qgen_fip_8x8_lm8to7_rm8to7neg_t4x4k32u1s_neoverse_n1;
mod qgen_dotouter_8x8_lm128to127_rm128to127_t8x8k16u1i_neoverse_n1;
mod qgen_dotouter_1x32_lm128to127_rm128to127_t1x32k16u2i_neoverse_n1;
mod qgen_fip_4x4_l0to15_r0to15neg_t4x4k32u1_neoverse_n1;
mod qgen_fip_4x4_l0to15_r0to15neg_t4x4k32u1s_neoverse_n1;
mod qgen_fip_4x4_lm8to7_rm8to7neg_t4x4k32u1_neoverse_n1;
mod qgen_byte_4x4_lm8to7_rm8to7neg_t4x4k32u1_neoverse_n1;
mod qgen_wideninner_4x4_lm8to7_rm8to7neg_t4x4k16u1_neoverse_n1;
mod qgen_fip_4x4_lm7to7_rm7to7_t4x4k32u1_neoverse_n1;
mod qgen_widenouter_24x8_l0to15_r0to15_t24x8k2u1_neoverse_n1;
mod qgen_dotouter_8x8_lm8to7_rm8to7subm8p2_t8x8k8u1i_neoverse_n1;
mod qgen_dotouter_1x16_lm8to7_rm8to7subm8p2_t1x16k8u1i_neoverse_n1;
mod qgen_dotouter_4x8_lm128to127_rm128to127_t4x8k16u1i_neoverse_n1;
mod qgen_f32_8x8_lf32_rf32_t8x8k4u1i_neoverse_n1;
mod qgen_bits_2x8_lbin_rbin_t2x8k128u1_neoverse_v1;
mod qgen_bits_2x8_lbin_rbin_t2x8k128u1s_neoverse_v1;
mod qgen_bits_1x8_lbin_rbin_t1x8k128u1_neoverse_v1;
mod qgen_mmla_8x8_lm128to127_rm128to127_t8x8k8u2_neoverse_v1;
mod qgen_dotouter_1x32_lm128to127_rm128to127_t1x32k16u1i_neoverse_v1;
mod qgen_mmla_4x8_lm128to127_rm128to127_t4x8k8u2_neoverse_v1;
mod qgen_f32_8x8_lf32_rf32_t8x8k4u1i_neoverse_v1;

/// Every kernel that ships; of kernels for the same core that cost the same, the preferred one first.
pub static SHIPPED: &[&Kernel] = &[
    &qgen_bits_6x4_lbin_rbin_t6x4k128u1_cortex_a53::KERNEL,
    &qgen_bits_6x4_lbin_rbin_t6x4k128u1s_cortex_a53::KERNEL,
    &qgen_bits_1x24_lbin_rbin_t1x24k128u1_cortex_a53::KERNEL,
    &qgen_bits_1x24_lbin_rbin_t1x24k128u1s_cortex_a53::KERNEL,
    &qgen_bits_2x8_lm1to1_rm1to1_t2x4k128u1_cortex_a53::KERNEL,
    &qgen_bits_2x8_lm1to1_rm1to1_t2x4k128u1s_cortex_a53::KERNEL,
    &qgen_bits_1x8_lm1to1_rm1to1_t1x8k128u1_cortex_a53::KERNEL,
    &qgen_bits_1x8_lm1to1_rm1to1_t1x8k128u1s_cortex_a53::KERNEL,
    &qgen_byte_3x4_lm2to1_rm2to1neg_t3x4k128u1_cortex_a53::KERNEL,
    &qgen_byte_3x4_lm2to1_rm2to1neg_t3x4k128u1s_cortex_a53::KERNEL,
    &qgen_bits_1x8_lm2to1_rm2to1subm2_t1x8k128u1_cortex_a53::KERNEL,
    &qgen_bits_1x8_lm2to1_rm2to1subm2_t1x8k128u1s_cortex_a53::KERNEL,
    &qgen_byte_3x4_lm4to3_rm4to3neg_t3x4k128u1_cortex_a53::KERNEL,
    &qgen_byte_3x4_lm4to3_rm4to3neg_t3x4k128u1s_cortex_a53::KERNEL,
    &qgen_byte_1x8_lm4to3_rm4to3neg_t1x8k128u1_cortex_a53::KERNEL,
    &qgen_byte_1x8_lm4to3_rm4to3neg_t1x8k128u1s_cortex_a53::KERNEL,
    &qgen_byte_8x8_lm8to7_rm8to7neg_t4x4k32u1_cortex_a53::KERNEL,
    &qgen_byte_8x8_lm8to7_rm8to7neg_t4x4k32u1s_cortex_a53::KERNEL,
    &qgen_byte_1x24_lm8to7_rm8to7neg_t1x24k32u1_cortex_a53::KERNEL,
    &qgen_byte_1x24_lm8to7_rm8to7neg_t1x24k32u1s_cortex_a53::KERNEL,
    &qgen_wideninner_4x4_lm16to15_rm16to15neg_t4x4k16u1_cortex_a53::KERNEL,
    &qgen_wideninner_4x4_lm16to15_rm16to15neg_t4x4k16u1s_cortex_a53::KERNEL,
    &qgen_wideninner_1x24_lm16to15_rm16to15neg_t1x24k16u1_cortex_a53::KERNEL,
    &qgen_wideninner_1x24_lm16to15_rm16to15neg_t1x24k16u1s_cortex_a53::KERNEL,
    &qgen_wideninner_4x4_lm32to31_rm32to31neg_t4x4k16u1_cortex_a53::KERNEL,
    &qgen_fip_1x8_lm32to31_rm32to31neg_t1x8k32u4w_cortex_a53::KERNEL,
    &qgen_wideninner_3x4_lm64to63_rm64to63neg_t3x4k16u4w_cortex_a53::KERNEL,
    &qgen_wideninner_1x8_lm64to63_rm64to63neg_t1x8k16u4w_cortex_a53::KERNEL,
    &qgen_pair8_4x4_lm128to127_rm128to127_t4x4k16u1_cortex_a53::KERNEL,
    &qgen_pair8_1x24_lm128to127_rm128to127_t1x24k16u1_cortex_a53::KERNEL,
    &qgen_pair8_4x4_lm128to127_rm127to127_t4x4k16u1_cortex_a53::KERNEL,
    &qgen_pair8_1x24_lm128to127_rm127to127_t1x24k16u1_cortex_a53::KERNEL,
    &qgen_wideninner_4x4_l0to15_r0to15_t4x4k16u1_cortex_a53::KERNEL,
    &qgen_wideninner_4x4_l0to15_r0to15_t4x4k16u1s_cortex_a53::KERNEL,
    &qgen_fip_1x24_l0to15_r0to15neg_t1x24k32u1_cortex_a53::KERNEL,
    &qgen_fip_1x24_l0to15_r0to15neg_t1x24k32u1s_cortex_a53::KERNEL,
    &qgen_fip_4x4_lm8to7_rm8to7neg_t4x4k32u1_cortex_a53::KERNEL,
    &qgen_byte_4x4_lm8to7_rm8to7neg_t4x4k32u1_cortex_a53::KERNEL,
    &qgen_wideninner_4x4_lm8to7_rm8to7neg_t4x4k16u1_cortex_a53::KERNEL,
    &qgen_byte_4x4_lm7to7_rm7to7_t4x4k32u1_cortex_a53::KERNEL,
    &qgen_widenouter_24x8_l0to15_r0to15_t24x8k2u1_cortex_a53::KERNEL,
    &qgen_f32_8x8_lf32_rf32_t8x8k4u1i_cortex_a53::KERNEL,
    &qgen_bits_2x8_lbin_rbin_t2x8k128u1_cortex_a72::KERNEL,
    &qgen_bits_2x8_lbin_rbin_t2x8k128u1s_cortex_a72::KERNEL,
    &qgen_bits_1x8_lbin_rbin_t1x8k128u2_cortex_a72::KERNEL,
    &qgen_bits_1x8_lbin_rbin_t1x8k128u2s_cortex_a72::KERNEL,
    &qgen_bits_8x8_lm1to1_rm1to1_t2x4k128u1_cortex_a72::KERNEL,
    &qgen_bits_8x8_lm1to1_rm1to1_t2x4k128u1s_cortex_a72::KERNEL,
    &qgen_bits_1x8_lm1to1_rm1to1_t1x8k128u1_cortex_a72::KERNEL,
    &qgen_bits_1x8_lm1to1_rm1to1_t1x8k128u1s_cortex_a72::KERNEL,
    &qgen_fip_2x8_lm2to1_rm2to1neg_t2x8k32u1_cortex_a72::KERNEL,
    &qgen_fip_2x8_lm2to1_rm2to1neg_t2x8k32u1s_cortex_a72::KERNEL,
    &qgen_fip_1x24_lm2to1_rm2to1neg_t1x24k32u1_cortex_a72::KERNEL,
    &qgen_fip_1x24_lm2to1_rm2to1neg_t1x24k32u1s_cortex_a72::KERNEL,
    &qgen_fip_2x8_lm4to3_rm4to3neg_t2x8k32u1_cortex_a72::KERNEL,
    &qgen_fip_2x8_lm4to3_rm4to3neg_t2x8k32u1s_cortex_a72::KERNEL,
    &qgen_fip_1x24_lm4to3_rm4to3neg_t1x24k32u1_cortex_a72::KERNEL,
    &qgen_fip_1x24_lm4to3_rm4to3neg_t1x24k32u1s_cortex_a72::KERNEL,
    &qgen_fip_8x8_lm8to7_rm8to7neg_t4x4k32u1_cortex_a72::KERNEL,
    &qgen_fip_8x8_lm8to7_rm8to7neg_t4x4k32u1s_cortex_a72::KERNEL,
    &qgen_fip_1x24_lm8to7_rm8to7neg_t1x24k32u1_cortex_a72::KERNEL,
    &qgen_fip_1x24_lm8to7_rm8to7neg_t1x24k32u1s_cortex_a72::KERNEL,
    &qgen_fip_3x4_lm16to15_rm16to15neg_t3x4k32u1_cortex_a72::KERNEL,
    &qgen_fip_3x4_lm16to15_rm16to15neg_t3x4k32u1s_cortex_a72::KERNEL,
    &qgen_fip_1x24_lm16to15_rm16to15neg_t1x24k32u1_cortex_a72::KERNEL,
    &qgen_fip_1x24_lm16to15_rm16to15neg_t1x24k32u1s_cortex_a72::KERNEL,
    &qgen_fip_4x4_lm32to31_rm32to31neg_t2x4k32u4w_cortex_a72::KERNEL,
    &qgen_fip_1x8_lm32to31_rm32to31neg_t1x8k32u4w_cortex_a72::KERNEL,
    &qgen_fip_2x8_lm64to63_rm64to63neg_t2x8k32u1w_cortex_a72::KERNEL,
    &qgen_fip_1x8_lm64to63_rm64to63neg_t1x8k32u1w_cortex_a72::KERNEL,
    &qgen_pair8_4x4_lm128to127_rm128to127_t4x4k16u1_cortex_a72::KERNEL,
    &qgen_pair8_1x8_lm128to127_rm128to127_t1x8k16u1_cortex_a72::KERNEL,
    &qgen_pair8_4x4_lm128to127_rm127to127_t4x4k16u1_cortex_a72::KERNEL,
    &qgen_pair8_1x8_lm128to127_rm127to127_t1x8k16u1_cortex_a72::KERNEL,
    &qgen_fip_4x4_l0to15_r0to15neg_t4x4k32u1_cortex_a72::KERNEL,
    &qgen_fip_4x4_l0to15_r0to15neg_t4x4k32u1s_cortex_a72::KERNEL,
    &qgen_fip_1x24_l0to15_r0to15neg_t1x24k32u1_cortex_a72::KERNEL,
    &qgen_fip_1x24_l0to15_r0to15neg_t1x24k32u1s_cortex_a72::KERNEL,
    &qgen_fip_4x4_lm8to7_rm8to7neg_t4x4k32u1_cortex_a72::KERNEL,
    &qgen_byte_4x4_lm8to7_rm8to7neg_t4x4k32u1_cortex_a72::KERNEL,
    &qgen_wideninner_4x4_lm8to7_rm8to7neg_t4x4k16u1_cortex_a72::KERNEL,
    &qgen_fip_4x4_lm7to7_rm7to7_t4x4k32u1_cortex_a72::KERNEL,
    &qgen_widenouter_24x8_l0to15_r0to15_t24x8k2u1_cortex_a72::KERNEL,
    &qgen_fip_4x8_lm8to7_rm8to7subm8p2_t4x4k32u1_cortex_a72::KERNEL,
    &qgen_fip_1x24_lm8to7_rm8to7subm8p2_t1x24k32u1_cortex_a72::KERNEL,
    &qgen_f32_8x8_lf32_rf32_t8x8k4u1i_cortex_a72::KERNEL,
    &qgen_bits_2x8_lbin_rbin_t2x8k128u1_neoverse_n1::KERNEL,
    &qgen_bits_2x8_lbin_rbin_t2x8k128u1s_neoverse_n1::KERNEL,
    &qgen_bits_1x8_lbin_rbin_t1x8k128u1_neoverse_n1::KERNEL,
    &qgen_bits_1x8_lbin_rbin_t1x8k128u1s_neoverse_n1::KERNEL,
    &qgen_fip_8x8_lm8to7_rm8to7neg_t4x4k32u1_neoverse_n1::KERNEL,
    &qgen_fip_8x8_lm8to7_rm8to7neg_t4x4k32u1s_neoverse_n1::KERNEL,
    &qgen_dotouter_8x8_lm128to127_rm128to127_t8x8k16u1i_neoverse_n1::KERNEL,
    &qgen_dotouter_1x32_lm128to127_rm128to127_t1x32k16u2i_neoverse_n1::KERNEL,
    &qgen_fip_4x4_l0to15_r0to15neg_t4x4k32u1_neoverse_n1::KERNEL,
    &qgen_fip_4x4_l0to15_r0to15neg_t4x4k32u1s_neoverse_n1::KERNEL,
    &qgen_fip_4x4_lm8to7_rm8to7neg_t4x4k32u1_neoverse_n1::KERNEL,
    &qgen_byte_4x4_lm8to7_rm8to7neg_t4x4k32u1_neoverse_n1::KERNEL,
    &qgen_wideninner_4x4_lm8to7_rm8to7neg_t4x4k16u1_neoverse_n1::KERNEL,
    &qgen_fip_4x4_lm7to7_rm7to7_t4x4k32u1_neoverse_n1::KERNEL,
    &qgen_widenouter_24x8_l0to15_r0to15_t24x8k2u1_neoverse_n1::KERNEL,
    &qgen_dotouter_8x8_lm8to7_rm8to7subm8p2_t8x8k8u1i_neoverse_n1::KERNEL,
    &qgen_dotouter_1x16_lm8to7_rm8to7subm8p2_t1x16k8u1i_neoverse_n1::KERNEL,
    &qgen_dotouter_4x8_lm128to127_rm128to127_t4x8k16u1i_neoverse_n1::KERNEL,
    &qgen_f32_8x8_lf32_rf32_t8x8k4u1i_neoverse_n1::KERNEL,
    &qgen_bits_2x8_lbin_rbin_t2x8k128u1_neoverse_v1::KERNEL,
    &qgen_bits_2x8_lbin_rbin_t2x8k128u1s_neoverse_v1::KERNEL,
    &qgen_bits_1x8_lbin_rbin_t1x8k128u1_neoverse_v1::KERNEL,
    &qgen_mmla_8x8_lm128to127_rm128to127_t8x8k8u2_neoverse_v1::KERNEL,
    &qgen_dotouter_1x32_lm128to127_rm128to127_t1x32k16u1i_neoverse_v1::KERNEL,
    &qgen_mmla_4x8_lm128to127_rm128to127_t4x8k8u2_neoverse_v1::KERNEL,
    &qgen_f32_8x8_lf32_rf32_t8x8k4u1i_neoverse_v1::KERNEL,
];
