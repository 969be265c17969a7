//! A body for a person to read.

use serde::de::IgnoredAny;

/// A JSON text with a line for each value; any other text as it is. Nothing but the white space
/// between its tokens changes: not the order of the fields, not the digits of a number.
pub fn laid_out(body: &str) -> String {
    if serde_json::from_str::<IgnoredAny>(body).is_err() {
        return body.to_owned();
    }
    let mut layout = Layout::default();
    body.chars().for_each(|c| layout.take(c));
    layout.text
}

#[derive(Default)]
struct Layout {
    text: String,
    depth: usize,
    in_string: bool,
    escaped: bool,
    /// A bracket was opened and nothing stands in it yet.
    opened: bool,
}

impl Layout {
    fn take(&mut self, c: char) {
        if self.in_string {
            self.text.push(c);
            self.in_string = self.escaped || c != '"';
            self.escaped = !self.escaped && c == '\\';
            return;
        }
        match c {
            ' ' | '\t' | '\n' | '\r' => {}
            '}' | ']' => {
                self.depth = self.depth.saturating_sub(1);
                if !self.opened {
                    self.new_line();
                }
                self.opened = false;
                self.text.push(c);
            }
            _ => {
                if self.opened {
                    self.opened = false;
                    self.new_line();
                }
                self.text.push(c);
                match c {
                    '"' => self.in_string = true,
                    '{' | '[' => {
                        self.depth += 1;
                        self.opened = true;
                    }
                    ',' => self.new_line(),
                    ':' => self.text.push(' '),
                    _ => {}
                }
            }
        }
    }

    fn new_line(&mut self) {
        self.text.push('\n');
        self.text.extend(std::iter::repeat_n("  ", self.depth));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn a_body_is_laid_out_and_says_the_same() {
        let body = r#" {"b":[1.50,{}, [ ],"a,\"{}[]:\\"],"a" : null,"b":{"x":1e400}} "#;
        let expected = r#"{
  "b": [
    1.50,
    {},
    [],
    "a,\"{}[]:\\"
  ],
  "a": null,
  "b": {
    "x": 1e400
  }
}"#;
        assert_eq!(laid_out(body), expected);
    }

    #[test]
    fn the_layout_is_that_of_serde_json() {
        let text = r#"{"a":[[],{"b":"é \u0007"},-3,true],"c":{},"d":"\\"}"#;
        let value: Value = serde_json::from_str(text).unwrap();
        let expected = serde_json::to_string_pretty(&value).unwrap();
        assert_eq!(laid_out(&value.to_string()), expected);
    }

    #[test]
    fn what_is_not_json_or_far_too_deep_stays_as_it_is() {
        let deep = "[".repeat(100_000) + &"]".repeat(100_000);
        for body in ["", "not json", "{\"a\":1,}", &deep] {
            assert_eq!(laid_out(body), body);
        }
    }
}
