//! What a C header says of a kernel's end: the type of its results, the formula, and the struct of its parameters.

use qgen_spec::{End, EndLayout, EndParam, KernelSpec, Strategy};

/// The C type of results.
pub(super) fn stored(spec: &KernelSpec) -> &'static str {
    match spec.end {
        End::I8 => "int8_t",
        End::U8 => "uint8_t",
        End::F32 => "float",
        End::Sums if spec.strategy == Strategy::F32 => "float",
        End::Sums => "int32_t",
    }
}

/// The C type of what `col_add` points to.
pub(super) fn column(spec: &KernelSpec) -> String {
    match spec.end {
        End::Sums => stored(spec).to_owned(),
        _ => format!("{spec}_params"),
    }
}

/// The value that is added to column j's sums.
pub(super) const fn add(spec: &KernelSpec) -> &'static str {
    if matches!(spec.end, End::Sums) { "col_add[j]" } else { "add[j]" }
}

/// The formula of a result, line by line.
pub(super) fn result(spec: &KernelSpec, sign: &str) -> Vec<String> {
    let sum = format!("row_add[i] + {} {sign} raw(i, j)", add(spec));
    let first = match spec.end {
        End::Sums => return vec![format!("out[i][j] = {sum}")],
        _ => format!("sum(i, j) = {sum}"),
    };
    let steps: &[&str] = match spec.end {
        End::F32 if spec.strategy == Strategy::F32 => &["out[i][j] = min(max(sum(i, j), lo), hi)"],
        End::F32 => &["out[i][j] = min(max((float)sum(i, j) * scale[j], lo), hi)"],
        _ => &[
            "a(i, j)   = sum(i, j) * 2^left_shift[j], saturated to 32 bits",
            "b(i, j)   = a(i, j) * multiplier[j] / 2^31, to nearest, ties up",
            "c(i, j)   = b(i, j) / 2^-right_shift[j], to nearest, ties away from zero",
            "out[i][j] = min(max(c(i, j) + zero_point, lo), hi)",
        ],
    };
    std::iter::once(first).chain(steps.iter().map(|step| (*step).to_owned())).collect()
}

/// The struct that `col_add` points to, line by line; nothing where that is a number for each column.
pub(super) fn params(spec: &KernelSpec) -> Vec<String> {
    let layout = EndLayout::of(spec);
    let byte = stored(spec);
    let head: &[String] = match spec.end {
        End::Sums => return Vec::new(),
        End::F32 => &["    float lo[4], hi[4];".to_owned()],
        End::I8 | End::U8 => {
            &["    int16_t zero_point[8];".to_owned(), format!("    {byte} lo[16], hi[16];")]
        }
    };
    let member = |param: &EndParam| match param {
        EndParam::Add if spec.strategy == Strategy::F32 => "float add[4];",
        EndParam::Add => "int32_t add[4];",
        EndParam::Multiplier => "int32_t multiplier[4];   /* 0 to 2^31 - 1 */",
        EndParam::Left => "int32_t left_shift[4];   /* 0 to 30, and 0 where the other one is not */",
        EndParam::Right => "int32_t right_shift[4];  /* -31 to 0 */",
        EndParam::Scale => "float scale[4];",
    };
    let quads = layout.width().div_ceil(4);
    let mut lines = vec![
        format!(
            "/* The parameters of {} columns; lo, hi and such are repeated to whole registers. */",
            layout.width()
        ),
        "typedef struct {".to_owned(),
    ];
    lines.extend(head.iter().cloned());
    lines.push("    struct {".to_owned());
    lines.extend(layout.params().iter().map(|param| format!("        {}", member(param))));
    lines.push(format!("    }} columns[{quads}]; /* four columns each */"));
    lines.push(format!("}} {};", column(spec)));
    lines
}

/// What stands behind `col_add`, line by line.
pub(super) fn col_add(spec: &KernelSpec) -> Vec<String> {
    let width = EndLayout::of(spec).width();
    match spec.end {
        End::Sums => vec!["col_add     one value for every column, aligned to 4 bytes".to_owned()],
        _ => vec![
            format!(
                "col_add     parameters for every {width} columns, aligned to 4 bytes; add[j] and such are"
            ),
            format!("            col_add[j / {width}].columns[j % {width} / 4].add[j % {width} % 4]"),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The struct has as many words as the layout, so that a compiler lays it out without gaps.
    #[test]
    fn the_struct_is_the_layout() {
        for name in [
            "qgen_fip_8x8_lm8to7_rm8to7neg_t4x4k32u1oi8_cortex_a72",
            "qgen_fip_2x7_lm8to7_rm8to7neg_t2x7k32u1ou8_cortex_a72",
            "qgen_pair8_3x7_lm128to127_rm127to127_t3x7k16u1of32_cortex_a72",
            "qgen_f32_4x8_lf32_rf32_t4x8k1u4of32_cortex_a72",
        ] {
            let spec: KernelSpec = name.parse().unwrap();
            let size = |name: &str| match name {
                "int8_t" | "uint8_t" => 1,
                "int16_t" => 2,
                _ => 4,
            };
            let (mut bytes, mut each) = (0, 0);
            for line in params(&spec) {
                let line = line.trim().split(';').next().unwrap();
                let counts: Vec<usize> = line
                    .split('[')
                    .skip(1)
                    .map(|rest| rest.split(']').next().unwrap().parse().unwrap())
                    .collect();
                match line.split_whitespace().next() {
                    Some("}") => bytes += counts.first().map_or(0, |quads| quads * each),
                    Some(word @ ("int32_t" | "float")) if counts.len() == 1 => each += size(word) * counts[0],
                    Some(word) => bytes += counts.iter().sum::<usize>() * size(word),
                    None => {}
                }
            }
            assert_eq!(bytes, 4 * EndLayout::of(&spec).block_words(), "{name}");
        }
    }
}
