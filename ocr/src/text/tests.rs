//! Lines are what they were, and what they say they are.

use super::*;

#[test]
fn the_same_seed_is_the_same_line() {
    let of = |seed: u64| samples(seed, 0..3);
    assert_eq!(of(1), of(1));
    assert_ne!(of(1)[0], of(2)[0]);
    assert_ne!(validation(1), test(1));
    // The first line of the test, as networks were judged on it.
    assert_eq!(test(1)[0].text, PINNED);
}

const PINNED: &str = "3FTX2LX<<4PBA2801245<8604080<<<<<<<<<<<<<<02";

#[test]
fn lines_are_dark_on_light_where_their_characters_are() {
    for line in samples(3, 0..200) {
        assert_eq!(line.pixels.len(), HEIGHT * line.width);
        assert!(line.width % 2 == 0 && line.width < 1000, "{}", line.width);
        assert_eq!(line.spans.len(), line.text.len());
        assert!((0.0..STRONGEST).contains(&line.sigma));
        assert!(line.spans.windows(2).all(|pair| pair[0].0 < pair[1].0), "{:?}", line.spans);
        // The middle of wide characters is darker than what is left of the first one.
        let mean = |from: usize, to: usize| {
            let rows = line.pixels.chunks_exact(line.width);
            let sum: u32 = rows.flat_map(|row| &row[from..to]).map(|&byte| u32::from(byte)).sum();
            f64::from(sum) / (HEIGHT * (to - from)) as f64
        };
        let inside =
            line.spans.iter().map(|&(from, to)| mean(from.max(0.0) as usize, (to as usize).min(line.width)));
        let darkest = inside.fold(f64::INFINITY, f64::min);
        assert!(darkest < mean(0, 2), "{:?}: {darkest} {}", line.text, mean(0, 2));
    }
}

/// Reading the labels of columns gives the text: whoever classifies columns can read.
#[test]
fn labels_spell_the_text() {
    for line in samples(4, 0..300) {
        let labels = net::labels(&line);
        let mut logits = vec![0.0; labels.len() * CLASSES];
        for (column, &label) in logits.chunks_exact_mut(CLASSES).zip(&labels) {
            column[usize::from(label)] = 9.0;
        }
        assert_eq!(reading::Reading::of(&logits).text, line.text, "{labels:?}");
        assert_eq!(net::GRAPH.shapes(net::shape(line.width)).unwrap().last().unwrap().width, labels.len());
    }
}
