//! Networks in files, mapped or not.
//!
//! A file is one of [`packed`](crate::packed) weights, which has in its metadata a graph besides, and these tensors:
//!
//! | tensor | type and shape | content |
//! |---|---|---|
//! | `LAYER.weights` | `I8` or `F32`, out channels × rows × columns × channels of a group | the weights as they are |
//! | `LAYER.bias` | `I32` or `F32`, out channels | where the layer has a bias |
//! | `LAYER.scales` | `F32`, 1 or out channels | what stored weights mean |
//! | `LAYER@i.g.panels`, `.sums` | as in [`packed`](crate::packed) | the weights of group g as the kernel of the i-th given network reads them |
//!
//! A [`Network`](super::Network) whose plans choose these kernels reads the panels where they lie; others pack the weights
//! anew. So a file is right on every machine, and fast to load on those that it was made for. Everything is checked when it
//! is opened, by the rules of [`ModelBuilder`](super::ModelBuilder), and by a check sum; but panels only when a network is to
//! read them, which fails where theirs is wrong.

mod graph;
mod read;
mod write;

pub use read::NetFile;
pub use write::write;
