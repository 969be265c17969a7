//! The two ways to reach the API.

use std::collections::BTreeMap;
use std::str;

use api::Api;
use axum::Router;
use axum::body::Body;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use roster_http::{PublicUrl, RateLimits, Sealer, Tokens};
use roster_stack::issuer::{self, TOKEN_SECONDS};
use serde_json::{Value, json};

use crate::gateway::{hand_over, payload};
use crate::server::{Answer, Server};

/// The domain name in the gateway's payload.
const DOMAIN: &str = "api.example";

/// A request, as a client sends it.
#[derive(Debug, Clone)]
pub struct Request {
    /// The method.
    pub method: &'static str,
    /// The path.
    pub path: String,
    /// The headers, each once.
    pub headers: BTreeMap<&'static str, String>,
    /// The body.
    pub body: Vec<u8>,
}

/// The API, reached in one of two ways.
pub struct Target {
    /// The local server. The function uses its table and its issuer of tokens.
    pub server: Server,
    function: Option<Router>,
    base: String,
}

impl Target {
    /// The local server over a directory with these events.
    pub async fn local(events: Vec<Value>) -> Self {
        let server = Server::told(events).await;
        let base = format!("http://{}", server.api.address);
        Self {
            server,
            function: None,
            base,
        }
    }

    /// The function over a directory with these events.
    pub async fn function(events: Vec<Value>) -> Self {
        let server = Server::told(events).await;
        let function = Some(function(&server, None));
        let base = format!("https://{DOMAIN}");
        Self {
            server,
            function,
            base,
        }
    }

    /// The function at another address over the same directory.
    pub async fn ask_function_at(&self, url: &str, request: &Request) -> Answer {
        let url = PublicUrl::parse(url).unwrap();
        through_gateway(&function(&self.server, Some(url)), request).await
    }

    /// The address that callers use.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Whether it is the function.
    pub fn is_function(&self) -> bool {
        self.function.is_some()
    }

    /// Its name.
    pub fn name(&self) -> &'static str {
        match self.function {
            None => "local server",
            Some(_) => "function",
        }
    }

    /// Sends a request and checks what is true of every response.
    pub async fn ask(&self, request: &Request) -> Answer {
        match &self.function {
            None => over_http(&self.server, request).await,
            Some(function) => through_gateway(function, request).await,
        }
    }
}

/// The function's service.
fn function(server: &Server, public_url: Option<PublicUrl>) -> Router {
    let keys = format!("http://{}/issuer/keys", server.api.address);
    let tokens = Tokens::new(vec![issuer::trusted(&keys)], TOKEN_SECONDS).unwrap();
    let api = Api::new(server.stack.table(), tokens, Sealer::fresh().unwrap());
    let api = api.with_limits(RateLimits::GENEROUS);
    api::router(api.with_public_url(public_url))
}

async fn over_http(server: &Server, request: &Request) -> Answer {
    let mut built = server.request(request.method, &request.path, "");
    for (name, value) in &request.headers {
        built = built.header(*name, value);
    }
    let body = Body::from(request.body.clone());
    server.send(built.body(body).unwrap()).await
}

/// The payload that API Gateway creates for a request: header names in lower case, and a body
/// that is not text in base64.
async fn through_gateway(function: &Router, request: &Request) -> Answer {
    let headers = request.headers.iter();
    let headers = headers.map(|(name, value)| (name.to_lowercase(), value.as_str()));
    let mut all = BTreeMap::from([("host".to_owned(), DOMAIN)]);
    all.extend(headers);
    let all: Vec<_> = all.iter().map(|(name, value)| (&**name, *value)).collect();
    let mut payload = payload(&request.path, "", &all);
    payload["requestContext"]["http"]["method"] = json!(request.method);
    match str::from_utf8(&request.body) {
        Ok("") => {}
        Ok(text) => payload["body"] = json!(text),
        Err(_) => {
            payload["body"] = json!(STANDARD.encode(&request.body));
            payload["isBase64Encoded"] = json!(true);
        }
    }
    hand_over(function, &payload).await
}
