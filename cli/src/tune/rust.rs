//! Winners as Rust: `#[qkernel]` lines that a program can have as they are.
//!
//! A line names what the planner would not choose by itself and nothing else. It is given out only when
//! the compiler, asked for exactly that, makes the very kernel that won.

use super::{Outcome, Target};
use qgen::core::Core;
use qgen::{Choice, Request, compile};
use qgen_spec::{End, Isa, KernelSpec, Operand};
use std::fmt::Write;

/// The macro's keys for `request` on `core`.
fn keys(request: &Request, core: &Core) -> String {
    let side = |side: Operand| match side {
        Operand::Binary => "binary".to_string(),
        side => side.to_string(),
    };
    let mut keys = Vec::new();
    if request.lhs != Operand::F32 {
        keys.extend([format!("lhs = {}", side(request.lhs)), format!("rhs = {}", side(request.rhs))]);
    }
    keys.extend(request.tile.map(|tile| format!("tile = {tile}")));
    if let Some(Choice::One(strategy)) = request.strategy {
        keys.push(format!("strategy = {strategy}"));
    }
    // The macro's default.
    keys.extend(request.isa.filter(|&isa| isa != Isa::Neon).map(|isa| format!("isa = {isa}")));
    keys.extend(request.unroll.map(|unroll| format!("unroll = {unroll}")));
    if request.short {
        keys.push("short_k = true".into());
    }
    if request.per_byte > 1 {
        keys.push(format!("per_byte = {}", request.per_byte));
    }
    keys.extend(request.prefetch.map(|bytes| format!("prefetch = {bytes}")));
    if request.end != End::Sums {
        keys.push(format!("output = \"{}\"", request.end));
    }
    keys.push(format!("core = \"{}\"", core.name));
    keys.join(", ")
}

/// The attribute that makes the kernel `spec`; none, where no attribute does: the macro knows the
/// built-in cores, and takes what the planner likes best for its keys.
pub(super) fn attribute(spec: &KernelSpec, core: &Core) -> Option<String> {
    let is_built_in = Core::names().any(|name| name == core.name);
    if !is_built_in || spec.core != core.name {
        return None;
    }
    let best = core.isa.iter().copied().max().unwrap_or(Isa::Neon);
    let requests = [spec.isa(), best].into_iter().flat_map(|isa| {
        [None, Some(spec.unroll)].map(|unroll| Request {
            lhs: spec.lhs,
            rhs: spec.rhs,
            tile: Some(spec.tile),
            strategy: Some(Choice::One(spec.strategy)),
            isa: Some(isa),
            unroll,
            short: spec.short,
            end: spec.end,
            per_byte: spec.per_byte.max(1),
            prefetch: (spec.prefetch > 0).then_some(spec.prefetch),
        })
    });
    let makes_it = |request: &Request| compile(request, core).is_ok_and(|kernel| kernel.plan().spec == *spec);
    let request = requests.into_iter().find(makes_it)?;
    Some(format!("#[qkernel({})]", keys(&request, core)))
}

/// What makes the kernel of this name: an attribute, or in words the command.
pub(super) fn how_to_make(name: &str, core: &Core) -> String {
    let attribute = name.parse().ok().and_then(|spec| attribute(&spec, core));
    attribute.unwrap_or_else(|| {
        let file = if Core::names().any(|known| known == core.name) { "" } else { " --core-file FILE" };
        format!("qgen emit {name}{file} --format rust")
    })
}

/// What stands above the first kernel.
pub(crate) const HEAD: &str = "// Winners of `qgen tune --emit-rust`.\n\nuse qgen_runtime::qkernel;\n";

/// The winners for the operands that were asked for, each with the shapes that it wins.
pub(crate) fn items(outcomes: &[Outcome], target: &Target) -> String {
    let measured = target.is_measured();
    let mut names: Vec<&str> = Vec::new();
    for outcome in outcomes {
        let name = outcome.asked.best.kernel.as_str();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let (mut text, mut types) = (String::new(), Vec::new());
    for name in names {
        let won: Vec<&Outcome> = outcomes.iter().filter(|o| o.asked.best.kernel == name).collect();
        let speeds = won.iter().map(|o| match measured {
            true => o.shape.macs() / o.asked.best.cost(true),
            false => o.asked.best.modelled_macs_per_cycle,
        });
        let unit = if measured { "GMAC/s, measured" } else { "MAC/cycle, modelled" };
        let shapes = match &won[..] {
            [one] => one.shape.sides(),
            _ => format!("{} of {} shapes", won.len(), outcomes.len()),
        };
        let span = super::table::span(speeds);
        let spec = name.parse::<KernelSpec>().ok();
        let attribute = spec.as_ref().and_then(|spec| attribute(spec, &target.core));
        text.push('\n');
        match spec.zip(attribute) {
            Some((spec, attribute)) => {
                let name = type_name(&spec, &mut types);
                writeln!(text, "/// `{spec}`: fastest at {shapes} on {}; {span} {unit}.", target.name)
                    .and_then(|()| writeln!(text, "{attribute}\npub struct {name};"))
            }
            None => writeln!(
                text,
                "// Fastest at {shapes} on {}, {span} {unit}; no attribute makes it:\n//     {}",
                target.name,
                how_to_make(name, &target.core)
            ),
        }
        .expect("writing to a string");
    }
    text
}

/// `Fip8x8CortexA72`; a number more, where that is taken.
fn type_name(spec: &KernelSpec, taken: &mut Vec<String>) -> String {
    let mut name = String::new();
    for word in
        [spec.strategy.as_str(), &spec.tile.to_string()].into_iter().chain(spec.core.split(['-', '_']))
    {
        let mut letters = word.chars();
        name.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        name.push_str(letters.as_str());
    }
    let mut unique = name.clone();
    for number in 2.. {
        if !taken.contains(&unique) {
            break;
        }
        unique = format!("{name}No{number}");
    }
    taken.push(unique.clone());
    unique
}

#[cfg(test)]
mod tests {
    use super::super::contest::Contest;
    use super::*;
    use qgen::plan::{Sides, read_per_byte, read_prefetch, read_short_k, read_unroll};
    use qgen_spec::Field;

    /// Reads a line as the macro does: the same keys by the same readers, and the same defaults.
    fn read(line: &str) -> (Request, Core) {
        let keys = line.strip_prefix("#[qkernel(").and_then(|rest| rest.strip_suffix(")]")).expect(line);
        let (mut sides, mut core) = (Sides::default(), None);
        let mut request = Request { isa: Some(Isa::Neon), ..Request::floats() };
        for entry in keys.split(", ") {
            let (key, value) = entry.split_once(" = ").expect(entry);
            match key {
                "lhs" => sides.give(Field::Lhs, value),
                "rhs" => sides.give(Field::Rhs, value),
                "tile" => request.tile = Some(value.parse().unwrap()),
                "strategy" => request.strategy = Some(Choice::parse(value).unwrap()),
                "isa" => request.isa = Some(value.parse().unwrap()),
                "unroll" => request.unroll = Some(read_unroll(value).unwrap()),
                "short_k" => request.short = read_short_k(value).unwrap(),
                "per_byte" => request.per_byte = read_per_byte(value).unwrap(),
                "prefetch" => request.prefetch = Some(read_prefetch(value).unwrap()),
                "core" => core = Some(Core::built_in(value.trim_matches('"')).unwrap()),
                _ => panic!("there is no key {key}"),
            }
        }
        if !sides.is_empty() {
            let mut errors = Vec::new();
            let (lhs, rhs) = sides.operands(true, &mut errors);
            assert!(errors.is_empty(), "{errors:?}");
            (request.lhs, request.rhs) = (lhs.unwrap(), rhs.unwrap());
        }
        (request, core.expect(line))
    }

    #[test]
    fn lines_name_what_cannot_be_left_out() {
        let a72 = Core::built_in("cortex-a72").unwrap();
        let four = Operand::of_bits(4).unwrap();
        let fip = Request {
            strategy: Some(Choice::One(qgen_spec::Strategy::Fip)),
            tile: Some("8x8".parse().unwrap()),
            lhs: four,
            rhs: four,
            ..Request::floats()
        };
        for (request, line) in [
            (
                fip.clone(),
                "#[qkernel(lhs = -8..=7, rhs = -8..=7, tile = 8x8, strategy = fip, core = \"cortex-a72\")]",
            ),
            (
                Request { per_byte: 2, tile: Some("4x4".parse().unwrap()), ..fip.clone() },
                "#[qkernel(lhs = -8..=7, rhs = -8..=7, tile = 4x4, strategy = fip, per_byte = 2, core = \"cortex-a72\")]",
            ),
            (
                Request { prefetch: Some(256), tile: Some("1x8".parse().unwrap()), ..fip.clone() },
                "#[qkernel(lhs = -8..=7, rhs = -8..=7, tile = 1x8, strategy = fip, prefetch = 256, core = \"cortex-a72\")]",
            ),
            (
                Request {
                    strategy: Some(Choice::One(qgen_spec::Strategy::F32)),
                    tile: Some("8x8".parse().unwrap()),
                    ..Request::floats()
                },
                "#[qkernel(tile = 8x8, strategy = f32, core = \"cortex-a72\")]",
            ),
        ] {
            let spec = compile(&request, &a72).unwrap().plan().spec.clone();
            assert_eq!(attribute(&spec, &a72).unwrap(), line);
        }
        let short = Request { short: true, ..fip };
        let spec = compile(&short, &a72).unwrap().plan().spec.clone();
        assert!(attribute(&spec, &a72).unwrap().contains("short_k = true"));
    }

    /// Whatever could win is made by its line, or has none; nearly all have one.
    #[test]
    fn compiler_every_line_makes_the_very_kernel() {
        let side = |text: &str| Operand::parse(text, Field::Lhs).unwrap();
        let bits = |bits| Operand::of_bits(bits).unwrap();
        let of = |lhs, rhs| Request { lhs, rhs, ..Request::floats() };
        for (core, request) in [
            ("cortex-a72", of(bits(4), bits(4))),
            ("cortex-a53", of(bits(1), bits(1))),
            ("cortex-a72", Request { per_byte: 2, ..of(bits(4), bits(4)) }),
            ("cortex-a72", Request { short: true, ..of(bits(3), bits(3)) }),
            ("neoverse-n1", of(bits(8), bits(8))),
            ("neoverse-v1", of(side("0..=255"), bits(8))),
            ("neoverse-v1", of(side("0..=15"), side("-7..=7"))),
            ("cortex-a53", Request::floats()),
        ] {
            let core = Core::built_in(core).unwrap();
            let target = Target { name: core.name.clone(), core: core.clone(), clock: None };
            let contest = Contest::new(&request, &target).unwrap();
            let mut with_line = 0;
            for entrant in &contest.entrants {
                let spec = &entrant.kernel.plan().spec;
                let Some(line) = attribute(spec, &core) else { continue };
                let (asked, on) = read(&line);
                let made = compile(&asked, &on).unwrap();
                assert_eq!(made.name(), entrant.kernel.name(), "{line}");
                with_line += 1;
            }
            let all = contest.entrants.len();
            assert!(with_line > 0 && with_line * 10 >= all * 9, "{}: {with_line} of {all}", core.name);
        }
    }

    #[test]
    fn a_core_of_ones_own_has_no_line() {
        let mut core = Core::built_in("cortex-a72").unwrap();
        core.name = "my-core".into();
        let kernel = compile(
            &Request {
                lhs: Operand::of_bits(4).unwrap(),
                rhs: Operand::of_bits(4).unwrap(),
                ..Request::floats()
            },
            &core,
        )
        .unwrap();
        assert_eq!(attribute(&kernel.plan().spec, &core), None);
        assert!(how_to_make(kernel.name(), &core).starts_with("qgen emit qgen_"));
        assert!(how_to_make(kernel.name(), &core).contains("--core-file"));
    }

    #[test]
    fn types_have_names_of_their_own() {
        let spec: KernelSpec = "qgen_fip_8x8_lm8to7_rm8to7neg_t4x4k32u1_cortex_a72".parse().unwrap();
        let mut taken = Vec::new();
        let names: Vec<String> = (0..3).map(|_| type_name(&spec, &mut taken)).collect();
        assert_eq!(names, ["Fip8x8CortexA72", "Fip8x8CortexA72No2", "Fip8x8CortexA72No3"]);
    }
}
