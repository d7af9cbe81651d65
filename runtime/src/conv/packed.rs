//! Weights as a plan's way reads them.

use super::depthwise::Weights;
use super::shallow;
use super::way::{Method, Way};
use super::winograd;
use super::{ConvPlan, Work};
use crate::value::{bytes_of, of_bytes};
use crate::{Error, MatRef, Operand, PackedRhs, Value};

/// The weights of a convolution, packed once by [`ConvPlan::pack`].
pub struct PackedConv {
    packed: Packed,
    key: Key,
}

pub(super) enum Packed {
    /// A right side for each group.
    Product(Vec<PackedRhs>),
    Depthwise(Weights),
    Shallow(shallow::Weights),
    Winograd(winograd::Weights),
    /// \[tap\]\[channel\].
    DepthwiseFloats(Vec<f32>),
}

/// What two plans must have in common to use the same weights.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Key {
    sizes: [usize; 5],
    way: Way,
    operands: (Operand, Operand),
    zeros: (i32, i32),
    kernel: Option<&'static str>,
    /// Outputs of a tile of [`Way::Winograd`], lines and columns.
    tile: Option<[usize; 2]>,
}

impl Key {
    fn of(plan: &ConvPlan) -> Key {
        let geometry = &plan.geometry;
        let [kh, kw] = geometry.window().kernel;
        let (input, output) = (geometry.input().channels, geometry.output().channels);
        Key {
            sizes: [output, kh, kw, input, geometry.groups],
            way: plan.explanation.way,
            operands: plan.operands,
            zeros: plan.zeros,
            kernel: match &plan.work {
                Work::Product(plan, _) => Some(plan.kernel().name()),
                Work::Depthwise(_) | Work::Shallow(_) | Work::Winograd(_) | Work::DepthwiseFloats(_) => None,
            },
            tile: match &plan.work {
                Work::Winograd(way) => Some(way.tile()),
                _ => None,
            },
        }
    }
}

impl PackedConv {
    pub(super) fn new<T: Value>(plan: &ConvPlan, weights: &[T]) -> Result<PackedConv, Error> {
        let (geometry, layer) = (&plan.geometry, plan.geometry.layer());
        let [kh, kw] = geometry.window().kernel;
        let ((channels, n), depth) = (geometry.group_channels(), geometry.depth());
        let outputs = geometry.output().channels;
        if weights.len() != geometry.weights() {
            return Err(Error::layer(
                layer,
                "weights",
                format!(
                    "the slice has {} values, but {outputs}x{kh}x{kw}x{channels} are {}",
                    weights.len(),
                    geometry.weights()
                ),
                "give [out channel][kernel row][kernel column][channel of the group] without gaps",
            ));
        }
        let operand = plan.operands.1;
        plan.check_element::<T>("weights", operand)?;
        let is_bad = |weight: &T| operand.range().is_some() && !operand.contains(weight.to_i16());
        if let Some(bad) = weights.iter().position(is_bad) {
            let (output, tap, channel) = (bad / depth, bad % depth / channels, bad % channels);
            return Err(Error::layer(
                layer,
                "weights",
                format!(
                    "the value {} of out channel {output}, row {}, column {}, channel {channel} is outside of {operand}",
                    weights[bad].to_i16(),
                    tap / kw,
                    tap % kw
                ),
                "clamp the values, or plan for a wider operand",
            ));
        }
        let packed = match &plan.work {
            Work::Depthwise(depthwise) => Packed::Depthwise(depthwise.pack(geometry, weights)?),
            Work::Shallow(shallow) => Packed::Shallow(shallow.pack(geometry, weights)?),
            Work::Winograd(way) => Packed::Winograd(way.pack(geometry, weights)?),
            Work::DepthwiseFloats(floats) => {
                Packed::DepthwiseFloats(floats.pack(geometry, of_bytes(bytes_of(weights)))?)
            }
            Work::Product(gemm, method) => {
                let mut strips = Vec::new();
                let mut weights = weights;
                if matches!(method, Method::Gathered(gathered) if gathered.shape.strip.is_some()) {
                    let bytes = size_of_val(weights);
                    strips.try_reserve_exact(weights.len()).map_err(|_| Error::Memory { bytes })?;
                    for output in weights.chunks_exact(depth) {
                        let place = |at: usize| {
                            let (column, row) = (at / channels / kh, at / channels % kh);
                            output[(row * kw + column) * channels + at % channels]
                        };
                        strips.extend((0..depth).map(place));
                    }
                    weights = &strips;
                }
                let group = |weights| gemm.pack(MatRef::new(weights, n, depth)?.transposed());
                Packed::Product(weights.chunks_exact(n * depth).map(group).collect::<Result<_, _>>()?)
            }
        };
        Ok(PackedConv { packed, key: Key::of(plan) })
    }

    /// Weights that were packed before, a right side for each group or class, if `plan` reads them as they are.
    #[cfg(feature = "packed")]
    pub(super) fn of_right_sides(plan: &ConvPlan, sides: Vec<PackedRhs>) -> Option<PackedConv> {
        let ((_, n), k) = (plan.geometry.group_channels(), plan.geometry.depth());
        let packed = match &plan.work {
            Work::Product(product, _) => {
                let reads =
                    |side: &PackedRhs| (side.n(), side.k()) == (n, k) && side.check(product.kernel()).is_ok();
                let all = sides.len() == plan.geometry.groups && sides.iter().all(reads);
                all.then(|| Packed::Product(sides))
            }
            Work::Winograd(way) => winograd::Weights::fit(way, n, &sides)
                .then(|| Packed::Winograd(winograd::Weights::of_classes(way, sides))),
            Work::Depthwise(_) | Work::Shallow(_) | Work::DepthwiseFloats(_) => None,
        };
        packed.map(|packed| PackedConv { packed, key: Key::of(plan) })
    }

    /// A right side for each group, or for each class of [`Way::Winograd`]; none where there are no products.
    #[cfg(feature = "packed")]
    pub(crate) fn right_sides(&self) -> Option<&[PackedRhs]> {
        match &self.packed {
            Packed::Product(groups) => Some(groups),
            Packed::Winograd(weights) => Some(weights.classes()),
            Packed::Depthwise(_) | Packed::Shallow(_) | Packed::DepthwiseFloats(_) => None,
        }
    }

    pub(super) fn packed(&self) -> &Packed {
        &self.packed
    }

    /// Fails where `plan` reads something else.
    pub(super) fn check(&self, plan: &ConvPlan) -> Result<(), Error> {
        let classes = match (&self.packed, &plan.work) {
            (Packed::Winograd(weights), Work::Winograd(way)) => {
                winograd::Weights::fit(way, plan.geometry.output().channels, weights.classes())
            }
            _ => true,
        };
        if classes && self.key == Key::of(plan) { Ok(()) } else { Err(self.other_plan(plan)) }
    }

    pub(super) fn other_plan(&self, plan: &ConvPlan) -> Error {
        let describe = |key: &Key, products: Option<String>| {
            let [output, kh, kw, input, groups] = key.sizes;
            let (zeros, operands) = (key.zeros, key.operands);
            let kernel = products.unwrap_or_else(|| key.kernel.unwrap_or("no kernel").to_owned());
            format!(
                "{output}x{kh}x{kw} of {input} channels in {groups} groups, {}, {kernel}, {} by {} with zero points \
                 {} and {}",
                key.way, operands.0, operands.1, zeros.0, zeros.1
            )
        };
        let packed = match &self.packed {
            Packed::Winograd(weights) => Some(weights.describe()),
            _ => None,
        };
        let read = match &plan.work {
            Work::Winograd(way) => Some(way.describe()),
            _ => None,
        };
        Error::layer(
            plan.geometry.layer(),
            "weights",
            format!(
                "they were packed for {}, but this plan reads {}",
                describe(&self.key, packed),
                describe(&Key::of(plan), read)
            ),
            "pack them with this plan",
        )
    }
}

impl std::fmt::Debug for PackedConv {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PackedConv").field("key", &self.key).finish_non_exhaustive()
    }
}
