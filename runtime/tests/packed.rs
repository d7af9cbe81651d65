//! Files of packed weights: what was written is what is read, and whatever the bytes, an error or the same
//! weights, never a panic.

use proptest::prelude::*;
use qgen_runtime::bench::SplitMix64;
use qgen_runtime::cpu::Machine;
use qgen_runtime::packed::{PackedFile, PackedFileWriter, Weights};
use qgen_runtime::plan::{Op, Params as PlanParams, Plan};
use qgen_runtime::quant::Params;
use qgen_runtime::{Error, Gemm, Kernel, MatMut, MatRef, Operand, PackedRhs, Range, catalog};
use serde_json::{Value as Json, json};

const FIP: &str = "qgen_fip_4x4_lm8to7_rm8to7neg_t4x4k32u1_cortex_a72";

/// Bytes that begin so many after a multiple of 64.
struct Placed {
    memory: Vec<u8>,
    start: usize,
    len: usize,
}

impl Placed {
    fn new(bytes: &[u8], past: usize) -> Placed {
        let mut memory = vec![0; bytes.len() + 128];
        let start = memory.as_ptr().align_offset(64) + past;
        memory[start..][..bytes.len()].copy_from_slice(bytes);
        Placed { memory, start, len: bytes.len() }
    }
}

impl AsRef<[u8]> for Placed {
    fn as_ref(&self) -> &[u8] {
        &self.memory[self.start..][..self.len]
    }
}

fn values(operand: Operand, count: usize, seed: u64) -> Vec<i16> {
    let mut random = SplitMix64::new(seed);
    let range = operand.range().unwrap();
    std::iter::repeat_with(|| random.in_range(range)).filter(|&v| operand.contains(v)).take(count).collect()
}

fn pack(kernel: &Kernel, k: usize, n: usize) -> PackedRhs {
    match kernel.accepts().1 {
        Operand::F32 => {
            let real: Vec<f32> = (0..k * n).map(|i| i as f32 / 3.0).collect();
            PackedRhs::pack(kernel, MatRef::new(&real, k, n).unwrap())
        }
        operand if operand.range().unwrap().fits_i8() => {
            let given: Vec<i8> = values(operand, k * n, 7).iter().map(|&v| v as i8).collect();
            PackedRhs::pack(kernel, MatRef::new(&given, k, n).unwrap())
        }
        operand => {
            let given: Vec<u8> = values(operand, k * n, 7).iter().map(|&v| v as u8).collect();
            PackedRhs::pack(kernel, MatRef::new(&given, k, n).unwrap())
        }
    }
    .unwrap()
}

/// What comes out for a left side of ones, as bits.
fn product(kernel: &Kernel, weights: &PackedRhs) -> Vec<i32> {
    let (n, k) = (weights.n(), weights.k());
    let gemm = Gemm::new(kernel);
    if kernel.accepts().0 == Operand::F32 {
        let mut out = vec![0f32; n];
        let ones = vec![1f32; k];
        let (lhs, result) = (MatRef::new(&ones, 1, k).unwrap(), MatMut::new(&mut out, 1, n).unwrap());
        gemm.run(lhs, weights, result).unwrap();
        return out.iter().map(|v| v.to_bits() as i32).collect();
    }
    let mut out = vec![0; n];
    let ones = vec![kernel.accepts().0.range().unwrap().hi() as u8; k];
    let (lhs, result) = (MatRef::new(&ones, 1, k).unwrap(), MatMut::new(&mut out, 1, n).unwrap());
    gemm.run(lhs, weights, result).unwrap();
    out
}

/// A file with weights of three layouts, one of them with scales, and one without elements.
fn sample() -> Vec<u8> {
    let range = Range::new(-8, 7).unwrap();
    let kernels = [FIP, "qgen_bits_1x8_lm1to1_rm1to1_t1x8k128u1_cortex_a72"];
    let [fip, bits] = kernels.map(|name| catalog::find(name).unwrap());
    let (one, two, none) = (pack(fip, 37, 5), pack(bits, 130, 9), pack(fip, 3, 0));
    let float = pack(catalog::portable()[4], 3, 2);
    let params = Params::per_channel(vec![0.5, 0.25, 1.0, 2.0, 3.0], -3, range).unwrap();
    let single = Params::per_tensor(0.125, 0, Range::new(-1, 1).unwrap()).unwrap();
    let mut writer = PackedFileWriter::new();
    writer.add_quantised("fc1", &one, &params).unwrap();
    writer.add_quantised("conv.weight", &two, &single).unwrap();
    writer.add("empty", &none).unwrap();
    writer.add("real", &float).unwrap();
    writer.to_bytes().unwrap()
}

#[test]
fn every_layout_comes_back_by_copy_and_in_place() {
    for kernel in catalog::usual() {
        for (k, n) in [(0, 3), (1, 1), (37, 13), (128, 24)] {
            let packed = pack(kernel, k, n);
            let mut writer = PackedFileWriter::new();
            writer.add("w", &packed).unwrap();
            let bytes = writer.to_bytes().unwrap();
            let file = PackedFile::open(Placed::new(&bytes, 0)).unwrap();
            let entry = file.entry("w").unwrap();
            assert_eq!((entry.k(), entry.n(), entry.kernel_name()), (k, n, kernel.name()));
            assert_eq!((entry.layout(), entry.values()), (packed.layout(), kernel.accepts().1));
            assert_eq!((entry.zero_point(), entry.scales()), (None, 0));
            entry.check(kernel).unwrap();
            file.verify().unwrap();
            let there = file.copied("w").unwrap();
            let here = file.in_place("w").unwrap();
            // The file goes, what keeps its bytes stays.
            drop(file);
            for Weights { packed: again, params } in [there, here] {
                assert_eq!(again.as_bytes(), packed.as_bytes(), "{kernel}");
                assert_eq!(again.as_bytes().as_ptr().addr() % 64, 0);
                assert!(params.is_none());
                if kernel.is_supported() {
                    assert_eq!(product(kernel, &again), product(kernel, &packed), "{kernel}");
                }
            }
        }
    }
}

#[test]
fn nothing_is_copied_in_place() {
    let bytes = sample();
    let placed = Placed::new(&bytes, 0);
    let all = placed.as_ref().as_ptr_range();
    let file = PackedFile::open(placed).unwrap();
    let weights = file.in_place("fc1").unwrap();
    assert!(all.contains(&weights.packed.as_bytes().as_ptr()));
    let copied = file.copied("fc1").unwrap();
    assert!(!all.contains(&copied.packed.as_bytes().as_ptr()));
    let e = PackedFile::open(Placed::new(&bytes, 8)).unwrap().in_place("fc1").unwrap_err().to_string();
    assert!(e.starts_with("packed file: fc1.panels: they lie 8 bytes past a multiple of 64; map the"), "{e}");
}

#[test]
fn scales_zero_points_and_names_come_back() {
    let bytes = sample();
    assert_eq!(bytes, sample(), "the same weights make the same bytes");
    let file = PackedFile::open(&bytes[..]).unwrap();
    let names: Vec<&str> = file.entries().iter().map(|entry| entry.name()).collect();
    assert_eq!(names, ["conv.weight", "empty", "fc1", "real"]);
    let params = file.copied("fc1").unwrap().params.unwrap();
    let range = Range::new(-8, 7).unwrap();
    assert_eq!((params.zero_point(), params.range(), params.channels()), (-3, range, Some(5)));
    assert_eq!(params.scales(), [0.5, 0.25, 1.0, 2.0, 3.0]);
    let single = file.copied("conv.weight").unwrap().params.unwrap();
    assert_eq!((single.scales(), single.channels()), (&[0.125][..], None));
    assert_eq!(file.entry("fc1").unwrap().zero_point(), Some(-3));
    let e = file.entry("fc2").unwrap_err().to_string();
    let wanted = "packed file: fc2: there are no such weights; there are conv.weight, empty, fc1, real";
    assert!(e.starts_with(wanted), "{e}");
}

#[test]
fn what_cannot_be_written_is_refused() {
    let weights = pack(catalog::find(FIP).unwrap(), 3, 2);
    let mut writer = PackedFileWriter::new();
    writer.add("a", &weights).unwrap();
    let e = writer.add("a", &weights).unwrap_err().to_string();
    assert!(e.starts_with("packed file: a: there are weights of this name already"), "{e}");
    let three = Params::per_channel(vec![1.0; 3], 0, Range::new(-8, 7).unwrap()).unwrap();
    let e = writer.add_quantised("b", &weights, &three).unwrap_err().to_string();
    assert!(e.starts_with("packed file: b.scales: there are 3, but the weights have 2 columns"), "{e}");
    let mut room = [0u8; 100];
    let e = writer.write(&mut room[..]).unwrap_err().to_string();
    assert!(e.starts_with("writing packed weights: "), "{e}");
}

/// Weights for one kernel are refused by another, and a plan finds one that reads them.
#[test]
fn other_kernels_refuse_them() {
    let kernel = catalog::find(FIP).unwrap();
    let weights = pack(kernel, 37, 5);
    let mut writer = PackedFileWriter::new();
    writer.add("w", &weights).unwrap();
    let file = PackedFile::open(writer.to_bytes().unwrap()).unwrap();
    let packed = file.copied("w").unwrap().packed;
    let lhs = [1i8; 37];
    let lhs = MatRef::new(&lhs, 1, 37).unwrap();
    let mut refused = 0;
    for other in catalog::usual().filter(|other| other.accepts() == kernel.accepts() && other.is_supported())
    {
        let in_file = file.entry("w").unwrap().check(other);
        let mut out = [0; 5];
        let run = Gemm::new(other).run(lhs, &packed, MatMut::new(&mut out, 1, 5).unwrap());
        match (in_file, run) {
            (Ok(()), Ok(())) => assert_eq!(out[..], product_of(kernel, lhs, &packed)),
            (Err(Error::OtherKernel { .. }), Err(Error::OtherKernel { .. })) => refused += 1,
            (a, b) => panic!("{other}: {a:?}, {b:?}"),
        }
    }
    assert!(refused > 3);
    let four = Operand::of_bits(4).unwrap();
    let params = PlanParams::new().packed(&packed);
    let plan = Plan::new(Op::gemm(four, four), (1, 5, 37), &params, &Machine::detect()).unwrap();
    let mut out = [0; 5];
    let result = MatMut::new(&mut out, 1, 5).unwrap();
    plan.run(lhs, &packed, result, &mut plan.workspace().unwrap()).unwrap();
    assert_eq!(out[..], product_of(kernel, lhs, &packed));
}

fn product_of(kernel: &Kernel, lhs: MatRef<'_, i8>, packed: &PackedRhs) -> Vec<i32> {
    let mut out = vec![0; packed.n()];
    Gemm::new(kernel).run(lhs, packed, MatMut::new(&mut out, 1, packed.n()).unwrap()).unwrap();
    out
}

/// The file with another header.
fn with_header(bytes: &[u8], edit: impl FnOnce(&mut Json)) -> Vec<u8> {
    let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let mut header: Json = serde_json::from_slice(&bytes[8..][..length]).unwrap();
    edit(&mut header);
    let header = header.to_string();
    let mut edited = (header.len() as u64).to_le_bytes().to_vec();
    edited.extend(header.bytes());
    edited.extend(&bytes[8 + length..]);
    edited
}

/// The file with other metadata of ours.
fn with_contents(bytes: &[u8], edit: impl FnOnce(&mut Json)) -> Vec<u8> {
    with_header(bytes, |header| {
        let place = &mut header["__metadata__"]["qgen.packed"];
        let mut contents: Json = serde_json::from_str(place.as_str().unwrap()).unwrap();
        edit(&mut contents);
        *place = Json::String(contents.to_string());
    })
}

#[track_caller]
fn refused(bytes: &[u8], beginning: &str) {
    let outcome = PackedFile::open(bytes).and_then(|file| {
        file.verify()?;
        file.entries().iter().try_for_each(|entry| file.copied(entry.name()).map(drop))
    });
    let e = outcome.expect_err("nothing was found").to_string();
    assert!(e.starts_with(&format!("packed file: {beginning}")), "{e}");
}

#[test]
fn errors_name_what_is_wrong() {
    let bytes = sample();
    let set = |path: &str, value: Json| {
        with_contents(&bytes, |contents| *contents.pointer_mut(path).expect(path) = value)
    };
    refused(&[], "header: the file ends in its length");
    refused(&bytes[..7], "header: the file ends in its length");
    refused(&bytes[..100], "header: the file ends before it does");
    refused(&[0xff; 64], "header: the file ends before it does");
    refused(&bytes[..bytes.len() - 1], "data: tensors have ");
    refused(b"\x02\0\0\0\0\0\0\0[]", "header: invalid ");
    refused(b"\x02\0\0\0\0\0\0\0{}", "qgen.packed: the header's metadata has no such key");
    refused(&set("/version", json!(2)), "version: the file has version 2, and this program reads 1");
    refused(&set("/version", json!(0)), "version: the file has version 0");
    refused(&set("/version", json!("1")), "qgen.packed: invalid type");
    refused(&set("/weights", json!(7)), "qgen.packed: invalid type");
    refused(&set("/weights/fc1/k", json!(-1)), "qgen.packed: invalid value: integer `-1`");
    refused(&set("/weights/fc1/k", json!(38)), "fc1.crc32: the check sum is that of other bytes");
    refused(&set("/weights/fc1/k", json!(65)), "fc1.panels: it is U8 [");
    refused(&set("/weights/fc1/k", json!(u64::MAX)), "fc1.n: the size of the packed data overflows");
    refused(&set("/weights/fc1/n", json!(4)), "fc1.panels: it is U8 [");
    refused(&set("/weights/fc1/n", json!(u64::MAX)), "fc1.n: the size of the packed data overflows");
    refused(&set("/weights/empty/n", json!(u64::MAX / 4)), "empty.n: the size of the packed data overflows");
    refused(&set("/weights/empty/k", json!(4)), "empty.crc32: the check sum");
    refused(&set("/weights/fc1/kernel", json!("fip")), "fc1.kernel: kernel: `fip` is not a kernel name");
    let contradictory = "qgen_fip_4x4_lm8to7_rm8to7neg_t4x3k32u1_cortex_a72";
    refused(
        &set("/weights/fc1/kernel", json!(contradictory)),
        "fc1.kernel: the register tile does not divide",
    );
    let far = "qgen_byte_4x4_lm8to7_r0to255subm32768_t4x4k16u1_cortex_a53";
    refused(&set("/weights/fc1/kernel", json!(far)), "fc1.kernel: ");
    let other = "qgen_dot_4x4_lm8to7_rm8to7_t4x4k16u1_neoverse_n1";
    refused(&set("/weights/fc1/kernel", json!(other)), "fc1.layout: it is `panels of 4, k in blocks of 32");
    let same_layout = "qgen_fip_4x4_lm8to7_rm8to7neg_t4x4k32u1_cortex_a53";
    refused(&set("/weights/fc1/kernel", json!(same_layout)), "fc1.crc32: the check sum");
    refused(&set("/weights/fc1/values", json!("-8..=8")), "fc1.values: -8..=8 is more than the kernel takes");
    refused(&set("/weights/fc1/values", json!("7..=1")), "fc1.values: rhs: the range 7..=1 is empty");
    refused(&set("/weights/fc1/quantised/zero_point", json!(99)), "fc1.crc32: the check sum");
    refused(&set("/weights/fc1/quantised/per_channel", json!(false)), "fc1.scales: it is F32 [5], but must");
    refused(&set("/weights/fc1/crc32", json!(0)), "fc1.crc32: the check sum");
    refused(&set("/weights/fc1", json!({})), "qgen.packed: missing field `kernel`");
    let more = with_contents(&bytes, |contents| {
        contents["weights"]["\u{1b}[2J"] = contents["weights"]["fc1"].clone();
    });
    refused(&more, "\\u{1b}[2J.panels: there is no such tensor");
    let sums = with_header(&bytes, |header| header["fc1.sums"]["dtype"] = json!("F32"));
    refused(&sums, "fc1.sums: it is F32 [8, 2], but must be I32 [8, 2]");
    let offsets = with_header(&bytes, |header| header["fc1.panels"]["data_offsets"] = json!([0, 8]));
    refused(&offsets, "header: ");
    // Nine tensors that together go round the address space.
    let mut header = serde_json::Map::new();
    let mut end = 0u64;
    for name in ["a", "b", "c", "d", "e", "f", "g", "h"] {
        let start = end;
        end = start.saturating_add((1 << 61) - 1);
        header.insert(
            name.into(),
            json!({"dtype": "U8", "shape": [end - start], "data_offsets": [start, end]}),
        );
    }
    let rest = u64::MAX - end;
    header.insert("i".into(), json!({"dtype": "U8", "shape": [rest], "data_offsets": [end, u64::MAX]}));
    refused(
        &with_header(&bytes, |old| *old = Json::Object(header)),
        "data: tensors have 18446744073709551615",
    );
}

/// Whatever the bytes: an error, or the weights that were written.
fn answer(bytes: &[u8]) {
    let Ok(file) = PackedFile::open(Placed::new(bytes, 0)) else { return };
    let original = PackedFile::open(sample()).unwrap();
    for entry in file.entries() {
        let misplaced = |e: &Error| e.to_string().contains("past a multiple of 64");
        let in_place = file.in_place(entry.name());
        // A header of another length moves the panels.
        let in_place =
            if in_place.as_ref().is_err_and(misplaced) { file.copied(entry.name()) } else { in_place };
        match (file.copied(entry.name()), in_place) {
            (Err(a), Err(b)) => {
                assert_eq!(a.to_string(), b.to_string());
                assert!(!a.to_string().contains(char::is_control), "{a}");
            }
            (Ok(a), Ok(b)) => {
                let wanted = original.copied(entry.name()).unwrap();
                let shape = |w: &Weights| (w.packed.k(), w.packed.n(), w.params.clone());
                for weights in [&a, &b] {
                    assert_eq!(shape(weights), shape(&wanted));
                    assert_eq!(weights.packed.as_bytes(), wanted.packed.as_bytes());
                }
            }
            (a, b) => panic!("{a:?} is not {b:?}"),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn changed_bytes(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        let mut bytes = sample();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        answer(&bytes);
    }

    /// Numbers of the header: the sizes, offsets, ranges, tiles and blocks of everything.
    #[test]
    fn changed_numbers(at in any::<prop::sample::Index>(), number in prop_oneof![
        any::<u64>().prop_map(|n| n.to_string()),
        any::<i16>().prop_map(|n| n.to_string()),
        (0..70u8).prop_map(|n| n.to_string()),
        Just("1e999".to_owned()),
        Just("99999999999999999999999".to_owned()),
    ]) {
        let bytes = sample();
        let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
        let header = std::str::from_utf8(&bytes[8..][..length]).unwrap();
        let digit = |i: usize| header.as_bytes()[i].is_ascii_digit();
        let starts: Vec<usize> = (1..length).filter(|&i| digit(i) && !digit(i - 1)).collect();
        let start = starts[at.index(starts.len())];
        let end = (start..length).find(|&i| !digit(i)).unwrap();
        let header = format!("{}{number}{}", &header[..start], &header[end..]);
        let mut changed = (header.len() as u64).to_le_bytes().to_vec();
        changed.extend(header.bytes());
        changed.extend(&bytes[8 + length..]);
        answer(&changed);
    }

    #[test]
    fn cut_off(at in any::<prop::sample::Index>()) {
        let bytes = sample();
        let at = at.index(bytes.len());
        prop_assert!(PackedFile::open(&bytes[..at]).is_err());
    }

    #[test]
    fn anything(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        answer(&bytes);
        let mut framed = (bytes.len() as u64).to_le_bytes().to_vec();
        framed.extend(bytes);
        answer(&framed);
    }
}
