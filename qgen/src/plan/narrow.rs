//! Several values of the right side in a byte: whether they fit, and which ways to store them do.

use super::{ANY_PER_BYTE, Request, headroom};
use qgen_spec::{Diagnostic, Field, Isa, KernelSpec, Operand, Storage, Strategy};

/// Bits of a stored value of the right side.
fn width(per_byte: u8) -> u32 {
    8 / u32::from(per_byte.max(1))
}

/// Whether the operand can be stored so that so many of its values share a byte, by any strategy.
pub(super) fn check_operand(rhs: Operand, per_byte: u8) -> Result<(), Diagnostic> {
    if !matches!(per_byte, 1 | 2 | 4) {
        let problem = format!("{per_byte} values do not share a byte");
        return Err(Diagnostic::new(Field::PerByte, problem, "choose 1, 2 or 4"));
    }
    let fits = |per_byte: u8| match rhs {
        Operand::F32 => per_byte == 1,
        // It is stored as it is.
        Operand::Binary => true,
        // From zero on, any range of so many values.
        Operand::Int(_) => rhs.values() <= 1 << width(per_byte),
    };
    if fits(per_byte) {
        return Ok(());
    }
    let what = if rhs == Operand::F32 { "floats".into() } else { format!("values of {rhs}") };
    let problem = format!("{what} do not fit {per_byte} to a byte, in {} bits each", width(per_byte));
    let most = [4, 2, 1].into_iter().find(|&count| count < per_byte && fits(count)).unwrap_or(1);
    let values = 1 << width(per_byte);
    let range = if rhs == Operand::F32 { "" } else { "integers of " };
    Err(Diagnostic::new(
        Field::PerByte,
        problem,
        format!("use per_byte = {most}, or {range}at most {values} values for the right side"),
    ))
}

/// Whether the right side fits as it is stored.
pub(super) fn check(spec: &KernelSpec) -> Result<(), Diagnostic> {
    check_operand(spec.rhs, spec.per_byte)?;
    let (strategy, per_byte) = (spec.strategy, spec.per_byte);
    if per_byte == 1 {
        return Ok(());
    }
    if matches!(strategy, Strategy::Bits | Strategy::F32) {
        let problem = format!("{strategy} does not read bytes that several values share");
        let help = match strategy {
            Strategy::Bits => "its planes are as narrow already: use per_byte = 1, or another strategy",
            _ => "use per_byte = 1, or another strategy",
        };
        return Err(Diagnostic::new(Field::PerByte, problem, help));
    }
    match spec.rhs_stored().range() {
        Some(stored) if stored.fits_bits(width(per_byte)) => Ok(()),
        Some(stored) => Err(Diagnostic::new(
            Field::PerByte,
            format!(
                "{stored}, as stored, does not fit {per_byte} to a byte, in {} bits each",
                width(per_byte)
            ),
            "use per_byte = 1, or store the right side in another way",
        )),
        None => Ok(()),
    }
}

/// How the packed side may be stored: dense, in the one way that has the most headroom; narrow, also in
/// the best way of which all values are at least 0, because these are unpacked with fewer instructions.
pub(super) fn storages(base: &KernelSpec, isa: Isa) -> Vec<Storage> {
    // Keeping signs that differ may need more than is allowed.
    let possible = |spec: &KernelSpec| spec.isa() <= isa;
    let best = headroom::storage(base, possible);
    let mut all: Vec<Storage> = best.into_iter().collect();
    if base.per_byte > 1 {
        let unsigned = |spec: &KernelSpec| !spec.rhs_signed() && possible(spec);
        all.extend(headroom::storage(base, unsigned).filter(|storage| Some(*storage) != best));
    }
    // Where there is none, the reason is that for keeping it.
    if all.is_empty() { vec![Storage::Keep] } else { all }
}

/// Whether the request's right side can be stored so at all.
pub(super) fn check_request(request: &Request) -> Result<(), Diagnostic> {
    if request.per_byte == ANY_PER_BYTE { Ok(()) } else { check_operand(request.rhs, request.per_byte) }
}

/// The request with each number of values in a byte that it leaves open, the most first: of equals, that is taken.
pub(super) fn counts(request: &Request) -> Vec<Request> {
    if request.per_byte != ANY_PER_BYTE {
        return vec![request.clone()];
    }
    let fit = [4, 2, 1].into_iter().filter(|&count| check_operand(request.rhs, count).is_ok());
    fit.map(|per_byte| Request { per_byte, ..request.clone() }).collect()
}
