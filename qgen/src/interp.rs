//! The interpreter: runs a program, at any stage, over a value domain.

use crate::domain::{Domain, Fault, eval};
use crate::isa::{Address, Buffer, Inst, Meaning, Memory, Reg, Scalar, Unit, Whole};
use crate::program::{Block, Node, Program};

/// The memory that a program sees.
pub trait Store<D: Domain> {
    /// `bytes` bytes at `address`, in the low end of a register of zeros.
    ///
    /// # Errors
    /// If the program may not read there.
    fn load(&mut self, address: u64, bytes: u8, buffer: Option<Buffer>) -> Result<D::Vector, Fault>;

    /// Writes the low `bytes` bytes of `value` to `address`.
    ///
    /// # Errors
    /// If the program may not write there.
    fn store(
        &mut self,
        address: u64,
        bytes: u8,
        buffer: Option<Buffer>,
        value: &D::Vector,
    ) -> Result<(), Fault>;

    /// The low 64 bits of a loaded value as a number, where the domain knows them.
    fn word(&self, value: &D::Vector) -> Option<u64>;
}

/// Registers, memory, and how much work is still allowed.
pub struct Interpreter<'m, D: Domain> {
    domain: D,
    v: Vec<Option<D::Vector>>,
    x: Vec<u64>,
    sp: u64,
    lower: bool,
    store: &'m mut dyn Store<D>,
    steps: u64,
    fuel: u64,
}

impl<'m, D: Domain> Interpreter<'m, D> {
    /// An interpreter for programs with up to `registers` registers of a file, that stops with a
    /// fault after `fuel` instructions.
    pub fn new(domain: D, registers: usize, store: &'m mut dyn Store<D>, fuel: u64) -> Self {
        let count = registers.max(32);
        Interpreter {
            domain,
            v: vec![None; count],
            x: vec![0; count],
            sp: 0,
            lower: false,
            store,
            steps: 0,
            fuel,
        }
    }

    /// Sets a core register.
    pub fn set_x(&mut self, reg: Reg, value: u64) {
        self.x[usize::from(reg.0)] = value;
    }

    /// Sets the stack pointer.
    pub fn set_sp(&mut self, value: u64) {
        self.sp = value;
    }

    /// Sets a vector register.
    pub fn set_v(&mut self, reg: Reg, value: D::Vector) {
        self.v[usize::from(reg.0)] = Some(value);
    }

    /// A vector register's contents, if it was ever written.
    pub fn v(&self, reg: Reg) -> Option<&D::Vector> {
        self.v[usize::from(reg.0)].as_ref()
    }

    /// A core register's contents.
    pub fn x(&self, reg: Reg) -> u64 {
        self.x[usize::from(reg.0)]
    }

    /// The stack pointer.
    pub fn sp(&self) -> u64 {
        self.sp
    }

    /// Instructions executed, branches not counted.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Runs a whole program.
    ///
    /// # Errors
    /// Reads of registers that were never written, memory faults, faults of the domain, no end.
    pub fn run<S>(&mut self, program: &Program<S>) -> Result<(), Fault> {
        self.nodes(&program.nodes)
    }

    fn nodes(&mut self, nodes: &[Node]) -> Result<(), Fault> {
        for node in nodes {
            match node {
                Node::Block(block) => self.block(block)?,
                Node::Loop { counter, body } => loop {
                    self.nodes(body)?;
                    if self.x(*counter) == 0 {
                        break;
                    }
                },
                Node::IfNonZero { test, then, otherwise } => {
                    self.nodes(if self.x(*test) != 0 { then } else { otherwise })?;
                }
            }
        }
        Ok(())
    }

    /// Runs the instructions of one block.
    ///
    /// # Errors
    /// As [`Interpreter::run`]; the fault names the instruction.
    pub fn block(&mut self, block: &Block) -> Result<(), Fault> {
        for inst in &block.insts {
            self.steps += 1;
            if self.steps > self.fuel {
                return Err(Fault(format!("the program did not end within {} instructions", self.fuel)));
            }
            self.inst(inst).map_err(|Fault(why)| Fault(format!("`{}`: {why}", inst.row().mnemonic())))?;
        }
        Ok(())
    }

    fn inst(&mut self, inst: &Inst) -> Result<(), Fault> {
        match &inst.row().meaning {
            Meaning::Lanes(lanes) => {
                let regs = inst.regs();
                let v = &self.v;
                let operand = |n: u8| read(v, regs[usize::from(n)]);
                let result = eval(&self.domain, lanes, operand, inst.imm())?;
                self.set_v(regs[0], result);
            }
            Meaning::Memory(memory) => self.memory(inst, memory)?,
            Meaning::Scalar(op) => self.scalar(inst, *op),
        }
        Ok(())
    }

    fn memory(&mut self, inst: &Inst, memory: &Memory) -> Result<(), Fault> {
        let regs = inst.regs();
        let imm = inst.imm();
        let base = || regs[regs.len() - 1];
        let moved = |by: i64, from: u64| from.wrapping_add(by as u64);
        let address = match memory.address {
            Address::Base | Address::PostIndex | Address::PostIndexSize | Address::PostIndexRegister => {
                self.x(base())
            }
            Address::Offset => moved(imm, self.x(base())),
            Address::Stack => moved(imm, self.sp),
            Address::StackPop => self.sp,
            Address::StackPush => {
                self.sp = moved(imm, self.sp);
                self.sp
            }
        };
        for n in 0..memory.registers {
            let at = address + u64::from(n * memory.bytes);
            let slot = inst.row().slots[usize::from(n)];
            let reg = regs[usize::from(n)];
            match (slot.unit, memory.store) {
                (Unit::V, false) => {
                    let value = self.store.load(at, memory.bytes, inst.buffer())?;
                    let value = self.spread(value, memory)?;
                    self.set_v(reg, value);
                }
                (Unit::V, true) => {
                    let mut value = read(&self.v, reg)?.clone();
                    if memory.whole == Whole::Lane {
                        let bits = memory.bytes * 8;
                        let lane = self.domain.moved_lane(&value, bits, imm as u8)?;
                        value = self.domain.moved(bits, &[lane])?;
                    }
                    self.store.store(at, memory.bytes, inst.buffer(), &value)?;
                }
                (Unit::X, false) => {
                    let value = self.store.load(at, memory.bytes, inst.buffer())?;
                    // Saved core registers are only moved: the stack keeps them as they were.
                    self.set_v_as_x(reg, &value)?;
                }
                (Unit::X, true) => {
                    let value = self.x_as_vector(reg)?;
                    self.store.store(at, memory.bytes, inst.buffer(), &value)?;
                }
            }
        }
        match memory.address {
            Address::PostIndex => self.set_x(base(), moved(imm, address)),
            Address::PostIndexSize => self.set_x(base(), moved(i64::from(memory.bytes), address)),
            Address::PostIndexRegister => {
                let step = self.x(regs[regs.len() - 2]);
                self.set_x(base(), address.wrapping_add(step));
            }
            Address::StackPop => self.sp = moved(imm, self.sp),
            Address::Offset | Address::Base | Address::Stack | Address::StackPush => {}
        }
        Ok(())
    }

    fn spread(&self, value: D::Vector, memory: &Memory) -> Result<D::Vector, Fault> {
        match memory.whole {
            Whole::Low | Whole::Lane => Ok(value),
            Whole::EveryLane => {
                let bits = memory.bytes * 8;
                let lane = self.domain.lane(&value, bits, 0, false)?;
                self.domain.vector(bits, false, &vec![lane; usize::from(16 / memory.bytes)])
            }
        }
    }

    fn set_v_as_x(&mut self, reg: Reg, value: &D::Vector) -> Result<(), Fault> {
        let word = self.store.word(value).ok_or_else(|| Fault("core registers hold numbers only".into()))?;
        self.set_x(reg, word);
        Ok(())
    }

    fn x_as_vector(&self, reg: Reg) -> Result<D::Vector, Fault> {
        self.domain.vector(64, true, &[self.domain.int(self.x(reg) as i64)])
    }

    fn scalar(&mut self, inst: &Inst, op: Scalar) {
        let regs = inst.regs();
        let imm = inst.imm() as u64;
        let x = |n: usize| self.x(regs[n]);
        let value = match op {
            Scalar::Move => x(1),
            Scalar::Add => x(1).wrapping_add(x(2)),
            Scalar::AddShifted => x(1).wrapping_add(x(2) << imm),
            Scalar::Sub => x(1).wrapping_sub(x(2)),
            Scalar::AddImm => x(1).wrapping_add(imm),
            Scalar::SubImm => x(1).wrapping_sub(imm),
            Scalar::MoveImm => imm,
            Scalar::KeepImm16 => (x(0) & !0xffff_0000) | imm << 16,
            Scalar::MulAdd => x(1).wrapping_mul(x(2)).wrapping_add(x(3)),
            Scalar::ShiftRight => x(1) >> imm,
            Scalar::ShiftLeft => x(1) << imm,
            Scalar::LowBits => x(1) & ((1 << imm) - 1),
            Scalar::SelectLower => {
                if self.lower {
                    x(1)
                } else {
                    x(2)
                }
            }
            Scalar::Compare => {
                self.lower = x(0) < x(1);
                return;
            }
            Scalar::Prefetch | Scalar::Nop => return,
        };
        self.set_x(regs[0], value);
    }
}

fn read<V>(file: &[Option<V>], reg: Reg) -> Result<&V, Fault> {
    file[usize::from(reg.0)]
        .as_ref()
        .ok_or_else(|| Fault(format!("vector register {} is read before it is written", reg.0)))
}
