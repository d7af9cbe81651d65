//! What a convolution's plan decided, for people and as data.

use super::way::{Estimate, Way};
use crate::plan;
use serde::Serialize;
use std::fmt;

/// What a plan decided and why. Its [`Display`](fmt::Display) is some lines of text; with serde it is data.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Explanation {
    /// The layer's name.
    pub layer: String,
    /// Its sizes.
    pub geometry: String,
    /// How it is done.
    pub way: Way,
    /// Why so.
    pub reason: String,
    /// Ways that were compared, the best first, and of [`Way::Winograd`] only if it is taken: that is compared by cycles.
    pub estimates: Vec<Estimate>,
    /// Pixels of the output that are worked on together; of a pool's output, where that is stored by the loop.
    pub pixels_at_a_time: usize,
    /// The type of the results, and what is made of sums.
    pub output: String,
    /// Whether that is fused into the kernel's end, or why it is a pass over blocks of sums.
    pub end: String,
    /// Bytes of the workspace.
    pub workspace_bytes: usize,
    /// The product of matrices of one group, where there is one.
    pub product: Option<plan::Explanation>,
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.geometry)?;
        writeln!(f, "  way        {}: {}", self.way, self.reason)?;
        for Estimate { way, instructions } in &self.estimates {
            if let Some(instructions) = instructions {
                writeln!(f, "  estimate   {way}: {instructions:.0} instructions")?;
            }
        }
        writeln!(f, "  blocks     {} pixels", self.pixels_at_a_time)?;
        writeln!(f, "  workspace  {} bytes", self.workspace_bytes)?;
        match &self.product {
            // It has the lines about the output, too.
            Some(product) => write!(f, "{product}"),
            None => write!(f, "  output     {}\n  end        {}\n", self.output, self.end),
        }
    }
}
