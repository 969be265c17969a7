//! What every route has at hand.

use std::sync::Arc;

use roster_table::Table;

use crate::seal::Sealer;
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
}

impl Api {
    /// An API over that table for callers with those tokens, whose cursors that sealer makes.
    pub fn new(table: Table, tokens: Tokens, sealer: Sealer) -> Self {
        Self {
            table,
            tokens: Arc::new(tokens),
            sealer: Arc::new(sealer),
        }
    }
}
