//! A file's packed weights: everything is checked against the bytes that are there, then used where it lies.

use super::header::{AnyVersion, Contents, KEY, LENGTH_BYTES, Quantised, Record, VERSION, error, tensor};
use crate::buffer::{ALIGN, AlignedBytes, SharedBytes, grow_to};
use crate::kernel::contradiction;
use crate::lines::LineSums;
use crate::pack::{Format, Panels};
use crate::quant::Params;
use crate::{Error, Kernel, PackedRhs};
use qgen_spec::{Field, KernelSpec, Layout, Operand, Range as Values};
use safetensors::Dtype;
use safetensors::tensor::{Metadata, TensorInfo};
use std::ops::Range;
use std::sync::Arc;

/// What to do with a file that cannot be right.
const AGAIN: &str = "the file is damaged or no file of packed weights; pack it again";

/// A file of packed weights; see the [module](super). `S` is what keeps its bytes.
pub struct PackedFile<S> {
    source: Arc<S>,
    header: Header,
}

/// What a file says of itself, checked against its size.
struct Header {
    entries: Vec<Entry>,
    metadata: Metadata,
    /// Where tensors begin.
    begin: usize,
    network: Option<serde_json::Value>,
}

/// Weights of a file.
#[derive(Debug)]
pub struct Weights {
    /// The weights.
    pub packed: PackedRhs,
    /// What their numbers mean, if the file says so.
    pub params: Option<Params>,
}

/// What a file says about one of its weights. Sizes, layout and offsets are checked, the check sum not yet.
#[derive(Debug)]
pub struct Entry {
    name: String,
    record: Record,
    format: Format,
    /// Places in the file.
    panels: Range<usize>,
    sums: Range<usize>,
    /// Empty without parameters.
    scales: Range<usize>,
}

impl<S: AsRef<[u8]>> PackedFile<S> {
    /// Reads the header of `source`, the bytes of a whole file.
    ///
    /// # Errors
    /// [`Error::PackedFile`] with the part of the file that cannot be right: one that was cut off, is of a later
    /// version, or whose sizes, offsets, kernels or layouts do not fit together.
    pub fn open(source: S) -> Result<PackedFile<S>, Error> {
        let header = header(source.as_ref())?;
        Ok(PackedFile { source: Arc::new(source), header })
    }

    /// The network that the weights belong to.
    pub(crate) fn network(&self) -> Option<&serde_json::Value> {
        self.header.network.as_ref()
    }

    /// The bytes of a tensor, and what they are; `None` if there is no such tensor.
    pub(crate) fn tensor(&self, name: &str) -> Option<(&TensorInfo, Range<usize>)> {
        let info = self.header.metadata.info(name)?;
        let (start, end) = info.data_offsets;
        Some((info, self.header.begin + start..self.header.begin + end))
    }

    /// The weights in the order of their names.
    pub fn entries(&self) -> &[Entry] {
        &self.header.entries
    }

    /// The weights `name`.
    ///
    /// # Errors
    /// [`Error::PackedFile`] if there are none of that name; it says which there are.
    pub fn entry(&self, name: &str) -> Result<&Entry, Error> {
        let found = self.header.entries.binary_search_by(|entry| entry.name.as_str().cmp(name));
        found.map(|at| &self.header.entries[at]).map_err(|_| {
            let names: Vec<&str> = self.header.entries.iter().map(Entry::name).take(8).collect();
            let more = if self.header.entries.len() > names.len() { ", …" } else { "" };
            let problem = match names[..] {
                [] => "the file has no weights".to_owned(),
                _ => format!("there are no such weights; there are {}{more}", names.join(", ")),
            };
            error(name, &problem, "ask for weights that are there")
        })
    }

    /// The weights `name` in memory of their own.
    ///
    /// # Errors
    /// As [`PackedFile::entry`]; [`Error::PackedFile`] if the check sum says that the file is damaged;
    /// [`Error::Memory`].
    pub fn copied(&self, name: &str) -> Result<Weights, Error> {
        let entry = self.entry(name)?;
        let bytes = (*self.source).as_ref();
        let panels = part(bytes, &entry.panels)?;
        let mut copy = AlignedBytes::zeroed(panels.len())?;
        copy.bytes_mut()[..panels.len()].copy_from_slice(panels);
        entry.weights(Panels::Own(copy), bytes)
    }

    /// Fails where the check sum of any weights says that the file is damaged.
    ///
    /// # Errors
    /// [`Error::PackedFile`] about the first of them.
    pub fn verify(&self) -> Result<(), Error> {
        let bytes = (*self.source).as_ref();
        self.header.entries.iter().try_for_each(|entry| entry.verify(part(bytes, &entry.panels)?, bytes))
    }
}

impl<S: AsRef<[u8]> + Send + Sync + 'static> PackedFile<S> {
    /// The weights `name`, whose panels are read where they lie; `source` lives for as long as they do. All of
    /// them are read once, for the check sum.
    ///
    /// # Errors
    /// As [`PackedFile::entry`]; [`Error::PackedFile`] if the check sum says that the file is damaged, or the bytes
    /// do not begin at a multiple of 64, as those of mapped files do; [`Error::Memory`].
    pub fn in_place(&self, name: &str) -> Result<Weights, Error> {
        let entry = self.entry(name)?;
        let panels = self.shared(entry.panels.clone())?;
        let address = panels.bytes().as_ptr().addr();
        if !panels.bytes().is_empty() && !address.is_multiple_of(ALIGN) {
            return Err(error(
                &tensor(name, "panels"),
                &format!("they lie {} bytes past a multiple of {ALIGN}", address % ALIGN),
                "map the file, give bytes that begin at a multiple of 64, or use copied()",
            ));
        }
        entry.weights(Panels::Shared(panels), (*self.source).as_ref())
    }

    /// A part of the file where it lies.
    pub(crate) fn shared(&self, range: Range<usize>) -> Result<SharedBytes, Error> {
        SharedBytes::new(Arc::clone(&self.source), range).ok_or_else(changed)
    }
}

impl<S> std::fmt::Debug for PackedFile<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PackedFile").field("entries", &self.header.entries).finish_non_exhaustive()
    }
}

impl Entry {
    /// The name of the weights.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The kernel that they were packed for.
    pub fn kernel_name(&self) -> &str {
        &self.record.kernel
    }

    /// The values that were let through.
    pub fn values(&self) -> Operand {
        self.format.accepts
    }

    /// The layout of the panels.
    pub fn layout(&self) -> Layout {
        self.format.layout
    }

    /// The depth: rows of the matrix that was packed.
    pub fn k(&self) -> usize {
        self.record.k
    }

    /// Columns of the matrix that was packed.
    pub fn n(&self) -> usize {
        self.record.n
    }

    /// Bytes of the panels.
    pub fn bytes(&self) -> usize {
        self.panels.len()
    }

    /// The zero point, if the file says what the numbers mean.
    pub fn zero_point(&self) -> Option<i32> {
        self.record.quantised.as_ref().map(|quantised| quantised.zero_point)
    }

    /// How many scales the file has for them.
    pub fn scales(&self) -> usize {
        self.scales.len() / 4
    }

    /// Fails where `kernel` reads another format or accepts less than was let through.
    ///
    /// # Errors
    /// [`Error::OtherKernel`] or [`Error::PackedWider`].
    pub fn check(&self, kernel: &Kernel) -> Result<(), Error> {
        self.format.check(&self.record.kernel, kernel, &Format::rhs(kernel))
    }

    /// Fails where the check sum is not that of these panels and of the other tensors in `file`.
    fn verify(&self, panels: &[u8], file: &[u8]) -> Result<(), Error> {
        let (sums, scales) = (part(file, &self.sums)?, part(file, &self.scales)?);
        if self.record.check_sum(&self.name, &[panels, sums, scales])? == self.record.crc32 {
            return Ok(());
        }
        Err(error(&format!("{}.crc32", self.name), "the check sum is that of other bytes", AGAIN))
    }

    /// The weights with these panels; the rest is in `file`.
    fn weights(&self, panels: Panels, file: &[u8]) -> Result<Weights, Error> {
        self.verify(part(panels.bytes(), &(0..self.panels.len()))?, file)?;
        let mut sums = Vec::new();
        grow_to(&mut sums, self.sums.len() / size_of::<LineSums>())?;
        for (sums, &[sum, own]) in sums.iter_mut().zip(words(part(file, &self.sums)?).as_chunks::<2>().0) {
            *sums = LineSums { sum: i32::from_le_bytes(sum), own: i32::from_le_bytes(own) };
        }
        let params = match &self.record.quantised {
            Some(quantised) => Some(self.params(quantised, words(part(file, &self.scales)?))?),
            None => None,
        };
        let Record { kernel, k, n, .. } = self.record.clone();
        let packed = PackedRhs::from_parts(kernel, self.format, (k, n), panels, sums)?;
        Ok(Weights { packed, params })
    }

    fn params(&self, quantised: &Quantised, scales: &[[u8; 4]]) -> Result<Params, Error> {
        let Quantised { zero_point, range, per_channel } = quantised;
        let range = Values::parse(range, Field::Rhs).map_err(|e| self.wrong("range", &e))?;
        let scale = |&bytes: &[u8; 4]| f32::from_le_bytes(bytes);
        let params = match scales {
            [one] if !per_channel => Params::per_tensor(scale(one), *zero_point, range),
            each => Params::per_channel(each.iter().map(scale).collect(), *zero_point, range),
        };
        params.map_err(|e| self.wrong("params", &e))
    }

    fn wrong(&self, what: &str, problem: &dyn std::fmt::Display) -> Error {
        error(&format!("{}.{what}", self.name), &problem.to_string(), AGAIN)
    }
}

/// Groups of four bytes.
fn words(bytes: &[u8]) -> &[[u8; 4]] {
    bytes.as_chunks().0
}

/// A part of the bytes of a file, which may answer otherwise than it did when it was opened.
fn part<'a>(bytes: &'a [u8], range: &Range<usize>) -> Result<&'a [u8], Error> {
    bytes.get(range.clone()).ok_or_else(changed)
}

fn changed() -> Error {
    error(
        "data",
        "there are fewer bytes than when the file was opened",
        "keep the file as it is while it is open",
    )
}

/// What the header of a file says, checked against its size.
fn header(file: &[u8]) -> Result<Header, Error> {
    let damaged = |problem: &str| error("header", problem, AGAIN);
    let (&length, rest) =
        file.split_first_chunk::<LENGTH_BYTES>().ok_or_else(|| damaged("the file ends in its length"))?;
    let length = u64::from_le_bytes(length);
    let header = usize::try_from(length).ok().and_then(|length| rest.split_at_checked(length));
    let (header, data) = header.ok_or_else(|| {
        damaged(&format!("its length should be {length} bytes, and the file has {} more", rest.len()))
    })?;
    // Not SafeTensors::deserialize: version 0.8 adds sizes of a file unchecked.
    let metadata: Metadata = serde_json::from_slice(header).map_err(|e| damaged(&e.to_string()))?;
    if metadata.data_len() != data.len() {
        let problem = format!("tensors have {} bytes, the file {} for them", metadata.data_len(), data.len());
        return Err(error("data", &problem, AGAIN));
    }
    let contents = metadata.metadata().as_ref().and_then(|metadata| metadata.get(KEY));
    let contents = contents.ok_or_else(|| {
        error(
            KEY,
            "the header's metadata has no such key",
            "give a file that `qgen pack` or PackedFileWriter made",
        )
    })?;
    let unread = |e: serde_json::Error| error(KEY, &e.to_string(), AGAIN);
    let version: AnyVersion = serde_json::from_str(contents).map_err(unread)?;
    version.check("version", "file", VERSION)?;
    let contents: Contents = serde_json::from_str(contents).map_err(unread)?;
    let begin = LENGTH_BYTES + header.len();
    let places = Places { metadata: &metadata, begin };
    let entries = contents.weights.into_iter().map(|(name, record)| entry(name, record, &places));
    Ok(Header { entries: entries.collect::<Result<_, _>>()?, begin, network: contents.network, metadata })
}

fn entry(name: String, record: Record, places: &Places<'_>) -> Result<Entry, Error> {
    let at = |what: &str, problem: &str, help| error(&format!("{name}.{what}"), problem, help);
    let spec: KernelSpec = record.kernel.parse().map_err(|e| at("kernel", &format!("{e}"), AGAIN))?;
    if let Some(problem) = contradiction(&spec) {
        return Err(at("kernel", problem, AGAIN));
    }
    let values =
        Operand::parse(&record.values, Field::Rhs).map_err(|e| at("values", &e.to_string(), AGAIN))?;
    if !spec.rhs.covers(values) {
        let problem = format!("{values} is more than the kernel takes, {}", spec.rhs);
        return Err(at("values", &problem, AGAIN));
    }
    let format = Format::rhs_of(&spec, values);
    if record.layout != format.layout.to_string() {
        let problem = format!("it is `{}`, but kernel {spec} reads `{}`", record.layout, format.layout);
        return Err(at("layout", &problem, "pack the weights again with this version"));
    }
    let Record { k, n, .. } = record;
    let size = |e: qgen_spec::SizeOverflow| at("n", &e.to_string(), AGAIN);
    let (bytes, lines) = (format.bytes(n, k).map_err(size)?, format.padded(n).map_err(size)?);
    let panels = places.of(&name, "panels", Dtype::U8, &[bytes.next_multiple_of(ALIGN)])?;
    let panels = panels.start..panels.start + bytes;
    let sums = places.of(&name, "sums", Dtype::I32, &[lines, 2])?;
    let scales = match &record.quantised {
        None => 0..0,
        Some(Quantised { per_channel, .. }) => {
            places.of(&name, "scales", Dtype::F32, &[if *per_channel { n } else { 1 }])?
        }
    };
    Ok(Entry { name, record, format, panels, sums, scales })
}

/// Where tensors are in a file.
struct Places<'a> {
    metadata: &'a Metadata,
    /// Where the first one begins.
    begin: usize,
}

impl Places<'_> {
    /// A tensor of the weights `name`, which must have this type and shape. The metadata was checked against
    /// the size of the file, and shapes against offsets.
    fn of(&self, name: &str, what: &str, dtype: Dtype, shape: &[usize]) -> Result<Range<usize>, Error> {
        let name = tensor(name, what);
        let info = self.metadata.info(&name).ok_or_else(|| error(&name, "there is no such tensor", AGAIN))?;
        if info.dtype != dtype || info.shape != shape {
            let (given, given_shape) = (info.dtype, &info.shape);
            let problem = format!("it is {given:?} {given_shape:?}, but must be {dtype:?} {shape:?}");
            return Err(error(&name, &problem, AGAIN));
        }
        let (start, end) = info.data_offsets;
        Ok(self.begin + start..self.begin + end)
    }
}
