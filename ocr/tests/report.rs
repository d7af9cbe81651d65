//! The page: what inferences cost stands in it, and what was not counted is said not to have been.

use qgen_ocr::candidate::Candidate;
use qgen_ocr::costs::{CORES, Costs, Times};
use qgen_ocr::data::Digits;
use qgen_ocr::evaluate::{Figures, Trial};
use qgen_ocr::protocol::LEVELS;
use qgen_ocr::report::{self, Spent};
use qgen_ocr::task::Task;
use std::path::Path;

/// A trial of a few digits of the sample: enough to fill the tables.
fn trial() -> Trial {
    let file = |name: &str| Path::new(env!("CARGO_MANIFEST_DIR")).join("../data").join(name);
    let images = file("mnist-sample-images.idx3-ubyte");
    let digits = Digits::read(&images, &file("mnist-sample-labels.idx1-ubyte")).unwrap().part(0, 32);
    let blurred = || digits.blurred(|n| n as f64 / 8.0);
    let levels = LEVELS.iter().map(|&sigma| digits.blurred(|_| sigma)).collect();
    Trial { validation: blurred(), test: blurred(), levels }
}

#[test]
fn the_page_has_what_inferences_cost() {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("models");
    let read = |name: &str| Candidate::read(&models.join(name).with_extension("safetensors")).unwrap();
    let networks = ["none-1", "scale4b2-1", "scale4b2-1-4"].map(read);
    let trial = trial();
    let page = |costs: Costs| {
        let spent = Spent { costs, times: Times::of(&networks).unwrap() };
        let reason = spent.times.unreal.clone();
        let page = report::page(&networks, &Figures::default(), &trial, &spent, || {}).unwrap();
        assert!(reason.is_none_or(|reason| {
            page.contains(&format!("There are no times: {}", reason.replace('/', "&#x2F;")))
        }));
        page
    };
    let costs = Costs::committed().unwrap();
    let cycles = CORES.map(|core| costs.of(Task::Line, "4", core).unwrap().whole.1);
    let counted = page(costs);
    for text in [
        "no core was measured",
        "LeNet-5, an image of 28×28",
        "Line network",
        "not evaluated",
        "<h2 id=\"costs\">",
    ] {
        assert!(counted.contains(text), "{text}");
    }
    for cycles in cycles {
        let thousands = (cycles + 500) / 1000;
        let text = match thousands {
            0..1000 => format!("<td>{thousands}</td>"),
            _ => format!("<td>{},{:03}</td>", thousands / 1000, thousands % 1000),
        };
        assert!(counted.contains(&text), "{text}");
    }
    assert!(!counted.contains("not counted"));
    let empty = page(Costs::parse("commit = \"none\"\nrun = []\n").unwrap());
    let rows = 2 * 12 * CORES.len();
    assert_eq!(
        empty.matches("<td>not counted</td>").count(),
        2 * rows,
        "instructions and cycles of every network"
    );
    assert_eq!(empty.matches("<td class=\"left\">not counted</td>").count(), 4, "goals");
}
