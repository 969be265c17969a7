//! The Lambda function: reads its settings, creates its clients once and runs.

use std::env;
use std::panic;

use api::{Api, Config, PageTokenKey, router};
use aws_config::BehaviorVersion;
use lambda_http::{Error, lambda_runtime, service_fn};
use roster_http::{Sealer, Tokens, gateway};
use roster_table::Table;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    lambda_http::tracing::init_default_subscriber();
    panic::set_hook(Box::new(log_place_of_panic));
    let config = Config::read(|name| env::var(name).ok())?;
    let tokens = Tokens::new(config.token_issuers, config.token_max_lifetime)?;
    let aws = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let sealer = match config.page_token_key {
        PageTokenKey::Kms(key) => Sealer::with_kms(&aws, key),
        PageTokenKey::Fresh => Sealer::fresh()?,
    };
    let table = Table::new(&aws, config.table_name);
    let api = Api::new(table, tokens, sealer)
        .with_public_url(config.public_url)
        .with_cors(config.cors);
    let router = router(api);
    lambda_runtime::run(service_fn(|event| gateway::answer(router.clone(), event))).await
}

/// Logs only the location of a panic, since its message may contain part of a response.
fn log_place_of_panic(panic: &panic::PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string);
    tracing::error!(place, "panicked");
}
