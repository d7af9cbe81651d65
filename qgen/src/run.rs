//! Running a kernel in the interpreter, as a caller would call it.

use crate::domain::{Concrete, Fault};
use crate::interp::{Interpreter, Store};
use crate::isa::{Buffer, Reg};
use crate::program::{Machine, Program, Virtual};

/// A piece of memory that a call may touch.
#[derive(Clone, Debug)]
pub struct Segment {
    /// Where it begins.
    pub address: u64,
    /// What it holds.
    pub bytes: Vec<u8>,
    /// Whether it may be written.
    pub writable: bool,
}

/// Memory made of segments; everything else is out of bounds.
#[derive(Clone, Debug, Default)]
pub struct Segments(pub Vec<Segment>);

impl Segments {
    fn find(&mut self, address: u64, bytes: u8) -> Option<(&mut Segment, usize)> {
        self.0.iter_mut().find_map(|s| {
            let at = address.checked_sub(s.address)? as usize;
            (at + usize::from(bytes) <= s.bytes.len()).then_some((s, at))
        })
    }
}

impl Store<Concrete> for Segments {
    fn load(&mut self, address: u64, bytes: u8, _: Option<Buffer>) -> Result<[u8; 16], Fault> {
        let (segment, at) = self
            .find(address, bytes)
            .ok_or_else(|| Fault(format!("reads {bytes} bytes at {address:#x}, outside")))?;
        let mut value = [0; 16];
        value[..usize::from(bytes)].copy_from_slice(&segment.bytes[at..at + usize::from(bytes)]);
        Ok(value)
    }

    fn store(&mut self, address: u64, bytes: u8, _: Option<Buffer>, value: &[u8; 16]) -> Result<(), Fault> {
        match self.find(address, bytes) {
            Some((segment, at)) if segment.writable => {
                segment.bytes[at..at + usize::from(bytes)].copy_from_slice(&value[..usize::from(bytes)]);
                Ok(())
            }
            _ => Err(Fault(format!("writes {bytes} bytes at {address:#x}, outside"))),
        }
    }

    fn word(&self, value: &[u8; 16]) -> Option<u64> {
        value[..8].try_into().ok().map(u64::from_le_bytes)
    }
}

/// Instructions that a call may take before it counts as endless.
const FUEL: u64 = 1 << 32;
const STACK_TOP: u64 = 0x7fff_0000;
const STACK_BYTES: u64 = 512;

/// Calls a program on virtual registers with eight arguments. Returns the instructions executed,
/// branches not counted.
///
/// # Errors
/// Any access outside the segments, and reads of registers that were never written.
pub fn call_virtual(program: &Program<Virtual>, args: [u64; 8], memory: &mut Segments) -> Result<u64, Fault> {
    let mut machine = Interpreter::new(Concrete, program.stage.regs.len(), memory, FUEL);
    for (param, arg) in program.stage.params.iter().zip(args) {
        machine.set_x(*param, arg);
    }
    machine.run(program)?;
    Ok(machine.steps())
}

/// Calls a program on machine registers, checking what the procedure call standard asks of it.
///
/// # Errors
/// As [`call_virtual`], and if a callee-saved register, x18 or the stack pointer is changed.
pub fn call_machine(program: &Program<Machine>, args: [u64; 8], memory: &mut Segments) -> Result<u64, Fault> {
    let stack =
        Segment { address: STACK_TOP - STACK_BYTES, bytes: vec![0xa5; STACK_BYTES as usize], writable: true };
    memory.0.push(stack);
    let outcome = checked(program, args, memory);
    memory.0.pop();
    outcome
}

fn checked(program: &Program<Machine>, args: [u64; 8], memory: &mut Segments) -> Result<u64, Fault> {
    let mut machine = Interpreter::new(Concrete, 32, memory, FUEL);
    machine.set_sp(STACK_TOP);
    for n in 0..31 {
        machine.set_x(Reg(n), 0x5eed_0000 + u64::from(n));
    }
    for n in 8..16 {
        machine.set_v(Reg(n), [n as u8; 16]);
    }
    for (n, arg) in args.into_iter().enumerate() {
        machine.set_x(Reg(n as u16), arg);
    }
    machine.run(program)?;
    if machine.sp() != STACK_TOP {
        return Err(Fault("the stack pointer is not restored".into()));
    }
    for n in 18..31 {
        if machine.x(Reg(n)) != 0x5eed_0000 + u64::from(n) {
            return Err(Fault(format!("x{n} is not preserved")));
        }
    }
    for n in 8..16 {
        if machine.v(Reg(n)).is_none_or(|v| v[..8] != [n as u8; 8]) {
            return Err(Fault(format!("the low half of v{n} is not preserved")));
        }
    }
    Ok(machine.steps())
}
