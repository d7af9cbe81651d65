//! The options that describe a kernel, shared by several commands.

use crate::typed;
use qgen::plan::{Sides, read_per_byte, read_prefetch, read_unroll};
use qgen::{Choice, Request};
use qgen_spec::{Diagnostic, Diagnostics, End, Field, Isa, Operand, Strategy, Tile};

/// What kernel is wanted. What is left out is chosen by the model.
#[derive(clap::Args, Clone, Debug, Default)]
pub(crate) struct KernelArgs {
    /// Width of both sides, 1 to 8: −2^(bits−1) ..= 2^(bits−1)−1, stored signed; 1 means −1 or 1.
    #[arg(long, value_name = "BITS", allow_hyphen_values = true)]
    pub(crate) bits: Option<String>,
    /// Levels of both sides around zero, in place of --bits: 23 are -11..=11, "4.6 bits".
    #[arg(long, value_name = "COUNT", allow_hyphen_values = true)]
    pub(crate) levels: Option<String>,
    /// Values of the left side, in place of --bits: -7..=7, or `binary` (-1 or 1), or `ternary`.
    #[arg(long, value_name = "LO..=HI", allow_hyphen_values = true)]
    pub(crate) lhs: Option<String>,
    /// Width of the left side.
    #[arg(long, value_name = "BITS", allow_hyphen_values = true)]
    pub(crate) lhs_bits: Option<String>,
    /// Levels of the left side.
    #[arg(long, value_name = "COUNT", allow_hyphen_values = true)]
    pub(crate) lhs_levels: Option<String>,
    /// Values of the right side, in place of --bits, for example 0..=15.
    #[arg(long, value_name = "LO..=HI", allow_hyphen_values = true)]
    pub(crate) rhs: Option<String>,
    /// Width of the right side.
    #[arg(long, value_name = "BITS", allow_hyphen_values = true)]
    pub(crate) rhs_bits: Option<String>,
    /// Levels of the right side.
    #[arg(long, value_name = "COUNT", allow_hyphen_values = true)]
    pub(crate) rhs_levels: Option<String>,
    /// Rows and columns of one call, for example 8x8.
    #[arg(long, value_name = "MxN", allow_hyphen_values = true)]
    pub(crate) tile: Option<String>,
    /// How products are summed: widen, widenouter, wideninner, byte, fip, pair8, dot, dotouter, mmla,
    /// bits or f32.
    #[arg(long)]
    pub(crate) strategy: Option<String>,
    /// The instruction-set level that may be used: neon, dotprod or i8mm [default: the core's best].
    #[arg(long)]
    pub(crate) isa: Option<String>,
    /// k-blocks per iteration of the main loop: 1, 2, 4, 8 or 16.
    #[arg(long, value_name = "COUNT", allow_hyphen_values = true)]
    pub(crate) unroll: Option<String>,
    /// The form for short k: sums of 16 bits are added up and corrected modulo 2^16 and widened once, as
    /// results, which have to fit.
    #[arg(long)]
    pub(crate) short_k: bool,
    /// What is stored: i32 (the sums), i8 or u8 (requantised), or f32 (scaled) [default: i32, or f32 of floats].
    #[arg(long, value_name = "TYPE", allow_hyphen_values = true)]
    pub(crate) output: Option<String>,
    /// Not supported; here for its error.
    #[arg(long, value_name = "K", hide = true, allow_hyphen_values = true)]
    pub(crate) group_size: Option<String>,
    /// Values of the right side in a byte: 1, 2 or 4, or `any`: the fastest of them by the model, of equals the
    /// narrowest [default: 1]. More cost instructions in registers and save memory traffic, which no model here
    /// sees: they are used only where they are asked for.
    #[arg(long, value_name = "COUNT", allow_hyphen_values = true)]
    pub(crate) per_byte: Option<String>,
    /// How many bytes ahead the main loop asks for lines of the packed right side (prfm): a multiple of 64 up to
    /// 4096, or `none` [default: what the core's table says; none where its hardware follows streams].
    #[arg(long, value_name = "BYTES", allow_hyphen_values = true)]
    pub(crate) prefetch: Option<String>,
}

impl KernelArgs {
    /// The options about the two sides, with what stands behind them.
    fn sides(&self) -> Vec<(Field, String)> {
        [
            (Field::Bits, &self.bits),
            (Field::Levels, &self.levels),
            (Field::Lhs, &self.lhs),
            (Field::LhsBits, &self.lhs_bits),
            (Field::LhsLevels, &self.lhs_levels),
            (Field::Rhs, &self.rhs),
            (Field::RhsBits, &self.rhs_bits),
            (Field::RhsLevels, &self.rhs_levels),
        ]
        .into_iter()
        .filter_map(|(field, text)| Some((field, text.clone()?)))
        .collect()
    }

    /// Whether something is said about the two sides.
    pub(crate) fn names_sides(&self) -> bool {
        !self.sides().is_empty()
    }

    /// Whether any option is given.
    pub(crate) fn is_given(&self) -> bool {
        let others = [
            &self.tile,
            &self.strategy,
            &self.isa,
            &self.unroll,
            &self.per_byte,
            &self.prefetch,
            &self.output,
            &self.group_size,
        ];
        self.short_k || self.names_sides() || others.into_iter().any(Option::is_some)
    }

    /// What is said about the sides; 4 bits where nothing is, unless `strategy` takes floats.
    fn sides_or_default(&self, floats: bool) -> Vec<(Field, String)> {
        let sides = self.sides();
        if sides.is_empty() && !floats { vec![(Field::Bits, "4".into())] } else { sides }
    }

    /// The options as one writes them, those that are implied included.
    pub(crate) fn spelled_out(&self) -> String {
        let floats = self.strategy.as_deref() == Some(Strategy::F32.as_str());
        // A range may be written with spaces and line breaks.
        let side = |(field, text): (Field, String)| match field {
            Field::Lhs | Field::Rhs => {
                (field.as_str(), Operand::parse(&text, field).map_or(text, typed::operand))
            }
            _ => (field.as_str(), text),
        };
        let sides = self.sides_or_default(floats).into_iter().map(side);
        let others = [
            ("tile", self.tile.clone()),
            ("strategy", self.strategy.clone()),
            ("isa", self.isa.clone()),
            ("unroll", self.unroll.clone()),
            ("per_byte", self.per_byte.clone()),
            ("prefetch", self.prefetch.clone()),
            ("output", self.output.clone()),
        ];
        sides
            .chain(others.into_iter().filter_map(|(option, value)| Some((option, value?))))
            .map(|(option, value)| format!("--{} {}", option.replace('_', "-"), typed::quoted(&value)))
            .chain(self.short_k.then(|| "--short-k".to_string()))
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// The request, with every error at once. Without any option: 4 bits.
    pub(crate) fn request(&self) -> Result<Request, Diagnostics> {
        let mut errors = Vec::new();
        let mut note = |e: Diagnostic| errors.push(e);
        let strategy = self.strategy.as_deref().and_then(|s| Choice::parse(s).map_err(&mut note).ok());
        let tile = self.tile.as_deref().and_then(|t| t.parse::<Tile>().map_err(&mut note).ok());
        let isa = self.isa.as_deref().and_then(|i| i.parse::<Isa>().map_err(&mut note).ok());
        let unroll = self.unroll.as_deref().and_then(|u| read_unroll(u).map_err(&mut note).ok());
        if let Some(size) = &self.group_size {
            note(Diagnostic::no_groups(size));
        }
        let end = self.output.as_deref().map(|o| {
            o.parse::<End>().map_err(|mut e| {
                if o.contains(['.', '/']) {
                    e.help.push_str("; a file to write is --out");
                }
                note(e);
            })
        });
        let end = end.and_then(Result::ok).unwrap_or(End::Sums);
        let per_byte =
            self.per_byte.as_deref().map_or(Some(1), |count| read_per_byte(count).map_err(&mut note).ok());
        let prefetch = self.prefetch.as_deref().and_then(|p| read_prefetch(p).map_err(&mut note).ok());
        let floats = strategy == Some(Choice::One(Strategy::F32));
        let (lhs, rhs) = if floats && self.sides().is_empty() {
            (Some(Operand::F32), Some(Operand::F32))
        } else {
            let mut sides = Sides::default();
            for (field, text) in self.sides_or_default(floats) {
                sides.give(field, text);
            }
            sides.operands(true, &mut errors)
        };
        match (lhs, rhs, per_byte) {
            (Some(lhs), Some(rhs), Some(per_byte)) if errors.is_empty() => {
                let short = self.short_k;
                Ok(Request { lhs, rhs, tile, strategy, isa, unroll, short, end, per_byte, prefetch })
            }
            _ => Err(Diagnostics(errors)),
        }
    }
}

#[cfg(test)]
impl KernelArgs {
    /// The options of a line as one types it, one space between two.
    #[track_caller]
    pub(crate) fn typed(line: &str) -> KernelArgs {
        #[derive(clap::Parser)]
        struct Line {
            #[command(flatten)]
            args: KernelArgs,
        }
        let words = ["qgen"].into_iter().chain(line.split_whitespace());
        <Line as clap::Parser>::try_parse_from(words).unwrap_or_else(|e| panic!("{line}: {e}")).args
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_spelled_out_as_they_were_read() {
        let side = |text: &str| Some(text.to_string());
        let args = KernelArgs { lhs: side("-8 ..=\n7"), rhs: side("-1 or 1"), ..KernelArgs::default() };
        assert_eq!(args.spelled_out(), "--lhs -8..=7 --rhs binary");
        let wrong = KernelArgs { lhs: side("a b"), ..KernelArgs::default() };
        assert_eq!(wrong.spelled_out(), "--lhs 'a b'");
    }
}
