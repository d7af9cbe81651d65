//! The wording of every error of `#[qkernel]`, and the token that it points at.
//!
//! Each file of `tests/ui/` is one kind of mistake, with what the compiler says in a `.stderr` beside it.

use std::panic::{catch_unwind, resume_unwind};

#[test]
fn ui_messages_are_as_committed() {
    let compile = || {
        // The comparison happens when this is dropped.
        trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
    };
    if let Err(panic) = catch_unwind(compile) {
        eprintln!("If the messages changed for the better, `cargo xtask bless` accepts them.");
        resume_unwind(panic);
    }
}
