//! Whether times that are taken here are those of a kernel on an Arm core, and where they are taken.

use qgen_runtime::{Kernel, cpu};

/// What a stopwatch is worth here.
#[derive(Clone, Debug)]
pub(crate) struct Clock {
    /// Why times are not real, if they are not.
    pub(crate) unreal: Option<String>,
    /// The processor that is measured on.
    pub(crate) cpu: Option<usize>,
}

impl Clock {
    /// For anything that runs as machine code here, on the processor that this thread happens to be on.
    pub(crate) fn here() -> Clock {
        let unreal = unreal();
        let cpu = if unreal.is_none() { cpu::current_processor() } else { None };
        Clock { unreal, cpu }
    }

    /// For `kernel`, which may be plain Rust on an Arm machine too.
    pub(crate) fn of(kernel: &Kernel) -> Clock {
        let mut clock = Clock::here();
        if clock.is_real() && !kernel.runs_natively() {
            clock.unreal = Some("the kernel is plain Rust, not machine code".into());
        }
        clock
    }

    /// On one processor.
    pub(crate) fn on(cpu: usize) -> Clock {
        Clock { unreal: unreal(), cpu: Some(cpu) }
    }

    /// What `work` finds, done [`Clock::alone`]; nothing where times say nothing.
    pub(crate) fn time<R: Send>(&self, work: impl FnOnce() -> R + Send) -> Option<R> {
        self.is_real().then(|| self.alone(work))
    }

    /// Does `work` on a thread of its own that stays on the clock's processor. Threads that are started elsewhere stay
    /// free: those of a pool that began here would share the one processor.
    pub(crate) fn alone<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        std::thread::scope(|scope| {
            let thread = scope.spawn(|| {
                if let Some(cpu) = self.cpu {
                    // Where the system refuses, times are a little less even.
                    cpu::pin_thread(Some(cpu));
                }
                work()
            });
            thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    }

    /// Whether times say something.
    pub(crate) fn is_real(&self) -> bool {
        self.unreal.is_none()
    }
}

/// Why times are not real, if they are not.
fn unreal() -> Option<String> {
    if cfg!(target_arch = "aarch64") {
        cpu::emulated().map(|why| format!("emulated ({why}), which says nothing of an Arm core"))
    } else {
        let arch = std::env::consts::ARCH;
        Some(format!("this is {arch}, where plain Rust stands in for the machine code"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_done_on_its_processor_and_nowhere_else_is_pinned() {
        let before = cpu::processors();
        for &(number, _) in &before {
            assert_eq!(Clock::on(number).alone(cpu::current_processor), Some(number));
            let alone = Clock::on(number).alone(cpu::processors);
            assert_eq!(alone.iter().map(|&(cpu, _)| cpu).collect::<Vec<_>>(), [number]);
        }
        assert_eq!(cpu::processors(), before);
    }
}
