//! Plans: the right answer, the same from every thread, and an explanation that is true.

mod common;

use common::{int, machine};
use qgen_runtime::bench::signed;
use qgen_runtime::cpu::{Core, Machine};
use qgen_runtime::plan::{Op, Params, Plan, PlanPerCore};
use qgen_runtime::select::Overrides;
use qgen_runtime::{BatchMut, BatchRef, Error, MatMut, MatRef, Operand, catalog};
use qgen_spec::reference;

fn product(lhs: &[i8], rhs: &[i8], (m, n, k): (usize, usize, usize), zeros: (i32, i32)) -> Vec<i32> {
    let at = |i: usize, j: usize| {
        let (x, y) = (|p: usize| i64::from(lhs[i * k + p]), |p: usize| i64::from(rhs[p * n + j]));
        reference::dot(k, x, y, zeros.0.into(), zeros.1.into()) as i32
    };
    (0..m * n).map(|place| at(place / n, place % n)).collect()
}

#[test]
fn plans_compute_products_on_every_class_of_core() {
    let pure = Overrides::default();
    for core in ["cortex-a53", "cortex-a72", "neoverse-n1", "neoverse-v1"] {
        for side in [int(-1, 1), int(-8, 7), int(-128, 127)] {
            for shape @ (m, n, k) in [(1, 1, 1), (0, 3, 4), (1, 37, 64), (9, 8, 300), (13, 21, 33), (5, 4, 0)]
            {
                let params = Params::new().environment(&pure, None).lhs_zero_point(3).rhs_zero_point(-2);
                let plan = Plan::new(Op::gemm(side, side), shape, &params, &machine(core)).unwrap();
                let range = side.range().unwrap();
                let (lhs, rhs) = (signed(1, range, m * k), signed(2, range, k * n));
                let weights = plan.pack(MatRef::new(&rhs, k, n).unwrap()).unwrap();
                let (mut out, mut workspace) = (vec![-1i32; m * n], plan.workspace().unwrap());
                let before = workspace.bytes();
                let view = MatRef::new(&lhs, m, k).unwrap();
                plan.run(view, &weights, MatMut::new(&mut out, m, n).unwrap(), &mut workspace).unwrap();
                assert_eq!(out, product(&lhs, &rhs, shape, (3, -2)), "{}", plan.explain());
                assert_eq!(workspace.bytes(), before, "nothing more is needed than was said");
                assert!(plan.workspace_bytes().unwrap() >= before);
            }
        }
    }
}

#[test]
fn threads_share_a_plan() {
    let (shape @ (m, n, k), side) = ((17, 24, 96), int(-8, 7));
    let plan = Plan::new(Op::gemm(side, side), shape, &Params::new(), &Machine::detect()).unwrap();
    let (lhs, rhs) = (signed(1, side.range().unwrap(), m * k), signed(2, side.range().unwrap(), k * n));
    let weights = plan.pack(MatRef::new(&rhs, k, n).unwrap()).unwrap();
    let wanted = product(&lhs, &rhs, shape, (0, 0));
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let (mut out, mut workspace) = (vec![0i32; m * n], plan.workspace().unwrap());
                let view = MatRef::new(&lhs, m, k).unwrap();
                plan.run(view, &weights, MatMut::new(&mut out, m, n).unwrap(), &mut workspace).unwrap();
                assert_eq!(out, wanted);
            });
        }
    });
}

#[test]
fn batches_are_products_one_by_one() {
    let (count, m, n, k, side) = (3, 5, 7, 40, int(-8, 7));
    let range = side.range().unwrap();
    let plan = Plan::new(Op::gemm(side, side), (m, n, k), &Params::new(), &Machine::detect()).unwrap();
    let lhs = signed(5, range, count * m * k);
    let rhs: Vec<Vec<i8>> = (0..count).map(|b| signed(9 + b as u64, range, k * n)).collect();
    let pack = |rhs: &Vec<i8>| plan.pack(MatRef::new(rhs, k, n).unwrap()).unwrap();
    let packed: Vec<_> = rhs.iter().map(pack).collect();
    let batch = BatchRef::new(&lhs, count, m, k).unwrap();
    let mut workspace = plan.workspace().unwrap();
    let mut out = vec![0i32; count * m * n];
    plan.run_batch(batch, &packed[0], BatchMut::new(&mut out, count, m, n).unwrap(), &mut workspace).unwrap();
    assert_eq!(out, product(&lhs, &rhs[0], (count * m, n, k), (0, 0)));
    let outs = BatchMut::new(&mut out, count, m, n).unwrap();
    plan.run_batch_each(batch, &packed, outs, &mut workspace).unwrap();
    for b in 0..count {
        let wanted = product(&lhs[b * m * k..][..m * k], &rhs[b], (m, n, k), (0, 0));
        assert_eq!(out[b * m * n..][..m * n], wanted);
    }
    let two = BatchMut::new(&mut out, 2, m, n).unwrap();
    let e = plan.run_batch(batch, &packed[0], two, &mut workspace).unwrap_err().to_string();
    assert!(e.starts_with("out: it has 2 matrices, but lhs has 3"), "{e}");
    let outs = BatchMut::new(&mut out, count, m, n).unwrap();
    let e = plan.run_batch_each(batch, &packed[..1], outs, &mut workspace).unwrap_err().to_string();
    assert!(e.contains("but rhs has 1"), "{e}");
}

/// A second plan over the same weights takes a kernel that reads them.
#[test]
fn plans_can_be_made_for_weights_that_are_packed() {
    let pure = Overrides::default();
    let (side, n, k) = (int(-8, 7), 24, 64);
    let range = side.range().unwrap();
    let rhs = signed(2, range, k * n);
    for core in ["cortex-a53", "cortex-a72", "neoverse-n1", "neoverse-v1"] {
        let params = Params::new().environment(&pure, None);
        let first = Plan::new(Op::gemm(side, side), (64, n, k), &params, &machine(core)).unwrap();
        let weights = first.pack(MatRef::new(&rhs, k, n).unwrap()).unwrap();
        let params = params.packed(&weights);
        let second = Plan::new(Op::gemm(side, side), (1, n, k), &params, &machine(core)).unwrap();
        let (lhs, mut out) = (signed(1, range, k), vec![0i32; n]);
        let mut workspace = second.workspace().unwrap();
        let view = MatRef::new(&lhs, 1, k).unwrap();
        second.run(view, &weights, MatMut::new(&mut out, 1, n).unwrap(), &mut workspace).unwrap();
        assert_eq!(out, product(&lhs, &rhs, (1, n, k), (0, 0)), "{}", second.explain());
        // What the environment asks for is heeded as far as the weights allow, and what is not is said.
        let other = catalog::usual().find(|kernel| kernel.accepts().1 == Operand::F32).unwrap().name();
        let asks = |kernel: Option<&str>, off| {
            let overrides = Overrides { kernel: kernel.map(str::to_owned), off, ..Overrides::default() };
            let params = params.clone().environment(&overrides, None);
            let plan = Plan::new(Op::gemm(side, side), (1, n, k), &params, &machine(core)).unwrap();
            plan.explain().warnings.join("; ")
        };
        let said = asks(Some(other), false);
        let reason = format!("QGEN_KERNEL: {other} does not read weights that were packed for");
        assert!(said.starts_with(&reason), "{said}");
        for said in [asks(None, true), asks(Some("portable"), false)] {
            let expected = if second.kernel().runs_natively() { "no plain Rust reads weights" } else { "" };
            assert!(said.contains(expected) && said.is_empty() == expected.is_empty(), "{said}");
        }
        // Weights of 4 bits say nothing about values of 8.
        let wide = int(-128, 127);
        let e = Plan::new(Op::gemm(wide, int(-2, 1)), (1, n, k), &params, &machine(core)).unwrap_err();
        assert!(matches!(e, Error::NoPlan { .. }), "{e}");
        assert!(e.to_string().contains("plan without the packed weights"), "{e}");
    }
}

#[test]
fn each_kind_of_core_has_a_plan_and_weights_that_it_reads() {
    let pure = Overrides::default();
    let (shape @ (m, n, k), side) = ((12, 16, 64), int(-8, 7));
    let range = side.range().unwrap();
    let machines = ["cortex-a72", "cortex-a53", "cortex-a72"].map(machine);
    let params = Params::new().environment(&pure, None);
    let plans = PlanPerCore::new(Op::gemm(side, side), shape, &params, &machines).unwrap();
    assert_eq!(plans.plans().count(), 2, "the third is the first");
    let (lhs, rhs) = (signed(1, range, m * k), signed(2, range, k * n));
    let weights = plans.pack(MatRef::new(&rhs, k, n).unwrap()).unwrap();
    let mut workspace = plans.workspace().unwrap();
    for core in machines.map(|machine| machine.core).into_iter().chain([Core::NotArm]) {
        let (view, mut out) = (MatRef::new(&lhs, m, k).unwrap(), vec![0i32; m * n]);
        let result = MatMut::new(&mut out, m, n).unwrap();
        plans.run_on(core, view, &weights, result, &mut workspace).unwrap();
        assert_eq!(out, product(&lhs, &rhs, shape, (0, 0)));
    }
    let e = PlanPerCore::new(Op::gemm(side, side), shape, &params, &[]).unwrap_err().to_string();
    assert!(e.starts_with("machines: there are none"), "{e}");
}

#[test]
fn explanations_name_the_kernel_its_cost_and_what_else_there_was() {
    let pure = Overrides::default();
    let params = Params::new().environment(&pure, None);
    let four = int(-8, 7);
    let plan = Plan::new(Op::gemm(four, four), (240, 72, 1024), &params, &machine("cortex-a72")).unwrap();
    let (data, text) = (plan.explain(), plan.explain().to_string());
    assert_eq!(data.kernel, plan.kernel().name());
    assert!(text.starts_with("240x72x1024 on cortex-a72: qgen_"), "{text}");
    println!("{text}");
    for word in ["cycles modelled", "MAC/cycle", "considered", "blocks", "KiB", "exact      up to k"] {
        assert!(text.contains(word), "{word}: {text}");
    }
    assert!(data.considered.len() > 1);
    // The best comes first, and what was taken costs nearly as little.
    let best = data.considered[0].cycles.unwrap();
    assert!(data.cycles.unwrap() <= best * 1.03, "{text}");
    let short = Plan::new(Op::gemm(four, four), (240, 72, 256), &params, &machine("cortex-a72")).unwrap();
    assert!(short.explain().short_form.as_ref().is_some_and(|name| name.contains("u1s_")), "{short:?}");
    let off = Overrides { off: true, ..Overrides::default() };
    let params = Params::new().environment(&off, None);
    let plan = Plan::new(Op::gemm(four, four), (2, 2, 2), &params, &machine("cortex-a72")).unwrap();
    assert!(catalog::portable().iter().any(|kernel| kernel.name() == plan.kernel().name()));
    assert!(plan.explain().to_string().contains("QGEN_OFF switches machine code off"));
}

#[test]
fn what_cannot_be_planned_says_why() {
    let pure = Overrides::default();
    let (params, here) = (Params::new().environment(&pure, None), machine("cortex-a72"));
    let (four, eight) = (int(-8, 7), int(-128, 127));
    let plan = |op, shape: (usize, usize, usize), params: &Params<'_>| Plan::new(op, shape, params, &here);
    let e = plan(Op::gemm(eight, eight), (1, 1, 131_072), &params).unwrap_err();
    assert!(matches!(e, Error::Depth { .. }), "{e}");
    let e = plan(Op::gemm(four, Operand::F32), (1, 1, 1), &params).unwrap_err();
    assert!(matches!(e, Error::MixedOperands { .. }), "{e}");
    let zeros = params.clone().lhs_zero_point(1);
    let e = plan(Op::gemm(Operand::F32, Operand::F32), (1, 1, 1), &zeros).unwrap_err();
    assert!(matches!(e, Error::FloatZeroPoint { .. }), "{e}");
    let many = plan(Op::gemm(four, four), (1 << 40, 4, 64), &params).unwrap();
    assert!(many.workspace_bytes().unwrap() < 1 << 20, "rows are worked on block by block");
    // Of a tile with three rows so many would be whole tiles.
    for (operand, shape) in [(eight, (usize::MAX, 4, 64)), (four, (4, usize::MAX, 64))] {
        let e = plan(Op::gemm(operand, operand), shape, &params).unwrap_err();
        assert!(matches!(e, Error::Size(_)), "{e}");
    }
    let small = plan(Op::gemm(four, four), (4, 4, 64), &params).unwrap();
    let e = small.pack(MatRef::new(&[0i8; 64], 16, 4).unwrap()).unwrap_err().to_string();
    assert!(e.starts_with("rhs: it is 16x4, but the plan is for 64x4"), "{e}");
}
