//! Training from scratch on the committed sample: it learns, resumes, and forgets the layer.

use qgen_ocr::data::Digits;
use qgen_ocr::layer::Layer;
use qgen_ocr::metrics::{right, spearman};
use qgen_ocr::model::Model;
use qgen_ocr::response::answers;
use qgen_ocr::task::Task;
use qgen_ocr::train::{Recipe, Training};
use std::path::Path;

/// 256 test images of MNIST: 200 to learn from, 56 to judge by.
fn sample() -> (Digits, Digits) {
    let file = |name: &str| Path::new(env!("CARGO_MANIFEST_DIR")).join("../data").join(name);
    let images = file("mnist-sample-images.idx3-ubyte");
    let all = Digits::read(&images, &file("mnist-sample-labels.idx1-ubyte")).unwrap();
    (all.part(0, 200), all.part(200, 56))
}

fn recipe(layer: Layer, epochs: u32) -> Recipe {
    Recipe { epochs, batch: 20, ..Recipe::new(layer, 1) }
}

/// The last loss, and the network.
fn trained(recipe: Recipe, digits: &Digits) -> (Vec<f64>, Model) {
    let mut training = Training::new(recipe);
    let mut losses = Vec::new();
    while !training.is_finished() {
        losses.push(training.epoch(digits, |_| {}));
    }
    (losses, Model::of(&training).unwrap())
}

#[test]
fn a_small_network_learns_and_its_response_knows_the_blur() {
    let (training, test) = sample();
    let layer = Layer::Scale { gain: 4.0, factor: 1.0 };
    let (losses, model) = trained(recipe(layer, 20), &training);
    assert!(losses[19] < 0.3 * losses[0], "{losses:?}");
    let sharp = test.blurred(|_| 0.0);
    let of_sharp = answers(&model.net, &sharp);
    let accuracy = right(&of_sharp, &sharp.labels);
    assert!(accuracy >= 42, "{accuracy} of 56 are right, where chance has 6");
    // The layer is gone, and still more blurred images have lower responses.
    let both: Vec<f64> = [0.0, 1.0, 2.0, 3.0, 4.0].to_vec();
    let means: Vec<f64> = (both.iter())
        .map(|&sigma| {
            let answers = answers(&model.net, &test.blurred(|_| sigma));
            answers.iter().map(|answer| answer.response).sum::<f64>() / answers.len() as f64
        })
        .collect();
    assert!(spearman(&both, &means) < -0.99, "{means:?}");
    assert!(means[4] < means[0] - 0.2, "{means:?}");
}

#[test]
fn a_resumed_training_is_the_same_to_the_last_bit() {
    let (training, _) = sample();
    let recipe = recipe(Layer::Response(2.0), 3);
    let (_, in_one_go) = trained(recipe, &training);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors.part");
    Training::new(recipe).save(&path).unwrap();
    for epoch in 0..3 {
        // Each epoch in what could be another process.
        let mut resumed = Training::load(Task::Digit, &path).unwrap();
        assert_eq!(resumed.epochs_done(), epoch);
        resumed.epoch(&training, |_| {});
        resumed.save(&path).unwrap();
    }
    assert_eq!(
        Model::of(&Training::load(Task::Digit, &path).unwrap()).unwrap().to_bytes(),
        in_one_go.to_bytes()
    );
}

#[test]
fn readings_begin_alike_and_end_apart() {
    let (training, _) = sample();
    let of = |layer: Layer| trained(recipe(layer, 1), &training).1.net;
    assert_eq!(of(Layer::None), of(Layer::None));
    assert_ne!(of(Layer::None), of(Layer::Mix));
    let begin = |layer: Layer| Training::new(recipe(layer, 1)).net().clone();
    assert_eq!(begin(Layer::None), begin(Layer::Mix));
}
