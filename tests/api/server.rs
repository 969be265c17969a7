//! A running API over a directory filled with events, and a client for it.

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use roster_stack::Stack;
use roster_stack::http_api::{ApiSettings, HttpApi, now};
use roster_stack::issuer::Bearer;
use roster_tests::told::{event, stack_with};
use serde_json::{Value, json};

/// A running API.
pub struct Server {
    pub stack: Stack,
    pub api: HttpApi,
    client: Client<HttpConnector, Body>,
}

/// A response of the API.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Server {
    /// A server whose directory contains these events.
    pub async fn told(events: Vec<Value>) -> Self {
        Self::over(stack_with(events).await).await
    }

    /// A server over the table of this stack.
    pub async fn over(stack: Stack) -> Self {
        Self::with(stack, ApiSettings::default()).await
    }

    /// A server over the table of this stack, with these settings.
    pub async fn with(stack: Stack, settings: ApiSettings) -> Self {
        let api = stack.serve_api_with(0, settings).await.unwrap();
        let client = Client::builder(TokioExecutor::new()).build_http();
        Self { stack, api, client }
    }

    /// A token for a user.
    pub fn user(&self, id: &str) -> String {
        let bearer = Bearer::User(id.to_owned());
        self.api.issuer.token(&bearer, now()).unwrap()
    }

    /// A token for a service.
    pub fn service(&self) -> String {
        self.api.issuer.token(&Bearer::Service, now()).unwrap()
    }

    pub async fn get(&self, path: &str, token: &str) -> Answer {
        self.send(
            self.request("GET", path, token)
                .body(Body::empty())
                .unwrap(),
        )
        .await
    }

    pub async fn post(&self, path: &str, token: &str, body: &Value) -> Answer {
        let request = self
            .request("POST", path, token)
            .header("Content-Type", "application/json");
        self.send(request.body(Body::from(body.to_string())).unwrap())
            .await
    }

    /// A request with this token, or with none if it is empty.
    pub fn request(&self, method: &str, path: &str, token: &str) -> axum::http::request::Builder {
        let uri = format!("http://{}{path}", self.api.address);
        let request = Request::builder().method(method).uri(uri);
        match token {
            "" => request,
            token => request.header("Authorization", format!("Bearer {token}")),
        }
    }

    /// A response that need not come from the API.
    pub async fn raw(&self, request: Request<Body>) -> Response<Incoming> {
        self.client.request(request).await.unwrap()
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.raw(request).await;
        let (parts, body) = response.into_parts();
        let body = to_bytes(Body::new(body), usize::MAX).await.unwrap();
        let body = match &*body {
            [] => Value::Null,
            text => serde_json::from_slice(text).unwrap(),
        };
        let answer = Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body,
        };
        answer.check();
        answer
    }
}

impl Answer {
    /// Checks what is true of every response.
    pub fn check(&self) {
        assert!(self.headers.contains_key("x-request-id"));
        assert_ne!(self.status, StatusCode::INTERNAL_SERVER_ERROR.as_u16());
        if self.status >= 400 {
            assert_eq!(self.headers["content-type"], "application/problem+json");
            let problem = &self.body;
            assert_eq!(problem["status"], self.status);
            assert_eq!(
                problem["requestId"],
                self.headers["x-request-id"].to_str().unwrap()
            );
            let kind = problem["type"].as_str().unwrap();
            assert!(kind.starts_with("urn:roster:problem:"), "{kind}");
            for text in ["title", "detail", "action"] {
                assert!(!problem[text].as_str().unwrap().is_empty());
            }
        }
        if self.status == 401 {
            assert!(self.headers.contains_key("www-authenticate"));
        }
    }

    /// The ids with this name in the items of a page.
    pub fn ids(&self, name: &str) -> Vec<&str> {
        let items = self.body["items"].as_array().unwrap().iter();
        items.map(|item| item[name].as_str().unwrap()).collect()
    }
}

pub fn user(id: &str) -> Value {
    let payload = json!({"id": id, "name": "Some One", "email": format!("{id}@x.org")});
    event("UserCreated", 0, payload)
}

pub fn organization(id: &str) -> Value {
    event(
        "OrganizationCreated",
        0,
        json!({"id": id, "name": format!("Name of {id}")}),
    )
}

pub fn member(change: &str, second: u32, organization: &str, user: &str, role: &str) -> Value {
    let payload = json!({"organizationId": organization, "userId": user, "role": role});
    event(&format!("OrganizationUser{change}"), second, payload)
}
