//! The committed figures, `docs/counts.toml`: what may not be exceeded.

use super::Counted;
use super::layers::CountedLayer;
use crate::cargo;
use crate::process::Result;
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;
use std::path::PathBuf;

/// How much more than committed is no failure: what another version of rustc may make of the parts that it compiles.
/// Kernels are the same to the last word.
const SLACK: f64 = 1.01;

const FILE: &str = "docs/counts.toml";

const HEAD: &str = "\
# Executed aarch64 instructions per multiply-accumulate, of whole multiplications: edges, corrections and what packing
# of the left side the kernel needs included; weights are packed before. Written by `cargo xtask count --write`; do not
# edit. `cargo xtask count` fails where a figure is more than 1 % above the one here. Counted under an emulator, so exact
# and repeatable with one version of rustc; instructions are not time.
# main-loop: the kernel's main loop alone, its branch included.
# layer: convolutions; of-product: in parts of what the product of matrices with as many multiply-accumulates executes.
";

/// A figure that was committed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Figure {
    pub(crate) shape: String,
    pub(crate) what: String,
    pub(crate) core: String,
    pub(crate) kernel: String,
    pub(crate) instructions_per_mac: f64,
    pub(crate) main_loop: f64,
}

/// A figure of a convolution that was committed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct LayerFigure {
    pub(crate) what: String,
    pub(crate) core: String,
    pub(crate) way: String,
    pub(crate) instructions_per_mac: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) of_product: Option<f64>,
}

/// What is committed.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct File {
    pub(crate) count: Vec<Figure>,
    pub(crate) layer: Vec<LayerFigure>,
}

/// As many digits as are kept.
fn digits(x: f64) -> f64 {
    (x * 1e4).round() / 1e4
}

impl Figure {
    fn of(counted: &Counted) -> Figure {
        Figure {
            shape: counted.shape_text(),
            what: counted.what.to_owned(),
            core: counted.core.to_owned(),
            kernel: counted.kernel.clone(),
            instructions_per_mac: digits(counted.per_mac),
            main_loop: digits(counted.main_loop),
        }
    }
}

impl LayerFigure {
    fn of(counted: &CountedLayer) -> LayerFigure {
        LayerFigure {
            what: counted.what.to_owned(),
            core: counted.core.to_owned(),
            way: counted.way.clone(),
            instructions_per_mac: digits(counted.per_mac),
            of_product: counted.of_product.map(digits),
        }
    }

    fn is_of(&self, what: &str, core: &str) -> bool {
        self.what == what && self.core == core
    }
}

fn path() -> PathBuf {
    cargo::root().join(FILE)
}

/// What is committed.
pub(crate) fn read() -> Result<File> {
    let text = std::fs::read_to_string(path())
        .map_err(|e| format!("{FILE}: {e}; `cargo xtask count --write` writes it"))?;
    toml::from_str(&text).map_err(|e| format!("{FILE}: {e}"))
}

/// Writes the figures of now.
pub(crate) fn write(counted: &[Counted], layers: &[CountedLayer]) -> Result<()> {
    let file = File {
        count: counted.iter().map(Figure::of).collect(),
        layer: layers.iter().map(LayerFigure::of).collect(),
    };
    let text = toml::to_string(&file).map_err(|e| e.to_string())?;
    std::fs::write(path(), format!("{HEAD}\n{text}")).map_err(|e| format!("{FILE}: {e}"))?;
    eprintln!("{FILE} has {} figures", file.count.len() + file.layer.len());
    Ok(())
}

/// The committed figure of what was counted.
pub(crate) fn find<'f>(figures: &'f [Figure], counted: &Counted) -> Option<&'f Figure> {
    let shape = counted.shape_text();
    figures.iter().find(|f| (&*f.shape, &*f.what, &*f.core) == (&*shape, counted.what, counted.core))
}

/// That nothing is worse than committed. What is better is said, too: then the file is to be written anew.
pub(crate) fn check(figures: &[Figure], counted: &[Counted]) -> Result<()> {
    let (mut worse, mut better) = (String::new(), 0);
    for counted in counted {
        let name = format!("{} {} on {}", counted.shape_text(), counted.what, counted.core);
        match find(figures, counted) {
            None => writeln!(worse, "  {name}: {:.4}, and no figure is committed", counted.per_mac),
            Some(figure) if counted.per_mac > figure.instructions_per_mac * SLACK => {
                let kernel = if figure.kernel == counted.kernel {
                    String::new()
                } else {
                    format!(" (by {}, now {})", figure.kernel, counted.kernel)
                };
                let was = figure.instructions_per_mac;
                writeln!(
                    worse,
                    "  {name}: {:.4} a multiply-accumulate, {was:.4} committed{kernel}",
                    counted.per_mac
                )
            }
            Some(figure) => {
                better += usize::from(counted.per_mac * SLACK < figure.instructions_per_mac);
                Ok(())
            }
        }
        .expect("writing to a string");
    }
    if better > 0 {
        eprintln!(
            "{better} figures are more than 1 % better than {FILE} says; `cargo xtask count --write` keeps them"
        );
    }
    if worse.is_empty() {
        return Ok(());
    }
    Err(format!(
        "more instructions are executed than {FILE} allows:\n{worse}\
         Find out why (`cargo xtask count --functions` shows where), or accept them with `cargo xtask count --write`"
    ))
}

/// The same for convolutions.
pub(crate) fn check_layers(figures: &[LayerFigure], counted: &[CountedLayer]) -> Result<()> {
    for layer in counted {
        let CountedLayer { what, core, per_mac, .. } = layer;
        let figure = figures.iter().find(|figure| figure.is_of(what, core));
        let Some(LayerFigure { way, instructions_per_mac: was, .. }) = figure else {
            return Err(format!("{what} on {core}: {per_mac:.4}, and no figure is committed in {FILE}"));
        };
        if *per_mac > was * SLACK {
            return Err(format!(
                "{what} on {core} by {} executes {per_mac:.4} instructions a multiply-accumulate; {FILE} allows \
                 {was:.4} (by {way}). Find out why, or accept it with `cargo xtask count --write`",
                layer.way
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(per_mac: f64) -> Counted {
        Counted {
            what: "4 bits",
            core: "cortex-a72",
            shape: [240, 72, 256],
            kernel: "k".into(),
            per_mac,
            in_kernel: 0.17,
            main_loop: 0.16992,
            functions: Vec::new(),
            blocks: Vec::new(),
        }
    }

    #[test]
    fn more_than_committed_fails_and_a_little_does_not() {
        let figures = [Figure::of(&counted(0.2))];
        assert_eq!(figures[0].main_loop, 0.1699);
        assert!(check(&figures, &[counted(0.2019)]).is_ok());
        assert!(check(&figures, &[counted(0.1)]).is_ok());
        let said = check(&figures, &[counted(0.2021)]).unwrap_err();
        assert!(said.contains("240x72x256 4 bits on cortex-a72: 0.2021"), "{said}");
        let other = Counted { core: "cortex-a53", ..counted(0.1) };
        assert!(check(&figures, &[other]).unwrap_err().contains("no figure is committed"));
    }

    #[test]
    fn convolutions_may_not_grow_either() {
        let layer = |per_mac| CountedLayer {
            what: "3x3",
            core: "cortex-a72",
            way: "slices".into(),
            per_mac,
            of_product: Some(1.05),
        };
        let figures = [LayerFigure::of(&layer(0.2))];
        assert!(check_layers(&figures, &[layer(0.2019)]).is_ok());
        let said = check_layers(&figures, &[layer(0.2021)]).unwrap_err();
        assert!(said.contains("3x3 on cortex-a72 by slices executes 0.2021"), "{said}");
        assert!(check_layers(&[], &[layer(0.1)]).unwrap_err().contains("no figure is committed"));
    }

    #[test]
    fn every_subject_has_a_committed_figure() {
        use super::super::layers::{CORES, LAYERS};
        use super::super::subjects::{LARGE, SHAPES, SUBJECTS};
        let File { count: figures, layer: layers } = read().unwrap();
        for layer in LAYERS {
            for core in CORES {
                let figure = layers.iter().find(|figure| figure.is_of(layer.what, core));
                assert!(figure.is_some_and(|f| f.instructions_per_mac > 0.0), "{layer:?} on {core}");
            }
        }
        assert_eq!(layers.len(), LAYERS.len() * CORES.len());
        for shape in SHAPES.iter().chain([&LARGE]) {
            for subject in SUBJECTS {
                let wanted =
                    Counted { what: subject.what, core: subject.core, shape: *shape, ..counted(0.0) };
                let figure = find(&figures, &wanted).unwrap_or_else(|| panic!("{shape:?} {subject:?}"));
                // The main loop alone is never more than the whole.
                assert!(
                    figure.main_loop > 0.0 && figure.main_loop < figure.instructions_per_mac,
                    "{figure:?}"
                );
            }
        }
        assert_eq!(figures.len(), (SHAPES.len() + 1) * SUBJECTS.len());
    }
}
