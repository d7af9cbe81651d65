//! The graph is LeNet-5, and its gradients are slopes.

use super::*;

fn images(count: usize, stream: &mut Stream) -> Vec<u8> {
    (0..count * PIXELS).map(|_| (255.0 * stream.unit().powi(3)) as u8).collect()
}

#[test]
fn the_parameters_are_those_of_lenet_5() {
    let counts: Vec<usize> =
        TENSORS.chunks_exact(2).map(|layer| layer.iter().map(Tensor::len).sum()).collect();
    assert_eq!(counts, [156, 2_416, 48_120, 10_164, 850]);
    assert_eq!(counts.iter().sum::<usize>(), PARAMETERS);
    assert_eq!(place(9).end, PARAMETERS);
    assert!(Lenet::from_parameters(vec![0f32; PARAMETERS - 1]).is_none());
}

/// The network written down once more, one number at a time, straight from its definition.
fn by_definition(net: &Lenet<f64>, image: &[u8]) -> Vec<f64> {
    let pixel = |row: isize, column: isize| {
        let inside = (0..28).contains(&row) && (0..28).contains(&column);
        if inside { f64::from(image[row as usize * 28 + column as usize]) / 255.0 } else { 0.0 }
    };
    let [w1, b1, w2, b2] = std::array::from_fn(|n| net.tensor(n));
    let conv1 = |map: usize, row: usize, column: usize| {
        let mut sum = b1[map];
        for i in 0..5 {
            for j in 0..5 {
                let (i, j) = (i as isize, j as isize);
                let weight = w1[map * 25 + (i * 5 + j) as usize];
                sum += weight * pixel(row as isize + i - 2, column as isize + j - 2);
            }
        }
        sum
    };
    let pool = |of: &dyn Fn(usize, usize) -> f64, row: usize, column: usize| {
        let (r, c) = (2 * row, 2 * column);
        of(r, c).max(of(r + 1, c)).max(of(r, c + 1)).max(of(r + 1, c + 1)).max(0.0)
    };
    let mut first = vec![0.0; 6 * 14 * 14];
    for (n, value) in first.iter_mut().enumerate() {
        *value = pool(&|r, c| conv1(n / 196, r, c), n / 14 % 14, n % 14);
    }
    let conv2 = |map: usize, row: usize, column: usize| {
        let mut sum = b2[map];
        for from in 0..6 {
            for i in 0..5 {
                for j in 0..5 {
                    let weight = w2[map * 150 + from * 25 + i * 5 + j];
                    sum += weight * first[from * 196 + (row + i) * 14 + column + j];
                }
            }
        }
        sum
    };
    let mut values: Vec<f64> =
        (0..400).map(|n| pool(&|r, c| conv2(n / 25, r, c), n / 5 % 5, n % 5)).collect();
    for layer in [4, 6, 8] {
        let (weights, biases) = (net.tensor(layer), net.tensor(layer + 1));
        let rows = weights.chunks_exact(values.len()).zip(biases);
        let sums = rows.map(|(row, bias)| bias + row.iter().zip(&values).map(|(w, v)| w * v).sum::<f64>());
        values = if layer == 8 { sums.collect() } else { sums.map(|sum| sum.max(0.0)).collect() };
    }
    values
}

/// Biases that are not 0, as after training.
fn network(seed: u64) -> Lenet<f64> {
    let mut stream = Stream::new(&[seed]);
    let mut net = Lenet::<f64>::new(&mut stream);
    for parameter in net.parameters_mut() {
        *parameter += 0.05 * stream.normal();
    }
    net
}

#[test]
fn logits_are_those_of_the_definition() {
    let (net, images) = (network(1), images(3, &mut Stream::new(&[2])));
    let batch = net.forward(&images);
    assert_eq!(batch.logits().len(), 3);
    for (logits, image) in batch.logits().zip(images.chunks_exact(PIXELS)) {
        for (ours, exact) in logits.iter().zip(by_definition(&net, image)) {
            assert!((ours - exact).abs() < 1e-9 * exact.abs().max(1.0), "{ours} {exact}");
        }
    }
    // Single precision says nearly the same.
    let single = Lenet::from_parameters(net.parameters().iter().map(|&p| p as f32).collect()).unwrap();
    for (a, b) in single.forward(&images).logits().zip(batch.logits()) {
        assert!(a.iter().zip(b).all(|(a, b)| (f64::from(*a) - b).abs() < 1e-3));
    }
}

#[test]
fn an_empty_batch_is_none() {
    assert_eq!(network(1).forward(&[]).logits().len(), 0);
}

/// For a loss Σ cₙ zₙ with fixed c, and for one that is not linear, the gradient is what differences say.
#[test]
fn gradients_are_slopes() {
    let mut net = network(3);
    let images = images(2, &mut Stream::new(&[4]));
    let mut stream = Stream::new(&[5]);
    let factors: Vec<f64> = (0..2 * CLASSES).map(|_| stream.normal()).collect();
    let loss = |net: &Lenet<f64>| -> f64 {
        let batch = net.forward(&images);
        batch.logits().flatten().zip(&factors).map(|(z, c)| c * z + 0.05 * z * z).sum()
    };
    let batch = net.forward(&images);
    let of_logits: Vec<f64> = batch.logits().flatten().zip(&factors).map(|(z, c)| c + 0.1 * z).collect();
    let mut scratch = Scratch::new();
    let gradient = net.backward(&batch, &of_logits, &mut scratch).to_vec();
    // The room is used again without a trace of the last batch.
    assert_eq!(net.backward(&batch, &of_logits, &mut scratch), gradient);
    let step = 1e-6;
    for (n, tensor) in TENSORS.iter().enumerate() {
        let range = place(n);
        let mut nonzero = 0;
        for n in 0..40 {
            // Spread over the tensor; primes miss no row or column for long.
            let index = range.start + n * 97 % range.len();
            let kept = net.parameters[index];
            net.parameters[index] = kept + step;
            let above = loss(&net);
            net.parameters[index] = kept - step;
            let below = loss(&net);
            net.parameters[index] = kept;
            let slope = (above - below) / (2.0 * step);
            let off = (slope - gradient[index]).abs();
            assert!(
                off < 1e-5 * slope.abs().max(1.0),
                "{} {index}: {slope} {}",
                tensor.name,
                gradient[index]
            );
            nonzero += usize::from(slope.abs() > 1e-6);
        }
        assert!(nonzero > 5, "{}: hardly any gradient", tensor.name);
    }
}
