//! The kernels that ship: data on every machine, machine code on aarch64.
//!
//! Generated, committed, and compared with the generator's output by CI. Made by
//! `cargo xtask kernels`; do not edit, run it again.
#![cfg_attr(rustfmt, rustfmt_skip)]

use crate::Kernel;

mod qgen_byte_8x8_lm8to7_rm8to7neg_t4x4k32u1_cortex_a53;
mod qgen_fip_4x4_lm8to7_rm8to7neg_t4x4k32u1_cortex_a53;
mod qgen_byte_4x4_lm8to7_rm8to7neg_t4x4k32u1_cortex_a53;
mod qgen_wideninner_4x4_lm8to7_rm8to7neg_t4x4k16u1_cortex_a53;
mod qgen_byte_4x4_lm7to7_rm7to7_t4x4k32u1_cortex_a53;
mod qgen_fip_4x4_l0to15_r0to15neg_t4x4k32u1_cortex_a53;
mod qgen_widenouter_24x8_l0to15_r0to15_t24x8k2u1_cortex_a53;
mod qgen_pair8_4x4_lm128to127_rm127to127_t4x4k16u1_cortex_a53;
mod qgen_pair8_4x4_lm128to127_rm128to127_t4x4k16u1_cortex_a53;
mod qgen_f32_8x8_lf32_rf32_t8x8k1u1_cortex_a53;
mod qgen_fip_8x8_lm8to7_rm8to7neg_t4x4k32u1_cortex_a72;
mod qgen_fip_4x4_lm8to7_rm8to7neg_t4x4k32u1_cortex_a72;
mod qgen_byte_4x4_lm8to7_rm8to7neg_t4x4k32u1_cortex_a72;
mod qgen_wideninner_4x4_lm8to7_rm8to7neg_t4x4k16u1_cortex_a72;
mod qgen_fip_4x4_lm7to7_rm7to7_t4x4k32u1_cortex_a72;
mod qgen_fip_4x4_l0to15_r0to15neg_t4x4k32u1_cortex_a72;
mod qgen_widenouter_24x8_l0to15_r0to15_t24x8k2u1_cortex_a72;
mod qgen_pair8_4x4_lm128to127_rm127to127_t4x4k16u1_cortex_a72;
mod qgen_pair8_4x4_lm128to127_rm128to127_t4x4k16u1_cortex_a72;
mod qgen_f32_8x8_lf32_rf32_t8x8k1u1_cortex_a72;
mod qgen_fip_8x8_lm8to7_rm8to7neg_t4x4k32u1_neoverse_n1;
mod qgen_fip_4x4_lm8to7_rm8to7neg_t4x4k32u1_neoverse_n1;
mod qgen_byte_4x4_lm8to7_rm8to7neg_t4x4k32u1_neoverse_n1;
mod qgen_wideninner_4x4_lm8to7_rm8to7neg_t4x4k16u1_neoverse_n1;
mod qgen_fip_4x4_lm7to7_rm7to7_t4x4k32u1_neoverse_n1;
mod qgen_fip_4x4_l0to15_r0to15neg_t4x4k32u1_neoverse_n1;
mod qgen_widenouter_24x8_l0to15_r0to15_t24x8k2u1_neoverse_n1;
mod qgen_pair8_4x4_lm128to127_rm127to127_t4x4k16u1_neoverse_n1;
mod qgen_pair8_4x4_lm128to127_rm128to127_t4x4k16u1_neoverse_n1;
mod qgen_f32_8x8_lf32_rf32_t8x8k1u1_neoverse_n1;

/// Every kernel that ships; of kernels for the same ranges and core, the preferred one first.
pub static SHIPPED: &[&Kernel] = &[
    &qgen_byte_8x8_lm8to7_rm8to7neg_t4x4k32u1_cortex_a53::KERNEL,
    &qgen_fip_4x4_lm8to7_rm8to7neg_t4x4k32u1_cortex_a53::KERNEL,
    &qgen_byte_4x4_lm8to7_rm8to7neg_t4x4k32u1_cortex_a53::KERNEL,
    &qgen_wideninner_4x4_lm8to7_rm8to7neg_t4x4k16u1_cortex_a53::KERNEL,
    &qgen_byte_4x4_lm7to7_rm7to7_t4x4k32u1_cortex_a53::KERNEL,
    &qgen_fip_4x4_l0to15_r0to15neg_t4x4k32u1_cortex_a53::KERNEL,
    &qgen_widenouter_24x8_l0to15_r0to15_t24x8k2u1_cortex_a53::KERNEL,
    &qgen_pair8_4x4_lm128to127_rm127to127_t4x4k16u1_cortex_a53::KERNEL,
    &qgen_pair8_4x4_lm128to127_rm128to127_t4x4k16u1_cortex_a53::KERNEL,
    &qgen_f32_8x8_lf32_rf32_t8x8k1u1_cortex_a53::KERNEL,
    &qgen_fip_8x8_lm8to7_rm8to7neg_t4x4k32u1_cortex_a72::KERNEL,
    &qgen_fip_4x4_lm8to7_rm8to7neg_t4x4k32u1_cortex_a72::KERNEL,
    &qgen_byte_4x4_lm8to7_rm8to7neg_t4x4k32u1_cortex_a72::KERNEL,
    &qgen_wideninner_4x4_lm8to7_rm8to7neg_t4x4k16u1_cortex_a72::KERNEL,
    &qgen_fip_4x4_lm7to7_rm7to7_t4x4k32u1_cortex_a72::KERNEL,
    &qgen_fip_4x4_l0to15_r0to15neg_t4x4k32u1_cortex_a72::KERNEL,
    &qgen_widenouter_24x8_l0to15_r0to15_t24x8k2u1_cortex_a72::KERNEL,
    &qgen_pair8_4x4_lm128to127_rm127to127_t4x4k16u1_cortex_a72::KERNEL,
    &qgen_pair8_4x4_lm128to127_rm128to127_t4x4k16u1_cortex_a72::KERNEL,
    &qgen_f32_8x8_lf32_rf32_t8x8k1u1_cortex_a72::KERNEL,
    &qgen_fip_8x8_lm8to7_rm8to7neg_t4x4k32u1_neoverse_n1::KERNEL,
    &qgen_fip_4x4_lm8to7_rm8to7neg_t4x4k32u1_neoverse_n1::KERNEL,
    &qgen_byte_4x4_lm8to7_rm8to7neg_t4x4k32u1_neoverse_n1::KERNEL,
    &qgen_wideninner_4x4_lm8to7_rm8to7neg_t4x4k16u1_neoverse_n1::KERNEL,
    &qgen_fip_4x4_lm7to7_rm7to7_t4x4k32u1_neoverse_n1::KERNEL,
    &qgen_fip_4x4_l0to15_r0to15neg_t4x4k32u1_neoverse_n1::KERNEL,
    &qgen_widenouter_24x8_l0to15_r0to15_t24x8k2u1_neoverse_n1::KERNEL,
    &qgen_pair8_4x4_lm128to127_rm127to127_t4x4k16u1_neoverse_n1::KERNEL,
    &qgen_pair8_4x4_lm128to127_rm128to127_t4x4k16u1_neoverse_n1::KERNEL,
    &qgen_f32_8x8_lf32_rf32_t8x8k1u1_neoverse_n1::KERNEL,
];
