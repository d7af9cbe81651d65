//! The network of lines, and what it learns of each column.
//!
//! ```text
//!   24×w×1 ─ 3×3 ─► 8 maps, half of rows and columns ─ 3×3 ─► 24, half of rows ─ 3×3 ─► 32, half of rows
//!   3×w/2×32 ─ 3×5 ─► 1×w/2×64 ─ 1×9 ─► 64 ─ 1×9 ─► 64 ─ 1×1 ─► 43 logits for each two columns
//! ```
//!
//! It takes lines of any width, and sees 25 columns to both sides: two characters, which tell a space from a wide font, and often an O from a
//! 0. A column is a character's where it is in the middle half of that character (three quarters of a space), else nobody's: so
//! equal neighbours stay apart, and whoever reads along the columns finds each character once.

use super::{BLANK, CHARACTERS, CLASSES, HEIGHT, Line, STRONGEST};
use crate::graph::{Conv, Graph, Layer, Shape};
use crate::lenet;
use crate::protocol::stream;
use crate::random::Stream;
use crate::train::{Example, Examples, Recipe};

const fn conv(name: &'static str, maps: [usize; 2], kernel: [usize; 2], padding: [usize; 2]) -> Layer {
    let [maps_in, maps_out] = maps;
    Layer::Conv(Conv { name, maps_in, maps_out, kernel, padding, full: false })
}

/// Columns of the image for each of the output.
pub const STEP: usize = 2;

/// The layers.
pub static GRAPH: Graph = Graph {
    name: "the line network",
    layers: &[
        conv("conv1", [1, 8], [3, 3], [1, 1]),
        Layer::Relu,
        Layer::Pool { height: 2, width: STEP },
        conv("conv2", [8, 24], [3, 3], [1, 1]),
        Layer::Relu,
        Layer::Pool { height: 2, width: 1 },
        conv("conv3", [24, 32], [3, 3], [1, 1]),
        Layer::Relu,
        Layer::Pool { height: 2, width: 1 },
        conv("conv4", [32, 64], [3, 5], [0, 2]),
        Layer::Relu,
        conv("conv5", [64, 64], [1, 9], [0, 4]),
        Layer::Relu,
        conv("conv6", [64, 64], [1, 9], [0, 4]),
        Layer::Relu,
        conv("conv7", [64, CLASSES], [1, 1], [0, 0]),
    ],
};

/// The shape of a line of so many columns.
#[must_use]
pub const fn shape(width: usize) -> Shape {
    Shape { height: HEIGHT, width, maps: 1 }
}

/// A line as ink, whatever its light: 0 where it is as light as its paper, 255 where it is as dark as its darkest. Paper is
/// lighter than 80 of 100 bytes, dark darker than 98, and at least `CONTRAST` below.
#[must_use]
pub fn ink(pixels: &[u8]) -> Vec<u8> {
    let mut counts = [0usize; 256];
    pixels.iter().for_each(|&byte| counts[usize::from(byte)] += 1);
    let below = |percent: usize| {
        let mut sum = 0;
        let reached = |count: &usize| {
            sum += count;
            100 * sum >= percent * pixels.len()
        };
        counts.iter().position(reached).unwrap_or(255) as i32
    };
    let (dark, paper) = (below(2), below(80));
    let contrast = (paper - dark).max(CONTRAST);
    pixels.iter().map(|&byte| ((paper - i32::from(byte)) * 255 / contrast).clamp(0, 255) as u8).collect()
}

/// The least difference between paper and ink that is taken for one.
const CONTRAST: i32 = 16;

/// What the network sees of a line.
#[must_use]
pub fn inputs(pixels: &[u8]) -> Vec<f32> {
    lenet::inputs(&ink(pixels))
}

/// The class of each column of the output.
#[must_use]
pub fn labels(line: &Line) -> Vec<u8> {
    let mut labels = vec![BLANK; line.width / STEP];
    for (character, &(from, to)) in line.text.bytes().zip(&line.spans) {
        let class = CHARACTERS.iter().position(|&c| c == character).map_or(BLANK, |n| n as u8 + 1);
        let middle = (from + to) / 2.0;
        let reach = (to - from) * if character == b' ' { 0.375 } else { 0.25 };
        let column = |x: f32| x / STEP as f32 - 0.5;
        // At least the column nearest to the middle.
        let nearest = column(middle).round();
        let first = column(middle - reach).ceil().min(nearest);
        let last = column(middle + reach).floor().max(nearest);
        for n in first as i64..=last as i64 {
            if let Some(label) = usize::try_from(n).ok().and_then(|n| labels.get_mut(n)) {
                *label = class;
            }
        }
    }
    labels
}

/// Lines to learn from, drawn anew in each epoch.
pub struct Lines {
    /// How many in an epoch.
    pub count: usize,
}

impl Examples for Lines {
    fn count(&self) -> usize {
        self.count
    }

    fn example(&self, recipe: &Recipe, epoch: u64, index: usize) -> Example {
        let names = [stream::LINES_TRAINING, recipe.seed, epoch, index as u64];
        let line = Line::drawn(&mut Stream::new(&names));
        let (input, labels) = (inputs(&line.pixels), labels(&line));
        Example { input, shape: shape(line.width), labels, level: line.sigma / STRONGEST }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_network_is_the_protocols() {
        assert_eq!(GRAPH.parameters(), 116_211);
        let shapes = GRAPH.shapes(shape(100)).unwrap();
        assert_eq!(shapes[shapes.len() - 1], Shape { height: 1, width: 50, maps: CLASSES });
    }

    #[test]
    fn ink_does_not_depend_on_the_light() {
        let line: Vec<u8> = (0..1000).map(|n| if n % 10 == 0 { 60 } else { 220 }).collect();
        let darker: Vec<u8> = line.iter().map(|&byte| byte / 2).collect();
        assert_eq!(ink(&line), ink(&darker));
        assert_eq!((ink(&line)[0], ink(&line)[1]), (255, 0));
        // Nearly no contrast is not made one.
        let flat: Vec<u8> = (0..1000).map(|n| 200 + (n % 3) as u8).collect();
        assert!(ink(&flat).iter().all(|&ink| ink < 50));
        assert!(ink(&[]).is_empty());
    }
}
