//! Weights from files, as `qgen pack` reads them.

mod npy;
mod tensors;

use crate::failure::Failure;
use std::path::Path;

/// A matrix of a file, row by row unless `by_columns`.
#[derive(Debug, PartialEq)]
pub(crate) struct Matrix {
    pub(crate) name: String,
    pub(crate) values: Values,
    pub(crate) rows: usize,
    pub(crate) cols: usize,
    pub(crate) by_columns: bool,
}

/// The elements of a matrix.
#[derive(Debug, PartialEq)]
pub(crate) enum Values {
    Signed(Vec<i8>),
    Unsigned(Vec<u8>),
    Float(Vec<f32>),
}

/// The types of elements that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    Signed,
    Unsigned,
    Float,
}

impl Type {
    fn bytes(self) -> usize {
        if self == Type::Float { 4 } else { 1 }
    }

    /// The elements whose little-endian bytes these are.
    fn read(self, bytes: &[u8]) -> Values {
        match self {
            Type::Signed => Values::Signed(bytes.iter().map(|&byte| byte as i8).collect()),
            Type::Unsigned => Values::Unsigned(bytes.to_vec()),
            Type::Float => {
                Values::Float(bytes.as_chunks().0.iter().map(|&four| f32::from_le_bytes(four)).collect())
            }
        }
    }
}

/// What is said about a file beside its name.
#[derive(Debug)]
pub(crate) struct Reading<'a> {
    /// The tensors that are wanted of a file with several; all matrices if there are none.
    pub(crate) tensors: &'a [String],
    /// Rows and columns of a file of bytes alone.
    pub(crate) raw: Option<(usize, usize)>,
    /// Whether bytes alone are signed.
    pub(crate) signed: bool,
}

/// The matrices of a file: a NumPy array, safetensors, or bytes alone.
pub(crate) fn read(path: &Path, reading: &Reading<'_>) -> Result<Vec<Matrix>, Failure> {
    let fail = |problem: String| Failure(format!("weights: {}: {problem}", path.display()));
    let bytes = std::fs::read(path).map_err(|e| fail(e.to_string()))?;
    let name = path.file_stem().map_or_else(|| "weights".to_owned(), |n| n.to_string_lossy().into_owned());
    let ends = |end: &str| path.extension().is_some_and(|e| e.eq_ignore_ascii_case(end));
    let one = |matrix: Matrix| vec![Matrix { name, ..matrix }];
    let has_header = bytes.starts_with(npy::MAGIC) || ends("safetensors");
    let matrices = match reading.raw {
        Some(_) if has_header => Err("it says itself what shape it has; leave --k and --n out".into()),
        _ if !reading.tensors.is_empty() && !ends("safetensors") => {
            Err("it has no names, and is one matrix; leave --tensor out".into())
        }
        Some((rows, cols)) => raw(&bytes, rows, cols, reading.signed).map(one),
        None if ends("safetensors") => tensors::read(&bytes, reading.tensors),
        None if has_header => npy::read(&bytes).map(one),
        None => Err("it is no .npy file and not named .safetensors; for bytes alone give --k and --n".into()),
    };
    matrices.map_err(fail)
}

fn raw(bytes: &[u8], rows: usize, cols: usize, signed: bool) -> Result<Matrix, String> {
    if rows.checked_mul(cols) != Some(bytes.len()) {
        return Err(format!("it has {} bytes, which is not {rows} times {cols}", bytes.len()));
    }
    let values = if signed { Type::Signed } else { Type::Unsigned }.read(bytes);
    Ok(Matrix { name: String::new(), values, rows, cols, by_columns: false })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_alone_need_a_shape_that_fits() {
        let matrix = raw(&[1, 255, 3, 4, 5, 6], 2, 3, true).unwrap();
        assert_eq!(matrix.values, Values::Signed(vec![1, -1, 3, 4, 5, 6]));
        assert_eq!(raw(&[200], 1, 1, false).unwrap().values, Values::Unsigned(vec![200]));
        assert!(raw(&[1, 2], 2, 2, true).unwrap_err().contains("2 bytes, which is not 2 times 2"));
        assert!(raw(&[], usize::MAX, 2, true).is_err());
    }

    #[test]
    fn other_files_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("fc1.bin");
        let reading = |raw| Reading { tensors: &[], raw, signed: true };
        assert!(read(&path, &reading(None)).unwrap_err().0.starts_with("weights: "));
        std::fs::write(&path, [1, 2]).unwrap();
        assert!(read(&path, &reading(None)).unwrap_err().0.contains("for bytes alone give --k and --n"));
        assert_eq!(read(&path, &reading(Some((2, 1)))).unwrap()[0].name, "fc1");
        let named = Reading { tensors: &["fc2".into()], raw: Some((2, 1)), signed: true };
        assert!(read(&path, &named).unwrap_err().0.contains("leave --tensor out"));
        std::fs::write(&path, npy::MAGIC).unwrap();
        assert!(read(&path, &reading(Some((2, 3)))).unwrap_err().0.contains("leave --k and --n out"));
    }
}
