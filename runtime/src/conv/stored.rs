//! What loops that are no products of matrices store of their sums.

use crate::quant::OutputStage;

/// The sums themselves.
pub(in crate::conv) struct Sums;

/// Bytes that are made of them.
pub(in crate::conv) struct Bytes<'a>(pub(in crate::conv) &'a OutputStage);
