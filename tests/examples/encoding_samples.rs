//! Prints sample instructions, one a line, for an outside assembler; see `cargo xtask encodings`.

fn main() {
    for (text, _) in qgen_tests::encodings::samples() {
        println!("{text}");
    }
}
