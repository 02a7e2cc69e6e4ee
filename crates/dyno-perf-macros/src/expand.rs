//! From a function to the same function, timed.
//!
//! The signature is not touched. A guard stands before the body and counts the call when it ends, however that is. Only
//! where a value can be a failure is the body made an expression, so that its value can be looked at.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote};
use syn::{
    Error, GenericArgument, Ident, ImplItemFn, PathArguments, ReturnType, Signature, Type, TypeParamBound,
    parse_quote, parse2,
};

use crate::input::Arguments;

/// What the attribute becomes; with a mistake, the item as it was and the mistake.
pub(crate) fn benchmark(arguments: TokenStream, item: &TokenStream) -> TokenStream {
    expand(arguments, item).unwrap_or_else(|error| {
        let error = error.into_compile_error();
        quote! { #item #error }
    })
}

fn expand(arguments: TokenStream, item: &TokenStream) -> syn::Result<TokenStream> {
    // A function inside of an `impl` is the more general of both forms.
    let mut function: ImplItemFn = parse2(item.clone())
        .map_err(|_| Error::new(Span::call_site(), "only a function with a body can be timed"))?;
    let arguments: Arguments = parse2(arguments)?;
    refuse(&function.sig)?;
    let site = site(&arguments, &function.sig);
    let body = &function.block;
    let returned = match &function.sig.output {
        ReturnType::Type(_, returned) if is_result(returned) => Some(without_impl(returned)),
        _ => None,
    };
    let is_async = function.sig.asyncness.is_some();
    // Written out here, because only a concrete type tells whether it is a result.
    let look = quote! {
        {
            use ::dyno_perf::attribute::AnyValue as _;
            __dyno_call.look(::dyno_perf::attribute::Value(&__dyno_value).failure());
        }
    };
    let timed = match (is_async, returned) {
        (_, None) => {
            let statements = &body.stmts;
            let ended = ended_in_full(is_async);
            if is_async {
                // A return or a `?` ends the inner block alone, and the guard hears that it came to its end.
                let typed = typed(&function.sig.output);
                quote! {
                    let __dyno_value = async move { #typed #(#statements)* }.await;
                    #ended
                    __dyno_value
                }
            } else {
                quote! { #(#statements)* }
            }
        }
        (true, Some(returned)) => quote! {
            let __dyno_value: #returned = async move {
                if false {
                    return ::dyno_perf::attribute::never::<#returned>();
                }
                #body
            }
            .await;
            #look
            __dyno_value
        },
        (false, Some(returned)) => quote! {
            let __dyno_value: #returned = ::dyno_perf::attribute::once(move || -> #returned #body);
            #look
            __dyno_value
        },
    };
    let begin = if is_async { format_ident!("begin_async") } else { format_ident!("begin") };
    function.block = parse_quote! {{
        #site
        let __dyno_call = ::dyno_perf::attribute::#begin(&__DYNO_SITE, &__DYNO_LANE);
        #timed
    }};
    Ok(quote! { #function })
}

/// What tells the guard that a future came to its end and was not dropped before.
fn ended_in_full(is_async: bool) -> TokenStream {
    if is_async {
        quote! { __dyno_call.look(None); }
    } else {
        TokenStream::new()
    }
}

/// Tells the compiler the type of an async block, which it would have to guess at every `?`.
fn typed(output: &ReturnType) -> TokenStream {
    let returned = match output {
        ReturnType::Default => return TokenStream::new(),
        ReturnType::Type(_, returned) => without_impl(returned),
    };
    quote! {
        if false {
            return ::dyno_perf::attribute::never::<#returned>();
        }
    }
}

/// The statics of the function: what it is called, and the place of each thread.
fn site(arguments: &Arguments, signature: &Signature) -> TokenStream {
    let function = signature.ident.to_string();
    let (gate, tags) = (&arguments.gate, &arguments.tags);
    let name = match &arguments.name {
        Some(name) => quote! { ::dyno_perf::attribute::Name::Written(#name) },
        None => quote! {
            ::dyno_perf::attribute::Name::Found {
                module: ::core::module_path!(),
                function: #function,
                line: ::core::line!(),
            }
        },
    };
    let owner = if arguments.name.is_none() && signature.receiver().is_some() {
        // `Self` cannot be named in a static, so the type is told before the first call is counted.
        quote! { __DYNO_SITE.belongs_to(::core::any::type_name::<Self>); }
    } else {
        TokenStream::new()
    };
    quote! {
        static __DYNO_SITE: ::dyno_perf::attribute::Site =
            ::dyno_perf::attribute::Site::new(#name, &[#(#gate),*], &[#(#tags),*]);
        ::std::thread_local! {
            static __DYNO_LANE: ::dyno_perf::attribute::ThreadLane =
                ::dyno_perf::attribute::ThreadLane::of(&__DYNO_SITE);
        }
        #owner
    }
}

fn refuse(signature: &Signature) -> syn::Result<()> {
    if let Some(constant) = &signature.constness {
        return Err(Error::new(
            constant.span,
            "a const fn has no time of its own: it may run in the compiler",
        ));
    }
    if let ReturnType::Type(_, returned) = &signature.output
        && signature.asyncness.is_none()
        && is_future(returned)
    {
        let text = "this function only makes a future, whose time would not be seen; write `async fn`";
        return Err(Error::new_spanned(returned, text));
    }
    Ok(())
}

/// Whether a type is written as a result: `Result<…>`, `io::Result<…>`, `fmt::Result`, `MyResult`.
fn is_result(returned: &Type) -> bool {
    last_segment(returned).is_some_and(|name| name.to_string().ends_with("Result"))
}

/// Whether a type is written as a future: `impl Future<…>`, `Pin<Box<dyn Future<…>>>`, `BoxFuture<…>`.
fn is_future(returned: &Type) -> bool {
    let is_named = |bound: &TypeParamBound| match bound {
        TypeParamBound::Trait(bound) => bound.path.segments.last().is_some_and(|it| it.ident == "Future"),
        _ => false,
    };
    match returned {
        Type::ImplTrait(it) => it.bounds.iter().any(is_named),
        Type::TraitObject(it) => it.bounds.iter().any(is_named),
        Type::Path(path) => path.path.segments.last().is_some_and(|last| {
            let name = last.ident.to_string();
            let inside = || match &last.arguments {
                PathArguments::AngleBracketed(arguments) => arguments
                    .args
                    .iter()
                    .any(|it| matches!(it, GenericArgument::Type(inner) if is_future(inner))),
                _ => false,
            };
            name == "BoxFuture" || name == "LocalBoxFuture" || (["Pin", "Box"].contains(&&*name) && inside())
        }),
        _ => false,
    }
}

fn last_segment(returned: &Type) -> Option<&Ident> {
    match returned {
        Type::Path(path) => path.path.segments.last().map(|segment| &segment.ident),
        Type::Paren(inner) => last_segment(&inner.elem),
        Type::Group(inner) => last_segment(&inner.elem),
        _ => None,
    }
}

/// The type with `_` for every `impl Trait`, which can be written in signatures alone.
fn without_impl(returned: &Type) -> Type {
    let mut returned = returned.clone();
    forget_impl(&mut returned);
    returned
}

fn forget_impl(it: &mut Type) {
    match it {
        Type::ImplTrait(_) => *it = parse_quote! { _ },
        Type::Path(path) => {
            for segment in &mut path.path.segments {
                if let PathArguments::AngleBracketed(arguments) = &mut segment.arguments {
                    for argument in &mut arguments.args {
                        if let GenericArgument::Type(inner) = argument {
                            forget_impl(inner);
                        }
                    }
                }
            }
        }
        Type::Tuple(tuple) => tuple.elems.iter_mut().for_each(forget_impl),
        Type::Reference(reference) => forget_impl(&mut reference.elem),
        Type::Array(array) => forget_impl(&mut array.elem),
        Type::Slice(slice) => forget_impl(&mut slice.elem),
        Type::Paren(inner) => forget_impl(&mut inner.elem),
        Type::Group(inner) => forget_impl(&mut inner.elem),
        _ => {}
    }
}
