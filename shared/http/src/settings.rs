//! Reads settings from environment variables.

use std::fmt::{self, Display, Formatter};

/// The variables that are missing or empty, and those with invalid values.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InvalidSettings {
    /// The names of the missing variables.
    pub missing: Vec<&'static str>,
    /// The names of the invalid variables, and what they must be.
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

/// Reads the settings of a function and collects every mistake, so that all are reported at once.
/// An empty variable counts as missing.
#[derive(Debug)]
pub struct Settings<G> {
    get: G,
    wrong: InvalidSettings,
}

impl<G: Fn(&str) -> Option<String>> Settings<G> {
    /// Creates a reader; `get` looks up a variable by its name.
    pub fn new(get: G) -> Self {
        Self {
            get,
            wrong: InvalidSettings::default(),
        }
    }

    /// Returns `settings` if no variable is missing or invalid.
    pub fn check<T>(self, result: T) -> Result<T, InvalidSettings> {
        if self.wrong == InvalidSettings::default() {
            Ok(result)
        } else {
            Err(self.wrong)
        }
    }

    /// Reads a required variable. If it is missing, the result is empty and [`check`](Self::check)
    /// fails.
    pub fn required(&mut self, name: &'static str) -> String {
        let value = (self.get)(name).unwrap_or_default();
        if value.is_empty() {
            self.wrong.missing.push(name);
        }
        value
    }

    /// Reads and parses a required variable. If it is missing or invalid, [`check`](Self::check)
    /// fails.
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

    /// Reads and parses an optional variable. If it is invalid, [`check`](Self::check) fails.
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
