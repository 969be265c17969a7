//! The settings of the function.

/// The settings in the function's environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// `TABLE_NAME`: the table of the directory.
    pub table_name: String,
    /// `HISTORY_TABLE_NAME`: the table of the history.
    pub history_table_name: String,
    /// `QUEUE_URL`: the source queue. Without it, a failed message is retried after the queue's
    /// visibility timeout.
    pub queue_url: Option<String>,
    /// `DEAD_LETTER_QUEUE_URL`: the queue for messages that failed permanently. Without it, such
    /// a message is reported like any other failure, and the queue's redrive policy moves it.
    pub dead_letter_queue_url: Option<String>,
}

/// A table's name is missing or empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("set the environment variables TABLE_NAME and HISTORY_TABLE_NAME")]
pub struct MissingTableName;

impl Config {
    /// Reads the settings by calling `get` with the name of each variable. An empty variable
    /// counts as missing.
    pub fn read(get: impl Fn(&str) -> Option<String>) -> Result<Self, MissingTableName> {
        let get = |name| get(name).filter(|value| !value.is_empty());
        let (table_name, history_table_name) = (get("TABLE_NAME"), get("HISTORY_TABLE_NAME"));
        let (queue_url, dead_letter_queue_url) = (get("QUEUE_URL"), get("DEAD_LETTER_QUEUE_URL"));
        Ok(Self {
            table_name: table_name.ok_or(MissingTableName)?,
            history_table_name: history_table_name.ok_or(MissingTableName)?,
            queue_url,
            dead_letter_queue_url,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_names_of_the_tables_are_required() {
        let tables = ["TABLE_NAME", "HISTORY_TABLE_NAME"];
        let config = Config::read(|name| tables.contains(&name).then(|| name.to_lowercase()));
        let expected = Config {
            table_name: "table_name".to_owned(),
            history_table_name: "history_table_name".to_owned(),
            queue_url: None,
            dead_letter_queue_url: None,
        };
        assert_eq!(config, Ok(expected));
        for missing in tables {
            let config = Config::read(|name| (name != missing).then(|| name.to_owned()));
            assert_eq!(config, Err(MissingTableName), "{missing}");
        }
    }

    #[test]
    fn each_setting_has_a_variable_and_an_empty_one_counts_as_missing() {
        let config = Config::read(|name| Some(name.to_owned())).unwrap();
        assert_eq!(config.history_table_name, "HISTORY_TABLE_NAME");
        assert_eq!(config.queue_url.unwrap(), "QUEUE_URL");
        let dead_letters = config.dead_letter_queue_url.unwrap();
        assert_eq!(dead_letters, "DEAD_LETTER_QUEUE_URL");
        for get in [|_: &str| None, |_: &str| Some(String::new())] {
            assert_eq!(Config::read(get), Err(MissingTableName));
        }
    }
}
