//! Resolves team ids, which are unique only within an organization.

use roster_domain::{Entity, EntityId, OrganizationId, TeamId};
use roster_table::{List, Part, Record};

use crate::limits;
use crate::viewer::Viewer;
use roster_http::{Caller, Problem, ProblemKind};

impl Viewer<'_> {
    /// Returns a team that exists and that the caller may see. Without `named`, the id must match
    /// in exactly one organization.
    pub async fn team(&mut self, id: &TeamId, named: Option<&str>) -> Result<Record, Problem> {
        let organization = match named {
            Some(id) => EntityId::parse(id)
                .map_err(|_| Problem::not_found())?
                .into(),
            None => self.the_only_one(id).await?,
        };
        self.organization(&organization).await?;
        let team = of(&organization, id);
        self.reader.fetch([team.clone()]).await?;
        let record = self.reader.record(&team);
        let present = record.filter(|record| record.is_present());
        let present = present.filter(|record| !self.is_former(record));
        present.cloned().ok_or_else(Problem::not_found)
    }

    /// Returns the only organization visible to the caller that has the team. For a user, only the
    /// user's own organizations are searched, so that teams elsewhere do not affect the result.
    async fn the_only_one(&mut self, team: &TeamId) -> Result<OrganizationId, Problem> {
        let list = match &self.caller {
            Caller::Service(_) => List::TeamsOfId(team.clone()),
            Caller::User(user) => List::UserOrganizations(user.clone()),
        };
        let part = Part {
            limit: Some(limits::ORGANIZATIONS_OF_TEAM + 1),
            ..Part::default()
        };
        let slice = self.slice(&list, part).await?;
        let listed: Vec<_> = slice.records.into_iter().map(|one| one.entity).collect();
        self.reader.read(listed.iter().cloned()).await?;
        let snapshot = self.reader.snapshot();
        let effective = listed.iter().filter(|entity| snapshot.is_effective(entity));
        let teams: Vec<_> = effective
            .filter_map(|entity| match entity {
                Entity::Membership { organization, .. } | Entity::Team { organization, .. } => {
                    Some(of(organization, team))
                }
                _ => None,
            })
            .collect();
        self.reader.fetch(teams.iter().cloned()).await?;
        let snapshot = self.reader.snapshot();
        let mut there = teams
            .iter()
            .filter(|team| snapshot.get(team).is_some() && !self.is_former_entity(team));
        let (one, other) = (there.next(), there.next());
        if slice.next.is_some() || other.is_some() {
            let detail =
                "Several teams have this id, or the caller is in too many organizations to check.";
            return Err(Problem {
                field: Some("organizationId".to_owned()),
                ..Problem::new(ProblemKind::Ambiguous, detail)
            });
        }
        match one {
            Some(Entity::Team { organization, .. }) => Ok(organization.clone()),
            _ => Err(Problem::not_found()),
        }
    }
}

fn of(organization: &OrganizationId, team: &TeamId) -> Entity {
    Entity::Team {
        organization: organization.clone(),
        team: team.clone(),
    }
}
