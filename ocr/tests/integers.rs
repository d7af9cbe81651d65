//! Committed networks of stored numbers have the same results on every machine, to the bit: in portable code, and on the
//! generated kernels of aarch64.

use qgen_ocr::candidate::Candidate;
use qgen_ocr::idx::Images;
use qgen_ocr::quantise::Integer;
use qgen_ocr::text::{self, HEIGHT, net};
use std::path::{Path, PathBuf};

fn committed(name: &str) -> Integer {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("models").join(name);
    let Candidate::Integer(integer) = Candidate::read(&path).unwrap() else { panic!("{name} is of floats") };
    integer
}

/// FNV-1a over the bits of all numbers.
fn fingerprint(numbers: &[f32]) -> u64 {
    let bytes = numbers.iter().flat_map(|number| number.to_bits().to_le_bytes());
    bytes.fold(0xcbf2_9ce4_8422_2325, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[test]
fn logits_of_digits_are_the_same_on_every_machine() {
    let file: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/mnist-sample-images.idx3-ubyte");
    let images = Images::read(&file).unwrap();
    let some: Vec<u8> = (0..8).flat_map(|n| images.image(n).to_vec()).collect();
    for (name, known) in [("scale4b2-1-8.safetensors", DIGITS_8), ("scale4b2-1-4.safetensors", DIGITS_4)] {
        let integer = committed(name);
        let logits = integer.logits(&some, 28).unwrap();
        assert_eq!(logits.len(), 80);
        assert_eq!(logits[..10], integer.logits(images.image(0), 28).unwrap(), "the batch changes nothing");
        assert_eq!(fingerprint(&logits), known, "{name}: {logits:?}");
    }
}

#[test]
fn logits_of_lines_are_the_same_on_every_machine() {
    // Drawn with floats: only what is read is compared where the drawing could differ.
    let ink: Vec<u8> = (0..HEIGHT * 96).map(|n| (n * n % 251 * (n / 7 % 2)) as u8).collect();
    for (name, known) in [("line-1-8.safetensors", LINES_8), ("line-1-4.safetensors", LINES_4)] {
        let integer = committed(name);
        let logits = integer.logits(&ink, 96).unwrap();
        assert_eq!(logits.len(), 96 / net::STEP * text::CLASSES);
        assert_eq!(fingerprint(&logits), known, "{name}: {:?}", &logits[..43]);
    }
}

const DIGITS_8: u64 = 11_865_361_401_465_616_182;
const DIGITS_4: u64 = 17_613_052_739_089_970_426;
const LINES_8: u64 = 4_694_910_920_971_218_638;
const LINES_4: u64 = 3_953_028_834_171_797_711;
