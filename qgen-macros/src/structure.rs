//! What the attribute stands on: a unit struct.

use crate::attribute::Errors;
use proc_macro2::{Ident, TokenStream};
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Fields, ItemStruct, Token, Visibility};

const EXAMPLE: &str = "write `pub struct U4;`";

/// A unit struct without parameters.
pub(crate) struct UnitStruct {
    /// Its name.
    pub(crate) name: Ident,
    /// Its `#[cfg(…)]` attributes: where it is left out, so is what belongs to it.
    pub(crate) conditions: Vec<Attribute>,
}

impl UnitStruct {
    /// Reads the item, if it is one.
    pub(crate) fn parse(item: TokenStream, errors: &mut Errors) -> Option<UnitStruct> {
        let item = match any_struct.parse2(item) {
            Ok(item) => item,
            Err(error) => {
                errors.push(error);
                return None;
            }
        };
        let name = item.ident;
        let mut fits = true;
        if !matches!(item.fields, Fields::Unit) {
            let problem = format!("`{name}` has fields, but a kernel is a unit struct; {EXAMPLE}");
            errors.push(syn::Error::new_spanned(item.fields, problem));
            fits = false;
        }
        let parameters = &item.generics;
        let problem = || format!("`{name}` is generic, but a kernel is one type; {EXAMPLE}");
        if !parameters.params.is_empty() {
            errors.push(syn::Error::new_spanned(parameters, problem()));
            fits = false;
        } else if parameters.where_clause.is_some() {
            errors.push(syn::Error::new_spanned(&parameters.where_clause, problem()));
            fits = false;
        }
        let conditions = item.attrs.into_iter().filter(|a| a.path().is_ident("cfg")).collect();
        fits.then_some(UnitStruct { name, conditions })
    }
}

fn any_struct(input: ParseStream<'_>) -> syn::Result<ItemStruct> {
    let ahead = input.fork();
    ahead.call(Attribute::parse_outer)?;
    ahead.parse::<Visibility>()?;
    if !ahead.peek(Token![struct]) {
        return Err(ahead.error(format!("a kernel is a unit struct; {EXAMPLE}")));
    }
    input.parse()
}
