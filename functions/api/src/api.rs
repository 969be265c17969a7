//! What every route has at hand.

use std::sync::Arc;

use roster_table::Table;

use crate::token::Tokens;

/// The table that is asked, and what tells who asks.
#[derive(Debug, Clone)]
pub struct Api {
    /// The directory.
    pub table: Table,
    /// Reads tokens.
    pub tokens: Arc<Tokens>,
}

impl Api {
    /// An API over that table for callers with those tokens.
    pub fn new(table: Table, tokens: Tokens) -> Self {
        Self {
            table,
            tokens: Arc::new(tokens),
        }
    }
}
