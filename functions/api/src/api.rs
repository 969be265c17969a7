//! The state that all routes share.

use std::sync::Arc;

use axum::extract::FromRef;
use roster_http::{Cors, Gate, PublicUrl, RateLimits, Sealer, Throttle, Tokens};
use roster_table::Table;

/// The table and the middleware state of one function instance.
#[derive(Debug, Clone)]
pub struct Api {
    /// The directory.
    pub table: Table,
    /// Authentication, rate limits and CORS.
    pub gate: Gate,
    /// Encrypts cursors and page tokens.
    pub sealer: Arc<Sealer>,
    /// The URL of the API as callers see it. Defaults to the domain name that API Gateway reports.
    pub public_url: Option<Arc<PublicUrl>>,
}

impl Api {
    /// Creates the state with the rate limits of the deployed function, no CORS and no public URL.
    pub fn new(table: Table, tokens: Tokens, sealer: Sealer) -> Self {
        Self {
            table,
            gate: Gate::new(tokens, RateLimits::DEPLOYED, Cors::default()),
            sealer: Arc::new(sealer),
            public_url: None,
        }
    }

    /// Replaces the rate limits.
    #[must_use]
    pub fn with_limits(mut self, limits: RateLimits) -> Self {
        self.gate.throttle = Arc::new(Throttle::new(limits));
        self
    }

    /// Allows web pages of these origins to call the API.
    #[must_use]
    pub fn with_cors(mut self, cors: Cors) -> Self {
        self.gate.cors = Arc::new(cors);
        self
    }

    /// Sets the URL of the API as callers see it.
    #[must_use]
    pub fn with_public_url(mut self, public_url: Option<PublicUrl>) -> Self {
        self.public_url = public_url.map(Arc::new);
        self
    }
}

impl FromRef<Api> for Gate {
    fn from_ref(api: &Api) -> Self {
        api.gate.clone()
    }
}
