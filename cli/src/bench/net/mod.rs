//! `qgen bench --net`: whole networks, by width or by layer.

mod counted;
mod measured;

use crate::clock::Clock;
use crate::commands::bench::Args;
use crate::failure::Failure;
use qgen_runtime::Error;
use qgen_runtime::bench::{NET_BITS, NETS, Net};
use qgen_runtime::net::{Model, NetFile};
use std::path::{Path, PathBuf};

/// A network at one width.
struct Variant {
    /// 32 are floats; none for what a file has.
    bits: Option<u32>,
    model: Model,
}

/// Larger files are no networks for this benchmark.
const LONGEST_FILE: u64 = 1 << 30;

pub(crate) fn run(args: &Args, net: &str) -> Result<(), Failure> {
    let clock = Clock::here();
    let known = Net::by_name(net);
    if let (Some(net), false) = (known, clock.is_real() && args.core.is_empty()) {
        let why = match &clock.unreal {
            _ if !args.core.is_empty() => "--core asks for it".to_owned(),
            unreal => unreal.clone().unwrap_or_default(),
        };
        for (option, given) in [("batch", args.batch), ("threads", args.threads as usize)] {
            if given != 1 {
                return Err(Failure(format!(
                    "{option}: what is counted is one image on one thread ({why}); leave --{option} out"
                )));
            }
        }
        return counted::run(args, net, &why);
    }
    if !args.core.is_empty() {
        return Err(Failure(format!(
            "core: {net} is a file; only networks of this program are modelled for other cores"
        )));
    }
    if let (None, Some(bits)) = (known, args.bits) {
        return Err(Failure(format!(
            "bits: {bits} is not possible: a file's network has its own; leave --bits out"
        )));
    }
    let variants = match known {
        Some(net) => {
            let bits: Vec<u32> = args.bits.map_or(NET_BITS.to_vec(), |bits| vec![bits]);
            let variant = |bits| Ok(Variant { bits: Some(bits), model: net.model(bits)? });
            bits.into_iter().map(variant).collect::<Result<Vec<_>, Error>>()?
        }
        None => vec![Variant { bits: None, model: file(net)? }],
    };
    measured::run(args, net, &clock, &variants)
}

/// The network of a file.
fn file(name: &str) -> Result<Model, Failure> {
    let path = Path::new(name);
    let fail = |problem: String| {
        let known = NETS.map(Net::name).join(", ");
        Failure(format!(
            "net: {}: {problem}; give {known}, or a file of a network",
            PathBuf::from(name).display()
        ))
    };
    let length = std::fs::metadata(path).map_err(|e| fail(e.to_string()))?.len();
    if length > LONGEST_FILE {
        return Err(fail(format!("it has {length} bytes; at most {LONGEST_FILE} are read")));
    }
    let bytes = std::fs::read(path).map_err(|e| fail(e.to_string()))?;
    Ok(NetFile::open(bytes).map_err(|e| fail(e.to_string()))?.model().clone())
}

/// A width in words.
fn words(bits: Option<u32>) -> String {
    match bits {
        Some(32) => "floats".into(),
        Some(bits) => format!("{bits} bits"),
        None => "as stored".into(),
    }
}
