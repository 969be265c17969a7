//! What every route has at hand.

use std::sync::Arc;

use roster_table::Table;

use crate::cors::Cors;
use crate::public_url::PublicUrl;
use crate::seal::Sealer;
use crate::throttle::{Limits, Throttle};
use crate::token::Tokens;

/// The table that is asked, and what tells who asks.
#[derive(Debug, Clone)]
pub struct Api {
    /// The directory.
    pub table: Table,
    /// Reads tokens.
    pub tokens: Arc<Tokens>,
    /// Seals the cursors of pages.
    pub sealer: Arc<Sealer>,
    /// Counts what each caller asks.
    pub throttle: Arc<Throttle>,
    /// Whose pages may read answers.
    pub cors: Arc<Cors>,
    /// Where callers reach it, unless API Gateway is to say.
    pub public_url: Option<Arc<PublicUrl>>,
}

impl Api {
    /// An API over that table for callers with those tokens, whose cursors that sealer makes.
    pub fn new(table: Table, tokens: Tokens, sealer: Sealer) -> Self {
        Self {
            table,
            tokens: Arc::new(tokens),
            sealer: Arc::new(sealer),
            throttle: Arc::new(Throttle::new(Limits::DEPLOYED)),
            cors: Arc::default(),
            public_url: None,
        }
    }

    /// The same with other limits for each caller.
    #[must_use]
    pub fn with_limits(self, limits: Limits) -> Self {
        let throttle = Arc::new(Throttle::new(limits));
        Self { throttle, ..self }
    }

    /// The same for pages of those origins, too.
    #[must_use]
    pub fn with_cors(self, cors: Cors) -> Self {
        let cors = Arc::new(cors);
        Self { cors, ..self }
    }

    /// The same at that address.
    #[must_use]
    pub fn with_public_url(self, public_url: Option<PublicUrl>) -> Self {
        let public_url = public_url.map(Arc::new);
        Self { public_url, ..self }
    }
}
