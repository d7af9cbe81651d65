//! The command as users call it: what is wrong is said, and nothing is written over.

use qgen_ocr::candidate::Candidate;
use qgen_ocr::task::Task;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The exit is a failure; what was said.
fn refused(arguments: &[&str], folder: &Path) -> String {
    let Output { status, stdout, stderr } = ran(arguments, folder);
    let said = String::from_utf8(stderr).unwrap();
    assert!(!status.success() && stdout.is_empty(), "{arguments:?}: {said}");
    assert!(!said.contains("panicked"), "{said}");
    said
}

/// Runs `ocr`.
fn ran(arguments: &[&str], folder: &Path) -> Output {
    command(arguments, folder).output().unwrap()
}

/// `ocr` to be run, under emulation where the tests are.
fn command(arguments: &[&str], folder: &Path) -> Command {
    let program = env!("CARGO_BIN_EXE_ocr");
    let runner = std::env::vars().find(|(key, _)| {
        cfg!(target_arch = "aarch64") && key.starts_with("CARGO_TARGET_AARCH64") && key.ends_with("_RUNNER")
    });
    let mut command = match &runner {
        Some((_, runner)) => {
            let mut words = runner.split_whitespace();
            let mut command = Command::new(words.next().unwrap());
            command.args(words).arg(program);
            command
        }
        None => Command::new(program),
    };
    command.args(arguments).current_dir(folder);
    command
}

fn committed() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("models")
}

#[test]
fn wrong_arguments_are_refused_before_any_work() {
    let folder = tempfile::tempdir().unwrap();
    let said = |arguments: &[&str]| refused(arguments, folder.path());
    std::fs::write(folder.path().join("there"), "mine").unwrap();
    for (arguments, reason) in [
        (&["train", "--out", "there"][..], "there: it exists; give --force to replace it"),
        (&["train", "--out", "no/where"], "make it first"),
        (&["train", "--out", "new"], "ocr data --out FOLDER"),
        (
            &["train", "--out", "new", "--distortion-layer", "scales"],
            "possible values: none, scale, response, mix, target",
        ),
        (
            &["train", "--out", "new", "--distortion-layer", "mix", "--constant", "2"],
            "constant: mix has none",
        ),
        (&["train", "--out", "new", "--constant", "0"], "above 0"),
        (&["train", "--out", "new", "--no-blur"], "give --distortion-layer none"),
        (&["train-text", "--out", "there"], "there: it exists"),
        (&["text", "--out", "there"], "it is a file; give a folder"),
        (&["text", "--out", "new", "--count", "0"], "1..=100000"),
        (&["quantize", "nowhere", "--out", "there"], "there: it exists"),
        (&["threshold", "there"], "no safetensors file"),
        (&["read", "there"], "no image that is known"),
        (&["read", "nowhere"], "nowhere: "),
        (&["read", "there", "--model", "there"], "no safetensors file"),
        (&["train", "--out", "new", "--epochs", "0"], "1..=1000"),
        (&["data", "--out", "there"], "it is a file; give a folder"),
        (&["data", "--from", "nowhere"], "no such folder"),
        (&["report", "--out", "there"], "it is a file; give a folder"),
        (&["report", "--out", "new", "--models", "nowhere"], "--models"),
        (&["report", "--out", "new", "--models", "."], "no file that ends in .safetensors"),
        (&["evaluate", "there"], "no safetensors file"),
        (&["evaluate", "nowhere"], "nowhere: "),
        (&["evaluate", "there", "--json", "there"], "it exists"),
    ] {
        let said = said(arguments);
        assert!(said.contains(reason), "{arguments:?}: {said}");
    }
    assert_eq!(std::fs::read(folder.path().join("there")).unwrap(), b"mine");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "something was written");
}

#[test]
fn damaged_data_and_models_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("mnist");
    std::fs::create_dir(&data).unwrap();
    let model = committed().join("none-1.safetensors");
    let model = model.to_str().unwrap();
    let said = || refused(&["evaluate", model], folder.path());
    assert!(said().contains("neither train-images-idx3-ubyte nor"));
    let write = |name: &str, bytes: &[u8]| std::fs::write(data.join(name), bytes).unwrap();
    for name in [
        "train-images-idx3-ubyte",
        "train-labels-idx1-ubyte",
        "t10k-images-idx3-ubyte",
        "t10k-labels-idx1-ubyte",
    ] {
        write(name, b"\0\0\x08\x03\0\0\0\x02\0\0\0\x1c\0\0\0\x1c???");
    }
    assert!(said().contains("3 follow"), "a truncated file");
    write("train-images-idx3-ubyte", b"\x89PNG\r\n\x1a\n");
    assert!(said().contains("no IDX file"));
    write("train-images-idx3-ubyte", b"");
    assert!(said().contains("it is empty"));
    // As many images as labels, of the right size; but not MNIST's.
    for set in ["train", "t10k"] {
        let (mut images, mut labels) =
            (b"\0\0\x08\x03\0\0\0\x01\0\0\0\x1c\0\0\0\x1c".to_vec(), b"\0\0\x08\x01\0\0\0\x01".to_vec());
        images.extend([7; 28 * 28]);
        labels.push(3);
        write(&format!("{set}-images-idx3-ubyte"), &images);
        write(&format!("{set}-labels-idx1-ubyte"), &labels);
    }
    assert!(said().contains("train-images-idx3-ubyte has SHA-256"), "{}", said());
    let mut bytes = std::fs::read(model).unwrap();
    let last = bytes.len() - 4;
    bytes[last..].copy_from_slice(&f32::NAN.to_le_bytes());
    std::fs::write(folder.path().join("nan.safetensors"), &bytes).unwrap();
    assert!(
        refused(&["evaluate", "nan.safetensors"], folder.path())
            .contains("fc3.weight: 1 of 840 weights are no finite numbers")
    );
    std::fs::write(folder.path().join("short.safetensors"), &bytes[..last]).unwrap();
    assert!(refused(&["evaluate", "short.safetensors"], folder.path()).contains("damaged"));
}

/// A checkpoint of another training is not thrown away.
#[test]
fn checkpoints_of_other_trainings_are_kept() {
    use qgen_ocr::layer::Layer;
    use qgen_ocr::train::{Recipe, Training};
    let folder = tempfile::tempdir().unwrap();
    let part = folder.path().join("new.part");
    Training::new(Recipe::new(Layer::Mix, 7)).save(&part).unwrap();
    let said = refused(&["train", "--out", "new", "--distortion-layer", "mix", "--seed", "8"], folder.path());
    assert!(
        said.contains("another training (layer mix, blur true, seed 7") && said.contains("--force"),
        "{said}"
    );
    std::fs::write(&part, "damaged").unwrap();
    let said = refused(&["train", "--out", "new", "--distortion-layer", "mix", "--seed", "7"], folder.path());
    assert!(said.contains("no safetensors file") && said.contains("--force"), "{said}");
    assert_eq!(std::fs::read(&part).unwrap(), b"damaged");
}

/// The models that the repository holds say how they were made, are named so, and have a threshold.
#[test]
fn committed_models_are_read() {
    let mut counts = [0; 3];
    for entry in std::fs::read_dir(committed()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|end| end != "safetensors") {
            continue;
        }
        let network = Candidate::read(&path).unwrap();
        let name = path.file_stem().unwrap().to_str().unwrap();
        let (seed, _) = network.origin();
        let (ends, kind, longest) = match (&network, network.task()) {
            (Candidate::Float(model), Task::Digit) => {
                assert_eq!(model.net.parameters().len(), 61_706, "{name}");
                (format!("-{seed}"), 0, 250_000)
            }
            (Candidate::Float(_), Task::Line) => (format!("line-{seed}"), 1, 500_000),
            (Candidate::Integer(integer), _) => {
                let all = if integer.about.all { "-all" } else { "" };
                (format!("-{seed}-{}{all}", integer.about.bits), 2, 150_000)
            }
        };
        assert!(name.ends_with(&ends), "{name} should end in {ends}");
        assert!(std::fs::metadata(&path).unwrap().len() <= longest, "{name}");
        assert!(network.threshold().is_some_and(|doubt| doubt < 0.0), "{name} has no threshold");
        counts[kind] += 1;
    }
    assert_eq!(counts, [15, 1, 8]);
}

/// What a command says on standard output.
fn said(arguments: &[&str], folder: &Path) -> String {
    let Output { status, stdout, stderr } = ran(arguments, folder);
    assert!(status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&stderr));
    String::from_utf8(stdout).unwrap()
}

/// Lines are drawn, and read from a folder by integers of 4 bits and by floats.
#[test]
fn drawn_lines_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let models = committed();
    let models = models.to_str().unwrap();
    said(&["text", "--count", "12", "--seed", "3", "--out", "lines"], folder.path());
    let refused = refused(&["text", "--count", "12", "--out", "lines"], folder.path());
    assert!(refused.contains("lines: the folder exists; give --force"), "{refused}");
    let labels = std::fs::read_to_string(folder.path().join("lines/labels.json")).unwrap();
    let labels: Vec<serde_json::Value> = serde_json::from_str(&labels).unwrap();
    let floats = committed().join("line-1.safetensors");
    for arguments in [&["--models", models][..], &["--model", floats.to_str().unwrap()]] {
        let arguments = [&["read", "lines", "--json"][..], arguments].concat();
        let read: Vec<serde_json::Value> = serde_json::from_str(&said(&arguments, folder.path())).unwrap();
        assert_eq!((labels.len(), read.len()), (12, 12));
        let mut right = 0;
        for (label, read) in labels.iter().zip(&read) {
            assert!(read["image"].as_str().unwrap().ends_with(label["file"].as_str().unwrap()));
            let confidence = read["confidence"].as_f64().unwrap();
            assert!((0.0..=1.0).contains(&confidence));
            assert!(["accept", "retake"].contains(&read["verdict"].as_str().unwrap()));
            right += usize::from(read["text"] == label["text"]);
        }
        assert!(right >= 8, "{right} of 12 lines are right: {read:?}");
    }
    // One of them by its name, for people.
    let line = said(&["read", "lines/00000.png", "--models", models], folder.path());
    assert_eq!(line.split('\t').count(), 4, "{line}");
}

/// A digit as MNIST has them, and the same blurred beyond recognition, from a file and from standard input.
#[test]
fn digits_are_accepted_or_not() {
    let folder = tempfile::tempdir().unwrap();
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/mnist-sample-images.idx3-ubyte");
    let images = qgen_ocr::idx::Images::read(&sample).unwrap();
    let models = committed();
    let models = models.to_str().unwrap();
    let pgm = |pixels: &[u8]| [b"P5 28 28 255\n", pixels].concat();
    // The first test image is a 7.
    std::fs::write(folder.path().join("sharp.pgm"), pgm(images.image(0))).unwrap();
    let blurred = qgen_ocr::blur::blurred(images.image(0), 28, 28, 4.0);
    std::fs::write(folder.path().join("blurred.pgm"), pgm(&blurred)).unwrap();
    let read = said(&["read", "sharp.pgm", "blurred.pgm", "--models", models], folder.path());
    let lines: Vec<Vec<&str>> = read.lines().map(|line| line.split('\t').collect()).collect();
    assert_eq!((lines[0][1], lines[0][3]), ("7", "accept"), "{read}");
    assert_eq!(lines[1][3], "retake: too blurred", "{read}");
    let mut command = command(&["read", "-", "--models", models], folder.path());
    let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let mut child = child.unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), &pgm(images.image(0))).unwrap();
    let out = String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap();
    assert!(out.starts_with("-\t7\t"), "{out}");
}

/// Images and models that cannot be are refused, each with its name; the other images are still read.
#[test]
fn wrong_images_and_models_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    let models = committed();
    let digits = models.join("scale4b2-1.safetensors");
    let lines = models.join("line-1.safetensors");
    let line = [b"P5 48 24 255\n", &[200u8; 48 * 24][..]].concat();
    write("line.pgm", &line);
    write("words.png", b"some words");
    write("empty.png", b"");
    write("huge.pgm", b"P5 99999 99999 255\n");
    let models = models.to_str().unwrap();
    let Output { status, stdout, stderr } = ran(
        &["read", "words.png", "empty.png", "huge.pgm", "none.png", "line.pgm", "--models", models],
        folder.path(),
    );
    let (out, err) = (String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap());
    assert!(!status.success());
    assert!(out.starts_with("line.pgm\t") && out.ends_with("retake: too blurred\n"), "{out}");
    for reason in [
        "words.png: it is no image that is known",
        "empty.png: it is empty",
        "huge.pgm: it has more than 16384 rows or columns",
        "none.png: ",
        "4 of 5 could not be read",
    ] {
        assert!(err.contains(reason), "{err}");
    }
    let said =
        |model: &Path| refused(&["read", "line.pgm", "--model", model.to_str().unwrap()], folder.path());
    assert!(said(&digits).contains("it is 48x24; this model reads digits of 28x28"));
    let damaged = folder.path().join("damaged");
    let mut bytes = std::fs::read(&lines).unwrap();
    let last = bytes.len() - 4;
    bytes[last..].copy_from_slice(&f32::NAN.to_le_bytes());
    std::fs::write(&damaged, &bytes).unwrap();
    let nan = said(&damaged);
    assert!(nan.contains("weights are no finite numbers") && nan.contains(".weight: 1 of"), "{nan}");
    std::fs::write(&damaged, &bytes[..last]).unwrap();
    assert!(said(&damaged).contains("damaged"));
    let mut bytes = std::fs::read(committed().join("line-1-4.safetensors")).unwrap();
    let last = bytes.len() - 9;
    bytes[last] ^= 4;
    std::fs::write(&damaged, &bytes).unwrap();
    assert!(said(&damaged).contains("check sum"));
    std::fs::write(&damaged, b"").unwrap();
    assert!(said(&damaged).contains("it is empty"));
    // What is quantised is not quantised again.
    let four = committed().join("line-1-4.safetensors");
    let again = refused(&["quantize", four.to_str().unwrap(), "--out", "new"], folder.path());
    assert!(again.contains("it is quantised"), "{again}");
    let bits = refused(&["quantize", lines.to_str().unwrap(), "--bits", "9", "--out", "new"], folder.path());
    assert!(bits.contains("possible values: 8, 7, 6, 5, 4.6, 4, 3, 2, ternary, binary"), "{bits}");
}
