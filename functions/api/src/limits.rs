//! The limits of what the API looks at, each with its source.

/// Keys for which a request is charged like one more request. Roster's own: most take fewer.
pub const KEYS_PER_UNIT: usize = 200;

/// Most evaluations in a request. Roster's own.
pub const EVALUATIONS: usize = 50;

/// Candidates that a search decides on together. Roster's own: what each needs is known only when
/// it is read, and a search that runs out of its budget keeps what was decided before.
pub const CANDIDATES: usize = 100;

/// Most teams of a user for which a search asks, of each candidate project, whether it has them.
/// Roster's own: with more of them the list of the project's teams is shorter to read.
pub const TEAMS_ASKED: usize = 8;

/// Most permissions that one request looks at to answer what a user may do. Roster's own: 10
/// `BatchGetItem` side by side.
pub const PERMISSIONS: usize = 1_000;

/// Claimants of one email or name that a request looks at. Roster's own: the owner is the first of
/// them that still states the value, and the index lags by a few at most.
pub const CLAIMANTS: u16 = 100;

/// Organizations in which a request looks for a team of an id. Roster's own: beyond them the caller
/// has to name the organization.
pub const ORGANIZATIONS_OF_TEAM: u16 = 100;

/// Records that are read first to learn whether anything follows a full page. Roster's own: each
/// further read doubles it.
pub const LOOK_AHEAD: usize = 100;
