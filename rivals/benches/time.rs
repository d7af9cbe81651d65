//! Times of published crates beside ours in one run, by criterion: `cargo bench --manifest-path rivals/Cargo.toml`, on the
//! machine that is to be judged. Where that is no Arm machine, our plain Rust runs in place of our machine code, and
//! the times say nothing of either.
//!
//! What is timed is what `cargo xtask rivals` counts: see the crate's page.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use qgen_runtime::bench::{Multiplication, operand_of_bits};
use qgen_runtime::select;
use rivals::{NAMES, Shape, Work, one_thread};

/// One of the published 4-bit grid, layers of MobileNet and ResNet-18, and a single row.
const SHAPES: [Shape; 4] = [
    Shape { m: 240, n: 72, k: 256 },
    Shape { m: 196, n: 512, k: 512 },
    Shape { m: 784, n: 128, k: 1152 },
    Shape { m: 1, n: 4096, k: 4096 },
];

fn time(criterion: &mut Criterion) {
    one_thread().expect("criterion has no threads of rayon's");
    for Shape { m, n, k } in SHAPES {
        let mut group = criterion.benchmark_group(format!("{m}x{n}x{k}"));
        group.throughput(Throughput::Elements((m * n * k) as u64));
        for bits in [1, 2, 3, 4, 5, 6, 7, 8, 32] {
            let operand = operand_of_bits(bits).expect("a width that there is");
            let request = select::Request::new(operand, operand).with_shape(m, n, k);
            let kernel = select::select(&request).expect("the same operands on both sides").kernel;
            let shape = select::Shape { m, n, k };
            let mut ours = Multiplication::new(kernel, (operand, operand), shape).expect("a usual shape");
            let id = if bits == 32 { "f32".to_owned() } else { format!("{bits} bits") };
            group.bench_function(BenchmarkId::new("qgen", id), |bencher| bencher.iter(|| ours.run()));
        }
        for name in NAMES {
            let mut work = Work::new(name, Shape { m, n, k }).expect(name);
            group.bench_function(name, |bencher| bencher.iter(|| work.run()));
        }
        group.finish();
    }
}

criterion_group!(benches, time);
criterion_main!(benches);
