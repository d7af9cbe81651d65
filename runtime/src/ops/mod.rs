//! What lies between the products of a network, on stored numbers: every result is defined by whole numbers
//! (or by single IEEE 754 operations), and so the same on every machine, to the bit.
//!
//! | operation | rule | source |
//! |---|---|---|
//! | [`Pool::max`] | the largest of the window's pixels, padding left out | TensorFlow Lite `MaxPool` |
//! | [`Pool::average`], [`Pool::global`] | sum / number of pixels, padding left out, halves away from zero | TensorFlow Lite `AveragePool` |
//! | [`Add`] | both rescaled in fixed point with 20 bits more, added, rescaled | TensorFlow Lite `Add` |
//! | [`Nhwc::flatten`](crate::conv::Nhwc::flatten) | nothing to do: NHWC without gaps is flat | |
//! | [`Rescale`] | a table: the real number in f64, divided by the new scale, to nearest, ties to even | own |
//! | [`argmax`] | the first of the largest | |
//! | [`Softmax`] | a table of exponentials in 2^−30, their sum in 64 bits, one rounded division | own |
//!
//! TensorFlow Lite's own softmax has other bits: its table is made by the C library's `exp`, which differs
//! from machine to machine. Ours is made by additions, multiplications and divisions in f64 alone.

mod add;
mod argmax;
mod largest;
mod pool;
mod rescale;
mod softmax;

pub use add::{Add, add_f32};
pub use argmax::argmax;
pub use pool::Pool;
pub use rescale::Rescale;
pub use softmax::Softmax;

/// `value` inside the bounds; of two zeros the bounds' one, NaN stays.
fn within(value: f32, (lo, hi): (f32, f32)) -> f32 {
    if value <= lo {
        lo
    } else if value >= hi {
        hi
    } else {
        value
    }
}
