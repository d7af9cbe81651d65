//! Machine words.

use super::flat::{Item, flatten};
use crate::isa::{encode, encode_branch};
use crate::program::{Machine, Program};
use std::collections::HashMap;

/// The program as words, position independent.
pub fn words(program: &Program<Machine>) -> Vec<u32> {
    let items = flatten(program);
    let mut labels = HashMap::new();
    let mut at = 0;
    for item in &items {
        match item {
            Item::Label(label) => {
                labels.insert(*label, at);
            }
            Item::Inst(_) | Item::Branch(..) => at += 1,
            Item::Begin(_) | Item::SteadyBegin | Item::SteadyEnd => {}
        }
    }
    let mut words = Vec::with_capacity(at as usize);
    for item in &items {
        match item {
            Item::Inst(inst) => words.push(encode(inst)),
            Item::Branch(branch, label) => {
                let target: i32 = labels.get(label).copied().unwrap_or(0);
                words.push(encode_branch(*branch, target - words.len() as i32));
            }
            Item::Label(_) | Item::Begin(_) | Item::SteadyBegin | Item::SteadyEnd => {}
        }
    }
    words
}
