//! What the metadata of a file of packed weights says.

use crate::Error;
use crate::tuning::printable;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The version of the format that is written. Later ones are refused by their number.
pub const VERSION: u32 = 1;

/// The only key of the metadata: one, because safetensors keeps them in no order.
pub(super) const KEY: &str = "qgen.packed";

/// Bytes of the header's length at the file's beginning.
pub(super) const LENGTH_BYTES: usize = 8;

/// The value of [`KEY`], as JSON.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Contents {
    pub(super) version: u32,
    /// By name.
    pub(super) weights: BTreeMap<String, Record>,
    /// The network that the weights belong to, if the file has one: see `net::file`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) network: Option<serde_json::Value>,
}

/// What every version has, of the file and of its network.
#[derive(Debug, Deserialize)]
pub(crate) struct AnyVersion {
    version: u32,
}

impl AnyVersion {
    /// Fails where it is another one than this program `reads`.
    pub(crate) fn check(&self, field: &str, whose: &str, reads: u32) -> Result<(), Error> {
        if self.version == reads {
            return Ok(());
        }
        let problem = format!("the {whose} has version {}, and this program reads {reads}", self.version);
        Err(error(field, &problem, "use a program of the same version as the one that wrote the file"))
    }
}

/// One right side.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Record {
    /// The kernel that it was packed for.
    pub(super) kernel: String,
    /// The kernel's layout, for people, and to notice where a name came to mean another.
    pub(super) layout: String,
    /// The values that were let through.
    pub(super) values: String,
    pub(super) k: usize,
    pub(super) n: usize,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) quantised: Option<Quantised>,
    /// Of the record itself, with 0 here, and of the tensors.
    pub(super) crc32: u32,
}

/// What stored numbers mean, but for the scales.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Quantised {
    pub(super) zero_point: i32,
    pub(super) range: String,
    /// Whether there is a scale for each column.
    pub(super) per_channel: bool,
}

impl Record {
    /// The check sum of the weights `name`, whose tensors have these bytes.
    pub(super) fn check_sum(&self, name: &str, tensors: &[&[u8]]) -> Result<u32, Error> {
        let record = Record { crc32: 0, ..self.clone() };
        let record = serde_json::to_vec(&(name, record)).map_err(|e| no_json(name, &e))?;
        let mut sum = crc32fast::Hasher::new();
        sum.update(&record);
        for tensor in tensors {
            sum.update(tensor);
        }
        Ok(sum.finalize())
    }
}

/// The names of the tensors of the weights `name`.
pub(crate) fn tensor(name: &str, what: &str) -> String {
    format!("{name}.{what}")
}

/// An error about a part of a file. Names and values come from files: they are printed as escapes where they
/// do not print.
pub(crate) fn error(field: &str, problem: &str, help: &'static str) -> Error {
    Error::PackedFile { field: printable(field), problem: printable(problem), help }
}

/// The error about what cannot be written as JSON.
pub(crate) fn no_json(field: &str, e: &serde_json::Error) -> Error {
    error(field, &e.to_string(), "use other names")
}
