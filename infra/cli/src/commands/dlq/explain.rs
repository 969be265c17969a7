//! `roster dlq explain`.

use anyhow::{Context as _, Result};
use aws_sdk_sqs::types::MessageAttributeValue;
use clap::Args;
use consumer::Failure;
use roster_domain::Event;
use roster_queue::{ERROR_MESSAGE, FUNCTION_VERSION};
use serde_json::{Map, Value, json};

use super::progress::Progress;
use super::{Context, MAX_RECEIVES_IN_WORDS, letters};
use crate::commands::exit::NothingFound;
use crate::commands::output;
use crate::dlq::{HIDDEN, Letter, MAX_RECEIVES, event_time, find};

/// Show what is wrong with one dead letter, by today's code, and all of it.
#[derive(Debug, Args)]
pub struct Explain {
    /// The id of the message, as `list` with a filter shows it, and the log of the consumer under
    /// `dead_letter`.
    #[arg(value_name = "MESSAGE")]
    message_id: String,
}

/// What today's code makes of a letter.
struct Explanation {
    event: Result<Event, Failure>,
    /// The predicted outcome of applying it, if a table was read.
    outcome: Option<Result<&'static str, Failure>>,
}

impl Explain {
    pub async fn run(self, context: &Context) -> Result<()> {
        let letter = found(context, &self.message_id).await?;
        let explanation = explain(context, &letter).await?;
        if context.json {
            output::json(&as_json(&letter, &explanation))
        } else {
            print(context, &letter, &explanation)
        }
    }
}

/// Finds the letter of this id.
pub async fn found(context: &Context, id: &str) -> Result<Letter> {
    let progress = Progress::new();
    let show = |done| progress.show(done);
    let found = find(&context.queue, id, &context.stop, show).await;
    drop(progress);
    let (letter, seen) = found?;
    if let Some(letter) = letter {
        return Ok(letter);
    }
    context.finish(false)?;
    let told = format!(
        "no message {id} among {}; `roster dlq list` shows what is there, and what another command \
         hides shows again after {} minutes at most",
        letters(seen),
        HIDDEN.as_secs() / 60
    );
    Err(NothingFound(told).into())
}

async fn explain(context: &Context, letter: &Letter) -> Result<Explanation> {
    let event = letter.event(context.now);
    let outcome = match (&event, &context.table) {
        (Ok(event), Some(table)) => {
            let previewed = table.preview().apply(&[event]).await;
            let foretold = previewed.with_context(|| context.cannot_ask.clone())?;
            foretold.into_iter().next().map(|foretold| {
                let outcome = foretold.map(|applied| applied.outcome.name());
                outcome.map_err(|unreadable| Failure::Table(unreadable.into()))
            })
        }
        _ => None,
    };
    Ok(Explanation { event, outcome })
}

fn print(context: &Context, letter: &Letter, explanation: &Explanation) -> Result<()> {
    let say = |text: &str| output::line(&output::printable(text));
    let label = output::labeled;
    label("Message", &letter.id)?;
    let sent = event_time(letter.sent);
    label(
        "Sent",
        &format!("{} ago, at {sent}", context.age(letter.sent)),
    )?;
    if let Some(name) = letter.event_type() {
        label("Type", &name)?;
    }
    label("Reason", &reason(letter))?;
    match &explanation.event {
        Err(failure) => {
            let code = failure.code();
            label("Now", &format!("still wrong: {code}: {failure}"))?;
        }
        Ok(event) => {
            let (id, entity, time) = (&event.id, &event.entity, event.clock.time());
            label("Now", &format!("valid: event {id} of {entity}, at {time}"))?;
            match &explanation.outcome {
                Some(Ok(outcome)) => label("Redriven", &format!("it would be {outcome}"))?,
                Some(Err(failure)) => label("Redriven", &format!("it would fail: {failure}"))?,
                None => {}
            }
        }
    }
    output::line("\nAttributes")?;
    for (name, value) in &letter.attributes {
        say(&format!(
            "  {name} ({}): {}",
            value.data_type(),
            shown(value)
        ))?;
    }
    output::line("\nBody")?;
    laid_out(&letter.body).lines().try_for_each(say)
}

/// Why it is here, as it was said then.
fn reason(letter: &Letter) -> String {
    let code = letter.reason();
    let message = letter.text(ERROR_MESSAGE);
    match (code, message, letter.text(FUNCTION_VERSION)) {
        (MAX_RECEIVES, _, _) => format!("{code}: {MAX_RECEIVES_IN_WORDS}"),
        (_, Some(message), Some(version)) => format!("{code}: {message} (function {version})"),
        (_, Some(message), None) => format!("{code}: {message}"),
        (_, None, _) => code.to_owned(),
    }
}

fn shown(value: &MessageAttributeValue) -> String {
    match (value.string_value(), value.binary_value()) {
        (Some(text), _) => text.to_owned(),
        (None, Some(bytes)) => format!("{} bytes", bytes.as_ref().len()),
        (None, None) => String::new(),
    }
}

/// A JSON text with a line for each value, its fields in their order; any other text, and one too
/// deep to be an event, as it is.
pub fn laid_out(body: &str) -> String {
    let mut text = Vec::new();
    let mut reader = serde_json::Deserializer::from_str(body);
    let mut writer = serde_json::Serializer::pretty(&mut text);
    let read = serde_transcode::transcode(&mut reader, &mut writer).and_then(|()| reader.end());
    match read.ok().and_then(|()| String::from_utf8(text).ok()) {
        Some(text) => text,
        None => body.to_owned(),
    }
}

fn as_json(letter: &Letter, explanation: &Explanation) -> Value {
    let attribute = |(name, value): (&String, &MessageAttributeValue)| {
        let value = json!({"type": value.data_type(), "value": shown(value)});
        (name.clone(), value)
    };
    let attributes: Map<_, _> = letter.attributes.iter().map(attribute).collect();
    let wrong = |failure: &Failure| json!({"code": failure.code(), "path": failure.path(), "message": failure.to_string()});
    let now = match &explanation.event {
        Err(failure) => json!({"valid": false, "failure": wrong(failure)}),
        Ok(event) => json!({
            "valid": true,
            "eventId": event.id.as_str(),
            "type": event.event_type.name,
            "time": event.clock.time(),
            "entity": event.entity.to_string(),
            "outcome": explanation.outcome.as_ref().and_then(|outcome| outcome.as_ref().ok()),
            "failure": explanation.outcome.as_ref().and_then(|o| o.as_ref().err()).map(wrong),
        }),
    };
    json!({
        "messageId": letter.id,
        "sent": event_time(letter.sent).to_string(),
        "reason": letter.reason(),
        "attributes": attributes,
        "now": now,
        "body": letter.body,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_laid_out_in_its_own_order() {
        let body = r#" {"b":[1.5,{}, [ ],"a,\"{}[]:\\"],"a" : null,"b":{"x":true}} "#;
        let expected = r#"{
  "b": [
    1.5,
    {},
    [],
    "a,\"{}[]:\\"
  ],
  "a": null,
  "b": {
    "x": true
  }
}"#;
        assert_eq!(laid_out(body), expected);
    }

    #[test]
    fn what_is_not_json_or_far_too_deep_stays_as_it_is() {
        let deep = "[".repeat(100_000) + &"]".repeat(100_000);
        for body in ["", "not json", "{} {}", "{\"a\":1,}", &deep] {
            assert_eq!(laid_out(body), body);
        }
    }
}
