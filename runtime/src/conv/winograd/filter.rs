//! Minimal filtering along one axis: two neighbouring outputs of r taps from fewer than 2·r products.
//!
//! For r = 3, d the four pixels below two outputs and g the taps (S. Winograd, *Arithmetic Complexity of Computations*,
//! SIAM 1980; A. Lavin and S. Gray, *Fast Algorithms for Convolutional Neural Networks*, arXiv 1509.09308, call it F(2, 3)):
//!
//! ```text
//!   A = (d₀ − d₂)·g₀    S = (d₁ + d₂)·(g₀ + g₁ + g₂)        y₀ = d₀g₀ + d₁g₁ + d₂g₂ = A + (S + D)/2
//!   B = (d₃ − d₁)·g₂    D = (d₂ − d₁)·(g₀ − g₁ + g₂)        y₁ = d₁g₀ + d₂g₁ + d₃g₂ = B + (S − D)/2
//! ```
//!
//! four products in place of six. S + D and S − D are even, so that halving them is exact. For r = 2, F(2, 2):
//!
//! ```text
//!   A = (d₀ − d₁)·g₀    S = d₁·(g₀ + g₁)    B = (d₂ − d₁)·g₁    y₀ = A + S    y₁ = B + S
//! ```
//!
//! Longer kernels are pieces of three and two taps, whose A, B, S and D are summed up: five taps take 7 products in place
//! of 10. Beside pieces of three, 2·S of those of two is in the sum that is halved.

/// How an axis is worked on.
#[derive(Clone, Debug)]
pub(super) struct Filter {
    kind: Kind,
    /// What is summed up in each class.
    classes: Vec<Vec<Term>>,
}

/// The classes of an axis, and what outputs are of their sums.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// X: an output at a time, y₀ = X.
    Direct,
    /// A, B and S: y₀ = A + S, y₁ = B + S.
    Whole,
    /// A, B, S and D: y₀ = A + (S + D)/2, y₁ = B + (S − D)/2.
    Halved,
}

/// A product of what is made of pixels and of what is made of taps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Term {
    pub(super) pixels: Pixels,
    pub(super) taps: Taps,
}

/// What is made of the pixels below a tile, counted from its first output's first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pixels {
    One(usize),
    Sum(usize, usize),
    /// The first less the second.
    Difference(usize, usize),
}

/// Up to three neighbouring taps, each as often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Taps {
    first: usize,
    factors: [i32; 3],
}

/// Numbers from the first to the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Interval(pub(super) i32, pub(super) i32);

impl Filter {
    /// An output at a time, every tap a product.
    pub(super) fn direct(kernel: usize) -> Filter {
        let term = |tap| Term { pixels: Pixels::One(tap), taps: Taps { first: tap, factors: [1, 0, 0] } };
        Filter { kind: Kind::Direct, classes: vec![(0..kernel).map(term).collect()] }
    }

    /// Two outputs at a time; `None` for a single tap, of which nothing can be saved.
    pub(super) fn minimal(kernel: usize) -> Option<Filter> {
        let threes = match kernel % 3 {
            _ if kernel < 2 => return None,
            1 => kernel / 3 - 1,
            _ => kernel / 3,
        };
        let kind = if threes > 0 { Kind::Halved } else { Kind::Whole };
        let [mut a, mut b, mut s, mut d] = [const { Vec::new() }; 4];
        let mut first = 0;
        while first < kernel {
            let term = |pixels, factors| Term { pixels, taps: Taps { first, factors } };
            let [d0, d1, d2, d3] = [first, first + 1, first + 2, first + 3];
            if first < 3 * threes {
                a.push(term(Pixels::Difference(d0, d2), [1, 0, 0]));
                b.push(term(Pixels::Difference(d3, d1), [0, 0, 1]));
                s.push(term(Pixels::Sum(d1, d2), [1, 1, 1]));
                d.push(term(Pixels::Difference(d2, d1), [1, -1, 1]));
                first += 3;
            } else {
                a.push(term(Pixels::Difference(d0, d1), [1, 0, 0]));
                b.push(term(Pixels::Difference(d2, d1), [0, 1, 0]));
                let pixels = if kind == Kind::Halved { Pixels::Sum(d1, d1) } else { Pixels::One(d1) };
                s.push(term(pixels, [1, 1, 0]));
                first += 2;
            }
        }
        let classes = if kind == Kind::Halved { vec![a, b, s, d] } else { vec![a, b, s] };
        Some(Filter { kind, classes })
    }

    pub(super) fn kind(&self) -> Kind {
        self.kind
    }

    pub(super) fn classes(&self) -> &[Vec<Term>] {
        &self.classes
    }

    /// The terms of all classes.
    pub(super) fn terms(&self) -> usize {
        self.classes.iter().map(Vec::len).sum()
    }

    /// Outputs of a tile.
    pub(super) fn outputs(&self) -> usize {
        self.kind.outputs()
    }

    /// Tiles of `outputs` outputs, the last of which may be partly beyond them.
    pub(super) fn tiles(&self, outputs: usize) -> usize {
        outputs.div_ceil(self.outputs())
    }

    /// The class whose terms have each tap once: X or S.
    pub(super) fn all_taps(&self) -> usize {
        if self.kind == Kind::Direct { 0 } else { 2 }
    }

    /// Whether a class's sums become part of each output as they are: what is added to one of them is added to one output.
    pub(super) fn is_whole(&self, class: usize) -> bool {
        class < self.outputs()
    }
}

impl Kind {
    /// Outputs of a tile.
    pub(super) fn outputs(self) -> usize {
        if self == Kind::Direct { 1 } else { 2 }
    }
}

impl Pixels {
    /// The last of them.
    pub(super) fn last(self) -> usize {
        match self {
            Pixels::One(a) => a,
            Pixels::Sum(a, b) | Pixels::Difference(a, b) => a.max(b),
        }
    }

    /// What it is if pixels are in `of`.
    pub(super) fn interval(self, of: Interval) -> Interval {
        match self {
            Pixels::One(_) => of,
            Pixels::Sum(..) => Interval(2 * of.0, 2 * of.1),
            Pixels::Difference(..) => Interval(of.0 - of.1, of.1 - of.0),
        }
    }
}

impl Taps {
    /// The taps that are there, and how often.
    pub(super) fn each(self) -> impl Iterator<Item = (usize, i32)> {
        let factors = self.factors.into_iter().enumerate().filter(|(_, factor)| *factor != 0);
        factors.map(move |(at, factor)| (self.first + at, factor))
    }

    /// What it is if taps are in `of`.
    pub(super) fn interval(self, of: Interval) -> Interval {
        self.each().fold(Interval(0, 0), |sum, (_, factor)| {
            let (a, b) = (factor * of.0, factor * of.1);
            Interval(sum.0 + a.min(b), sum.1 + a.max(b))
        })
    }
}

impl Interval {
    /// The least that contains both.
    pub(super) fn hull(self, other: Interval) -> Interval {
        Interval(self.0.min(other.0), self.1.max(other.1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Both outputs by the classes, with numbers that no two places share.
    #[test]
    fn outputs_are_sums_of_taps() {
        for kernel in 1..=12 {
            let (d, g): (Vec<i64>, Vec<i64>) =
                ((0..kernel + 1).map(|at| (at * at * 7 + 3) as i64 % 101 - 50).collect(), {
                    (0..kernel).map(|at| (at * 29 + 11) as i64 % 37 - 18).collect()
                });
            for filter in [Some(Filter::direct(kernel)), Filter::minimal(kernel)].into_iter().flatten() {
                let sum = |terms: &Vec<Term>| {
                    let product = |term: &Term| {
                        let pixels = match term.pixels {
                            Pixels::One(a) => d[a],
                            Pixels::Sum(a, b) => d[a] + d[b],
                            Pixels::Difference(a, b) => d[a] - d[b],
                        };
                        pixels * term.taps.each().map(|(tap, factor)| i64::from(factor) * g[tap]).sum::<i64>()
                    };
                    terms.iter().map(product).sum::<i64>()
                };
                let sums: Vec<i64> = filter.classes().iter().map(sum).collect();
                let outputs = match (filter.kind(), &sums[..]) {
                    (Kind::Direct, [x]) => vec![*x],
                    (Kind::Whole, [a, b, s]) => vec![a + s, b + s],
                    (Kind::Halved, [a, b, s, d]) => {
                        assert_eq!((s + d) % 2, 0);
                        vec![a + (s + d) / 2, b + (s - d) / 2]
                    }
                    other => panic!("{other:?}"),
                };
                assert_eq!(outputs.len(), filter.outputs());
                for (at, output) in outputs.into_iter().enumerate() {
                    let wanted: i64 = g.iter().zip(&d[at..]).map(|(g, d)| g * d).sum();
                    assert_eq!(output, wanted, "{kernel} taps, {filter:?}");
                }
            }
        }
        for kernel in 2..=12 {
            let filter = Filter::minimal(kernel).unwrap();
            let taps = filter.classes()[filter.all_taps()].iter().flat_map(|term| term.taps.each());
            assert!(taps.eq((0..kernel).map(|tap| (tap, 1))), "{filter:?}");
        }
        assert!(Filter::minimal(0).is_none() && Filter::minimal(1).is_none());
        let products = [2, 3, 4, 5, 6, 7].map(|kernel| Filter::minimal(kernel).unwrap().terms());
        assert_eq!(products, [3, 4, 6, 7, 8, 10]);
    }
}
