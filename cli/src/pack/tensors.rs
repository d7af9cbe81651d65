//! The matrices of a safetensors file.

use super::{Matrix, Type};
use safetensors::Dtype;
use safetensors::tensor::Metadata;

/// The tensors `wanted`, or all that are matrices of a type that can be packed, in the order of their names.
pub(super) fn read(bytes: &[u8], wanted: &[String]) -> Result<Vec<Matrix>, String> {
    let cut = || "it ends inside of its header".to_owned();
    let (&length, rest) = bytes.split_first_chunk().ok_or_else(cut)?;
    let length = usize::try_from(u64::from_le_bytes(length)).map_err(|_| cut())?;
    let (header, data) = rest.split_at_checked(length).ok_or_else(cut)?;
    let metadata: Metadata = serde_json::from_slice(header).map_err(|e| format!("its header: {e}"))?;
    if metadata.data_len() != data.len() {
        return Err(format!(
            "its tensors have {} bytes, the file {} for them",
            metadata.data_len(),
            data.len()
        ));
    }
    let mut names = if wanted.is_empty() { metadata.offset_keys() } else { wanted.to_vec() };
    names.sort();
    let mut matrices = Vec::new();
    for name in names {
        let info = metadata.info(&name).ok_or_else(|| format!("it has no tensor `{name}`"))?;
        let kind = match info.dtype {
            Dtype::I8 => Some(Type::Signed),
            Dtype::U8 => Some(Type::Unsigned),
            Dtype::F32 => Some(Type::Float),
            _ => None,
        };
        match (kind, &info.shape[..]) {
            (Some(kind), &[rows, cols]) => {
                let values = kind.read(&data[info.data_offsets.0..info.data_offsets.1]);
                matrices.push(Matrix { name, values, rows, cols, by_columns: false });
            }
            _ if wanted.is_empty() => {}
            (_, shape) => {
                let dtype = info.dtype;
                return Err(format!(
                    "`{name}` is {dtype:?} {shape:?}; matrices of I8, U8 and F32 can be packed"
                ));
            }
        }
    }
    if matrices.is_empty() {
        return Err("it has no matrices of I8, U8 or F32".into());
    }
    Ok(matrices)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pack::Values;
    use safetensors::tensor::TensorView;

    #[test]
    fn matrices_are_found_and_others_are_named() {
        let view = |dtype, shape, data| TensorView::new(dtype, shape, data).unwrap();
        let tensors = [
            ("b", view(Dtype::I8, vec![1, 2], &[1, 254])),
            ("a", view(Dtype::U8, vec![2, 1], &[3, 4])),
            ("bias", view(Dtype::F32, vec![1], &[0; 4])),
        ];
        let bytes = safetensors::serialize(tensors, None).unwrap();
        let all = read(&bytes, &[]).unwrap();
        assert_eq!((all[0].name.as_str(), all[1].name.as_str()), ("a", "b"));
        assert_eq!(all[1].values, Values::Signed(vec![1, -2]));
        assert_eq!(read(&bytes, &["a".into()]).unwrap().len(), 1);
        assert_eq!(read(&bytes, &["c".into()]).unwrap_err(), "it has no tensor `c`");
        assert!(read(&bytes, &["bias".into()]).unwrap_err().contains("`bias` is F32 [1]; matrices"));
        assert!(read(&bytes[..20], &[]).unwrap_err().contains("ends inside"));
        assert!(read(&bytes[..bytes.len() - 1], &[]).unwrap_err().contains("its tensors have"));
        let none = safetensors::serialize(Vec::<(String, TensorView<'_>)>::new(), None).unwrap();
        assert!(read(&none, &[]).unwrap_err().contains("no matrices"));
    }
}
