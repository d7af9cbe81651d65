//! Networks of stored numbers from networks of floats: layer after layer, each frozen before the next.
//!
//! ```text
//!   Model, Width ──► layer by layer: the grid of the inputs, the scales of the weights (calibrate)
//!                ──► all layers are trained, rounded wherever they are used, and their scales, too (tune)
//!                ──► the first layer that is left is frozen (freeze), the others are trained on (tune) ─┐
//!                                       ▲────────────────────────────────────────────────────────────────┘
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
use crate::protocol::{FINE_TUNING, FREEZING, LINE_TUNING, TUNING, Tuning};
use crate::task::Task;
use crate::train::{Example, Examples, Recipe};
use freeze::Chosen;

/// The grid of an image's bytes, which mean 0 to 1: each less 128, because kernels multiply signed numbers.
pub const BYTES: Grid = Grid { scale: 1.0 / 255.0, zero_point: -128, lowest: -128, highest: 127 };

/// Examples that scales are chosen by.
const CALIBRATION: usize = 256;

/// The largest weight of 5 bits.
const FINE: i32 = 15;

/// The number that epochs of tuning begin at: far behind those of training.
const EPOCHS: u64 = 1000;

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
    /// The network of floats, whose answers are learned.
    teacher: Network<f32>,
    /// What is chosen for the others.
    ahead: Vec<Chosen>,
}

impl Quantised {
    /// A network before its first layer is frozen. `all`: the first and the last layer have the others' width, not 8 bits.
    #[must_use]
    pub fn new(model: &Model, width: Width, all: bool) -> Quantised {
        let Model { recipe, protocol, net, .. } = model.clone();
        Quantised {
            recipe,
            protocol,
            width,
            all,
            teacher: net.clone(),
            net,
            stored: Vec::new(),
            ahead: Vec::new(),
        }
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
        let ahead = self.ahead.iter().map(|chosen| chosen.input);
        self.stored.iter().map(|stored| stored.input).chain(ahead).collect()
    }

    /// The training of all layers together, and that before each one is frozen.
    fn tuning(&self, steps: Option<usize>) -> (Tuning, Tuning) {
        let usual = match self.recipe.task {
            Task::Digit if self.width.weight >= FINE => FINE_TUNING,
            Task::Digit => TUNING,
            Task::Line => LINE_TUNING,
        };
        let all = Tuning { steps: steps.unwrap_or(usual.steps), ..usual };
        let (part, slower) = FREEZING;
        (all, Tuning { steps: all.steps / part, rate: all.rate / slower })
    }

    /// How many steps [`Quantised::advance`] trains until no layer is left.
    #[must_use]
    pub fn steps(&self, steps: Option<usize>) -> usize {
        let (all, each) = self.tuning(steps);
        all.steps + each.steps * self.progress().1
    }

    /// Trains what is left and freezes the next layer; false when none is left. Before the first one all layers are calibrated and trained
    /// together, for `steps` steps, or those of the protocol where none are given. `done` hears of each step.
    ///
    /// # Errors
    /// If training came to numbers that are none.
    pub fn advance(
        &mut self,
        examples: &impl Examples,
        steps: Option<usize>,
        mut done: impl FnMut(),
    ) -> Result<bool> {
        let (index, count) = self.progress();
        if index == count {
            return Ok(false);
        }
        let (all, each) = self.tuning(steps);
        if index == 0 {
            let some = CALIBRATION.min(examples.count());
            let calibration: Vec<Example> = (0..some).map(|n| examples.example(&self.recipe, 0, n)).collect();
            self.calibrate(&calibration);
            self.tune(examples, EPOCHS, all, &mut done);
        }
        self.tune(examples, EPOCHS * (index as u64 + 2), each, &mut done);
        self.freeze();
        let finite = self.net.parameters().iter().all(|parameter| parameter.is_finite());
        if finite { Ok(true) } else { Err(Error::of("quantise", "weights came to be no numbers")) }
    }
}
