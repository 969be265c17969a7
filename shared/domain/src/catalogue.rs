//! The event types.

use crate::contents::Contents;
use crate::rows::rows;
use crate::{Attribute, Content, Field, Kind};

/// An event type: its name, the kind of entity it concerns and what it does to the entity.
#[derive(Debug, PartialEq, Eq)]
pub struct EventType {
    /// The name in messages.
    pub name: &'static str,
    /// The kind of entity it concerns.
    pub kind: Kind,
    /// What it does to the entity.
    pub change: Change,
    /// An example payload, as JSON.
    pub example: &'static str,
}

rows! {
    /// What an event does to its entity.
    pub enum Change: (&'static str, u8) {
        /// Makes the entity present with exactly the given fields.
        Put = ("put", 0),
        /// Changes fields if the entity is present at that point, and does nothing otherwise.
        Patch = ("patch", 1),
        /// Makes the entity absent.
        Remove = ("remove", 2),
        /// Makes the entity present with exactly the given fields and undoes a removal: what was
        /// stated before that removal takes effect again. No event type restores yet.
        Restore = ("restore", 0),
    }
}

const DEACTIVATED: &str = "UserDeactivated";
const ACTIVATED: &str = "UserActivated";

/// All event types.
pub static CATALOGUE: [EventType; 29] = [
    EventType {
        name: "UserCreated",
        kind: Kind::User,
        change: Change::Put,
        example: r#"{"id":"ada","firstName":"Ada","lastName":"Lovelace","email":"ada@example.com"}"#,
    },
    EventType {
        name: "UserUpdated",
        kind: Kind::User,
        change: Change::Patch,
        example: r#"{"id":"ada","email":"countess@example.com"}"#,
    },
    EventType {
        name: "UserDeleted",
        kind: Kind::User,
        change: Change::Remove,
        example: r#"{"id":"ada"}"#,
    },
    EventType {
        name: DEACTIVATED,
        kind: Kind::User,
        change: Change::Patch,
        example: r#"{"id":"ada"}"#,
    },
    EventType {
        name: ACTIVATED,
        kind: Kind::User,
        change: Change::Patch,
        example: r#"{"id":"ada"}"#,
    },
    EventType {
        name: "OrganizationCreated",
        kind: Kind::Organization,
        change: Change::Put,
        example: r#"{"id":"acme","name":"Acme"}"#,
    },
    EventType {
        name: "OrganizationRenamed",
        kind: Kind::Organization,
        change: Change::Patch,
        example: r#"{"id":"acme","name":"Acme Industries"}"#,
    },
    EventType {
        name: "OrganizationDeleted",
        kind: Kind::Organization,
        change: Change::Remove,
        example: r#"{"id":"acme"}"#,
    },
    EventType {
        name: "OrganizationUserAdded",
        kind: Kind::Membership,
        change: Change::Put,
        example: r#"{"organizationId":"acme","userId":"ada","role":"admin"}"#,
    },
    EventType {
        name: "OrganizationUserUpdated",
        kind: Kind::Membership,
        change: Change::Patch,
        example: r#"{"organizationId":"acme","userId":"ada","roleId":"auditor"}"#,
    },
    EventType {
        name: "OrganizationUserRemoved",
        kind: Kind::Membership,
        change: Change::Remove,
        example: r#"{"organizationId":"acme","userId":"ada"}"#,
    },
    EventType {
        name: "TeamCreated",
        kind: Kind::Team,
        change: Change::Put,
        example: r#"{"organizationId":"acme","id":"core","name":"Core"}"#,
    },
    EventType {
        name: "TeamUpdated",
        kind: Kind::Team,
        change: Change::Patch,
        example: r#"{"organizationId":"acme","id":"core","name":"Core platform"}"#,
    },
    EventType {
        name: "TeamDeleted",
        kind: Kind::Team,
        change: Change::Remove,
        example: r#"{"organizationId":"acme","id":"core"}"#,
    },
    EventType {
        name: "TeamUserAdded",
        kind: Kind::TeamMember,
        change: Change::Put,
        example: r#"{"organizationId":"acme","teamId":"core","userId":"ada"}"#,
    },
    EventType {
        name: "TeamUserRemoved",
        kind: Kind::TeamMember,
        change: Change::Remove,
        example: r#"{"organizationId":"acme","teamId":"core","userId":"ada"}"#,
    },
    EventType {
        name: "ProjectCreated",
        kind: Kind::Project,
        change: Change::Put,
        example: r#"{"id":"engine","name":"Engine","description":null,"ownerOrganizationId":"acme","createdByUserId":"ada"}"#,
    },
    EventType {
        name: "ProjectUpdated",
        kind: Kind::Project,
        change: Change::Patch,
        example: r#"{"id":"engine","description":"The analytical one"}"#,
    },
    EventType {
        name: "ProjectDeleted",
        kind: Kind::Project,
        change: Change::Remove,
        example: r#"{"id":"engine"}"#,
    },
    EventType {
        name: "ProjectUserAdded",
        kind: Kind::ProjectUser,
        change: Change::Put,
        example: r#"{"projectId":"engine","userId":"ada"}"#,
    },
    EventType {
        name: "ProjectUserRemoved",
        kind: Kind::ProjectUser,
        change: Change::Remove,
        example: r#"{"projectId":"engine","userId":"ada"}"#,
    },
    EventType {
        name: "ProjectTeamAdded",
        kind: Kind::ProjectTeam,
        change: Change::Put,
        example: r#"{"projectId":"engine","organizationId":"acme","teamId":"core","role":"writer"}"#,
    },
    EventType {
        name: "ProjectTeamRemoved",
        kind: Kind::ProjectTeam,
        change: Change::Remove,
        example: r#"{"projectId":"engine","organizationId":"acme","teamId":"core"}"#,
    },
    EventType {
        name: "RoleCreated",
        kind: Kind::Role,
        change: Change::Put,
        example: r#"{"id":"auditor","name":"Auditor","description":null,"permissionIds":["members:read","invoices:read"]}"#,
    },
    EventType {
        name: "RoleUpdated",
        kind: Kind::Role,
        change: Change::Patch,
        example: r#"{"id":"auditor","permissionIds":["invoices:read"]}"#,
    },
    EventType {
        name: "RoleDeleted",
        kind: Kind::Role,
        change: Change::Remove,
        example: r#"{"id":"auditor"}"#,
    },
    EventType {
        name: "PermissionCreated",
        kind: Kind::Permission,
        change: Change::Put,
        example: r#"{"id":"invoices:read","name":"Read invoices","description":"Every invoice of the organization"}"#,
    },
    EventType {
        name: "PermissionUpdated",
        kind: Kind::Permission,
        change: Change::Patch,
        example: r#"{"id":"invoices:read","description":null}"#,
    },
    EventType {
        name: "PermissionDeleted",
        kind: Kind::Permission,
        change: Change::Remove,
        example: r#"{"id":"invoices:read"}"#,
    },
];

impl EventType {
    /// Returns the type with this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        CATALOGUE.iter().find(|event_type| event_type.name == name)
    }

    /// The fields in its payloads: a put states all of them except optional ones, a patch some.
    pub fn fields(&self) -> impl Iterator<Item = Field> {
        let (change, implied) = (self.change, self.implies_active());
        let fields = self.kind.fields().iter().copied();
        fields.filter(move |field| match change {
            Change::Put | Change::Restore => true,
            Change::Patch => field.can_change() && implied.is_none(),
            Change::Remove => false,
        })
    }

    /// Whether the user is active, if the type itself states that. Its payload has ids only.
    pub fn implies_active(&self) -> Option<bool> {
        match self.name {
            ACTIVATED => Some(true),
            DEACTIVATED => Some(false),
            _ => None,
        }
    }

    /// What the type itself states.
    pub(crate) fn implied(&self) -> Option<(Field, Contents)> {
        let active = Content::Flag(self.implies_active()?);
        Some((Field::Active, Contents::from([(Attribute::Active, active)])))
    }
}

impl Change {
    /// The name of the change. It is permanent: content hashes contain it.
    pub const fn name(self) -> &'static str {
        self.row().0
    }

    /// The rank among changes with the same time and sequence, whose real order is unknown. A put
    /// comes before a patch, so that an entity exists before it is changed, and a removal comes
    /// last, so that nobody keeps access by the accident of an event id.
    pub const fn rank(self) -> u8 {
        self.row().1
    }
}
