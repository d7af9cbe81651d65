//! Whether times that are taken here are those of a kernel on an Arm core.

use qgen_runtime::{Kernel, cpu};

/// What a stopwatch is worth here.
#[derive(Clone, Debug)]
pub(crate) struct Clock {
    /// Why times are not real, if they are not.
    pub(crate) unreal: Option<String>,
}

impl Clock {
    /// For anything that runs as machine code here.
    pub(crate) fn here() -> Clock {
        let unreal = if cfg!(target_arch = "aarch64") {
            cpu::emulated().map(|why| format!("emulated ({why}), which says nothing of an Arm core"))
        } else {
            let arch = std::env::consts::ARCH;
            Some(format!("this is {arch}, where plain Rust stands in for the machine code"))
        };
        if unreal.is_none() {
            // Where the system refuses, times are a little less even.
            cpu::pin_thread(None);
        }
        Clock { unreal }
    }

    /// For `kernel`, which may be plain Rust on an Arm machine too.
    pub(crate) fn of(kernel: &Kernel) -> Clock {
        let mut clock = Clock::here();
        if clock.is_real() && !kernel.runs_natively() {
            clock.unreal = Some("the kernel is plain Rust, not machine code".into());
        }
        clock
    }

    /// Whether times say something.
    pub(crate) fn is_real(&self) -> bool {
        self.unreal.is_none()
    }
}
