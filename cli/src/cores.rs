//! Which core to work for: a built-in one, or that of a file.

use crate::output::remark;
use crate::typed::quoted;
use qgen::core::Core;
use qgen::{Kernel, compile_name, compile_spec};
use qgen_runtime::cpu;
use qgen_spec::{Diagnostic, Diagnostics, Field, Isa, KernelSpec};
use std::fs;
use std::path::PathBuf;

/// The core that code is made for where this machine is none of the known ones.
pub(crate) const DEFAULT: &str = "cortex-a72";

/// A core of one's own.
#[derive(clap::Args, Clone, Debug, Default)]
pub(crate) struct CoreFile {
    /// A core's table of your own; its core is taken where --core names no other, and its name works as a
    /// built-in one does.
    #[arg(long, value_name = "FILE")]
    pub(crate) core_file: Option<PathBuf>,
}

impl CoreFile {
    /// Whether one is given.
    pub(crate) fn is_given(&self) -> bool {
        self.core_file.is_some()
    }

    /// How one writes it behind a command.
    pub(crate) fn spelled_out(&self) -> String {
        let quoted = self.core_file.as_ref().map(|file| quoted(&file.display().to_string()));
        quoted.map_or_else(String::new, |file| format!(" --core-file {file}"))
    }
}

/// The cores that a command knows: the built-in ones, and that of its file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cores {
    own: Option<Core>,
}

impl Cores {
    /// With the file's core, if there is a file.
    pub(crate) fn with(file: &CoreFile) -> Result<Cores, Diagnostic> {
        let Some(path) = &file.core_file else { return Ok(Cores::default()) };
        let name = path.display();
        let bad = |problem: String| {
            let help = "`docs/cores.md` describes the keys; the tables in `qgen/cores/` are examples";
            Diagnostic::new(Field::Core, format!("{name}: {problem}"), help)
        };
        let text = fs::read_to_string(path).map_err(|e| bad(format!("cannot be read: {e}")))?;
        let core = Core::from_toml(&text).map_err(|e| bad(e.to_string()))?;
        if Core::names().any(|known| known == core.name) {
            return Err(Diagnostic::new(
                Field::Core,
                format!(
                    "{name}: name = `{}` is that of a built-in core, and kernels are named by cores",
                    core.name
                ),
                format!("give it another name, and take what is the same with `like = \"{}\"`", core.name),
            ));
        }
        Ok(Cores { own: Some(core) })
    }

    /// The core of this name.
    pub(crate) fn named(&self, name: &str) -> Result<Core, Diagnostic> {
        let core = match &self.own {
            Some(own) if own.name == name => own.clone(),
            Some(own) => Core::built_in(name).map_err(|_| {
                Diagnostic::new(
                    Field::Core,
                    format!("there is no core `{name}`"),
                    format!("choose {}, which the file describes, or one of {}", own.name, known()),
                )
            })?,
            None => Core::built_in(name)?,
        };
        if !core.checked {
            remark(&format!("{name}: {UNCHECKED}"));
        }
        Ok(core)
    }

    /// The core that was asked for; else the file's; else this machine's, or the one whose kernels suit it
    /// best; else [`DEFAULT`]. What was not asked for is said on standard error.
    pub(crate) fn choose(&self, asked: Option<&str>) -> Result<Core, Diagnostic> {
        if let Some(name) = asked.or(self.own.as_ref().map(|own| own.name.as_str())) {
            return self.named(name);
        }
        self.nearest_to(cpu::Machine::detect().core)
    }

    /// The core `here`, which is this machine's, or the one whose kernels suit it best; else [`DEFAULT`].
    pub(crate) fn nearest_to(&self, here: cpu::Core) -> Result<Core, Diagnostic> {
        let (name, why) = match (here.name(), here.class()) {
            (Some(name), _) if Core::names().any(|known| known == name) => {
                (name, "this machine's core".into())
            }
            (_, Some(class)) => {
                (class.representative(), format!("the nearest to this machine's core, which is {here}"))
            }
            _ => (DEFAULT, format!("this machine's core is {here}")),
        };
        remark(&format!("no --core is given: {name} ({why}); known are {}", known()));
        self.named(name)
    }

    /// The kernel of this name, for the core that it ends with.
    pub(crate) fn kernel(&self, name: &str) -> Result<Kernel, Diagnostics> {
        match (&self.own, name.parse::<KernelSpec>()) {
            (Some(own), Ok(spec)) if own.name == spec.core => {
                self.named(&own.name)?;
                compile_spec(spec, own)
            }
            (Some(_), Ok(spec)) => {
                let core = self.named(&spec.core)?;
                compile_spec(spec, &core)
            }
            _ => compile_name(name),
        }
    }

    /// That the file is not given in vain: it describes the core of one of these kernels.
    pub(crate) fn check_used(&self, kernels: &[Kernel]) -> Result<(), Diagnostic> {
        match &self.own {
            Some(own) if kernels.iter().all(|kernel| kernel.core().name != own.name) => Err(Diagnostic::new(
                Field::Core,
                format!("--core-file describes {}, and no kernel that is named is for that core", own.name),
                "leave the file out, or name a kernel that ends with the file's core",
            )),
            _ => Ok(()),
        }
    }

    /// The core of the file.
    pub(crate) fn own(&self) -> Option<&Core> {
        self.own.as_ref()
    }
}

/// What the instruction set of `core` has.
pub(crate) fn features(core: &Core) -> cpu::Features {
    of_levels(&core.isa)
}

/// What a machine has whose instruction set has these levels.
pub(crate) fn of_levels(levels: &[Isa]) -> cpu::Features {
    let i8mm = levels.contains(&Isa::I8mm);
    // A level has those below it.
    cpu::Features { neon: true, dotprod: i8mm || levels.contains(&Isa::Dotprod), i8mm }
}

/// Why there is no kernel that ships for `core`, and which ones run there.
pub(crate) fn none_ships(core: &Core) -> String {
    let class = cpu::Core::by_name(&core.name).and_then(cpu::Core::class);
    let whose = match class.map(|class| class.with_features(features(core)).representative()) {
        Some(name) => format!("the runtime chooses among those of {name} there"),
        None => "the runtime does not know it".into(),
    };
    let ship = qgen::SHIPPED_CORES.join(", ");
    format!("no kernel ships for {}; {whose}, and kernels ship for {ship}", core.name)
}

/// What is to be known of figures for cores whose tables have such rules.
pub(crate) const UNAPPLIED: &str = "Rules of dispatch that a core's table has and does not apply are ordered for, but no figure counts them, so that \
     figures may be too high";

/// What is said of a core whose table was compared with nothing.
pub(crate) const UNCHECKED: &str = "its table is unchecked: no other model and no measurement was compared with it, figures are as good as its numbers";

fn known() -> String {
    let name = |name: &str| match Core::built_in(name) {
        Ok(core) if !core.checked => format!("{name} (unchecked)"),
        _ => name.to_owned(),
    };
    Core::names().map(name).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINE: &str = "name = \"my-core\"\ntitle = \"Mine\"\nlike = \"cortex-a72\"\nwidth = 2\n";

    /// The cores with a file of this text.
    fn with(test: &str, text: &str) -> Result<Cores, Diagnostic> {
        let path = std::env::temp_dir().join(format!("qgen-core-{}-{test}.toml", std::process::id()));
        fs::write(&path, text).unwrap();
        let cores = Cores::with(&CoreFile { core_file: Some(path.clone()) });
        fs::remove_file(path).unwrap();
        cores
    }

    #[test]
    fn a_file_s_core_is_as_good_as_a_built_in_one() {
        let cores = with("good", MINE).unwrap();
        assert_eq!(cores.choose(None).unwrap().name, "my-core");
        assert_eq!(cores.choose(Some("my-core")).unwrap().width, 2);
        assert_eq!(cores.choose(Some("cortex-a53")).unwrap().name, "cortex-a53");
        let kernel = cores.kernel("qgen_fip_4x4_lm8to7_rm8to7neg_t4x4k32u1_my_core").unwrap();
        assert_eq!((kernel.core().name.as_str(), kernel.core().width), ("my-core", 2));
        let other = cores.kernel("qgen_fip_4x4_lm8to7_rm8to7neg_t4x4k32u1_cortex_a72").unwrap();
        assert_eq!(other.core().width, 3);
        let unknown = cores.kernel("qgen_fip_4x4_lm8to7_rm8to7neg_t4x4k32u1_cortex_a99").unwrap_err();
        assert!(unknown.to_string().contains("choose my-core, which the file describes"), "{unknown}");
        // Without the file, nobody knows it.
        assert!(Cores::default().kernel("qgen_fip_4x4_lm8to7_rm8to7neg_t4x4k32u1_my_core").is_err());
    }

    #[test]
    fn a_file_s_name_is_one_word() {
        let typed = CoreFile { core_file: Some("my tables/core.toml".into()) }.spelled_out();
        assert_eq!(typed, " --core-file 'my tables/core.toml'");
        assert_eq!(CoreFile::default().spelled_out(), "");
    }

    #[test]
    fn a_bad_file_is_an_error_that_names_file_and_key() {
        let said = |test: &str, text: &str| with(test, text).unwrap_err().to_string();
        let none = Cores::with(&CoreFile { core_file: Some("/nowhere/core.toml".into()) }).unwrap_err();
        assert!(none.to_string().contains("/nowhere/core.toml: cannot be read"), "{none}");
        let key = said("key", &MINE.replace("width", "breadth"));
        assert!(key.contains("key.toml") && key.contains("unknown field `breadth`"), "{key}");
        assert!(said("number", &MINE.replace("= 2", "= 99")).contains("width = 99 is not possible"));
        assert!(said("taken", &MINE.replace("my-core", "cortex-a53")).contains("give it another name"));
        assert!(said("text", "not TOML").contains("docs/cores.md"));
    }

    #[test]
    fn what_is_unchecked_is_listed_so() {
        assert!(known().contains("apple-m1 (unchecked)") && !known().contains("cortex-a72 (unchecked)"));
    }
}
