//! Multiplications by several threads: the results of one, to the bit.

use qgen_runtime::bench::{SEED, operands};
use qgen_runtime::cpu::{Core, Machine};
use qgen_runtime::plan::{Op, Params, Plan};
use qgen_runtime::select::Overrides;
use qgen_runtime::threads::{Alone, Scoped, Threads};
use qgen_runtime::{Error, MatMut, MatRef, Operand, Workspace};
use std::num::NonZeroUsize;

fn plan((m, n, k): (usize, usize, usize), operand: Operand) -> Plan {
    let pure = Overrides::default();
    let (params, core) = (Params::new().environment(&pure, None), Core::by_name("cortex-a72").unwrap());
    Plan::new(Op::gemm(operand, operand), (m, n, k), &params, &Machine::with_core(core)).unwrap()
}

fn scoped(threads: usize) -> Scoped {
    Scoped(NonZeroUsize::new(threads).unwrap())
}

fn workspaces(count: usize) -> Vec<Workspace> {
    (0..count).map(|_| Workspace::new()).collect()
}

#[test]
fn results_are_the_same_for_any_number_of_threads() {
    for bits in [2, 4, 8] {
        let operand = Operand::of_bits(bits).unwrap();
        for shape @ (m, n, k) in [(1, 5, 64), (7, 3, 33), (61, 20, 100), (200, 9, 32), (0, 4, 8), (6, 0, 8)] {
            let plan = plan(shape, operand);
            let lhs = operands(SEED, operand, m * k);
            let lhs = MatRef::new(&lhs, m, k).unwrap();
            let rhs = operands(SEED + 1, operand, k * n);
            let rhs = plan.pack(MatRef::new(&rhs, k, n).unwrap()).unwrap();
            let mut wanted = vec![0; m * n];
            plan.run(lhs, &rhs, MatMut::new(&mut wanted, m, n).unwrap(), &mut Workspace::new()).unwrap();
            for threads in [1, 2, 3, 8] {
                let mut out = vec![-1; m * n];
                let view = MatMut::new(&mut out, m, n).unwrap();
                plan.run_on(&scoped(threads), lhs, &rhs, view, &mut workspaces(threads)).unwrap();
                assert_eq!(out, wanted, "{shape:?}, {threads} threads");
                // Gaps between rows are left alone, and columns that are neighbours are one thread's.
                let mut out = vec![-1; m * (n + 2)];
                let view = MatMut::with_strides(&mut out, m, n, n + 2, 1).unwrap();
                plan.run_on(&scoped(threads), lhs, &rhs, view, &mut workspaces(3)).unwrap();
                for (row, line) in out.chunks_exact(n + 2).enumerate() {
                    assert_eq!((&line[..n], &line[n..]), (&wanted[row * n..][..n], &[-1, -1][..]));
                }
                let mut out = vec![-1; m * n];
                let view = MatMut::with_strides(&mut out, m, n, 1, m).unwrap();
                plan.run_on(&scoped(threads), lhs, &rhs, view, &mut workspaces(3)).unwrap();
                assert!((0..m * n).all(|at| out[at % n * m + at / n] == wanted[at]), "{shape:?}");
            }
        }
    }
}

#[test]
fn errors_name_rows_of_the_whole() {
    let operand = Operand::of_bits(4).unwrap();
    let plan = plan((64, 8, 32), operand);
    let rhs = plan.pack(MatRef::new(&[1i8; 32 * 8], 32, 8).unwrap()).unwrap();
    let mut lhs = vec![0i8; 64 * 32];
    lhs[50 * 32 + 3] = 9;
    lhs[60 * 32] = 10;
    let view = MatRef::new(&lhs, 64, 32).unwrap();
    let mut out = vec![0; 64 * 8];
    for threads in [&Alone as &dyn Threads, &scoped(2), &scoped(4)] {
        let done =
            plan.run_on(threads, view, &rhs, MatMut::new(&mut out, 64, 8).unwrap(), &mut workspaces(4));
        assert!(matches!(done, Err(Error::Value { value: 9, row: 50, column: 3, .. })), "{done:?}");
    }
    let done = plan.run_on(&scoped(2), view, &rhs, MatMut::new(&mut out, 64, 8).unwrap(), &mut []);
    assert!(
        done.unwrap_err().to_string().starts_with("workspaces: there are none; give one for each thread")
    );
    let done = plan.run_on(&scoped(2), view, &rhs, MatMut::new(&mut out, 63, 8).unwrap(), &mut workspaces(2));
    assert!(done.unwrap_err().to_string().starts_with("out: it is 63x8, but the product is 64x8"));
}
