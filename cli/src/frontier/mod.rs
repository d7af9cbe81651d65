//! Speed against bits: for every width the fastest main loop of a core.
//!
//! ```text
//!   widths × strategies × usual tiles ──compile──► the best of any instruction set ──► table (here)
//!                                                  the best of Armv8.0              ──► drawing (plot)
//! ```

pub(crate) mod plot;

use crate::output;
use indicatif::ParallelProgressIterator;
use qgen::core::Core;
use qgen::plan::{open_strategies, usual_tiles};
use qgen::{Choice, Kernel, Request, compile};
use qgen_spec::{Isa, Operand, Strategy};
use rayon::prelude::*;
use serde::Serialize;

/// The frontier of a core.
#[derive(Serialize)]
pub(crate) struct Frontier {
    pub(crate) core: String,
    pub(crate) title: String,
    /// From few to many bits; floats last.
    pub(crate) widths: Vec<Width>,
}

/// The fastest kernels for one width of both sides.
#[derive(Serialize)]
pub(crate) struct Width {
    /// For example `4 bits`.
    pub(crate) name: String,
    /// Bits a value carries: log2 of the number of values; the mean of both sides.
    pub(crate) bits: f64,
    lhs: String,
    rhs: String,
    /// Of any instruction set that the core has.
    pub(crate) best: Entry,
    /// Without instructions newer than Armv8.0, where another kernel is faster with them.
    pub(crate) neon: Option<Entry>,
    /// With several weights in a byte, where fewer bytes hold them so than those of the best kernel.
    narrow: Option<Narrow>,
}

/// Weights that share bytes.
#[derive(Serialize)]
struct Narrow {
    per_byte: u16,
    weight_bytes_per_1000: f64,
}

/// A kernel and its figures, which are modelled.
#[derive(Clone, Serialize)]
pub(crate) struct Entry {
    pub(crate) kernel: String,
    pub(crate) strategy: &'static str,
    isa: &'static str,
    pub(crate) bound_macs_per_cycle: f64,
    pub(crate) modelled_macs_per_cycle: f64,
    /// Bytes in which 1000 packed weights lie.
    weight_bytes_per_1000: f64,
}

/// What the rows are about: a name and both sides.
fn widths() -> Vec<(String, Operand, Operand)> {
    let levels = |count| Operand::of_levels(count).expect("a byte has these levels");
    let same = |name: &str, side: Operand| (name.to_string(), side, side);
    let bits = |bits: u32| same(&format!("{bits} bits"), Operand::of_bits(bits).expect("1 to 8 bits"));
    let mixed = |lhs, rhs| (format!("{lhs} by {rhs} levels"), levels(lhs), levels(rhs));
    vec![
        same("binary", Operand::Binary),
        ("ternary by binary".into(), levels(3), Operand::Binary),
        same("ternary", levels(3)),
        bits(2),
        bits(3),
        bits(4),
        mixed(29, 19),
        mixed(25, 21),
        mixed(23, 23),
        bits(5),
        bits(6),
        bits(7),
        bits(8),
        same("f32", Operand::F32),
    ]
}

impl Frontier {
    /// Compiles what could be on it.
    pub(crate) fn of(core: &Core) -> Frontier {
        let widths = widths();
        let bar = output::progress(widths.len(), &format!("{}: widths", core.name));
        let widths = widths.into_par_iter().progress_with(bar).filter_map(|(name, lhs, rhs)| {
            let request = Request { lhs, rhs, ..Request::floats() };
            let best = Entry::of(&fastest(&request, core)?);
            let neon = Request { isa: Some(Isa::Neon), ..request.clone() };
            let neon = fastest(&neon, core).map(|kernel| Entry::of(&kernel));
            let neon = neon.filter(|neon| neon.kernel != best.kernel);
            let narrow =
                narrow(&request, core).filter(|n| n.weight_bytes_per_1000 < best.weight_bytes_per_1000);
            let size = |side: Operand| match side {
                Operand::F32 => 32.0,
                _ => f64::from(side.values()).log2(),
            };
            let bits = (size(lhs) + size(rhs)) / 2.0;
            Some(Width { name, bits, lhs: lhs.to_string(), rhs: rhs.to_string(), best, neon, narrow })
        });
        let mut widths: Vec<Width> = widths.collect();
        widths.sort_by(|a, b| a.bits.total_cmp(&b.bits));
        Frontier { core: core.name.clone(), title: core.title.clone(), widths }
    }

    pub(crate) fn json(&self) -> String {
        output::json(self)
    }

    pub(crate) fn text(&self) -> String {
        let float = self.widths.iter().find(|w| w.name == "f32").map(|w| w.best.modelled_macs_per_cycle);
        let mut rows = Vec::new();
        for width in &self.widths {
            for (n, entry) in std::iter::once(&width.best).chain(&width.neon).enumerate() {
                let ratio =
                    float.map_or(String::new(), |f| format!("{:.2}", entry.modelled_macs_per_cycle / f));
                rows.push([
                    if n == 0 { width.name.clone() } else { "  by Armv8.0 alone".into() },
                    format!("{:.2}", width.bits),
                    entry.strategy.to_string(),
                    format!("{:.2}", entry.bound_macs_per_cycle),
                    format!("{:.2}", entry.modelled_macs_per_cycle),
                    ratio,
                    format!("{:.0}", entry.weight_bytes_per_1000),
                    match &width.narrow {
                        Some(Narrow { per_byte, weight_bytes_per_1000 }) if n == 0 => {
                            format!("{weight_bytes_per_1000:.0} with per_byte = {per_byte}")
                        }
                        _ => String::new(),
                    },
                ]);
            }
        }
        let heads = [
            "both sides",
            "bits",
            "strategy",
            "bound",
            "modelled",
            "vs float",
            "bytes per 1000 weights",
            "or",
        ];
        format!(
            "What each bit costs on {}: {}\nMain loops, multiply-accumulates per cycle, modelled, not measured; the best \
             of all strategies and usual tiles. Several weights share a byte where per_byte asks for it: fewer bytes, at \
             a lower speed than that of the row.\n\n{}",
            self.core,
            self.title,
            output::table(&heads, &rows)
        )
    }
}

/// What the planner looks at for a request: every strategy that is open to it with every usual tile, or
/// with the one that it names.
pub(crate) fn all_of(request: &Request) -> Vec<(Strategy, Request)> {
    let with = |strategy| {
        let tiles = request.tile.map_or_else(|| usual_tiles(strategy), |tile| vec![tile]);
        let one = move |tile| Request {
            strategy: Some(Choice::One(strategy)),
            tile: Some(tile),
            ..request.clone()
        };
        tiles.into_iter().map(move |tile| (strategy, one(tile)))
    };
    open_strategies(request).into_iter().flat_map(with).collect()
}

/// The fastest main loop for a request by the model; none where no strategy holds the operands.
pub(crate) fn fastest(request: &Request, core: &Core) -> Option<Kernel> {
    let mut best: Option<(f64, Kernel)> = None;
    for (_, one) in all_of(request) {
        // What cannot be made is not on the frontier; `qgen list` says why.
        let Ok(kernel) = compile(&one, core) else { continue };
        let speed = kernel.modelled_macs_per_cycle();
        if best.as_ref().is_none_or(|(fastest, _)| speed > *fastest) {
            best = Some((speed, kernel));
        }
    }
    best.map(|(_, kernel)| kernel)
}

/// The most weights that can share a byte, if any can.
fn narrow(request: &Request, core: &Core) -> Option<Narrow> {
    [4, 2].into_iter().find_map(|per_byte| {
        let kernel = compile(&Request { per_byte, ..request.clone() }, core).ok()?;
        let weight_bytes_per_1000 = weight_bytes_per_1000(&kernel)?;
        Some(Narrow { per_byte: u16::from(per_byte), weight_bytes_per_1000 })
    })
}

fn weight_bytes_per_1000(kernel: &Kernel) -> Option<f64> {
    let layout = kernel.plan().spec.rhs_layout();
    // A depth that every k-block divides.
    let depth = 1 << 20;
    let bytes = layout.panel_bytes(depth).ok()? as f64;
    Some(1000.0 * bytes / (depth * layout.width()) as f64)
}

impl Entry {
    fn of(kernel: &Kernel) -> Entry {
        let spec = &kernel.plan().spec;
        Entry {
            kernel: kernel.name().to_string(),
            strategy: spec.strategy.as_str(),
            isa: spec.isa().as_str(),
            bound_macs_per_cycle: kernel.bound_macs_per_cycle(),
            modelled_macs_per_cycle: kernel.modelled_macs_per_cycle(),
            weight_bytes_per_1000: weight_bytes_per_1000(kernel).unwrap_or(f64::NAN),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compiler_every_width_has_a_kernel_and_fewer_bits_are_never_slower() {
        let core = Core::built_in("cortex-a72").unwrap();
        let frontier = Frontier::of(&core);
        assert_eq!(frontier.widths.len(), widths().len());
        // Any kernel for more values takes fewer, so that a slower one would be a fault of the search.
        let squares = frontier.widths.iter().filter(|w| w.lhs == w.rhs && w.name.ends_with("bits"));
        let speeds: Vec<f64> = squares.map(|w| w.best.modelled_macs_per_cycle).collect();
        assert!(speeds.windows(2).all(|w| w[0] >= 0.98 * w[1]), "{speeds:?}");
        let text = frontier.text();
        assert!(text.contains("modelled, not measured") && text.contains("29 by 19 levels"), "{text}");
        assert!(serde_json::from_str::<serde_json::Value>(&frontier.json()).is_ok());
        assert!(frontier.widths.windows(2).all(|w| w[0].bits <= w[1].bits), "{text}");
        assert!(text.contains("500 with per_byte = 2"), "{text}");
        let drawing = plot::svg(&frontier).unwrap();
        for width in &frontier.widths {
            assert!(width.name == "f32" || drawing.contains(width.best.strategy), "{}", width.name);
        }
        let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md")).unwrap();
        for (name, words) in [
            ("binary", "for −1 or 1"),
            ("ternary", "ternary"),
            ("2 bits", "at 2 bits"),
            ("4 bits", "at 4"),
            ("23 by 23 levels", "at 23 levels"),
            ("6 bits", "at 6"),
            ("7 bits", "at 7"),
            ("8 bits", "at 8"),
            ("f32", "for floats"),
        ] {
            let width = frontier.widths.iter().find(|width| width.name == name).unwrap();
            let between = if name == "binary" { "\nmultiply-accumulates a cycle" } else { "" };
            let said = format!("{:.1}{between} {words}", width.best.modelled_macs_per_cycle);
            assert!(readme.contains(&said), "README.md does not say: {said}");
        }
    }
}
