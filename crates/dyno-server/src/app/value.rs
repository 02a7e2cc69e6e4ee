//! Texts of a path, a query or a form as typed values, by serde.
//!
//! A name with one value reads as a scalar, with several as a list. Texts are decoded already. Called by the
//! extractors; the errors say which name and which text.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::de::value::StrDeserializer;
use serde::de::{self, DeserializeSeed, Deserializer, EnumAccess, Error as _, MapAccess, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;

#[cfg(test)]
mod tests;

/// A name and its values in the order in which they came.
#[derive(Debug)]
pub(crate) struct Named<'a> {
    pub(crate) name: Cow<'a, str>,
    pub(crate) values: Vec<Cow<'a, str>>,
}

/// Puts the values of equal names together, in the order of the first of each.
pub(crate) fn group<'a>(pairs: impl Iterator<Item = (Cow<'a, str>, Cow<'a, str>)>) -> Vec<Named<'a>> {
    let mut groups: Vec<Named<'a>> = Vec::new();
    for (name, value) in pairs {
        match groups.iter_mut().find(|group| group.name == name) {
            Some(group) => group.values.push(value),
            None => groups.push(Named { name, values: vec![value] }),
        }
    }
    groups
}

/// What keeps texts from becoming a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ValueError(String);

impl fmt::Display for ValueError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl std::error::Error for ValueError {}

impl de::Error for ValueError {
    fn custom<T: fmt::Display>(text: T) -> Self {
        Self(text.to_string())
    }
}

impl ValueError {
    /// The same, with the name in front.
    fn at(self, name: &str) -> Self {
        if name.is_empty() { self } else { Self(format!("`{name}`: {}", self.0)) }
    }
}

/// Names with values, as a map or a struct.
pub(crate) struct Groups<'d, 'a> {
    rest: std::slice::Iter<'d, Named<'a>>,
    current: Option<&'d Named<'a>>,
}

impl<'d, 'a> Groups<'d, 'a> {
    pub(crate) fn new(groups: &'d [Named<'a>]) -> Self {
        Self { rest: groups.iter(), current: None }
    }
}

impl<'de> Deserializer<'de> for Groups<'_, '_> {
    type Error = ValueError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        visitor.visit_map(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, ValueError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        visitor.visit_some(self)
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit_struct seq tuple
        tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de> MapAccess<'de> for Groups<'_, '_> {
    type Error = ValueError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, ValueError> {
        self.current = self.rest.next();
        self.current.map(|group| seed.deserialize(StrDeserializer::new(&group.name))).transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, ValueError> {
        let group = self.current.ok_or_else(|| ValueError::custom("a value was asked before its name"))?;
        seed.deserialize(Values { values: &group.values }).map_err(|error| error.at(&group.name))
    }
}

/// The values of one name.
#[derive(Clone, Copy)]
pub(crate) struct Values<'d, 'a> {
    pub(crate) values: &'d [Cow<'a, str>],
}

impl<'d> Values<'d, '_> {
    fn single(self) -> Result<&'d str, ValueError> {
        match self.values {
            [value] => Ok(value),
            values => Err(ValueError(format!("one value is expected, {} are given", values.len()))),
        }
    }

    fn parsed<T: FromStr>(self, what: &str) -> Result<T, ValueError> {
        let text = self.single()?;
        text.parse().map_err(|_| ValueError(format!("`{}` is not {what}", text.escape_debug())))
    }
}

macro_rules! deserialize_parsed {
    ($($method:ident $visit:ident $what:literal;)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
            visitor.$visit(self.parsed($what)?)
        }
    )*};
}

impl<'de> Deserializer<'de> for Values<'_, '_> {
    type Error = ValueError;

    deserialize_parsed! {
        deserialize_i8 visit_i8 "a whole number from -128 to 127";
        deserialize_i16 visit_i16 "a whole number from -32768 to 32767";
        deserialize_i32 visit_i32 "a whole number of 32 bits";
        deserialize_i64 visit_i64 "a whole number of 64 bits";
        deserialize_i128 visit_i128 "a whole number of 128 bits";
        deserialize_u8 visit_u8 "a whole number from 0 to 255";
        deserialize_u16 visit_u16 "a whole number from 0 to 65535";
        deserialize_u32 visit_u32 "a whole number of 32 bits without a sign";
        deserialize_u64 visit_u64 "a whole number of 64 bits without a sign";
        deserialize_u128 visit_u128 "a whole number of 128 bits without a sign";
        deserialize_f32 visit_f32 "a number";
        deserialize_f64 visit_f64 "a number";
        deserialize_char visit_char "a single character";
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        match self.values {
            [value] => visitor.visit_str(value),
            _ => self.deserialize_seq(visitor),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        let text = self.single()?;
        match text {
            // `on` is what a ticked box of an HTML form sends.
            "true" | "1" | "on" => visitor.visit_bool(true),
            "false" | "0" | "off" => visitor.visit_bool(false),
            _ => Err(ValueError(format!("`{}` is not `true` or `false`", text.escape_debug()))),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        visitor.visit_str(self.single()?)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        self.deserialize_str(visitor)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        visitor.visit_bytes(self.single()?.as_bytes())
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, ValueError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        visitor.visit_seq(ValueSequence { rest: self.values })
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, ValueError> {
        if self.values.len() != length {
            let count = self.values.len();
            return Err(ValueError(format!("{length} values are expected, {count} are given")));
        }
        self.deserialize_seq(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ValueError> {
        visitor.visit_enum(Variant(self.single()?))
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! { unit unit_struct tuple_struct map struct identifier }
}

struct ValueSequence<'d, 'a> {
    rest: &'d [Cow<'a, str>],
}

impl<'de> SeqAccess<'de> for ValueSequence<'_, '_> {
    type Error = ValueError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, ValueError> {
        let Some((first, rest)) = self.rest.split_at_checked(1) else { return Ok(None) };
        self.rest = rest;
        seed.deserialize(Values { values: first }).map(Some)
    }
}

/// An enum without fields, by the name of its variant.
struct Variant<'d>(&'d str);

impl<'de> EnumAccess<'de> for Variant<'_> {
    type Error = ValueError;
    type Variant = UnitOnly;

    fn variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<(T::Value, UnitOnly), ValueError> {
        let name: StrDeserializer<'_, ValueError> = StrDeserializer::new(self.0);
        Ok((seed.deserialize(name)?, UnitOnly))
    }
}

struct UnitOnly;

impl<'de> de::VariantAccess<'de> for UnitOnly {
    type Error = ValueError;

    fn unit_variant(self) -> Result<(), ValueError> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, _: T) -> Result<T::Value, ValueError> {
        Err(ValueError::custom("a text cannot be a variant with fields"))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, ValueError> {
        Err(ValueError::custom("a text cannot be a variant with fields"))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, ValueError> {
        Err(ValueError::custom("a text cannot be a variant with fields"))
    }
}
