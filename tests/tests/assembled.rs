//! The kernels that ship are text that the toolchain's assembler has turned into code: it must be the
//! words that our encoder makes, to the last one. So what `differential.rs` shows for our words holds
//! for the shipped functions.
#![cfg(all(unix, target_arch = "aarch64"))]
#![expect(unsafe_code, reason = "it reads machine code")]

use qgen::compile_name;
use qgen_runtime::kernels::SHIPPED;
use qgen_tests::callees::compare_words;

#[test]
fn shipped_kernels_are_our_words() {
    let mut wrong = Vec::new();
    for shipped in SHIPPED {
        let kernel = compile_name(shipped.name()).unwrap_or_else(|e| panic!("{}: {e}", shipped.name()));
        let code = shipped.code().unwrap_or_else(|| panic!("{shipped} has no code"));
        // SAFETY: the code that ships under this name was made from this kernel's text.
        wrong.extend(unsafe { compare_words(&kernel, code) }.err());
    }
    assert!(!SHIPPED.is_empty());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
