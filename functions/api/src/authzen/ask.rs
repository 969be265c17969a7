//! Who may ask about whom.
//!
//! A service about anyone. A user about themselves; whoever may manage the members of an
//! organization about anyone there and on the projects that it owns.

use roster_domain::{Entity, Resource, owner};

use super::question::Named;
use crate::api::Api;
use crate::caller::Caller;
use crate::problem::Problem;

/// What everybody else hears. It tells nothing of whether the resource is there.
const REFUSAL: &str = "About others only services and admins of the organization may ask.";

impl Api {
    /// Fails unless the caller may ask about that subject on that resource.
    pub async fn may_ask(
        &self,
        caller: &Caller,
        subject: Option<&Named>,
        resource: Option<&Named>,
    ) -> Result<(), Problem> {
        let Caller::User(user) = caller else {
            return Ok(());
        };
        let about = subject.and_then(Named::user);
        if about.is_some_and(|about| about == *user) {
            return Ok(());
        }
        let organization = match resource.and_then(Named::resource) {
            None => None,
            Some(Resource::Organization(organization)) => Some(organization),
            Some(Resource::Project(project)) => {
                let project = self.table.record(&Entity::Project(project)).await?;
                match project.and_then(|project| owner(&project.value)) {
                    Some(Entity::Organization(organization)) => Some(organization),
                    _ => None,
                }
            }
        };
        let Some(organization) = organization else {
            return Err(Problem::forbidden(REFUSAL));
        };
        match self.administers(user, &organization).await? {
            true => Ok(()),
            false => Err(Problem::forbidden(REFUSAL)),
        }
    }
}
