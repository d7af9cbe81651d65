//! What a machine has, and what would run there.

pub(crate) mod text;

use crate::cores::of_levels;
use crate::failure::Failure;
use qgen::core::Core as Table;
use qgen_runtime::cpu::{self, Class, Cluster, Features, KNOWN_CORES, Machine};
use qgen_runtime::select::{Overrides, Request, Shape, choose};
use qgen_runtime::tuning::{Tuning, Warning};
use qgen_runtime::{Kernel, Operand, Range, catalog};
use qgen_spec::Isa;

/// Shapes that kernels are asked for: a point of the grid that is tuned for, and a layer for one input.
const SHAPES: [(&str, Shape); 2] =
    [("matrix", Shape { m: 240, n: 96, k: 512 }), ("one row", Shape { m: 1, n: 256, k: 256 })];

/// This machine.
pub(crate) struct Here {
    pub(crate) clusters: Vec<Cluster>,
    pub(crate) features: Features,
    /// Why it only seems to be one of this kind, if so.
    pub(crate) emulated: Option<String>,
    /// The variables that are set of those that selection reads.
    pub(crate) environment: Vec<(&'static str, String)>,
}

impl Here {
    pub(crate) fn detect() -> Here {
        Here {
            clusters: cpu::clusters(),
            features: cpu::detect_features(),
            emulated: cpu::emulated(),
            environment: environment(Overrides::from_env()),
        }
    }

    /// What a program runs on here: a machine for each core that there is.
    pub(crate) fn machines(&self) -> Vec<Machine> {
        let mut cores: Vec<cpu::Core> = Vec::new();
        for cluster in &self.clusters {
            if !cores.contains(&cluster.core) {
                cores.push(cluster.core);
            }
        }
        if cores.is_empty() {
            cores.push(cpu::detect_core());
        }
        cores.into_iter().map(|core| Machine { core, features: self.features }).collect()
    }
}

fn environment(Overrides { kernel, off, tuning }: &Overrides) -> Vec<(&'static str, String)> {
    let tuning = tuning.as_ref().map(|path| path.display().to_string());
    let all =
        [("QGEN_KERNEL", kernel.clone()), ("QGEN_OFF", off.then(|| "1".into())), ("QGEN_TUNING", tuning)];
    all.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

/// What runs on a machine.
#[derive(Debug, serde::Serialize)]
pub(crate) struct Answer {
    /// The core's name, or what is known of it.
    pub(crate) core: String,
    /// Whether the core's name is one that the runtime knows.
    pub(crate) known: bool,
    /// The instruction sets that kernels may use there.
    pub(crate) features: Vec<&'static str>,
    pub(crate) runs: Vec<Run>,
    /// What was reported and ignored on the way.
    pub(crate) warnings: Vec<String>,
}

/// What runs for operands of one width.
#[derive(Debug, serde::Serialize)]
pub(crate) struct Run {
    pub(crate) operands: String,
    pub(crate) shape: &'static str,
    pub(crate) kernel: String,
    /// Whether it is machine code; else plain Rust.
    pub(crate) machine_code: bool,
    /// Multiply-accumulates a cycle of the whole multiplication by the model of the core that the kernel was made for;
    /// `None` for plain Rust.
    pub(crate) modelled_macs_per_cycle: Option<f64>,
    pub(crate) why: String,
}

impl Answer {
    /// By the runtime's own selection.
    pub(crate) fn of(machine: &Machine, overrides: &Overrides) -> Result<Answer, Failure> {
        let kernels: Vec<&'static Kernel> = catalog::all().collect();
        let (tuning, warnings) = match &overrides.tuning {
            Some(path) => Tuning::load(path, machine.core, catalog::all()),
            None => (None, Vec::new()),
        };
        let mut said: Vec<String> = Vec::new();
        let mut say = |warnings: &[Warning]| {
            for warning in warnings.iter().map(ToString::to_string) {
                if !said.contains(&warning) {
                    said.push(warning);
                }
            }
        };
        say(&warnings);
        let mut runs = Vec::new();
        for (operands, operand) in widths() {
            for (name, shape) in SHAPES {
                let request = Request::new(operand, operand).with_shape(shape.m, shape.n, shape.k);
                let chosen = choose(&request, machine, &kernels, tuning.as_ref(), overrides)?;
                say(&chosen.warnings);
                let considered = chosen.considered.iter().find(|c| c.kernel.name() == chosen.kernel.name());
                let macs = (shape.m * shape.n * shape.k) as f64;
                runs.push(Run {
                    operands: operands.clone(),
                    shape: name,
                    kernel: chosen.kernel.name().to_owned(),
                    machine_code: considered.is_some(),
                    modelled_macs_per_cycle: considered.and_then(|c| c.cycles).map(|cycles| macs / cycles),
                    why: chosen.reason,
                });
            }
        }
        let levels = Isa::ALL.iter().filter(|&&level| machine.features.supports(level));
        Ok(Answer {
            core: machine.core.to_string(),
            known: machine.core.name().is_some(),
            features: levels.map(|level| level.as_str()).collect(),
            runs,
            warnings: said,
        })
    }
}

/// Every width, the same on both sides.
fn widths() -> Vec<(String, Operand)> {
    let bits = (1..=8).filter_map(|bits| Some((format!("{bits}-bit"), Operand::of_bits(bits)?)));
    let ternary = Range::new(-1, 1).map(|range| ("ternary".to_owned(), Operand::Int(range)));
    bits.chain(ternary).chain([("f32".to_owned(), Operand::F32)]).collect()
}

/// That the runtime knows no core of this name.
pub(crate) fn no_core(name: &str) -> Failure {
    let known: Vec<&str> = KNOWN_CORES.iter().map(|(name, _)| *name).collect();
    Failure(format!("core: the runtime knows no core `{name}`; choose one of {}", known.join(", ")))
}

/// What `core` has: by its table, else what cores of its class have in common.
pub(crate) fn assumed(core: cpu::Core) -> Features {
    let table = core.name().and_then(|name| Table::built_in(name).ok());
    match table {
        Some(table) => of_levels(&table.isa),
        None => match core.class() {
            Some(Class::MatrixProducts) => of_levels(Isa::ALL),
            Some(Class::ManyPipes) => of_levels(&[Isa::Neon, Isa::Dotprod]),
            Some(Class::InOrder | Class::OneMultiplier) | None => of_levels(&[Isa::Neon]),
        },
    }
}

/// Features by a list such as `neon,dotprod`.
pub(crate) fn features(list: &str) -> Result<Features, Failure> {
    let names: Vec<&str> = Isa::ALL.iter().map(|level| level.as_str()).collect();
    let mut levels = Vec::new();
    for name in list.split(',').map(str::trim) {
        let level = Isa::ALL.iter().find(|level| level.as_str() == name);
        levels.push(*level.ok_or_else(|| {
            Failure(format!(
                "features: there is no `{name}` that kernels use; choose among {}",
                names.join(", ")
            ))
        })?);
    }
    Ok(of_levels(&levels))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(core: &str, overrides: &Overrides) -> Answer {
        let core = cpu::Core::by_name(core).unwrap();
        Answer::of(&Machine { core, features: assumed(core) }, overrides)
            .unwrap_or_else(|Failure(why)| panic!("{why}"))
    }

    #[test]
    fn every_width_has_machine_code_on_a_known_core() {
        for core in ["cortex-a53", "cortex-a73", "neoverse-n1", "cortex-x4"] {
            let answer = answer(core, &Overrides::default());
            assert_eq!(answer.runs.len(), 10 * SHAPES.len());
            for run in &answer.runs {
                assert!(run.machine_code, "{core}: {run:?}");
                assert!(run.modelled_macs_per_cycle.is_some_and(|speed| speed > 0.0), "{core}: {run:?}");
            }
        }
        let of_v2 = answer("neoverse-v2", &Overrides::default());
        assert_eq!(of_v2.features, ["neon", "dotprod", "i8mm"]);
        let eight = of_v2.runs.iter().find(|run| run.operands == "8-bit").unwrap();
        assert!(eight.kernel.contains("mmla") && eight.why.contains("stands for the class of neoverse-v2"));
    }

    #[test]
    fn without_arm_it_is_plain_rust_and_says_why() {
        let machine = Machine { core: cpu::Core::NotArm, features: Features::default() };
        let answer =
            Answer::of(&machine, &Overrides::default()).unwrap_or_else(|Failure(why)| panic!("{why}"));
        assert!(answer.features.is_empty() && !answer.known);
        for run in &answer.runs {
            assert!(!run.machine_code && run.why.contains("no machine code runs here"), "{run:?}");
        }
    }

    #[test]
    fn the_environment_is_heeded_and_what_is_wrong_with_it_is_said_once() {
        let off = answer("cortex-a72", &Overrides { off: true, ..Overrides::default() });
        assert!(off.runs.iter().all(|run| !run.machine_code && run.why.contains("QGEN_OFF")));
        let wrong = Overrides {
            kernel: Some("nonsense".into()),
            tuning: Some("/nowhere/tune.toml".into()),
            ..Overrides::default()
        };
        let wrong = answer("cortex-a72", &wrong);
        assert_eq!(wrong.warnings.len(), 2, "{:?}", wrong.warnings);
        assert!(wrong.warnings[0].contains("/nowhere/tune.toml") && wrong.warnings[1].contains("nonsense"));
        assert!(wrong.runs.iter().all(|run| run.machine_code));
        let all = Overrides { kernel: Some("k".into()), off: true, tuning: Some("t".into()) };
        let named = |name: &'static str, value: &str| (name, value.to_owned());
        assert_eq!(
            environment(&all),
            [named("QGEN_KERNEL", "k"), named("QGEN_OFF", "1"), named("QGEN_TUNING", "t")]
        );
        assert!(environment(&Overrides::default()).is_empty());
    }

    #[test]
    fn this_machine_has_an_answer_for_each_of_its_cores() {
        let here = Here::detect();
        let machines = here.machines();
        assert!(!machines.is_empty());
        for cluster in &here.clusters {
            assert_eq!(machines.iter().filter(|machine| machine.core == cluster.core).count(), 1);
        }
    }
}
