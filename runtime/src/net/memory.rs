//! Where the values between layers lie: in one piece of memory, which values share that do not live at the same time.

use crate::buffer::ALIGN;
use qgen_spec::SizeOverflow;
use std::ops::Range;

/// A value that needs memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Value {
    pub(super) bytes: usize,
    /// The step that writes it.
    pub(super) first: usize,
    /// The last step that reads it; the value may not be overwritten before that has ended.
    pub(super) last: usize,
}

impl Value {
    fn meets(&self, other: &Value) -> bool {
        self.first <= other.last && other.first <= self.last
    }
}

/// The bytes of each value, each beginning at a cache line, and how many there are in all.
///
/// The largest value is placed first, each in the first gap among those that live at the same time: *greedy by size* of
/// Pisarchyk and Lee, *Efficient Memory Management for Deep Neural Net Inference*, arXiv 2001.03288.
///
/// # Errors
/// If that is more than the address space.
pub(super) fn plan(values: &[Value]) -> Result<(Vec<Range<usize>>, usize), SizeOverflow> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by_key(|&at| (std::cmp::Reverse(values[at].bytes), at));
    let mut places = vec![0..0; values.len()];
    let mut placed: Vec<usize> = Vec::new();
    let mut end = 0;
    for at in order {
        let value = &values[at];
        let mut others: Vec<Range<usize>> = placed
            .iter()
            .filter(|&&other| value.meets(&values[other]))
            .map(|&other| places[other].clone())
            .collect();
        others.sort_by_key(|range| range.start);
        let mut start = 0usize;
        for other in others {
            let fits = |end: usize| end <= other.start;
            if start.checked_add(value.bytes).is_some_and(fits) {
                break;
            }
            start = start.max(other.end.checked_next_multiple_of(ALIGN).ok_or(SizeOverflow)?);
        }
        let stop = start
            .checked_add(value.bytes)
            .filter(|&stop| isize::try_from(stop).is_ok())
            .ok_or(SizeOverflow)?;
        places[at] = start..stop;
        placed.push(at);
        end = end.max(stop);
    }
    Ok((places, end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn value() -> impl Strategy<Value = Value> {
        (0usize..5000, 0usize..12, 0usize..4).prop_map(|(bytes, first, life)| Value {
            bytes,
            first,
            last: first + life,
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn values_that_live_together_lie_apart(values in proptest::collection::vec(value(), 0..20)) {
            let (places, end) = plan(&values).unwrap();
            for (a, value) in values.iter().enumerate() {
                prop_assert_eq!(places[a].len(), value.bytes);
                prop_assert!(places[a].start % ALIGN == 0 && places[a].end <= end);
                for b in (0..a).filter(|&b| value.meets(&values[b])) {
                    prop_assert!(places[a].end <= places[b].start || places[b].end <= places[a].start
                        || places[a].is_empty() || places[b].is_empty());
                }
            }
            let padded = |value: &Value| value.bytes.next_multiple_of(ALIGN);
            prop_assert!(end <= values.iter().map(padded).sum());
        }
    }

    #[test]
    fn a_chain_needs_two_neighbours_at_a_time() {
        let value = |bytes, first| Value { bytes, first, last: first + 1 };
        let (places, end) = plan(&[value(640, 0), value(64, 1), value(320, 2), value(64, 3)]).unwrap();
        assert_eq!(places, [0..640, 640..704, 0..320, 320..384]);
        assert_eq!(end, 704);
        let large = Value { bytes: usize::MAX / 2, first: 0, last: 0 };
        assert!(plan(&[large, large, large]).is_err());
    }
}
