//! What is at which address of a program: its disassembly.

use crate::cargo;
use crate::process::{Result, output};
use crate::toolchain::Counting;
use std::collections::HashMap;
use std::path::Path;
use std::rc::Rc;

/// `hint #0x60` and `hint #0x61`, between which a program does what is to be counted: no-ops on every core that
/// no compiler writes by itself.
const START: u32 = 0xd503_2c1f;
const STOP: u32 = 0xd503_2c3f;

/// One instruction of a program.
#[derive(Clone, Debug)]
pub(crate) struct Instruction {
    /// The machine's word.
    pub(crate) word: u32,
    /// The disassembler's text, with single spaces and without remarks.
    pub(crate) text: String,
    /// The function that it is in, demangled.
    pub(crate) function: Rc<str>,
}

/// A disassembled program.
pub(crate) struct Image {
    instructions: HashMap<u64, Instruction>,
}

impl Image {
    /// Disassembles a program that is loaded where its file says: static and not position-independent.
    pub(crate) fn of(program: &Path, tools: &Counting) -> Result<Image> {
        let mut objdump = cargo::command(tools.objdump);
        Ok(Image::parse(&output(objdump.args(["-d", "-C", "-z"]).arg(program))?))
    }

    fn parse(text: &str) -> Image {
        let mut instructions = HashMap::new();
        let mut function: Rc<str> = "?".into();
        for line in text.lines() {
            if let Some((_, rest)) = line.split_once(" <")
                && let Some(name) = rest.strip_suffix(">:")
            {
                function = name.into();
                continue;
            }
            // `  4005c0:\td503245f \tbti\tc  // remark`
            let Some((address, rest)) = line.trim_start().split_once(":\t") else { continue };
            let Some((word, text)) = rest.split_once('\t') else { continue };
            let address = u64::from_str_radix(address, 16);
            if let (Ok(address), Ok(word)) = (address, u32::from_str_radix(word.trim(), 16)) {
                let text = text.split("//").next().unwrap_or(text);
                let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
                instructions.insert(address, Instruction { word, text, function: function.clone() });
            }
        }
        Image { instructions }
    }

    /// The instruction at an address.
    pub(crate) fn at(&self, address: u64) -> Option<&Instruction> {
        self.instructions.get(&address)
    }

    /// The function at an address.
    pub(crate) fn function(&self, address: u64) -> &str {
        self.at(address).map_or("?", |instruction| &instruction.function)
    }

    /// Bytes of the code of all functions whose name has `part` in it.
    pub(crate) fn bytes_of(&self, part: &str) -> usize {
        const WORD: usize = 4;
        WORD * self.instructions.values().filter(|instruction| instruction.function.contains(part)).count()
    }

    /// Where counting begins.
    pub(crate) fn starts(&self) -> Vec<u64> {
        self.places(START)
    }

    /// Where it ends.
    pub(crate) fn stops(&self) -> Vec<u64> {
        self.places(STOP)
    }

    fn places(&self, word: u32) -> Vec<u64> {
        let of =
            |(&address, instruction): (&u64, &Instruction)| (instruction.word == word).then_some(address);
        let mut places: Vec<u64> = self.instructions.iter().filter_map(of).collect();
        places.sort_unstable();
        places
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disassembly_is_read() {
        let image = Image::parse(
            "\ngemm:     file format elf64-littleaarch64\n\nDisassembly of section .text:\n\n\
             00000000004005c0 <qgen_runtime::kernels::k::code>:\n  \
             4005c0:\td5032c1f \thint\t#0x60\n  \
             4005c4:\t54000041 \tb.ne\t4005cc <f<g>::h+0x8>  // b.any\n  \
             4005c8:\td5032c3f \thint\t#0x61\n\t...\n00000000004005cc <f<g>::h>:\n  \
             4005cc:\t4e20956f \tmla\tv15.16b, v11.16b, v0.16b\n",
        );
        assert_eq!((image.starts(), image.stops()), (vec![0x40_05c0], vec![0x40_05c8]));
        assert_eq!(image.function(0x40_05c4), "qgen_runtime::kernels::k::code");
        assert_eq!(image.at(0x40_05c4).unwrap().text, "b.ne 4005cc <f<g>::h+0x8>");
        let last = image.at(0x40_05cc).unwrap();
        assert_eq!((last.word, &*last.function), (0x4e20_956f, "f<g>::h"));
        assert_eq!(last.text, "mla v15.16b, v11.16b, v0.16b");
        assert_eq!(image.function(0), "?");
        assert_eq!([image.bytes_of("kernels"), image.bytes_of("f"), image.bytes_of("none")], [12, 4, 0]);
    }
}
