//! The source address and domain name of a request, as reported by the server in front. Headers are
//! ignored, since a caller can send any.

use std::net::IpAddr;

use axum::http::Extensions;
use lambda_http::request::RequestContext;

/// The source address of a connection. A server other than API Gateway adds it to the extensions of
/// a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer(pub IpAddr);

/// Returns the source address of a request.
pub fn source_address(extensions: &Extensions) -> Option<IpAddr> {
    match (extensions.get(), extensions.get()) {
        (Some(Peer(address)), _) => Some(*address),
        (None, Some(RequestContext::ApiGatewayV2(context))) => {
            context.http.source_ip.as_ref()?.parse().ok()
        }
        _ => None,
    }
}

/// Returns the domain name that the request was sent to.
pub fn domain_name(extensions: &Extensions) -> Option<&str> {
    match extensions.get()? {
        RequestContext::ApiGatewayV2(context) => context.domain_name.as_deref(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the extensions of a request from API Gateway.
    fn through_gateway(source_ip: &str, domain_name: &str) -> Extensions {
        let event = serde_json::json!({
            "version": "2.0", "routeKey": "$default", "rawPath": "/", "rawQueryString": "",
            "headers": {"host": "elsewhere.example", "x-forwarded-for": "192.0.2.99"},
            "isBase64Encoded": false,
            "requestContext": {"domainName": domain_name, "stage": "$default", "timeEpoch": 0,
                "http": {"method": "GET", "path": "/", "sourceIp": source_ip}},
        });
        let request = lambda_http::request::from_str(&event.to_string()).unwrap();
        request.extensions().clone()
    }

    #[test]
    fn api_gateway_reports_the_source_address_and_the_domain_name() {
        let extensions = through_gateway("192.0.2.7", "a1.execute-api.example");
        let address = source_address(&extensions);
        assert_eq!(address, Some("192.0.2.7".parse().unwrap()));
        assert_eq!(domain_name(&extensions), Some("a1.execute-api.example"));
        assert_eq!(source_address(&Extensions::new()), None);
        assert_eq!(domain_name(&Extensions::new()), None);
    }

    #[test]
    fn other_servers_report_the_address_of_the_connection() {
        let mut extensions = Extensions::new();
        let address = "::1".parse().unwrap();
        extensions.insert(Peer(address));
        assert_eq!(source_address(&extensions), Some(address));
    }
}
