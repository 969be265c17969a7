//! Is the HTTP API there when it is asked for, behind what bounds it, and silent about people?

use std::cell::RefCell;
use std::collections::BTreeSet;

use crate::stack::{Stack, entries, number, text};

const ISSUERS: &str =
    r#"[{"issuer": "https://i", "jwksUrl": "https://i/keys", "audience": "roster"}]"#;

#[test]
fn the_issuers_reach_the_function() {
    let stack = Stack::with(&[("TokenIssuers", ISSUERS)]);
    let variables = &stack.properties("Api")["Environment"]["Variables"];
    let given = roster_http::TrustedIssuer::parse_all(&text(&variables["TOKEN_ISSUERS"]));
    assert_eq!(given, roster_http::TrustedIssuer::parse_all(ISSUERS));
}

#[test]
fn the_api_is_there_exactly_with_an_issuer_of_tokens() {
    let api = |stack: &Stack| {
        let names = stack.resources();
        let is_of_api = |name: &String| name.contains("Api") || name == "PageTokenKey";
        let mut of_api = names.into_iter().filter(is_of_api);
        let first = stack.has(&of_api.next().unwrap());
        assert!(
            of_api.all(|name| stack.has(&name) == first),
            "all or none of it"
        );
        first
    };
    assert!(!api(&Stack::new()));
    assert!(api(&Stack::with(&[("TokenIssuers", ISSUERS)])));
    assert!(Stack::new().has("Consumer"));
}

#[test]
fn the_api_is_throttled() {
    let settings = Stack::new().properties("HttpApiStage")["DefaultRouteSettings"].clone();
    assert!(number(&settings["ThrottlingRateLimit"]) > 0);
    assert!(number(&settings["ThrottlingBurstLimit"]) > 0);
}

#[test]
fn page_tokens_are_sealed_with_keys_from_kms() {
    let stack = Stack::new();
    let key = stack.properties("PageTokenKey");
    assert_eq!(text(&key["KeySpec"]), "HMAC_256");
    assert_eq!(text(&key["KeyUsage"]), "GENERATE_VERIFY_MAC");
    let variables = &stack.properties("Api")["Environment"]["Variables"];
    assert_eq!(text(&variables["PAGE_TOKEN_KEY"]), "<PageTokenKey>");
}

/// Paths and addresses name people, and a query can hold an email.
#[test]
fn the_access_log_names_nobody() {
    let format = text(&Stack::new().properties("HttpApiStage")["AccessLogSettings"]["Format"]);
    assert!(
        serde_json::from_str::<serde_json::Value>(&format).is_ok(),
        "{format}"
    );
    for variable in format.split("$context.").skip(1) {
        let name: String = variable
            .chars()
            .take_while(|c| c.is_alphanumeric())
            .collect();
        let known = [
            "httpMethod",
            "integrationErrorMessage",
            "requestId",
            "requestTime",
            "responseLatency",
            "responseLength",
            "status",
        ];
        assert!(known.contains(&name.as_str()), "{name}");
    }
}

#[test]
fn the_function_of_the_api_gets_every_setting_it_reads_and_no_other() {
    let variables = Stack::new().properties("Api")["Environment"]["Variables"].clone();
    let given: BTreeSet<_> = entries(&variables).map(|(name, _)| name).collect();
    let asked = RefCell::new(BTreeSet::new());
    let get = |name: &str| {
        asked.borrow_mut().insert(name.to_owned());
        None
    };
    assert!(::api::Config::read(get).is_err());
    assert_eq!(given, asked.into_inner());
}

/// CloudFormation writes a number as the text of the variable.
#[test]
fn the_longest_life_of_a_token_has_the_bounds_of_the_function() {
    let stack = Stack::new();
    let variables = stack.properties("Api")["Environment"]["Variables"].clone();
    let default = number(&variables["TOKEN_MAX_LIFETIME"]);
    let config = ::api::Config::read(|name| match name {
        "TOKEN_MAX_LIFETIME" => Some(default.to_string()),
        "PUBLIC_URL" | "CORS_ORIGINS" => None,
        "TOKEN_ISSUERS" => Some(ISSUERS.to_owned()),
        name => Some(name.to_owned()),
    });
    assert_eq!(config.unwrap().token_max_lifetime, default);
    let parameter = stack.parameter("TokenMaxLifetime");
    let bounds = number(&parameter["MinValue"])..=number(&parameter["MaxValue"]);
    assert_eq!(bounds, roster_http::limits::TOKEN_LIVES);
}

#[test]
fn the_function_of_the_api_outlives_the_request_that_gives_up() {
    let timeout = number(&Stack::new().properties("Api")["Timeout"]);
    assert!(timeout > roster_http::limits::REQUEST.as_secs());
}

#[test]
fn the_address_and_the_origins_are_parameters_and_may_be_left_out() {
    let variables = |given: &[(&str, &str)]| {
        let variables = Stack::with(given).properties("Api")["Environment"]["Variables"].clone();
        ["PUBLIC_URL", "CORS_ORIGINS"].map(|name| text(&variables[name]))
    };
    assert_eq!(variables(&[]), ["", ""]);
    let url = "https://directory.example.com";
    let origins = "https://app.example.com,https://admin.example.com";
    let given = variables(&[("PublicUrl", url), ("CorsOrigins", origins)]);
    assert_eq!(given, [url, origins]);
    roster_http::PublicUrl::parse(url).unwrap();
    roster_http::Cors::parse(origins).unwrap();
}

/// A browser asks with OPTIONS and without a token. API Gateway must neither answer that itself nor
/// keep it from the function, so that an answer is the same as on one's own machine.
#[test]
fn every_method_of_every_path_goes_to_the_function() {
    let stack = Stack::new();
    let routes = stack.of_type("AWS::ApiGatewayV2::Route");
    let [(_, route)] = routes.as_slice() else {
        unreachable!("one route")
    };
    assert_eq!(text(&route["RouteKey"]), "$default");
    assert_eq!(text(&route["Target"]), "integrations/<HttpApiIntegration>");
    assert!(route["AuthorizationType"].is_null());
    assert!(stack.properties("HttpApi")["CorsConfiguration"].is_null());

    let integration = stack.properties("HttpApiIntegration");
    assert_eq!(text(&integration["IntegrationType"]), "AWS_PROXY");
    assert_eq!(text(&integration["IntegrationUri"]), "<Api.Arn>");
    assert_eq!(text(&integration["PayloadFormatVersion"]), "2.0");
    let stage = stack.properties("HttpApiStage");
    assert_eq!(text(&stage["StageName"]), "$default");
    assert_eq!(stage["AutoDeploy"].as_bool(), Some(true));
    for part in [route, &integration, &stage] {
        assert_eq!(text(&part["ApiId"]), "<HttpApi>");
    }
}

#[test]
fn this_http_api_alone_may_invoke_the_function_of_the_api() {
    let permissions = Stack::new().of_type("AWS::Lambda::Permission");
    let [(_, permission)] = permissions.as_slice() else {
        unreachable!("one permission")
    };
    assert_eq!(text(&permission["FunctionName"]), "<Api>");
    assert_eq!(text(&permission["Principal"]), "apigateway.amazonaws.com");
    let source = text(&permission["SourceArn"]);
    assert!(source.ends_with(":<HttpApi>/*/*"), "{source}");
}

#[test]
fn a_sandbox_lets_no_caller_ask_as_much_as_the_stage_lets_through() {
    let settings = Stack::new().properties("HttpApiStage")["DefaultRouteSettings"].clone();
    let limits = roster_http::RateLimits::DEPLOYED;
    for quota in [limits.user, limits.service, limits.failures] {
        let each_second = u64::from(quota.units) / quota.window.as_secs();
        assert!(each_second < number(&settings["ThrottlingRateLimit"]));
    }
    assert!(u64::from(limits.user.units) < number(&settings["ThrottlingBurstLimit"]));
}
