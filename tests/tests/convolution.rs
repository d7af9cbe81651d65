//! Convolution between inaccessible pages: of the input nothing outside is read, of the output nothing outside
//! is written, by one thread and by rayon's.

#![cfg(unix)]
#![expect(unsafe_code, reason = "it sees guarded bytes as numbers")]

use qgen_runtime::bench::{SEED, floats as real, operands};
use qgen_runtime::conv::{ConvPlan, Geometry, Nhwc, Window, Workspace};
use qgen_runtime::cpu::{Core, Features, Machine};
use qgen_runtime::plan::{Epilogue, Params};
use qgen_runtime::quant::{self, Activation, Factors, FloatStage, OutputStage, Requantise};
use qgen_runtime::select::Overrides;
use qgen_runtime::threads::{Alone, Rayon, Threads};
use qgen_runtime::{Element, Operand, Range, Value};
use qgen_tests::guard::{GuardedBuf, Placement};
use std::fmt::Debug;

/// Layers of every way: input, output channels, window, groups.
fn layers() -> Vec<(Nhwc, usize, Window, usize)> {
    let three = Window::new(3, 3);
    let padded = three.padding(1, 1, 1, 1);
    vec![
        (Nhwc::new(1, 5, 7, 32), 9, Window::new(1, 1), 1),
        (Nhwc::new(2, 5, 7, 33), 9, Window::new(1, 1).stride(2, 2), 1),
        (Nhwc::new(1, 5, 9, 16), 5, Window::new(1, 4).padding(1, 2, 0, 0), 1),
        (Nhwc::new(2, 4, 16, 32), 8, padded, 1),
        (Nhwc::new(1, 4, 18, 32), 8, three, 1),
        (Nhwc::new(1, 4, 13, 32), 7, three, 1),
        (Nhwc::new(1, 6, 7, 3), 5, padded, 1),
        (Nhwc::new(2, 6, 19, 1), 7, Window::new(5, 5).padding(2, 2, 2, 2), 1),
        (Nhwc::new(1, 9, 33, 4), 3, three.stride(2, 3), 1),
        (Nhwc::new(1, 7, 9, 6), 4, three.dilation(2, 3), 2),
        (Nhwc::new(1, 5, 6, 16), 16, padded, 16),
        (Nhwc::new(1, 5, 6, 32), 32, three, 32),
        (Nhwc::new(1, 5, 6, 37), 74, padded.stride(2, 1), 37),
        (Nhwc::new(1, 5, 6, 3), 3, three, 3),
        (Nhwc::new(1, 7, 8, 20), 20, Window::new(5, 2), 20),
    ]
}

#[test]
fn nothing_outside_of_input_and_output_is_touched() {
    let all = Features { neon: true, dotprod: true, i8mm: true };
    let features = if cfg!(target_arch = "aarch64") { Machine::detect().features } else { all };
    let pure = Overrides::default();
    let params = Params::new().environment(&pure, None).lhs_zero_point(-3);
    for core in ["cortex-a53", "cortex-a72", "neoverse-n1", "neoverse-v1"] {
        let machine = Machine { core: Core::by_name(core).unwrap(), features };
        for (lo, hi) in [(-128, 127), (-8, 7), (-3, 1)] {
            let operand = Operand::Int(Range::new(lo, hi).unwrap());
            for (input, outputs, window, groups) in layers() {
                let geometry = Geometry::new("conv1", input, outputs, window, groups).unwrap();
                let values = operands(SEED, operand, input.len().unwrap());
                let weights = operands(SEED + 1, operand, geometry.weights());
                let plan = |epilogue: &Epilogue| {
                    let params = params.clone().epilogue(epilogue);
                    ConvPlan::new(&geometry, (operand, operand), &params, &machine).unwrap()
                };
                run_between_pages::<_, i32>(&plan(&Epilogue::sums()), &values, &weights);
                run_between_pages::<_, i8>(&plan(&bytes(outputs)), &values, &weights);
                run_between_pages::<_, f32>(&plan(&floats()), &values, &weights);
            }
        }
        for (input, outputs, window, groups) in layers() {
            let geometry = Geometry::new("conv1", input, outputs, window, groups).unwrap();
            let values = real(SEED, input.len().unwrap());
            let bounded = Epilogue::floats(Activation::Relu6).unwrap().with_bias(vec![0.5f32; outputs]);
            for epilogue in [Epilogue::sums(), bounded] {
                let params = Params::new().environment(&pure, None).epilogue(&epilogue);
                let plan = ConvPlan::new(&geometry, (Operand::F32, Operand::F32), &params, &machine).unwrap();
                run_between_pages::<_, f32>(&plan, &values, &real(SEED + 1, geometry.weights()));
            }
        }
    }
}

/// A factor and a bias for each channel.
fn bytes(outputs: usize) -> Epilogue {
    let factor = |at: usize| Requantise::from_scale(0.01 + at as f64 / 1000.0).unwrap();
    let factors = Factors::PerChannel((0..outputs).map(factor).collect());
    let stage = OutputStage::new(factors, 3, Range::new(-100, 100).unwrap()).unwrap();
    let bias: Vec<i32> = (0..outputs as i32).collect();
    Epilogue::requantise(stage).with_bias(bias)
}

/// One scale, no bias.
fn floats() -> Epilogue {
    let params = quant::Params::per_tensor(0.5, 0, Range::new(-128, 127).unwrap()).unwrap();
    Epilogue::to_f32(FloatStage::new(&params, &params, Activation::Relu).unwrap())
}

/// Results of any size, at both ends of a page, by one thread and by several, are those in ordinary memory.
fn run_between_pages<T: Value, O: Element + PartialEq + Debug>(plan: &ConvPlan, values: &[T], weights: &[T]) {
    let weights = plan.pack(weights).unwrap();
    let mut wanted = vec![O::default(); plan.geometry().output().len().unwrap()];
    plan.run(values, &weights, &mut wanted, &mut Workspace::new()).unwrap();
    for placement in [Placement::FlushStart, Placement::FlushEnd] {
        let mut input = GuardedBuf::new(size_of_val(values), placement);
        // SAFETY: as long as the values, which have no padding, and apart from them.
        unsafe { input.as_mut_ptr().copy_from(values.as_ptr().cast(), size_of_val(values)) };
        input.freeze();
        for threads in [&Alone as &dyn Threads, &Rayon] {
            let mut out = GuardedBuf::new(size_of_val(&wanted[..]), placement);
            {
                // SAFETY: bytes are valid values of what is read and stored; both ends of a page are aligned for any
                // of them, and so is each multiple of their size before its end.
                let (input, out) = unsafe {
                    (
                        std::slice::from_raw_parts(input.as_ptr().cast::<T>(), values.len()),
                        std::slice::from_raw_parts_mut(out.as_mut_ptr().cast::<O>(), wanted.len()),
                    )
                };
                let mut workspaces: Vec<Workspace> = (0..3).map(|_| Workspace::new()).collect();
                plan.run_on(threads, input, &weights, out, &mut workspaces).unwrap();
                assert_eq!(out, wanted, "{placement:?}\n{}", plan.explain());
            }
            out.check_margins().unwrap_or_else(|e| panic!("{e}: {placement:?}\n{}", plan.explain()));
        }
    }
}
