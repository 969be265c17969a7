//! Does the API conform to OpenID AuthZEN Authorization API 1.0? Every check runs twice: over
//! HTTP against the local server, and through the function with the payloads of API Gateway.
//!
//! The first pair of tests covers the specification and its certification scenario. The second
//! pair compares decisions and searches in random directories with a model of the rules that
//! shares no code with the API; `ROSTER_SEED=N` replays the directory of that seed.

#[path = "conformance/batch.rs"]
mod batch;
#[path = "conformance/certification.rs"]
mod certification;
#[path = "conformance/checks.rs"]
mod checks;
#[path = "conformance/discovery.rs"]
mod discovery;
#[path = "conformance/endpoint.rs"]
mod endpoint;
#[path = "conformance/everything.rs"]
mod everything;
#[path = "conformance/headers.rs"]
mod headers;
#[path = "conformance/items.rs"]
mod items;
#[path = "conformance/json.rs"]
mod json;
#[path = "conformance/model.rs"]
pub mod model;
#[path = "conformance/pages.rs"]
mod pages;
#[path = "conformance/paging.rs"]
mod paging;
#[path = "conformance/parts.rs"]
mod parts;
#[path = "conformance/random.rs"]
mod random;
#[path = "conformance/search.rs"]
mod search;
#[path = "conformance/suite.rs"]
mod suite;
#[path = "conformance/target.rs"]
mod target;

use std::env;

use random::World;
use suite::Suite;
use target::Target;

/// The seed of the directory in a default run.
const SEED: u64 = 2;

async fn specification(target: Target) {
    let suite = Suite::over(target);
    certification::check(&suite).await;
    parts::check(&suite).await;
    json::check(&suite).await;
    headers::check(&suite).await;
    batch::check(&suite).await;
    items::check(&suite).await;
    search::check(&suite).await;
    paging::check(&suite).await;
    discovery::check(&suite).await;
    suite.finish("the specification");
}

#[tokio::test]
async fn the_local_server_conforms_to_the_specification() {
    specification(Target::local(certification::events()).await).await;
}

#[tokio::test]
async fn the_function_conforms_to_the_specification() {
    specification(Target::function(certification::events()).await).await;
}

fn world() -> World {
    let seed = env::var("ROSTER_SEED").ok();
    World::from_seed(seed.map_or(SEED, |seed| seed.parse().unwrap()))
}

#[test]
fn the_directory_of_a_default_run_has_many_permissions() {
    let granted = everything::granted(&World::from_seed(SEED));
    assert!(granted > 80, "{granted}");
}

#[tokio::test]
async fn the_local_server_agrees_with_an_independent_model() {
    let world = world();
    everything::check(world.target(Target::local).await, &world).await;
}

#[tokio::test]
async fn the_function_agrees_with_an_independent_model() {
    let world = world();
    everything::check(world.target(Target::function).await, &world).await;
}
