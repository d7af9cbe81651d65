//! The commands, one file each.

pub(crate) mod bench;
pub(crate) mod bounds;
pub(crate) mod completions;
pub(crate) mod emit;
pub(crate) mod explain;
pub(crate) mod frontier;
pub(crate) mod hw;
pub(crate) mod list;
pub(crate) mod pack;
pub(crate) mod prove;
pub(crate) mod ship;
pub(crate) mod tune;
pub(crate) mod verify;
