//! Networks and inputs that are drawn.

use crate::plain::Plain;
use qgen_runtime::Range;
use qgen_runtime::bench::{SplitMix64, floats};
use qgen_runtime::conv::{Nhwc, Window};
use qgen_runtime::net::{Conv, Dense, Kind, Model, ModelBuilder, Op, Weights};
use qgen_runtime::quant::{Activation, Params};

/// Draws networks.
struct Drawn {
    random: SplitMix64,
    model: ModelBuilder,
    names: Vec<String>,
}

impl Drawn {
    fn below(&mut self, count: usize) -> usize {
        (self.random.next_u64() % count as u64) as usize
    }

    /// Stored numbers of 2 to 8 bits, signed or not.
    fn stored(&mut self) -> Kind {
        let bits = 2 + self.below(7) as u32;
        let (lo, hi) = if self.below(3) == 0 {
            (0, (1 << bits) - 1)
        } else {
            (-(1 << (bits - 1)), (1 << (bits - 1)) - 1)
        };
        let range = Range::new(lo, hi).unwrap();
        let zero = self.random.in_range(range);
        let scale = [0.25f32, 0.5, 0.37, 1.0][self.below(4)];
        Kind::Stored(Params::per_tensor(scale, zero.into(), range).unwrap())
    }

    fn weights(&mut self, given: &Kind, outputs: usize, depth: usize) -> Weights {
        let seed = self.random.next_u64();
        let bias = self.below(3) > 0;
        if *given == Kind::Float {
            // Multiples of 1/8: sums are exact in any order.
            let bias = if bias { floats(seed, outputs) } else { vec![] };
            return Weights::float(floats(seed + 1, outputs * depth), bias);
        }
        let bits = 2 + self.below(7) as u32;
        let half = (1i16 << (bits - 1)) - 1;
        let range = Range::new(-half, half).unwrap();
        let zero = if self.below(4) == 0 { self.random.in_range(range) } else { 0 };
        let params = if self.below(2) == 0 {
            Params::per_tensor(0.01, zero.into(), range)
        } else {
            Params::per_channel((0..outputs).map(|c| 0.005 + c as f32 / 700.0).collect(), zero.into(), range)
        };
        let values = qgen_runtime::bench::signed(seed, range, outputs * depth);
        let bias =
            if bias { (0..outputs).map(|_| self.random.next_u64() as i32 >> 20).collect() } else { vec![] };
        Weights::stored(values, params.unwrap(), bias)
    }

    fn window(&mut self) -> Window {
        let mut pair = |count: usize| [self.below(count), self.below(count)];
        let [kh, kw] = pair(3).map(|n| n + 1);
        let stride = pair(2).map(|n| n + 1);
        let (vertical, horizontal) = (pair(2), pair(2));
        Window { kernel: [kh, kw], stride, dilation: [1, 1], padding: [vertical, horizontal] }
    }

    fn layer(&mut self) {
        let from = self.below(self.names.len()).max(self.below(self.names.len()));
        let input = self.names[from].clone();
        let (shape, given) = (self.model.shape(&input).unwrap(), self.model.kind(&input).unwrap());
        let out = if given == Kind::Float { Kind::Float } else { self.stored() };
        let activation = [Activation::None, Activation::Relu, Activation::Relu6][self.below(3)];
        let (op, kind, inputs) = match self.below(9) {
            0 | 1 => {
                let window = self.window();
                let groups = if self.below(3) == 0 { shape.channels } else { 1 };
                let outputs = groups * (1 + self.below(if groups > 1 { 2 } else { 9 }));
                let depth = window.kernel[0] * window.kernel[1] * shape.channels / groups;
                let conv = Conv::new(window, outputs, self.weights(&given, outputs, depth));
                (Op::Conv(conv.groups(groups).activation(activation)), out, vec![input])
            }
            2 => {
                let outputs = 1 + self.below(20);
                let weights = self.weights(&given, outputs, shape.len().unwrap());
                let kind = if self.below(3) == 0 { Kind::Float } else { out };
                (Op::Dense(Dense::new(outputs, weights).activation(activation)), kind, vec![input])
            }
            3 => (Op::MaxPool(self.window()), given, vec![input]),
            4 => (Op::AveragePool(self.window()), given, vec![input]),
            5 => (Op::GlobalAverage, given, vec![input]),
            6 => (Op::Flatten, given, vec![input]),
            7 => (Op::Convert, self.stored(), vec![input]),
            _ => {
                let same = |name: &&String| {
                    let kind = self.model.kind(name).unwrap();
                    self.model.shape(name).unwrap() == shape
                        && (kind == Kind::Float) == (given == Kind::Float)
                };
                let others: Vec<String> = self.names.iter().filter(same).cloned().collect();
                let other = others[self.below(others.len())].clone();
                (Op::Add(activation), out, vec![input, other])
            }
        };
        let name = format!("layer{}", self.names.len());
        let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
        // Windows may not fit.
        if self.model.add(&name, &inputs, op, kind).is_ok() {
            self.names.push(name);
        }
    }
}

pub(crate) fn drawn(seed: u64) -> Model {
    let mut random = SplitMix64::new(seed);
    let mut side = |count: u64| 1 + (random.next_u64() % count) as usize;
    let shape = Nhwc::new(1, side(8), side(8), side(9));
    let mut drawn =
        Drawn { random, model: Model::builder(shape, Kind::Float).unwrap(), names: vec!["input".into()] };
    if drawn.below(3) > 0 {
        let kind = drawn.stored();
        drawn.model = Model::builder(shape, kind).unwrap();
    }
    while drawn.names.len() < 2 {
        drawn.layer();
    }
    for _ in 0..drawn.below(7) {
        drawn.layer();
    }
    let last = drawn.names.pop().unwrap();
    drawn.model.finish(&last).unwrap()
}

pub(crate) fn input(model: &Model, batch: usize, seed: u64) -> Plain {
    let (shape, kind) = model.input();
    let len = shape.len().unwrap() * batch;
    match kind {
        Kind::Float => Plain::Float(floats(seed, len)),
        Kind::Stored(params) => {
            let mut random = SplitMix64::new(seed);
            Plain::Stored((0..len).map(|_| random.in_range(params.range()).into()).collect())
        }
    }
}

/// Whether sums of floats are exact, so that their order does not matter: a layer of them on the input at most.
pub(crate) fn exact(model: &Model) -> bool {
    let floats = model.layers().iter().filter(|layer| {
        matches!(layer.op().weights(), Some(Weights::Float { .. }))
            || matches!(layer.op(), Op::AveragePool(_) | Op::GlobalAverage)
    });
    model.input().1.params().is_some() && floats.clone().count() == 0 || floats.count() <= 1
}
