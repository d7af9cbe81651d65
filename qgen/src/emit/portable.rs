//! A kernel as plain Rust: what machines other than aarch64 run, with the same results.

use qgen_spec::{End, EndLayout, KernelSpec, Layout, PlaneCode, ResultBits, Storage, Strategy, Sums};

/// The body of a function with the kernel's signature (`k_blocks`, `lhs`, `lhs_stride`, `rhs`,
/// `out`, `out_stride`, `row_add`, `col_add`), specialised to `spec`: every size is a literal.
pub fn portable(spec: &KernelSpec) -> String {
    let (m, n, k_block) = (spec.tile.m, spec.tile.n, spec.k_block);
    let lhs = address("lhs", "i", "lhs_stride", spec.lhs_layout());
    let rhs = address("rhs", "j", "", spec.rhs_layout());
    let enter = if spec.storage == Storage::Negate { "wrapping_sub" } else { "wrapping_add" };
    let ends = EndLayout::of(spec);
    let col = param(ends, 0);
    let whole = format!("row_add.add(i).read().wrapping_add({col}.read()).{enter}(sum)");
    let (sum, term, end) = match (spec.lhs.range(), spec.rhs_stored().range()) {
        _ if spec.strategy == Strategy::Bits => {
            ("0i32", format!("sum = sum.wrapping_add({});", planes_term(spec, &lhs, &rhs)), whole)
        }
        (Some(l), Some(r)) => {
            let value = |fits_i8: bool, at: String| {
                let byte = if fits_i8 { "i8" } else { "u8" };
                format!("i32::from({at}.cast::<{byte}>().read())")
            };
            let x = |p: &str| value(l.fits_i8(), lhs.replace("$p", p));
            let y = |p: &str| match spec.rhs_layout() {
                Layout::Panels { per_byte, k_block, step, .. } if per_byte > 1 => {
                    // Its bits go to the top of the byte, and down again, with their sign if they have one.
                    let (byte, bits) = (if spec.rhs_signed() { "i8" } else { "u8" }, 8 / per_byte);
                    let down = 8 - bits;
                    let up = format!("({down} - {p} % {k_block} / {step} * {bits})");
                    format!("i32::from(({}.read() << {up}) as {byte} >> {down})", rhs.replace("$p", p))
                }
                _ => value(r.fits_i8(), rhs.replace("$p", p)),
            };
            let term = if spec.strategy == Strategy::Fip {
                // A block of 32 pairs p with p + 16.
                format!(
                    "if p % 32 < 16 {{ sum = sum.wrapping_add(({} + {}) * ({} + {})); }}",
                    x("p"),
                    y("(p + 16)"),
                    x("(p + 16)"),
                    y("p")
                )
            } else {
                format!("sum = sum.wrapping_add({} * {});", x("p"), y("p"))
            };
            ("0i32", term, whole)
        }
        _ => {
            let float = |at: String| format!("{at}.cast::<f32>().read_unaligned()");
            let term = format!(
                "sum = f32::mul_add({}, {}, sum);",
                float(lhs.replace("$p", "p")),
                float(rhs.replace("$p", "p"))
            );
            let end = format!(
                "((sum + {col}.cast::<f32>().read()) + row_add.cast::<f32>().add(i).read()).to_bits() as i32"
            );
            ("0f32", term, end)
        }
    };
    let end = match spec.result_bits() {
        ResultBits::Full => end,
        ResultBits::Signed16 => format!("i32::from({end} as i16)"),
        ResultBits::Unsigned16 => format!("i32::from({end} as u16)"),
    };
    let panel = spec.rhs_layout().block_bytes();
    let store = store(ends, &end);
    format!(
        "let rhs_panel = k_blocks * {panel};
for i in 0..{m}usize {{
    for j in 0..{n}usize {{
        let mut sum = {sum};
        for p in 0..k_blocks * {k_block} {{
            {term}
        }}
        {store}
    }}
}}"
    )
}

/// The address of column j's parameter: its place among them.
fn param(ends: EndLayout, place: usize) -> String {
    let width = ends.width();
    match ends.end() {
        End::Sums => "col_add.add(j)".into(),
        _ => {
            let (block, first, each) = (ends.block_words(), ends.word(place, 0), 4 * ends.params().len());
            format!(
                "col_add.add(j / {width} * {block} + {first} + j % {width} / 4 * {each} + j % {width} % 4)"
            )
        }
    }
}

/// The statements that make a result of the sum, and store it.
fn store(ends: EndLayout, sum: &str) -> String {
    let row = "out.cast::<u8>().add(i * out_stride)";
    let (width, block) = (ends.width(), ends.block_words());
    let head = |word: usize| format!("col_add.add(j / {width} * {block} + {word})");
    match ends.end() {
        End::Sums => format!("{row}.cast::<i32>().add(j).write({sum});"),
        End::F32 => {
            let (lo, hi) = (head(0), head(4));
            let value = match ends.params().len() {
                1 => format!("f32::from_bits(({sum}) as u32)"),
                _ => format!("({sum}) as f32 * {}.cast::<f32>().read()", param(ends, 1)),
            };
            // NaN is kept by comparisons that are false; of zeros the positive one is above the other.
            format!(
                "let value = {value};
        let (lo, hi) = ({lo}.cast::<f32>().read(), {hi}.cast::<f32>().read());
        let value = if value < lo || value == lo && value.is_sign_negative() {{ lo }} else {{ value }};
        let value = if value > hi || value == hi && hi.is_sign_negative() {{ hi }} else {{ value }};
        {row}.cast::<f32>().add(j).write(value);"
            )
        }
        End::I8 | End::U8 => {
            let byte = if ends.end() == End::I8 { "i8" } else { "u8" };
            let [multiplier, left, right] = [1, 2, 3].map(|place| param(ends, place));
            let (zero, lo, hi) = (head(0), head(4), head(8));
            format!(
                "let sum = i64::from({sum});
        let (multiplier, left, right) = ({multiplier}.read(), {left}.read(), -{right}.read());
        let shifted = (sum << left).clamp(i64::from(i32::MIN), i64::from(i32::MAX));
        let high = (shifted * i64::from(multiplier) + (1 << 30)) >> 31;
        // Ties away from zero.
        let scaled = (high - i64::from(high < 0 && right > 0) + (1i64 << right >> 1)) >> right;
        let (lo, hi) = (i64::from({lo}.read() as {byte}), i64::from({hi}.read() as {byte}));
        {row}.add(j).write((scaled + i64::from({zero}.read() as i16)).max(lo).min(hi) as u8);"
            )
        }
    }
}

/// What depth p adds to a sum of planes; the addresses are those of the first planes.
fn planes_term(spec: &KernelSpec, lhs: &str, rhs: &str) -> String {
    let side = |operand, at: &str| {
        let code = PlaneCode::of(operand).expect("the planner checks that operands have planes");
        let bit = |q: u8| {
            let at = at.replace("$p", "p");
            format!("i32::from({at}.add({}).read() >> (p % 8) & 1)", 16 * u32::from(q))
        };
        let magnitude = if code == PlaneCode::Ternary { bit(0) } else { "1".into() };
        let value = match code {
            PlaneCode::Sign => format!("(1 - 2 * {})", bit(0)),
            PlaneCode::Ternary => format!("({} * (1 - 2 * {}))", bit(0), bit(1)),
            PlaneCode::Binary { planes, .. } => {
                let bits: Vec<String> = (0..planes).map(|q| format!("({} << {q})", bit(q))).collect();
                format!("({})", bits.join(" + "))
            }
        };
        (value, magnitude)
    };
    let ((x, x_magnitude), (y, y_magnitude)) = (side(spec.lhs, lhs), side(spec.rhs, rhs));
    match spec.sums() {
        Sums::LhsMagnitude => format!("{x} * {y} - {x_magnitude}"),
        Sums::RhsMagnitude => format!("{x} * {y} - {y_magnitude}"),
        Sums::None | Sums::Pairs => format!("{x} * {y}"),
    }
}

/// An expression for the address of line `line` at depth `$p`.
fn address(base: &str, line: &str, stride: &str, layout: Layout) -> String {
    match layout {
        Layout::Lines { value_bytes: 1, .. } => format!("{base}.add({line} * {stride} + $p)"),
        Layout::Lines { value_bytes, .. } => format!("{base}.add({line} * {stride} + $p * {value_bytes})"),
        Layout::Planes { width, planes } => {
            let panel = if stride.is_empty() { "rhs_panel" } else { stride };
            let block = layout.block_bytes();
            format!(
                "{base}.add({line} / {width} * {panel} + $p / 128 * {block} + {line} % {width} * {planes} * 16 + $p % 128 / 8)"
            )
        }
        Layout::Panels { width, k_block, step, per_byte, depth_inner, value_bytes, block_bytes } => {
            let panel = if stride.is_empty() { "rhs_panel" } else { stride };
            let mut within = if depth_inner {
                format!("{line} % {width} * {step} + $p % {step}")
            } else {
                format!("($p % {step} * {width} + {line} % {width}) * {value_bytes}")
            };
            if per_byte == 1 && step < k_block {
                let step_bytes = block_bytes / u32::from(k_block / step);
                within.push_str(&format!(" + $p % {k_block} / {step} * {step_bytes}"));
            }
            format!("{base}.add({line} / {width} * {panel} + $p / {k_block} * {block_bytes} + {within})")
        }
    }
}
