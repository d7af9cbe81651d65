//! Lines of the packed right side that a main loop asks for ahead of its loads (`prfm`), and how far ahead.
//!
//! The runtime keeps blocks of panels in L1 and rows in L2, so that most loads hit L1 and a request would only
//! take an issue slot. Lines come from farther away where a weight is read once, by kernels of a single row, or
//! where a panel and the rows beside it do not fit L1. There it is the core's table that decides: a core whose
//! hardware follows a stream of loads needs no help from a kernel. See `docs/adr/0027-prefetch.md`.

use crate::core::Core;
use qgen_spec::{Diagnostic, Field, KernelSpec};

/// Distances are multiples of so many bytes, up to the most.
pub(crate) const STEP: u16 = 64;
pub(crate) const FARTHEST: u16 = 4096;

/// The depth for which panels are looked at: the deepest of the published grid.
const DEPTH: usize = 512;

/// Reads a distance in bytes as users write it; `none` is 0.
///
/// # Errors
/// If it is none of the possible ones.
pub fn read_prefetch(text: &str) -> Result<u16, Diagnostic> {
    if text == "none" {
        return Ok(0);
    }
    let distance = text.parse().ok().filter(|&distance| distance != 0);
    distance.ok_or_else(|| no_distance(text)).and_then(|distance| check(distance).map(|()| distance))
}

/// Whether a kernel can ask so many bytes ahead, 0 for not at all.
pub(super) fn check(distance: u16) -> Result<(), Diagnostic> {
    if distance <= FARTHEST && distance.is_multiple_of(STEP) { Ok(()) } else { Err(no_distance(distance)) }
}

fn no_distance(given: impl std::fmt::Display) -> Diagnostic {
    let problem = format!("lines cannot be asked for `{given}` bytes ahead");
    Diagnostic::new(
        Field::Prefetch,
        problem,
        format!("choose a multiple of {STEP} up to {FARTHEST}, or none"),
    )
}

/// How far ahead a kernel asks where the user says nothing.
pub(super) fn usual(spec: &KernelSpec, core: &Core) -> u16 {
    match &core.prefetch {
        Some(rule) if !rule.hardware && beyond_l1(spec, core) => rule.distance,
        _ => 0,
    }
}

/// Whether the panels of a call come from farther away than L1, at the usual depth.
fn beyond_l1(spec: &KernelSpec, core: &Core) -> bool {
    let panel = spec.rhs_layout().block_bytes() * DEPTH / usize::from(spec.k_block);
    let panels = panel * usize::from(spec.tile.n / spec.register_tile.n);
    let rows = usize::from(spec.tile.m) * DEPTH * spec.lhs.bytes();
    spec.tile.m == 1 || panels + rows > core.memory.l1d as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Request, compile};
    use qgen_spec::{Operand, Range, Tile};

    /// A Cortex-A53 without the hardware that follows streams.
    fn alone() -> Core {
        let text = "name = \"alone\"\ntitle = \"Alone\"\nlike = \"cortex-a53\"\n[prefetch]\nhardware = false\n\
                    distance = 256\nsource = \"made up\"";
        Core::from_toml(text).unwrap()
    }

    fn chosen(request: &Request, core: &Core) -> u16 {
        compile(request, core).unwrap().plan().spec.prefetch
    }

    #[test]
    fn the_table_and_the_caches_decide() {
        let four = Operand::Int(Range::signed(4).unwrap());
        let tile = |m, n| Request { lhs: four, rhs: four, tile: Some(Tile::new(m, n)), ..Request::floats() };
        let floats = Request { tile: Some(Tile::new(8, 16)), ..Request::floats() };
        let alone = alone();
        // A weight is read once; panels of 8 columns fit; 8 rows and 16 columns of floats are 48 KB.
        let found = [tile(1, 8), tile(8, 8), floats.clone()].map(|request| chosen(&request, &alone));
        assert_eq!(found, [256, 0, 256]);
        let none = Request { prefetch: Some(0), ..tile(1, 8) };
        assert_eq!(chosen(&none, &alone), 0);
        for core in Core::names() {
            let core = Core::built_in(core).unwrap();
            assert_eq!(
                [tile(1, 8), floats.clone()].map(|request| chosen(&request, &core)),
                [0, 0],
                "{}",
                core.name
            );
        }
    }

    #[test]
    fn distances_are_read_or_explained() {
        assert_eq!(read_prefetch("none"), Ok(0));
        assert_eq!(read_prefetch("64"), Ok(64));
        assert_eq!(read_prefetch("4096"), Ok(4096));
        for text in ["0", "63", "100", "4160", "65600", "-64", "far", ""] {
            let said = read_prefetch(text).unwrap_err().to_string();
            assert!(said.starts_with("prefetch: ") && said.contains("multiple of 64 up to 4096"), "{said}");
        }
    }
}
