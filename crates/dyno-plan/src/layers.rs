//! Precedence: flags over environment over file over defaults, and a note of where each value came from.

use std::path::PathBuf;
use std::time::Duration;

use dyno_model::units::write_duration;

use crate::read::Setting;
use crate::{Origin, Overrides};

/// One resolved value for people: key, value, where it came from.
pub(crate) type Provenance = (String, String, Origin);

/// The layers above the file, and the list of what was picked.
pub(crate) struct Layers<'l> {
    pub flags: &'l Overrides,
    pub environment: &'l Overrides,
    pub provenance: Vec<Provenance>,
}

/// A value as it is shown to people.
pub(crate) trait Show {
    fn show(&self) -> String;
}

impl Layers<'_> {
    /// The value of the highest layer that has one. `flag` is the long flag without dashes; the variable
    /// of the environment is named like it.
    pub fn pick<T: Clone + Show>(
        &mut self,
        key: &str,
        flag: &'static str,
        get: impl Fn(&Overrides) -> Option<T>,
        file: Option<Setting<T>>,
        default: impl FnOnce() -> T,
    ) -> Setting<T> {
        if let Some(picked) = self.pick_optional(key, flag, get, file) {
            return picked;
        }
        let picked = Setting { value: default(), origin: Origin::Default, span: None };
        self.note(key, &picked);
        picked
    }

    /// As [`Self::pick`], without a default.
    pub fn pick_optional<T: Clone + Show>(
        &mut self,
        key: &str,
        flag: &'static str,
        get: impl Fn(&Overrides) -> Option<T>,
        file: Option<Setting<T>>,
    ) -> Option<Setting<T>> {
        let picked = if let Some(value) = get(self.flags) {
            Setting { value, origin: Origin::Flag(flag), span: None }
        } else if let Some(value) = get(self.environment) {
            let variable = format!("DYNO_{}", flag.to_uppercase().replace('-', "_"));
            Setting { value, origin: Origin::Environment(variable), span: None }
        } else {
            file?
        };
        self.note(key, &picked);
        Some(picked)
    }

    /// Remembers where a value came from.
    pub fn note<T: Show>(&mut self, key: &str, setting: &Setting<T>) {
        self.provenance.push((key.to_owned(), setting.value.show(), setting.origin.clone()));
    }
}

impl Show for Duration {
    fn show(&self) -> String {
        write_duration(*self)
    }
}

impl Show for PathBuf {
    fn show(&self) -> String {
        self.display().to_string()
    }
}

impl<T: Show> Show for Vec<T> {
    fn show(&self) -> String {
        self.iter().map(Show::show).collect::<Vec<_>>().join(", ")
    }
}

macro_rules! show_as_displayed {
    ($($type:ty),*) => {
        $(impl Show for $type {
            fn show(&self) -> String {
                self.to_string()
            }
        })*
    };
}

show_as_displayed!(String, u64, u32, bool, std::net::IpAddr);
