//! How much one request looks at. Each limit names its source.

/// Number of keys read that cost one additional rate limit unit. Roster's own: most requests read
/// fewer.
pub const KEYS_PER_UNIT: usize = 200;

/// Maximum number of evaluations in a request. Roster's own.
pub const EVALUATIONS: usize = 50;

/// Number of candidates that a search decides together. Roster's own: the cost of a candidate is
/// known only after it is read, and a search that runs out of budget keeps the earlier decisions.
pub const CANDIDATES: usize = 100;

/// Maximum number of a user's teams that a search looks up one by one in each candidate project.
/// Roster's own: with more teams, listing the project's teams takes fewer reads.
pub const TEAMS_ASKED: usize = 8;

/// Maximum number of permissions that an action search looks at. Roster's own: 10 concurrent
/// `BatchGetItem` requests.
pub const PERMISSIONS: usize = 1_000;

/// Maximum number of claimants of one email or name that a request looks at. Roster's own: the
/// owner is the first claimant that still has the value, and the index has a few outdated ones at
/// most.
pub const CLAIMANTS: u16 = 100;

/// Maximum number of organizations in which a request looks up a team id. Roster's own: with more,
/// the caller has to name the organization.
pub const ORGANIZATIONS_OF_TEAM: u16 = 100;

/// Number of records in the first read that checks whether anything follows a full page. Roster's
/// own: each further read doubles it.
pub const LOOK_AHEAD: usize = 100;

/// Number of keys that an item of a list of names takes at most: its own, and those that its
/// partition of the index reads in advance. Roster's own, from the sizes of the reads in
/// `shared/table/src/read/names.rs`.
pub const KEYS_OF_NAME: usize = 4;

/// Number of keys that a page of a list of names leaves for finding out whether more follows.
/// Roster's own: the smallest read of each partition.
pub const NAMES_RESERVE: usize = 100;
