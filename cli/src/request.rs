//! The options that describe a kernel, shared by several commands.

use qgen::{Choice, Request};
use qgen_spec::{Diagnostic, Diagnostics, Field, Isa, Operand, Range, Strategy, Tile};

/// What kernel is wanted. What is left out is chosen by the model.
#[derive(clap::Args, Clone, Debug, Default)]
pub(crate) struct KernelArgs {
    /// Width of both sides: −2^(bits−1) ..= 2^(bits−1)−1, stored signed.
    #[arg(long, value_name = "BITS")]
    pub(crate) bits: Option<u32>,
    /// Range of the left side, in place of --bits, for example -7..=7.
    #[arg(long, value_name = "LO..=HI", allow_hyphen_values = true)]
    pub(crate) lhs: Option<String>,
    /// Range of the right side, in place of --bits, for example 0..=15.
    #[arg(long, value_name = "LO..=HI", allow_hyphen_values = true)]
    pub(crate) rhs: Option<String>,
    /// Rows and columns of one call, for example 8x8.
    #[arg(long, value_name = "MxN")]
    pub(crate) tile: Option<String>,
    /// How products are summed: widen, widenouter, wideninner, byte, fip, pair8 or f32.
    #[arg(long)]
    pub(crate) strategy: Option<String>,
    /// The instruction-set level that may be used.
    #[arg(long)]
    pub(crate) isa: Option<String>,
    /// k-blocks per iteration of the main loop: 1, 2, 4, 8 or 16.
    #[arg(long)]
    pub(crate) unroll: Option<u16>,
}

impl KernelArgs {
    /// Whether any option is given.
    pub(crate) fn is_given(&self) -> bool {
        let KernelArgs { bits, lhs, rhs, tile, strategy, isa, unroll } = self;
        bits.is_some() || unroll.is_some() || [lhs, rhs, tile, strategy, isa].into_iter().any(Option::is_some)
    }

    /// The options as one writes them, those that are implied included.
    pub(crate) fn spelled_out(&self) -> String {
        let KernelArgs { bits, lhs, rhs, tile, strategy, isa, unroll } = self;
        let floats = strategy.as_deref() == Some(Strategy::F32.as_str());
        let implied = bits.is_none() && lhs.is_none() && rhs.is_none() && !floats;
        let bits = bits.or(implied.then_some(4)).map(|bits| bits.to_string());
        let unroll = unroll.map(|unroll| unroll.to_string());
        [
            ("bits", &bits),
            ("lhs", lhs),
            ("rhs", rhs),
            ("tile", tile),
            ("strategy", strategy),
            ("isa", isa),
            ("unroll", &unroll),
        ]
        .into_iter()
        .filter_map(|(option, value)| Some(format!("--{option} {}", value.as_ref()?)))
        .collect::<Vec<_>>()
        .join(" ")
    }

    /// The request, with every error at once. Without any option: 4 bits.
    pub(crate) fn request(&self) -> Result<Request, Diagnostics> {
        let mut errors = Vec::new();
        let mut note = |e: Diagnostic| errors.push(e);
        let strategy = self.strategy.as_deref().and_then(|s| Choice::parse(s).map_err(&mut note).ok());
        let (lhs, rhs) = if strategy == Some(Choice::One(Strategy::F32)) {
            (Some(Operand::F32), Some(Operand::F32))
        } else {
            let bits = match self.bits {
                None if self.lhs.is_none() && self.rhs.is_none() => Some(4),
                bits => bits,
            };
            let both = bits.and_then(|bits| match Range::signed(bits) {
                Some(range) => Some(Operand::Int(range)),
                None => {
                    let problem = format!("{bits} bits are not possible");
                    note(Diagnostic::new(
                        Field::Bits,
                        problem,
                        "choose 2 to 8, or give --lhs and --rhs ranges",
                    ));
                    None
                }
            });
            let mut side = |text: &Option<String>, field: Field| match text {
                Some(text) => Range::parse(text, field).map(Operand::Int).map_err(&mut note).ok(),
                None if both.is_none() && bits.is_none() => {
                    let help = "give --bits, or both --lhs and --rhs";
                    note(Diagnostic::new(field, "this side has no range", help));
                    None
                }
                None => both,
            };
            (side(&self.lhs, Field::Lhs), side(&self.rhs, Field::Rhs))
        };
        let tile = self.tile.as_deref().and_then(|t| t.parse::<Tile>().map_err(&mut note).ok());
        let isa = self.isa.as_deref().and_then(|i| i.parse::<Isa>().map_err(&mut note).ok());
        match (lhs, rhs) {
            (Some(lhs), Some(rhs)) if errors.is_empty() => {
                Ok(Request { lhs, rhs, tile, strategy, isa, unroll: self.unroll })
            }
            _ => Err(Diagnostics(errors)),
        }
    }
}
