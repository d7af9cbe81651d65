//! Convolution in NHWC, exactly, without a matrix of all windows in memory.
//!
//! ```text
//!   Geometry (checked sizes) ─┐
//!   Operands, zero points ────┼─► ConvPlan ──► pack(weights) ──► PackedConv ──┐
//!   Epilogue ─────────────────┤      │                                       ▼
//!   Machine ──────────────────┘      ├──► workspace ──► run   input ──► sums, bytes or floats
//!                                    └──► explain: which way, why, what else it would cost
//! ```
//!
//! sum\[b\]\[y\]\[x\]\[o\] = Σ (input\[b\]\[y·sy + i·dy − top\]\[x·sx + j·dx − left\]\[c\] − input zero point) ·
//! (weight\[o\]\[i\]\[j\]\[c\] − weights' zero point), over taps (i, j) and the channels c of o's group. What lies
//! outside of the input is the zero point, and adds nothing. What is stored of a sum is said by the
//! [`Epilogue`], whose columns are the output's channels: the sum, with a bias, requantised, as a float.
//!
//! There are seven [`Way`]s; `docs/adr/0025-convolution.md` and `0036-minimal-filtering.md` say when each is taken.
//!
//! Floats (`Operand::F32` on both sides) are summed from 0 on, each product with one rounding, in the order of kernel
//! rows, columns and channels; with [`Way::Strips`] of columns, rows and channels. The bias is added last. So results are
//! the same to the bit for any number of threads, on every machine, and for every kernel that ships, as long as the way
//! is the same. Padding is multiplied like any 0: weights should be finite.
//!
//! ```
//! use qgen_runtime::conv::{ConvPlan, Geometry, Nhwc, Window, Workspace};
//! use qgen_runtime::cpu::Machine;
//! use qgen_runtime::plan::{Epilogue, Params};
//! use qgen_runtime::Operand;
//!
//! # fn main() -> Result<(), qgen_runtime::Error> {
//! let four_bits = Operand::of_bits(4).unwrap();
//! let window = Window::new(3, 3).padding(1, 1, 1, 1);
//! let geometry = Geometry::new("conv1", Nhwc::new(1, 2, 2, 1), 1, window, 1)?;
//! let bias = Epilogue::sums().with_bias(vec![100]);
//! let params = Params::new().epilogue(&bias);
//! let plan = ConvPlan::new(&geometry, (four_bits, four_bits), &params, &Machine::detect())?;
//! // 1 in the middle and 2 to the right of it.
//! let weights = plan.pack(&[0i8, 0, 0, 0, 1, 2, 0, 0, 0])?;
//! let (mut out, mut workspace) = ([0i32; 4], Workspace::new());
//! plan.run(&[1i8, 2, 3, -8], &weights, &mut out, &mut workspace)?;
//! assert_eq!(out, [100 + 1 + 4, 100 + 2, 100 + 3 - 16, 100 - 8]);
//! println!("{}", plan.explain());
//! # Ok(())
//! # }
//! ```

mod depthwise;
mod explain;
mod gather;
mod gathered;
pub(crate) mod geometry;
mod in_place;
mod packed;
mod pieces;
mod pooled;
mod run;
mod shallow;
mod sink;
mod stored;
mod way;
mod winograd;
mod workspace;

pub use explain::Explanation;
pub use geometry::{Geometry, Nhwc, Window};
pub use packed::PackedConv;
pub use way::{Estimate, Way};
pub use workspace::Workspace;

#[cfg(feature = "packed")]
use crate::PackedRhs;
use crate::cpu::Machine;
use crate::ops::Pool;
use crate::plan::{self, Epilogue, Op, Params, Plan};
use crate::select::Shape;
use crate::workspace::Needs;
use crate::{End, Error, Kernel, Operand, Value};
use depthwise::{Depthwise, DepthwiseFloats};
use qgen_spec::{ResultBits, SizeOverflow};
use shallow::Shallow;
use way::{Blocks, Choice, Method};
use winograd::Winograd;
use workspace::Buffers;

/// A convolution whose way, kernel, layouts and blocks are chosen. It may be run by many threads at once, each
/// with a workspace of its own.
#[derive(Clone, Debug)]
pub struct ConvPlan {
    geometry: Geometry,
    operands: (Operand, Operand),
    zeros: (i32, i32),
    epilogue: Epilogue,
    /// Whether results are stored by kernels as the epilogue makes them; else a pass makes them of blocks of sums.
    fused: bool,
    /// The windows of a pool, of which the largest results are stored.
    pool: Option<Pool>,
    blocks: Blocks,
    work: Work,
    explanation: Explanation,
}

#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant, reason = "a plan has one, and most have the largest")]
enum Work {
    Product(Box<Plan>, Method),
    Depthwise(Depthwise),
    Shallow(Shallow),
    Winograd(Winograd),
    DepthwiseFloats(DepthwiseFloats),
}

impl ConvPlan {
    /// Chooses what is best for `geometry` on `machine`, for inputs of values of `operands.0` and weights of
    /// `operands.1`. The zero points of `params` are the input's (left) and the weights' (right), the
    /// columns of its epilogue the output's channels.
    ///
    /// # Errors
    /// [`Error::Layer`] about `operands`, if one side alone is floats; about `zero_points` of floats; about
    /// `input_zero`, if it is not one of the input's values although there is padding; about `kernel`, if
    /// results could overflow 32 bits. [`Error::InLayer`] for what [`Plan::new`] says.
    pub fn new(
        geometry: &Geometry,
        operands: (Operand, Operand),
        params: &Params<'_>,
        machine: &Machine,
    ) -> Result<ConvPlan, Error> {
        ConvPlan::planned(geometry, operands, params, machine).map_err(|e| e.within(geometry.layer()))
    }

    fn planned(
        geometry: &Geometry,
        operands: (Operand, Operand),
        params: &Params<'_>,
        machine: &Machine,
    ) -> Result<ConvPlan, Error> {
        let (zeros, geometry) = (params.zero_points(), geometry.clone());
        check_operands(&geometry, operands, zeros)?;
        let nothing = Epilogue::sums();
        let epilogue = params.ends().unwrap_or(&nothing).clone();
        let (channels, k) = (geometry.output().channels, geometry.depth());
        let caches = machine.core.caches();
        let caches = [caches.l1d, caches.l2];
        let by_themselves = match operands.0 {
            Operand::F32 => DepthwiseFloats::new(&geometry)?
                .map(|way| (way.choice(&geometry), Work::DepthwiseFloats(way))),
            _ => Depthwise::new(&geometry, operands, zeros)?
                .map(|way| (way.choice(&geometry), Work::Depthwise(way))),
        };
        epilogue.check(operands.0, channels)?;
        let (choice, work) = match by_themselves {
            Some(chosen) => chosen,
            None => {
                let shape = Shape { m: geometry.sliding.pixels(), n: geometry.group_channels().1, k };
                let op = Op::gemm(operands.0, operands.1);
                let plan = Plan::of_columns(op, shape, params, machine, channels)?;
                let (method, choice) = way::choose(&geometry, plan.gemm(), caches)?;
                let shallow = Shallow::new(&geometry, operands, zeros)?
                    .and_then(|way| choice.or_shallow(way, &geometry, caches));
                let winograd = match shallow {
                    Some(_) => None,
                    None => {
                        let ways = || winograds(&geometry, operands, (params, plan.kernel()), machine);
                        choice.or_winograd(ways, &geometry, &plan.gemm())?
                    }
                };
                match (shallow, winograd) {
                    (Some((way, choice)), _) => (choice, Work::Shallow(way)),
                    (None, Some((way, choice))) => (choice, Work::Winograd(way)),
                    (None, None) => (choice, Work::Product(Box::new(plan), method)),
                }
            }
        };
        // A bias saturates. Loops add it if no sum with it leaves 32 bits; those of floats do all.
        let adds = k as u64 <= ResultBits::Full.k_limit_beside(operands, zeros, epilogue.bias());
        let fused = match &work {
            Work::Product(plan, _) => plan.ending().is_fused(k),
            Work::DepthwiseFloats(_) => adds,
            Work::Shallow(_) | Work::Depthwise(_) => adds && epilogue.end() != End::F32,
            Work::Winograd(_) => adds && epilogue.end() == End::Sums,
        };
        let Choice { way, blocks, reason, estimates } = choice;
        let lines = format_args!("{} pixels", blocks.size);
        let (end, product) = match &work {
            Work::Product(plan, _) => {
                let end = plan.ending().explain(k, lines);
                (end.clone(), Some(plan::Explanation { end, ..plan.explain().clone() }))
            }
            _ if fused => ("in the loop".to_owned(), None),
            _ => {
                (format!("not fused: a pass over the sums of {lines} at a time; the loop stores sums"), None)
            }
        };
        let explanation = Explanation {
            layer: geometry.layer().to_owned(),
            geometry: geometry.to_string(),
            way,
            reason,
            estimates,
            pixels_at_a_time: blocks.size,
            output: format!("{}: {epilogue}", epilogue.results(operands.0 == Operand::F32)),
            end,
            workspace_bytes: 0,
            product,
        };
        let mut plan =
            ConvPlan { geometry, operands, zeros, epilogue, fused, pool: None, blocks, work, explanation };
        plan.explanation.workspace_bytes = plan.workspace_bytes()?;
        Ok(plan)
    }

    /// The sizes.
    pub fn geometry(&self) -> &Geometry {
        &self.geometry
    }

    /// Which way, why, what else was considered, and what it would cost.
    pub fn explain(&self) -> &Explanation {
        &self.explanation
    }

    /// Packs weights, [`Geometry::weights`] values in the order OHWI.
    ///
    /// # Errors
    /// [`Error::Layer`] about `weights`, if there are not as many or one is not of the operand's values;
    /// [`Error::InLayer`] with [`Error::Memory`].
    pub fn pack<T: Value>(&self, weights: &[T]) -> Result<PackedConv, Error> {
        PackedConv::new(self, weights).map_err(|e| e.within(self.geometry.layer()))
    }

    /// Weights that were packed before for kernels and a way such as the plan's, a right side for each group or class;
    /// `None` if it does not read them so.
    #[cfg(feature = "packed")]
    pub(crate) fn packed(&self, sides: Vec<PackedRhs>) -> Option<PackedConv> {
        PackedConv::of_right_sides(self, sides)
    }

    /// The order of packed weights: the way, and the tile where sums of them depend on it.
    #[cfg(feature = "packed")]
    pub(crate) fn order(&self) -> String {
        match &self.work {
            Work::Winograd(way) => {
                let [down, across] = way.tile();
                format!("{} {down}x{across}", self.explanation.way)
            }
            _ => self.explanation.way.to_string(),
        }
    }

    /// The kernel that reads right side `at` of its weights, where there are products.
    #[cfg(feature = "packed")]
    pub(crate) fn kernel(&self, at: usize) -> Option<&'static Kernel> {
        match &self.work {
            Work::Product(plan, _) => Some(plan.kernel()),
            Work::Winograd(way) => way.kernel(at),
            Work::Depthwise(_) | Work::Shallow(_) | Work::DepthwiseFloats(_) => None,
        }
    }

    /// Bytes of the workspace that [`ConvPlan::run`] needs.
    ///
    /// # Errors
    /// [`Error::Size`] if that is more than the address space.
    pub fn workspace_bytes(&self) -> Result<usize, Error> {
        let product = self.product_needs()?.bytes()?;
        Ok(self.buffers()?.bytes()?.checked_add(product).ok_or(SizeOverflow)?)
    }

    /// A workspace with which [`ConvPlan::run`] allocates nothing.
    ///
    /// # Errors
    /// [`Error::Size`] or [`Error::Memory`].
    pub fn workspace(&self) -> Result<Workspace, Error> {
        let mut workspace = Workspace::new();
        self.reserve(&mut workspace)?;
        Ok(workspace)
    }

    /// Makes a workspace large enough for [`ConvPlan::workspace`]'s promise.
    ///
    /// # Errors
    /// [`Error::Size`] or [`Error::Memory`].
    pub fn reserve(&self, workspace: &mut Workspace) -> Result<(), Error> {
        workspace.gemm.grow(&self.product_needs()?)?;
        workspace.grow(&self.buffers()?)
    }

    /// What products need that read rows where they are.
    fn product_needs(&self) -> Result<Needs, Error> {
        match &self.work {
            Work::Product(plan, Method::InPlace(in_place)) => {
                let Shape { m, n, k } = plan.shape();
                let rows = in_place.rows(self.blocks, !self.fused, m);
                plan.gemm().needs_filled(rows, n, k, &in_place.sizes)
            }
            Work::Winograd(way) => way.needs(&self.geometry),
            _ => Ok(Needs::default()),
        }
    }

    /// What everything else needs.
    fn buffers(&self) -> Result<Buffers, Error> {
        let buffers = match &self.work {
            Work::Product(plan, method) => {
                let finish = plan.ending().finish(&plan.gemm(), self.geometry.depth());
                match method {
                    Method::InPlace(way) => way.buffers(&self.geometry, &finish)?,
                    Method::Gathered(way) => way.buffers(&self.geometry, &finish)?,
                }
            }
            Work::Depthwise(depthwise) => {
                depthwise.buffers(&self.geometry, self.fused && self.epilogue.bytes().is_some())?
            }
            Work::Shallow(shallow) => shallow.buffers(&self.geometry, self.pool.is_some())?,
            Work::Winograd(way) => way.buffers(&self.geometry)?,
            Work::DepthwiseFloats(floats) => floats.buffers(&self.geometry)?,
        };
        if self.fused || self.operands.0 == Operand::F32 {
            return Ok(buffers);
        }
        let pixels = self.blocks.size.min(self.geometry.sliding.pixels());
        let block = pixels.checked_mul(self.geometry.output().channels).ok_or(SizeOverflow)?;
        Ok(Buffers { block, ..buffers })
    }
}

/// Ways by minimal filtering: of both axes, and of columns alone, or of lines where the kernel has one column. `kernel` is
/// that of the product.
fn winograds(
    geometry: &Geometry,
    operands: (Operand, Operand),
    (params, kernel): (&Params<'_>, &Kernel),
    machine: &Machine,
) -> Result<Vec<Winograd>, Error> {
    let (mut ways, zeros) = (Vec::new(), params.zero_points());
    if params.chose(kernel, machine) {
        return Ok(ways);
    }
    let choose = |op: Op, shape: Shape| params.shipped(op, shape, machine);
    let columns = geometry.window().kernel[1] > 1;
    for minimal in [[true, true], [!columns, columns]] {
        let way = Winograd::new(geometry, operands, zeros, minimal, machine.core.caches(), &choose);
        match way {
            // Others need less memory.
            Err(Error::Size(_)) => {}
            way => ways.extend(way?),
        }
    }
    Ok(ways)
}

/// Fails for operands that cannot be convolved with these zero points.
fn check_operands(geometry: &Geometry, operands: (Operand, Operand), zeros: (i32, i32)) -> Result<(), Error> {
    let layer = geometry.layer();
    match (operands.0.range(), operands.1.range()) {
        (Some(_), Some(_)) => {}
        (None, None) if zeros == (0, 0) => return Ok(()),
        (None, None) => {
            let (problem, help) =
                (format!("floats have no zero points {} and {}", zeros.0, zeros.1), "use 0");
            return Err(Error::layer(layer, "zero_points", problem, help));
        }
        _ => {
            let problem = format!("an input of {} cannot be multiplied by {}", operands.0, operands.1);
            let help = "use floats on both sides, or integers of 1 to 8 bits";
            return Err(Error::layer(layer, "operands", problem, help));
        }
    }
    let is_value = i16::try_from(zeros.0).is_ok_and(|zero| operands.0.contains(zero));
    if geometry.pads() && !is_value {
        return Err(Error::layer(
            layer,
            "input_zero",
            format!(
                "the zero point {} fills the padding, but is not one of the input's values {}",
                zeros.0, operands.0
            ),
            "use one of them as the zero point, a wider operand, or no padding",
        ));
    }
    let (depth, limit) = (geometry.depth(), ResultBits::Full.k_limit(operands, zeros));
    if depth as u64 > limit {
        return Err(Error::layer(
            layer,
            "kernel",
            format!(
                "sums of {depth} products (zero points {} and {}) could overflow 32 bits",
                zeros.0, zeros.1
            ),
            format!("use at most {limit} products, or narrower operands"),
        ));
    }
    Ok(())
}
