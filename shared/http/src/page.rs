//! Pages of lists: what every list route takes and returns.

use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

/// A part of a list.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Page)]
pub struct ListPage<T> {
    /// What is in it: as many as asked for, unless the list ends or a request may not read more.
    /// It may even be empty and yet not be the last page.
    pub items: Vec<T>,
    /// Where the next page begins: the parameter `cursor` of the same question. It is valid for an
    /// hour, for the same caller.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub next: Option<String>,
    /// Whether this is the last page.
    pub complete: bool,
    /// Whether the page reflects everything acknowledged before the request. What comes from the
    /// index lags by a moment.
    pub consistent: bool,
}

/// The parameters of a page, as the document tells them.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Paging {
    /// Most items on the page
    #[param(minimum = 1, maximum = 1000, default = 100, nullable = false)]
    pub limit: Option<u16>,
    /// `next` of the page before
    #[param(nullable = false)]
    pub cursor: Option<String>,
}
