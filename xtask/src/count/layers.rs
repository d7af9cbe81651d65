//! Convolutions, and products of matrices with as many multiply-accumulates.

use super::plugin::{Block, Plugin};
use super::program::Program;
use super::subjects::emulated;
use crate::process::Result;
use std::fmt::Write as _;

/// A layer on square images, padded so that the output has as many pixels.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layer {
    /// Its name in the table and in the committed figures.
    pub(crate) what: &'static str,
    size: usize,
    channels: usize,
    out: usize,
    kernel: usize,
    groups: usize,
    bits: u32,
    /// What it may execute at most, in parts of what the product does; none where there is no such product.
    limit: Option<f64>,
}

/// All of them.
pub(crate) const LAYERS: &[Layer] = &[
    Layer {
        what: "3x3, 28x28x32 to 32, 4 bits",
        size: 28,
        channels: 32,
        out: 32,
        kernel: 3,
        groups: 1,
        bits: 4,
        limit: Some(1.12),
    },
    Layer {
        what: "1x1, 28x28x32 to 32, 4 bits",
        size: 28,
        channels: 32,
        out: 32,
        kernel: 1,
        groups: 1,
        bits: 4,
        limit: Some(1.03),
    },
    Layer {
        what: "3x3 depthwise, 28x28x32, 4 bits",
        size: 28,
        channels: 32,
        out: 32,
        kernel: 3,
        groups: 32,
        bits: 4,
        limit: None,
    },
];

/// The cores on which they are counted.
pub(crate) const CORES: [&str; 2] = ["cortex-a53", "cortex-a72"];

/// What was counted of a layer.
#[derive(Clone, Debug, serde::Serialize)]
pub(crate) struct CountedLayer {
    pub(crate) what: &'static str,
    pub(crate) core: &'static str,
    /// How the runtime does it.
    pub(crate) way: String,
    /// Instructions per multiply-accumulate.
    pub(crate) per_mac: f64,
    /// Instructions in parts of those of the product of as many multiply-accumulates.
    pub(crate) of_product: Option<f64>,
}

impl Layer {
    fn macs(&self) -> usize {
        self.size.pow(2) * self.out * self.kernel.pow(2) * self.channels / self.groups
    }

    /// Counts it on `core`.
    ///
    /// # Errors
    /// If the emulator fails, or more is executed than the limit allows.
    pub(crate) fn count(
        &self,
        plugin: &Plugin,
        program: &Program,
        core: &'static str,
    ) -> Result<CountedLayer> {
        let run = |groups: &str| {
            let sizes = [self.size, self.channels, self.out, self.kernel].map(|size| size.to_string());
            let rest = [groups.to_owned(), self.bits.to_string(), "1".into(), core.to_owned()];
            let words: Vec<String> = sizes.into_iter().chain(rest).collect();
            let (printed, blocks) = plugin.run(&program.path, &program.image, emulated(core), &words, &[])?;
            Ok::<_, String>((printed, blocks.iter().map(Block::executed).sum::<i64>() as f64))
        };
        let (printed, executed) = run(&self.groups.to_string())?;
        let way = printed.lines().find_map(|line| line.trim_start().strip_prefix("way "));
        let way = way.and_then(|way| way.split(':').next()).unwrap_or("?").trim().to_owned();
        let of_product = self.limit.map(|_| Ok::<_, String>(executed / run("gemm")?.1)).transpose()?;
        if let (Some(ratio), Some(limit)) = (of_product, self.limit)
            && ratio > limit
        {
            return Err(format!(
                "{} on {core} by {way} executes {ratio:.3} of what a product of as many multiply-accumulates does; \
                 {limit} is allowed",
                self.what
            ));
        }
        let per_mac = executed / self.macs() as f64;
        Ok(CountedLayer { what: self.what, core, way, per_mac, of_product })
    }
}

/// A table of layers.
pub(crate) fn text(all: &[CountedLayer]) -> String {
    let mut text = String::from("\nConvolutions, and what they execute in parts of a product's\n");
    for layer in all {
        let ratio = layer.of_product.map_or("-".into(), |ratio| format!("{ratio:.3}"));
        let (what, core, way) = (layer.what, layer.core, &layer.way);
        writeln!(text, "  {what:<34}{core:<13}{way:<17}{:>8.4}{ratio:>10}", layer.per_mac)
            .expect("writing to a string");
    }
    text
}
