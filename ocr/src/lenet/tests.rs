//! The graph is LeNet-5. Its gradients are those of `graph`, which are tested there.

use super::*;
use crate::random::Stream;

#[test]
fn the_parameters_are_those_of_lenet_5() {
    let counts: Vec<usize> = GRAPH.convs().map(|(_, conv, _)| conv.parameters()).collect();
    assert_eq!(counts, [156, 2_416, 48_120, 10_164, 850]);
    assert_eq!(counts.iter().sum::<usize>(), PARAMETERS);
    assert!(Network::from_parameters(&GRAPH, vec![0f32; PARAMETERS - 1]).is_none());
    let macs: Vec<usize> = GRAPH.macs(INPUT).into_iter().filter(|macs| *macs > 0).collect();
    assert_eq!(macs, [117_600, 240_000, 48_000, 10_080, 840]);
}

/// The network written down once more, one number at a time, straight from its definition and from what files hold.
fn by_definition(net: &Network<f64>, image: &[u8]) -> Vec<f64> {
    let pixel = |row: isize, column: isize| {
        let inside = (0..28).contains(&row) && (0..28).contains(&column);
        if inside { f64::from(image[row as usize * 28 + column as usize]) / 255.0 } else { 0.0 }
    };
    let tensors = net.tensors();
    let [w1, b1, w2, b2] = std::array::from_fn(|n| &tensors[n].numbers);
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
    // The features as files count them: map after map.
    let mut values: Vec<f64> =
        (0..400).map(|n| pool(&|r, c| conv2(n / 25, r, c), n / 5 % 5, n % 5)).collect();
    for layer in [4, 6, 8] {
        let (weights, biases) = (&tensors[layer].numbers, &tensors[layer + 1].numbers);
        let rows = weights.chunks_exact(values.len()).zip(biases);
        let sums = rows.map(|(row, bias)| bias + row.iter().zip(&values).map(|(w, v)| w * v).sum::<f64>());
        values = if layer == 8 { sums.collect() } else { sums.map(|sum| sum.max(0.0)).collect() };
    }
    values
}

#[test]
fn logits_are_those_of_the_definition() {
    let mut stream = Stream::new(&[1]);
    let mut net = Network::<f64>::new(&GRAPH, &mut stream);
    // Biases that are not 0, as after training.
    net.parameters_mut().iter_mut().for_each(|parameter| *parameter += 0.05 * stream.normal());
    let images: Vec<u8> = (0..3 * PIXELS).map(|_| (255.0 * stream.unit().powi(3)) as u8).collect();
    let ours = logits(&net, &images);
    assert_eq!(ours.len(), 3 * CLASSES);
    for (ours, image) in ours.chunks_exact(CLASSES).zip(images.chunks_exact(PIXELS)) {
        for (ours, exact) in ours.iter().zip(by_definition(&net, image)) {
            assert!((ours - exact).abs() < 1e-9 * exact.abs().max(1.0), "{ours} {exact}");
        }
    }
    // Single precision says nearly the same.
    let single = net.parameters().iter().map(|&p| p as f32).collect();
    let single = Network::from_parameters(&GRAPH, single).unwrap();
    for (single, ours) in logits(&single, &images).iter().zip(&ours) {
        assert!((f64::from(*single) - ours).abs() < 1e-3);
    }
    assert!(logits(&net, &[]).is_empty());
}
