//! The networks that are counted: of floats and of every width, as files of qgen-runtime.

use super::{FOUR_ALL, numbers};
use crate::candidate::{Candidate, FLOAT};
use crate::data::Digits;
use crate::error::{Error, Result};
use crate::files;
use crate::model::Model;
use crate::quantise::{Integer, Quantised, named};
use crate::report::DEFAULT;
use crate::task::Task;
use crate::text::net::Lines;
use qgen_runtime::net::write;
use std::path::Path;

/// Examples that scales are chosen by where a width was not trained: what is executed does not depend on them.
const EXAMPLES: usize = 4;

/// Writes a file for every task and width into a folder: `digit-float.safetensors`, `line-4.6.safetensors`. Networks of `committed`
/// are taken as they are; widths that are not there are rounded from floats without any training, which changes their answers and not
/// what is executed. `digits`: examples for their scales.
///
/// # Errors
/// If there is no network of floats of a task, or a file cannot be written.
pub fn write_networks(committed: &[Candidate], digits: &Digits, folder: &Path) -> Result<()> {
    for task in Task::ALL {
        let find = |numbers: &str| {
            let is = |c: &&Candidate| c.task() == task && c.numbers() == numbers && c.reading() == DEFAULT;
            committed.iter().find(is)
        };
        let Some(floats @ Candidate::Float(model)) = find(FLOAT) else {
            let problem = format!("no network of floats for {task:?} of the reading {DEFAULT:?}");
            return Err(Error::of("models", problem));
        };
        let name = |numbers: &str| folder.join(format!("{}-{numbers}.safetensors", task.name()));
        save(floats, &name(FLOAT))?;
        for numbers in numbers().filter(|numbers| *numbers != FLOAT) {
            match find(numbers) {
                Some(network) => save(network, &name(numbers))?,
                None => save(&Candidate::Integer(rounded(model, numbers, digits)?), &name(numbers))?,
            }
        }
    }
    Ok(())
}

fn save(network: &Candidate, path: &Path) -> Result<()> {
    let mut bytes = Vec::new();
    write(&network.runnable()?, &[], &mut bytes).map_err(|e| Error::of(path.display(), e))?;
    files::write(path, &bytes, false)
}

fn rounded(model: &Model, numbers: &str, digits: &Digits) -> Result<Integer> {
    let (width, all) = if numbers == FOUR_ALL { (named("4")?, true) } else { (named(numbers)?, false) };
    let mut quantised = Quantised::new(model, width, all);
    let digits = digits.part(0, EXAMPLES.min(digits.count()));
    let lines = Lines { count: EXAMPLES };
    while match model.recipe.task {
        Task::Digit => quantised.advance(&digits, Some(0), || {})?,
        Task::Line => quantised.advance(&lines, Some(0), || {})?,
    } {}
    Integer::of(&quantised)
}
