//! Speed against bits: for every width the fastest main loop of a core.
//!
//! ```text
//!   widths × strategies × usual tiles ──compile──► the best of any instruction set ──► table (here)
//!                                                  the best of Armv8.0              ──► drawing (plot)
//! ```

pub(crate) mod plot;

use crate::output;
use qgen::core::Core;
use qgen::plan::{open_strategies, usual_tiles};
use qgen::{Choice, Kernel, Request, compile};
use qgen_spec::{Isa, Operand};
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
        let widths = widths().into_par_iter().filter_map(|(name, lhs, rhs)| {
            let request = Request { lhs, rhs, ..Request::floats() };
            let best = fastest(&request, core)?;
            let neon = fastest(&Request { isa: Some(Isa::Neon), ..request }, core);
            let neon = neon.filter(|neon| neon.kernel != best.kernel);
            let size = |side: Operand| match side {
                Operand::F32 => 32.0,
                _ => f64::from(side.values()).log2(),
            };
            let bits = (size(lhs) + size(rhs)) / 2.0;
            Some(Width { name, bits, lhs: lhs.to_string(), rhs: rhs.to_string(), best, neon })
        });
        Frontier { core: core.name.clone(), title: core.title.clone(), widths: widths.collect() }
    }

    pub(crate) fn json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("names and numbers are JSON");
        text.push('\n');
        text
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
                ]);
            }
        }
        let heads =
            ["both sides", "bits", "strategy", "bound", "modelled", "vs float", "bytes per 1000 weights"];
        format!(
            "What each bit costs on {}: {}\nMain loops, multiply-accumulates per cycle, modelled, not measured; the best \
             of all strategies and usual tiles.\n\n{}",
            self.core,
            self.title,
            output::table(&heads, &rows)
        )
    }
}

/// The fastest main loop for the operands by the model; none where no strategy holds them.
fn fastest(request: &Request, core: &Core) -> Option<Entry> {
    let mut best: Option<(f64, Kernel)> = None;
    for strategy in open_strategies(request) {
        for tile in usual_tiles(strategy) {
            let one = Request { strategy: Some(Choice::One(strategy)), tile: Some(tile), ..request.clone() };
            // What cannot be made is not on the frontier; `qgen list` says why.
            let Ok(kernel) = compile(&one, core) else { continue };
            let speed = kernel.modelled_macs_per_cycle();
            if best.as_ref().is_none_or(|(fastest, _)| speed > *fastest) {
                best = Some((speed, kernel));
            }
        }
    }
    let (modelled_macs_per_cycle, kernel) = best?;
    let spec = &kernel.plan().spec;
    // A depth that every k-block divides.
    let depth = 1 << 20;
    let bytes = spec.rhs_layout().panel_bytes(depth).ok()? as f64;
    let values = (depth * spec.rhs_layout().width()) as f64;
    Some(Entry {
        kernel: kernel.name().to_string(),
        strategy: spec.strategy.as_str(),
        isa: spec.isa().as_str(),
        bound_macs_per_cycle: kernel.bound_macs_per_cycle(),
        modelled_macs_per_cycle,
        weight_bytes_per_1000: 1000.0 * bytes / values,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_width_has_a_kernel_and_fewer_bits_are_never_slower() {
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
        let drawing = plot::svg(&frontier).unwrap();
        for width in &frontier.widths {
            assert!(width.name == "f32" || drawing.contains(width.best.strategy), "{}", width.name);
        }
    }
}
