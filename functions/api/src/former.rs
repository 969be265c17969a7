//! What was stated about the former holder of an id that is used again.

use roster_domain::{Entity, UserId, owner};
use roster_table::Record;

use crate::viewer::Viewer;
use roster_http::Caller;

impl Viewer<'_> {
    /// Returns whether a record belongs to the former holder of an id: to an organization, a project
    /// or a project's owner that was removed after the record was stated and exists again. Another
    /// company may be using the id, whose members must not see such records. What concerns the
    /// caller itself is only compared with the removal of that user.
    ///
    /// A record that is not present does not tell when it was put, so it must have changed after the
    /// present holder was put. Services see all records.
    pub fn is_former(&self, record: &Record) -> bool {
        let Caller::User(caller) = &self.caller else {
            return false;
        };
        let snapshot = self.reader.snapshot();
        self.holders(record, caller).iter().any(|holder| {
            let Some(holder) = snapshot.statements(holder) else {
                return false;
            };
            let Some(removed) = &holder.removed else {
                return false;
            };
            match (&record.statements, &record.updated_at) {
                (Some(statements), _) => statements.put < *removed,
                (None, Some(updated_at)) => updated_at.as_str() <= holder.put.time(),
                (None, None) => true,
            }
        })
    }

    /// Returns whether an entity that was read belongs to the former holder of an id.
    pub fn is_former_entity(&self, entity: &Entity) -> bool {
        let record = self.reader.record(entity);
        record.is_some_and(|record| self.is_former(record))
    }

    /// The entities whose holders the record belongs to.
    fn holders(&self, record: &Record, caller: &UserId) -> Vec<Entity> {
        let of_project = |project: &Entity| {
            let contents = self.reader.snapshot().get(project);
            contents
                .and_then(owner)
                .into_iter()
                .chain([project.clone()])
        };
        match &record.entity {
            Entity::Membership { user, .. }
            | Entity::TeamMember { user, .. }
            | Entity::ProjectUser { user, .. }
                if user == caller =>
            {
                vec![Entity::User(user.clone())]
            }
            Entity::Membership { organization, .. }
            | Entity::Team { organization, .. }
            | Entity::TeamMember { organization, .. } => {
                vec![Entity::Organization(organization.clone())]
            }
            Entity::Project(_) => owner(&record.value).into_iter().collect(),
            Entity::ProjectUser { project, .. } => {
                of_project(&Entity::Project(project.clone())).collect()
            }
            Entity::ProjectTeam {
                project,
                organization,
                ..
            } => of_project(&Entity::Project(project.clone()))
                .chain([Entity::Organization(organization.clone())])
                .collect(),
            Entity::User(_) | Entity::Organization(_) | Entity::Role(_) | Entity::Permission(_) => {
                Vec::new()
            }
        }
    }
}
