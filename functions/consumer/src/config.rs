//! The settings of the function.

/// What the function is told by its environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// `TABLE_NAME`: the table to write.
    pub table_name: String,
}

/// Settings that are missing or empty, all of them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("set these environment variables: {}", .0.join(", "))]
pub struct MissingSettings(pub Vec<&'static str>);

impl Config {
    /// Reads the settings with `get`, which is asked for each variable by its name.
    pub fn read(get: impl Fn(&str) -> Option<String>) -> Result<Self, MissingSettings> {
        let mut missing = Vec::new();
        let mut require = |name: &'static str| {
            let value = get(name).filter(|value| !value.is_empty());
            if value.is_none() {
                missing.push(name);
            }
            value.unwrap_or_default()
        };
        let config = Self {
            table_name: require("TABLE_NAME"),
        };
        if missing.is_empty() {
            Ok(config)
        } else {
            Err(MissingSettings(missing))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_name_is_all_that_is_required() {
        let config = Config::read(|name| (name == "TABLE_NAME").then(|| "roster".to_owned()));
        assert_eq!(config.unwrap().table_name, "roster");
    }

    #[test]
    fn what_is_missing_or_empty_is_named() {
        for get in [|_: &str| None, |_: &str| Some(String::new())] {
            let error = Config::read(get).unwrap_err();
            assert_eq!(
                error.to_string(),
                "set these environment variables: TABLE_NAME"
            );
        }
    }
}
