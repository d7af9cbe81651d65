use qgen::{Choice, Request, compile, compile_name, core::Core};
use qgen_spec::*;
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let core = Core::built_in(&a[1]).unwrap();
    let op = |t: &str| match t {
        "f32" => Operand::F32,
        "bin" => Operand::Binary,
        t => Operand::Int(t.parse().unwrap()),
    };
    let (l, rr) = a[2].split_once(',').unwrap_or((&a[2], &a[2]));
    let mut r = Request::floats();
    r.lhs = op(l);
    r.rhs = op(rr);
    if a[3] != "-" {
        r.strategy = Some(Choice::parse(&a[3]).unwrap());
    }
    if a[4] != "-" {
        r.tile = Some(a[4].parse().unwrap());
    }
    let t = std::time::Instant::now();
    let k = match compile(&r, &core) {
        Ok(k) => k,
        Err(e) => {
            eprintln!("ERR {e}");
            return;
        }
    };
    eprintln!(
        "{:?} {} bound {:.2} ({}) model {:.2} period {:?} words {}",
        t.elapsed(),
        k.name(),
        k.bound_macs_per_cycle(),
        k.bound().by,
        k.modelled_macs_per_cycle(),
        k.plan().period,
        k.words().len()
    );
    eprintln!("MACS {}", k.macs_per_iteration());
    let _ = compile_name(k.name()).unwrap();
    let t = std::time::Instant::now();
    match qgen::prove::prove(&k) {
        Ok(p) => {
            for l in &p.lines {
                eprintln!("  {}: {}", l.step, l.claim)
            }
        }
        Err(e) => eprintln!("REFUSED {e}"),
    }
    eprintln!(
        "proved in {:?}; counterexample {:?}",
        t.elapsed(),
        qgen::prove::counterexample(k.plan(), k.program())
    );
    println!("f:\n.cfi_startproc\n{}.cfi_endproc", k.asm());
}
