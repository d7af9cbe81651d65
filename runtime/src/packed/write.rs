//! Packed weights to a file.

use super::header::{Contents, KEY, LENGTH_BYTES, Quantised, Record, VERSION, error, no_json, tensor};
use crate::buffer::ALIGN;
use crate::quant::Params;
use crate::{Error, PackedRhs};
use qgen_spec::SizeOverflow;
use safetensors::Dtype;
use safetensors::tensor::{Metadata, TensorInfo};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::Write;

/// Collects packed weights by name, and writes them as one file: see the [module](super).
#[derive(Debug, Default)]
pub struct PackedFileWriter<'a> {
    weights: BTreeMap<String, (&'a PackedRhs, Option<&'a Params>)>,
    network: Option<(serde_json::Value, Vec<Tensor<'a>>)>,
}

/// A tensor besides those of packed weights.
#[derive(Debug)]
pub(crate) struct Tensor<'a> {
    pub(crate) name: String,
    pub(crate) dtype: Dtype,
    pub(crate) shape: Vec<usize>,
    /// Little-endian.
    pub(crate) bytes: Cow<'a, [u8]>,
}

impl<'a> PackedFileWriter<'a> {
    /// A file without weights.
    pub fn new() -> PackedFileWriter<'a> {
        PackedFileWriter::default()
    }

    /// Adds weights.
    ///
    /// # Errors
    /// [`Error::PackedFile`] if there are weights of that name already.
    pub fn add(&mut self, name: &str, weights: &'a PackedRhs) -> Result<(), Error> {
        self.insert(name, weights, None)
    }

    /// Adds weights and what their numbers mean.
    ///
    /// # Errors
    /// As [`PackedFileWriter::add`], and if there are scales for channels whose number is not that of columns.
    pub fn add_quantised(
        &mut self,
        name: &str,
        weights: &'a PackedRhs,
        params: &'a Params,
    ) -> Result<(), Error> {
        match params.channels() {
            Some(channels) if channels != weights.n() => Err(error(
                &tensor(name, "scales"),
                &format!("there are {channels}, but the weights have {} columns", weights.n()),
                "give one scale, or one for each column",
            )),
            _ => self.insert(name, weights, Some(params)),
        }
    }

    /// Adds the network that the weights belong to, and its tensors, those of the widest numbers first.
    pub(crate) fn set_network(&mut self, network: serde_json::Value, tensors: Vec<Tensor<'a>>) {
        self.network = Some((network, tensors));
    }

    fn insert(
        &mut self,
        name: &str,
        weights: &'a PackedRhs,
        params: Option<&'a Params>,
    ) -> Result<(), Error> {
        if self.weights.contains_key(name) {
            return Err(error(name, "there are weights of this name already", "use each name once"));
        }
        self.weights.insert(name.to_owned(), (weights, params));
        Ok(())
    }

    /// The file's bytes.
    ///
    /// # Errors
    /// As [`PackedFileWriter::write`].
    pub fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::new();
        self.write(&mut bytes)?;
        Ok(bytes)
    }

    /// Writes the file.
    ///
    /// # Errors
    /// [`Error::Os`] if `to` refuses, [`Error::Size`] if the file would be larger than the address space.
    pub fn write(&self, mut to: impl Write) -> Result<(), Error> {
        let mut tensors = Tensors::default();
        for (name, (weights, _)) in &self.weights {
            let bytes = weights.as_bytes();
            let padding = bytes.len().next_multiple_of(ALIGN) - bytes.len();
            let padded = bytes.len() + padding;
            tensors.push(tensor(name, "panels"), Dtype::U8, vec![padded], padded)?;
        }
        let mut weights = BTreeMap::new();
        let mut small = Vec::new();
        for (name, (packed, params)) in &self.weights {
            let sums: Vec<u8> =
                packed.sums().iter().flat_map(|s| [s.sum, s.own]).flat_map(i32::to_le_bytes).collect();
            tensors.push(tensor(name, "sums"), Dtype::I32, vec![packed.sums().len(), 2], sums.len())?;
            let scales = params.map(Params::scales).unwrap_or_default();
            let scales: Vec<u8> = scales.iter().flat_map(|scale| scale.to_le_bytes()).collect();
            if params.is_some() {
                tensors.push(tensor(name, "scales"), Dtype::F32, vec![scales.len() / 4], scales.len())?;
            }
            let quantised = params.map(|params| Quantised {
                zero_point: params.zero_point(),
                range: params.range().to_string(),
                per_channel: params.channels().is_some(),
            });
            let mut record = Record {
                kernel: packed.kernel_name().to_owned(),
                layout: packed.layout().to_string(),
                values: packed.format().accepts.to_string(),
                k: packed.k(),
                n: packed.n(),
                quantised,
                crc32: 0,
            };
            record.crc32 = record.check_sum(name, &[packed.as_bytes(), &sums, &scales])?;
            weights.insert(name.clone(), record);
            small.push(sums);
            small.push(scales);
        }
        let (network, more) = self.network.as_ref().map_or((None, &[][..]), |(n, t)| (Some(n.clone()), t));
        for Tensor { name, dtype, shape, bytes } in more {
            tensors.push(name.clone(), *dtype, shape.clone(), bytes.len())?;
        }
        let mut header = tensors.header(&Contents { version: VERSION, weights, network })?;
        // Spaces behind a header are part of the format.
        let length = (LENGTH_BYTES + header.len()).next_multiple_of(ALIGN) - LENGTH_BYTES;
        header.resize(length, b' ');

        let mut put = |bytes: &[u8]| {
            to.write_all(bytes).map_err(|source| Error::Os { what: "writing packed weights", source })
        };
        put(&(length as u64).to_le_bytes())?;
        put(&header)?;
        for (weights, _) in self.weights.values() {
            let bytes = weights.as_bytes();
            put(bytes)?;
            put(&[0; ALIGN][..bytes.len().next_multiple_of(ALIGN) - bytes.len()])?;
        }
        small.iter().try_for_each(|bytes| put(bytes))?;
        more.iter().try_for_each(|tensor| put(&tensor.bytes))?;
        to.flush().map_err(|source| Error::Os { what: "writing packed weights", source })
    }
}

/// The tensors of a file, one after another.
#[derive(Default)]
struct Tensors {
    infos: Vec<(String, TensorInfo)>,
    end: usize,
}

impl Tensors {
    fn push(&mut self, name: String, dtype: Dtype, shape: Vec<usize>, bytes: usize) -> Result<(), Error> {
        let start = self.end;
        self.end = start.checked_add(bytes).ok_or(SizeOverflow)?;
        self.infos.push((name, TensorInfo { dtype, shape, data_offsets: (start, self.end) }));
        Ok(())
    }

    fn header(self, contents: &Contents) -> Result<Vec<u8>, Error> {
        let contents = serde_json::to_string(contents).map_err(|e| no_json(KEY, &e))?;
        let metadata = [(KEY.to_owned(), contents)].into_iter().collect();
        let metadata = Metadata::new(Some(metadata), self.infos)
            .map_err(|e| error("header", &e.to_string(), "use other names"))?;
        serde_json::to_vec(&metadata).map_err(|e| no_json(KEY, &e))
    }
}
