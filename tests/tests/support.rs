//! The test support is trusted only because it is tested: it must accept the reference, and must
//! find each thing that a kernel can do wrong.
#![cfg(unix)]
#![expect(unsafe_code, reason = "it makes the mistakes that must be found")]

use qgen_spec::{Descriptor, KernelSpec};
use qgen_tests::call::{Call, Case, check, check_all};
use qgen_tests::guard::{GuardedBuf, Placement, signal_of};
use qgen_tests::shapes::{self, Pattern};
use std::hint::black_box;

fn descriptor(name: &str, depth_limit: u32) -> Descriptor {
    let spec: KernelSpec = name.parse().expect("a kernel name");
    let k_limit = spec.k_limit();
    Descriptor { spec, depth_limit, k_limit }
}

fn fip() -> Descriptor {
    descriptor("qgen_fip_8x8_lm8to7_rm8to7neg_t4x4k32u1_cortex_a72", 4640)
}

fn reference(d: &Descriptor) -> impl FnMut(&mut Call) -> Result<(), String> {
    move |call| {
        // SAFETY: the call was made for this descriptor.
        unsafe { call.args().call_reference(d) };
        Ok(())
    }
}

#[test]
fn the_reference_agrees_with_the_formula() {
    for (name, depth_limit) in [
        ("qgen_fip_8x8_lm8to7_rm8to7neg_t4x4k32u1_cortex_a72", 4640),
        ("qgen_widenouter_24x8_l0to15_r0to15_t24x8k2u1_neoverse_n1", 290),
        ("qgen_wideninner_5x3_lm8to7_rm7to7_t5x3k16u2_cortex_a53", 2304),
        ("qgen_byte_4x4_l0to15_r0to15sub8_t4x4k16u2_cortex_a53", 32),
        ("qgen_pair8_4x4_lm128to127_rm128to127_t4x4k16u1_cortex_a53", u32::MAX),
        ("qgen_pair8_2x4_l0to255_rm128to127_t2x2k16u1_cortex_a53", u32::MAX),
        ("qgen_fip_4x4_lm8to7_rm8to7p2_t4x4k32u1_cortex_a72", 2016),
        ("qgen_widenouter_8x4_l0to15_r0to15p2_t8x2k8u1_cortex_a72", 288),
        ("qgen_mmla_4x4_lm128to127_rm2to1p4_t2x4k32u1_neoverse_v1", u32::MAX),
        ("qgen_f32_16x8_lf32_rf32_t8x8k1u4_cortex_a72", u32::MAX),
    ] {
        let d = descriptor(name, depth_limit);
        match check_all(&d, reference(&d)) {
            Ok(calls) => assert!(calls > 50, "{name}: only {calls} calls"),
            Err(e) => panic!("{e}"),
        }
    }
}

#[test]
fn depths_surround_every_bound() {
    let blocks = shapes::k_blocks(&fip());
    for bound in [0, 1, 144, 145, 146, 289, 290, 291] {
        assert!(blocks.contains(&bound), "{bound} is not in {blocks:?}");
    }
    let u8s = descriptor("qgen_pair8_4x4_l0to255_r0to255_t4x4k16u1_cortex_a53", u32::MAX);
    assert!(shapes::k_blocks(&u8s).contains(&(33_025 / 16)));
    assert!(shapes::gemm(&fip()).iter().all(|&(m, n, k)| m * n * k < 3_000_000));
}

/// `check` with a callee that runs the reference and then misbehaves must say `expected`.
#[track_caller]
fn finds(expected: &str, misbehave: fn(&mut Call) -> Result<(), String>) {
    let d = fip();
    let error = check(&d, Case::new(3, Pattern::Random), |call| {
        reference(&d)(call)?;
        misbehave(call)
    })
    .expect_err("nothing was found")
    .to_string();
    assert!(error.contains(expected), "`{expected}` is not in: {error}");
    assert!(error.contains(&d.name()), "no name in: {error}");
}

#[test]
fn a_wrong_result_is_found() {
    finds("out[7][7] is", |call| {
        let last = call.out().len() - 4;
        call.out_mut()[last] ^= 1;
        Ok(())
    });
    finds("off by 65536 = 0x10000", |call| {
        let high = i16::from_ne_bytes([call.out()[2], call.out()[3]]).wrapping_add(1);
        call.out_mut()[2..4].copy_from_slice(&high.to_ne_bytes());
        Ok(())
    });
}

#[test]
fn a_result_that_is_not_written_is_found() {
    let d = fip();
    check(&d, Case::new(1, Pattern::Random), |_| Ok(())).expect_err("nothing was found");
}

#[test]
fn a_write_between_the_rows_is_found() {
    finds("byte 0 of the gap after row 0", |call| {
        call.out_mut()[8 * 4] ^= 0xff;
        Ok(())
    });
}

#[test]
fn a_write_before_the_results_is_found() {
    finds("out: the byte 1 before the buffer", |call| {
        // SAFETY: the buffer lies flush with the page behind it, so there are margin bytes before.
        unsafe { call.args().out.cast::<u8>().sub(1).write(0) };
        Ok(())
    });
}

#[test]
fn an_error_of_the_callee_is_found() {
    finds("x19 was lost", |_| Err("x19 was lost".into()));
}

#[test]
fn one_byte_past_a_buffer_faults() {
    let end = GuardedBuf::flush_end(37);
    let start = GuardedBuf::flush_start(37);
    let read = |at: *const u8| {
        signal_of(|| {
            // SAFETY: the read faults, or is of this process' own mapped bytes; in a child process.
            black_box(unsafe { at.read_volatile() });
        })
    };
    assert_eq!(read(end.as_ptr()), None);
    assert_eq!(read(end.as_ptr().wrapping_add(36)), None);
    assert_eq!(read(end.as_ptr().wrapping_add(37)), Some(libc::SIGSEGV));
    assert_eq!(read(start.as_ptr()), None);
    assert_eq!(read(start.as_ptr().wrapping_sub(1)), Some(libc::SIGSEGV));
    let empty = GuardedBuf::flush_end(0);
    assert_eq!(read(empty.as_ptr()), Some(libc::SIGSEGV));
    let empty = GuardedBuf::flush_start(0);
    assert_eq!(read(empty.as_ptr().wrapping_sub(1)), Some(libc::SIGSEGV));
}

#[test]
fn a_kernel_that_reads_too_far_faults() {
    let d = fip();
    let mut call = Call::new(&d, Case::new(3, Pattern::Random));
    let mut args = call.args();
    args.k_blocks = 4;
    // SAFETY: the read past the end of the inputs faults, in a child process.
    assert_eq!(signal_of(|| unsafe { args.call_reference(&d) }), Some(libc::SIGSEGV));
}

#[test]
fn writing_to_an_input_faults() {
    let mut call = Call::new(&fip(), Case::new(1, Pattern::Random));
    let lhs = call.args().lhs.cast_mut();
    // SAFETY: the write faults, in a child process.
    let signal = signal_of(|| unsafe { lhs.write_volatile(0) });
    assert!(matches!(signal, Some(libc::SIGSEGV | libc::SIGBUS)), "{signal:?}");
}

#[test]
fn buffers_lie_where_they_should() {
    for len in [0, 1, 4095, 4096, 4097, 70_000] {
        let start = GuardedBuf::flush_start(len);
        let end = GuardedBuf::flush_end(len);
        let odd = GuardedBuf::new(len, Placement::Offset(7));
        assert_eq!(start.as_ptr() as usize % 4096, 0);
        assert_eq!((end.as_ptr() as usize + len) % 4096, 0);
        assert_eq!(odd.as_ptr() as usize % 4096, 7);
        for mut buffer in [start, end, odd] {
            assert!(buffer.iter().all(|&b| b == 0) && buffer.len() == len);
            buffer.fill(1);
            buffer.check_margins().unwrap();
        }
    }
}
