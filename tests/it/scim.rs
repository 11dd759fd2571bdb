//! SCIM through a server: the preset of AWS's rates, and the journal.

use idouble::Emulator;
use serde_json::json;

use crate::common::Client;

fn start() -> (Emulator, Client, String) {
    let builder = Emulator::builder().preset("aws-limits").clock_frozen("2026-01-02T03:04:05Z");
    let emulator = builder.start().expect("an emulator starts");
    let mut client = Client::of(emulator.endpoint());
    let stores = client.control("GET /stores", "").json();
    let path = stores["stores"][0]["scim_path"].as_str().expect("a path").to_owned();
    (emulator, client, path)
}

#[test]
fn aws_limits_allows_25_writes_and_40_reads_a_second_for_each_operation() {
    let (_emulator, mut client, path) = start();
    let headers = [("Content-Type", "application/scim+json")];
    for number in 0..25 {
        let group = json!({"displayName": format!("group {number}")}).to_string();
        let made = client.request(&format!("POST {path}Groups"), &headers, group.as_bytes());
        assert_eq!(made.status, 201, "{made:?}");
    }
    let refused =
        client.request(&format!("POST {path}Groups"), &headers, br#"{"displayName":"one more"}"#);
    assert_eq!(refused.status, 429, "{refused:?}");
    let body = refused.json();
    assert_eq!(body["status"], "429");
    assert_eq!(body["schema"], json!(["urn:ietf:params:scim:api:messages:2.0:Error"]));
    // Another operation has its own rate.
    for _ in 0..40 {
        assert_eq!(client.request(&format!("GET {path}Groups"), &[], b"").status, 200);
    }
    assert_eq!(client.request(&format!("GET {path}Groups"), &[], b"").status, 429);

    let count = "GET /journal/count?operation=CreateGroup&status=429";
    assert_eq!(client.control(count, "").json(), json!({"count": 1}));
    let metrics = client.request("GET /_idouble/metrics", &[], b"").text().to_owned();
    assert!(metrics.contains("CreateGroup"), "{metrics}");
}
