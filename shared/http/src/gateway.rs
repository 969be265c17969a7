//! The API as the function behind API Gateway, which calls it with payload format 2.0.
//!
//! The gateway hands the path over decoded. `lambda_http` builds a URI from it and from the headers
//! about host and scheme, in which a `#` or `?` of the path ends it, `..` is resolved, and a scheme
//! of two words is a panic. So it gets a payload without any of that, and what the gateway said is
//! put into the request that comes out of it.

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

/// What cannot stand in the query of a URI (RFC 3986, 3.4). `%` can: it is encoded already.
const NOT_IN_QUERY: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'<').add(b'>');

/// What the gateway says of a request that is kept from `lambda_http`.
#[derive(Debug, Default)]
struct GatewayRequest {
    /// Decoded.
    path: String,
    /// As the caller sent it.
    query: String,
    headers: HeaderMap,
    /// The name that the request came to.
    domain: Option<String>,
}

/// Answers what the gateway asks.
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
    /// Leaves an event from which a URI can always be built.
    fn take(event: &mut ApiGatewayV2httpRequest) -> Self {
        let mut headers = mem::take(&mut event.headers);
        let domain = event.request_context.domain_name.take();
        if let (false, Some(host)) = (headers.contains_key(header::HOST), &domain)
            && let Ok(host) = HeaderValue::try_from(host)
        {
            headers.insert(header::HOST, host);
        }
        // Any other stage would be put before the path.
        event.request_context.stage = None;
        Self {
            path: event.raw_path.replace("/".to_owned()).unwrap_or_default(),
            query: event.raw_query_string.take().unwrap_or_default(),
            headers,
            domain,
        }
    }

    /// Makes a request what the gateway was asked.
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
        // Cookies and the trace come from elsewhere in the event.
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
            Ok(_) => "Expected a slash at its beginning.",
            Err(_) => "The path and the query are too long.",
        };
        path::refuse(&mut request, Problem::invalid("path", refusal));
        request
    }
}
