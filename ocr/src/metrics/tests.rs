//! Figures that were worked out by other means.

use super::*;

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() < 5e-5
}

fn answers(of: &[(u8, f64)]) -> Vec<Answer> {
    of.iter().map(|&(class, response)| Answer { class, response, doubt: (1.0 - response).ln() }).collect()
}

#[test]
fn intervals_are_those_of_the_tables() {
    // Newcombe (1998), table I: 81 of 263 and 15 of 148 by Wilson's score method; 0 of 20.
    for (of, all, low, high) in [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611)] {
        let (l, h) = Share { of, all }.interval();
        assert!(near(l, low) && near(h, high), "{of} of {all}: {l} {h}");
    }
    assert_eq!(Share { of: 0, all: 0 }.interval(), (0.0, 1.0));
    // Mean 3, deviation √2.5, 2.776 · √(2.5 / 5).
    let five = mean(&[1.0, 2.0, 3.0, 4.0, 5.0]).unwrap();
    assert!(near(five.mean, 3.0) && near(five.half, 1.96293));
    assert_eq!(mean(&[7.0]), Some(Mean { mean: 7.0, half: 0.0 }));
    assert_eq!(mean(&[]), None);
}

#[test]
fn the_zone_begins_above_the_surest_error() {
    let answers = answers(&[(1, 0.99), (2, 0.9), (3, 0.8), (4, 0.95), (5, 0.5)]);
    let labels = [1, 2, 0, 4, 0];
    let judged = Threshold::without_errors(&answers, &labels).judged(&answers, &labels);
    assert!(near(judged.threshold, 0.8) && near(judged.width, 0.2));
    assert_eq!((judged.above, judged.wrong), (Share { of: 3, all: 5 }, Share { of: 0, all: 3 }));
    // Without errors everything is the zone.
    let none = Threshold::without_errors(&answers[..2], &labels[..2]);
    assert_eq!((none.response(), none.judged(&answers, &labels).above.of), (0.0, 5));
}

#[test]
fn errors_are_tolerated_up_to_a_share() {
    // From the surest: right, right, right, wrong, right, wrong.
    let answers = answers(&[(1, 0.99), (1, 0.98), (1, 0.97), (1, 0.9), (1, 0.8), (1, 0.6)]);
    let labels = [1, 1, 1, 0, 1, 0];
    let above = |tolerated: f64| {
        let judged = Threshold::tolerating(tolerated, &answers, &labels).judged(&answers, &labels);
        (judged.above.of, judged.wrong.of)
    };
    assert_eq!(above(0.0), (3, 0));
    assert_eq!(above(0.19), (3, 0));
    assert_eq!(above(0.2), (5, 1), "one of five, although the fourth alone is one of four");
    assert_eq!(above(0.34), (6, 2));
    assert_eq!(Threshold::tolerating(0.0, &answers[3..], &labels[3..]).judged(&answers, &labels).above.of, 3);
}

#[test]
fn zones_are_seen_where_responses_round_to_1() {
    let of = |class, doubt: f64| Answer { class, response: 1.0, doubt };
    let answers = [of(1, -60.0), of(1, -50.0), of(1, -40.0)];
    let judged = Threshold::without_errors(&answers, &[1, 0, 1]).judged(&answers, &[1, 0, 1]);
    assert_eq!((judged.above.of, judged.threshold), (1, 1.0));
    assert!(judged.width > 1e-22 && judged.width < 2e-22);
}

#[test]
fn correlations_are_those_of_the_definitions() {
    // Worked by hand: Σxy = 12, Σx² = 10, Σy² = 21.2 about the means.
    let (x, y) = ([1.0, 2.0, 3.0, 4.0, 5.0], [2.0, 1.0, 4.0, 3.0, 7.0]);
    assert!(near(pearson(&x, &y), 12.0 / (10.0 * 21.2f64).sqrt()));
    assert!(near(spearman(&x, &y), 0.8));
    let cubes = x.map(|x| -x * x * x);
    assert!(near(spearman(&x, &cubes), -1.0) && pearson(&x, &cubes) > -0.97);
    assert_eq!(ranks(&[5.0, 1.0, 5.0, 0.0]), [2.5, 1.0, 2.5, 0.0]);
    assert_eq!(pearson(&x, &[1.0; 5]), 0.0);
    // A parabola has no linear correlation, but its bins know it.
    let xs: Vec<f64> = (0..400).map(|n| f64::from(n) / 100.0).collect();
    let ys: Vec<f64> = xs.iter().map(|x| (x - 2.0).powi(2)).collect();
    assert!(pearson(&xs, &ys).abs() < 0.02 && correlation_ratio(&xs, &ys, 4.0, 16) > 0.98);
    assert_eq!(correlation_ratio(&[0.0, 4.0], &[1.0, 3.0], 4.0, 16), 1.0);
}
