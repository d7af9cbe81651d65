//! Calls machine code with every register that it must not lose full of patterns, on a stack that
//! is watched.
//!
//! A handler of a signal may run at any time right below sp, so data of the kernel there would be
//! lost now and then. Pushing is allowed; the difference is only visible from how deep the kernel
//! says its frame is. So: everything deeper than that, and everything above sp, must be untouched.

#![expect(unsafe_code, reason = "it calls machine code on a stack of its own")]

use crate::call::Args;
use qgen_spec::abi::KernelFn;
use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::arch::naked_asm;
use std::mem::offset_of;

/// Bytes of the private stack. It is aligned to its size, so that its beginning can be found from
/// any sp inside it; an immediate in [`trampoline`].
const STACK: usize = 0x8000;
/// Bytes above the kernel's sp that belong to its caller.
const ABOVE: usize = 0x400;
/// Bytes at the beginning of the stack that the trampoline uses.
const HEAD: usize = 16;
const PAINT: u8 = 0xd7;

/// What the trampoline reads and writes, at fixed offsets.
#[repr(C)]
struct Frame {
    kernel: KernelFn,
    args: Args,
    /// sp at the call.
    sp: *mut u8,
    /// x18 to x29 at the call.
    x: [u64; 12],
    /// v8 to v15 at the call, low half first.
    v: [[u64; 2]; 8],
    fpcr: u64,
    own_sp: u64,
    after_sp: *mut u8,
    after_x: [u64; 12],
    after_v: [[u64; 2]; 8],
    after_fpcr: u64,
}

/// Calls `kernel` and checks what the procedure call standard promises its caller: x19 to x29, the
/// low halves of v8 to v15, sp and FPCR are as before, and (on Linux, where a process may use it
/// at all) x18, which a kernel never touches. The kernel may write `frame_bytes` below sp.
///
/// # Errors
/// Which register or byte of the stack was changed.
///
/// # Safety
/// `kernel` must accept `args`.
///
/// # Panics
/// If `frame_bytes` exceeds the private stack.
pub unsafe fn checked_call(kernel: KernelFn, frame_bytes: usize, args: &Args) -> Result<(), String> {
    assert!(frame_bytes <= STACK / 2, "a kernel's frame of {frame_bytes} bytes");
    let stack = PrivateStack::new();
    let sp = stack.top();
    let pattern = |n: u64| 0x0123_4567_89ab_cdef_u64.rotate_left(5 * n as u32) ^ (n << 56);
    let mut frame = Frame {
        kernel,
        args: *args,
        sp,
        x: std::array::from_fn(|n| pattern(n as u64 + 18)),
        v: std::array::from_fn(|n| [pattern(n as u64 + 32), pattern(n as u64 + 48)]),
        fpcr: 0,
        own_sp: 0,
        after_sp: std::ptr::null_mut(),
        after_x: [0; 12],
        after_v: [[0; 2]; 8],
        after_fpcr: 0,
    };
    // SAFETY: the frame is complete, its stack is large enough for `frame_bytes` and the kernel's
    // caller, and the caller vouches for the kernel.
    unsafe { trampoline(&mut frame) };
    if frame.after_sp != sp {
        return Err(format!("sp was {sp:?} at the call and is {:?}", frame.after_sp));
    }
    for (n, (before, after)) in frame.x.iter().zip(&frame.after_x).enumerate() {
        if before != after && (n > 0 || X18_IS_OURS) {
            return Err(format!("x{} was {before:#018x} at the call and is {after:#018x}", n + 18));
        }
    }
    for (n, (before, after)) in frame.v.iter().zip(&frame.after_v).enumerate() {
        if before[0] != after[0] {
            let (before, after) = (before[0], after[0]);
            return Err(format!("d{} was {before:#018x} at the call and is {after:#018x}", n + 8));
        }
    }
    if frame.fpcr != frame.after_fpcr {
        return Err(format!("FPCR was {:#x} at the call and is {:#x}", frame.fpcr, frame.after_fpcr));
    }
    stack.check(frame_bytes)
}

/// Apple, Windows and Android keep x18 to themselves and may change it at any time.
const X18_IS_OURS: bool = cfg!(target_os = "linux");

struct PrivateStack(*mut u8);

impl PrivateStack {
    const LAYOUT: Layout = match Layout::from_size_align(STACK, STACK) {
        Ok(layout) => layout,
        Err(_) => panic!("a power of two"),
    };

    fn new() -> PrivateStack {
        // SAFETY: the layout has a size.
        let base = unsafe { alloc(PrivateStack::LAYOUT) };
        if base.is_null() {
            handle_alloc_error(PrivateStack::LAYOUT);
        }
        // SAFETY: just allocated, STACK bytes long.
        unsafe { base.write_bytes(PAINT, STACK) };
        PrivateStack(base)
    }

    /// sp at the call.
    fn top(&self) -> *mut u8 {
        // SAFETY: inside the allocation.
        unsafe { self.0.add(STACK - ABOVE) }
    }

    fn check(&self, frame_bytes: usize) -> Result<(), String> {
        // SAFETY: the kernel has returned; nobody writes to the allocation any more.
        let bytes = unsafe { std::slice::from_raw_parts(self.0, STACK) };
        let (below, above) = bytes.split_at(STACK - ABOVE);
        let untouched = |b: &u8| *b == PAINT;
        if let Some(at) = above.iter().position(|b| !untouched(b)) {
            return Err(format!("the caller's stack was written: {at} bytes above sp"));
        }
        match below[HEAD..below.len() - frame_bytes].iter().position(|b| !untouched(b)) {
            Some(at) => {
                let depth = below.len() - HEAD - at;
                Err(format!("the stack was written {depth} bytes below sp; the frame has {frame_bytes}"))
            }
            None => Ok(()),
        }
    }
}

impl Drop for PrivateStack {
    fn drop(&mut self) {
        // SAFETY: allocated by `new` with this layout.
        unsafe { dealloc(self.0, PrivateStack::LAYOUT) };
    }
}

/// Fills the registers from the frame, calls its kernel on its stack, and stores the registers back.
///
/// Afterwards no register can be trusted to hold the frame's address, except that sp points into
/// the private stack, at whose beginning it was left.
///
/// # Safety
/// The frame must describe a call that may be made, on a stack as [`PrivateStack`] makes it.
#[unsafe(naked)]
unsafe extern "C" fn trampoline(frame: *mut Frame) {
    naked_asm!(
        "stp x29, x30, [sp, #-176]!",
        "stp x19, x20, [sp, #16]",
        "stp x21, x22, [sp, #32]",
        "stp x23, x24, [sp, #48]",
        "stp x25, x26, [sp, #64]",
        "stp x27, x28, [sp, #80]",
        "stp d8, d9, [sp, #96]",
        "stp d10, d11, [sp, #112]",
        "stp d12, d13, [sp, #128]",
        "stp d14, d15, [sp, #144]",
        "str x18, [sp, #160]",
        // The frame's address, where it will be found again.
        "mov x9, sp",
        "str x9, [x0, #{own_sp}]",
        "ldr x10, [x0, #{sp}]",
        "and x11, x10, #-{stack}",
        "str x0, [x11]",
        "mrs x9, fpcr",
        "str x9, [x0, #{fpcr}]",
        "mov sp, x10",
        // Patterns.
        "add x9, x0, #{v}",
        "ldp q8, q9, [x9]",
        "ldp q10, q11, [x9, #32]",
        "ldp q12, q13, [x9, #64]",
        "ldp q14, q15, [x9, #96]",
        "add x9, x0, #{x}",
        ".if {x18}",
        "ldr x18, [x9]",
        ".endif",
        "ldr x19, [x9, #8]",
        "ldp x20, x21, [x9, #16]",
        "ldp x22, x23, [x9, #32]",
        "ldp x24, x25, [x9, #48]",
        "ldp x26, x27, [x9, #64]",
        "ldp x28, x29, [x9, #80]",
        // The call.
        "ldr x16, [x0, #{kernel}]",
        "add x9, x0, #{args}",
        "ldp x0, x1, [x9]",
        "ldp x2, x3, [x9, #16]",
        "ldp x4, x5, [x9, #32]",
        "ldp x6, x7, [x9, #48]",
        "blr x16",
        // What it left.
        "mov x9, sp",
        "and x10, x9, #-{stack}",
        "ldr x0, [x10]",
        "str x9, [x0, #{after_sp}]",
        "add x9, x0, #{after_x}",
        "stp x18, x19, [x9]",
        "stp x20, x21, [x9, #16]",
        "stp x22, x23, [x9, #32]",
        "stp x24, x25, [x9, #48]",
        "stp x26, x27, [x9, #64]",
        "stp x28, x29, [x9, #80]",
        "add x9, x0, #{after_v}",
        "stp q8, q9, [x9]",
        "stp q10, q11, [x9, #32]",
        "stp q12, q13, [x9, #64]",
        "stp q14, q15, [x9, #96]",
        "mrs x9, fpcr",
        "str x9, [x0, #{after_fpcr}]",
        "ldr x10, [x0, #{fpcr}]",
        "msr fpcr, x10",
        // Back to our own stack and registers.
        "ldr x9, [x0, #{own_sp}]",
        "mov sp, x9",
        ".if {x18}",
        "ldr x18, [sp, #160]",
        ".endif",
        "ldp d14, d15, [sp, #144]",
        "ldp d12, d13, [sp, #128]",
        "ldp d10, d11, [sp, #112]",
        "ldp d8, d9, [sp, #96]",
        "ldp x27, x28, [sp, #80]",
        "ldp x25, x26, [sp, #64]",
        "ldp x23, x24, [sp, #48]",
        "ldp x21, x22, [sp, #32]",
        "ldp x19, x20, [sp, #16]",
        "ldp x29, x30, [sp], #176",
        "ret",
        stack = const STACK,
        x18 = const X18_IS_OURS as u32,
        kernel = const offset_of!(Frame, kernel),
        args = const offset_of!(Frame, args),
        sp = const offset_of!(Frame, sp),
        x = const offset_of!(Frame, x),
        v = const offset_of!(Frame, v),
        fpcr = const offset_of!(Frame, fpcr),
        own_sp = const offset_of!(Frame, own_sp),
        after_sp = const offset_of!(Frame, after_sp),
        after_x = const offset_of!(Frame, after_x),
        after_v = const offset_of!(Frame, after_v),
        after_fpcr = const offset_of!(Frame, after_fpcr),
    );
}
