//! Decides several evaluations together, so that shared data is read once.

use roster_domain::{Decision, Denial, Entity, Obstacle, OrganizationId, Resource};
use roster_table::{Ask, rounds};
use serde_json::{Map, Value};

use super::question::AccessQuestion;
use super::reason;
use super::right::Right;
use super::schema;
use crate::viewer::{READ_PROJECTS, Viewer, built_in};
use roster_http::Problem;

impl Viewer<'_> {
    /// Decides the evaluations that the caller is allowed to request. Unknown ids are denied.
    ///
    /// For organizations this takes one request to the table per hundred keys, or two with custom
    /// roles. If the caller has to be an admin, checking that takes the same number before.
    ///
    /// # Errors
    ///
    /// If the table does not respond, or all evaluations together exceed the request's budget.
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

    /// Returns the decision with a reason that the caller may know. Only services may learn that a
    /// user does not exist or is deactivated, and what other organizations stated or removed. For an
    /// admin, such a user is someone without a membership in the organization, unless a membership
    /// exists that is not of a former organization with the same id.
    fn as_told(&self, ask: &Ask, decision: &Decision) -> Decision {
        let Decision::Denied(Denial::Obstacle(obstacle)) = decision else {
            return decision.clone();
        };
        if self.caller.is_service() {
            return decision.clone();
        }
        let organization = self.organization_of(&ask.resource);
        let place = organization
            .as_ref()
            .map(|id| roster_table::membership(id, &ask.user));
        let is_there = |place: &Entity| {
            self.reader.snapshot().get(place).is_some() && !self.is_former_entity(place)
        };
        let may_know = match obstacle {
            Obstacle::Absent(Entity::User(_)) | Obstacle::Inactive(_) => {
                place.as_ref().is_some_and(is_there)
            }
            Obstacle::Absent(_) => true,
            Obstacle::Void { reference, removed } => {
                let is_own = |entity: &Entity| match organization_in(entity) {
                    None => true,
                    of => of == organization.as_ref(),
                };
                is_own(reference) && is_own(removed) && !self.is_former_entity(reference)
            }
        };
        match (may_know, place, &ask.resource) {
            (true, ..) => decision.clone(),
            (false, Some(place), Resource::Organization(_)) => {
                Decision::Denied(Obstacle::Absent(place).into())
            }
            (false, ..) => Decision::Denied(Denial::NotGranted),
        }
    }

    /// Returns whether the caller may know the reason. Users may know what grants them a
    /// permission, and why they are denied it on a resource they can see.
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

/// The organization in the ids of an entity.
const fn organization_in(entity: &Entity) -> Option<&OrganizationId> {
    match entity {
        Entity::Organization(organization)
        | Entity::Membership { organization, .. }
        | Entity::Team { organization, .. }
        | Entity::TeamMember { organization, .. }
        | Entity::ProjectTeam { organization, .. } => Some(organization),
        _ => None,
    }
}

/// Converts an evaluation, if its type and ids are valid.
fn ask(question: &AccessQuestion) -> Option<Ask> {
    Some(Ask {
        user: question.subject.user()?,
        permission: question.permission()?,
        resource: question.resource.resource()?,
    })
}
