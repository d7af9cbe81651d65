//! Networks of stored numbers from networks of floats: layer after layer, each frozen before the next.
//!
//! ```text
//!   Model, Width ──► for each convolution: the grid of its inputs, the scales of its weights (choose)
//!                      └─► it and all later layers are trained, its weights rounded (tune) ──► frozen (freeze) ─┐
//!                      ▲────────────────────────────────────────────────────────────────────────────────────────┘
//!   Quantised ──► Integer: a network of qgen-runtime, its file (integer)
//! ```
//!
//! `PROTOCOL.md` has the recipe. It follows published training code of the 4.6-bit paper where that is known, with per-map
//! scales of weights.

mod freeze;
mod integer;
mod tune;
mod width;

pub use freeze::Stored;
pub use integer::{About, Integer};
pub use width::{WIDTHS, Width, named};

use crate::error::{Error, Result};
use crate::graph::{Grid, Network};
use crate::model::Model;
use crate::train::{Example, Examples, Recipe};

/// The grid of an image's bytes, which mean 0 to 1: each less 128, because kernels multiply signed numbers.
pub const BYTES: Grid = Grid { scale: 1.0 / 255.0, zero_point: -128, lowest: -128, highest: 127 };

/// Examples that scales are chosen by.
const CALIBRATION: usize = 256;

/// A network some of whose layers are frozen.
#[derive(Clone, Debug)]
pub struct Quantised {
    pub(crate) recipe: Recipe,
    pub(crate) protocol: u32,
    pub(crate) width: Width,
    pub(crate) all: bool,
    /// Weights of frozen layers are what their stored numbers mean.
    pub(crate) net: Network<f32>,
    /// The frozen convolutions.
    pub(crate) stored: Vec<Stored>,
    /// The grids of inputs, as they were before the first layer was frozen.
    expected: Vec<Grid>,
}

impl Quantised {
    /// A network before its first layer is frozen. `all`: the first and the last layer have the others' width, not 8 bits.
    #[must_use]
    pub fn new(model: &Model, width: Width, all: bool) -> Quantised {
        let Model { recipe, protocol, net, .. } = model.clone();
        Quantised { recipe, protocol, width, all, net, stored: Vec::new(), expected: Vec::new() }
    }

    /// How many layers are frozen, and of how many.
    #[must_use]
    pub fn progress(&self) -> (usize, usize) {
        (self.stored.len(), self.net.graph().convs().count())
    }

    /// The width of convolution `index` of `count`.
    fn width_of(&self, index: usize, count: usize) -> Width {
        if !self.all && (index == 0 || index + 1 == count) { width::EIGHT } else { self.width }
    }

    fn grids(&self) -> Vec<Grid> {
        self.stored.iter().map(|stored| stored.input).collect()
    }

    /// Trains what is left for the next layer's stored numbers and freezes that; false when none is left. `steps`: of training; those of the protocol
    /// where none are given.
    ///
    /// # Errors
    /// If training came to numbers that are none.
    pub fn advance(&mut self, examples: &impl Examples, steps: Option<usize>) -> Result<bool> {
        let (index, count) = self.progress();
        if index == count {
            return Ok(false);
        }
        let some = CALIBRATION.min(examples.count());
        let calibration: Vec<Example> = (0..some).map(|n| examples.example(&self.recipe, 0, n)).collect();
        if self.expected.is_empty() {
            self.expected = self.expect(|index| self.width_of(index, count), &calibration);
        }
        let chosen = self.choose(index, self.width_of(index, count), &calibration);
        self.tune(&chosen, examples, steps);
        self.freeze(chosen);
        let finite = self.net.parameters().iter().all(|parameter| parameter.is_finite());
        if finite { Ok(true) } else { Err(Error::of("quantise", "weights came to be no numbers")) }
    }
}
