//! The command as users call it: what is wrong is said, and nothing is written over.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The exit is a failure; what was said.
fn refused(arguments: &[&str], folder: &Path) -> String {
    let Output { status, stdout, stderr } = ran(arguments, folder);
    let said = String::from_utf8(stderr).unwrap();
    assert!(!status.success() && stdout.is_empty(), "{arguments:?}: {said}");
    assert!(!said.contains("panicked"), "{said}");
    said
}

/// Runs `ocr`, under emulation where the tests are.
fn ran(arguments: &[&str], folder: &Path) -> Output {
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
    command.args(arguments).current_dir(folder).output().unwrap()
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
    let mut bytes = std::fs::read(model).unwrap();
    let last = bytes.len() - 4;
    bytes[last..].copy_from_slice(&f32::NAN.to_le_bytes());
    std::fs::write(folder.path().join("nan.safetensors"), &bytes).unwrap();
    assert!(
        refused(&["evaluate", "nan.safetensors"], folder.path())
            .contains("1 of 61706 weights are no finite numbers")
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

/// The models that the repository holds are LeNet-5, and say how they were made.
#[test]
fn committed_models_are_read() {
    let mut count = 0;
    for entry in std::fs::read_dir(committed()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|end| end == "safetensors") {
            let model = qgen_ocr::model::Model::read(&path).unwrap();
            assert_eq!(model.net.parameters().len(), 61_706, "{path:?}");
            let named =
                path.file_stem().unwrap().to_str().unwrap().ends_with(&format!("-{}", model.recipe.seed));
            assert!(named, "{path:?} is of seed {}", model.recipe.seed);
            assert!(std::fs::metadata(&path).unwrap().len() <= 250_000);
            count += 1;
        }
    }
    assert!(count >= 7, "{count} models");
}
