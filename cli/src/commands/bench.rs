//! `qgen bench`

use crate::bench::{gemm, grid, images, net};
use crate::failure::Failure;
use std::path::PathBuf;

/// Runs one multiplication, a grid of them, a whole network, or a convolution layer over real images, and checks or
/// times it.
///
/// Values come from a fixed seed and weights are packed before; packing of the left side is part of
/// the work. Times are shown where kernels run natively: on other machines plain Rust gives the same
/// results, to the bit, but its time says nothing.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) shape: Shape,
    /// Width of both sides: 1 (-1 or 1) to 8, or 32 for floats [default: 4; with --net all].
    #[arg(long, allow_hyphen_values = true)]
    pub(crate) bits: Option<u32>,
    /// How often it is timed.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(crate) reps: u32,
    /// How often it is run before.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(..=1_000_000))]
    pub(crate) warmup: u32,
    /// Threads: more than 1 are possible with --net only.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub(crate) threads: u32,
    /// The kernel, by its name: one that ships, or any other, which is compiled first [default: the
    /// one that the runtime selects for this machine].
    #[arg(long, value_name = "NAME")]
    pub(crate) kernel: Option<String>,
    /// A tuning file to select the kernel by [default: what QGEN_TUNING names].
    #[arg(long, value_name = "FILE", conflicts_with = "kernel")]
    pub(crate) tuning: Option<PathBuf>,
    /// Images in the IDX format of MNIST: quantise them, run a 5×5 convolution layer over them as
    /// im2col and multiplication, and compare every output with a plain convolution.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["m", "n", "k"])]
    pub(crate) images: Option<PathBuf>,
    /// Every width from 1 to 8 bits and floats at every shape of the published grid and of LeNet-5's, MobileNet's and
    /// ResNet-18's layers, at 1024x1024x1024, at single rows and at few columns: ratios in one run, and what packing
    /// and sums of the left side take of it. Timed where times mean something; elsewhere, and for a --core, modelled.
    #[arg(
        long,
        conflicts_with_all = ["m", "n", "k", "bits", "reps", "warmup", "kernel", "tuning", "images"]
    )]
    grid: bool,
    /// A whole network: lenet5, mobilenet-block, resnet18-block, or a file of one. Timed where times mean something, by
    /// width; elsewhere, and for a --core, counted instructions and modelled cycles.
    #[arg(
        long,
        value_name = "NET",
        conflicts_with_all = ["m", "n", "k", "kernel", "tuning", "images", "grid"]
    )]
    net: Option<String>,
    /// With --net: every layer by its kernel, its time or its cycles, and its share.
    #[arg(long, requires = "net")]
    pub(crate) profile: bool,
    /// With --net: images at a time, where times are taken.
    #[arg(
        long,
        requires = "net",
        default_value_t = 1,
        value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..=1 << 20)
    )]
    pub(crate) batch: usize,
    /// With --grid or --net: model this core; may be given several times [default: one of each class].
    #[arg(long, value_name = "NAME")]
    pub(crate) core: Vec<String>,
    /// With --grid: every shape of the published grid in a line of its own.
    #[arg(long, requires = "grid", conflicts_with = "json")]
    long: bool,
    /// Print JSON, for machines.
    #[arg(long)]
    pub(crate) json: bool,
}

impl Args {
    /// The width of one multiplication.
    pub(crate) fn bits(&self) -> u32 {
        self.bits.unwrap_or(4)
    }
}

/// The multiplication's shape.
#[derive(clap::Args, Clone, Copy, Debug)]
pub(crate) struct Shape {
    /// Rows of the result.
    #[arg(long, default_value_t = 240, allow_hyphen_values = true)]
    pub(crate) m: usize,
    /// Columns of the result.
    #[arg(long, default_value_t = 72, allow_hyphen_values = true)]
    pub(crate) n: usize,
    /// Depth.
    #[arg(long, default_value_t = 256, allow_hyphen_values = true)]
    pub(crate) k: usize,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    if let Some(net) = &args.net {
        return net::run(args, net);
    }
    if args.threads != 1 {
        return Err(Failure(format!(
            "threads: {} is not possible; one multiplication runs on one thread, so give 1, or --net",
            args.threads
        )));
    }
    if args.grid {
        return grid::run(&args.core, args.long, args.json);
    }
    if !args.core.is_empty() {
        return Err(Failure(
            "core: only --grid and --net are modelled for other cores; give one of them".into(),
        ));
    }
    match &args.images {
        Some(file) => images::run(args, file),
        None => gemm::run(args),
    }
}
