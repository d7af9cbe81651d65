//! Each way in which machine code can hurt its caller is found by `regs::checked_call`.
#![cfg(all(unix, target_arch = "aarch64"))]
#![expect(unsafe_code, reason = "it makes machine code that hurts its caller")]

use qgen_spec::abi::KernelFn;
use qgen_tests::call::Args;
use qgen_tests::regs::checked_call;
use std::arch::naked_asm;
use std::ptr;

/// A kernel that only does what is written.
macro_rules! kernel {
    ($($line:literal),*) => {{
        #[unsafe(naked)]
        unsafe extern "C" fn kernel(
            _: usize,
            _: *const u8,
            _: usize,
            _: *const u8,
            _: *mut i32,
            _: usize,
            _: *const i32,
            _: *const i32,
        ) {
            naked_asm!($($line,)* "ret")
        }
        kernel as KernelFn
    }};
}

fn call(kernel: KernelFn) -> Result<(), String> {
    let args = Args {
        k_blocks: 1,
        lhs: ptr::null(),
        lhs_stride: 2,
        rhs: ptr::null(),
        out: ptr::null_mut(),
        out_stride: 3,
        row_add: ptr::null(),
        col_add: ptr::null(),
    };
    // SAFETY: the kernels of this file read and write nothing but registers and their stack.
    unsafe { checked_call(kernel, 64, &args) }
}

#[test]
fn a_kernel_that_keeps_the_rules_passes() {
    call(kernel!()).unwrap();
    // Everything that belongs to the kernel, and the halves of v8 to v15 that nobody keeps.
    call(kernel!(
        "stp d8, d9, [sp, #-64]!",
        "stp x19, x20, [sp, #16]",
        "stp x29, x30, [sp, #48]",
        "movi v8.16b, #1",
        "movi v9.16b, #1",
        "movi v15.16b, #0",
        "movi v31.16b, #1",
        "mov x0, #0",
        "mov x17, #0",
        "mov x19, #0",
        "mov x29, #0",
        "ldp x29, x30, [sp, #48]",
        "ldp x19, x20, [sp, #16]",
        "ldp d8, d9, [sp], #64",
        "mov x9, #0"
    ))
    .expect_err("d15 was lost in this one");
    call(kernel!(
        "stp d8, d9, [sp, #-64]!",
        "stp x19, x29, [sp, #48]",
        "movi v8.16b, #1",
        "movi v9.16b, #1",
        "movi v31.16b, #1",
        "mov x0, #0",
        "mov x16, #0",
        "mov x17, #0",
        "mov x19, #0",
        "mov x29, #0",
        "ldp x19, x29, [sp, #48]",
        "ldp d8, d9, [sp], #64"
    ))
    .unwrap();
}

#[test]
fn arguments_arrive_in_their_registers() {
    call(kernel!(
        "cmp x0, #1",
        "ccmp x1, #0, #0, eq",
        "ccmp x2, #2, #0, eq",
        "ccmp x5, #3, #0, eq",
        "ccmp x7, #0, #0, eq",
        "csel x28, x28, x0, eq"
    ))
    .unwrap();
}

#[track_caller]
fn finds(expected: &str, kernel: KernelFn) {
    let error = call(kernel).expect_err("nothing was found");
    assert!(error.starts_with(expected), "expected `{expected}…`, got `{error}`");
}

#[test]
fn a_lost_general_register_is_found() {
    finds("x19 was", kernel!("mov x19, #0"));
    finds("x20 was", kernel!("mov x20, x19"));
    finds("x21 was", kernel!("eor x21, x21, #1"));
    finds("x22 was", kernel!("mov w22, w22"));
    finds("x23 was", kernel!("add x23, x23, #1"));
    finds("x24 was", kernel!("mov x24, #0"));
    finds("x25 was", kernel!("mov x25, #0"));
    finds("x26 was", kernel!("mov x26, #0"));
    finds("x27 was", kernel!("mov x27, #0"));
    finds("x28 was", kernel!("mov x28, #0"));
    finds("x29 was", kernel!("mov x29, #0"));
}

#[test]
#[cfg(target_os = "linux")]
fn a_touched_platform_register_is_found() {
    finds("x18 was", kernel!("mov x18, #0"));
}

#[test]
fn a_lost_vector_register_is_found() {
    finds("d8 was", kernel!("movi v8.16b, #0"));
    finds("d9 was", kernel!("movi v9.16b, #0"));
    finds("d10 was", kernel!("movi v10.16b, #0"));
    finds("d11 was", kernel!("movi v11.16b, #0"));
    finds("d12 was", kernel!("movi v12.16b, #0"));
    finds("d13 was", kernel!("mov v13.d[0], xzr"));
    finds("d14 was", kernel!("movi v14.16b, #0"));
    finds("d15 was", kernel!("movi v15.16b, #0"));
    call(kernel!("mov v8.d[1], xzr", "mov v15.d[1], xzr")).unwrap();
}

#[test]
fn a_lost_stack_pointer_is_found() {
    finds("sp was", kernel!("sub sp, sp, #16"));
    finds("sp was", kernel!("add sp, sp, #512"));
}

#[test]
fn a_changed_rounding_mode_is_found() {
    finds("FPCR was", kernel!("mov x0, #0x400000", "msr fpcr, x0"));
}

#[test]
fn writes_to_the_stack_are_found() {
    call(kernel!("str x0, [sp, #-64]")).unwrap();
    finds("the stack was written 65 bytes below sp", kernel!("sturb w0, [sp, #-65]"));
    finds("the stack was written 256 bytes below sp", kernel!("stur x0, [sp, #-256]", "mov x0, #0"));
    finds("the caller's stack was written: 8 bytes above sp", kernel!("str x0, [sp, #8]"));
}
