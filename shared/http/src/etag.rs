//! Entity tags, for callers that cache entities.

use aws_lc_rs::digest;
use axum::Json;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::problem::Problem;

/// The values of the headers `If-None-Match`.
#[derive(Debug)]
pub struct IfNoneMatch(Vec<HeaderValue>);

impl<S: Sync> FromRequestParts<S> for IfNoneMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let given = parts.headers.get_all(header::IF_NONE_MATCH);
        Ok(Self(given.into_iter().cloned().collect()))
    }
}

impl IfNoneMatch {
    /// Returns the entity with its `ETag`, or 304 if the caller has it. See
    /// [`IfNoneMatch::answer_from`].
    pub fn answer(&self, revision: u64, effective: bool, view: impl Serialize) -> Response {
        self.answer_from(&[revision], effective, view)
    }

    /// Returns the entity with its `ETag`, or 304 if the caller has it. The tag covers everything
    /// the representation depends on: the item's revision, fingerprints of data from other items,
    /// and whether the entity is effective, which depends on other entities. It is weak, since a
    /// new version of the function may serialize the same representation to other bytes.
    pub fn answer_from(
        &self,
        revisions: &[u64],
        effective: bool,
        view: impl Serialize,
    ) -> Response {
        let revisions: Vec<_> = revisions.iter().map(u64::to_string).collect();
        let revisions = revisions.join(".");
        let tag = format!("{revisions}-{}", if effective { "e" } else { "i" });
        let mut response = if self.names(&tag) {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            Json(view).into_response()
        };
        if let Ok(tag) = HeaderValue::try_from(format!("W/\"{tag}\"")) {
            response.headers_mut().insert(header::ETAG, tag);
        }
        response
    }

    /// Returns whether the caller has this tag, by weak comparison (RFC 9110, 8.8.3.2).
    fn names(&self, tag: &str) -> bool {
        let texts = self.0.iter().filter_map(|value| value.to_str().ok());
        let mut tags = texts.flat_map(|text| text.split(',')).map(str::trim);
        tags.any(|one| {
            let one_tag = one.strip_prefix("W/").unwrap_or(one);
            let bare = one_tag
                .strip_prefix('"')
                .and_then(|tag| tag.strip_suffix('"'));
            one == "*" || bare == Some(tag)
        })
    }
}

/// Returns a fingerprint of a text, to include it in a tag.
pub fn fingerprint(text: &str) -> u64 {
    let digest = digest::digest(&digest::SHA256, text.as_bytes());
    let first = digest.as_ref().first_chunk().copied();
    u64::from_be_bytes(first.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_matches_in_a_list_weak_or_strong_and_by_a_star() {
        let names = |text| IfNoneMatch(vec![HeaderValue::from_static(text)]).names("3-e");
        assert!(
            names("W/\"3-e\"") && names("\"3-e\"") && names("\"1-e\", W/\"3-e\"") && names("*")
        );
        assert!(!names("W/\"3-i\"") && !names("3-e") && !names("") && !names("\"33-e\""));
    }
}
