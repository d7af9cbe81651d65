//! An epilogue at work: as the end of a kernel, or in passes over sums in the workspace.

use super::Epilogue;
use crate::buffer::grow_to;
use crate::cpu::Class;
use crate::finish::Finish;
use crate::select::{NEAR, Shape};
use crate::{Element, End, Error, Gemm, Kernel, MatMut, MatRef, PackedRhs, Value, Workspace};
use qgen_spec::{KernelSpec, Operand, SizeOverflow};
use std::any::type_name;
use std::fmt;

/// An epilogue, and the kernel that has it as its end. Results are the same, to the bit, with and without.
#[derive(Clone, Debug)]
pub(crate) struct Ending {
    pub(crate) epilogue: Epilogue,
    fused: Option<Fused>,
    /// A kernel that has the end, but takes so many times as long as a pass, by the model.
    dearer: Option<(&'static Kernel, f64)>,
}

/// The plan's kernel with another end.
#[derive(Clone, Copy, Debug)]
struct Fused {
    kernel: &'static Kernel,
    /// The largest depth that it sums in one go, and at which a bias can be added to sums that may not saturate.
    k_limit: u64,
}

/// What `fused` takes for bytes in parts of what the kernel and a pass do, by the model; `None` where it knows nothing of
/// them, or nothing is made bytes.
fn beside_a_pass(fused: &'static Kernel, gemm: &Gemm<'static>, Shape { m, n, k }: Shape) -> Option<f64> {
    let spec = &fused.descriptor().spec;
    if !matches!(spec.end, End::I8 | End::U8) {
        return None;
    }
    // What stores sums of that depth.
    let plain = gemm.sums(k, &[]).kernel;
    let cost = |kernel: &Kernel| Some(kernel.cost()?.of(kernel.descriptor(), m, n, k));
    let pass = f64::from(Class::of(&spec.core)?.pass()) * m as f64 * n as f64;
    let (ours, other) = (cost(fused)?, cost(plain)? + pass);
    (other > 0.0).then(|| ours / other)
}

impl Ending {
    /// Looks for the end among those that belong to the plan's kernel, and among `kernels`. If it is to be weighed at a shape,
    /// it is not taken where a pass costs less.
    pub(super) fn new(
        epilogue: &Epilogue,
        gemm: &Gemm<'static>,
        kernels: &[&'static Kernel],
        weighed: Option<Shape>,
    ) -> Ending {
        let (kernel, end) = (gemm.kernel(), epilogue.end());
        let wanted = KernelSpec { end, ..kernel.descriptor().spec.clone() };
        // A bias alone is no other end: it is added where sums are corrected.
        let own = (end == End::Sums).then_some(kernel);
        let others = kernel.ends().iter().chain(kernels).copied();
        let same = |other: &&'static Kernel| other.descriptor().spec == wanted && other.is_supported();
        let found = own.or_else(|| others.into_iter().find(same));
        let beside = || Some((found?, beside_a_pass(found?, gemm, weighed?)?));
        let dearer = beside().filter(|(_, times)| *times > NEAR);
        let taken = found.filter(|_| dearer.is_none());
        let fused = taken.map(|kernel| Fused { kernel, k_limit: gemm.end_limit(kernel, epilogue.bias()) });
        Ending { epilogue: epilogue.clone(), fused, dearer }
    }

    /// That of sums which are stored as they are.
    pub(super) fn nothing() -> Ending {
        Ending { epilogue: Epilogue::sums(), fused: None, dearer: None }
    }

    /// The kernel that finishes results of depth `k`, if one does.
    fn fused_at(&self, k: usize) -> Option<&'static Kernel> {
        self.fused.filter(|fused| k as u64 <= fused.k_limit).map(|fused| fused.kernel)
    }

    /// Whether kernels store what the epilogue makes of results of depth `k`.
    pub(crate) fn is_fused(&self, k: usize) -> bool {
        self.epilogue.is_nothing() || self.fused_at(k).is_some()
    }

    /// Where results of depth `k` are finished, for people; a pass would be over the sums of `lines` at a time.
    pub(crate) fn explain(&self, k: usize, lines: fmt::Arguments<'_>) -> String {
        let why = match (self.epilogue.is_nothing(), self.fused) {
            (true, _) => return "in the kernel".to_owned(),
            (false, Some(Fused { kernel, k_limit })) if k as u64 <= k_limit => {
                return format!("fused: {kernel}, up to k = {k_limit}");
            }
            (false, Some(Fused { kernel, k_limit })) => format!("{kernel} would end at k = {k_limit}"),
            (false, None) => match self.dearer {
                Some((kernel, times)) => {
                    format!("{kernel} would take {:.1} % more, modelled", 100.0 * (times - 1.0))
                }
                None => format!("there is no such kernel with the end {}", self.epilogue.end()),
            },
        };
        format!("not fused: a pass over the sums of {lines} at a time; {why}")
    }

    /// Elements of the sums of n columns that a pass works on: those of some rows, of `m` at most. Floats are
    /// finished where they are.
    fn sums(&self, gemm: &Gemm<'_>, Shape { m, n, k }: Shape) -> Result<usize, SizeOverflow> {
        if self.is_fused(k) || is_float(gemm) {
            return Ok(0);
        }
        gemm.rows_with_sums(n, k)?.min(m).checked_mul(n).ok_or(SizeOverflow)
    }

    /// Bytes of the workspace.
    pub(super) fn workspace_bytes(&self, gemm: &Gemm<'static>, shape: Shape) -> Result<usize, Error> {
        let finish = self.finish(gemm, shape.k);
        let multiplication = gemm.needs_to(shape, &finish)?.bytes()?;
        let sums = self.sums(gemm, shape)?.checked_mul(size_of::<i32>());
        let all = sums.and_then(|sums| sums.checked_add(multiplication));
        Ok(all.filter(|&bytes| isize::try_from(bytes).is_ok()).ok_or(SizeOverflow)?)
    }

    /// Makes a workspace large enough for a shape.
    pub(super) fn reserve(
        &self,
        gemm: &Gemm<'static>,
        workspace: &mut Workspace,
        shape: Shape,
    ) -> Result<(), Error> {
        grow_to(&mut workspace.sums, self.sums(gemm, shape)?)?;
        workspace.grow(&gemm.needs_to(shape, &self.finish(gemm, shape.k))?)
    }

    /// What multiplies at depth `k`, and its end.
    pub(crate) fn finish<'a>(&'a self, gemm: &Gemm<'static>, k: usize) -> Finish<'a> {
        match self.fused_at(k) {
            // Floats do not saturate.
            None if is_float(gemm) => gemm.sums(k, self.epilogue.bias()),
            None => gemm.sums(k, &[]),
            Some(_) if self.epilogue.end() == End::Sums => gemm.sums(k, self.epilogue.bias()),
            Some(kernel) => self.epilogue.finish(kernel),
        }
    }

    /// Multiplies `lhs` by `rhs`, and stores what the epilogue makes of it.
    pub(super) fn run<T: Value, O: Element>(
        &self,
        gemm: &Gemm<'static>,
        lhs: MatRef<'_, T>,
        rhs: &PackedRhs,
        out: MatMut<'_, O>,
        workspace: &mut Workspace,
    ) -> Result<(), Error> {
        if self.epilogue.is_nothing() {
            let out = out.typed().ok_or_else(|| {
                let wanted = type_name::<T::Out>().to_owned();
                Error::ResultType { given: type_name::<O>(), wanted }
            })?;
            return gemm.run_with(lhs, rhs, out, workspace);
        }
        self.epilogue.check_type::<O>(is_float(gemm))?;
        self.epilogue.check(gemm.kernel().descriptor().spec.lhs, rhs.n())?;
        if self.fused_at(lhs.cols()).is_some() {
            return gemm.run_to(lhs, rhs, out, workspace, &self.finish(gemm, lhs.cols()));
        }
        out.check_shape((lhs.rows(), rhs.n()), "product")?;
        // The sums leave the workspace while that serves the multiplication.
        let mut sums = std::mem::take(&mut workspace.sums);
        let done = self.in_passes(gemm, lhs, rhs, out, workspace, &mut sums);
        workspace.sums = sums;
        done
    }

    /// Some rows after the other: their sums stay in the second cache until a pass has made the output of
    /// them.
    fn in_passes<T: Value, O: Element>(
        &self,
        gemm: &Gemm<'static>,
        lhs: MatRef<'_, T>,
        rhs: &PackedRhs,
        mut out: MatMut<'_, O>,
        workspace: &mut Workspace,
        sums: &mut Vec<i32>,
    ) -> Result<(), Error> {
        let (m, n, k) = (lhs.rows(), rhs.n(), lhs.cols());
        let finish = self.finish(gemm, k);
        grow_to(sums, self.sums(gemm, Shape { m, n, k })?)?;
        // Without columns rows need no memory, and there may be any number of them.
        let rows = if n == 0 { m } else { gemm.rows_with_sums(n, k)? };
        // Once without rows, too, so that mistakes are found.
        let mut first = 0;
        loop {
            let count = rows.min(m - first);
            let (lhs, mut out) = (lhs.row_block(first, count)?, out.row_block(first, count));
            if is_float(gemm) {
                let part = gemm.run_to(lhs, rhs, out.reborrow(), workspace, &finish);
                part.map_err(|e| e.below(first))?;
                self.epilogue.clamp(out)?;
            } else {
                let some = MatMut::new(&mut sums[..count * n], count, n)?;
                let part = gemm.run_to(lhs, rhs, some, workspace, &finish);
                part.map_err(|e| e.below(first))?;
                self.epilogue.pass(MatRef::new(&sums[..count * n], count, n)?, out)?;
            }
            first += count;
            if first >= m {
                return Ok(());
            }
        }
    }
}

/// Whether sums are floats: the bias is added in the kernel, whatever its end, and only bounds are left.
fn is_float(gemm: &Gemm<'_>) -> bool {
    gemm.spec().lhs == Operand::F32
}
