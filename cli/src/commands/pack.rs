//! `qgen pack`

use crate::chosen::Chosen;
use crate::cores::{self, Cores};
use crate::failure::Failure;
use crate::new_file::NewFile;
use crate::output;
use crate::pack::{Matrix, Reading, Values, read};
use qgen_runtime::cpu::{self, Machine};
use qgen_runtime::packed::{PackedFile, PackedFileWriter};
use qgen_runtime::quant::{Calibration, Granularity, Method, Params, Scheme, quantise};
use qgen_runtime::select::{Overrides, Request, choose};
use qgen_runtime::{Element, Kernel, MatMut, MatRef, Operand, PackedRhs, catalog};
use qgen_spec::{Diagnostic, Field};
use std::path::{Path, PathBuf};

/// Packs weights ahead of time, for programs that map the file and multiply at once.
///
/// Weights are matrices of int8, uint8 or float32: a NumPy array (.npy), the matrices of a safetensors
/// file, or bytes alone, row by row, with --k and --n. Integers must be values of the right side. Floats
/// are quantised with a scale for each column, symmetric about 0, unless the kernel takes floats; the
/// scales go into the file.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// The weights.
    #[arg(value_name = "WEIGHTS", required_unless_present = "inspect")]
    weights: Option<PathBuf>,
    /// The file to write.
    #[arg(long, value_name = "FILE", required_unless_present = "inspect")]
    out: Option<PathBuf>,
    /// Replace the file if it exists.
    #[arg(long)]
    force: bool,
    /// Print what a packed file holds, and check all of it.
    #[arg(long, value_name = "FILE", exclusive = true)]
    inspect: Option<PathBuf>,
    /// The kernel, by its name: one that ships, or any other [default: the one that the runtime
    /// selects among those that ship].
    #[arg(long, value_name = "NAME", conflicts_with_all = ["core", "bits", "lhs", "rhs", "m"])]
    kernel: Option<String>,
    /// The core that will multiply [default: this machine's if it is known, else cortex-a72].
    #[arg(long, value_name = "NAME")]
    core: Option<String>,
    /// Width of both sides: 1 (-1 or 1) to 8, or 32 for floats.
    #[arg(long, default_value_t = 4, allow_hyphen_values = true)]
    bits: u32,
    /// Values of the left side, in place of --bits.
    #[arg(long, value_name = "LO..=HI", allow_hyphen_values = true)]
    lhs: Option<String>,
    /// Values of the right side, in place of --bits.
    #[arg(long, value_name = "LO..=HI", allow_hyphen_values = true)]
    rhs: Option<String>,
    /// Rows of the left side that are multiplied at a time: single rows have kernels of their own.
    #[arg(long, default_value_t = 64)]
    m: usize,
    /// The weights have a row for each output: n × k, as PyTorch keeps them.
    #[arg(long)]
    transposed: bool,
    /// The tensors of a safetensors file to pack [default: all matrices].
    #[arg(long = "tensor", value_name = "NAME")]
    tensors: Vec<String>,
    /// Rows of bytes alone: the depth.
    #[arg(long, requires = "n")]
    k: Option<usize>,
    /// Columns of bytes alone: the outputs.
    #[arg(long, requires = "k")]
    n: Option<usize>,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    match (&args.inspect, &args.weights, &args.out) {
        (Some(file), ..) => inspect(file),
        (None, Some(weights), Some(out)) => pack(args, weights, out),
        // clap asks for both.
        _ => Err(Failure("weights: give a file, and --out".into())),
    }
}

fn pack(args: &Args, weights: &Path, out: &Path) -> Result<(), Failure> {
    let file = NewFile::at("out", out, args.force)?;
    let sides = operands(args)?;
    let named = args.kernel.as_ref().map(|name| Chosen::to_pack(name)).transpose()?;
    let signed = named.as_ref().map_or(sides.1, |named| named.kernel().accepts().1);
    let signed = signed.range().is_none_or(|range| range.fits_i8());
    let turned = |k, n| if args.transposed { (n, k) } else { (k, n) };
    let raw = args.k.zip(args.n).map(|(k, n)| turned(k, n));
    let matrices = read(weights, &Reading { tensors: &args.tensors, raw, signed })?;
    let machine = machine(args)?;
    let mut packed = Vec::new();
    for matrix in &matrices {
        let (k, n) = turned(matrix.rows, matrix.cols);
        let kernel = match &named {
            Some(named) => named.kernel(),
            None => selected(&machine, sides, (args.m, n, k))?,
        };
        let of = |e: qgen_runtime::Error| Failure(format!("weights: {}: {e}", matrix.name));
        packed.push((&matrix.name, one(matrix, args.transposed, kernel).map_err(of)?));
    }
    let mut writer = PackedFileWriter::new();
    for (name, (weights, params)) in &packed {
        match params {
            Some(params) => writer.add_quantised(name, weights, params)?,
            None => writer.add(name, weights)?,
        }
    }
    file.write(&writer.to_bytes()?)?;
    let names = packed.iter().map(|(name, (weights, _))| {
        format!("{name}: {}x{} for {}\n", weights.k(), weights.n(), weights.kernel_name())
    });
    output::print(&names.collect::<String>())
}

/// The values of both sides.
fn operands(args: &Args) -> Result<(Operand, Operand), Failure> {
    let width = qgen_runtime::bench::operand_of_bits(args.bits).ok_or_else(|| {
        let help = "give 1 to 8, or 32 for floats";
        Diagnostic::new(Field::Bits, format!("{} is no width of kernels", args.bits), help)
    })?;
    let side = |text: &Option<String>, field| match text {
        Some(text) => Operand::parse(text, field),
        None => Ok(width),
    };
    Ok((side(&args.lhs, Field::Lhs)?, side(&args.rhs, Field::Rhs)?))
}

/// The machine that will multiply: that of the core, whatever this machine is. Where a kernel is named it does not matter.
fn machine(args: &Args) -> Result<Machine, Failure> {
    if args.kernel.is_some() {
        return Ok(Machine::detect());
    }
    let core = Cores::with(&Default::default())?.choose(args.core.as_deref())?;
    let known = cpu::Core::by_name(&core.name).map(|known| (known, cores::features(&core)));
    Ok(known.map_or_else(Machine::detect, |(core, features)| Machine { core, features }))
}

/// What the runtime selects on the machine for weights of this shape.
fn selected(
    machine: &Machine,
    (lhs, rhs): (Operand, Operand),
    (m, n, k): (usize, usize, usize),
) -> Result<&'static Kernel, Failure> {
    let kernels: Vec<&'static Kernel> = catalog::all().collect();
    let request = Request::new(lhs, rhs).with_shape(m, n, k);
    Ok(choose(&request, machine, &kernels, None, &Overrides::default())?.kernel)
}

/// Packs one matrix, quantised before if it is of floats and the kernel takes integers.
fn one(
    matrix: &Matrix,
    transposed: bool,
    kernel: &Kernel,
) -> Result<(PackedRhs, Option<Params>), qgen_runtime::Error> {
    match &matrix.values {
        Values::Signed(values) => Ok((PackedRhs::pack(kernel, view(values, matrix, transposed)?)?, None)),
        Values::Unsigned(values) => Ok((PackedRhs::pack(kernel, view(values, matrix, transposed)?)?, None)),
        Values::Float(values) => {
            let real = view(values, matrix, transposed)?;
            let operand = kernel.accepts().1;
            let Some(range) = operand.range() else { return Ok((PackedRhs::pack(kernel, real)?, None)) };
            let (k, n) = (real.rows(), real.cols());
            let columns = Granularity::PerChannel { channels: n };
            let mut seen = Calibration::new(Scheme::symmetric(operand)?, Method::MinMax, columns)?;
            seen.observe(real)?;
            let params = seen.params()?;
            let packed = if range.fits_i8() {
                let mut stored = vec![0i8; values.len()];
                quantise(&params, real, MatMut::new(&mut stored, k, n)?)?;
                PackedRhs::pack(kernel, MatRef::new(&stored, k, n)?)
            } else {
                let mut stored = vec![0u8; values.len()];
                quantise(&params, real, MatMut::new(&mut stored, k, n)?)?;
                PackedRhs::pack(kernel, MatRef::new(&stored, k, n)?)
            };
            Ok((packed?, Some(params)))
        }
    }
}

/// The matrix as k × n.
fn view<'a, T: Element>(
    values: &'a [T],
    matrix: &Matrix,
    transposed: bool,
) -> Result<MatRef<'a, T>, qgen_runtime::Error> {
    let (rows, cols) = (matrix.rows, matrix.cols);
    let (down, across) = if matrix.by_columns { (1, rows) } else { (cols, 1) };
    let view = MatRef::with_strides(values, rows, cols, down, across)?;
    Ok(if transposed { view.transposed() } else { view })
}

fn inspect(path: &Path) -> Result<(), Failure> {
    let fail = |problem: String| Failure(format!("inspect: {}: {problem}", path.display()));
    let bytes = std::fs::read(path).map_err(|e| fail(e.to_string()))?;
    let file = PackedFile::open(bytes).map_err(|e| fail(e.to_string()))?;
    file.verify().map_err(|e| fail(e.to_string()))?;
    let rows: Vec<[String; 8]> = file
        .entries()
        .iter()
        .map(|entry| {
            let zero = entry.zero_point().map_or("-".into(), |zero| zero.to_string());
            [
                entry.name().to_owned(),
                entry.k().to_string(),
                entry.n().to_string(),
                entry.values().to_string(),
                entry.scales().to_string(),
                zero,
                entry.bytes().to_string(),
                entry.kernel_name().to_owned(),
            ]
        })
        .collect();
    let heads = ["weights", "k", "n", "values", "scales", "zero point", "bytes", "kernel"];
    output::print(&output::table(&heads, &rows))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;
    use qgen_runtime::Gemm;

    #[derive(Parser)]
    struct Alone {
        #[command(flatten)]
        args: Args,
    }

    fn command(words: &[&str]) -> Result<(), Failure> {
        let words = ["pack"].iter().chain(words);
        run(&Alone::try_parse_from(words).map_err(|e| Failure(e.to_string()))?.args)
    }

    /// Floats, a row for each output: quantised column by column, packed, and multiplied from the file.
    #[test]
    fn a_file_holds_what_the_weights_mean() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        let (n, k) = (3, 5);
        let real: Vec<f32> = (0..n * k).map(|i| i as f32 - 4.0).collect();
        let mut npy = b"\x93NUMPY\x01\x00".to_vec();
        let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 5), }";
        npy.extend((header.len() as u16).to_le_bytes());
        npy.extend(header.bytes().chain(real.iter().flat_map(|v| v.to_le_bytes())));
        std::fs::write(at("fc1.npy"), npy).unwrap();
        let (weights, out) = (at("fc1.npy"), at("packed"));
        let words = ["--transposed", "--core", "cortex-a72", "--bits", "8", &weights, "--out", &out];
        command(&words).unwrap();
        let e = command(&words).unwrap_err().0;
        assert!(e.contains("it exists; give --force"), "{e}");
        command(&["--inspect", &out]).unwrap();

        let file = PackedFile::open(std::fs::read(&out).unwrap()).unwrap();
        let kernel = catalog::find(file.entry("fc1").unwrap().kernel_name()).unwrap();
        let there = file.copied("fc1").unwrap();
        let scales = there.params.unwrap().scales().to_vec();
        let lhs = [1i8, -1, 2, 0, 3];
        let mut sums = [0; 3];
        let result = MatMut::new(&mut sums, 1, n).unwrap();
        Gemm::new(kernel).run(MatRef::new(&lhs, 1, k).unwrap(), &there.packed, result).unwrap();
        for (j, (&sum, scale)) in sums.iter().zip(scales).enumerate() {
            let wanted: f32 = lhs.iter().zip(&real[j * k..]).map(|(&x, y)| f32::from(x) * y).sum();
            let error = (sum as f32 * scale - wanted).abs();
            assert!(error <= scale / 2.0 * 7.0, "column {j}: {error} from {wanted}");
        }
        let mut bytes = std::fs::read(&out).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        std::fs::write(&out, bytes).unwrap();
        let e = command(&["--inspect", &out]).unwrap_err().0;
        assert!(e.contains("packed file: fc1.crc32: the check sum is that of other bytes"), "{e}");
    }

    #[test]
    fn bad_weights_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        std::fs::write(at("w"), [1, 2, 3, 8]).unwrap();
        let (weights, out) = (at("w"), at("out"));
        let common = ["--core", "cortex-a53", &weights, "--out", &out];
        let said = |more: &[&str]| command(&[&common[..], more].concat()).unwrap_err().0;
        assert!(said(&[]).contains("for bytes alone give --k and --n"));
        let e = said(&["--k", "2", "--n", "2"]);
        assert!(e.starts_with("weights: w: rhs: the value 8 at row 1, column 1 is outside of -8..=7"), "{e}");
        let e = said(&["--k", "2", "--n", "2", "--transposed", "--bits", "11"]);
        assert!(e.starts_with("bits: 11 is no width of kernels"), "{e}");
        assert!(said(&["--k", "3", "--n", "2"]).contains("it has 4 bytes, which is not 3 times 2"));
        assert!(!Path::new(&out).exists(), "nothing is left behind");
    }
}
