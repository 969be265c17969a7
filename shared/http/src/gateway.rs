//! Handles requests from API Gateway, which calls the function with payload format 2.0.
//!
//! The gateway decodes the path. `lambda_http` builds a URI from the decoded path and from the
//! headers for host and scheme: a `#` or `?` in the path truncates it, `..` is resolved, and a
//! scheme of two words causes a panic. Therefore `lambda_http` gets the event without path, query
//! and headers, and this module adds them to the resulting request.

use std::convert::Infallible;
use std::mem;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Request, Uri, header};
use lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use lambda_http::request::{LambdaRequest, RequestContext};
use lambda_http::tower::ServiceExt;
use lambda_http::{Adapter, LambdaEvent, Service, service_fn};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde::Serialize;

use crate::path;
use crate::problem::Problem;

/// The characters to encode in a query (RFC 3986, 3.4). `%` is not one: the query is already
/// encoded.
const NOT_IN_QUERY: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'<').add(b'>');

/// The parts of a request that are withheld from `lambda_http`.
#[derive(Debug, Default)]
struct GatewayRequest {
    /// The decoded path.
    path: String,
    /// The query as the caller sent it.
    query: String,
    headers: HeaderMap,
    /// The domain name that the request was sent to.
    domain: Option<String>,
}

/// Handles an event from API Gateway.
pub async fn answer(
    router: Router,
    event: LambdaEvent<LambdaRequest>,
) -> Result<impl Serialize + use<>, Infallible> {
    let LambdaEvent {
        mut payload,
        context,
    } = event;
    let mut told = match &mut payload {
        LambdaRequest::ApiGatewayV2(event) => GatewayRequest::take(event),
        _ => GatewayRequest::default(),
    };
    let ask = service_fn(move |request: lambda_http::Request| {
        let request = mem::take(&mut told).put(request.map(Body::new));
        router.clone().oneshot(request)
    });
    let event = LambdaEvent::new(payload, context);
    Adapter::from(ask).call(event).await
}

impl GatewayRequest {
    /// Takes these parts from an event, so that a URI can always be built from the rest.
    fn take(event: &mut ApiGatewayV2httpRequest) -> Self {
        let mut headers = mem::take(&mut event.headers);
        let domain = event.request_context.domain_name.take();
        if let (false, Some(host)) = (headers.contains_key(header::HOST), &domain)
            && let Ok(host) = HeaderValue::try_from(host)
        {
            headers.insert(header::HOST, host);
        }
        // `lambda_http` would add any other stage to the beginning of the path.
        event.request_context.stage = None;
        Self {
            path: event.raw_path.replace("/".to_owned()).unwrap_or_default(),
            query: event.raw_query_string.take().unwrap_or_default(),
            headers,
            domain,
        }
    }

    /// Puts these parts into a request.
    fn put(self, mut request: Request<Body>) -> Request<Body> {
        let Self {
            path,
            query,
            mut headers,
            domain,
        } = self;
        if let Some(RequestContext::ApiGatewayV2(context)) = request.extensions_mut().get_mut() {
            context.domain_name = domain;
        }
        // Cookies and the trace id come from other parts of the event.
        headers.extend(mem::take(request.headers_mut()));
        *request.headers_mut() = headers;
        let mut uri = path::encoded(&path);
        if !query.is_empty() {
            let query = utf8_percent_encode(&query, NOT_IN_QUERY).to_string();
            uri = format!("{uri}?{query}");
        }
        let refusal = match Uri::try_from(uri) {
            Ok(uri) if path.starts_with('/') => {
                *request.uri_mut() = uri;
                return request;
            }
            Ok(_) => "It must begin with a slash.",
            Err(_) => "The path and the query are too long.",
        };
        path::refuse(&mut request, Problem::invalid("path", refusal));
        request
    }
}
