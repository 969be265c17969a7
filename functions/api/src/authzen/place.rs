//! Where a search for resources goes on.

use roster_domain::{Entity, EntityId, Grant, OrganizationId, ProjectId, TeamId, UserId};
use roster_table::{Cursor, List};

/// Separates the parts of a place's text. No id contains it.
const SEPARATOR: char = '\n';

/// Where a search goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SearchPlace {
    /// In the user's own organizations or projects, behind this cursor's text.
    Own(String),
    /// At the first of the organizations or teams that have projects.
    First(HolderKind),
    /// Behind a project of one of them or, without a project, behind all of its projects.
    Behind(Holder, Option<ProjectId>),
}

/// What of a user leads to projects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HolderKind {
    /// Its organizations.
    Organizations,
    /// Its teams.
    Teams,
}

/// An organization that owns projects, or a team that works on some.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holder {
    /// An organization.
    Organization(OrganizationId),
    /// A team.
    Team(OrganizationId, TeamId),
}

impl HolderKind {
    /// The list of a user's.
    pub fn list(self, user: &UserId) -> List {
        match self {
            Self::Organizations => List::UserOrganizations(user.clone()),
            Self::Teams => List::UserTeams(user.clone()),
        }
    }
}

impl Holder {
    /// The holder in an entry of a user's list.
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

    /// Which kind it is.
    pub const fn kind(&self) -> HolderKind {
        match self {
            Self::Organization(_) => HolderKind::Organizations,
            Self::Team(..) => HolderKind::Teams,
        }
    }

    /// Its organization.
    pub const fn organization(&self) -> &OrganizationId {
        match self {
            Self::Organization(organization) | Self::Team(organization, _) => organization,
        }
    }

    /// That a user belongs to it.
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

    /// Its projects.
    pub fn projects(&self) -> List {
        match self {
            Self::Organization(organization) => List::OrganizationProjects(organization.clone()),
            Self::Team(organization, team) => {
                List::TeamProjects(organization.clone(), team.clone())
            }
        }
    }

    /// The cursor behind one of its projects.
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

    /// Whether a permission is granted through it.
    pub fn grants(&self, grant: &Grant) -> bool {
        match (self, grant) {
            (Self::Organization(of), Grant::OwnRole { organization, .. }) => of == organization,
            (Self::Team(of, id), Grant::Team { organization, team }) => {
                of == organization && id == team
            }
            _ => false,
        }
    }
}

impl SearchPlace {
    /// Behind an entry of one of the user's own lists.
    pub fn own(list: &List, entry: &Entity) -> Option<Self> {
        Some(Self::Own(Cursor::behind(list, entry)?.to_text(list)))
    }

    /// Whether it is among the user's organizations or teams that have projects.
    pub fn is_in(&self, kind: HolderKind) -> bool {
        match self {
            Self::Own(_) => false,
            Self::First(of) => *of == kind,
            Self::Behind(holder, _) => holder.kind() == kind,
        }
    }

    /// The place as text.
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

    /// Reads back what [`SearchPlace::to_text`] gave.
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
    fn a_place_is_read_back_and_the_longest_fits_a_token() {
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
            // With the limit and the digest of the properties.
            assert!(text.len() + 4 + 64 + 2 <= roster_http::limits::PLACE - 2);
        }
        for text in ["", "own", "team\na\n\n", "organization\na", "else\na\nb"] {
            assert_eq!(SearchPlace::parse(text), None);
        }
    }
}
