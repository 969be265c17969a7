//! The event types.

use crate::rows::rows;
use crate::{Field, Kind};

/// A type of event: its name on the wire, the kind of entity it is about and what it does.
#[derive(Debug, PartialEq, Eq)]
pub struct EventType {
    /// The name on the wire.
    pub name: &'static str,
    /// Which kind of entity it is about.
    pub kind: Kind,
    /// What it does to that entity.
    pub change: Change,
    /// A payload of it, as JSON.
    pub example: &'static str,
}

rows! {
    /// What an event does to its entity.
    pub enum Change: (&'static str, u8) {
        /// Makes it present with exactly the fields given.
        Put = ("put", 0),
        /// Changes fields if it is present at that moment, and does nothing otherwise.
        Patch = ("patch", 1),
        /// Makes it absent.
        Remove = ("remove", 2),
        /// Makes it present with exactly the fields given and takes back a removal: what was
        /// stated before that removal counts again. No event type does it yet.
        Restore = ("restore", 0),
    }
}

/// Every event type there is.
pub static CATALOGUE: [EventType; 27] = [
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
        example: r#"{"projectId":"engine","organizationId":"acme","teamId":"core"}"#,
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
    /// The type with that name.
    pub fn named(name: &str) -> Option<&'static Self> {
        CATALOGUE.iter().find(|event_type| event_type.name == name)
    }

    /// The fields that a payload of it states: all of a put, some of those of a patch.
    pub fn fields(&self) -> impl Iterator<Item = Field> {
        let change = self.change;
        let fields = self.kind.fields().iter().copied();
        fields.filter(move |field| match change {
            Change::Put | Change::Restore => true,
            Change::Patch => field.can_change(),
            Change::Remove => false,
        })
    }
}

impl Change {
    /// The word for it. It is permanent: content hashes contain it.
    pub const fn name(self) -> &'static str {
        self.row().0
    }

    /// Its place among changes of one time and one sequence, whose order nobody knows: what makes
    /// an entity present comes before what changes it, and a removal comes last, so that nobody
    /// keeps access because of an event id.
    pub const fn rank(self) -> u8 {
        self.row().1
    }
}
