//! Tensors in files: safetensors, written the same each time, and read with every size checked.

use crate::error::{Error, Result};
use crate::graph::{Graph, Tensor};
use safetensors::Dtype;
use safetensors::tensor::TensorView;
use std::collections::HashMap;
use std::path::Path;

/// What a file says about itself.
pub(crate) type Metadata = HashMap<String, String>;

/// Bytes of the header's length at the file's beginning.
const LENGTH_BYTES: usize = 8;

type Said<T> = std::result::Result<T, String>;

/// Reads a file of at most `longest` bytes.
pub(crate) fn read(path: &Path, longest: u64) -> Result<Vec<u8>> {
    let fail = |problem: String| Error::of(path.display(), problem);
    let metadata = std::fs::metadata(path).map_err(|e| fail(e.to_string()))?;
    if !metadata.is_file() {
        return Err(fail("it is no regular file; give a model's file".into()));
    }
    if metadata.len() > longest {
        return Err(fail(format!("it has {} bytes; models have at most {longest}", metadata.len())));
    }
    std::fs::read(path).map_err(|e| fail(e.to_string()))
}

/// The contents of a file.
pub(crate) fn serialised(tensors: &[Tensor<f32>], metadata: &Metadata) -> Vec<u8> {
    let bytes: Vec<Vec<u8>> =
        tensors.iter().map(|tensor| tensor.numbers.iter().flat_map(|n| n.to_le_bytes()).collect()).collect();
    let views = tensors.iter().zip(&bytes).map(|(tensor, bytes)| {
        let view = TensorView::new(Dtype::F32, tensor.shape.clone(), bytes).expect("the bytes of the shape");
        (tensor.name.as_str(), view)
    });
    let bytes = safetensors::serialize(views, None).expect("tensors that fit their shapes");
    with_metadata(&bytes, metadata, LENGTH_BYTES)
}

/// The file again with more metadata in its header, whose keys are in order: the library writes them in another order each
/// time, and the same network should be the same file. Data begin at a multiple of `align` bytes.
pub(crate) fn with_metadata(bytes: &[u8], metadata: &Metadata, align: usize) -> Vec<u8> {
    let length = u64::from_le_bytes(bytes[..LENGTH_BYTES].try_into().expect("eight bytes")) as usize;
    let (header, data) = bytes[LENGTH_BYTES..].split_at(length);
    let mut header: serde_json::Map<String, serde_json::Value> =
        serde_json::from_slice(header).expect("the library's own header");
    let there =
        header.remove("__metadata__").and_then(|there| there.as_object().cloned()).unwrap_or_default();
    let more = metadata.iter().map(|(key, value)| (key.clone(), value.clone().into()));
    let sorted: std::collections::BTreeMap<String, serde_json::Value> =
        there.into_iter().chain(more).collect();
    header.insert("__metadata__".into(), serde_json::Value::Object(sorted.into_iter().collect()));
    let mut header = serde_json::to_vec(&header).expect("a map of strings");
    let length = (LENGTH_BYTES + header.len()).next_multiple_of(align) - LENGTH_BYTES;
    header.resize(length, b' ');
    [&(header.len() as u64).to_le_bytes()[..], &header, data].concat()
}

/// A file whose header was checked against its size.
pub(crate) struct Opened<'a> {
    header: safetensors::tensor::Metadata,
    data: &'a [u8],
}

impl<'a> Opened<'a> {
    /// Reads the header.
    ///
    /// # Errors
    /// If the bytes are no safetensors file, or are fewer or more than the header says.
    pub(crate) fn new(bytes: &'a [u8]) -> Said<Opened<'a>> {
        if bytes.is_empty() {
            return Err("it is empty".into());
        }
        let damaged = |problem: &str| format!("it is no safetensors file, or damaged: {problem}");
        let (&length, rest) =
            bytes.split_first_chunk::<LENGTH_BYTES>().ok_or_else(|| damaged("it ends in its length"))?;
        let length = u64::from_le_bytes(length);
        let header = usize::try_from(length).ok().and_then(|length| rest.split_at_checked(length));
        let (header, data) = header.ok_or_else(|| {
            damaged(&format!("its header should have {length} bytes, and {} follow", rest.len()))
        })?;
        // Not SafeTensors::deserialize: version 0.8 adds sizes of a file unchecked (ADR 24).
        let header: safetensors::tensor::Metadata =
            serde_json::from_slice(header).map_err(|e| damaged(&e.to_string()))?;
        if header.data_len() != data.len() {
            let problem = format!("its tensors have {} bytes, and {} follow", header.data_len(), data.len());
            return Err(damaged(&problem));
        }
        Ok(Opened { header, data })
    }

    /// What it says about itself.
    pub(crate) fn metadata(&self) -> Metadata {
        self.header.metadata().clone().unwrap_or_default()
    }

    /// Fails where it has not `count` tensors.
    pub(crate) fn only(&self, count: usize) -> Said<()> {
        match self.header.tensors().len() {
            has if has == count => Ok(()),
            has => Err(format!("it has {has} tensors; this kind has {count}")),
        }
    }

    /// The tensors of a graph, whose names begin with `prefix`, in the graph's own order of parameters.
    ///
    /// # Errors
    /// If one is missing, has another shape, or numbers that are not finite.
    pub(crate) fn parameters(&self, graph: &Graph, prefix: &str) -> Said<Vec<f32>> {
        let mut numbers = Vec::with_capacity(graph.parameters());
        for (name, shape) in graph.tensors() {
            let name = format!("{prefix}{name}");
            let info = (self.header.info(&name))
                .ok_or_else(|| format!("it has no tensor {name}; {} has one", graph.name))?;
            if info.dtype != Dtype::F32 || info.shape != shape {
                let (dtype, given) = (info.dtype, &info.shape);
                return Err(format!("{name} is {given:?} of {dtype:?}; {} has F32 of {shape:?}", graph.name));
            }
            let (begin, end) = info.data_offsets;
            let bytes = self.data.get(begin..end).ok_or_else(|| format!("{name} ends behind the file"))?;
            let these: Vec<f32> = bytes.as_chunks().0.iter().map(|four| f32::from_le_bytes(*four)).collect();
            infinite(&name, &these)?;
            numbers.extend(these);
        }
        if numbers.len() != graph.parameters() {
            return Err(format!(
                "its tensors have {} numbers; {} has {}",
                numbers.len(),
                graph.name,
                graph.parameters()
            ));
        }
        Ok(graph.from_file(&numbers))
    }
}

/// Fails where a tensor has numbers that are none.
pub(crate) fn infinite(name: &str, numbers: &[f32]) -> Said<()> {
    match numbers.iter().filter(|number| !number.is_finite()).count() {
        0 => Ok(()),
        wrong => Err(format!("{name}: {wrong} of {} weights are no finite numbers", numbers.len())),
    }
}

/// A line of the metadata.
pub(crate) fn text<'a>(metadata: &'a Metadata, key: &str) -> Said<&'a str> {
    metadata.get(key).map(String::as_str).ok_or_else(|| format!("its metadata have no {key:?}"))
}

/// A number of the metadata.
pub(crate) fn number<T: std::str::FromStr>(metadata: &Metadata, key: &str) -> Said<T> {
    let text = text(metadata, key)?;
    text.parse().map_err(|_| format!("its metadata have {text:?} as {key:?}, which is no such number"))
}
