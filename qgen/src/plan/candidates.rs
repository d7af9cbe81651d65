//! What is worth trying for given operands: every strategy with tiles of every kind.

use super::tiles::all_tiles;
use super::{Choice, Request};
use qgen_spec::{Operand, Strategy};

/// The strategies that `request` leaves open: the one that it names, else all that multiply its kind of
/// operands, in the order of listings. Whether they can hold the ranges is for [`plan`](super::plan()) to
/// say.
pub fn open_strategies(request: &Request) -> Vec<Strategy> {
    match request.strategy {
        Some(Choice::One(strategy)) => vec![strategy],
        Some(Choice::Widen) => vec![Strategy::WidenInner, Strategy::WidenOuter],
        None => {
            let floats = request.lhs == Operand::F32;
            Strategy::ALL.iter().copied().filter(|&s| (s == Strategy::F32) == floats).collect()
        }
    }
}

/// Requests for every kernel that `request` leaves open and that could be the fastest at some shape:
/// each with one strategy and one tile. A tile is one register tile; or several of them, so that a call
/// costs less beside its work; or one row, for products with a vector.
pub fn candidates(request: &Request) -> Vec<Request> {
    open_strategies(request)
        .into_iter()
        .flat_map(|strategy| {
            let tiles = match request.tile {
                Some(tile) => vec![tile],
                None => all_tiles(strategy),
            };
            tiles.into_iter().map(move |tile| (strategy, tile))
        })
        .map(|(strategy, tile)| Request {
            strategy: Some(Choice::One(strategy)),
            tile: Some(tile),
            ..request.clone()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::Core;
    use crate::plan;
    use qgen_spec::{Range, Tile};

    #[test]
    fn candidates_differ_and_each_is_complete() {
        for request in [Request::of(Range::signed(4).unwrap()), Request::floats()] {
            let all = candidates(&request);
            for (n, one) in all.iter().enumerate() {
                assert!(one.tile.is_some() && one.strategy.is_some());
                assert!(!all[..n].contains(one), "{one:?} twice");
            }
        }
        let fixed = Request {
            tile: Some(Tile::new(3, 3)),
            strategy: Some(Choice::Widen),
            ..Request::of(Range::signed(4).unwrap())
        };
        assert_eq!(candidates(&fixed).len(), 2);
    }

    #[test]
    fn every_kind_of_tile_can_be_planned() {
        // It has every instruction, and two bits fit every strategy.
        let core = Core::built_in("neoverse-v1").unwrap();
        let two = Request::of(Range::signed(2).unwrap());
        for request in candidates(&two).iter().chain(&candidates(&Request::floats())) {
            plan(request, &core).unwrap_or_else(|e| panic!("{request:?}: {e}"));
        }
    }
}
