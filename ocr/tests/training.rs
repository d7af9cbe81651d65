//! Training from scratch on the committed sample: it learns, resumes, and forgets the layer.

use qgen_ocr::candidate::Candidate;
use qgen_ocr::data::Digits;
use qgen_ocr::layer::Layer;
use qgen_ocr::metrics::{right, spearman};
use qgen_ocr::model::Model;
use qgen_ocr::quantise::{Integer, Quantised, named};
use qgen_ocr::response::answers;
use qgen_ocr::task::Task;
use qgen_ocr::text;
use qgen_ocr::text::net::Lines;
use qgen_ocr::text::reading::{readings, scores};
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

/// The network of lines learns from drawn ones: columns, then characters.
#[test]
fn a_small_network_of_lines_learns() {
    let recipe = Recipe { epochs: 5, ..Recipe::lines(Layer::Scale { gain: 4.0, factor: 2.0 }, 1) };
    let mut training = Training::new(recipe);
    let lines = Lines { count: 160 };
    let mut losses = Vec::new();
    while !training.is_finished() {
        losses.push(training.epoch(&lines, |_| {}));
    }
    assert!(losses[4] < 0.8 * losses[0], "{losses:?}");
    let test = text::test(40);
    let read = readings(training.net(), &test);
    let (score, _) = scores(&test, &read);
    assert!(score.characters.value() > 0.08, "{score:?}: {:?}", &read[..5]);
}

/// A network that was quantised by the protocol's recipe, shortened, answers in integers as the float network did.
#[test]
fn a_quantised_network_keeps_what_was_learned() {
    let (training, test) = sample();
    let (_, model) = trained(recipe(Layer::None, 20), &training);
    let sharp = test.blurred(|_| 0.0);
    let floats = right(&answers(&model.net, &sharp), &sharp.labels);
    for (bits, lost) in [("8", 2), ("4", 6), ("ternary", 30)] {
        let mut quantised = Quantised::new(&model, named(bits).unwrap(), false);
        let (mut layers, mut steps) = (0, 0);
        while quantised.advance(&training, Some(60), || steps += 1).unwrap() {
            layers += 1;
        }
        assert_eq!((layers, steps), (5, quantised.steps(Some(60))));
        let integer = Integer::of(&quantised).unwrap();
        let bytes = integer.to_bytes().unwrap();
        assert!(bytes.len() < 80_000, "{}", bytes.len());
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("net");
        integer.write(&path, false).unwrap();
        let read = Integer::read(&path).unwrap();
        assert_eq!((&read.about, read.model()), (&integer.about, integer.model()));
        let of = |integer: Integer| Candidate::Integer(integer).answers(&sharp);
        let integers = of(integer);
        assert_eq!(integers, of(read), "{bits}: what was written is what is read");
        let right = right(&integers, &sharp.labels);
        assert!(right + lost >= floats, "{bits}: {right} right, {floats} of floats");
    }
    let unfinished = Quantised::new(&model, named("4").unwrap(), true);
    assert!(Integer::of(&unfinished).err().unwrap().to_string().contains("0 of 5 layers"));
}
