//! Patches of convolutions: the values that each result is made of, side by side, and back.

use super::{Conv, Shape};
use crate::real::Real;

/// Numbers of patches that are made at once: they stay in the second cache.
const AT_ONCE: usize = 1 << 16;

impl Conv {
    /// Whether the patches of an input are the input itself.
    pub(super) fn is_product(&self, output: Shape) -> bool {
        self.padding == [0, 0] && (self.kernel == [1, 1] || (output.height, output.width) == (1, 1))
    }

    /// How many images' patches are made at once.
    pub(super) fn images_at_once(&self, output: Shape) -> usize {
        (AT_ONCE / (output.height * output.width * self.patch())).max(1)
    }

    /// Calls `act` for each place and each row of its window that is inside of the input: with the row's place among the
    /// patches and its place in the input, as long as each other.
    fn rows(&self, input: Shape, output: Shape, mut act: impl FnMut(usize, usize, usize)) {
        let ([rows, columns], [top, left]) = (self.kernel, self.padding);
        for y in 0..output.height {
            for x in 0..output.width {
                let patch = (y * output.width + x) * self.patch();
                // Columns of the window that are inside.
                let (begin, end) =
                    (left.saturating_sub(x), columns.min((input.width + left).saturating_sub(x)));
                for row in 0..rows {
                    let Some(from) = (y + row).checked_sub(top).filter(|from| *from < input.height) else {
                        continue;
                    };
                    if begin < end {
                        let to = patch + (row * columns + begin) * input.maps;
                        let from = (from * input.width + x + begin - left) * input.maps;
                        act(to, from, (end - begin) * input.maps);
                    }
                }
            }
        }
    }

    /// The patch of each place of one image, one after the other.
    pub(super) fn patches<T: Real>(&self, image: &[T], input: Shape, output: Shape, patches: &mut [T]) {
        if self.padding != [0, 0] {
            patches.fill(T::default());
        }
        self.rows(input, output, |to, from, length| {
            patches[to..to + length].copy_from_slice(&image[from..from + length]);
        });
    }

    /// What patches say of the image, added up.
    pub(super) fn unpatch<T: Real>(&self, patches: &[T], input: Shape, output: Shape, image: &mut [T]) {
        self.rows(input, output, |from, to, length| {
            for (sum, &value) in image[to..to + length].iter_mut().zip(&patches[from..from + length]) {
                *sum += value;
            }
        });
    }
}
