//! Convolution by definition, and shapes to try it with.

use proptest::prelude::*;
use qgen_runtime::conv::{Nhwc, Window};

/// In which order a result's products come; the channels of a pixel are neighbours in both.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Order {
    /// Kernel rows, columns.
    Rows,
    /// Kernel columns, rows.
    #[allow(dead_code, reason = "sums of integers are the same in any order")]
    Columns,
}

/// Calls `each` for every product: with the place of its result, of its value of the input (`None` in the padding),
/// and of its weight.
pub(crate) fn products(
    input: Nhwc,
    outputs: usize,
    window: Window,
    groups: usize,
    order: Order,
    mut each: impl FnMut(usize, Option<usize>, usize),
) {
    let Nhwc { batch, height, width, channels } = input;
    let Window { kernel, stride, dilation, padding } = window;
    let windows = |axis: usize, input: usize| {
        let padded = padding[axis][0] + input + padding[axis][1];
        let fits = move |first: &usize| first + (kernel[axis] - 1) * dilation[axis] < padded;
        let before = move |first: usize| first as i64 - padding[axis][0] as i64;
        (0..padded).step_by(stride[axis]).filter(fits).map(before)
    };
    let (own, per_group) = (channels / groups, outputs / groups);
    let taps = kernel[0] * kernel[1];
    let mut result = 0;
    for b in 0..batch {
        for top in windows(0, height) {
            for left in windows(1, width) {
                for o in 0..outputs {
                    for tap in 0..taps {
                        let (i, j) = match order {
                            Order::Rows => (tap / kernel[1], tap % kernel[1]),
                            Order::Columns => (tap % kernel[0], tap / kernel[0]),
                        };
                        let (y, x) = (top + (i * dilation[0]) as i64, left + (j * dilation[1]) as i64);
                        let inside = y >= 0 && y < height as i64 && x >= 0 && x < width as i64;
                        for c in 0..own {
                            let pixel = || (b * height + y as usize) * width + x as usize;
                            let value = inside.then(|| pixel() * channels + o / per_group * own + c);
                            each(result, value, ((o * kernel[0] + i) * kernel[1] + j) * own + c);
                        }
                    }
                    result += 1;
                }
            }
        }
    }
}

/// Sizes, which may not fit together.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    pub(crate) core: &'static str,
    pub(crate) input: Nhwc,
    pub(crate) outputs: usize,
    pub(crate) window: Window,
    pub(crate) groups: usize,
}

pub(crate) fn shapes() -> impl Strategy<Value = Shape> {
    let sizes = (0usize..3, 1usize..10, 1usize..12);
    let channels = prop_oneof![
        (1usize..20, 1usize..20).prop_map(|(c, o)| (c, o, 1)),
        (1usize..10, 1usize..10, 2usize..4).prop_map(|(c, o, g)| (c * g, o * g, g)),
        (1usize..36, 1usize..3).prop_map(|(c, each)| (c, c * each, c)),
        Just((32, 8, 1)),
    ];
    let pair = |from: usize, to: usize| [from..to, from..to];
    let kernel = prop_oneof![2 => pair(1, 5), 1 => Just([1, 1]), 1 => Just([3, 3])];
    let stride = prop_oneof![Just([1, 1]), pair(1, 4)];
    let dilation = prop_oneof![2 => Just([1, 1]), 1 => pair(1, 4)];
    let padding = prop_oneof![1 => Just([[0; 2]; 2]), 2 => [pair(0, 3), pair(0, 3)]];
    let window = (kernel, stride, dilation, padding);
    let window =
        window.prop_map(|(kernel, stride, dilation, padding)| Window { kernel, stride, dilation, padding });
    let core = prop::sample::select(vec!["cortex-a53", "cortex-a72", "neoverse-n1", "neoverse-v1"]);
    (core, sizes, channels, window).prop_map(
        |(core, (batch, height, width), (c, outputs, groups), window)| {
            let input = Nhwc::new(batch, height, width, c);
            Shape { core, input, outputs, window, groups }
        },
    )
}
