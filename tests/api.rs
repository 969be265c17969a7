//! Does the HTTP API return the right data to the right callers?

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

#[path = "api/access.rs"]
mod access;
#[path = "api/answers.rs"]
mod answers;
#[path = "api/callers.rs"]
mod callers;
#[path = "api/conformance.rs"]
mod conformance;
#[path = "api/document.rs"]
mod document;
#[path = "api/edge.rs"]
mod edge;
#[path = "api/former.rs"]
mod former;
#[path = "api/forms.rs"]
mod forms;
#[path = "api/gateway.rs"]
mod gateway;
#[path = "api/growth.rs"]
mod growth;
#[path = "api/half_open.rs"]
mod half_open;
#[path = "api/hidden.rs"]
mod hidden;
#[path = "api/issuers.rs"]
mod issuers;
#[path = "api/names.rs"]
mod names;
#[path = "api/page_tokens.rs"]
mod page_tokens;
#[path = "api/paging.rs"]
mod paging;
#[path = "api/paths.rs"]
mod paths;
#[path = "api/recreated.rs"]
mod recreated;
#[path = "api/requests.rs"]
mod requests;
#[path = "api/server.rs"]
mod server;
