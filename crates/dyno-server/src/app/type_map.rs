//! Values found by their type: the state of an app and what middleware leaves for handlers.
//!
//! Holds one value per type; knows nothing of requests. Called by `scope`, `call` and the extractors.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::rc::Rc;

/// One value per type.
#[derive(Clone, Default)]
pub struct TypeMap {
    /// Boxed, since most maps stay empty: a request without extensions costs one null pointer.
    values: Option<Box<Values>>,
}

type Values = HashMap<TypeId, Rc<dyn Any>, BuildHasherDefault<TypeIdHasher>>;

impl TypeMap {
    /// Keeps `value`, in place of another of its type.
    pub fn insert<T: 'static>(&mut self, value: T) {
        self.values.get_or_insert_default().insert(TypeId::of::<T>(), Rc::new(value));
    }

    /// The value of type `T`.
    #[must_use]
    pub fn get<T: 'static>(&self) -> Option<&T> {
        self.values.as_ref()?.get(&TypeId::of::<T>())?.downcast_ref()
    }

    /// Takes over every value of `other` whose type is missing here.
    pub(crate) fn fill_from(&mut self, other: &Self) {
        for (type_id, value) in other.values.iter().flat_map(|values| values.iter()) {
            self.values.get_or_insert_default().entry(*type_id).or_insert_with(|| Rc::clone(value));
        }
    }
}

/// Passes on the hash that a `TypeId` already is.
#[derive(Default)]
struct TypeIdHasher(u64);

impl Hasher for TypeIdHasher {
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = (self.0 << 8) ^ u64::from(byte) ^ (self.0 >> 56);
        }
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
