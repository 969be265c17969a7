//! Sending a dead letter with another body.

use anyhow::{Result, bail};
use roster_queue::{ATTEMPTS, Fate};

use super::letter::Letter;
use super::list::look_for;
use super::queue::DeadLetterQueue;
use super::stop::Stop;
use super::walk::{Walk, WalkProgress};

/// What became of a letter that was sent with another body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fixed {
    /// It is on the queue of events, and no dead letter any more.
    Sent,
    /// It is on the queue of events. SQS did not delete the dead letter.
    SentAndNotDeleted,
    /// SQS refused the new message, with this code. The dead letter stays as it was.
    Refused(String),
    /// It is no dead letter any more, or another reader holds it. Nothing was sent.
    Gone,
}

/// Sends the letter of this id with another body, and then deletes it as a dead letter. The message
/// has the attributes that a redrive sends, `EventTime` among them. `progress` is called with what
/// the walk does.
///
/// The walk holds the letter while it is sent and deleted. So of several readers that fix, redrive or
/// purge it at the same time, one finds it.
pub async fn fix(
    queue: &DeadLetterQueue,
    id: &str,
    body: String,
    stop: &Stop,
    progress: impl Fn(WalkProgress),
) -> Result<Fixed> {
    let mut walk = Walk::begin(queue, stop, &progress).await?;
    let fixed = fix_in(&mut walk, queue, id, body).await;
    walk.end(fixed).await
}

async fn fix_in(
    walk: &mut Walk<'_>,
    queue: &DeadLetterQueue,
    id: &str,
    body: String,
) -> Result<Fixed> {
    let found = look_for(walk, id).await?;
    if walk.is_stopped() {
        bail!("interrupted; nothing was sent");
    }
    let Some(letter) = found else {
        return Ok(Fixed::Gone);
    };
    let entry = Letter { body, ..letter }.into_entry(0)?;
    let fates = queue.events.send(&[entry]).await?;
    match fates.into_iter().next() {
        Some(Fate::Done) => {}
        Some(Fate::Refused(code)) => return Ok(Fixed::Refused(code)),
        Some(Fate::NotTaken) | None => bail!("SQS did not take the message in {ATTEMPTS} tries"),
    }
    walk.has_sent(1);
    match walk.delete(&[id]).await {
        Ok(deleted) if deleted == [true] => Ok(Fixed::Sent),
        Ok(_) => Ok(Fixed::SentAndNotDeleted),
        Err(error) => Err(error.context("the message was sent, and its dead letter may be left")),
    }
}
