//! A core's table as it stands in its file. `docs/cores.md` describes the format.

use super::in_order::units_for;
use super::{Addressing, BUILT_IN, Core, Cost, Group, Kind, Memory, Prefetch, Uop};
use crate::isa::Class;
use crate::plan::{FARTHEST, STEP};
use qgen_spec::{Diagnostic, Isa};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt;

/// Why a core's table cannot be used: which key, what is possible, what to change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoreError(String);

impl fmt::Display for CoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "core table: {}", self.0)
    }
}

impl std::error::Error for CoreError {}

fn fail<T>(why: impl Into<String>) -> Result<T, CoreError> {
    Err(CoreError(why.into()))
}

/// What a key may hold, and what is wrong where it does not.
fn within(key: &str, value: u32, lo: u32, hi: u32) -> Result<u32, CoreError> {
    if !(lo..=hi).contains(&value) {
        return fail(format!("{key} = {value} is not possible; write a number from {lo} to {hi}"));
    }
    Ok(value)
}

/// The longest latency, the longest time for which a µop keeps its unit, and the most slots.
const MOST_CYCLES: u32 = 100;
/// The most rules of dispatch.
const MOST_GROUPS: usize = 16;
/// The most instructions under way.
const MOST_UNDER_WAY: u32 = 4096;
/// Bytes, for caches.
const MOST_BYTES: u32 = 1 << 30;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCore {
    name: Option<String>,
    title: Option<String>,
    like: Option<String>,
    checked: Option<bool>,
    kind: Option<Kind>,
    width: Option<u32>,
    window: Option<u32>,
    queue: Option<u32>,
    addressing: Option<Addressing>,
    isa: Option<Vec<String>>,
    units: Option<Vec<String>>,
    source: Option<String>,
    memory: Option<RawMemory>,
    prefetch: Option<RawPrefetch>,
    group: Option<Vec<RawGroup>>,
    #[serde(rename = "write-back")]
    write_back: Option<RawCost>,
    #[serde(default)]
    class: BTreeMap<String, RawCost>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawMemory {
    line: u32,
    l1d: u32,
    l2: u32,
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPrefetch {
    hardware: bool,
    distance: Option<u32>,
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawGroup {
    units: Vec<String>,
    most: u32,
    applied: Option<bool>,
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCost {
    uops: Vec<Vec<String>>,
    busy: Option<u32>,
    slots: Option<u32>,
    #[serde(default)]
    first: bool,
    latency: u32,
    forward: Option<u32>,
    #[serde(default)]
    forward_from: Vec<String>,
    source: String,
}

/// Reads a table. Texts of it are in messages and explanations, and a terminal would obey what does not print.
pub(super) fn read(text: &str) -> Result<Core, CoreError> {
    let control = |c: char| c.is_control() && c != '\n';
    let core = RawCore::read(text).and_then(RawCore::check).map_err(|CoreError(said)| {
        CoreError(said.chars().fold(String::new(), |mut all, c| {
            match control(c) {
                true => all.extend(c.escape_debug()),
                false => all.push(c),
            }
            all
        }))
    })?;
    let sources = core.costs.iter().chain(&core.write_back).map(|cost| &cost.source);
    let sources = sources.chain(core.groups.iter().map(|group| &group.source));
    let sources = sources.chain(core.prefetch.iter().map(|prefetch| &prefetch.source));
    let sources = sources.chain([&core.source, &core.memory.source]).map(|text| ("source", text));
    let names = std::iter::once(("title", &core.title)).chain(core.units.iter().map(|unit| ("units", unit)));
    for (key, text) in names.chain(sources) {
        // A source may have several lines.
        if text.contains(|c| control(c) || c == '\n' && key != "source") {
            let text = text.escape_debug();
            return fail(format!("{key}: `{text}` has control characters; write plain text"));
        }
    }
    Ok(core)
}

impl RawCore {
    fn read(text: &str) -> Result<RawCore, CoreError> {
        let raw: RawCore = toml::from_str(text).map_err(|e| CoreError(e.to_string().trim_end().into()))?;
        // Before anything is taken from another core, whose rows may be few or many.
        if let Some(key) = raw.class.keys().find(|key| class_named(key).is_none()) {
            return fail(format!(
                "class.{key}: there is no such class; the classes are {}",
                class_names(Class::ALL)
            ));
        }
        let Some(like) = &raw.like else { return Ok(raw) };
        match BUILT_IN.iter().find(|(name, _)| name == like) {
            Some((_, base)) => Ok(raw.over(RawCore::read(base)?)),
            None => {
                let names: Vec<&str> = BUILT_IN.iter().map(|(name, _)| *name).collect();
                fail(format!(
                    "like = `{like}`: there is no such built-in core; choose one of {}",
                    names.join(", ")
                ))
            }
        }
    }

    /// These keys; where there are none, those of `base`. Whether a table was checked is never taken over.
    fn over(self, base: RawCore) -> RawCore {
        let mut class = base.class;
        class.extend(self.class);
        RawCore {
            name: self.name,
            title: self.title,
            like: None,
            checked: self.checked,
            kind: self.kind.or(base.kind),
            width: self.width.or(base.width),
            window: self.window.or(base.window),
            queue: self.queue.or(base.queue),
            addressing: self.addressing.or(base.addressing),
            isa: self.isa.or(base.isa),
            units: self.units.or(base.units),
            source: self.source.or(base.source),
            memory: self.memory.or(base.memory),
            prefetch: self.prefetch.or(base.prefetch),
            group: self.group.or(base.group),
            write_back: self.write_back.or(base.write_back),
            class,
        }
    }

    fn check(self) -> Result<Core, CoreError> {
        fn needed<T>(key: &str, value: Option<T>, example: &str) -> Result<T, CoreError> {
            value.ok_or_else(|| {
                CoreError(format!(
                    "{key} is missing; write for example `{example}`, or take what is not written from another \
                     core with `like = \"cortex-a72\"`"
                ))
            })
        }
        let name = needed("name", self.name, "name = \"my-core\"")?;
        let name_ok = |n: &str| {
            !n.is_empty() && n.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        };
        if !name_ok(&name) {
            let name = name.escape_debug();
            return fail(format!("name = `{name}` is not possible; use small letters, digits and hyphens"));
        }
        let kind = needed("kind", self.kind, "kind = \"out-of-order\"")?;
        let width = within("width", needed("width", self.width, "width = 3")?, 1, 16)?;
        let window = match (kind, self.window) {
            (_, Some(window)) => within("window", window, 1, MOST_UNDER_WAY)?,
            (Kind::InOrder, None) => 1,
            (Kind::OutOfOrder, None) => needed("window", None, "window = 128")?,
        };
        if kind == Kind::OutOfOrder && window < width {
            return fail(format!(
                "window = {window} holds less than the {width} slots of one cycle; widen it"
            ));
        }
        let queue = self.queue.map(|queue| within("queue", queue, 1, MOST_UNDER_WAY)).transpose()?;
        let units = needed("units", self.units, "units = [\"V\", \"LS\", \"I\", \"B\"]")?;
        if units.is_empty() || units.len() > 16 {
            return fail(format!("units: {} are named; name 1 to 16", units.len()));
        }
        if let Some(twice) = units.iter().enumerate().find(|(at, u)| units[..*at].contains(u)) {
            return fail(format!("units: `{}` is named twice; give every unit a name of its own", twice.1));
        }
        let isa = needed("isa", self.isa, "isa = [\"neon\"]")?;
        let isa = isa.iter().map(|i| i.parse().map_err(|e: Diagnostic| CoreError(format!("isa: {e}"))));
        let isa = isa.collect::<Result<Vec<Isa>, _>>()?;
        if !isa.contains(&Isa::Neon) {
            return fail("isa: every core that kernels run on has `neon`; add it");
        }
        if isa.contains(&Isa::I8mm) && !isa.contains(&Isa::Dotprod) {
            return fail("isa: `i8mm` includes dot products, whose rows are needed; add `dotprod`");
        }
        let mut costs = Vec::with_capacity(Class::ALL.len());
        let mut missing = Vec::new();
        for &class in Class::ALL {
            match self.class.get(class.as_str()) {
                Some(raw) => costs.push(raw.check(&format!("class.{}", class.as_str()), &units, 1)?),
                // What the core cannot execute costs nothing, because it never occurs.
                None if !isa.contains(&class.isa()) => costs.push(Cost::none()),
                None => missing.push(class),
            }
        }
        if !missing.is_empty() {
            return fail(format!(
                "class.{} is missing; every class that the core can execute needs its row, those without are {}",
                missing[0].as_str(),
                class_names(&missing)
            ));
        }
        let memory = needed("memory", self.memory, "[memory] with line, l1d, l2 and source")?;
        let line = within("memory.line", memory.line, 16, 1024)?;
        if !line.is_power_of_two() {
            return fail(format!("memory.line = {line} is not possible; write a power of two"));
        }
        let l1d = within("memory.l1d", memory.l1d, line, MOST_BYTES)?;
        let memory =
            Memory { line, l1d, l2: within("memory.l2", memory.l2, l1d, MOST_BYTES)?, source: memory.source };
        let prefetch = self.prefetch.map(RawPrefetch::check).transpose()?;
        let mut groups = Vec::new();
        let named = self.group.as_ref().map_or(0, Vec::len);
        if named > MOST_GROUPS {
            return fail(format!("group: {named} rules of dispatch are given; give at most {MOST_GROUPS}"));
        }
        for (at, group) in self.group.unwrap_or_default().into_iter().enumerate() {
            let key = format!("group {}", at + 1);
            let most = within(&format!("{key}: most"), group.most, 1, 16)?;
            groups.push(Group {
                units: set_of(&key, &group.units, &units)?,
                most,
                applied: group.applied.unwrap_or(true),
                source: group.source,
            });
        }
        // It may be part of what it stands beside, which takes slots.
        let write_back = self.write_back.map(|raw| raw.check("write-back", &units, 0)).transpose()?;
        for (&class, cost) in Class::ALL.iter().zip(&costs) {
            let advances = class.is_load() || class.is_store();
            cost.check_begins(class, write_back.as_ref().filter(|_| advances), kind, window)?;
        }
        let title = needed("title", self.title, "title = \"My core\"")?;
        Ok(Core {
            name,
            title,
            checked: self.checked.unwrap_or(false),
            kind,
            width: width as u8,
            window: window as u16,
            queue: queue.map(|queue| queue as u16),
            addressing: needed("addressing", self.addressing, "addressing = \"offset\"")?,
            isa,
            units,
            source: needed("source", self.source, "source = \"where width, window and units come from\"")?,
            memory,
            prefetch,
            groups,
            write_back,
            costs,
        })
    }
}

/// The units of these names, as a set of bits.
fn set_of(key: &str, names: &[String], units: &[String]) -> Result<u16, CoreError> {
    let mut set = 0;
    for name in names {
        match units.iter().position(|u| u == name) {
            Some(at) => set |= 1 << at,
            None => {
                return fail(format!("{key}: there is no unit `{name}`; the units are {}", units.join(", ")));
            }
        }
    }
    if set == 0 {
        return fail(format!("{key}: no unit is named; name one or more of {}", units.join(", ")));
    }
    Ok(set)
}

impl Cost {
    fn none() -> Cost {
        Cost {
            uops: Vec::new(),
            slots: 1,
            first: false,
            latency: 1,
            forward: 1,
            forward_from: 0,
            source: String::new(),
        }
    }

    /// That an instruction of this class can begin at all, also one that advances its pointer: in order, all its
    /// µops do in one cycle; out of order, all its slots are in the window.
    fn check_begins(
        &self,
        class: Class,
        write_back: Option<&Cost>,
        kind: Kind,
        window: u32,
    ) -> Result<(), CoreError> {
        let rows = || std::iter::once(self).chain(write_back);
        let class = class.as_str();
        let beside = if write_back.is_some() { ", with those of the write-back," } else { "" };
        match kind {
            Kind::InOrder => {
                let uops: Vec<Uop> = rows().flat_map(|row| row.uops.iter().copied()).collect();
                if !units_for(&uops, u16::MAX, &mut Vec::new()) {
                    return fail(format!(
                        "class.{class}.uops: {}{beside} need a unit each in the same cycle, and there are not as \
                         many; name more units, or one µop with busy = 2",
                        uops.len()
                    ));
                }
            }
            Kind::OutOfOrder => {
                let slots: u32 = rows().map(|row| u32::from(row.slots)).sum();
                if slots > window {
                    return fail(format!(
                        "class.{class}.slots: {slots}{beside} do not fit window = {window}; widen it, or lower \
                         the slots"
                    ));
                }
            }
        }
        Ok(())
    }
}

impl RawPrefetch {
    fn check(self) -> Result<Prefetch, CoreError> {
        if self.source.trim().is_empty() {
            return fail("prefetch.source is empty; say where the numbers come from");
        }
        let (step, most) = (u32::from(STEP), u32::from(FARTHEST));
        let distance = match self.distance {
            Some(distance) if (step..=most).contains(&distance) && distance % step == 0 => distance as u16,
            Some(distance) => {
                return fail(format!(
                    "prefetch.distance = {distance} is not possible; write a multiple of {step} up to {most}"
                ));
            }
            None if self.hardware => 0,
            None => {
                return fail(
                    "prefetch.distance is missing; where no hardware follows a stream, kernels ask so many bytes \
                     ahead: write for example distance = 256",
                );
            }
        };
        Ok(Prefetch { hardware: self.hardware, distance, source: self.source })
    }
}

impl RawCost {
    /// With so many slots at `least`.
    fn check(&self, key: &str, units: &[String], least: u32) -> Result<Cost, CoreError> {
        let number = |of: &str, value: u32, lo: u32| {
            within(&format!("{key}.{of}"), value, lo, MOST_CYCLES).map(|value| value as u8)
        };
        let busy = number("busy", self.busy.unwrap_or(1), 1)?;
        let mut uops = Vec::with_capacity(self.uops.len());
        for names in &self.uops {
            uops.push(Uop { units: set_of(&format!("{key}.uops"), names, units)?, busy });
        }
        if uops.is_empty() || uops.len() > 4 {
            return fail(format!("{key}.uops: {} are listed; list 1 to 4 sets of units", uops.len()));
        }
        let mut forward_from = 0;
        for name in &self.forward_from {
            match class_named(name) {
                Some(c) => forward_from |= 1 << c as u32,
                None => {
                    return fail(format!(
                        "{key}.forward_from: there is no class `{name}`; the classes are {}",
                        class_names(Class::ALL)
                    ));
                }
            }
        }
        if self.source.trim().is_empty() {
            return fail(format!("{key}.source is empty; say where the numbers come from"));
        }
        Ok(Cost {
            slots: number("slots", self.slots.unwrap_or(uops.len() as u32), least)?,
            uops,
            first: self.first,
            latency: number("latency", self.latency, 1)?,
            forward: number("forward", self.forward.unwrap_or(self.latency), 1)?,
            forward_from,
            source: self.source.clone(),
        })
    }
}

fn class_named(name: &str) -> Option<Class> {
    Class::ALL.iter().copied().find(|c| c.as_str() == name)
}

fn class_names(classes: &[Class]) -> String {
    classes.iter().map(|c| c.as_str()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::simulate;
    use crate::isa::{Inst, Op, Reg};

    /// What is said of the table of the Cortex-A72 after a change.
    fn said(from: &str, to: &str) -> String {
        let text = include_str!("../../cores/cortex-a72.toml");
        assert!(text.contains(from), "{from}");
        read(&text.replacen(from, to, 1)).map(|core| core.name).unwrap_err().to_string()
    }

    #[test]
    fn a_bad_table_names_the_key_and_what_is_possible() {
        for (from, to, parts) in [
            ("width = 3", "width = 0", &["width = 0 is not possible", "1 to 16"][..]),
            ("width = 3", "width = -1", &["width", "invalid value"]),
            ("width = 3", "width = \"3\"", &["width", "invalid type"]),
            ("width = 3", "breadth = 3", &["unknown field `breadth`", "`width`"]),
            ("width = 3\n", "", &["width is missing", "width = 3", "like"]),
            ("window = 128\n", "", &["window is missing"]),
            ("window = 128", "window = 2", &["window = 2 holds less than the 3 slots"]),
            ("window = 128", "window = 70000", &["window = 70000 is not possible"]),
            ("kind = \"out-of-order\"", "kind = \"sideways\"", &["unknown variant `sideways`", "in-order"]),
            ("isa = [\"neon\"]", "isa = [\"sse\"]", &["isa", "sse", "neon"]),
            ("isa = [\"neon\"]", "isa = [\"dotprod\"]", &["isa", "add it"]),
            ("isa = [\"neon\"]", "isa = [\"neon\", \"i8mm\"]", &["isa", "add `dotprod`"]),
            ("name = \"cortex-a72\"", "name = \"Cortex A72\"", &["name = `Cortex A72`", "small letters"]),
            ("\"F0\", \"F1\",", "\"F0\", \"F0\",", &["units: `F0` is named twice"]),
            ("[class.mul]", "[class.multiply]", &["class.multiply: there is no such class", "mul, mla"]),
            (
                "[class.mul]\nuops = [[\"F0\"]]",
                "[class.mul]\nuops = [[\"F9\"]]",
                &["class.mul.uops", "`F9`", "F0, F1"],
            ),
            (
                "[class.mul]\nuops = [[\"F0\"]]",
                "[class.mul]\nuops = [[]]",
                &["class.mul.uops: no unit is named"],
            ),
            ("busy = 2", "busy = 0", &["class.mul.busy = 0 is not possible", "1 to 100"]),
            ("latency = 6", "latency = 1000", &["class.mul.latency = 1000 is not possible"]),
            (
                "forward_from = [\"mul\", ",
                "forward_from = [\"mull\", ",
                &["class.mla.forward_from", "`mull`"],
            ),
            ("hardware = true", "hardware = false", &["prefetch.distance is missing", "distance = 256"]),
            (
                "hardware = true",
                "hardware = false\ndistance = 100",
                &["prefetch.distance = 100", "multiple of 64 up to 4096"],
            ),
            ("line = 64", "line = 48", &["memory.line = 48", "power of two"]),
            ("l1d = 32768", "l1d = 0", &["memory.l1d = 0"]),
            ("most = 1", "most = 0", &["group 1: most = 0"]),
        ] {
            let said = said(from, to);
            for part in parts {
                assert!(said.contains(part), "{from:?} to {to:?}: {said}");
            }
        }
        let text = include_str!("../../cores/cortex-a72.toml");
        let at = text.find("[class.mul]").unwrap();
        let end = at + text[at..].find("\n\n").unwrap();
        let without = text[..at].to_string() + &text[end..];
        let missing = read(&without).map(|core| core.name).unwrap_err().to_string();
        assert!(missing.contains("class.mul is missing"), "{missing}");
    }

    /// No table is accepted on which an instruction waits for ever.
    /// A terminal would obey what is printed of them.
    #[test]
    fn texts_that_do_not_print_are_refused_and_escaped() {
        let mine = |more: &str| {
            let text = format!("name = \"mine\"\ntitle = \"Mine\"\nlike = \"cortex-a72\"\n{more}");
            read(&text).map(|core| core.name).unwrap_err().to_string()
        };
        for said in [
            read("name = \"mine\"\nlike = \"\\u001b[31mx\"").map(|core| core.name).unwrap_err().to_string(),
            mine("[class.\"\\u001b[31m\"]\nuops = [[\"F0\"]]\nlatency = 1\nsource = \"x\""),
            mine("[class.mul]\nuops = [[\"\\u001b[31m\"]]\nlatency = 1\nsource = \"x\""),
            mine("[class.mul]\nuops = [[\"F0\"]]\nlatency = 1\nsource = \"\\u001b[2J\""),
        ] {
            assert!(!said.contains('\u{1b}') && said.contains("u{1b}"), "{said}");
        }
        let idle = mine("[class.mul]\nuops = [[\"F0\"]]\nslots = 0\nlatency = 1\nsource = \"x\"");
        assert!(idle.contains("class.mul.slots = 0 is not possible; write a number from 1"), "{idle}");
    }

    #[test]
    fn every_instruction_can_begin() {
        let like = |core: &str, more: &str| {
            read(&format!("name = \"mine\"\ntitle = \"Mine\"\nlike = \"{core}\"\n{more}"))
        };
        let row = |row: &str| format!("{row}\nlatency = 4\nsource = \"x\"\n");
        let two = row("[class.mla-long]\nuops = [[\"V\"], [\"V\"]]");
        let pointer = row("[write-back]\nuops = [[\"LS\"]]\nslots = 0");
        let slots = |slots| row(&format!("[class.mla]\nuops = [[\"F0\"]]\nslots = {slots}"));
        for (core, more, parts) in [
            ("cortex-a53", two, &["class.mla-long.uops: 2 need a unit each", "busy = 2"][..]),
            ("cortex-a53", pointer, &["class.load-", "with those of the write-back"]),
            ("cortex-a72", "width = 1\nwindow = 1\n".into(), &["slots: 2", "do not fit window = 1"]),
            ("cortex-a72", format!("window = 64\n{}", slots(100)), &["class.mla.slots: 100 do not fit"]),
        ] {
            let said = like(core, &more).map(|core| core.name).unwrap_err().to_string();
            for part in parts {
                assert!(said.contains(part), "{more}: {said}");
            }
        }
        assert!(like("cortex-a72", &format!("window = 100\n{}", slots(100))).is_ok());
        // The second µop needs the unit that the first would take if it had the choice.
        let choice = "units = [\"V\", \"W\", \"LS\", \"I0\", \"I1\", \"M\", \"B\"]\n".to_string()
            + &row("[class.mla-long]\nuops = [[\"V\", \"W\"], [\"W\"]]");
        let core = like("cortex-a53", &choice).unwrap();
        let mla = Inst::new(Op::Smlal, &[Reg(0), Reg(1), Reg(2)], 0, None).unwrap();
        assert_eq!(simulate(&core, &[mla], None).cycles, 4.0, "the latency of the sum");
    }

    #[test]
    fn a_core_like_another_says_only_what_differs() {
        let text = "name = \"mine\"\ntitle = \"Mine\"\nlike = \"cortex-a72\"\nwidth = 2\n\
                    [class.mul]\nuops = [[\"F1\"]]\nlatency = 9\nsource = \"measured\"\n";
        let (mine, a72) = (read(text).unwrap(), Core::built_in("cortex-a72").unwrap());
        assert_eq!((mine.width, a72.width), (2, 3));
        assert!(!mine.checked && a72.checked, "a check is not taken over");
        assert_eq!(mine.cost(Class::Mul).latency, 9);
        assert_eq!(mine.cost(Class::Mla).latency, a72.cost(Class::Mla).latency);
        assert_eq!(mine.units, a72.units);
        let unknown = read(&text.replace("cortex-a72", "cortex-a99")).map(|core| core.name).unwrap_err();
        assert!(unknown.to_string().contains("choose one of cortex-a53"), "{unknown}");
        let nameless = read("like = \"cortex-a72\"").map(|core| core.name).unwrap_err();
        assert!(nameless.to_string().contains("name is missing"), "{nameless}");
        let loud =
            read(&text.replace("Mine", "\\u001b[31mMine")).map(|core| core.name).unwrap_err().to_string();
        assert!(loud.contains("title: ") && !loud.contains(char::is_control), "{loud}");
    }
}
