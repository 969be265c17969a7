//! `roster dlq redrive --fix`.

use std::env;
use std::fs;
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::process::Command;
use std::time::SystemTime;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::json;
use tempfile::NamedTempFile;
use tokio::task::spawn_blocking;

use super::Context;
use super::confirm::is_confirmed;
use super::explain::{found, laid_out};
use super::progress::Progress;
use crate::commands::exit::NothingFound;
use crate::commands::output;
use crate::dlq::{Fixed, Letter, fix};

/// What edits a text if nobody named another program.
const DEFAULT_EDITOR: &str = "vi";

/// Lets a person edit the body of a letter, and sends it in place of the letter.
///
/// The letter is visible to others while the person edits it, which may take longer than SQS hides a
/// message. It is looked up again before it is sent: if somebody else has taken it meanwhile, nothing
/// is sent. A text that was not sent stays in its file.
pub async fn edit_and_send(context: &Context, id: &str) -> Result<()> {
    let letter = found(context, id).await?;
    let draft = Draft::new(&letter)?;
    let sent = send_edited(context, &letter, &draft).await;
    match sent {
        Ok(()) => Ok(()),
        Err(error) => match draft.keep()? {
            Some(kept) => Err(error.context(format!("your text is kept in {kept}"))),
            None => Err(error),
        },
    }
}

async fn send_edited(context: &Context, letter: &Letter, draft: &Draft) -> Result<()> {
    let body = loop {
        let body = draft.edit(context).await?;
        let edited = Letter {
            body,
            ..letter.clone()
        };
        let Err(failure) = edited.event(SystemTime::now()) else {
            break edited.body;
        };
        let wrong = format!("still wrong: {}: {failure}", failure.code());
        ensure!(io::stdin().is_terminal(), "nothing was sent: {wrong}");
        output::note(&wrong);
        let again = is_confirmed(context, "Edit it again?").await;
        ensure!(again.context("nothing was sent")?, "nothing was sent");
    };
    let progress = Progress::new();
    let show = |done| progress.show(done);
    let fixed = fix(&context.queue, &letter.id, body, &context.stop, show).await;
    drop(progress);
    report(context, letter, &fixed?)
}

fn report(context: &Context, letter: &Letter, fixed: &Fixed) -> Result<()> {
    let id = &letter.id;
    match fixed {
        Fixed::Sent | Fixed::SentAndNotDeleted => {}
        Fixed::Refused(code) => bail!("SQS refused the message: {code}; the dead letter stays"),
        Fixed::Gone => {
            let told = format!(
                "nothing was sent: the message {id} is no dead letter any more, or another reader \
                 holds it"
            );
            return Err(NothingFound(told).into());
        }
    }
    let deleted = *fixed == Fixed::Sent;
    if context.json {
        return output::json(&json!({"messageId": id, "sent": true, "deleted": deleted}));
    }
    output::paragraph(if deleted {
        "Sent, and deleted as a dead letter"
    } else {
        "Sent; SQS did not delete the dead letter, which stays as it was"
    })
}

/// The file that a person edits. Only its owner may read it, and it is deleted at the end.
struct Draft {
    file: NamedTempFile,
    original: String,
}

impl Draft {
    fn new(letter: &Letter) -> Result<Self> {
        let original = format!("{}\n", laid_out(&letter.body));
        let mut file = tempfile::Builder::new()
            .prefix("roster-dead-letter-")
            .suffix(".json")
            .tempfile()
            .context("cannot create a file to edit")?;
        file.write_all(original.as_bytes())
            .context("cannot write the file to edit")?;
        Ok(Self { file, original })
    }

    /// Lets a person edit the text, and returns it if it was changed.
    async fn edit(&self, context: &Context) -> Result<String> {
        let editor = editor()?;
        let mut command = command(&editor, self.file.path());
        let status = spawn_blocking(move || command.status()).await?;
        let status = status.with_context(|| format!("cannot run {editor}"))?;
        ensure!(!context.stop.is_asked(), "interrupted; nothing was sent");
        ensure!(
            status.success(),
            "nothing was sent: {editor} ended with {status}"
        );
        let text = self.text()?;
        ensure!(
            !text.trim().is_empty(),
            "nothing was sent: the text is empty"
        );
        ensure!(
            text != self.original,
            "nothing was sent: the text was not changed"
        );
        Ok(text.trim_end().to_owned())
    }

    fn text(&self) -> Result<String> {
        // An editor may have replaced the file, so it is opened anew.
        fs::read_to_string(self.file.path()).context("cannot read the text that was edited")
    }

    /// Keeps the file if there is something in it that would be lost, and returns its path.
    fn keep(self) -> Result<Option<String>> {
        let is_worthless = match self.text() {
            Ok(text) => text.trim().is_empty() || text == self.original,
            Err(_) => !self.file.path().exists(),
        };
        if is_worthless {
            return Ok(None);
        }
        let (_, path) = self.file.keep().context("cannot keep the text")?;
        Ok(Some(path.display().to_string()))
    }
}

/// The editor as the user's environment names it.
fn editor() -> Result<String> {
    let named = ["VISUAL", "EDITOR"]
        .into_iter()
        .filter_map(|name| env::var(name).ok());
    if let Some(editor) = named.into_iter().find(|editor| !editor.trim().is_empty()) {
        return Ok(editor);
    }
    ensure!(
        io::stdin().is_terminal(),
        "there is no terminal for {DEFAULT_EDITOR}; set EDITOR to another editor"
    );
    Ok(DEFAULT_EDITOR.to_owned())
}

/// As in Git, a shell reads the name of the editor, which may have arguments.
fn command(editor: &str, file: &Path) -> Command {
    let mut command = Command::new("sh");
    command
        .arg("-c")
        .arg(format!("{editor} \"$1\""))
        .arg("sh")
        .arg(file);
    command
}
