//! Choosing a kernel for operands and a machine.
//!
//! The first that applies:
//!
//! 1. `QGEN_OFF=1`, `QGEN_KERNEL=portable`, or no machine code here: a portable kernel.
//! 2. `QGEN_KERNEL=<name>`, if that kernel covers the operands.
//! 3. The tuning file named by `QGEN_TUNING`, if it is for this core: the winner of the nearest shape.
//! 4. Of the kernels that cover the operands and have their instructions here, those for this core, else
//!    for the core that stands for its class, else any; of these the one that costs least at the shape
//!    by the model of its core ([`Cost`]); of those that cost nearly as little the narrowest, and of
//!    equals the one listed first.
//! 5. A portable kernel.
//!
//! Every result is exact whichever is chosen. The answer
//! accepts the operands asked for and no others, also where the kernel's own ranges are wider: what a
//! program may give it, and how deep, does not depend on the machine.

use crate::cpu::{Class, Machine};
use crate::tuning::{Tuning, Warning, Winner, printable};
use crate::{End, Error, Gemm, Kernel, catalog};
use qgen_spec::{Cost, Operand};
use std::path::PathBuf;
use std::sync::OnceLock;

/// Rows, columns and depth of a multiplication.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Rows of the result.
    pub m: usize,
    /// Columns of the result.
    pub n: usize,
    /// Depth.
    pub k: usize,
}

/// Where kernels are compared if no shape is asked for: a point of the grid that is tuned for, a multiple of
/// the sides of nearly all tiles.
const USUAL: Shape = Shape { m: 240, n: 96, k: 512 };

/// Models are not better than this: so much more is the same cost, and what the model leaves out (caches,
/// above all) is for the order of the list to say.
pub(crate) const NEAR: f64 = 1.02;

/// What a kernel is wanted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// The left operand.
    pub lhs: Operand,
    /// The right operand.
    pub rhs: Operand,
    /// The shape, if it is known: it decides among the entries of a tuning file, and among kernels with
    /// tiles of one row and of several.
    pub shape: Option<Shape>,
}

impl Request {
    /// A kernel for these operands and any shape.
    pub const fn new(lhs: Operand, rhs: Operand) -> Request {
        Request { lhs, rhs, shape: None }
    }

    /// The same for a shape.
    #[must_use]
    pub const fn with_shape(mut self, m: usize, n: usize, k: usize) -> Request {
        self.shape = Some(Shape { m, n, k });
        self
    }
}

/// What the environment asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overrides {
    /// `QGEN_KERNEL`: a kernel's name, or `portable`.
    pub kernel: Option<String>,
    /// `QGEN_OFF`: no machine code, unless the variable is empty or `0`.
    pub off: bool,
    /// `QGEN_TUNING`: a tuning file.
    pub tuning: Option<PathBuf>,
}

impl Overrides {
    /// The values of the three variables, as the process was started; read once.
    pub fn from_env() -> &'static Overrides {
        static ENV: OnceLock<Overrides> = OnceLock::new();
        ENV.get_or_init(|| {
            let set = |name| std::env::var_os(name).filter(|value| !value.is_empty());
            Overrides {
                kernel: set("QGEN_KERNEL").map(|value| value.to_string_lossy().into_owned()),
                off: set("QGEN_OFF").is_some_and(|value| value != "0"),
                tuning: set("QGEN_TUNING").map(PathBuf::from),
            }
        })
    }
}

/// The answer.
#[derive(Clone, Debug)]
pub struct Selection {
    /// The kernel to use.
    pub kernel: &'static Kernel,
    /// Why this one.
    pub reason: String,
    /// What covers the operands and has its instructions here, portable kernels and forms for short k left
    /// out: those made for the nearest core first, of these what costs least by the model.
    pub considered: Vec<Considered>,
    /// What was reported and ignored on the way.
    pub warnings: Vec<Warning>,
}

/// A kernel that could have been chosen.
#[derive(Clone, Copy, Debug)]
pub struct Considered {
    /// The kernel.
    pub kernel: &'static Kernel,
    /// How near the core it was made for is to the machine's.
    pub fit: Fit,
    /// Its cycles for the whole shape, by the model of the core that it was made for; `None` where its
    /// maker said nothing.
    pub cycles: Option<f64>,
    /// Its place in the list that was chosen from.
    order: usize,
}

/// How near a kernel's core is to a machine's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fit {
    /// It is the machine's core.
    Core,
    /// It stands for the class of the machine's core.
    Class,
    /// It is another one.
    Other,
}

/// The machine, its tuning file and the file's warnings: found once for the process.
pub(crate) fn process() -> &'static (Machine, Option<Tuning>, Vec<Warning>) {
    static PROCESS: OnceLock<(Machine, Option<Tuning>, Vec<Warning>)> = OnceLock::new();
    PROCESS.get_or_init(|| {
        let machine = Machine::detect();
        let (tuning, warnings) = match &Overrides::from_env().tuning {
            Some(path) => Tuning::load(path, machine.core, catalog::all()),
            None => (None, Vec::new()),
        };
        (machine, tuning, warnings)
    })
}

/// Chooses a kernel for this process: its machine, environment and tuning file.
///
/// # Errors
/// [`Error::MixedOperands`] for integers on one side and floats on the other.
pub fn select(request: &Request) -> Result<Selection, Error> {
    let (machine, tuning, warnings) = process();
    let kernels: Vec<&'static Kernel> = catalog::all().collect();
    let mut selection = choose(request, machine, &kernels, tuning.as_ref(), Overrides::from_env())?;
    selection.warnings.splice(0..0, warnings.iter().cloned());
    Ok(selection)
}

/// [`select`] as a pure function. `tuning` was read for this machine; of `overrides` only `kernel` and
/// `off` matter.
///
/// # Errors
/// [`Error::MixedOperands`].
pub fn choose(
    request: &Request,
    machine: &Machine,
    kernels: &[&'static Kernel],
    tuning: Option<&Tuning>,
    overrides: &Overrides,
) -> Result<Selection, Error> {
    let Request { lhs, rhs, .. } = *request;
    let isa = |kernel: &Kernel| machine.features.supports(kernel.descriptor().spec.isa());
    let considered = rank(request, machine, kernels);
    let mut warnings = Vec::new();
    let portable = |reason: String, considered, warnings| {
        let found = catalog::portable().iter().copied().find(|kernel| kernel.covers(lhs, rhs));
        let kernel = found.ok_or(Error::MixedOperands { lhs, rhs })?.narrowed(lhs, rhs)?;
        Ok(Selection { kernel, reason: format!("portable kernel: {reason}"), considered, warnings })
    };

    let named = overrides.kernel.as_deref();
    if overrides.off {
        return portable("QGEN_OFF switches machine code off".into(), considered, warnings);
    }
    if named == Some("portable") {
        return portable("QGEN_KERNEL asks for it".into(), considered, warnings);
    }
    if let Some(name) = named {
        let problem = match kernels.iter().find(|kernel| kernel.name() == name) {
            None => format!("there is no kernel `{name}`"),
            Some(kernel) if !kernel.covers(lhs, rhs) => format!("{name} does not cover {lhs} by {rhs}"),
            Some(kernel) if kernel.descriptor().spec.short => {
                format!("{name} is a form for short k, which its kernel uses by itself")
            }
            Some(kernel) if kernel.descriptor().spec.end != End::Sums => {
                format!("{name} stores no sums; a plan with an epilogue uses it by itself")
            }
            Some(kernel) if kernel.runs_natively() && !isa(kernel) => {
                format!("{name} needs instructions that this machine lacks")
            }
            Some(&kernel) => {
                let reason = "QGEN_KERNEL asks for it".to_owned();
                let kernel = kernel.narrowed(lhs, rhs)?;
                return Ok(Selection { kernel, reason, considered, warnings });
            }
        };
        warnings.push(Warning::new("QGEN_KERNEL", format!("{problem}; the variable is ignored")));
    }

    if let Some(tuning) = tuning
        && let Some((winner, kernel)) = nearest_winner(request, tuning, &considered)
    {
        let how = if tuning.measured { "measured" } else { "modelled" };
        let Winner { lhs: left, rhs: right, m, n, k, .. } = winner;
        let reason = format!(
            "fastest for {left} by {right} at {m}x{n}x{k} in the tuning file ({how} by {})",
            tuning.tool
        );
        // A file's texts were escaped when it was read; those that a program made need not be.
        let reason = printable(&reason);
        let kernel = kernel.narrowed(lhs, rhs)?;
        return Ok(Selection { kernel, reason, considered, warnings });
    }

    match cheapest(&considered) {
        Some(Considered { kernel, fit, .. }) => {
            let spec = &kernel.descriptor().spec;
            let fit = match fit {
                Fit::Core => format!("made for {}", machine.core),
                Fit::Class => {
                    format!("made for {}, which stands for the class of {}", spec.core, machine.core)
                }
                Fit::Other => format!("made for {}; none is for {}", spec.core, machine.core),
            };
            let Shape { m, n, k } = request.shape.unwrap_or(USUAL);
            let reason = format!("fastest for {lhs} by {rhs} at {m}x{n}x{k} by the model; {fit}");
            let kernel = kernel.narrowed(lhs, rhs)?;
            Ok(Selection { kernel, reason, considered, warnings })
        }
        None if machine.features.neon => {
            portable(format!("no machine code covers {lhs} by {rhs}"), considered, warnings)
        }
        None => portable(format!("no machine code runs here ({})", machine.core), considered, warnings),
    }
}

/// What can be chosen on this machine, the nearest and cheapest first, of equals the one listed first.
fn rank(request: &Request, machine: &Machine, kernels: &[&'static Kernel]) -> Vec<Considered> {
    let own = machine.core.class().unwrap_or(default_class(machine));
    let class = own.with_features(machine.features);
    let Shape { m, n, k } = request.shape.unwrap_or(USUAL);
    let fit = |kernel: &Kernel| {
        let core = kernel.descriptor().spec.core.as_ref();
        if class == own && machine.core.name() == Some(core) {
            Fit::Core
        } else if core == class.representative() {
            Fit::Class
        } else {
            Fit::Other
        }
    };
    let usable = kernels.iter().copied().filter(|kernel| {
        let spec = &kernel.descriptor().spec;
        machine.features.supports(spec.isa())
            && kernel.covers(request.lhs, request.rhs)
            && !is_portable(kernel)
            // It is a part of another one, and would refuse depths that others take.
            && !spec.short
            // It stores something else.
            && spec.end == End::Sums
    });
    let mut considered: Vec<Considered> = usable
        .enumerate()
        .map(|(order, kernel)| {
            let cycles = modelled(&Gemm::new(kernel), Shape { m, n, k });
            Considered { kernel, fit: fit(kernel), cycles, order }
        })
        .collect();
    considered.sort_by(|a, b| a.fit.cmp(&b.fit).then(a.cost().total_cmp(&b.cost())));
    considered
}

/// Cycles of a multiplication by the model of its kernel's core; `None` where the kernel's maker said nothing.
pub(crate) fn modelled(gemm: &Gemm<'_>, shape: Shape) -> Option<f64> {
    modelled_by(gemm, shape, |cost| cost)
}

/// [`modelled`], but for what is done with the left side before.
pub(crate) fn modelled_in_tiles(gemm: &Gemm<'_>, shape: Shape) -> Option<f64> {
    modelled_by(gemm, shape, |cost| Cost { left: 0, ..cost })
}

fn modelled_by(gemm: &Gemm<'_>, Shape { m, n, k }: Shape, part: impl Fn(Cost) -> Cost) -> Option<f64> {
    // What a multiplication of that depth runs.
    let form = gemm.at_depth(k, &[]);
    form.cost().map(|cost| part(cost).of(form.descriptor(), m, n, k) / 100.0)
}

impl Considered {
    fn cost(&self) -> f64 {
        self.cycles.unwrap_or(f64::INFINITY)
    }
}

/// Of what fits best and costs nearly as little as anything, the narrowest; of these the first that costs as
/// little as any of them.
fn cheapest(considered: &[Considered]) -> Option<Considered> {
    let fit = considered.first()?.fit;
    let near = || considered.iter().filter(move |other| other.fit == fit);
    let fast = near().filter(|other| other.cost() <= considered[0].cost() * NEAR);
    let width = fast.map(|other| other.kernel.width()).min()?;
    let narrowest = || near().filter(|other| other.kernel.width() == width);
    let least = narrowest().map(Considered::cost).fold(f64::INFINITY, f64::min);
    // The list's order says what the model leaves out.
    narrowest().filter(|other| other.cost() <= least * NEAR).min_by_key(|other| other.order).copied()
}

fn is_portable(kernel: &Kernel) -> bool {
    catalog::portable().iter().any(|other| other.name() == kernel.name())
}

/// A guess for cores without a name here: those with the newer instructions are wide, or new enough.
fn default_class(machine: &Machine) -> Class {
    Class::MatrixProducts.with_features(machine.features)
}

/// The entry for the narrowest operands that contain the request's, at the nearest shape (the largest,
/// if none is asked for), whose kernel can be used.
fn nearest_winner<'t>(
    request: &Request,
    tuning: &'t Tuning,
    usable: &[Considered],
) -> Option<(&'t Winner, &'static Kernel)> {
    let asked = request.shape.map(|s| [s.m, s.n, s.k].map(|side| side as f64));
    let distance = |winner: &Winner| {
        let sides = [winner.m, winner.n, winner.k].map(|side| f64::from(side.max(1)).ln());
        match asked {
            Some(asked) => {
                sides.iter().zip(asked).map(|(side, asked)| (side - asked.max(1.0).ln()).abs()).sum::<f64>()
            }
            None => -sides.iter().sum::<f64>(),
        }
    };
    let candidates = tuning.winners.iter().filter_map(|winner| {
        let (lhs, rhs) = winner.operands().ok()?;
        let kernel =
            usable.iter().map(|usable| usable.kernel).find(|kernel| kernel.name() == winner.kernel)?;
        let fits = lhs.covers(request.lhs) && rhs.covers(request.rhs);
        fits.then(|| (lhs.values() * rhs.values(), distance(winner), winner, kernel))
    });
    candidates
        .min_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)))
        .map(|(_, _, winner, kernel)| (winner, kernel))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cpu::{Core, Features};
    use crate::kernels::SHIPPED;
    use crate::tuning::VERSION;
    use qgen_spec::Range;

    fn int(lo: i16, hi: i16) -> Operand {
        Operand::Int(Range::new(lo, hi).unwrap())
    }

    fn arm(core: &str) -> Machine {
        let core = Core::by_name(core).unwrap();
        Machine { core, features: Features { neon: true, ..Features::default() } }
    }

    fn on(machine: &Machine, lhs: Operand, rhs: Operand) -> Selection {
        choose(&Request::new(lhs, rhs), machine, SHIPPED, None, &Overrides::default()).unwrap()
    }

    #[test]
    fn the_portable_kernels_cover_everything() {
        let machine = Machine { core: Core::NotArm, features: Features::default() };
        for (lhs, rhs) in [
            (int(-8, 7), int(-8, 7)),
            (int(-128, 127), int(-128, 127)),
            (int(0, 255), int(-128, 127)),
            (int(-128, 127), int(0, 255)),
            (int(0, 255), int(0, 255)),
            (Operand::F32, Operand::F32),
        ] {
            let selection = on(&machine, lhs, rhs);
            assert!(is_portable(selection.kernel) && selection.kernel.covers(lhs, rhs));
            assert!(selection.reason.contains("no machine code runs here"), "{}", selection.reason);
        }
        let mixed = Request::new(Operand::F32, int(0, 1));
        let e = choose(&mixed, &machine, SHIPPED, None, &Overrides::default()).unwrap_err();
        assert!(matches!(e, Error::MixedOperands { .. }));
    }

    /// A core of each class, with what it has.
    fn classes() -> [Machine; 4] {
        let with = |core, dotprod, i8mm| {
            let features = Features { dotprod, i8mm, ..arm(core).features };
            Machine { features, ..arm(core) }
        };
        [
            arm("cortex-a53"),
            arm("cortex-a72"),
            with("neoverse-n1", true, false),
            with("neoverse-v1", true, true),
        ]
    }

    #[test]
    fn whatever_ships_the_choice_covers_the_operands_and_runs_here() {
        let others = ["cortex-a73", "cortex-a55", "neoverse-n1", "neoverse-v1", "apple-m1"].map(arm);
        for machine in classes().into_iter().chain(others) {
            for kernel in SHIPPED {
                let spec = &kernel.descriptor().spec;
                let chosen = on(&machine, spec.lhs, spec.rhs).kernel;
                assert!(chosen.covers(spec.lhs, spec.rhs) && !is_portable(chosen));
                assert!(machine.features.supports(chosen.descriptor().spec.isa()), "{chosen} on {machine:?}");
            }
            let full = on(&machine, int(-128, 127), int(-128, 127)).kernel;
            assert!(full.covers(int(-128, 127), int(-128, 127)), "-128 on both sides is exact");
        }
    }

    /// Each width has a tile for matrices and one of a single row, made for each class.
    #[test]
    fn every_width_is_covered_on_every_class() {
        let widths = (1..=8).map(|bits| Operand::of_bits(bits).unwrap()).chain([int(-1, 1)]);
        for side in widths {
            for machine in classes() {
                let at = |m, n, k| {
                    let request = Request::new(side, side).with_shape(m, n, k);
                    choose(&request, &machine, SHIPPED, None, &Overrides::default()).unwrap().kernel
                };
                let rows = |kernel: &Kernel| kernel.descriptor().spec.tile.m;
                let (many, one) = (at(240, 96, 512), at(1, 256, 256));
                assert!(rows(many) > 1, "{many} for {side} on {}", machine.core);
                assert_eq!(rows(one), 1, "{one} for {side} on {}", machine.core);
                for kernel in [many, one, on(&machine, side, side).kernel] {
                    let core = kernel.descriptor().spec.core.as_ref();
                    assert_eq!(machine.core.name(), Some(core), "{kernel} for {side}");
                }
                assert!(std::ptr::eq(many, on(&machine, side, side).kernel), "matrices are usual");
            }
        }
    }

    #[test]
    fn classes_use_what_they_have() {
        let eight = int(-128, 127);
        let strategies =
            |side| classes().map(|machine| on(&machine, side, side).kernel.descriptor().spec.strategy);
        use qgen_spec::Strategy::{Byte, DotOuter, Fip, Mmla, Pair8};
        assert_eq!(strategies(eight), [Pair8, Pair8, DotOuter, Mmla]);
        assert_eq!(strategies(int(-8, 7)), [Byte, Fip, DotOuter, Mmla], "wider where that is faster");
        // Without the feature: the next class, and its reason says so.
        let [.., dot, mmla] = classes();
        let hidden = Machine { features: dot.features, ..mmla };
        let selection = on(&hidden, eight, eight);
        assert_eq!(selection.kernel.name(), on(&dot, eight, eight).kernel.name());
        assert!(selection.reason.contains("neoverse-n1, which stands for the class of neoverse-v1"));
        let neither = on(&arm("neoverse-v1"), eight, eight).kernel;
        assert_eq!(neither.name(), on(&arm("cortex-a72"), eight, eight).kernel.name());
        // A new core without a name.
        let unknown = Machine { core: Core::Unknown { implementer: 0x41, part: 1 }, ..mmla };
        assert_eq!(on(&unknown, eight, eight).kernel.name(), on(&mmla, eight, eight).kernel.name());
    }

    /// By whichever road a kernel is chosen: it accepts what was asked for, to the same depth.
    #[test]
    fn a_request_means_the_same_on_every_machine() {
        let (ternary, narrow) = (int(-1, 1), int(-3, 2));
        let pairs = [
            (int(-8, 7), int(-8, 7)),
            (int(0, 15), int(0, 15)),
            (Operand::Binary, ternary),
            (narrow, int(-128, 127)),
            (int(0, 200), narrow),
            (int(3, 3), int(0, 0)),
            (Operand::F32, Operand::F32),
        ];
        let not_arm = Machine { core: Core::NotArm, features: Features::default() };
        for (lhs, rhs) in pairs {
            let request = Request::new(lhs, rhs);
            let off = Overrides { off: true, ..Overrides::default() };
            let mut kernels = vec![
                on(&not_arm, lhs, rhs).kernel,
                choose(&request, &arm("cortex-a72"), SHIPPED, None, &off).unwrap().kernel,
                select(&request).unwrap().kernel,
            ];
            kernels.extend(classes().map(|machine| on(&machine, lhs, rhs).kernel));
            for kernel in catalog::usual().filter(|kernel| kernel.covers(lhs, rhs)) {
                let named = Overrides { kernel: Some(kernel.name().into()), ..Overrides::default() };
                kernels.push(choose(&request, &arm("cortex-a72"), SHIPPED, None, &named).unwrap().kernel);
            }
            for kernel in kernels {
                assert_eq!(kernel.accepts(), (lhs, rhs), "{kernel}");
                assert_eq!(kernel.k_limit(), lhs.k_limit(rhs), "{kernel} for {lhs} by {rhs}");
                if lhs != Operand::F32 {
                    let zeros = |k: &'static Kernel| crate::Gemm::new(k).lhs_zero_point(5).rhs_zero_point(-9);
                    assert_eq!(zeros(kernel).k_limit(), zeros(on(&not_arm, lhs, rhs).kernel).k_limit());
                }
            }
        }
    }

    #[test]
    fn overrides_are_obeyed_where_they_can_be() {
        let four = Request::new(int(-8, 7), int(-8, 7));
        let with = |kernel: &str, off| {
            let overrides = Overrides { kernel: Some(kernel.into()), off, tuning: None };
            choose(&four, &arm("cortex-a72"), SHIPPED, None, &overrides).unwrap()
        };
        let has = |kernel: &Kernel| kernel.descriptor().spec.isa() == qgen_spec::Isa::Neon;
        let wide = catalog::usual()
            .filter(|k| !is_portable(k))
            .filter(|kernel| has(kernel) && kernel.covers(four.lhs, four.rhs))
            .last()
            .unwrap();
        assert_eq!(with(wide.name(), false).kernel.name(), wide.name());
        assert!(is_portable(with("portable", false).kernel));
        assert!(is_portable(with(wide.name(), true).kernel), "off is stronger");
        let float = SHIPPED.iter().find(|kernel| kernel.covers(Operand::F32, Operand::F32)).unwrap();
        let short =
            catalog::usual().find_map(|k| k.short().filter(|_| k.covers(four.lhs, four.rhs))).unwrap();
        for (name, problem) in [
            ("nonsense", "no kernel `nonsense`"),
            (float.name(), "does not cover"),
            (short.name(), "form for short k"),
        ] {
            let selection = with(name, false);
            assert!(selection.kernel.covers(four.lhs, four.rhs));
            assert!(selection.warnings[0].to_string().starts_with("QGEN_KERNEL: "));
            assert!(selection.warnings[0].message.contains(problem), "{:?}", selection.warnings);
        }
    }

    #[test]
    fn the_tuning_file_decides_by_the_nearest_shape() {
        let covering: Vec<_> =
            catalog::usual().filter(|k| k.covers(int(-8, 7), int(-8, 7))).take(2).collect();
        let [small, large] = covering[..] else { panic!("two kernels for 4 bits") };
        let entry = |kernel: &Kernel, side| Winner {
            lhs: "-8..=7".into(),
            rhs: "-8..=7".into(),
            m: side,
            n: side,
            k: side,
            kernel: kernel.name().into(),
            mac_per_cycle: None,
            gmac_per_s: Some(2.0),
            faster: None,
            raw: None,
        };
        let foreign = Winner { kernel: "qgen_none".into(), ..entry(small, 17) };
        let tuning = Tuning {
            version: VERSION,
            tool: "qgen 9".into(),
            core: "cortex-a72".into(),
            measured: true,
            date: None,
            cpu: None,
            winners: vec![foreign, entry(small, 16), entry(large, 512)],
        };
        let four = Request::new(int(-7, 7), int(-8, 7));
        let chosen = |request: &Request| {
            choose(request, &arm("cortex-a72"), SHIPPED, Some(&tuning), &Overrides::default()).unwrap()
        };
        let at = |m, n, k| chosen(&four.with_shape(m, n, k)).kernel.name();
        assert_eq!(at(17, 10, 20), small.name());
        assert_eq!(at(1000, 300, 0), large.name());
        assert_eq!(at(0, 0, 0), small.name());
        assert_eq!(chosen(&four).kernel.name(), large.name());
        assert!(chosen(&four).reason.contains("512x512x512 in the tuning file (measured by qgen 9)"));
        let eight = Request::new(int(-128, 127), int(-127, 127));
        assert_eq!(chosen(&four).kernel.accepts(), (four.lhs, four.rhs));
        let hostile = Tuning { tool: "\u{1b}[2J".into(), ..tuning.clone() };
        let machine = arm("cortex-a72");
        let chosen_by = choose(&four, &machine, SHIPPED, Some(&hostile), &Overrides::default()).unwrap();
        assert!(chosen_by.reason.ends_with(r"by \u{1b}[2J)"), "{}", chosen_by.reason);
        assert!(!chosen(&eight).reason.contains("tuning"), "entries for 4 bits say nothing about 8");
    }

    #[test]
    fn this_process_gets_an_answer() {
        let selection = select(&Request::new(int(0, 3), int(-2, 1))).unwrap();
        assert!(selection.kernel.covers(int(0, 3), int(-2, 1)));
    }
}
