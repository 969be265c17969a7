//! Decisions, made together so that what they share is read once.

use roster_domain::{Decision, Denial, Entity, Resource};
use roster_table::{Ask, rounds};
use serde_json::{Map, Value};

use super::question::AccessQuestion;
use super::reason;
use super::right::Right;
use super::schema;
use crate::viewer::{READ_PROJECTS, Viewer, built_in};
use roster_http::Problem;

impl Viewer<'_> {
    /// Decides those that the caller may ask. What the directory does not know is denied.
    ///
    /// On organizations that takes one request to the table for each hundred keys, two with custom
    /// roles, and as many before it for callers that have to be admins.
    ///
    /// # Errors
    ///
    /// If the table does not answer, or all together would read more than one request may.
    pub async fn evaluate(
        &mut self,
        questions: &[AccessQuestion],
    ) -> Result<Vec<Result<schema::DecisionBody, Problem>>, Problem> {
        let asked: Vec<_> = questions
            .iter()
            .map(|question| (Some(&question.subject), Some(&question.resource)))
            .collect();
        let rights = self.rights(&asked).await?;
        let mut before = 0;
        for right in [Right::Full, Right::Own] {
            before = self.reader.rounds();
            let of_right = questions
                .iter()
                .zip(&rights)
                .filter(|(_, of)| **of == right);
            let asks: Vec<_> = of_right.filter_map(|(question, _)| ask(question)).collect();
            self.reader.evidence(&asks, right.side()).await?;
        }
        let mut most = 0;
        let mut decided = Vec::with_capacity(questions.len());
        for (question, right) in questions.iter().zip(rights) {
            let one = right.check().and_then(|right| self.decide(question, right));
            let denied = one.as_ref().is_ok_and(|one| !one.decision);
            let resource = question.resource.resource();
            if let (true, Right::Own, Some(resource)) = (denied, right, &resource) {
                most = most.max(rounds(resource));
            }
            decided.push(one);
        }
        if most > 0 {
            self.pad(before + most).await?;
        }
        Ok(decided)
    }

    fn decide(
        &self,
        question: &AccessQuestion,
        right: Right,
    ) -> Result<schema::DecisionBody, Problem> {
        let Some(ask) = ask(question) else {
            return Ok(schema::DecisionBody::denied(None));
        };
        let decision = ask.decide(self.reader.snapshot());
        let reason = self.may_know(&ask, &decision, right)?;
        let context = reason.then(|| {
            let reason = Value::from(reason::of(&self.as_told(&ask, &decision)));
            Map::from_iter([("reason".to_owned(), reason)])
        });
        Ok(schema::DecisionBody {
            decision: matches!(decision, Decision::Granted(_)),
            context,
        })
    }

    /// The decision as the caller may know it. Only services may know that a user does not exist;
    /// to an admin it is somebody without a place in the organization, unless it has one.
    fn as_told(&self, ask: &Ask, decision: &Decision) -> Decision {
        let Decision::Denied(Denial::Absent(Entity::User(user))) = decision else {
            return decision.clone();
        };
        let organization = self.organization_of(&ask.resource);
        let place = organization.map(|organization| roster_table::membership(&organization, user));
        let has_place = |place: &Entity| self.reader.snapshot().get(place).is_some();
        match (place, &ask.resource) {
            _ if self.caller.is_service() => decision.clone(),
            (Some(place), _) if has_place(&place) => decision.clone(),
            (Some(place), Resource::Organization(_)) => Decision::Denied(Denial::Absent(place)),
            _ => Decision::Denied(Denial::NotGranted),
        }
    }

    /// Whether the caller may know why. Who asks about itself may know what grants something, and
    /// why it is denied on what it sees.
    fn may_know(&self, ask: &Ask, decision: &Decision, right: Right) -> Result<bool, Problem> {
        if right == Right::Full || matches!(decision, Decision::Granted(_)) {
            return Ok(true);
        }
        let snapshot = self.reader.snapshot();
        Ok(match &ask.resource {
            Resource::Organization(organization) => {
                snapshot.is_effective(&roster_table::membership(organization, &ask.user))
            }
            Resource::Project(_) => {
                let reads = Ask {
                    permission: built_in(READ_PROJECTS)?,
                    ..ask.clone()
                };
                matches!(reads.decide(snapshot), Decision::Granted(_))
            }
        })
    }
}

/// What a question asks of the directory, if it can be about anything in it.
fn ask(question: &AccessQuestion) -> Option<Ask> {
    Some(Ask {
        user: question.subject.user()?,
        permission: question.permission()?,
        resource: question.resource.resource()?,
    })
}
