//! Every caller on every route.

use axum::body::Body;
use roster_stack::http_api::now;
use roster_stack::issuer::{AUDIENCE, ISSUER, Issuer, TOKEN_SECONDS};
use roster_tests::proxy::Proxy;
use roster_tests::told::event;
use serde_json::{Value, json};

use crate::server::{Server, member, organization, user};

/// The routes that need no token.
const OPEN: [&str; 3] = [
    "/health",
    "/openapi.json",
    "/.well-known/authzen-configuration",
];

/// The callers of the columns of the table, in order.
const KNOWN: [&str; 6] = ["otto", "rita", "wim", "ada", "rex", "dora"];

async fn world() -> Server {
    let mut events: Vec<_> = KNOWN.into_iter().map(user).collect();
    events.extend(["acme", "other", "gone"].map(organization));
    events.extend([
        member("Added", 1, "other", "otto", "admin"),
        member("Added", 1, "acme", "rita", "reader"),
        member("Added", 1, "acme", "wim", "writer"),
        member("Added", 1, "acme", "ada", "admin"),
        member("Added", 1, "acme", "rex", "admin"),
        member("Removed", 2, "acme", "rex", "admin"),
        member("Added", 1, "gone", "dora", "admin"),
        event("OrganizationDeleted", 3, json!({"id": "gone"})),
        // A member whose role does not include reading projects.
        user("nora"),
        event(
            "RoleCreated",
            0,
            json!({"id": "listless", "name": "L", "permissionIds": []}),
        ),
        event(
            "OrganizationUserAdded",
            1,
            json!({"organizationId": "acme", "userId": "nora", "roleId": "listless"}),
        ),
        event(
            "ProjectCreated",
            1,
            json!({"id": "solo", "name": "S", "ownerUserId": "wim", "createdByUserId": "wim"}),
        ),
        event(
            "TeamCreated",
            1,
            json!({"organizationId": "acme", "id": "core", "name": "Core"}),
        ),
        event(
            "ProjectCreated",
            1,
            json!({"id": "apollo", "name": "Apollo", "ownerOrganizationId": "acme",
                "createdByUserId": "ada"}),
        ),
    ]);
    for n in 0..30 {
        let team =
            json!({"projectId": "apollo", "organizationId": "acme", "teamId": format!("t{n}")});
        events.push(event("ProjectTeamAdded", 1, team));
    }
    // In a team of the project, but no longer in its organization.
    for (event_type, payload) in [
        (
            "ProjectTeamAdded",
            json!({"projectId": "apollo", "organizationId": "acme", "teamId": "core"}),
        ),
        (
            "TeamUserAdded",
            json!({"organizationId": "acme", "teamId": "core", "userId": "rex"}),
        ),
    ] {
        events.push(event(event_type, 1, payload));
    }
    Server::told(events).await
}

/// Invalid tokens, each otherwise that of a service that may read everything.
fn bad_tokens(server: &Server) -> Vec<(&'static str, String)> {
    let issuer = &server.api.issuer;
    let claims = |name: &str, value: Value| {
        let mut claims = json!({"iss": ISSUER, "aud": AUDIENCE, "sub": "s", "iat": now(),
            "exp": now() + 600, "scope": "directory:read", "gty": "client-credentials"});
        claims[name] = value;
        claims
    };
    let with = |name, value| issuer.sign(&claims(name, value)).unwrap();
    let headed = |header: &str| {
        let key_id = &issuer.key_id;
        let header = format!(r#"{{"alg": "ES256", "kid": "{key_id}", {header}}}"#);
        let claims = claims("sub", json!("s")).to_string();
        issuer.sign_parts(&header, &claims).unwrap()
    };
    let good = server.service();
    let (payload, signature) = good.split_once('.').unwrap().1.split_once('.').unwrap();
    let mut impostor = Issuer::start().unwrap();
    let unknown = impostor.sign(&claims("sub", json!("s"))).unwrap();
    impostor.key_id.clone_from(&issuer.key_id);
    // {"alg":"none"} and {"alg":"HS256"}, both with and without a key id.
    let none = "eyJhbGciOiJub25lIn0";
    let hmac = "eyJhbGciOiJIUzI1NiJ9";
    vec![
        ("nobody", String::new()),
        ("no token", "x".to_owned()),
        ("expired", with("exp", json!(now() - 61))),
        ("not yet", with("nbf", json!(now() + 120))),
        ("wrong issuer", with("iss", json!("https://elsewhere"))),
        ("wrong audience", with("aud", json!("elsewhere"))),
        ("no audience", with("aud", Value::Null)),
        ("issuers", with("iss", json!([ISSUER]))),
        ("no start", with("iat", Value::Null)),
        ("from the future", with("iat", json!(now() + 120))),
        (
            "too long a life",
            with("exp", json!(now() + TOKEN_SECONDS + 60)),
        ),
        ("an extension", headed(r#""crit": ["exp"], "exp": 1"#)),
        ("no extension", headed(r#""crit": []"#)),
        ("a header twice", headed(r#""typ": "JWT", "typ": "JWT""#)),
        ("alg: none", format!("{none}.{payload}.")),
        ("alg: none, signed", format!("{none}.{payload}.{signature}")),
        ("alg: HS256", format!("{hmac}.{payload}.{signature}")),
        ("changed", format!("{}x", good)),
        (
            "a key from elsewhere",
            impostor.sign(&claims("sub", json!("s"))).unwrap(),
        ),
        ("an unknown key", unknown),
    ]
}

fn about(subject: &str) -> Value {
    json!({"subject": {"type": "user", "id": subject}, "action": {"name": "projects:read"},
        "resource": {"type": "organization", "id": "acme"}})
}

/// Path, body of a POST, and the status for each of [`KNOWN`] and for a service.
fn table() -> Vec<(&'static str, Option<Value>, [u16; 7])> {
    let own = [404, 200, 404, 404, 404, 404, 200];
    let members = [404, 200, 200, 200, 404, 404, 200];
    let admins = [404, 404, 404, 200, 404, 404, 200];
    let all = [200; 7];
    let services = [403, 403, 403, 403, 403, 403, 200];
    vec![
        ("/users/rita", None, own),
        ("/users?email=Rita@x.org", None, own),
        ("/users/rita/organizations", None, own),
        ("/users/rita/teams", None, own),
        ("/users/rita/projects", None, own),
        ("/users/nobody", None, [404; 7]),
        ("/users?email=nobody@x.org", None, [404; 7]),
        ("/users", None, services),
        ("/users?namePrefix=Some", None, services),
        ("/organizations", None, all),
        ("/organizations?namePrefix=Name", None, services),
        ("/organizations/acme", None, members),
        ("/organizations/gone", None, [404; 7]),
        ("/organizations/nowhere", None, [404; 7]),
        ("/organizations/acme/users", None, members),
        (
            "/organizations/acme/users?absent=true",
            None,
            [404, 403, 403, 200, 404, 404, 200],
        ),
        ("/organizations/gone/users", None, [404; 7]),
        ("/organizations/acme/teams", None, members),
        ("/organizations/acme/projects", None, members),
        ("/organizations/acme/users/wim", None, members),
        ("/organizations/acme/users/rex", None, admins),
        ("/organizations/acme/users/nobody", None, [404; 7]),
        ("/teams/core", None, members),
        ("/teams/core?organizationId=acme", None, members),
        ("/teams/core/users", None, members),
        ("/teams/core/users?organizationId=acme", None, members),
        ("/organizations?name=NAME%20of%20acme", None, members),
        ("/organizations?name=nothing", None, [404; 7]),
        ("/projects/apollo/users", None, members),
        ("/projects/apollo/teams", None, members),
        ("/projects/apollo", None, members),
        ("/projects/nothing", None, [404; 7]),
        ("/roles", None, all),
        ("/permissions", None, all),
        (
            "/access/v1/evaluation",
            Some(about("rita")),
            [403, 200, 403, 200, 403, 403, 200],
        ),
        (
            "/access/v1/evaluations",
            Some(about("rita")),
            [403, 200, 403, 200, 403, 403, 200],
        ),
        (
            "/access/v1/search/subject",
            Some(about("rita")),
            [403, 403, 403, 200, 403, 403, 200],
        ),
        (
            "/access/v1/search/resource",
            Some(about("rita")),
            [403, 200, 403, 403, 403, 403, 200],
        ),
        (
            "/access/v1/search/action",
            Some(about("rita")),
            [403, 200, 403, 200, 403, 403, 200],
        ),
    ]
}

async fn status(server: &Server, path: &str, body: Option<&Value>, token: &str) -> u16 {
    let answer = match body {
        None => server.get(path, token).await,
        Some(body) => server.post(path, token, body).await,
    };
    answer.status
}

#[tokio::test]
async fn each_caller_gets_the_expected_status_from_every_route() {
    let server = world().await;
    let bad = bad_tokens(&server);
    let mut good: Vec<_> = KNOWN.iter().map(|id| (*id, server.user(id))).collect();
    good.push(("service", server.service()));
    for path in OPEN {
        for (caller, token) in bad.iter().chain(&good) {
            assert_eq!(
                status(&server, path, None, token).await,
                200,
                "{path} {caller}"
            );
        }
    }
    for (path, body, expected) in table() {
        for (caller, token) in &bad {
            let status = status(&server, path, body.as_ref(), token).await;
            assert_eq!(status, 401, "{path} {caller}");
        }
        for ((caller, token), expected) in good.iter().zip(expected) {
            let status = status(&server, path, body.as_ref(), token).await;
            assert_eq!(status, expected, "{path} {caller}");
        }
    }
}

/// Requests about something that exists, paired with the same request about something that does
/// not.
fn twins() -> Vec<(&'static str, &'static str, Option<Value>, Option<Value>)> {
    let about = |subject: &str, kind: &str, id: &str| {
        Some(json!({"subject": {"type": "user", "id": subject},
            "action": {"name": "projects:read"}, "resource": {"type": kind, "id": id}}))
    };
    let mut twins: Vec<_> = [
        ("/users/wim", "/users/nobody"),
        ("/users/wim/organizations", "/users/nobody/organizations"),
        ("/users?email=wim@x.org", "/users?email=nobody@x.org"),
        ("/organizations/acme", "/organizations/nowhere"),
        (
            "/organizations?name=Name%20of%20acme",
            "/organizations?name=nothing",
        ),
        (
            "/organizations/acme/users?limit=1000",
            "/organizations/nowhere/users?limit=1000",
        ),
        (
            "/organizations/acme/users?absent=true",
            "/organizations/nowhere/users?absent=true",
        ),
        ("/organizations/acme/teams", "/organizations/nowhere/teams"),
        (
            "/organizations/acme/projects",
            "/organizations/nowhere/projects",
        ),
        (
            "/organizations/acme/users/rex",
            "/organizations/acme/users/nobody",
        ),
        (
            "/organizations/acme/users/wim",
            "/organizations/nowhere/users/wim",
        ),
        ("/teams/core", "/teams/nothing"),
        (
            "/teams/core?organizationId=acme",
            "/teams/core?organizationId=nowhere",
        ),
        (
            "/teams/core/users?organizationId=acme",
            "/teams/nothing/users?organizationId=acme",
        ),
        ("/projects/apollo", "/projects/nothing"),
        ("/projects/solo", "/projects/nothing"),
        ("/projects/apollo/users", "/projects/nothing/users"),
        ("/projects/apollo/teams", "/projects/nothing/teams"),
    ]
    .map(|(hidden, absent)| (hidden, absent, None, None))
    .into();
    for path in [
        "evaluation",
        "evaluations",
        "search/action",
        "search/subject",
    ] {
        let path = match path {
            "evaluation" => "/access/v1/evaluation",
            "evaluations" => "/access/v1/evaluations",
            "search/action" => "/access/v1/search/action",
            _ => "/access/v1/search/subject",
        };
        // About others, and about each of the callers.
        for subject in ["wim", "otto", "nora", "rex", "dora"] {
            for (kind, hidden, absent) in [
                ("organization", "acme", "nowhere"),
                ("project", "apollo", "nothing"),
                ("project", "solo", "nothing"),
            ] {
                let (one, other) = (about(subject, kind, hidden), about(subject, kind, absent));
                twins.push((path, path, one, other));
            }
        }
    }
    twins
}

/// Whether a response denies access.
fn refuses(status: u16, body: &Value) -> bool {
    let none = |results: &Value| results.as_array().is_some_and(Vec::is_empty);
    status >= 400 || body["decision"] == false || none(&body["results"])
}

#[tokio::test]
async fn a_denial_reads_no_more_than_for_a_resource_that_does_not_exist() {
    let mut stack = world().await.stack;
    let proxy = Proxy::start(stack.table_address).await;
    stack.table_address = proxy.address;
    let server = Server::over(stack).await;
    let callers = ["otto", "nora", "rita", "rex", "dora", "eve"];
    println!("| question | caller | status | requests | keys |\n| --- | --- | --- | --- | --- |");
    let mut refused = 0;
    for (hidden, absent, one, other) in twins() {
        for caller in callers {
            let token = server.user(caller);
            let ask = async |path: &str, body: &Option<Value>| {
                proxy.take_counts();
                proxy.take_keys();
                let answer = match body {
                    None => server.get(path, &token).await,
                    Some(body) => server.post(path, &token, body).await,
                };
                let requests: usize = proxy.take_counts().values().sum();
                (answer, requests, proxy.take_keys())
            };
            let (answer, requests, keys) = ask(hidden, &one).await;
            if !refuses(answer.status, &answer.body) {
                continue;
            }
            refused += 1;
            let asked = one.as_ref().map_or(String::new(), Value::to_string);
            println!(
                "| {hidden} {asked} | {caller} | {} | {requests} | {keys} |",
                answer.status
            );
            let (missing, most_requests, most_keys) = ask(absent, &other).await;
            if missing.status != answer.status {
                // A member gets a denial rather than a 404.
                assert!(
                    ["rita", "nora"].contains(&caller),
                    "{hidden} {asked} {caller}"
                );
                continue;
            }
            assert!(
                requests <= most_requests && keys <= most_keys,
                "{hidden} {asked} {caller}: {requests} of {most_requests} requests, \
                 {keys} of {most_keys} keys"
            );
        }
    }
    assert!(refused > 200, "{refused}");
}

#[tokio::test]
async fn the_table_has_every_route_of_the_document() {
    let document = serde_json::to_value(api::openapi()).unwrap();
    let rows = table();
    let asked: Vec<_> = rows.iter().map(|(path, ..)| *path).chain(OPEN).collect();
    for path in document["paths"].as_object().unwrap().keys() {
        let route: Vec<_> = path.split('/').collect();
        let is_of = |asked: &&str| {
            let parts: Vec<_> = asked.split('?').next().unwrap().split('/').collect();
            parts.len() == route.len()
                && parts
                    .iter()
                    .zip(&route)
                    .all(|(a, b)| a == b || b.starts_with('{'))
        };
        assert!(asked.iter().any(is_of), "{path}");
    }
}

#[tokio::test]
async fn missing_and_hidden_resources_have_the_same_response() {
    let server = world().await;
    let otto = server.user("otto");
    for (hidden, absent) in [
        ("/organizations/acme", "/organizations/nowhere"),
        ("/organizations/acme/users", "/organizations/nowhere/users"),
        (
            "/organizations/acme/users/ada",
            "/organizations/nowhere/users/ada",
        ),
        ("/projects/apollo", "/projects/nothing"),
        ("/teams/core", "/teams/nothing"),
        ("/users/rita", "/users/nobody"),
    ] {
        let (mut one, mut other) = (
            server.get(hidden, &otto).await,
            server.get(absent, &otto).await,
        );
        for answer in [&mut one, &mut other] {
            answer.body["requestId"].take();
        }
        assert_eq!((one.status, one.body), (404, other.body), "{hidden}");
    }
}

#[tokio::test]
async fn a_clock_skew_of_a_minute_is_tolerated() {
    let server = world().await;
    let (fast, slow) = (now() + 30, now() - 30);
    for (begin, end) in [(fast, fast + 600), (slow - 600, slow)] {
        let claims = json!({"iss": ISSUER, "aud": ["else", AUDIENCE], "sub": "rita",
            "iat": begin, "nbf": begin, "exp": end});
        let token = server.api.issuer.sign(&claims).unwrap();
        assert_eq!(server.get("/users/rita", &token).await.status, 200);
    }
}

/// RFC 6750, 3 and 3.1.
#[tokio::test]
async fn a_challenge_names_the_realm_and_has_an_error_only_if_there_was_a_token() {
    let server = world().await;
    let good = format!("Bearer {}", server.service());
    for (headers, status, challenge) in [
        (vec![], 401, r#"Bearer realm="roster""#),
        (vec!["Basic YTpi"], 401, r#"Bearer realm="roster""#),
        (
            vec!["Bearer x"],
            401,
            r#"Bearer realm="roster", error="invalid_token""#,
        ),
        (
            vec![&*good, &*good],
            400,
            r#"Bearer realm="roster", error="invalid_request""#,
        ),
        (
            vec!["Bearer"],
            400,
            r#"Bearer realm="roster", error="invalid_request""#,
        ),
    ] {
        let mut request = server.request("GET", "/roles", "");
        for header in &headers {
            request = request.header("Authorization", *header);
        }
        let answer = server.send(request.body(Body::empty()).unwrap()).await;
        let told = answer.headers["www-authenticate"].to_str().unwrap();
        assert_eq!((answer.status, told), (status, challenge), "{headers:?}");
    }
}
