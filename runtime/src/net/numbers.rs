//! Weights in memory of their own, or where a file has them.

use crate::Element;
#[cfg(feature = "packed")]
use crate::buffer::SharedBytes;
use std::fmt;
use std::ops::Deref;

/// Numbers that are only read: a vector, or a part of a file that is kept open as long as they are.
#[derive(Clone)]
pub struct Numbers<T>(Memory<T>);

#[derive(Clone)]
enum Memory<T> {
    Own(Vec<T>),
    /// Aligned for `T`.
    #[cfg(feature = "packed")]
    Shared(SharedBytes),
}

#[cfg(feature = "packed")]
impl<T: Element> Numbers<T> {
    /// The numbers that these bytes are, in the machine's order; copied where they do not lie as the type asks.
    pub(super) fn shared(bytes: SharedBytes) -> Numbers<T> {
        match crate::value::typed_bytes::<T>(bytes.bytes()) {
            Some(_) => Numbers(Memory::Shared(bytes)),
            None => Numbers(Memory::Own(crate::value::copied(bytes.bytes()))),
        }
    }
}

impl<T> From<Vec<T>> for Numbers<T> {
    fn from(values: Vec<T>) -> Self {
        Numbers(Memory::Own(values))
    }
}

impl<T: Element> Deref for Numbers<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        match &self.0 {
            Memory::Own(values) => values,
            #[cfg(feature = "packed")]
            Memory::Shared(bytes) => crate::value::typed_bytes(bytes.bytes()).unwrap_or(&[]),
        }
    }
}

impl<T: Element + PartialEq> PartialEq for Numbers<T> {
    fn eq(&self, other: &Self) -> bool {
        self[..] == other[..]
    }
}

impl<T: Element> fmt::Debug for Numbers<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} numbers", self.len())
    }
}
