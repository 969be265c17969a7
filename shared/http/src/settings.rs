//! Settings from environment variables.

use std::fmt::{self, Display, Formatter};

/// Variables that are missing or empty, and those that hold something else than they should.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InvalidSettings {
    /// The names of those that are missing.
    pub missing: Vec<&'static str>,
    /// The names of the others, and what they have to be.
    pub invalid: Vec<(&'static str, String)>,
}

impl std::error::Error for InvalidSettings {}

impl Display for InvalidSettings {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        if !self.missing.is_empty() {
            let missing = self.missing.join(", ");
            parts.push(format!("set the environment variables {missing}"));
        }
        let invalid = self.invalid.iter();
        parts.extend(invalid.map(|(name, expected)| format!("{name} {expected}")));
        f.write_str(&parts.join("; "))
    }
}

/// Reads the settings of a function and collects every mistake, so that all are reported at once. An
/// empty variable counts as missing.
#[derive(Debug)]
pub struct Settings<G> {
    get: G,
    wrong: InvalidSettings,
}

impl<G: Fn(&str) -> Option<String>> Settings<G> {
    /// Reads each variable with `get`, by its name.
    pub fn new(get: G) -> Self {
        Self {
            get,
            wrong: InvalidSettings::default(),
        }
    }

    /// The result if nothing is missing or invalid.
    pub fn check<T>(self, result: T) -> Result<T, InvalidSettings> {
        if self.wrong == InvalidSettings::default() {
            Ok(result)
        } else {
            Err(self.wrong)
        }
    }

    /// A variable that must be set. The result is empty if it is not, and [`check`](Self::check) fails.
    pub fn required(&mut self, name: &'static str) -> String {
        let value = (self.get)(name).unwrap_or_default();
        if value.is_empty() {
            self.wrong.missing.push(name);
        }
        value
    }

    /// A variable that must be set and valid; otherwise [`check`](Self::check) fails.
    pub fn parsed<T, E: Display>(
        &mut self,
        name: &'static str,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Option<T> {
        let value = self.optional(name, parse);
        if value.is_none() && (self.get)(name).unwrap_or_default().is_empty() {
            self.wrong.missing.push(name);
        }
        value
    }

    /// A variable that may be missing; if it is invalid, [`check`](Self::check) fails.
    pub fn optional<T, E: Display>(
        &mut self,
        name: &'static str,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Option<T> {
        let value = (self.get)(name).filter(|value| !value.is_empty())?;
        match parse(&value) {
            Ok(value) => Some(value),
            Err(expected) => {
                self.wrong.invalid.push((name, expected.to_string()));
                None
            }
        }
    }
}
