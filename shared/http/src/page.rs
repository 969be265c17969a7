//! Pages of lists: the parameters and the response of every list route.

use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Page)]
pub struct ListPage<T> {
    /// The items: as many as `limit`, unless the list ends or the request's budget is used up. A
    /// page can be empty even if more pages follow.
    pub items: Vec<T>,
    /// The value of `cursor` for the next page. It is valid for an hour, for the same caller and
    /// the same request.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub next: Option<String>,
    /// Whether this is the last page.
    pub complete: bool,
    /// Whether the page reflects all events processed before the request. Pages from the index lag
    /// by a moment.
    pub consistent: bool,
}

/// The paging parameters, for the OpenAPI document.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Paging {
    /// The maximum number of items on the page
    #[param(minimum = 1, maximum = 1000, default = 100, nullable = false)]
    pub limit: Option<u16>,
    /// The `next` of the previous page
    #[param(nullable = false)]
    pub cursor: Option<String>,
}
