//! Convolution against seven loops that share no code with it.

mod common;
#[path = "common/convolution.rs"]
mod convolution;

use common::{int, machine};
use convolution::{Order, Shape, products, shapes};
use proptest::prelude::*;
use qgen_runtime::bench::SplitMix64;
use qgen_runtime::conv::{ConvPlan, Geometry, Nhwc, Way, Window, Workspace};
use qgen_runtime::cpu::{Core, Features, Machine};
use qgen_runtime::plan::{Epilogue, Params};
use qgen_runtime::quant::{self, Activation, Factors, FloatStage, OutputStage, Requantise};
use qgen_runtime::select::Overrides;
use qgen_runtime::threads::Scoped;
use qgen_runtime::{Element, Error, Operand, Range, Stored};
use std::fmt::Debug;
use std::num::NonZeroUsize;

/// A layer and what it is fed with.
#[derive(Clone, Debug)]
struct Layer {
    core: &'static str,
    input: Nhwc,
    outputs: usize,
    window: Window,
    groups: usize,
    operands: (Operand, Operand),
    zeros: (i32, i32),
    bias: bool,
    /// Bits that a bias lacks of 32.
    small: u32,
    seed: u64,
}

/// A type's values from a number.
trait Byte: Stored {
    fn of(value: i16) -> Self;
}

impl Byte for i8 {
    fn of(value: i16) -> i8 {
        i8::try_from(value).unwrap()
    }
}

impl Byte for u8 {
    fn of(value: i16) -> u8 {
        u8::try_from(value).unwrap()
    }
}

fn values(seed: u64, operand: Operand, len: usize) -> Vec<i16> {
    let mut random = SplitMix64::new(seed);
    let range = operand.range().unwrap();
    let any = std::iter::repeat_with(|| match random.next_u64() % 8 {
        0 => range.lo(),
        1 => range.hi(),
        _ => random.in_range(range),
    });
    any.filter(|&value| operand.contains(value)).take(len).collect()
}

impl Layer {
    fn new(input: [usize; 4], outputs: usize, window: Window) -> Layer {
        let [batch, height, width, channels] = input;
        Layer {
            core: "cortex-a53",
            input: Nhwc::new(batch, height, width, channels),
            outputs,
            window,
            groups: 1,
            operands: (int(-8, 7), int(-8, 7)),
            zeros: (0, 0),
            bias: false,
            small: 12,
            seed: 1,
        }
    }

    fn geometry(&self) -> Result<Geometry, Error> {
        Geometry::new("conv1", self.input, self.outputs, self.window, self.groups)
    }

    fn plan(&self) -> Result<ConvPlan, Error> {
        self.plan_to(&Epilogue::sums())
    }

    fn plan_to(&self, epilogue: &Epilogue) -> Result<ConvPlan, Error> {
        let pure = Overrides::default();
        let params = Params::new().environment(&pure, None).epilogue(epilogue);
        let params = params.lhs_zero_point(self.zeros.0).rhs_zero_point(self.zeros.1);
        ConvPlan::new(&self.geometry()?, self.operands, &params, &machine(self.core))
    }

    fn data(&self) -> (Vec<i16>, Vec<i16>, Vec<i32>) {
        let taps = self.window.kernel[0] * self.window.kernel[1];
        let weights = self.outputs * taps * self.input.channels / self.groups;
        let mut random = SplitMix64::new(self.seed + 2);
        let bias = (0..self.outputs).map(|_| random.next_u64() as i32 >> self.small);
        (
            values(self.seed, self.operands.0, self.input.len().unwrap()),
            values(self.seed + 1, self.operands.1, weights),
            bias.filter(|_| self.bias).collect(),
        )
    }

    /// The sums by definition.
    fn wanted(&self, input: &[i16], weights: &[i16]) -> Vec<i32> {
        let mut sums = vec![0i64; self.geometry().unwrap().output().len().unwrap()];
        let zeros = (i64::from(self.zeros.0), i64::from(self.zeros.1));
        products(self.input, self.outputs, self.window, self.groups, Order::Rows, |result, value, weight| {
            // Padding is the zero point.
            let value = value.map_or(0, |value| i64::from(input[value]) - zeros.0);
            sums[result] += value * (i64::from(weights[weight]) - zeros.1);
        });
        sums.into_iter().map(|sum| i32::try_from(sum).unwrap()).collect()
    }

    fn check(&self) -> Way {
        let fits_i8 = |operand: Operand| operand.range().unwrap().fits_i8();
        match (fits_i8(self.operands.0), fits_i8(self.operands.1)) {
            (true, true) => self.check_as::<i8, i8>(),
            (true, false) => self.check_as::<i8, u8>(),
            (false, true) => self.check_as::<u8, i8>(),
            (false, false) => self.check_as::<u8, u8>(),
        }
    }

    fn check_as<T: Byte, W: Byte>(&self) -> Way {
        let (input, weights, bias) = self.data();
        let sums = self.wanted(&input, &weights);
        let input: Vec<T> = input.into_iter().map(T::of).collect();
        let weights: Vec<W> = weights.into_iter().map(W::of).collect();
        let data = (&input[..], &weights[..]);
        let biased = |epilogue: Epilogue| {
            if self.bias { epilogue.with_bias(bias.clone()) } else { epilogue }
        };
        // Column and sum with the bias, of each place.
        let each: Vec<(usize, i32)> = sums
            .iter()
            .enumerate()
            .map(|(at, sum)| {
                let column = at % self.outputs;
                (column, sum.saturating_add(bias.get(column).copied().unwrap_or(0)))
            })
            .collect();
        let wanted: Vec<i32> = each.iter().map(|&(_, sum)| sum).collect();
        let way = self.check_ends(&biased(Epilogue::sums()), data, &wanted, -1);

        let factor = |at: usize| Requantise::from_scale(0.01 + at as f64 / 1000.0).unwrap();
        let factors = Factors::PerChannel((0..self.outputs).map(factor).collect());
        let stage = OutputStage::new(factors, 3, Range::new(-8, 100).unwrap()).unwrap();
        let wanted: Vec<i8> = each.iter().map(|&(column, sum)| stage.apply(sum, column) as i8).collect();
        self.check_ends(&biased(Epilogue::requantise(stage)), data, &wanted, 99);

        let stage =
            OutputStage::new(Factors::PerTensor(factor(2)), 128, Range::new(0, 255).unwrap()).unwrap();
        let wanted: Vec<u8> = each.iter().map(|&(column, sum)| stage.apply(sum, column) as u8).collect();
        self.check_ends(&biased(Epilogue::requantise(stage)), data, &wanted, 99);

        let range = Range::new(-128, 127).unwrap();
        let scales = (0..self.outputs).map(|at| 0.25 + at as f32).collect();
        let (x, w) =
            (quant::Params::per_tensor(0.125, 0, range), quant::Params::per_channel(scales, 0, range));
        let stage =
            FloatStage::new(&x.unwrap(), &w.unwrap(), Activation::Clamp { lo: -9.0, hi: 1e5 }).unwrap();
        let real = |&(column, sum): &(usize, i32)| (sum as f32 * stage.scales()[column]).clamp(-9.0, 1e5);
        let wanted: Vec<f32> = each.iter().map(real).collect();
        self.check_ends(&biased(Epilogue::to_f32(stage)), data, &wanted, f32::NAN);
        way
    }

    /// Runs a plan with an epilogue in workspaces of its own and of others, by one thread and by several, into what
    /// begins as `fill`.
    fn check_ends<T: Byte, W: Byte, O: Element + PartialEq + Debug>(
        &self,
        epilogue: &Epilogue,
        (input, weights): (&[T], &[W]),
        wanted: &[O],
        fill: O,
    ) -> Way {
        let plan = self.plan_to(epilogue).unwrap();
        let packed = plan.pack(weights).unwrap();
        let mut workspace = plan.workspace().unwrap();
        let before = workspace.bytes();
        assert!(before <= plan.workspace_bytes().unwrap());
        // What other layers leave behind does not matter.
        let (mut out, mut dirty) = (vec![fill; wanted.len()], dirty());
        plan.run(input, &packed, &mut out, &mut dirty).unwrap();
        assert_eq!(out, wanted, "{self:?}\n{}", plan.explain());
        out.fill(fill);
        plan.run(input, &packed, &mut out, &mut workspace).unwrap();
        assert_eq!(out, wanted, "{self:?}\n{}", plan.explain());
        assert_eq!(workspace.bytes(), before, "nothing more is needed than was said");
        for threads in [2, 5] {
            let scoped = Scoped(NonZeroUsize::new(threads).unwrap());
            let mut workspaces: Vec<Workspace> = (0..threads).map(|_| Workspace::new()).collect();
            out.fill(fill);
            plan.run_on(&scoped, input, &packed, &mut out, &mut workspaces).unwrap();
            assert_eq!(out, wanted, "{threads} threads: {self:?}\n{}", plan.explain());
        }
        plan.explain().way
    }
}

/// A workspace that another layer used, with values out of most operands' ranges.
fn dirty() -> Workspace {
    let mut layer = Layer::new([1, 7, 9, 5], 3, Window::new(3, 3).padding(1, 1, 1, 1));
    layer.operands.0 = int(-128, 127);
    let plan = layer.plan().unwrap();
    let (input, weights, _) = layer.data();
    let input: Vec<i8> = input.into_iter().map(|value| value as i8).collect();
    let weights: Vec<i8> = weights.into_iter().map(|value| value as i8).collect();
    let (mut workspace, mut out) =
        (Workspace::new(), vec![0; layer.geometry().unwrap().output().len().unwrap()]);
    plan.run(&input, &plan.pack(&weights).unwrap(), &mut out, &mut workspace).unwrap();
    workspace
}

fn operands() -> impl Strategy<Value = (Operand, i32)> {
    let signed = (2u32..=8).prop_map(|bits| Operand::of_bits(bits).unwrap());
    let other = prop::sample::select(vec![
        int(0, 255),
        int(0, 15),
        int(-127, 127),
        int(-1, 1),
        int(-5, 9),
        int(0, 1),
    ]);
    prop_oneof![signed, other].prop_flat_map(|operand| {
        let range = operand.range().unwrap();
        (
            Just(operand),
            prop_oneof![Just(i32::from(range.lo().max(0))), i32::from(range.lo())..=range.hi().into()],
        )
    })
}

fn layers() -> impl Strategy<Value = Layer> {
    let far = prop_oneof![Just(None), (-300i32..300).prop_map(Some)];
    (shapes(), operands(), operands(), any::<(bool, u64)>(), (0u32..28, far)).prop_filter_map(
        "windows that fit",
        |(Shape { core, input, outputs, window, groups }, x, w, (bias, seed), (small, far))| {
            // Where nothing is padded the input's zero point need not be one of its values.
            let far = far.filter(|_| window.padding == [[0; 2]; 2]);
            let (operands, zeros) = ((x.0, w.0), (far.unwrap_or(x.1), w.1));
            let seed = seed >> 8;
            let layer = Layer { core, input, outputs, window, groups, operands, zeros, bias, small, seed };
            layer.geometry().is_ok().then_some(layer)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 160, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_geometry_is_convolved_exactly(layer in layers()) {
        layer.check();
    }
}

/// Each way, with the sizes that it is for and those at its edges.
#[test]
fn each_way_is_taken_where_it_is_best() {
    let three = Window::new(3, 3).padding(1, 1, 1, 1);
    let one = Window::new(1, 1);
    for core in ["cortex-a53", "cortex-a72", "neoverse-n1", "neoverse-v1"] {
        for (layer, way) in [
            (Layer::new([2, 5, 7, 32], 20, one), Way::InPlace),
            (Layer { groups: 2, ..Layer::new([2, 5, 7, 64], 20, one) }, Way::InPlace),
            (Layer::new([2, 5, 7, 33], 20, one.stride(2, 2)), Way::Lines),
            (Layer::new([1, 5, 9, 16], 8, Window::new(1, 4).padding(1, 2, 0, 0)), Way::Lines),
            (Layer::new([2, 6, 16, 32], 32, three), Way::Strips),
            (Layer::new([2, 6, 17, 32], 32, three), Way::Slices),
            (Layer::new([1, 6, 32, 160], 8, three.stride(2, 2)), Way::Strips),
            (Layer { groups: 2, ..Layer::new([1, 6, 16, 64], 16, three) }, Way::Strips),
            (Layer::new([2, 6, 12, 32], 32, three.dilation(2, 2)), Way::Slices),
            (Layer::new([1, 9, 9, 8], 8, Window::new(3, 3).stride(3, 3)), Way::Slices),
            (Layer { groups: 20, ..Layer::new([2, 6, 12, 20], 20, three) }, Way::Depthwise),
            (Layer { groups: 16, ..Layer::new([2, 6, 12, 16], 32, three.stride(2, 2)) }, Way::Depthwise),
            (Layer { groups: 32, ..Layer::new([2, 6, 12, 32], 32, Window::new(5, 2)) }, Way::Depthwise),
            (Layer::new([2, 28, 28, 1], 6, Window::new(5, 5).padding(2, 2, 2, 2)), Way::Shallow),
            (Layer::new([1, 17, 31, 1], 8, three.stride(2, 2)), Way::Shallow),
            (Layer::new([1, 9, 20, 2], 7, Window::new(2, 3).stride(1, 3).dilation(2, 2)), Way::Shallow),
        ] {
            let layer = Layer { core, bias: true, zeros: (-2, 0), ..layer };
            assert_eq!(layer.check(), way, "{layer:?}");
        }
    }
}

/// Sums of values of few bits fit the kernels, whose products are the fewer the more outputs are made together.
#[test]
fn few_bits_take_fewer_products() {
    let three = Window::new(3, 3).padding(1, 1, 1, 1);
    for (core, input, outputs, window, tile) in [
        ("cortex-a72", [1, 8, 8, 128], 32, three, "2x2 outputs, 16 products"),
        ("cortex-a72", [2, 5, 6, 128], 40, three, "1x2 outputs, 4 products"),
        ("cortex-a72", [1, 12, 9, 64], 33, Window::new(5, 2), "2x2 outputs, 12 products"),
        ("neoverse-n1", [1, 8, 8, 128], 32, three, "2x2 outputs, 16 products"),
    ] {
        for x in [int(-8, 7), int(0, 15)] {
            let zeros = (x.range().unwrap().hi().into(), 0);
            let operands = (x, int(-8, 7));
            let layer = Layer { core, bias: true, zeros, operands, ..Layer::new(input, outputs, window) };
            assert_eq!(layer.check(), Way::Winograd, "{layer:?}");
            let plan = layer.plan().unwrap();
            assert!(plan.explain().reason.contains(tile), "{}", plan.explain());
            assert!(plan.explain().product.is_none());
            // Sums of wider values do not fit, and a zero point of the weights would have to be taken from them.
            let eight = Layer { operands: (int(-128, 127), int(-128, 127)), ..layer.clone() };
            let zero = Layer { zeros: (zeros.0, 1), ..layer.clone() };
            let others = [eight, zero].map(|layer| layer.plan().unwrap().explain().way);
            assert!(!others.contains(&Way::Winograd), "{others:?}");
            // Who names a kernel means it.
            let kernel = Some("qgen_fip_4x4_lm8to7_rm8to7neg_t4x4k32u1_cortex_a53".to_owned());
            let named = Overrides { kernel, ..Overrides::default() };
            let params = Params::new().environment(&named, None);
            let plan =
                ConvPlan::new(&layer.geometry().unwrap(), (int(-8, 7), int(-8, 7)), &params, &machine(core));
            assert_ne!(plan.unwrap().explain().way, Way::Winograd);
        }
    }
}

/// A tap beyond an odd number of them is multiplied by 0, whatever it is; but a weight is added to it before, which
/// must not overflow. The second of two threads begins with lines of which none is in the place that this tap reads.
#[test]
fn taps_that_there_are_not_do_not_matter() {
    for core in ["cortex-a53", "cortex-a72", "neoverse-n1"] {
        for zero in [-128, 127, 128, 1000] {
            let mut layer = Layer::new([1, 8, 18, 1], 8, Window::new(3, 3).dilation(2, 1));
            (layer.core, layer.zeros.0) = (core, zero);
            assert_eq!(layer.check(), Way::Shallow);
        }
    }
}

/// Where sums of narrow products are fullest: every value the one with the largest product, in both signs.
#[test]
fn depthwise_sums_do_not_overflow_on_their_way() {
    for bits in 2..=8 {
        let range = Range::signed(bits).unwrap();
        for other in [Operand::Int(range), int(-1, 1), int(1 - range.hi(), range.hi())] {
            for (kernel, size) in [([3, 3], 6), ([5, 5], 8), ([1, 7], 9)] {
                let mut layer = Layer::new([1, size, size, 16], 16, Window::new(kernel[0], kernel[1]));
                (layer.groups, layer.operands) = (16, (Operand::Int(range), other));
                let (plan, other) = (layer.plan().unwrap(), other.range().unwrap());
                for x in [range.lo(), range.hi()] {
                    for w in [other.lo(), other.hi()] {
                        let input = vec![x as i8; layer.input.len().unwrap()];
                        let weights = vec![w as i8; 16 * kernel[0] * kernel[1]];
                        let packed = plan.pack(&weights).unwrap();
                        let mut out = vec![0; plan.geometry().output().len().unwrap()];
                        plan.run(&input, &packed, &mut out, &mut Workspace::new()).unwrap();
                        let wanted = i32::from(x) * i32::from(w) * (kernel[0] * kernel[1]) as i32;
                        assert!(out.iter().all(|&sum| sum == wanted), "{layer:?}, {x} by {w}");
                    }
                }
            }
        }
    }
}

#[test]
fn one_bit_is_convolved_without_padding() {
    let layer = Layer::new([1, 6, 8, 40], 6, Window::new(3, 3));
    let layer = Layer { operands: (Operand::Binary, Operand::Binary), ..layer };
    for core in ["cortex-a53", "cortex-a72"] {
        Layer { core, ..layer.clone() }.check();
    }
    let e = Layer { window: layer.window.padding(1, 0, 0, 0), ..layer }.plan().unwrap_err().to_string();
    assert!(e.starts_with("layer conv1: input_zero: the zero point 0 fills the padding"), "{e}");
}

#[test]
fn threads_share_a_plan_and_its_weights() {
    let layer = Layer::new([2, 9, 8, 16], 12, Window::new(3, 3).padding(1, 1, 1, 1));
    let (input, weights, _) = layer.data();
    let wanted = layer.wanted(&input, &weights);
    let [input, weights] = [input, weights].map(|data| data.iter().map(|&v| v as i8).collect::<Vec<i8>>());
    let plan = layer.plan().unwrap();
    let packed = plan.pack(&weights).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let mut out = vec![0; wanted.len()];
                plan.run(&input, &packed, &mut out, &mut plan.workspace().unwrap()).unwrap();
                assert_eq!(out, wanted);
            });
        }
    });
}

#[test]
fn messages_name_the_layer_and_the_field() {
    let layer = Layer::new([1, 4, 4, 8], 6, Window::new(3, 3).padding(1, 1, 1, 1));
    let plan = layer.plan().unwrap();
    let said = |e: Error| e.to_string();
    let mut weights = vec![1i8; 6 * 72];
    let e = said(plan.pack(&weights[1..]).unwrap_err());
    assert!(e.starts_with("layer conv1: weights: the slice has 431 values, but 6x3x3x8 are 432"), "{e}");
    weights[2 * 72 + 5 * 8 + 3] = 8;
    let e = said(plan.pack(&weights).unwrap_err());
    assert!(
        e.contains("weights: the value 8 of out channel 2, row 1, column 2, channel 3 is outside of -8..=7"),
        "{e}"
    );
    weights.fill(1);
    let e = said(layer.plan_to(&Epilogue::sums().with_bias(vec![0; 5])).unwrap_err());
    assert!(e.starts_with("layer conv1: bias: there are values for 5 channels, but the matrix has 6"), "{e}");

    let packed = plan.pack(&weights).unwrap();
    let (mut input, mut out, mut workspace) = (vec![0i8; 128], vec![0i32; 96], Workspace::new());
    let e = said(plan.run(&input[1..], &packed, &mut out, &mut workspace).unwrap_err());
    assert!(e.starts_with("layer conv1: input: the slice has 127 values, but 1x4x4x8 are 128"), "{e}");
    let e = said(plan.run(&input, &packed, &mut out[1..], &mut workspace).unwrap_err());
    assert!(e.starts_with("layer conv1: out: the slice has 95 values, but 1x4x4x6 are 96"), "{e}");
    input[2 * 32 + 8 + 5] = -9;
    let place = "input: the value -9 at image 0, row 2, column 1, channel 5 is outside of -8..=7";
    let e = said(plan.run(&input, &packed, &mut out, &mut workspace).unwrap_err());
    assert!(e.contains(place), "{e}");
    let mut some = [Workspace::new(), Workspace::new()];
    let scoped = Scoped(NonZeroUsize::MAX);
    let e = said(plan.run_on(&scoped, &input, &packed, &mut out, &mut some).unwrap_err());
    assert!(e.contains(place), "by any thread: {e}");
    let e = said(plan.run_on(&scoped, &input, &packed, &mut out, &mut []).unwrap_err());
    assert!(e.starts_with("layer conv1: workspaces: there are none"), "{e}");
    let pointwise = Layer { window: Window::new(1, 1), ..layer.clone() }.plan().unwrap();
    let e = said(pointwise.run(&input, &packed, &mut out, &mut workspace).unwrap_err());
    assert!(
        e.starts_with("layer conv1: weights: they were packed for 6x3x3 of 8 channels in 1 groups"),
        "{e}"
    );
    let ones = pointwise.pack(&weights[..48]).unwrap();
    let e = said(pointwise.run(&input, &ones, &mut out, &mut workspace).unwrap_err());
    assert!(e.contains(place), "checked by the kernel's own pass: {e}");
    let e = said(pointwise.run_on(&scoped, &input, &ones, &mut out, &mut some).unwrap_err());
    assert!(e.contains(place), "by any thread: {e}");
    input.fill(0);
    let mut bytes = vec![0i8; 96];
    let e = said(plan.run(&input, &packed, &mut bytes, &mut workspace).unwrap_err());
    assert!(e.starts_with("layer conv1: out: the plan's results are i32, not i8"), "{e}");
    let one = Factors::PerTensor(Requantise::from_scale(1.0).unwrap());
    let stage = OutputStage::new(one, 0, Range::new(0, 255).unwrap()).unwrap();
    let unsigned = layer.plan_to(&Epilogue::requantise(stage)).unwrap();
    let e = said(unsigned.run(&input, &packed, &mut bytes, &mut workspace).unwrap_err());
    assert!(e.starts_with("layer conv1: out: the plan's results are u8, not i8"), "{e}");

    let plan = |operands, zeros, window| {
        said(Layer { operands, zeros, window, ..layer.clone() }.plan().unwrap_err())
    };
    let four = layer.operands;
    let e = plan(four, (8, 0), layer.window);
    assert!(e.starts_with("layer conv1: input_zero: the zero point 8 fills"), "{e}");
    let e = plan(four, (0, 1 << 28), layer.window);
    assert!(e.starts_with("layer conv1: kernel: sums of 72 products"), "{e}");
}

/// A caller may say anything of a machine.
#[test]
fn instructions_that_this_machine_lacks_are_refused() {
    let layer = Layer::new([1, 6, 13, 32], 8, Window::new(3, 3).padding(1, 1, 1, 1));
    let layer = Layer { operands: (int(-128, 127), int(-128, 127)), ..layer };
    let all = Features { neon: true, dotprod: true, i8mm: true };
    let machine = Machine { core: Core::by_name("neoverse-v1").unwrap(), features: all };
    let (pure, geometry) = (Overrides::default(), layer.geometry().unwrap());
    let params = Params::new().environment(&pure, None);
    let plan = ConvPlan::new(&geometry, layer.operands, &params, &machine).unwrap();
    let kernel = plan.explain().product.as_ref().unwrap().kernel.clone();
    assert!(kernel.contains("mmla"), "{kernel}");
    let weights = plan.pack(&vec![1i8; geometry.weights()]).unwrap();
    let mut out = vec![0; geometry.output().len().unwrap()];
    let done = plan.run(&vec![1i8; 6 * 13 * 32], &weights, &mut out, &mut Workspace::new());
    if cfg!(target_arch = "aarch64") && !Machine::detect().features.i8mm {
        let e = done.unwrap_err().to_string();
        assert!(
            e.starts_with("layer conv1: machine code: kernel ") && e.contains("which this machine lacks"),
            "{e}"
        );
    } else {
        done.unwrap();
        assert_eq!(out[14 * 8], 9 * 32);
    }
}

#[test]
fn explanations_say_which_way_and_why() {
    let layer = Layer::new([1, 28, 28, 32], 32, Window::new(3, 3).padding(1, 1, 1, 1));
    let plan = layer.plan().unwrap();
    let text = plan.explain().to_string();
    assert!(text.starts_with("conv1: 1x28x28x32 by 3x3 to 1x28x28x32, padding 1 above"), "{text}");
    for words in
        ["way        slices: ", "fewer instructions, estimated", "estimate   strips: ", "why  ", "exact  "]
    {
        assert!(text.contains(words), "{words}: {text}");
    }
    let depthwise = Layer { groups: 32, ..layer }.plan().unwrap();
    let text = depthwise.explain().to_string();
    assert!(
        text.contains("way        depthwise: padded lines; 2 products fit 8 bits, 512 16 bits"),
        "{text}"
    );
    assert!(depthwise.explain().product.is_none());
}

/// Every way ends in its kernels where these have such an end, and up to a bias that could saturate.
#[test]
fn ends_are_fused_where_results_are_the_same() {
    let (one, three) = (Window::new(1, 1), Window::new(3, 3).padding(1, 1, 1, 1));
    let stage = || {
        let factors = Factors::PerTensor(Requantise::from_scale(0.01).unwrap());
        OutputStage::new(factors, 0, Range::new(-128, 127).unwrap()).unwrap()
    };
    for (layer, way) in [
        (Layer::new([2, 16, 16, 128], 24, one), Way::InPlace),
        (Layer::new([1, 16, 19, 64], 24, Window::new(1, 4).padding(1, 2, 0, 0)), Way::Lines),
        (Layer::new([2, 6, 16, 32], 32, three), Way::Strips),
        (Layer { groups: 2, ..Layer::new([2, 6, 17, 64], 32, three) }, Way::Slices),
    ] {
        let (outputs, largest) = (layer.outputs, 64 * layer.geometry().unwrap().depth() as i32);
        for (bias, fused) in [(i32::MAX - largest, true), (i32::MAX - largest + 1, false)] {
            // One channel alone decides for all groups.
            let mut biases = vec![-5; outputs];
            biases[outputs - 1] = bias;
            let plan = layer.plan_to(&Epilogue::requantise(stage()).with_bias(biases.clone())).unwrap();
            let (said, text) = (&plan.explain().end, plan.explain().to_string());
            assert_eq!((plan.explain().way, said.starts_with("fused: qgen_byte")), (way, fused), "{text}");
            assert!(fused || said.starts_with("not fused: a pass over the sums of "), "{said}");
            assert!(fused || said.contains(" pixels at a time; qgen_byte"), "{said}");
            assert!(text.contains(&format!("  end        {said}\n")), "{text}");
            assert!(
                text.contains("  output     i8: requantised to -128..=127 with a factor for all, a bias")
            );
            let sums = layer.plan_to(&Epilogue::sums().with_bias(biases)).unwrap();
            assert_eq!(sums.explain().end.starts_with("fused: "), fused, "{}", sums.explain());
        }
    }
    let depthwise = Layer { groups: 32, ..Layer::new([1, 6, 12, 32], 32, three) };
    let end = |epilogue: Epilogue| depthwise.plan_to(&epilogue).unwrap().explain().clone();
    let said = end(Epilogue::requantise(stage()));
    assert_eq!(said.end, "in the loop");
    assert!(said.to_string().contains("  output     i8: requantised"), "{said}");
    let params = quant::Params::per_tensor(0.5, 0, Range::new(-8, 7).unwrap()).unwrap();
    let said = end(Epilogue::to_f32(FloatStage::new(&params, &params, Activation::None).unwrap()));
    assert_eq!(said.end, "not fused: a pass over the sums of 12 pixels at a time; the loop stores sums");
    assert_eq!(end(Epilogue::sums().with_bias(vec![i32::MAX - 9 * 64; 32])).end, "in the loop");
    assert!(end(Epilogue::sums().with_bias(vec![i32::MAX - 9 * 64 + 1; 32])).end.starts_with("not fused"));
}
