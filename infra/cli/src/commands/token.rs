//! `roster token`.

use anyhow::Result;
use clap::Args;

use super::{output, up};
use roster_stack::http_api::ask_for_token;

/// Print a token for the API of a running `roster up`. It is valid for an hour.
#[derive(Debug, Args)]
#[group(id = "bearer", required = true, multiple = false)]
pub struct TokenHolder {
    /// For this user.
    #[arg(long, value_name = "ID")]
    user: Option<String>,
    /// For a service that may read everything.
    #[arg(long)]
    service: bool,
}

/// Whose token is requested, and from which port.
#[derive(Debug, Args)]
pub struct Token {
    #[command(flatten)]
    holder: TokenHolder,
    /// The port that `roster up` was given for the API.
    #[arg(long, value_name = "PORT", default_value_t = up::API_PORT)]
    api_port: u16,
}

impl Token {
    pub async fn run(self) -> Result<()> {
        let TokenHolder { user, service } = self.holder;
        let user = if service { None } else { user };
        output::line(&ask_for_token(self.api_port, user).await?)
    }
}
