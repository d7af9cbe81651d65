//! Where results go: to their places in the output, or block by block to what makes the output of them.

use crate::Error;
use std::ops::Range;

/// Where the results of a part of the output go, as they are stored.
pub(super) struct Sink<'a, R> {
    /// The part's first pixel.
    first: usize,
    /// Results of a pixel.
    channels: usize,
    to: To<'a, R>,
}

enum To<'a, R> {
    Out(&'a mut [R]),
    Then(&'a mut [R], &'a dyn Fn(&mut [R])),
    Blocks(&'a mut [R], &'a mut Pass<'a, R>),
}

/// Is given pixels, counted from the part's first, and their results, which nobody needs any more.
pub(super) type Pass<'a, R> = dyn FnMut(Range<usize>, &mut [R]) -> Result<(), Error> + 'a;

impl<'a, R> Sink<'a, R> {
    /// To `out`, the part's places, where they stay.
    pub(super) fn out(first: usize, channels: usize, out: &'a mut [R]) -> Sink<'a, R> {
        Sink { first, channels, to: To::Out(out) }
    }

    /// To `out`, where `then` works on those of each block while they are in the cache.
    pub(super) fn then(
        first: usize,
        channels: usize,
        out: &'a mut [R],
        then: &'a dyn Fn(&mut [R]),
    ) -> Sink<'a, R> {
        Sink { first, channels, to: To::Then(out, then) }
    }

    /// To `block`, which is large enough for any, and then to `pass`.
    pub(super) fn blocks(
        first: usize,
        channels: usize,
        block: &'a mut [R],
        pass: &'a mut Pass<'a, R>,
    ) -> Sink<'a, R> {
        Sink { first, channels, to: To::Blocks(block, pass) }
    }

    /// Whether something is made of each block.
    pub(super) fn by_blocks(&self) -> bool {
        !matches!(self.to, To::Out(_))
    }

    /// Room for the results of `pixels`, and the pixel in it that is their first.
    #[inline]
    pub(super) fn room(&mut self, pixels: Range<usize>) -> (&mut [R], usize) {
        match &mut self.to {
            To::Out(out) | To::Then(out, _) => (out, pixels.start - self.first),
            To::Blocks(block, _) => (&mut block[..pixels.len() * self.channels], 0),
        }
    }

    /// Room for the results of `pixels` alone.
    #[inline]
    pub(super) fn room_of(&mut self, pixels: Range<usize>) -> &mut [R] {
        let (len, channels) = (pixels.len(), self.channels);
        let (room, first) = self.room(pixels);
        &mut room[first * channels..][..len * channels]
    }

    /// The results of `pixels` are there.
    #[inline]
    pub(super) fn done(&mut self, pixels: Range<usize>) -> Result<(), Error> {
        if let To::Out(_) = self.to {
            return Ok(());
        }
        let (pixels, channels) = (pixels.start - self.first..pixels.end - self.first, self.channels);
        match &mut self.to {
            To::Out(_) => Ok(()),
            To::Then(out, then) => {
                then(&mut out[pixels.start * channels..pixels.end * channels]);
                Ok(())
            }
            To::Blocks(block, pass) => pass(pixels.clone(), &mut block[..pixels.len() * channels]),
        }
    }
}
