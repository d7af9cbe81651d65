//! `qgen bench --grid`: every width at every shape, in one run.

mod table;

use crate::clock::Clock;
use crate::failure::Failure;
use crate::hw::assumed;
use crate::output;
use crate::tune::shapes::{self, NamedShape};
use qgen_runtime::bench::{Multiplication, Rule, SEED, floats, operand_of_bits, operands};
use qgen_runtime::cpu::{self, Class, Core, Machine};
use qgen_runtime::select::{Overrides, Request, Shape, choose, select};
use qgen_runtime::{
    Error, Gemm, Kernel, MatMut, MatRef, Operand, Output, PackedLhs, PackedRhs, Value, Workspace, catalog,
};
use std::time::Instant;

/// The widths of both sides; 32 are floats.
const BITS: [u32; 9] = [1, 2, 3, 4, 5, 6, 7, 8, 32];

/// What was found on one core.
struct Answer {
    core: String,
    /// Nanoseconds by a stopwatch; else cycles by the model.
    measured: bool,
    figures: Vec<Figure>,
}

/// One width at one shape.
struct Figure {
    shape: NamedShape,
    bits: u32,
    kernel: &'static str,
    /// The whole multiplication, in the answer's unit.
    whole: f64,
    /// Of it, checking, summing up and packing the left side.
    packing: f64,
}

impl Figure {
    fn macs(&self) -> f64 {
        self.shape.macs()
    }
}

impl Answer {
    /// How many times as long `bits` take at the shape of `figure`.
    fn ratio(&self, figure: &Figure, bits: u32) -> Option<f64> {
        let other = self.figures.iter().find(|other| other.bits == bits && other.shape == figure.shape);
        other.map(|other| other.whole / figure.whole)
    }
}

/// Measures this machine, or models `cores`, and prints.
pub(crate) fn run(cores: &[String], long: bool, json: bool) -> Result<(), Failure> {
    let shapes = shapes::all();
    let clock = Clock::here();
    let machines: Vec<Machine> = match cores {
        [] => by_default(),
        names => names.iter().map(|name| named(name)).collect::<Result<_, _>>()?,
    };
    let times = if cores.is_empty() { clock.time(|| measured(&shapes, Rule::STABLE)) } else { None };
    let answers = match times {
        Some(answer) => vec![answer?],
        None => machines.iter().map(|machine| modelled(machine, &shapes)).collect::<Result<_, _>>()?,
    };
    let why = match &clock.unreal {
        _ if !cores.is_empty() => Some("--core asks for it"),
        unreal => unreal.as_deref(),
    };
    output::print(&if json { table::json(&answers, why) } else { table::text(&answers, why, long) })
}

/// The core that this machine has, or seems to have; where it has none of ours, one of each class.
fn by_default() -> Vec<Machine> {
    let machine = Machine::detect();
    if machine.core.class().is_some() {
        return vec![machine];
    }
    [Class::InOrder, Class::OneMultiplier, Class::ManyPipes, Class::MatrixProducts]
        .iter()
        .filter_map(|class| Core::by_name(class.representative()))
        .map(|core| Machine { core, features: assumed(core) })
        .collect()
}

fn named(name: &str) -> Result<Machine, Failure> {
    let core = Core::by_name(name).ok_or_else(|| crate::hw::no_core(name))?;
    Ok(Machine { core, features: assumed(core) })
}

fn operand(bits: u32) -> Operand {
    operand_of_bits(bits).expect("the widths are 1 to 8 and 32")
}

/// By the costs that kernels bring with them: those of the core that each was made for.
fn modelled(machine: &Machine, shapes: &[NamedShape]) -> Result<Answer, Failure> {
    let kernels: Vec<&'static Kernel> = catalog::all().collect();
    let mut figures = Vec::new();
    for shape in shapes {
        for bits in BITS {
            let request = Request::new(operand(bits), operand(bits)).with_shape(shape.m, shape.n, shape.k);
            let kernel = choose(&request, machine, &kernels, None, &Overrides::default())?.kernel;
            let Some(cost) = kernel.cost() else {
                let core = machine.core;
                return Err(Failure(format!("core: {kernel}, which runs on {core}, has no modelled cost")));
            };
            let of =
                |cost: qgen_runtime::Cost| cost.of(kernel.descriptor(), shape.m, shape.n, shape.k) / 100.0;
            let whole = of(cost);
            let packing = whole - of(qgen_runtime::Cost { left: 0, ..cost });
            figures.push(Figure { shape: shape.clone(), bits, kernel: kernel.name(), whole, packing });
        }
    }
    Ok(Answer { core: machine.core.to_string(), measured: false, figures })
}

/// By the stopwatch, with what the runtime selects here: each whole, and again with the left side packed before.
fn measured(shapes: &[NamedShape], rule: Rule) -> Result<Answer, Failure> {
    let start = Instant::now();
    let now = || u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX);
    let mut figures = Vec::new();
    for shape in shapes {
        let &NamedShape { m, n, k, .. } = shape;
        for bits in BITS {
            let operand = operand(bits);
            let kernel = select(&Request::new(operand, operand).with_shape(m, n, k))?.kernel;
            let mut whole = Multiplication::new(kernel, (operand, operand), Shape { m, n, k })?;
            let whole = rule.measure(now, || {
                // It has run before: there is nothing that could go wrong now.
                let _ = std::hint::black_box(whole.run());
            });
            let mut packed = match operand {
                Operand::F32 => packed(kernel, shape, &floats(SEED, m * k), &floats(SEED + 1, k * n))?,
                _ => packed(
                    kernel,
                    shape,
                    &operands(SEED, operand, m * k),
                    &operands(SEED + 1, operand, k * n),
                )?,
            };
            packed()?;
            let packed = rule.measure(now, || {
                let _ = std::hint::black_box(packed());
            });
            let whole = whole.median_ns();
            // Noise may make it less than nothing.
            let packing = (whole - packed.median_ns()).max(0.0);
            figures.push(Figure { shape: shape.clone(), bits, kernel: kernel.name(), whole, packing });
        }
    }
    Ok(Answer { core: cpu::detect_core().to_string(), measured: true, figures })
}

type Body = Box<dyn FnMut() -> Result<(), Error>>;

/// The multiplication of a left side that was packed and summed up before.
fn packed<T: Value>(kernel: &'static Kernel, shape: &NamedShape, lhs: &[T], rhs: &[T]) -> Result<Body, Error>
where
    T::Out: Output + 'static,
{
    let &NamedShape { m, n, k, .. } = shape;
    let lhs = PackedLhs::pack(kernel, MatRef::new(lhs, m, k)?)?;
    let rhs = PackedRhs::pack(kernel, MatRef::new(rhs, k, n)?)?;
    let (gemm, mut workspace) = (Gemm::new(kernel), Workspace::new());
    let mut out = vec![T::Out::default(); m * n];
    Ok(Box::new(move || gemm.run_packed(&lhs, &rhs, MatMut::new(&mut out, m, n)?, &mut workspace)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn a_few() -> Vec<NamedShape> {
        ["72x24x128", "1x10x84"].map(|text| NamedShape::parse(text).unwrap()).to_vec()
    }

    #[test]
    fn every_width_is_modelled_at_every_shape() {
        for name in ["cortex-a53", "cortex-a72", "neoverse-n1", "neoverse-v1"] {
            let machine = named(name).unwrap_or_else(|e| panic!("{}", e.0));
            let answer = modelled(&machine, &shapes::all()).unwrap_or_else(|e| panic!("{}", e.0));
            assert_eq!(answer.figures.len(), shapes::all().len() * BITS.len());
            for figure in &answer.figures {
                assert!(
                    figure.whole > 0.0 && (0.0..figure.whole).contains(&figure.packing),
                    "{}",
                    figure.kernel
                );
            }
            // Fewer bits are never much slower than 8, and floats are never faster than 1 bit.
            let middle =
                |bits| answer.figures.iter().find(|f| f.bits == bits && f.shape.macs() == 4_423_680.0);
            let four = middle(4).unwrap();
            assert!(answer.ratio(four, 8).unwrap() > 0.85, "{name}");
            assert!(answer.ratio(middle(1).unwrap(), 32).unwrap() > 4.0, "{name}");
            assert_eq!(answer.ratio(four, 4), Some(1.0));
        }
    }

    #[test]
    fn a_core_that_there_is_not_is_an_error() {
        let said = named("cortex-m4").err().map(|e| e.0).unwrap();
        assert!(said.contains("no core `cortex-m4`") && said.contains("neoverse-v2"), "{said}");
    }

    /// Times of one run say nothing, but that everything runs.
    #[test]
    fn every_width_is_run_at_every_shape() {
        let answer = measured(&a_few(), Rule::GLANCE).unwrap_or_else(|e| panic!("{}", e.0));
        assert!(answer.measured);
        assert_eq!(answer.figures.len(), 2 * BITS.len());
        assert!(answer.figures.iter().all(|f| f.whole > 0.0 && (0.0..=f.whole).contains(&f.packing)));
    }
}
