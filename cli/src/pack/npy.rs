//! NumPy's array files (<https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>): a magic
//! string, a version, the header's length, a Python dictionary of type, order and shape, the elements.

use super::{Matrix, Type};

/// The first bytes of such a file.
pub(super) const MAGIC: &[u8] = b"\x93NUMPY";

/// The matrix of a file.
pub(super) fn read(bytes: &[u8]) -> Result<Matrix, String> {
    let cut = || "it ends inside of its header".to_owned();
    let rest = bytes.strip_prefix(MAGIC).ok_or("it does not begin as .npy files do")?;
    let (&[major, _], rest) = rest.split_first_chunk().ok_or_else(cut)?;
    // Version 1 has a length of two bytes, later ones of four.
    let (length, rest) = match major {
        1 => rest.split_first_chunk().map(|(&two, rest)| (u16::from_le_bytes(two).into(), rest)),
        2 | 3 => rest.split_first_chunk().map(|(&four, rest)| (u32::from_le_bytes(four), rest)),
        _ => return Err(format!("it has version {major} of the format; 1 to 3 are read")),
    }
    .ok_or_else(cut)?;
    let (header, data) = rest.split_at_checked(length as usize).ok_or_else(cut)?;
    let header = std::str::from_utf8(header).map_err(|e| format!("its header is no text: {e}"))?;
    let kind = match quoted(after(header, "descr")?)? {
        "|i1" => Type::Signed,
        "|u1" => Type::Unsigned,
        "<f4" => Type::Float,
        other => {
            return Err(format!(
                "it has elements of type `{other}`; int8, uint8 and little-endian float32 are read"
            ));
        }
    };
    let by_columns = after(header, "fortran_order")?.starts_with("True");
    let (rows, cols) = shape(after(header, "shape")?)?;
    let wanted = rows.checked_mul(cols).and_then(|count| count.checked_mul(kind.bytes()));
    if wanted != Some(data.len()) {
        return Err(format!("{} bytes follow its header, which is not {rows}x{cols} elements", data.len()));
    }
    Ok(Matrix { name: String::new(), values: kind.read(data), rows, cols, by_columns })
}

/// What stands behind a key.
fn after<'a>(header: &'a str, key: &str) -> Result<&'a str, String> {
    let found = header.split_once(&format!("'{key}':")).map(|(_, value)| value.trim_start());
    found.ok_or_else(|| format!("its header has no `{key}`"))
}

fn quoted(text: &str) -> Result<&str, String> {
    let inside = text.strip_prefix('\'').and_then(|text| text.split_once('\''));
    inside.map(|(inside, _)| inside).ok_or_else(|| "its elements are records; give a plain array".into())
}

fn shape(text: &str) -> Result<(usize, usize), String> {
    let inside = text.strip_prefix('(').and_then(|text| text.split_once(')')).map(|(inside, _)| inside);
    let inside = inside.ok_or("its shape is no tuple")?;
    let sides: Result<Vec<usize>, _> =
        inside.split(',').map(str::trim).filter(|side| !side.is_empty()).map(str::parse).collect();
    match sides.as_deref() {
        Ok(&[rows, cols]) => Ok((rows, cols)),
        Ok(sides) => Err(format!("it has {} dimension(s); weights have 2", sides.len())),
        Err(e) => Err(format!("its shape ({inside}) cannot be read: {e}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pack::Values;

    fn file(version: u8, header: &str, data: &[u8]) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend([version, 0]);
        match version {
            1 => bytes.extend((header.len() as u16).to_le_bytes()),
            _ => bytes.extend((header.len() as u32).to_le_bytes()),
        }
        bytes.extend(header.bytes());
        bytes.extend(data);
        bytes
    }

    #[test]
    fn arrays_of_each_type_are_read() {
        let header = "{'descr': '|i1', 'fortran_order': False, 'shape': (2, 3), }          \n";
        let matrix = read(&file(1, header, &[1, 2, 3, 255, 5, 6])).unwrap();
        assert_eq!((matrix.rows, matrix.cols, matrix.by_columns), (2, 3, false));
        assert_eq!(matrix.values, Values::Signed(vec![1, 2, 3, -1, 5, 6]));
        let header = "{'descr': '<f4', 'fortran_order': True, 'shape': (1, 1)}";
        let matrix = read(&file(2, header, &0.5f32.to_le_bytes())).unwrap();
        assert_eq!((matrix.values, matrix.by_columns), (Values::Float(vec![0.5]), true));
    }

    #[test]
    fn other_arrays_are_refused_with_the_reason() {
        let header = |kind: &str, shape: &str| {
            format!("{{'descr': {kind}, 'fortran_order': False, 'shape': {shape}, }}")
        };
        for (bytes, reason) in [
            (b"\x93NUMP".to_vec(), "does not begin"),
            (MAGIC.to_vec(), "ends inside"),
            (file(1, &"x".repeat(9), &[])[..12].to_vec(), "ends inside"),
            (file(9, "", &[]), "version 9"),
            (file(1, &header("'<i8'", "(1, 1)"), &[0; 8]), "type `<i8`"),
            (file(1, &header("[('a', '|i1')]", "(1, 1)"), &[0]), "records"),
            (file(1, &header("'|i1'", "(4,)"), &[0; 4]), "1 dimension(s); weights have 2"),
            (file(1, &header("'|i1'", "(2, 2)"), &[0; 3]), "3 bytes follow"),
            (file(1, &header("'|i1'", "(-2, 2)"), &[0; 3]), "cannot be read"),
            (file(1, &header("'|i1'", "(18446744073709551615, 3)"), &[0; 3]), "3 bytes follow"),
            (file(1, "{}", &[]), "no `descr`"),
        ] {
            let problem = read(&bytes).unwrap_err();
            assert!(problem.contains(reason), "{problem}");
        }
    }
}
