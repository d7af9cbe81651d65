//! A kernel becomes tokens: its data as constants, its machine code, and its plain Rust.

use crate::attribute::{Errors, RawRequest};
use crate::structure::UnitStruct;
use proc_macro2::{Ident, Span, TokenStream};
use qgen::emit::{naked_lines, portable};
use qgen_spec::{Descriptor, Operand, Range, Storage, Tile};
use quote::quote;
use std::str::FromStr;

/// The struct as it was, and its kernel; where that cannot be, the struct and every reason.
pub(crate) fn qkernel(arguments: TokenStream, item: &TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let raw = RawRequest::parse(arguments, &mut errors);
    let unit = UnitStruct::parse(item.clone(), &mut errors);
    let compiled = raw.request().and_then(|(request, core)| qgen::compile(&request, &core));
    let body = match compiled {
        Ok(kernel) if errors.is_empty() => kernel_body(&kernel),
        Ok(_) => stub(),
        Err(diagnostics) => {
            for diagnostic in &diagnostics.0 {
                errors.push(raw.error(diagnostic));
            }
            stub()
        }
    };
    let errors = errors.into_tokens();
    let implementation = unit.map(|unit| implementation(&unit, &body));
    quote! {
        #item
        #implementation
        #errors
    }
}

/// What stands inside of the `impl`'s block: the items that it needs, and its function's result.
struct Body {
    items: TokenStream,
    kernel: TokenStream,
}

fn implementation(unit: &UnitStruct, body: &Body) -> TokenStream {
    let UnitStruct { name, conditions } = unit;
    let Body { items, kernel } = body;
    quote! {
        #(#conditions)*
        const _: () = {
            #items
            impl ::qgen_runtime::__private::QKernel for #name {
                fn kernel() -> &'static ::qgen_runtime::__private::Kernel {
                    #kernel
                }
            }
        };
    }
}

/// Stands where there is no kernel, so that the uses of the struct are not further errors.
fn stub() -> Body {
    Body { items: TokenStream::new(), kernel: quote!(loop {}) }
}

fn kernel_body(kernel: &qgen::Kernel) -> Body {
    let name = kernel.name();
    let descriptor = kernel.descriptor();
    let lines = naked_lines(kernel.program());
    let plain = TokenStream::from_str(&portable(&descriptor.spec)).expect("the portable text is Rust");
    let descriptor = descriptor_tokens(&descriptor);
    let parameters = quote! {
        k_blocks: usize,
        lhs: *const u8,
        lhs_stride: usize,
        rhs: *const u8,
        out: *mut i32,
        out_stride: usize,
        row_add: *const i32,
        col_add: *const i32,
    };
    let items = quote! {
        #[cfg(all(target_arch = "aarch64", target_endian = "big"))]
        ::core::compile_error!("qgen makes code for little-endian aarch64 only");

        // A module sees none of the names around it, so that a user's own `i32` changes nothing.
        // What is written once for all sizes, such as a remainder of 1, is not for clippy.
        #[allow(unsafe_code, clippy::all)]
        mod __qgen {
            #[cfg(target_arch = "aarch64")]
            #[unsafe(naked)]
            pub(super) unsafe extern "C" fn code(#parameters) {
                ::core::arch::naked_asm!(#(#lines),*)
            }

            #[cfg(not(target_arch = "aarch64"))]
            pub(super) unsafe extern "C" fn code(#parameters) {
                // SAFETY: the caller's promise, which is the call contract of the kernel.
                unsafe { #plain }
            }
        }

        // SAFETY: the compiler made the code and the descriptor of one specification.
        #[allow(unsafe_code)]
        static __QGEN_KERNEL: ::qgen_runtime::__private::Kernel = unsafe {
            ::qgen_runtime::__private::Kernel::new(
                #name,
                #descriptor,
                ::core::option::Option::Some(__qgen::code),
            )
        };
    };
    Body { items, kernel: quote!(&__QGEN_KERNEL) }
}

fn descriptor_tokens(descriptor: &Descriptor) -> TokenStream {
    let Descriptor { spec, depth_limit, k_limit } = descriptor;
    // The names of variants are taken from `Debug`: a new strategy needs nothing here.
    let strategy = Ident::new(&format!("{:?}", spec.strategy), Span::call_site());
    let (tile, register_tile) = (tile(spec.tile), tile(spec.register_tile));
    let (lhs, rhs, storage) = (operand(spec.lhs), operand(spec.rhs), storage(spec.storage));
    let (k_block, unroll, core) = (spec.k_block, spec.unroll, &*spec.core);
    let (widen_in_loop, short, prefetch) = (spec.widen_in_loop, spec.short, spec.prefetch);
    let (per_byte, in_place) = (spec.per_byte, spec.in_place);
    let end = Ident::new(&format!("{:?}", spec.end), Span::call_site());
    quote! {
        ::qgen_runtime::__private::Descriptor {
            spec: ::qgen_runtime::__private::KernelSpec {
                strategy: ::qgen_runtime::__private::Strategy::#strategy,
                tile: #tile,
                lhs: #lhs,
                rhs: #rhs,
                storage: #storage,
                per_byte: #per_byte,
                in_place: #in_place,
                register_tile: #register_tile,
                k_block: #k_block,
                unroll: #unroll,
                widen_in_loop: #widen_in_loop,
                short: #short,
                prefetch: #prefetch,
                end: ::qgen_runtime::__private::End::#end,
                core: ::qgen_runtime::__private::Cow::Borrowed(#core),
            },
            depth_limit: #depth_limit,
            k_limit: #k_limit,
        }
    }
}

fn tile(tile: Tile) -> TokenStream {
    let Tile { m, n } = tile;
    quote!(::qgen_runtime::__private::Tile::new(#m, #n))
}

fn range(range: Range) -> TokenStream {
    let (lo, hi) = (range.lo(), range.hi());
    quote!(::qgen_runtime::__private::Range::new(#lo, #hi).unwrap())
}

fn operand(operand: Operand) -> TokenStream {
    match operand {
        Operand::Int(values) => {
            let values = range(values);
            quote!(::qgen_runtime::__private::Operand::Int(#values))
        }
        Operand::Binary => quote!(::qgen_runtime::__private::Operand::Binary),
        Operand::F32 => quote!(::qgen_runtime::__private::Operand::F32),
    }
}

fn storage(storage: Storage) -> TokenStream {
    match storage {
        Storage::Keep => quote!(::qgen_runtime::__private::Storage::Keep),
        Storage::Negate => quote!(::qgen_runtime::__private::Storage::Negate),
        Storage::Shift(by) => quote!(::qgen_runtime::__private::Storage::Shift(#by)),
    }
}
