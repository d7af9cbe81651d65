//! The element types of views, and their memory as bytes.

#![expect(unsafe_code, reason = "numbers without padding are seen as bytes, and bytes as numbers")]

use std::any::TypeId;

mod sealed {
    pub trait Sealed {}
    impl Sealed for i8 {}
    impl Sealed for u8 {}
    impl Sealed for i32 {}
    impl Sealed for f32 {}
}

/// An element of a view: `i8`, `u8`, `i32` or `f32`. Plain memory without padding or invalid bytes.
pub trait Element: Copy + Default + Send + Sync + sealed::Sealed + 'static {}

impl Element for i8 {}
impl Element for u8 {}
impl Element for i32 {}
impl Element for f32 {}

/// An element that a kernel writes: `i32`, and `f32` for float kernels. 4 bytes, aligned to 4.
pub trait Output: Element {
    /// The type's name in messages.
    const NAME: &'static str;
    /// Whether this is what float kernels write.
    const IS_FLOAT: bool;

    /// The element with these bits.
    #[doc(hidden)]
    fn of_bits(bits: i32) -> Self;
}

impl Output for i32 {
    const NAME: &'static str = "i32";
    const IS_FLOAT: bool = false;
    fn of_bits(bits: i32) -> i32 {
        bits
    }
}

impl Output for f32 {
    const NAME: &'static str = "f32";
    const IS_FLOAT: bool = true;
    fn of_bits(bits: i32) -> f32 {
        f32::from_bits(bits as u32)
    }
}

/// An element that a kernel multiplies: `i8` and `u8` (results are `i32`), `f32` (results are `f32`).
pub trait Value: Element {
    /// What sums of products of it are kept in.
    type Out: Output;

    /// The type's name in messages.
    const NAME: &'static str;

    /// The smallest and the largest value, or `None` for floats.
    const DOMAIN: Option<(i16, i16)>;

    /// The value as an integer; 0 for floats.
    fn to_i16(self) -> i16;
}

impl Value for i8 {
    type Out = i32;
    const NAME: &'static str = "i8";
    const DOMAIN: Option<(i16, i16)> = Some((-128, 127));
    fn to_i16(self) -> i16 {
        self.into()
    }
}

impl Value for u8 {
    type Out = i32;
    const NAME: &'static str = "u8";
    const DOMAIN: Option<(i16, i16)> = Some((0, 255));
    fn to_i16(self) -> i16 {
        self.into()
    }
}

impl Value for f32 {
    type Out = f32;
    const NAME: &'static str = "f32";
    const DOMAIN: Option<(i16, i16)> = None;
    fn to_i16(self) -> i16 {
        0
    }
}

/// A value that is stored in a byte: `i8` or `u8`.
pub trait Stored: Value<Out = i32> {
    /// Whether the byte is read as signed.
    const SIGNED: bool;
}

impl Stored for i8 {
    const SIGNED: bool = true;
}

impl Stored for u8 {
    const SIGNED: bool = false;
}

/// The memory of `values`.
pub(crate) fn bytes_of<T: Element>(values: &[T]) -> &[u8] {
    // SAFETY: elements are the four sealed number types, whose bytes are all initialised; the length
    // is that of the slice, and bytes need no alignment.
    unsafe { std::slice::from_raw_parts(values.as_ptr().cast(), size_of_val(values)) }
}

/// The memory of `values`, to be written.
pub(crate) fn bytes_of_mut<T: Element>(values: &mut [T]) -> &mut [u8] {
    // SAFETY: as in `bytes_of`; and any bytes are an element of the four types.
    unsafe { std::slice::from_raw_parts_mut(values.as_mut_ptr().cast(), size_of_val(values)) }
}

/// `bytes` as values.
///
/// # Panics
/// If they do not begin where a value may, or the last one is not whole.
pub(crate) fn of_bytes<T: Value>(bytes: &[u8]) -> &[T] {
    let values = bytes.as_ptr().cast::<T>();
    assert!(values.is_aligned() && bytes.len().is_multiple_of(size_of::<T>()));
    // SAFETY: any bytes are a value of the sealed number types, of which there are as many as fit; they are
    // aligned, and borrowed as `bytes` are.
    unsafe { std::slice::from_raw_parts(values, bytes.len() / size_of::<T>()) }
}

/// `values` as they are, if `U` is their type.
pub(crate) fn typed_mut<T: Element, U: Element>(values: &mut [T]) -> Option<&mut [U]> {
    if TypeId::of::<T>() != TypeId::of::<U>() {
        return None;
    }
    // SAFETY: the two types are one, and the borrow is handed on.
    Some(unsafe { std::slice::from_raw_parts_mut(values.as_mut_ptr().cast(), values.len()) })
}

/// `values` as they are, if `U` is their type.
pub(crate) fn typed<T: Element, U: Element>(values: &[T]) -> Option<&[U]> {
    // SAFETY: the two types are one, and the borrow is handed on.
    (TypeId::of::<T>() == TypeId::of::<U>())
        .then(|| unsafe { std::slice::from_raw_parts(values.as_ptr().cast(), values.len()) })
}

/// `bytes` as values in the machine's order, if they begin and end as the type asks.
pub(crate) fn typed_bytes<T: Element>(bytes: &[u8]) -> Option<&[T]> {
    let start = bytes.as_ptr().cast::<T>();
    if !start.is_aligned() || !bytes.len().is_multiple_of(size_of::<T>()) {
        return None;
    }
    // SAFETY: they are aligned and as long as that many; any bytes are an element of the four types.
    Some(unsafe { std::slice::from_raw_parts(start, bytes.len() / size_of::<T>()) })
}

/// [`typed_bytes`], to be written.
pub(crate) fn typed_bytes_mut<T: Element>(bytes: &mut [u8]) -> Option<&mut [T]> {
    let start = bytes.as_mut_ptr().cast::<T>();
    if !start.is_aligned() || !bytes.len().is_multiple_of(size_of::<T>()) {
        return None;
    }
    // SAFETY: as in `typed_bytes`, and the bytes of every element are initialised.
    Some(unsafe { std::slice::from_raw_parts_mut(start, bytes.len() / size_of::<T>()) })
}

/// Values in the machine's order from bytes that lie anywhere; what is too short for another one is left out.
#[cfg(feature = "packed")]
pub(crate) fn copied<T: Element>(bytes: &[u8]) -> Vec<T> {
    let mut values = vec![T::default(); bytes.len() / size_of::<T>()];
    let len = size_of_val(&values[..]);
    bytes_of_mut(&mut values).copy_from_slice(&bytes[..len]);
    values
}
