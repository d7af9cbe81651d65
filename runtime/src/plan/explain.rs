//! What a plan decided, for people and as data.

use super::ending::Ending;
use crate::cpu::{Caches, Machine};
use crate::select::{Fit, Selection, Shape};
use crate::tuning::Warning;
use crate::{Error, Gemm};
use qgen_spec::Operand;
use serde::Serialize;
use std::fmt;

/// What a plan decided and why. Its [`Display`](fmt::Display) is some lines of text; with serde it is data.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Explanation {
    /// Rows, columns and depth.
    pub shape: [usize; 3],
    /// The core that it was chosen for.
    pub core: String,
    /// The name of the kernel.
    pub kernel: String,
    /// The name of its form for short k, where that is what runs.
    pub short_form: Option<String>,
    /// Why this one.
    pub reason: String,
    /// Rows and columns of a call.
    pub tile: [usize; 2],
    /// How the left side is read.
    pub lhs: String,
    /// How the right side is packed.
    pub rhs: String,
    /// Rows of the left side that are worked on before the next ones: they fit half of the second cache.
    pub rows_at_a_time: usize,
    /// Columns whose panels are used again for each tile of rows: they fit three quarters of the first cache.
    pub columns_at_a_time: usize,
    /// The caches, in bytes.
    pub caches: [usize; 2],
    /// The type of the results, and what is made of sums.
    pub output: String,
    /// Whether that is fused into the kernel's end, or why it is a pass over sums in the workspace.
    pub end: String,
    /// Bytes of the workspace.
    pub workspace_bytes: usize,
    /// The largest depth at which no result can overflow.
    pub k_limit: u64,
    /// Modelled cycles of the whole multiplication on the core that the kernel was made for.
    pub cycles: Option<f64>,
    /// What else could have been chosen, the best first.
    pub considered: Vec<Alternative>,
    /// What was reported and ignored on the way.
    pub warnings: Vec<String>,
}

/// A kernel that was considered.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Alternative {
    /// Its name.
    pub kernel: String,
    /// Whether it was made for the `core`, for its `class`, or for `other` cores.
    pub made_for: &'static str,
    /// Modelled cycles of the whole multiplication on the core that it was made for.
    pub cycles: Option<f64>,
}

impl Explanation {
    pub(super) fn new(
        shape: Shape,
        gemm: &Gemm<'static>,
        ending: &Ending,
        machine: &Machine,
        selection: Selection,
    ) -> Result<Explanation, Error> {
        let Shape { m, n, k } = shape;
        let kernel = gemm.kernel();
        let spec = &kernel.descriptor().spec;
        let blocking = gemm.blocking(k)?;
        let form = ending.finish(gemm, k).kernel;
        let short_form = form.descriptor().spec.short.then(|| form.name().to_owned());
        let Caches { l1d, l2 } = machine.core.caches();
        let considered: Vec<Alternative> = selection
            .considered
            .iter()
            .map(|other| Alternative {
                kernel: other.kernel.name().to_owned(),
                made_for: match other.fit {
                    Fit::Core => "core",
                    Fit::Class => "class",
                    Fit::Other => "other",
                },
                cycles: other.cycles,
            })
            .collect();
        let epilogue = &ending.epilogue;
        let results = epilogue.results(spec.lhs == Operand::F32);
        let own = considered.iter().find(|other| other.kernel == kernel.name());
        Ok(Explanation {
            shape: [m, n, k],
            core: machine.core.to_string(),
            kernel: kernel.name().to_owned(),
            short_form,
            reason: selection.reason,
            tile: [spec.tile.m.into(), spec.tile.n.into()],
            lhs: if gemm.reads_in_place(k) {
                "rows in place, the last, partial tile packed".to_owned()
            } else {
                format!("packed block by block: {}", spec.lhs_layout())
            },
            rhs: format!("packed once: {}", spec.rhs_layout()),
            rows_at_a_time: blocking.rows,
            columns_at_a_time: blocking.cols,
            caches: [l1d, l2],
            output: format!("{results}: {epilogue}"),
            end: ending.explain(k, format_args!("{} rows", gemm.rows_with_sums(n, k)?)),
            workspace_bytes: ending.workspace_bytes(gemm, shape)?,
            k_limit: gemm.k_limit(),
            cycles: own.and_then(|own| own.cycles),
            considered,
            warnings: selection.warnings.iter().map(Warning::to_string).collect(),
        })
    }

    /// Multiply-accumulates in all.
    fn macs(&self) -> f64 {
        self.shape.iter().map(|&side| side as f64).product()
    }

    fn cost(&self, cycles: Option<f64>) -> String {
        match cycles {
            Some(cycles) if cycles > 0.0 && self.macs() > 0.0 => {
                format!("{cycles:.0} cycles modelled, {:.2} MAC/cycle", self.macs() / cycles)
            }
            Some(cycles) => format!("{cycles:.0} cycles modelled"),
            None => "no model".to_owned(),
        }
    }
}

/// Alternatives that the text shows; the data has all of them.
const SHOWN: usize = 5;

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [m, n, k] = self.shape;
        let [l1d, l2] = self.caches.map(|bytes| bytes / 1024);
        writeln!(f, "{m}x{n}x{k} on {}: {}", self.core, self.kernel)?;
        if let Some(short) = &self.short_form {
            writeln!(f, "  form for short k  {short}")?;
        }
        writeln!(f, "  why        {}", self.reason)?;
        writeln!(f, "  cost       {}", self.cost(self.cycles))?;
        writeln!(f, "  a call     {}x{} results", self.tile[0], self.tile[1])?;
        writeln!(f, "  left       {}", self.lhs)?;
        writeln!(f, "  right      {}", self.rhs)?;
        let (rows, cols) = (self.rows_at_a_time, self.columns_at_a_time);
        writeln!(f, "  blocks     {rows} rows, {cols} columns (caches of {l1d} and {l2} KiB)")?;
        writeln!(f, "  output     {}", self.output)?;
        writeln!(f, "  end        {}", self.end)?;
        writeln!(f, "  workspace  {} bytes", self.workspace_bytes)?;
        writeln!(f, "  exact      up to k = {}", self.k_limit)?;
        let others: Vec<&Alternative> =
            self.considered.iter().filter(|other| other.kernel != self.kernel).collect();
        for (at, other) in others.iter().take(SHOWN).enumerate() {
            let label = if at == 0 { "considered" } else { "" };
            let cost = self.cost(other.cycles);
            writeln!(f, "  {label:<10} {} (made for {}): {cost}", other.kernel, other.made_for)?;
        }
        if others.len() > SHOWN {
            writeln!(f, "             and {} more", others.len() - SHOWN)?;
        }
        for warning in &self.warnings {
            writeln!(f, "  warning    {warning}")?;
        }
        Ok(())
    }
}
