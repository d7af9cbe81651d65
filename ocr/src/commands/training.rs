//! What trainings have in common: a checkpoint after every epoch, a model at the end.

use crate::error::{Error, Result};
use crate::files;
use crate::graph::Network;
use crate::metrics::Threshold;
use crate::model::Model;
use crate::train::{Examples, Recipe, Training};
use std::path::{Path, PathBuf};

/// A training, new or resumed, and where its files are.
pub(super) struct Begun<'a> {
    training: Training,
    part: PathBuf,
    out: &'a Path,
    force: bool,
}

/// The training for the model's file `out`; where a checkpoint is, it is gone on with.
///
/// # Errors
/// If a file is in the way.
pub(super) fn begun(recipe: Recipe, out: &Path, force: bool) -> Result<Begun<'_>> {
    files::check_free(out, force)?;
    let mut part = out.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    Ok(Begun { training: resumed(&part, recipe, force)?, part, out, force })
}

fn resumed(part: &Path, recipe: Recipe, force: bool) -> Result<Training> {
    if !part.exists() {
        return Ok(Training::new(recipe));
    }
    match Training::load(recipe.task, part) {
        Ok(training) if *training.recipe() == recipe => {
            eprintln!("note: {}: going on after epoch {}", part.display(), training.epochs_done());
            Ok(training)
        }
        _ if force => Ok(Training::new(recipe)),
        Ok(training) => {
            let other = training.recipe();
            let problem = format!(
                "it is the checkpoint of another training (layer {}, blur {}, seed {}, {} epochs); finish that one, or give \
                 --force to begin anew",
                other.layer, other.blur, other.seed, other.epochs
            );
            Err(Error::of(part.display(), problem))
        }
        Err(problem) => Err(Error::of(problem, "give --force to begin anew")),
    }
}

impl Begun<'_> {
    /// Trains to the end and writes the model. `judge` says something of validation data for people, and the threshold
    /// from them.
    ///
    /// # Errors
    /// If a file cannot be written, or weights came to be no numbers.
    pub(super) fn finish(
        self,
        examples: &impl Examples,
        judge: impl Fn(&Network<f32>) -> (String, Threshold),
    ) -> Result<()> {
        let Begun { mut training, part, out, force } = self;
        let epochs = training.recipe().epochs;
        let bar = super::bar(examples.count(), "examples");
        while !training.is_finished() {
            bar.set_prefix(format!("epoch {}/{epochs}", training.epochs_done() + 1));
            bar.reset();
            let loss = training.epoch(examples, |seen| bar.set_position(seen as u64));
            training.save(&part)?;
            let (said, _) = judge(training.net());
            let said = format!("epoch {}: loss {loss:.4}, validation {said}", training.epochs_done());
            // Where no bar is drawn, lines still tell how far it is.
            bar.suspend(|| eprintln!("{said}"));
        }
        bar.finish_and_clear();
        let mut model = Model::of(&training)?;
        model.threshold = Some(judge(&model.net).1.doubt());
        model.write(out, force)?;
        std::fs::remove_file(&part).map_err(|e| Error::of(part.display(), e))
    }
}
