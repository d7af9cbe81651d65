//! The page, for results that are made up and for those of the model.

use super::*;
use crate::clock::Clock;
use crate::tune::contest::Classes;
use crate::tune::shapes::NamedShape;
use qgen_spec::Range;
use std::sync::LazyLock;

/// A section takes half a minute: tests that only look at one share it.
static CORTEX_A72: LazyLock<Section> = LazyLock::new(|| section("cortex-a72"));

fn request() -> Request {
    Request::of(Range::new(-8, 7).unwrap())
}

fn target(core: &str, clock: Option<Clock>) -> Target {
    let core = Core::built_in(core).unwrap();
    Target { name: core.name.clone(), core, clock }
}

fn outcomes(target: &Target) -> Vec<Outcome> {
    let modelled = Target { clock: None, ..target.clone() };
    let shapes = ["72x24x128", "1x120x400", "720x960x512"].map(|text| NamedShape::parse(text).unwrap());
    Classes::new(&request(), &modelled).unwrap().outcomes(&shapes, &modelled).unwrap()
}

fn section(core: &str) -> Section {
    let target = target(core, None);
    Section::of(&request(), &outcomes(&target), &target).unwrap()
}

/// Elements that were not closed, or closed in another order, and attributes without quotes.
fn is_well_formed(page: &str) -> Result<(), String> {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = page.strip_prefix("<!DOCTYPE html>").ok_or("no doctype")?;
    while let Some(at) = rest.find('<') {
        let text = &rest[..at];
        if let Some(bare) = text.find('&').map(|at| &text[at..]) {
            let name = bare.split_once(';').map_or("", |(name, _)| name);
            if name.len() < 3 || name.len() > 8 {
                return Err(format!("a bare & in {text}"));
            }
        }
        rest = &rest[at + 1..];
        let end = rest.find('>').ok_or("a tag without an end")?;
        let (tag, after) = (&rest[..end], &rest[end + 1..]);
        rest = after;
        if let Some(name) = tag.strip_prefix('/') {
            match open.pop() {
                Some(opened) if opened == name => continue,
                opened => return Err(format!("</{name}> closes {opened:?}")),
            }
        }
        if tag.matches('"').count() % 2 != 0 || tag.contains('<') {
            return Err(format!("quotes of <{tag}>"));
        }
        let name = tag.split_whitespace().next().unwrap_or("");
        if !tag.ends_with('/') {
            open.push(name);
        }
    }
    if open.is_empty() { Ok(()) } else { Err(format!("{open:?} stay open")) }
}

#[test]
fn the_check_of_pages_finds_faults() {
    let check = |inside: &str| is_well_formed(&format!("<!DOCTYPE html><p>{inside}</p>"));
    assert!(check("<b>x</b> &amp; <br/>").is_ok());
    for fault in ["<b>", "</b>", "<b><i></b></i>", "<b title=\"x>", "a & b <br/>"] {
        assert!(check(fault).is_err(), "{fault}");
    }
}

#[test]
fn compiler_the_page_has_every_section_and_needs_nothing_but_itself() {
    let cores = ["cortex-a72", "apple-m1"];
    let sections = [CORTEX_A72.clone(), section("apple-m1")];
    let page = page(&request(), &sections, "2026-01-02");
    is_well_formed(&page).unwrap();
    for core in cores {
        for part in ["winners", "heat", "roofline", "frontier", "measured"] {
            assert!(page.contains(&format!("id=\"{core}-{part}\"")), "{core} {part}");
        }
        assert!(page.contains(&format!("href=\"#{core}\"")) && page.contains(&format!("id=\"{core}\"")));
        assert!(page.contains(&format!("Nothing was measured here: this machine is no {core}.")), "{core}");
    }
    assert!(page.contains("on 2026-01-02") && page.contains("<b>Unchecked:</b>"));
    assert!(page.contains("name=\"viewport\"") && page.contains("prefers-color-scheme: dark"));
    // Two drawings a core, each with its name, and none says where to load something.
    assert_eq!(page.matches("<svg role=\"img\" aria-label=\"").count(), 2 * cores.len());
    let outside = page.replace("xmlns=\"http://www.w3.org/2000/svg\"", "");
    for loads in ["http", "src=", "url(", "@import", "<script", "<link", "<img"] {
        assert!(!outside.contains(loads), "{loads}");
    }
    // Every colour of the drawings is one that the style sheet turns.
    for colour in page.split("#").skip(1).filter_map(|text| text.get(..7)?.strip_suffix('"')) {
        assert!(
            page.contains(&format!("[fill=\"#{colour}\"]"))
                || page.contains(&format!("[stroke=\"#{colour}\"]")),
            "{colour}"
        );
    }
    for shape in ["72×24×128", "1×120×400", "720×960×512"] {
        assert_eq!(page.matches(shape).count(), cores.len(), "{shape}");
    }
}

#[test]
fn compiler_the_same_results_are_the_same_bytes() {
    let made = |section| page(&request(), &[section], "2026-01-02");
    let first = made(CORTEX_A72.clone());
    assert!(first == made(section("cortex-a72")), "pages differ");
    assert_eq!(first.matches("2026-01-02").count(), 1);
}

#[test]
fn compiler_tiles_are_those_that_the_planner_would_make() {
    let core = Core::built_in("cortex-a72").unwrap();
    let tiles = Tiles::of(&request(), &core);
    let best = tiles.best().unwrap();
    let speed = |name: &str| qgen::compile_name(name).unwrap().modelled_macs_per_cycle();
    assert_eq!((best.strategy, best.macs_per_cycle), ("fip", speed(&best.kernel)));
    let known = "qgen_fip_4x4_lm8to7_rm8to7neg_t4x4k32u1_cortex_a72";
    let four = tiles.mains().find(|main| main.tile == "4x4").unwrap();
    assert_eq!((four.kernel.as_str(), four.macs_per_cycle), (known, speed(known)));
    assert!(tiles.mains().all(|main| main.macs_per_cycle <= best.macs_per_cycle + 1e-9));
    for (&m, row) in tiles.rows.iter().zip(&tiles.cells) {
        for (&n, cell) in tiles.columns.iter().zip(row) {
            assert!(cell.as_ref().is_none_or(|main| main.tile == format!("{m}x{n}")), "{m}x{n}: {cell:?}");
        }
    }
    // 24 by 24 sums of 16 bits are 72 registers.
    assert!(tiles.cells.last().unwrap().last().unwrap().is_none());
    let heat = Heat::of(&tiles);
    let framed = heat.rows.iter().flat_map(|row| &row.cells).filter(|cell| cell.best);
    assert_eq!(framed.map(|cell| cell.level).collect::<Vec<_>>(), [9]);
}

#[test]
fn compiler_nothing_is_above_the_roof() {
    for name in ["cortex-a53", "cortex-a55", "cortex-a72", "neoverse-n1", "neoverse-v1"] {
        let core = Core::built_in(name).unwrap();
        let roofline = Roofline::of(&Tiles::of(&request(), &core), &[], &core).unwrap();
        for (intensity, speed) in &roofline.loops {
            let roof = roofline.compute_macs_per_cycle.min(intensity * roofline.load_bytes_per_cycle);
            assert!(*speed <= roof * 1.001, "{name}: {speed} above {roof} at {intensity}");
        }
    }
    // By hand: one load of 16 bytes a cycle (A72), two (N1); A53: 16 bytes take both slots, 8 bytes one.
    let rate = |name: &str| tiles::load_bytes_per_cycle(&Core::built_in(name).unwrap());
    assert_eq!(rate("cortex-a72"), 16.0);
    assert_eq!(rate("neoverse-n1"), 32.0);
    assert!((15.5..=16.0).contains(&rate("cortex-a53")), "{}", rate("cortex-a53"));
}

#[test]
fn compiler_times_are_drawn_where_they_are_real() {
    let clock = |unreal: Option<&str>| Some(Clock { unreal: unreal.map(String::from), cpu: None });
    let real = target("cortex-a72", clock(None));
    let mut outcomes = outcomes(&real);
    // A core at 1.5 GHz that does what the model says, but for one shape, where it takes twice as long.
    for (n, outcome) in outcomes.iter_mut().enumerate() {
        for placings in [&mut outcome.asked, &mut outcome.eight_bits, &mut outcome.floats] {
            let all = [Some(&mut placings.best), placings.shipped.as_mut(), placings.low_bits.as_mut()];
            for one in all.into_iter().flatten() {
                let factor = if n == 0 { 2.0 } else { 1.0 };
                one.median_ns = Some(factor * one.modelled_cycles / 1.5);
            }
        }
    }
    let measured = Measured::of(&request(), &outcomes, &real).unwrap().unwrap();
    assert_eq!(measured.clock, "1.50");
    assert!(
        measured.points >= 9 && measured.worst == "100.0" && measured.usual.parse::<f64>().unwrap() < 0.1
    );
    let timed = |target: &Target, section: Section| Section {
        measured: target.is_measured(),
        winners: outcomes.iter().map(|outcome| Winner::of(outcome, target)).collect(),
        measurements: Measured::of(&request(), &outcomes, target).unwrap(),
        unmeasured: unmeasured(target),
        ..section
    };
    let section = timed(&real, CORTEX_A72.clone());
    let page = page(&request(), std::slice::from_ref(&section), "2026-01-02");
    is_well_formed(&page).unwrap();
    assert!(page.contains("clock of 1.50 GHz") && page.contains("GMAC/s, measured"));
    assert!(!page.contains("Nothing was measured"));
    // Under emulation there are times, and they say nothing.
    let unreal = target("cortex-a72", clock(Some("emulated <by hand>")));
    let page = super::page(&request(), &[timed(&unreal, section)], "2026-01-02");
    is_well_formed(&page).unwrap();
    assert!(page.contains("Nothing was measured here: emulated &lt;by hand&gt;."));
    assert!(!page.contains("GHz"));
}
