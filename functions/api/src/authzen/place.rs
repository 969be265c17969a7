//! The position at which a resource search continues.

use roster_domain::{Entity, EntityId, Grant, OrganizationId, ProjectId, TeamId, UserId};
use roster_table::{Cursor, List};

/// Separates the parts of a position's text. No id contains it.
const SEPARATOR: char = '\n';

/// The position at which a search continues.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SearchPlace {
    /// In the user's own organizations or projects, after this cursor.
    Own(String),
    /// At the first of the user's organizations or teams.
    First(HolderKind),
    /// After a project of a holder or, without a project, after all of its projects.
    Behind(Holder, Option<ProjectId>),
}

/// The kinds of entities through which a user has projects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HolderKind {
    /// The user's organizations.
    Organizations,
    /// The user's teams.
    Teams,
}

/// An organization that owns projects, or a team that works on projects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holder {
    /// An organization.
    Organization(OrganizationId),
    /// A team.
    Team(OrganizationId, TeamId),
}

impl HolderKind {
    /// Returns the list of a user's holders of this kind.
    pub fn list(self, user: &UserId) -> List {
        match self {
            Self::Organizations => List::UserOrganizations(user.clone()),
            Self::Teams => List::UserTeams(user.clone()),
        }
    }
}

impl Holder {
    /// Returns the holder in an entry of a user's list.
    pub fn of(place: &Entity) -> Option<Self> {
        match place {
            Entity::Membership { organization, .. } => {
                Some(Self::Organization(organization.clone()))
            }
            Entity::TeamMember {
                organization, team, ..
            } => Some(Self::Team(organization.clone(), team.clone())),
            _ => None,
        }
    }

    /// Returns the kind of the holder.
    pub const fn kind(&self) -> HolderKind {
        match self {
            Self::Organization(_) => HolderKind::Organizations,
            Self::Team(..) => HolderKind::Teams,
        }
    }

    /// Returns the organization that the holder is or belongs to.
    pub const fn organization(&self) -> &OrganizationId {
        match self {
            Self::Organization(organization) | Self::Team(organization, _) => organization,
        }
    }

    /// Returns the user's membership in the holder.
    pub fn place_of(&self, user: &UserId) -> Entity {
        match self {
            Self::Organization(organization) => roster_table::membership(organization, user),
            Self::Team(organization, team) => Entity::TeamMember {
                organization: organization.clone(),
                team: team.clone(),
                user: user.clone(),
            },
        }
    }

    /// Returns the list of the holder's projects.
    pub fn projects(&self) -> List {
        match self {
            Self::Organization(organization) => List::OrganizationProjects(organization.clone()),
            Self::Team(organization, team) => {
                List::TeamProjects(organization.clone(), team.clone())
            }
        }
    }

    /// Returns the cursor after one of the holder's projects.
    pub fn behind(&self, project: &ProjectId) -> Option<Cursor> {
        let project = project.clone();
        let entry = match self {
            Self::Organization(_) => Entity::Project(project),
            Self::Team(organization, team) => Entity::ProjectTeam {
                project,
                organization: organization.clone(),
                team: team.clone(),
            },
        };
        Cursor::behind(&self.projects(), &entry)
    }

    /// Returns whether a grant comes from this holder.
    pub fn grants(&self, grant: &Grant) -> bool {
        match (self, grant) {
            (Self::Organization(of), Grant::OwnRole { organization, .. }) => of == organization,
            (
                Self::Team(of, id),
                Grant::Team {
                    organization, team, ..
                },
            ) => of == organization && id == team,
            _ => false,
        }
    }
}

impl SearchPlace {
    /// Returns the position after an entry of one of the user's own lists.
    pub fn own(list: &List, entry: &Entity) -> Option<Self> {
        Some(Self::Own(Cursor::behind(list, entry)?.to_text(list)))
    }

    /// Returns whether the position is among the user's holders of a kind.
    pub fn is_in(&self, kind: HolderKind) -> bool {
        match self {
            Self::Own(_) => false,
            Self::First(of) => *of == kind,
            Self::Behind(holder, _) => holder.kind() == kind,
        }
    }

    /// Returns the position as text.
    pub fn to_text(&self) -> String {
        let join = |parts: &[&str]| parts.join("\n");
        match self {
            Self::Own(cursor) => join(&["own", cursor]),
            Self::First(HolderKind::Organizations) => "organizations".to_owned(),
            Self::First(HolderKind::Teams) => "teams".to_owned(),
            Self::Behind(holder, project) => {
                let project = project.as_ref().map_or("", ProjectId::as_str);
                match holder {
                    Holder::Organization(id) => join(&["organization", id.as_str(), project]),
                    Holder::Team(of, id) => join(&["team", of.as_str(), id.as_str(), project]),
                }
            }
        }
    }

    /// Parses the result of [`SearchPlace::to_text`].
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(cursor) = text.strip_prefix("own\n") {
            return Some(Self::Own(cursor.to_owned()));
        }
        let project = |text: &str| match text {
            "" => Some(None),
            text => id(text).map(Some),
        };
        let parts: Vec<_> = text.split(SEPARATOR).collect();
        match *parts {
            ["organizations"] => Some(Self::First(HolderKind::Organizations)),
            ["teams"] => Some(Self::First(HolderKind::Teams)),
            ["organization", of, behind] => {
                let holder = Holder::Organization(id(of)?);
                Some(Self::Behind(holder, project(behind)?))
            }
            ["team", of, team, behind] => {
                let holder = Holder::Team(id(of)?, id(team)?);
                Some(Self::Behind(holder, project(behind)?))
            }
            _ => None,
        }
    }
}

fn id<T: From<EntityId>>(text: &str) -> Option<T> {
    EntityId::parse(text).ok().map(T::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_round_trip_and_the_longest_fits_in_a_token() {
        let long = "x".repeat(256);
        let team = Holder::Team(id(&long).unwrap(), id(&long).unwrap());
        let organization = Holder::Organization(id("acme").unwrap());
        for place in [
            SearchPlace::Own("PROJECT#p\nP".to_owned()),
            SearchPlace::First(HolderKind::Organizations),
            SearchPlace::First(HolderKind::Teams),
            SearchPlace::Behind(organization.clone(), None),
            SearchPlace::Behind(organization, id("p")),
            SearchPlace::Behind(team.clone(), None),
            SearchPlace::Behind(team, id(&long)),
        ] {
            let text = place.to_text();
            assert_eq!(SearchPlace::parse(&text), Some(place));
            // The limit and the digest of the properties have to fit as well.
            assert!(text.len() + 4 + 64 + 2 <= roster_http::limits::PLACE - 2);
        }
        for text in ["", "own", "team\na\n\n", "organization\na", "else\na\nb"] {
            assert_eq!(SearchPlace::parse(text), None);
        }
    }
}
