//! Committed networks of stored numbers have the same results on every machine, to the bit: in portable code, and on the
//! generated kernels of every core.

use qgen_runtime::bench::checksum_f32;
use qgen_runtime::cpu::Machine;
use qgen_runtime::net::{NetFile, Network};
use qgen_runtime::plan::Params;
use std::path::{Path, PathBuf};

/// The folders of the workspace.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// What a committed network makes of bytes, which it takes less 128: `batch` images.
fn logits(name: &str, bytes: &[u8], batch: usize) -> Vec<f32> {
    let path = root().join("ocr/models").join(name).with_extension("safetensors");
    let file = NetFile::open(std::fs::read(&path).unwrap()).unwrap();
    let network = Network::new(file.model(), batch, &Params::new(), &Machine::detect()).unwrap();
    let stored: Vec<i8> = bytes.iter().map(|&byte| (byte ^ 0x80) as i8).collect();
    let mut out = vec![0f32; network.output().0.len().unwrap()];
    network.run(&stored, &mut out, &mut network.state().unwrap()).unwrap();
    out
}

#[test]
fn digits_are_the_same_on_every_machine() {
    const PIXELS: usize = 28 * 28;
    // An IDX file: 16 bytes of header, then the images.
    let file = std::fs::read(root().join("data/mnist-sample-images.idx3-ubyte")).unwrap();
    let images = &file[16..][..8 * PIXELS];
    let found = DIGITS.map(|(name, _)| {
        let all = logits(name, images, 8);
        assert_eq!(all.len(), 80);
        assert_eq!(all[..10], logits(name, &images[..PIXELS], 1), "{name}: the batch changes nothing");
        (name, checksum_f32(all))
    });
    assert_eq!(found, DIGITS);
}

#[test]
fn lines_are_the_same_on_every_machine() {
    // No drawing, which is made of floats: strokes of some kind.
    let ink: Vec<u8> = (0..24 * 320).map(|n| (n * n % 251 * (n / 7 % 2)) as u8).collect();
    let found = LINES.map(|(name, _)| {
        let all = logits(name, &ink, 1);
        assert_eq!(all.len(), 160 * 43);
        (name, checksum_f32(all))
    });
    assert_eq!(found, LINES);
}

const DIGITS: [(&str, u64); 4] = [
    ("scale4b2-1-8", 14_732_225_902_908_369_636),
    ("scale4b2-1-4", 159_611_163_742_607_750),
    ("scale4b2-1-4-all", 4_768_703_207_080_587_236),
    ("clean-1-4", 1_825_920_980_028_604_950),
];
const LINES: [(&str, u64); 2] =
    [("line-1-8", 7_967_640_680_684_314_853), ("line-1-4", 8_649_260_689_263_667_808)];
