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

/// Every shape that `shapes.txt` has: the published grid, layers of LeNet-5, MobileNet and ResNet-18, and some that are large,
/// of one row or of few columns.
pub(crate) fn all() -> Vec<NamedShape> {
    let lines = include_str!("shapes.txt").lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let read = |line: &'static str| {
        let (sides, layer) = line.split_once(' ').map_or((line, None), |(sides, layer)| (sides, Some(layer)));
        NamedShape { layer, ..NamedShape::parse(sides).expect("the file has shapes; a test reads them") }
    };
    lines.map(read).collect()
}

/// The shapes that are tuned for if no others are given: the grid, then the layers of LeNet-5 for one image of 28×28.
pub(crate) fn usual() -> Vec<NamedShape> {
    let is_usual = |shape: &NamedShape| shape.layer.is_none_or(|layer| layer.starts_with("LeNet-5"));
    all().into_iter().filter(is_usual).collect()
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
        assert_eq!(layers.len(), 5);
    }

    #[test]
    fn the_grid_is_every_combination() {
        let grid: Vec<NamedShape> = usual().into_iter().filter(|s| s.layer.is_none()).collect();
        let mut expected = Vec::new();
        for m in [72, 120, 240, 360] {
            for n in [24, 48, 72, 96] {
                expected.extend([128, 256, 384, 512].map(|k| NamedShape::new(m, n, k)));
            }
        }
        assert_eq!(grid, expected);
    }

    /// Weights of the networks: of MobileNet's 1×1 convolutions 3,139,584 (five of 512 by 512 are one line), of ResNet-18
    /// 11,678,912, which are its 11,689,512 parameters without bias and norms (of equal layers one stands for all).
    #[test]
    fn the_layers_are_those_of_the_papers() {
        let weights = |network: &str, times: &dyn Fn(&str) -> usize| -> usize {
            let all = all().into_iter().filter(|s| s.layer.is_some_and(|layer| layer.starts_with(network)));
            all.map(|s| s.n * s.k * times(s.layer.unwrap())).sum()
        };
        assert_eq!(weights("MobileNet", &|layer| if layer.ends_with("7 to 11") { 5 } else { 1 }), 3_139_584);
        let times = |layer: &str| match layer.split_once(' ').unwrap().1 {
            "conv2_x" => 4,
            "conv3_x" | "conv4_x" | "conv5_x" => 3,
            _ => 1,
        };
        assert_eq!(weights("ResNet-18", &times), 11_678_912);
    }
}
