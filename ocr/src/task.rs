//! What a network is for.

use crate::graph::{Graph, Shape};
use crate::{lenet, text};
use serde::{Deserialize, Serialize};

/// What a network reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Task {
    /// A digit of 28×28 pixels, as MNIST has them: LeNet-5.
    Digit,
    /// A line of text: [`crate::text`].
    Line,
}

impl Task {
    /// All of them.
    pub const ALL: [Task; 2] = [Task::Digit, Task::Line];

    /// Its network.
    #[must_use]
    pub fn graph(self) -> &'static Graph {
        match self {
            Task::Digit => &lenet::GRAPH,
            Task::Line => &text::net::GRAPH,
        }
    }

    /// The shape of the image that files of qgen-runtime and costs are for: of lines one of 320 columns, of which networks for
    /// others are made.
    #[must_use]
    pub const fn shape(self) -> Shape {
        match self {
            Task::Digit => lenet::INPUT,
            Task::Line => text::net::shape(320),
        }
    }

    /// Its name in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Task::Digit => "digit",
            Task::Line => "line",
        }
    }

    /// What its models are called in files.
    pub(crate) fn model(self) -> &'static str {
        match self {
            Task::Digit => "qgen-ocr lenet-5",
            Task::Line => "qgen-ocr text line",
        }
    }

    /// What its checkpoints are called in files.
    pub(crate) fn checkpoint(self) -> &'static str {
        match self {
            Task::Digit => "qgen-ocr lenet-5 checkpoint",
            Task::Line => "qgen-ocr text line checkpoint",
        }
    }

    /// Whose work its networks learn from.
    pub(crate) fn license(self) -> &'static str {
        match self {
            Task::Digit => "MNIST, CC BY-SA 3.0, LeCun and Cortes",
            Task::Line => "drawn lines; fonts OCR-B, DejaVu, Liberation",
        }
    }

    /// How many examples go through the network together in training. Lines have different widths.
    pub(crate) fn together(self) -> usize {
        match self {
            Task::Digit => 16,
            Task::Line => 1,
        }
    }
}
