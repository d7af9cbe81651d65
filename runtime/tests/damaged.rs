//! Damaged tuning files: whatever the bytes, a warning or an exact answer, never a panic.

use proptest::prelude::*;
use qgen_runtime::cpu::{Core, Features, Machine};
use qgen_runtime::select::{Overrides, Request, choose};
use qgen_runtime::tuning::{Raw, Tuning, VERSION, Winner};
use qgen_runtime::{Kernel, Operand, Range, catalog};

fn text() -> String {
    let winners = catalog::all().map(|kernel| {
        let spec = &kernel.descriptor().spec;
        Winner {
            lhs: spec.lhs.to_string(),
            rhs: spec.rhs.to_string(),
            m: 240,
            n: 72,
            k: 256,
            kernel: kernel.name().to_owned(),
            mac_per_cycle: Some(7.5),
            gmac_per_s: Some(1.25),
            faster: None,
            raw: Some(Raw {
                samples_ns: vec![4_000, 4_010, 70_000],
                runs: 3,
                stable: true,
                modelled_cycles: 6_000.5,
                clock_mhz: Some(1500.0),
            }),
        }
    });
    let (tool, core) = ("qgen 0.1.0".to_owned(), "cortex-a72".to_owned());
    let date = Some("2025-01-01".to_owned());
    let winners = winners.collect();
    let tuning = Tuning { version: VERSION, tool, core, measured: true, date, cpu: Some(0), winners };
    tuning.to_toml().unwrap()
}

fn answer(text: &str) {
    let (tuning, warnings) = Tuning::parse(text, "tune.toml", Core::Known("cortex-a72"), catalog::all());
    if tuning.is_none() {
        assert!(!warnings.is_empty(), "an ignored file is reported");
    }
    for warning in &warnings {
        assert!(!warning.to_string().contains(char::is_control), "{warning:?}");
    }
    let kernels: Vec<&'static Kernel> = catalog::all().collect();
    let machine = Machine {
        core: Core::by_name("cortex-a72").unwrap(),
        features: Features { neon: true, ..Features::default() },
    };
    for (lo, hi) in [(-8, 7), (0, 255), (-128, 127), (-1, 1)] {
        let operand = Operand::Int(Range::new(lo, hi).unwrap());
        let request = Request::new(operand, operand).with_shape(1, 2, 3);
        let chosen = choose(&request, &machine, &kernels, tuning.as_ref(), &Overrides::default()).unwrap();
        assert!(chosen.kernel.covers(operand, operand));
        assert!(!chosen.reason.contains(char::is_control), "{}", chosen.reason);
    }
}

#[test]
fn the_undamaged_file_is_used() {
    let (tuning, warnings) = Tuning::parse(&text(), "tune.toml", Core::Known("cortex-a72"), catalog::all());
    assert_eq!(warnings, []);
    assert_eq!(tuning.unwrap().winners.len(), catalog::all().count());
    answer(&text());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn changed_bytes(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        let mut bytes = text().into_bytes();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        answer(&String::from_utf8_lossy(&bytes));
    }

    /// Sizes, versions, samples, rates, and the numbers in the names of kernels.
    #[test]
    fn changed_numbers(at in any::<prop::sample::Index>(), number in prop_oneof![
        any::<i64>().prop_map(|n| n.to_string()),
        (0..70u8).prop_map(|n| n.to_string()),
        any::<f64>().prop_map(|n| format!("{n:e}")),
        Just("inf".to_owned()),
        Just("99999999999999999999999".to_owned()),
    ]) {
        let text = text();
        let digit = |i: usize| text.as_bytes().get(i).is_some_and(u8::is_ascii_digit);
        let starts: Vec<usize> = (1..text.len()).filter(|&i| digit(i) && !digit(i - 1)).collect();
        let start = starts[at.index(starts.len())];
        let end = (start..text.len()).find(|&i| !digit(i)).unwrap_or(text.len());
        answer(&format!("{}{number}{}", &text[..start], &text[end..]));
    }

    #[test]
    fn cut_off(at in any::<prop::sample::Index>()) {
        let text = text();
        answer(&text[..at.index(text.len())]);
    }

    #[test]
    fn anything(text in "\\PC{0,200}") {
        answer(&text);
    }
}
