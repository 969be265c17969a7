//! The state that all routes share.

use std::sync::Arc;

use axum::extract::FromRef;
use roster_http::{Cors, Gate, PublicUrl, RateLimits, Sealer, Throttle, Tokens};
use roster_table::Table;

/// The table, and what surrounds every request.
#[derive(Debug, Clone)]
pub struct Api {
    /// The directory.
    pub table: Table,
    /// Authentication, rate limits and CORS.
    pub gate: Gate,
    /// Encrypts cursors and page tokens.
    pub sealer: Arc<Sealer>,
    /// Where callers reach the API. Without it, at the domain name that API Gateway reports.
    pub public_url: Option<Arc<PublicUrl>>,
}

impl Api {
    /// An API over that table for callers with those tokens, with the rate limits of the deployed
    /// function, no CORS and no public URL.
    pub fn new(table: Table, tokens: Tokens, sealer: Sealer) -> Self {
        Self {
            table,
            gate: Gate::new(tokens, RateLimits::DEPLOYED, Cors::default()),
            sealer: Arc::new(sealer),
            public_url: None,
        }
    }

    /// The same with other rate limits.
    #[must_use]
    pub fn with_limits(mut self, limits: RateLimits) -> Self {
        self.gate.throttle = Arc::new(Throttle::new(limits));
        self
    }

    /// The same for web pages of those origins.
    #[must_use]
    pub fn with_cors(mut self, cors: Cors) -> Self {
        self.gate.cors = Arc::new(cors);
        self
    }

    /// The same at that address.
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
