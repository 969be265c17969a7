//! One decision.

use roster_domain::Decision;

use super::question::Question;
use crate::api::Api;
use crate::caller::Caller;
use crate::problem::Problem;

impl Api {
    /// Decides, if the caller may ask. On an organization that takes one request to the table, two
    /// with a role of one's own; whether an admin may ask takes another, side by side.
    pub async fn evaluate(&self, caller: &Caller, question: &Question) -> Result<bool, Problem> {
        let Question {
            subject, resource, ..
        } = question;
        let may_ask = self.may_ask(caller, Some(subject), Some(resource));
        let (may_ask, decision) = futures::join!(may_ask, self.decide(question));
        may_ask?;
        decision
    }

    async fn decide(&self, question: &Question) -> Result<bool, Problem> {
        let user = question.subject.user();
        let resource = question.resource.resource();
        let (Some(user), Some(permission), Some(resource)) =
            (user, question.permission(), resource)
        else {
            return Ok(false);
        };
        let decision = self.table.allowed(&user, &permission, &resource).await?;
        Ok(matches!(decision, Decision::Granted(_)))
    }
}
