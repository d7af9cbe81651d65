//! What the attribute stands on.

use qgen_runtime::qkernel;

#[qkernel(bits = 4)]
struct Fields {
    value: u8,
}

#[qkernel(bits = 4)]
struct Tuple(u8);

#[qkernel(bits = 4)]
struct Generic<const N: usize>;

#[qkernel(bits = 4)]
struct Condition
where
    u8: Copy;

#[qkernel(bits = 4)]
enum Enum {}

#[qkernel(bits = 4)]
fn function() {}

fn main() {}
