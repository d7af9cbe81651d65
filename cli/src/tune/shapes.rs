//! The shapes that are tuned for.

use qgen_spec::{Diagnostic, Field};
use serde::Serialize;

/// A multiplication's shape, and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct NamedShape {
    /// Rows of the result.
    pub(crate) m: usize,
    /// Columns of the result.
    pub(crate) n: usize,
    /// Depth.
    pub(crate) k: usize,
    /// A layer's name; `None` for the grid and for shapes that the user gives.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) layer: Option<&'static str>,
}

/// Sides beyond this are none that a tuning file can hold.
const LARGEST: usize = u32::MAX as usize;

/// A modelled multiplication may be large; this is beyond every one that exists.
const MOST_MACS: u64 = 1 << 50;

impl NamedShape {
    fn new(m: usize, n: usize, k: usize) -> NamedShape {
        NamedShape { m, n, k, layer: None }
    }

    /// Reads `MxNxK`.
    pub(crate) fn parse(text: &str) -> Result<NamedShape, Diagnostic> {
        let bad = |problem: String| {
            let help = "write ROWSxCOLUMNSxDEPTH, each at least 1, for example 240x72x256";
            Diagnostic::new(Field::Shape, problem, help)
        };
        let sides: Vec<Option<usize>> =
            text.split('x').map(|s| s.parse().ok().filter(|side| (1..=LARGEST).contains(side))).collect();
        let [Some(m), Some(n), Some(k)] = sides[..] else {
            return Err(bad(format!("`{text}` is not a shape")));
        };
        let shape = NamedShape::new(m, n, k);
        match shape.checked_macs().filter(|&macs| macs <= MOST_MACS) {
            Some(_) => Ok(shape),
            None => Err(bad(format!("{text} has more than {MOST_MACS} multiply-accumulates"))),
        }
    }

    fn checked_macs(&self) -> Option<u64> {
        (self.m as u64).checked_mul(self.n as u64)?.checked_mul(self.k as u64)
    }

    /// Multiply-accumulates.
    pub(crate) fn macs(&self) -> f64 {
        self.m as f64 * self.n as f64 * self.k as f64
    }

    /// `240x72x256`.
    pub(crate) fn sides(&self) -> String {
        format!("{}x{}x{}", self.m, self.n, self.k)
    }
}

/// The grid of the 4-bit paper's successor (arXiv 2205.09120), then the layers of LeNet-5 for one image
/// of 28×28: convolutions as im2col makes them (rows: output pixels, columns: channels, depth: window
/// times input channels).
pub(crate) fn usual() -> Vec<NamedShape> {
    let mut shapes = Vec::new();
    for m in [72, 120, 240, 360] {
        for n in [24, 48, 72, 96] {
            for k in [128, 256, 384, 512] {
                shapes.push(NamedShape::new(m, n, k));
            }
        }
    }
    let layer = |name, m, n, k| NamedShape { layer: Some(name), ..NamedShape::new(m, n, k) };
    shapes.extend([
        layer("LeNet-5 conv1", 28 * 28, 6, 5 * 5),
        layer("LeNet-5 conv2", 10 * 10, 16, 5 * 5 * 6),
        layer("LeNet-5 fc1", 1, 120, 400),
        layer("LeNet-5 fc2", 1, 84, 120),
        layer("LeNet-5 fc3", 1, 10, 84),
    ]);
    shapes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_read() {
        assert_eq!(NamedShape::parse("1x2x3"), Ok(NamedShape::new(1, 2, 3)));
        for text in ["", "1x2", "1x2x3x4", "0x1x1", "-1x1x1", "axbxc", "1x1x99999999999999999999", "8 x8x8"] {
            let e = NamedShape::parse(text).unwrap_err();
            assert_eq!(e.field, Field::Shape, "{text}");
        }
        let e = NamedShape::parse("4294967295x4294967295x1").unwrap_err();
        assert!(e.to_string().contains("multiply-accumulates"), "{e}");
    }

    #[test]
    fn the_layers_are_those_of_lenet_5() {
        // Its 61,706 parameters: weights, and a bias for every column.
        let layers: Vec<NamedShape> = usual().into_iter().filter(|s| s.layer.is_some()).collect();
        assert_eq!(layers.iter().map(|s| s.n * (s.k + 1)).sum::<usize>(), 61_706);
        assert_eq!(usual().len(), 4 * 4 * 4 + layers.len());
    }
}
