//! Files come back as they were, and others are refused.

use super::*;
use crate::lenet::{self, PIXELS};
use crate::random::Stream;
use crate::tensors::with_metadata;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};

fn model() -> Model {
    let recipe = Recipe::new(Layer::Scale { gain: 9.0, factor: 1.0 }, 3);
    let net = Network::new(&lenet::GRAPH, &mut Stream::new(&[1]));
    Model { recipe, protocol: 1, net, threshold: Some(-2.5) }
}

#[test]
fn models_come_back_and_the_same_model_is_the_same_file() {
    let model = model();
    let bytes = model.to_bytes();
    assert_eq!(bytes, model.to_bytes());
    assert!(bytes.len() <= 250_000, "{}", bytes.len());
    assert_eq!(Model::from_bytes(&bytes).unwrap(), model);
}

/// Whatever layer was there in training: what is written has LeNet-5's tensors, LeNet-5's number of parameters, and no other
/// input than an image. An outside reader of the format says so, not our own.
#[test]
fn what_is_exported_is_exactly_lenet_5() {
    let expected = [
        ("conv1.weight", vec![6, 1, 5, 5]),
        ("conv1.bias", vec![6]),
        ("conv2.weight", vec![16, 6, 5, 5]),
        ("conv2.bias", vec![16]),
        ("fc1.weight", vec![120, 400]),
        ("fc1.bias", vec![120]),
        ("fc2.weight", vec![84, 120]),
        ("fc2.bias", vec![84]),
        ("fc3.weight", vec![10, 84]),
        ("fc3.bias", vec![10]),
    ];
    for name in crate::layer::NAMES {
        let recipe = Recipe { epochs: 0, ..Recipe::new(Layer::new(name, None, None).unwrap(), 3) };
        let bytes = Model::of(&Training::new(recipe)).unwrap().to_bytes();
        let file = SafeTensors::deserialize(&bytes).unwrap();
        let mut names = file.names();
        names.sort_unstable();
        let mut wanted: Vec<&str> = expected.iter().map(|(name, _)| *name).collect();
        wanted.sort_unstable();
        assert_eq!(names, wanted, "{name}");
        let mut parameters = 0;
        for (tensor, shape) in &expected {
            assert_eq!(file.tensor(tensor).unwrap().shape(), shape, "{name} {tensor}");
            parameters += shape.iter().product::<usize>();
        }
        assert_eq!(parameters, 61_706);
        // Ten numbers from the pixels of an image, and nothing else.
        let read = Model::from_bytes(&bytes).unwrap();
        let run: fn(&Network<f32>, &[u8]) -> Vec<f32> = lenet::logits;
        assert_eq!(run(&read.net, &[9; PIXELS]).len(), 10);
    }
}

#[test]
fn checkpoints_come_back_and_are_no_models() {
    let mut training = Training::new(Recipe::new(Layer::Response(2.5), 3));
    training.adam.mean[7] = 0.25;
    training.adam.steps = 99;
    training.epochs_done = 2;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("part");
    training.save(&path).unwrap();
    training.save(&path).unwrap();
    assert_eq!(Training::load(Task::Digit, &path).unwrap(), training);
    assert!(Model::read(&path).unwrap_err().to_string().contains("unfinished training"));
    let other = Training::load(Task::Line, &path).unwrap_err().to_string();
    assert!(other.contains("\"qgen-ocr text line checkpoint\" was expected"), "{other}");
    assert!(Model::of(&training).unwrap_err().to_string().contains("not finished"));
    model().write(&path, true).unwrap();
    assert!(Training::load(Task::Digit, &path).unwrap_err().to_string().contains("of the kind"));
}

#[test]
fn other_files_are_refused_with_the_reason() {
    let bytes = model().to_bytes();
    let said = |bytes: &[u8]| Model::from_bytes(bytes).unwrap_err();
    assert!(said(&[]).contains("it is empty"));
    assert!(said(b"\x89PNG\r\n\x1a\n and so on").contains("no safetensors file"));
    assert!(said(&bytes[..bytes.len() - 1]).contains("damaged"));
    assert!(said(&bytes[..100]).contains("damaged"));
    let zeros = vec![0; 4];
    let view = || TensorView::new(Dtype::F32, vec![1], &zeros).unwrap();
    let plain = safetensors::serialize([("weight", view())], None).unwrap();
    assert!(said(&plain).contains("does not say of what kind"));
    let mut metadata = of_recipe(&model().recipe);
    metadata.insert("kind".into(), "something else".into());
    assert!(said(&with_metadata(&plain, &metadata, 8)).contains("something else"));
    metadata.insert("kind".into(), Task::Digit.model().into());
    metadata.insert("protocol".into(), "1".into());
    assert!(said(&with_metadata(&plain, &metadata, 8)).contains("it has 1 tensors"));
    let mut others = model().net.tensors();
    others[2].shape = vec![16, 150];
    assert!(said(&serialised(&others, &metadata)).contains("conv2.weight is [16, 150]"));
    others[2].name = "conv3.weight".into();
    assert!(said(&serialised(&others, &metadata)).contains("no tensor conv2.weight"));
    metadata.insert("seed".into(), "many".into());
    let right = model().net.tensors();
    assert!(said(&serialised(&right, &metadata)).contains("\"many\" as \"seed\""));
    metadata.remove("seed");
    assert!(said(&serialised(&right, &metadata)).contains("no \"seed\""));
}

#[test]
fn weights_that_are_no_numbers_are_refused() {
    for wrong in [f32::NAN, f32::INFINITY] {
        let mut model = model();
        model.net.parameters_mut()[40_000] = wrong;
        let said = Model::from_bytes(&model.to_bytes()).unwrap_err();
        assert!(said.contains("fc1.weight: 1 of 48000 weights"), "{said}");
        let mut training = Training::new(Recipe { epochs: 0, ..model.recipe });
        training.net = model.net;
        assert!(Model::of(&training).unwrap_err().to_string().contains("another seed"));
    }
}

/// A header whose sizes are lies, and sums of sizes that overflow.
#[test]
fn headers_that_lie_are_refused() {
    let of = |header: &str| [&(header.len() as u64).to_le_bytes()[..], header.as_bytes()].concat();
    for header in [
        r#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,18446744073709551615]}}"#,
        r#"{"a":{"dtype":"U8","shape":[18446744073709551615],"data_offsets":[0,18446744073709551615]}}"#,
        r#"{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}"#,
        r#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
    ] {
        let said = Model::from_bytes(&of(header)).unwrap_err();
        assert!(said.contains("damaged"), "{header}: {said}");
    }
    let said = Model::from_bytes(&[0xff; 64]).unwrap_err();
    assert!(said.contains("its header should have 18446744073709551615 bytes"), "{said}");
}

#[test]
fn huge_files_and_folders_are_refused_unread() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("huge");
    std::fs::File::create(&path).unwrap().set_len(1 << 40).unwrap();
    assert!(Model::read(&path).unwrap_err().to_string().contains("models have at most"));
    assert!(Model::read(folder.path()).unwrap_err().to_string().contains("no regular file"));
    assert!(Model::read(&folder.path().join("none")).is_err());
}
