//! Work on several threads, whoever owns them.
//!
//! Nothing here starts threads by itself: [`Plan::run_on`](crate::plan::Plan::run_on) and
//! [`ConvPlan::run_on`](crate::conv::ConvPlan::run_on) are given [`Threads`], a trait of two methods. [`Scoped`]
//! starts threads of the standard library for each call; with the feature `rayon` rayon's thread pools
//! implement the trait, and so does `Rayon`, the global one. Each result is worked out by one thread in the same way, so
//! that results are the same for all threads and any number of them.

use crate::Error;
use std::num::NonZeroUsize;
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Threads that can be given work.
pub trait Threads {
    /// How many jobs can run at a time.
    fn count(&self) -> usize;

    /// Calls `job` once with each of 0 to `jobs` − 1, on any threads, in any order, and returns when all are
    /// done. A job that was not called is done by the caller afterwards; a second call does nothing.
    fn run(&self, jobs: usize, job: &(dyn Fn(usize) + Sync));
}

/// The calling thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alone;

impl Threads for Alone {
    fn count(&self) -> usize {
        1
    }

    fn run(&self, jobs: usize, job: &(dyn Fn(usize) + Sync)) {
        (0..jobs).for_each(job);
    }
}

/// So many threads, the calling one among them; the others are started for each call and end with it, which takes
/// some tens of microseconds. Threads that the system refuses are done without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scoped(pub NonZeroUsize);

impl Threads for Scoped {
    fn count(&self) -> usize {
        self.0.get()
    }

    fn run(&self, jobs: usize, job: &(dyn Fn(usize) + Sync)) {
        let threads = self.count().min(jobs);
        let share = |thread: usize| (thread..jobs).step_by(threads).for_each(job);
        std::thread::scope(|scope| {
            for thread in 1..threads {
                // Where the system has no more threads, the jobs are left to the caller.
                let _ = std::thread::Builder::new().spawn_scoped(scope, move || share(thread));
            }
            if threads > 0 {
                share(0);
            }
        });
    }
}

/// rayon's global pool, or the one that the calling thread belongs to.
#[cfg(feature = "rayon")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rayon;

#[cfg(feature = "rayon")]
impl Threads for Rayon {
    fn count(&self) -> usize {
        rayon::current_num_threads()
    }

    fn run(&self, jobs: usize, job: &(dyn Fn(usize) + Sync)) {
        rayon::scope(|scope| (0..jobs).for_each(|index| scope.spawn(move |_| job(index))));
    }
}

#[cfg(feature = "rayon")]
impl Threads for rayon::ThreadPool {
    fn count(&self) -> usize {
        self.current_num_threads()
    }

    fn run(&self, jobs: usize, job: &(dyn Fn(usize) + Sync)) {
        self.install(|| Rayon.run(jobs, job));
    }
}

/// How many parts `units` of work have on `threads`, for each of which there is one of `workspaces`.
///
/// # Errors
/// [`Error::Shape`] about `workspaces`, if there are none.
pub(crate) fn parts(threads: &dyn Threads, units: usize, workspaces: usize) -> Result<usize, Error> {
    if workspaces == 0 {
        let help = "give one for each thread that may work, at least one";
        return Err(Error::shape("workspaces", "there are none".into(), help));
    }
    Ok(threads.count().min(workspaces).min(units).max(1))
}

/// Part `part` of `parts` of `units`: none is more than a unit larger than another.
pub(crate) fn part(units: usize, part: usize, parts: usize) -> Range<usize> {
    // Below `units`, which may be near the largest number.
    let edge = |at: usize| units / parts * at + (units % parts).min(at);
    edge(part)..edge(part + 1)
}

/// Does `work` for all parts on `threads`; of several errors the one of the first part.
pub(crate) fn share<P: Send>(
    threads: &dyn Threads,
    parts: Vec<P>,
    work: impl Fn(P) -> Result<(), Error> + Sync,
) -> Result<(), Error> {
    let parts: Vec<Mutex<Option<P>>> = parts.into_iter().map(|part| Mutex::new(Some(part))).collect();
    let failed: Mutex<Option<(usize, Error)>> = Mutex::new(None);
    let job = |index: usize| {
        let Some(part) = parts.get(index).and_then(|part| locked(part).take()) else { return };
        if let Err(e) = work(part) {
            let mut failed = locked(&failed);
            if failed.as_ref().is_none_or(|(first, _)| index < *first) {
                *failed = Some((index, e));
            }
        }
    };
    threads.run(parts.len(), &job);
    (0..parts.len()).for_each(&job);
    let failed = failed.into_inner().unwrap_or_else(PoisonError::into_inner);
    failed.map_or(Ok(()), |(_, e)| Err(e))
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing panics while it is locked.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// Calls jobs in its own way.
    struct Odd(fn(usize, &(dyn Fn(usize) + Sync)));

    impl Threads for Odd {
        fn count(&self) -> usize {
            3
        }

        fn run(&self, jobs: usize, job: &(dyn Fn(usize) + Sync)) {
            (self.0)(jobs, job);
        }
    }

    #[test]
    fn every_part_is_done_once_whatever_the_threads_do() {
        let four = Scoped(NonZeroUsize::new(4).unwrap());
        let backwards = Odd(|count, job| (0..count).rev().for_each(job));
        let lazy = Odd(|_, _| {});
        let eager = Odd(|count, job| (0..count + 3).chain(0..count).for_each(job));
        for threads in [&four as &dyn Threads, &backwards, &lazy, &eager] {
            let done: Vec<AtomicUsize> = (0..10).map(|_| AtomicUsize::new(0)).collect();
            let all = share(threads, (0..10).collect(), |part: usize| {
                done[part].fetch_add(1, Ordering::Relaxed);
                Ok(())
            });
            assert!(all.is_ok() && done.iter().all(|count| count.load(Ordering::Relaxed) == 1));
            let failed = share(threads, (0..10).collect(), |part: usize| match part {
                0..4 => Ok(()),
                _ => Err(Error::Memory { bytes: part }),
            });
            assert!(matches!(failed, Err(Error::Memory { bytes: 4 })), "the first one's: {failed:?}");
        }
        four.run(0, &|_| panic!("there is nothing to do"));
    }

    #[test]
    fn parts_cover_everything_in_order() {
        for units in [0, 1, 2, 7, 100, usize::MAX] {
            for count in [1, 2, 3, 7] {
                let edges: Vec<Range<usize>> = (0..count).map(|at| part(units, at, count)).collect();
                assert_eq!((edges[0].start, edges[count - 1].end), (0, units));
                assert!(edges.windows(2).all(|pair| pair[0].end == pair[1].start));
                let sizes = || edges.iter().map(Range::len);
                assert!(sizes().max().unwrap() - sizes().min().unwrap() <= 1);
            }
        }
        let two = Scoped(NonZeroUsize::new(2).unwrap());
        assert_eq!(
            [parts(&two, 9, 5).unwrap(), parts(&two, 0, 5).unwrap(), parts(&two, 9, 1).unwrap()],
            [2, 1, 1]
        );
        assert!(parts(&two, 1, 0).unwrap_err().to_string().starts_with("workspaces: there are none"));
    }
}
