//! Content, versions and errors of responses.

use axum::body::Body;
use roster_tests::told::{event, tell};
use serde_json::json;

use crate::server::{Server, member, organization, user};

async fn world() -> Server {
    Server::told(vec![
        user("ada"),
        user("bob"),
        organization("acme"),
        member("Added", 1, "acme", "ada", "admin"),
        member("Added", 1, "acme", "bob", "reader"),
        member("Removed", 2, "acme", "bob", "reader"),
        member("Updated", 1, "acme", "zoe", "writer"),
    ])
    .await
}

#[tokio::test]
async fn a_user_and_a_membership_have_the_names_of_the_item_format() {
    let server = world().await;
    let token = server.user("ada");
    let found = server.get("/users?email=ADA@x.org", &token).await.body;
    assert_eq!(found["userId"], "ada");
    assert_eq!(found["email"], "ada@x.org");
    assert_eq!(found, server.get("/users/ada", &token).await.body);
    let place = server.get("/users/ada/organizations", &token).await.body;
    assert_eq!(
        (&place["complete"], &place["consistent"]),
        (&json!(true), &json!(false))
    );
    let place = &place["items"][0];
    assert_eq!(place["organizationId"], "acme");
    assert_eq!(
        (&place["role"], &place["effective"]),
        (&json!("admin"), &json!(true))
    );
}

#[tokio::test]
async fn removed_and_pending_members_are_listed_for_an_admin_on_request() {
    let server = world().await;
    let token = server.user("ada");
    let present = server.get("/organizations/acme/users", &token).await;
    assert_eq!(present.ids("userId"), ["ada"]);
    assert_eq!(present.body["consistent"], true);
    let all = server
        .get("/organizations/acme/users?absent=true", &token)
        .await;
    assert_eq!(all.ids("userId"), ["ada", "bob", "zoe"]);
    assert_eq!(all.ids("status"), ["ACTIVE", "REMOVED", "PENDING"]);
    assert!(all.body["items"][1]["role"].is_null());
}

#[tokio::test]
async fn an_unchanged_entity_is_not_sent_again() {
    let server = world().await;
    let token = server.user("ada");
    let path = "/organizations/acme/users/ada";
    let tag = server.get(path, &token).await.headers["etag"].clone();
    let ask = async || {
        let request = server
            .request("GET", path, &token)
            .header("If-None-Match", &tag);
        server.send(request.body(Body::empty()).unwrap()).await
    };
    let same = ask().await;
    assert_eq!((same.status, same.body), (304, json!(null)));
    tell(
        &server.stack,
        vec![member("Updated", 3, "acme", "ada", "writer")],
    )
    .await;
    let changed = ask().await;
    assert_eq!(
        (changed.status, &changed.body["role"]),
        (200, &json!("writer"))
    );
    assert_ne!(changed.headers["etag"], tag);
}

#[tokio::test]
async fn a_bad_request_names_the_field() {
    let server = world().await;
    let token = server.user("ada");
    for (path, field) in [
        ("/users?email=", "email"),
        ("/users?email=nothing", "email"),
        ("/organizations/acme/users?limit=0", "limit"),
        ("/organizations/acme/users?limit=1001", "limit"),
        ("/organizations/acme/users?limit=1&limit=1", "limit"),
        ("/organizations/acme/users?limits=1", "limits"),
        ("/organizations/acme/users?absent=yes", "absent"),
        ("/organizations/acme/users?cursor=x", "cursor"),
    ] {
        let answer = server.get(path, &token).await;
        assert_eq!(
            (answer.status, &answer.body["field"]),
            (400, &json!(field)),
            "{path}"
        );
    }
    assert_eq!(server.get("/nothing", &token).await.status, 404);
    let method = server.request("DELETE", "/users/ada", &token);
    let answer = server.send(method.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, 405);
    assert!(answer.headers.contains_key("allow"));
}

#[tokio::test]
async fn the_id_of_a_request_is_returned_unchanged() {
    let server = world().await;
    for id in ["abc-1", "one two/3?"] {
        let request = server
            .request("GET", "/users/ada", "")
            .header("X-Request-ID", id);
        let answer = server.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.headers["x-request-id"], id);
        assert_eq!(answer.body["requestId"], id);
    }
}

#[tokio::test]
async fn a_request_that_is_too_large_is_refused() {
    let server = world().await;
    let token = server.service();
    let large = server
        .request("GET", "/roles", &token)
        .header("X-Much", "x".repeat(11_000));
    let answer = server.send(large.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, 431);
    let body = json!({"context": {"much": "x".repeat(70_000)}});
    let answer = server.post("/access/v1/evaluation", &token, &body).await;
    assert_eq!(answer.status, 413);
}

#[tokio::test]
async fn an_ambiguous_team_id_requires_its_organization() {
    let team = |of: &str| {
        let payload = json!({"organizationId": of, "id": "core", "name": "Core"});
        event("TeamCreated", 1, payload)
    };
    let server = Server::told(vec![
        user("ada"),
        user("bob"),
        organization("acme"),
        organization("other"),
        member("Added", 1, "acme", "ada", "reader"),
        member("Added", 1, "acme", "bob", "reader"),
        member("Added", 1, "other", "bob", "reader"),
        team("acme"),
        team("other"),
    ])
    .await;
    let status = async |path, token: String| server.get(path, &token).await.status;
    assert_eq!(status("/teams/core", server.user("ada")).await, 200);
    assert_eq!(status("/teams/core", server.user("bob")).await, 409);
    assert_eq!(status("/teams/core", server.service()).await, 409);
    let named = "/teams/core?organizationId=other";
    assert_eq!(status(named, server.user("bob")).await, 200);
    assert_eq!(status(named, server.user("ada")).await, 404);
}
