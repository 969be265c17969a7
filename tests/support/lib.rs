//! Shared by the test targets: random histories, the reference they are compared with, the
//! servers they run against, and the model of a race.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

pub mod history;
pub mod letters;
pub mod meaning;
pub mod naive;
pub mod pages;
pub mod payload;
pub mod protocol;
pub mod proxy;
pub mod race;
pub mod recorded;
pub mod recording;
pub mod records;
pub mod reference;
pub mod relay;
pub mod restore;
pub mod scenario;
pub mod size;
pub mod told;
pub mod world;
