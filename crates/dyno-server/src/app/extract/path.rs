//! The `Path` extractor: parameters of the path as one value, a tuple, or a struct.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use serde::Deserializer;
use serde::de::{DeserializeOwned, DeserializeSeed, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;

use crate::app::call::Call;
use crate::app::error::{Error, Rejection};
use crate::app::extract::FromRequest;
use crate::app::value::{Groups, Named, ValueError, Values};

/// Parameters of the path, decoded once.
///
/// ```
/// use dyno_server::{App, Path, get};
/// use serde::Deserialize;
///
/// #[get("/users/{id}")]
/// fn user(Path(id): Path<u64>) -> String { format!("user {id}") }
///
/// #[get("/users/{id}/posts/{post}")]
/// fn post(Path((id, post)): Path<(u64, String)>) -> String { format!("post {post} of {id}") }
///
/// #[derive(Deserialize)]
/// struct Place { country: String, city: String }
///
/// #[get("/places/{country}/{city}")]
/// fn place(Path(place): Path<Place>) -> String { format!("{} in {}", place.city, place.country) }
///
/// #[get("/files/{path:*}")]
/// fn file(Path(path): Path<String>) -> String { path }
///
/// let app = || App::new().route(user).route(post).route(place).route(file);
/// let server = dyno_server::TestServer::start(move |_| app());
/// assert_eq!(server.get("/users/7/posts/first%20one").send().text(), "post first one of 7");
/// assert_eq!(server.get("/places/Peru/Lima").send().text(), "Lima in Peru");
/// assert_eq!(server.get("/files/a/b.txt").send().text(), "a/b.txt");
/// let refused = server.get("/users/seven").send();
/// assert_eq!(refused.status(), 400);
/// assert_eq!(refused.text(), "path parameter `id`: `seven` is not a whole number of 64 bits without a sign");
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Path<T>(pub T);

impl<'a, T: DeserializeOwned> FromRequest<'a> for Path<T> {
    fn from_request(call: &Call<'a>) -> Result<Self, Error> {
        let names = &call.mounted.pattern.names;
        let values = call.values.as_slice();
        let parameters = Parameters { names, values };
        match T::deserialize(parameters) {
            Ok(value) => Ok(Self(value)),
            Err(error) => Err(Rejection::bad_request(format!("path parameter {error}")).into()),
        }
    }
}

/// Names and values in the order of the pattern.
#[derive(Clone, Copy)]
struct Parameters<'p> {
    names: &'p [String],
    values: &'p [&'p str],
}

fn decode<'p>(name: &str, raw: &'p str) -> Result<Cow<'p, str>, ValueError> {
    let decoded = percent_decode_str(raw).decode_utf8();
    decoded.map_err(|_| serde::de::Error::custom(format!("`{name}`: the decoded bytes are not UTF-8")))
}

macro_rules! deserialize_single {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
            self.single(|value| value.$method(visitor))
        }
    )*};
}

impl<'p> Parameters<'p> {
    /// Reads the only parameter by `read`.
    fn single<R>(self, read: impl FnOnce(Values<'_, '_>) -> Result<R, ValueError>) -> Result<R, ValueError> {
        let ([name], [raw]) = (self.names, self.values) else {
            let count = self.values.len();
            let text = format!("count: the function takes one value, the pattern has {count} parameters");
            return Err(serde::de::Error::custom(text));
        };
        let value = [decode(name, raw)?];
        let result = read(Values { values: &value });
        result.map_err(|error| serde::de::Error::custom(format!("`{name}`: {error}")))
    }
}

impl<'de> Deserializer<'de> for Parameters<'_> {
    type Error = ValueError;

    deserialize_single! {
        deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128 deserialize_f32
        deserialize_f64 deserialize_char deserialize_str deserialize_string deserialize_bytes
        deserialize_byte_buf deserialize_option deserialize_any
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ValueError> {
        self.single(|value| value.deserialize_enum(name, variants, visitor))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, ValueError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        visitor.visit_seq(self)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, ValueError> {
        if self.values.len() != length {
            let count = self.values.len();
            let text =
                format!("count: the function takes {length} values, the pattern has {count} parameters");
            return Err(serde::de::Error::custom(text));
        }
        visitor.visit_seq(self)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, ValueError> {
        self.deserialize_tuple(length, visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        let mut groups = Vec::with_capacity(self.values.len());
        for (name, raw) in self.names.iter().zip(self.values) {
            groups.push(Named { name: Cow::Borrowed(name), values: vec![decode(name, raw)?] });
        }
        visitor.visit_map(Groups::new(&groups))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ValueError> {
        self.deserialize_map(visitor)
    }

    forward_to_deserialize_any! { unit unit_struct identifier ignored_any }
}

impl<'de> SeqAccess<'de> for Parameters<'_> {
    type Error = ValueError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, ValueError> {
        let (Some((name, names)), Some((raw, values))) =
            (self.names.split_first(), self.values.split_first())
        else {
            return Ok(None);
        };
        (self.names, self.values) = (names, values);
        let value = [decode(name, raw)?];
        let result = seed.deserialize(Values { values: &value });
        result.map(Some).map_err(|error| serde::de::Error::custom(format!("`{name}`: {error}")))
    }
}
