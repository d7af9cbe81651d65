//! A plan on several threads: rows in parts, each with a workspace of its own.

use super::Plan;
use crate::threads::{self, Threads};
use crate::{Element, Error, MatMut, MatRef, PackedRhs, Value, Workspace};

impl Plan {
    /// [`Plan::run`] by `threads`, as many as there are `workspaces` at most: each works out some
    /// of the rows. Results are the same for any number of threads. An output whose rows lie between one
    /// another (column-major, say) is left to one thread.
    ///
    /// # Errors
    /// As [`Plan::run`]; [`Error::Shape`] about `workspaces`, if there are none. Of several values outside of
    /// the range one of the first part that has one is named.
    pub fn run_on<T: Value, O: Element>(
        &self,
        threads: &dyn Threads,
        lhs: MatRef<'_, T>,
        rhs: &PackedRhs,
        out: MatMut<'_, O>,
        workspaces: &mut [Workspace],
    ) -> Result<(), Error> {
        let tile = usize::from(self.kernel().descriptor().spec.tile.m);
        let tiles = lhs.rows().div_ceil(tile);
        let parts = if out.rows_are_apart() { tiles } else { 1 };
        let parts = threads::parts(threads, parts, workspaces.len())?;
        if parts == 1 || (out.rows(), out.cols()) != (lhs.rows(), rhs.n()) {
            return self.run(lhs, rhs, out, &mut workspaces[0]);
        }
        let mut shares = Vec::new();
        let mut rest = Some(out);
        for (part, workspace) in (0..parts).zip(workspaces) {
            let tiles = threads::part(tiles, part, parts);
            let rows = tiles.start * tile..lhs.rows().min(tiles.end.saturating_mul(tile));
            let Some((mine, others)) = rest.take().map(|rest| rest.split_rows(rows.len())) else { break };
            rest = Some(others);
            shares.push((rows.start, lhs.row_block(rows.start, rows.len())?, mine, workspace));
        }
        threads::share(threads, shares, |(first, lhs, out, workspace)| {
            self.run(lhs, rhs, out, workspace).map_err(|e| e.below(first))
        })
    }
}
