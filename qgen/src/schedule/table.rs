//! What is taken of a core in each cycle of an interval that repeats.

use crate::core::{Core, Kind, Uop};
use crate::isa::Class;

/// Slots of the front end and units, cycle by cycle; the last cycle is followed by the first.
pub(super) struct Table<'a> {
    core: &'a Core,
    slots: Vec<u32>,
    units: Vec<u16>,
}

impl<'a> Table<'a> {
    /// Empty but for the branch at the end.
    pub(super) fn new(core: &'a Core, interval: u32) -> Table<'a> {
        let rows = interval as usize;
        let mut table = Table { core, slots: vec![0; rows], units: vec![0; rows] };
        table.take(rows - 1, Class::Branch);
        table
    }

    /// Whether an instruction of `class` can issue in a cycle beside what is taken already. One that
    /// takes all slots of a cycle, or of several, issues alone.
    pub(super) fn is_free(&self, row: usize, class: Class) -> bool {
        let cost = self.core.cost(class);
        let (width, rows) = (u32::from(self.core.width), self.slots.len());
        let mut left = u32::from(cost.slots);
        let mut at = row;
        while left > 0 {
            let now = left.min(width);
            if at == row + rows || self.slots[at % rows] + now > width {
                return false;
            }
            // Out of order, µops are dispatched whenever there is room.
            left = if self.core.kind == Kind::InOrder { left - now } else { 0 };
            at += 1;
        }
        let mut claimed = 0;
        for uop in &cost.uops {
            match self.unit(row, uop, claimed) {
                Some(unit) => claimed |= unit,
                None => return false,
            }
        }
        true
    }

    /// A unit, as a bit, that is free for a µop. As in the model, multipliers are the last to be taken.
    fn unit(&self, row: usize, uop: &Uop, claimed: u16) -> Option<u16> {
        let rows = self.units.len();
        let mut used = claimed;
        for n in 0..usize::from(uop.busy) {
            used |= self.units[(row + n) % rows];
        }
        let open = uop.units & !used;
        (open != 0 && usize::from(uop.busy) <= rows).then(|| 1 << (15 - open.leading_zeros()))
    }

    /// Takes what an instruction of `class` needs from this cycle on.
    pub(super) fn take(&mut self, row: usize, class: Class) {
        let cost = self.core.cost(class);
        let (width, rows) = (u32::from(self.core.width), self.slots.len());
        let (mut left, mut at) = (u32::from(cost.slots), row);
        while left > 0 {
            let now = left.min(width);
            self.slots[at % rows] += now;
            (left, at) = (left - now, at + 1);
        }
        for uop in &cost.uops {
            let unit = self.unit(row, uop, 0).unwrap_or(0);
            for n in 0..usize::from(uop.busy) {
                self.units[(row + n) % rows] |= unit;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cycles_are_taken_by_the_rules_of_the_core() {
        let core = Core::built_in("cortex-a53").unwrap();
        let mut table = Table::new(&core, 2);
        assert!(table.is_free(1, Class::Mul) && !table.is_free(1, Class::LoadQ), "the branch is there");
        table.take(1, Class::Mul);
        assert!(!table.is_free(1, Class::IntAlu), "two slots");
        assert!(table.is_free(0, Class::LoadQ));
        table.take(0, Class::LoadD);
        assert!(
            table.is_free(0, Class::Mul)
                && !table.is_free(0, Class::LoadQ)
                && !table.is_free(0, Class::LoadD)
        );
        let core = Core::built_in("cortex-a72").unwrap();
        let mut table = Table::new(&core, 3);
        // A byte multiply keeps its unit for two cycles, the last of them the first again.
        table.take(2, Class::Mul);
        assert!(table.is_free(1, Class::MulLong) && !table.is_free(1, Class::Mul));
        assert!(!table.is_free(0, Class::MulLong));
    }
}
