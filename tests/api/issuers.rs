//! Are the tokens of real issuers read as the settings in `functions/api/README.md` say?

use std::collections::BTreeMap;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Json;
use axum::routing::get;
use roster_http::TrustedIssuer;
use roster_stack::http_api::{ApiSettings, now};
use roster_stack::issuer::Issuer;
use roster_tests::told::stack_with;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::server::{Server, user};

const README: &str = include_str!("../../functions/api/README.md");

/// A user of the directory whom no token names: only a service sees it.
const OTHER: &str = "/users/somebody";

/// What an issuer puts into its tokens, apart from the times.
struct Shape {
    issuer: &'static str,
    /// The id in the directory.
    user_id: &'static str,
    user: Value,
    machine: Value,
    /// The claim with the scopes of both kinds of token, and a value with the scope of services.
    scopes: (&'static str, Value),
    /// A token of a user that is for another recipient.
    elsewhere: (&'static str, Value),
    /// What makes the user's token an ID token, where it can be distinguished.
    id_token: Value,
}

fn shapes() -> Vec<Shape> {
    let entra = |client: &str| {
        json!({"oid": "7c0f3b1e-0001", "sub": "pairwise-1", "tid": "TENANT", "scp": "access",
            client: "WEB-CLIENT", "name": "Ada"})
    };
    let entra_app = |client: &str| {
        json!({"oid": "9b1d-service", "sub": "9b1d-service", "tid": "TENANT", "idtyp": "app",
            client: "SERVICE-CLIENT"})
    };
    let with = |mut claims: Value, name: &str, value: Value| {
        claims[name] = value;
        claims
    };
    vec![
        Shape {
            issuer: "https://TENANT.us.auth0.com/",
            user_id: "auth0|6f1",
            user: json!({"sub": "auth0|6f1", "azp": "WebClient", "scope": "openid profile",
                "aud": ["https://roster.example", "https://TENANT.us.auth0.com/userinfo"],
                "permissions": ["directory:read"]}),
            machine: json!({"sub": "Xy1@clients", "azp": "Xy1", "aud": "https://roster.example",
                "gty": "client-credentials"}),
            scopes: ("scope", json!("openid directory:read")),
            elsewhere: ("aud", json!(["https://TENANT.us.auth0.com/userinfo"])),
            id_token: json!({"aud": "WebClient", "nonce": "n"}),
        },
        Shape {
            issuer: "https://DOMAIN.okta.com/oauth2/default",
            user_id: "00u1",
            user: json!({"ver": 1, "jti": "AT.1", "aud": "api://default", "cid": "web",
                "uid": "00u1", "scp": ["openid"], "sub": "ada@example.org"}),
            machine: json!({"ver": 1, "jti": "AT.2", "aud": "api://default", "cid": "0oa1",
                "sub": "0oa1"}),
            scopes: ("scp", json!(["directory:read"])),
            elsewhere: ("aud", json!("api://other")),
            id_token: json!({"aud": "web", "sub": "00u1", "at_hash": "fPls", "amr": ["pwd"]}),
        },
        Shape {
            issuer: "https://login.microsoftonline.com/TENANT/v2.0",
            user_id: "7c0f3b1e-0001",
            user: with(entra("azp"), "aud", json!("API-CLIENT")),
            machine: with(entra_app("azp"), "aud", json!("API-CLIENT")),
            scopes: ("roles", json!(["directory:read"])),
            elsewhere: ("azp", json!("OTHER-CLIENT")),
            id_token: json!({"azp": null, "scp": null, "nonce": "n"}),
        },
        Shape {
            issuer: "https://sts.windows.net/TENANT/",
            user_id: "7c0f3b1e-0001",
            user: with(entra("appid"), "aud", json!("api://roster")),
            machine: with(entra_app("appid"), "aud", json!("api://roster")),
            scopes: ("roles", json!(["directory:read"])),
            elsewhere: ("aud", json!("https://graph.microsoft.com")),
            id_token: json!({"appid": null, "scp": null, "nonce": "n"}),
        },
        Shape {
            issuer: "https://cognito-idp.REGION.amazonaws.com/POOL",
            user_id: "aaaaaaaa-bbbb",
            user: json!({"sub": "aaaaaaaa-bbbb", "client_id": "WEB-CLIENT", "username": "ada",
                "token_use": "access", "cognito:groups": ["directory:read"],
                "scope": "aws.cognito.signin.user.admin"}),
            machine: json!({"sub": "SERVICE-CLIENT", "client_id": "SERVICE-CLIENT", "version": 2,
                "token_use": "access"}),
            scopes: ("scope", json!("roster/directory:read")),
            elsewhere: ("client_id", json!("OTHER-CLIENT")),
            id_token: json!({"token_use": "id", "aud": "WEB-CLIENT", "cognito:username": "ada"}),
        },
        Shape {
            issuer: "https://HOST/realms/REALM",
            user_id: "d952cf23-bf92",
            user: json!({"sub": "d952cf23-bf92", "typ": "Bearer", "azp": "web", "aud": "account",
                "scope": "profile email", "preferred_username": "service-account-backend",
                "realm_access": {"roles": ["offline_access"]}}),
            machine: json!({"sub": "0f52cf23-0001", "typ": "Bearer", "azp": "backend",
                "aud": "account", "scope": "profile email", "client_id": "backend",
                "clientHost": "192.0.2.1", "clientAddress": "192.0.2.1",
                "preferred_username": "service-account-backend"}),
            scopes: ("realm_access", json!({"roles": ["directory:read"]})),
            elsewhere: ("azp", json!("other")),
            id_token: json!({"typ": "ID", "aud": "web"}),
        },
        Shape {
            issuer: "https://clerk.example.com",
            user_id: "user_2a",
            user: json!({"sub": "user_2a", "sid": "sess_1", "azp": "https://app.example.com",
                "nbf": now() - 10, "fva": [0, -1], "sts": "active", "v": 2,
                "o": {"id": "org_1", "rol": "admin"}}),
            machine: json!({"sub": "mch_worker", "jti": "mt_1", "nbf": now() - 10,
                "aud": ["mch_roster"]}),
            scopes: ("scopes", json!("mch_other mch_roster")),
            elsewhere: ("azp", json!("https://evil.example.com")),
            id_token: json!({"azp": null, "aud": "oauth-client", "at_hash": "x"}),
        },
        Shape {
            issuer: "https://DOMAIN.authkit.app",
            user_id: "user_01",
            user: json!({"sub": "user_01", "sid": "app_consent_1", "client_id": "client_app",
                "aud": "client_environment", "org_id": "org_1", "scope": "openid"}),
            machine: json!({"sub": "client_worker", "client_id": "client_worker",
                "aud": "client_environment", "org_id": "org_1"}),
            scopes: ("scope", json!("openid directory:read")),
            elsewhere: ("aud", json!("client_other")),
            id_token: json!({"aud": "client_app", "nonce": "n"}),
        },
    ]
}

/// Issuers with their keys, and a server for which they are trusted.
struct World {
    server: Server,
    issuers: BTreeMap<String, Issuer>,
}

/// The settings in the README.
fn settings() -> Vec<TrustedIssuer> {
    let mut blocks = README.split("```json\n").skip(1);
    let block = blocks.find(|block| block.starts_with("[\n  {\"issuer\""));
    let json = block.unwrap().split("```").next().unwrap();
    TrustedIssuer::parse_all(json).unwrap()
}

async fn world() -> World {
    let mut trusted = settings();
    let mut issuers = BTreeMap::new();
    let mut key_sets = Vec::new();
    let keys = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = keys.local_addr().unwrap();
    for (place, issuer) in trusted.iter_mut().enumerate() {
        let key = Issuer::start().unwrap();
        key_sets.push(key.key_set());
        issuers.insert(issuer.issuer.clone(), key);
        issuer.jwks_url = format!("http://{address}/{place}");
    }
    // Nothing is there.
    let down = format!("http://{address}/nothing");
    trusted.push(TrustedIssuer::new("https://down.example", &down, "roster"));
    issuers.insert("https://down.example".to_owned(), Issuer::start().unwrap());
    let answer = get(
        async |State(sets): State<Vec<Value>>, Path(place): Path<usize>| Json(sets[place].clone()),
    );
    let router = Router::new().route("/{place}", answer).with_state(key_sets);
    tokio::spawn(async move { axum::serve(keys, router).await });

    let mut events = vec![user("somebody")];
    events.extend(shapes().iter().map(|shape| user(shape.user_id)));
    let settings = ApiSettings {
        issuers: trusted,
        ..ApiSettings::default()
    };
    let server = Server::with(stack_with(events).await, settings).await;
    World { server, issuers }
}

impl World {
    /// Returns a token of an issuer, signed with the key of `signer`. Claims that are null are left
    /// out.
    fn token(&self, issuer: &str, signer: &Issuer, claims: &Value) -> String {
        let mut all = json!({"iss": issuer, "iat": now() - 10, "exp": now() + 600});
        let all = all.as_object_mut().unwrap();
        all.extend(claims.as_object().unwrap().clone());
        all.retain(|_, value| !value.is_null());
        signer.sign(&json!(all)).unwrap()
    }

    /// Returns the status of a request with a token of an issuer.
    async fn status(&self, issuer: &str, path: &str, claims: &Value) -> u16 {
        let token = self.token(issuer, &self.issuers[issuer], claims);
        self.server.get(path, &token).await.status
    }

    /// What a token is: the status for its own user and for another.
    async fn seen(&self, shape: &Shape, claims: &Value) -> [u16; 2] {
        let own = format!("/users/{}", shape.user_id.replace('|', "%7C"));
        [
            self.status(shape.issuer, &own, claims).await,
            self.status(shape.issuer, OTHER, claims).await,
        ]
    }
}

const A_USER: [u16; 2] = [200, 404];
const A_SERVICE: [u16; 2] = [200, 200];
const NOBODY: [u16; 2] = [401, 401];

/// Returns claims with one more or another.
fn with(claims: &Value, name: &str, value: &Value) -> Value {
    let mut claims = claims.clone();
    claims[name] = value.clone();
    claims
}

#[tokio::test]
async fn the_tokens_of_each_issuer_are_read_as_its_settings_say() {
    let world = world().await;
    let shapes = shapes();
    let named: Vec<_> = shapes.iter().map(|shape| shape.issuer).collect();
    let known: Vec<_> = settings().into_iter().map(|one| one.issuer).collect();
    assert_eq!(named, known, "every issuer in the README is tried");
    for shape in &shapes {
        let issuer = shape.issuer;
        let (scopes, word) = &shape.scopes;
        assert_eq!(world.seen(shape, &shape.user).await, A_USER, "{issuer}");

        let promoted = with(&shape.user, scopes, word);
        assert_eq!(
            world.seen(shape, &promoted).await,
            A_USER,
            "{issuer}: a user with the scope"
        );

        let machine = with(&shape.machine, scopes, word);
        assert_eq!(
            world.seen(shape, &machine).await,
            A_SERVICE,
            "{issuer}: a service"
        );
        assert_eq!(
            world.seen(shape, &shape.machine).await,
            NOBODY,
            "{issuer}: a service without the scope is nobody"
        );

        let (claim, value) = &shape.elsewhere;
        let elsewhere = with(&shape.user, claim, value);
        assert_eq!(
            world.seen(shape, &elsewhere).await,
            NOBODY,
            "{issuer}: for somebody else"
        );

        let mut id_token = promoted.clone();
        let more = shape.id_token.as_object().unwrap().clone();
        id_token.as_object_mut().unwrap().extend(more);
        assert_eq!(
            world.seen(shape, &id_token).await,
            NOBODY,
            "{issuer}: an ID token"
        );
    }
}

#[tokio::test]
async fn no_issuer_signs_for_another_and_an_unknown_one_for_nobody() {
    let world = world().await;
    for shape in shapes() {
        let claims = with(&shape.machine, shape.scopes.0, &shape.scopes.1);
        for (name, signer) in &world.issuers {
            let token = world.token(shape.issuer, signer, &claims);
            let status = world.server.get(OTHER, &token).await.status;
            let expected = if name == shape.issuer { 200 } else { 401 };
            assert_eq!(status, expected, "{} signed by {name}", shape.issuer);
        }
        let own = &world.issuers[shape.issuer];
        for unknown in ["https://unknown.example", "", "https://HOST/realms/REALM/"] {
            let token = world.token(unknown, own, &claims);
            assert_eq!(
                world.server.get(OTHER, &token).await.status,
                401,
                "{unknown}"
            );
        }
    }
}

#[tokio::test]
async fn a_machine_that_the_settings_do_not_name_is_no_service() {
    let world = world().await;
    for shape in shapes() {
        let claims = with(&shape.machine, shape.scopes.0, &shape.scopes.1);
        let claim = match shape.issuer {
            "https://clerk.example.com" => "sub",
            "https://DOMAIN.authkit.app" | "https://cognito-idp.REGION.amazonaws.com/POOL" => {
                "client_id"
            }
            "https://HOST/realms/REALM" | "https://login.microsoftonline.com/TENANT/v2.0" => "azp",
            "https://sts.windows.net/TENANT/" => "appid",
            // They grant the scope to each machine by itself.
            _ => continue,
        };
        let another = with(&claims, claim, &json!("another"));
        assert_eq!(
            world.seen(&shape, &another).await,
            NOBODY,
            "{}",
            shape.issuer
        );
    }
}

#[tokio::test]
async fn an_issuer_whose_keys_cannot_be_fetched_affects_only_its_own_tokens() {
    let world = world().await;
    let down = json!({"sub": "somebody", "aud": "roster"});
    for shape in shapes() {
        assert_eq!(
            world.status("https://down.example", OTHER, &down).await,
            503
        );
        assert_eq!(
            world.seen(&shape, &shape.user).await,
            A_USER,
            "{}",
            shape.issuer
        );
    }
}
