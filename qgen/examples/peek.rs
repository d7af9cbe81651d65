use qgen::{Choice, Request, compile, compile_name, core::Core};
use qgen_spec::*;
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let core = Core::built_in(&a[1]).unwrap();
    let mut r = match a[2].as_str() {
        "f32" => Request::floats(),
        s => {
            let (l, rr) = s.split_once(',').unwrap_or((s, s));
            let mut q = Request::of(l.parse().unwrap());
            q.rhs = Operand::Int(rr.parse().unwrap());
            q
        }
    };
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
    println!("f:\n.cfi_startproc\n{}.cfi_endproc", k.asm());
}
