//! The code shared by the functions behind the HTTP API: authentication, rate limits, problem
//! details, pages, and decoding of paths, queries and bodies.
//!
//! A function builds its routes with the extractors of this crate ([`Caller`], [`Ids`], [`Params`],
//! [`Body`]), returns [`Problem`] on failure, and adds the middleware with [`Gate::around`]. Behind
//! API Gateway, [`gateway::answer`] runs the resulting router.

mod auth;
mod body;
pub mod clock;
mod cors;
pub mod etag;
mod gate;
pub mod gateway;
mod ids;
mod json;
pub mod limits;
mod page;
mod path;
pub mod peer;
mod problem;
mod public_url;
mod query;
mod request;
mod seal;
mod settings;
mod throttle;

pub use auth::{ALGORITHMS, Caller, InvalidAddress, SCOPE, Tokens, TrustedIssuer};
pub use body::Body;
pub use cors::{Cors, InvalidOrigin};
pub use etag::IfNoneMatch;
pub use gate::Gate;
pub use ids::Ids;
pub use page::{ListPage, Paging};
pub use peer::Peer;
pub use problem::{Problem, ProblemDetails, ProblemKind, Problems};
pub use public_url::{InvalidPublicUrl, PublicUrl};
pub use query::{PageRequest, Params};
pub use seal::{NoRandomness, Purpose, Sealer, foreign_cursor};
pub use settings::{InvalidSettings, Settings};
pub use throttle::{Quota, RateLimits, Throttle};
