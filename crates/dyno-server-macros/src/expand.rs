//! From a function to a route.
//!
//! The function stays as it is, inside of another of the same name that returns the route.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::visit::Visit;
use syn::{
    Attribute, Error, FnArg, GenericArgument, Ident, ItemFn, Lifetime, PathArguments, ReturnType, Type,
    TypeReference, parse2,
};

use crate::input::{Arguments, MethodArgument};
use crate::pattern::parameter_count;

/// What an attribute becomes; with a mistake, the function as it was and the mistake.
pub(crate) fn route(method: &MethodArgument, arguments: TokenStream, item: &TokenStream) -> TokenStream {
    let function: ItemFn = match parse2(item.clone()) {
        Ok(function) => function,
        Err(_) => {
            let error = Error::new(Span::call_site(), "only a function can be a route").into_compile_error();
            return quote! { #item #error };
        }
    };
    let expanded = parse2(arguments).and_then(|arguments| expand(method, &arguments, &function));
    expanded.unwrap_or_else(|error| {
        let error = error.into_compile_error();
        // The name stays defined, so that its use is not a second mistake.
        let (name, visibility) = (&function.sig.ident, &function.vis);
        quote! {
            #error
            #visibility fn #name() -> ::dyno_server::Route { ::std::unreachable!() }
        }
    })
}

fn expand(method: &MethodArgument, arguments: &Arguments, function: &ItemFn) -> syn::Result<TokenStream> {
    let mut types = argument_types(function)?;
    check_parameters(arguments, &types)?;
    let takes_socket = takes_socket(method, function, &types)?;
    let method = method_tokens(method, arguments)?;
    let run = if takes_socket {
        // The connection is not taken from the request, it comes of the answer.
        types.remove(0);
        run_socket_body(function, &types)
    } else {
        run_body(function, &types)
    };
    let uses = types.iter().map(|it| {
        quote_spanned! { it.span()=> <#it as ::dyno_server::FromRequest<'_>>::BODY }
    });
    let checks = types.iter().map(|it| {
        quote_spanned! { it.span()=> <#it as ::dyno_server::FromRequest<'_>>::check(scope)?; }
    });
    let (outer_attributes, inner_attributes): (Vec<&Attribute>, Vec<&Attribute>) = function
        .attrs
        .iter()
        .partition(|attribute| attribute.path().is_ident("doc") || attribute.path().is_ident("cfg"));
    let (visibility, signature, block) = (&function.vis, &function.sig, &function.block);
    let (name, pattern) = (&signature.ident, &arguments.pattern);
    let title = name.to_string();
    let body_use_span = signature.inputs.span();
    let body_use = quote_spanned! { body_use_span=>
        const { ::dyno_server::attribute::BodyUse::of_all(&[#(#uses),*]) }
    };
    // Arguments are taken by value and functions may be async for the sake of their form; `expect` would demand that
    // every function gives a reason for the lints.
    let allow = format_ident!("allow");
    Ok(quote! {
        #(#outer_attributes)*
        #visibility fn #name() -> ::dyno_server::Route {
            #(#inner_attributes)*
            #[#allow(clippy::needless_pass_by_value, clippy::unused_async)]
            #signature #block

            struct Attributed;

            impl ::dyno_server::attribute::RouteFunction for Attributed {
                fn body_use(&self) -> ::dyno_server::attribute::BodyUse {
                    #body_use
                }

                fn check(
                    &self,
                    scope: &::dyno_server::attribute::Scope,
                ) -> ::std::result::Result<(), ::std::string::String> {
                    let _ = scope;
                    #(#checks)*
                    ::std::result::Result::Ok(())
                }

                fn run<S: ::dyno_server::attribute::Sink>(
                    &self,
                    call: &::dyno_server::Call<'_>,
                    sink: S,
                ) -> S::Output {
                    #run
                }
            }

            ::dyno_server::Route::new(#method, #pattern, Attributed).named(#title)
        }
    })
}

/// Takes every argument, then calls the function.
fn run_body(function: &ItemFn, types: &[&Type]) -> TokenStream {
    let names = argument_names(types);
    let takes = types.iter().zip(&names).map(|(it, name)| take(it, name));
    let name = &function.sig.ident;
    // A type that cannot be answered is reported under the type.
    let span = match &function.sig.output {
        ReturnType::Type(_, returned) => returned.span(),
        ReturnType::Default => name.span(),
    };
    let mut name = name.clone();
    name.set_span(name.span().located_at(span));
    let called = quote_spanned! { span=> #name(#(#names),*) };
    let give = if function.sig.asyncness.is_some() {
        quote_spanned! { span=> ::dyno_server::attribute::Sink::later(sink, call, #called) }
    } else {
        quote_spanned! { span=> ::dyno_server::attribute::Sink::now(sink, call, #called) }
    };
    quote! { #(#takes)* #give }
}

/// Takes every argument but the first, then answers with a WebSocket that the function speaks on.
fn run_socket_body(function: &ItemFn, types: &[&Type]) -> TokenStream {
    let names = argument_names(types);
    let takes = types.iter().zip(&names).map(|(it, name)| take(it, name));
    let upgrade_type: Type = syn::parse_quote! { ::dyno_server::WebSocketUpgrade };
    let upgrade = take(&upgrade_type, &format_ident!("upgrade"));
    let name = &function.sig.ident;
    quote! {
        #upgrade
        #(#takes)*
        let answer = upgrade.serve(move |socket| #name(socket, #(#names),*));
        ::dyno_server::attribute::Sink::now(sink, call, answer)
    }
}

fn argument_names(types: &[&Type]) -> Vec<Ident> {
    (0..types.len()).map(|index| format_ident!("argument{index}")).collect()
}

/// Takes one argument from the request, or refuses it.
fn take(it: &Type, name: &Ident) -> TokenStream {
    quote_spanned! { it.span()=>
        let #name = match <#it as ::dyno_server::FromRequest<'_>>::from_request(call) {
            ::std::result::Result::Ok(value) => value,
            ::std::result::Result::Err(error) => {
                return ::dyno_server::attribute::Sink::refuse(sink, call, error);
            }
        };
    }
}

/// True for an async function whose first argument is the open WebSocket.
fn takes_socket(method: &MethodArgument, function: &ItemFn, types: &[&Type]) -> syn::Result<bool> {
    let is_socket = |it: &Type| match it {
        Type::Path(path) => path.path.segments.last().is_some_and(|last| last.ident == "WebSocketConnection"),
        _ => false,
    };
    let Some(at) = types.iter().position(|it| is_socket(it)) else { return Ok(false) };
    let text = match (method, function.sig.asyncness, at) {
        (MethodArgument::WebSocket, Some(_), 0) => return Ok(true),
        (MethodArgument::WebSocket, Some(_), _) => "the connection has to be the first argument",
        (MethodArgument::WebSocket, None, _) => "a function that speaks on a WebSocket has to be async",
        _ => "only `#[websocket]` brings a connection",
    };
    Err(Error::new(types[at].span(), text))
}

fn method_tokens(method: &MethodArgument, arguments: &Arguments) -> syn::Result<TokenStream> {
    let named = |name: &str| {
        quote! { ::dyno_server::attribute::RouteMethod::Named(::std::string::String::from(#name)) }
    };
    match (method, &arguments.method) {
        (MethodArgument::Written, Some(name)) => Ok(named(&name.value())),
        (MethodArgument::Written, None) => {
            let text = "the method is missing: `#[route(\"/path\", method = \"PURGE\")]`";
            Err(Error::new(arguments.pattern.span(), text))
        }
        (_, Some(name)) => {
            Err(Error::new(name.span(), "this attribute has its method already; use `#[route]`"))
        }
        (MethodArgument::Fixed(name), None) => Ok(named(name)),
        (MethodArgument::Any, None) => Ok(quote! { ::dyno_server::attribute::RouteMethod::Any }),
        (MethodArgument::WebSocket, None) => Ok(quote! { ::dyno_server::attribute::RouteMethod::WebSocket }),
    }
}

/// The types of the arguments of a function that can be a route.
fn argument_types(function: &ItemFn) -> syn::Result<Vec<&Type>> {
    let signature = &function.sig;
    if !signature.generics.params.is_empty() {
        let text = "a route is called with what a request brings, so it cannot have generic parameters";
        return Err(Error::new(signature.generics.span(), text));
    }
    let mut types = Vec::new();
    for input in &signature.inputs {
        let FnArg::Typed(argument) = input else {
            return Err(Error::new(
                input.span(),
                "a route is a free function; take shared values with `State<T>`",
            ));
        };
        let is_opaque = matches!(&*argument.ty, Type::ImplTrait(_));
        if is_opaque {
            return Err(Error::new(argument.ty.span(), "name the type that is to be taken from the request"));
        }
        if signature.asyncness.is_some() && borrows(&argument.ty) {
            let text = "an async route outlives the request it answers, so it cannot borrow from it; take a type \
                        that owns what it holds, such as `String` or `OwnedRequest`";
            return Err(Error::new(argument.ty.span(), text));
        }
        types.push(&*argument.ty);
    }
    Ok(types)
}

/// True when a type names a lifetime or is a reference.
fn borrows(it: &Type) -> bool {
    struct Search(bool);
    impl<'ast> Visit<'ast> for Search {
        fn visit_type_reference(&mut self, it: &'ast TypeReference) {
            let is_static = it.lifetime.as_ref().is_some_and(|lifetime| lifetime.ident == "static");
            self.0 |= !is_static;
        }

        fn visit_lifetime(&mut self, it: &'ast Lifetime) {
            self.0 |= it.ident != "static";
        }
    }
    let mut search = Search(false);
    search.visit_type(it);
    search.0
}

/// Refuses a `Path` that takes fewer values than the pattern has parameters.
///
/// More are possible: the prefix of a mounted app may bring them.
fn check_parameters(arguments: &Arguments, types: &[&Type]) -> syn::Result<()> {
    let count = parameter_count(&arguments.pattern.value());
    for it in types {
        if let Some(taken) = values_of_path(it)
            && taken < count
        {
            let pattern = arguments.pattern.value();
            let text = format!("`{pattern}` has {count} parameters, and this takes {taken} of them");
            return Err(Error::new(it.span(), text));
        }
    }
    Ok(())
}

/// How many values a `Path<…>` takes, when its type says so.
fn values_of_path(it: &Type) -> Option<usize> {
    let Type::Path(path) = it else { return None };
    let last = path.path.segments.last().filter(|last| last.ident == "Path")?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    match arguments.args.first()? {
        GenericArgument::Type(Type::Tuple(tuple)) => Some(tuple.elems.len()),
        GenericArgument::Type(Type::Path(single)) => {
            const SINGLE: [&str; 17] = [
                "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128", "isize",
                "f32", "f64", "bool", "char", "String",
            ];
            SINGLE.iter().any(|name| single.path.is_ident(name)).then_some(1)
        }
        _ => None,
    }
}
