//! How AWS is reached: by which profile, in which region.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread;

use tempfile::TempDir;

use crate::roster;

/// A server that refuses one request. Returns its URL, and what it was sent.
fn refusing() -> (String, thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = vec![0; 65_536];
        let length = stream.read(&mut request).unwrap();
        let refusal = "HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
        stream.write_all(refusal.as_bytes()).unwrap();
        String::from_utf8_lossy(&request[..length]).into_owned()
    });
    (url, server)
}

#[test]
fn the_profile_and_the_region_are_used_and_named_in_errors() {
    let folder = TempDir::new().unwrap();
    let (config, credentials) = (
        folder.path().join("config"),
        folder.path().join("credentials"),
    );
    std::fs::write(&config, "[profile audit]\nregion = ap-south-1\n").unwrap();
    let keys = "[audit]\naws_access_key_id = OFAUDIT\naws_secret_access_key = x\n";
    std::fs::write(&credentials, keys).unwrap();
    let get = &["get", "user", "ada", "--table", "roster"][..];
    let may = &["may", "ada", "members:read", "acme", "--table", "roster"];
    let dlq = &["dlq", "list", "--queue", "roster-events"];
    let send = &["send", "/dev/null", "--queue", "roster-events"];
    for ask in [get, may, dlq, send] {
        for (options, region, profile, key) in [
            (
                &["--profile", "audit"][..],
                "ap-south-1",
                "audit",
                "OFAUDIT",
            ),
            (
                &["--profile", "audit", "--region", "eu-west-3"],
                "eu-west-3",
                "audit",
                "OFAUDIT",
            ),
            (
                &["--region", "eu-west-3"],
                "eu-west-3",
                "default",
                "OFENVIRONMENT",
            ),
        ] {
            let (url, server) = refusing();
            let output = roster()
                .args([ask, options].concat())
                .env("AWS_CONFIG_FILE", &config)
                .env("AWS_SHARED_CREDENTIALS_FILE", &credentials)
                .env("AWS_ENDPOINT_URL", url)
                .env("AWS_ACCESS_KEY_ID", "OFENVIRONMENT")
                .env("AWS_SECRET_ACCESS_KEY", "x")
                .env("HTTP_PROXY", "")
                .env_remove("AWS_REGION")
                .env_remove("AWS_DEFAULT_REGION")
                .output()
                .unwrap();
            let told = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(2), "{told}");
            let named = format!("(region {region}, profile {profile}");
            assert!(told.contains(&named), "{named} in {told}");
            assert_eq!(told.lines().count(), 1, "{told}");
            let request = server.join().unwrap();
            let signed = format!("Credential={key}/");
            assert!(request.contains(&signed), "{signed} in {request}");
            assert!(request.contains(&format!("/{region}/")), "{request}");
        }
    }
}

#[test]
fn settings_that_nothing_would_use_are_refused() {
    for (ask, named_by) in [
        (&["get", "user", "ada"][..], "--table"),
        (&["may", "ada", "members:read", "acme"], "--table"),
        (&["dlq", "list"], "--queue"),
    ] {
        for options in [["--profile", "audit"], ["--region", "eu-west-3"]] {
            let output = roster()
                .args([ask, &options[..]].concat())
                .output()
                .unwrap();
            let told = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(2), "{told}");
            assert!(
                told.contains("--profile and --region are for AWS"),
                "{told}"
            );
            assert!(told.contains(named_by), "{told}");
        }
    }
}
