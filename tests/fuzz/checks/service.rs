//! Sequences of requests in all dialects.
//!
//! An input has a request in each line: `AWS CreateUser {…}`, or method, path and body, as in
//! `POST ~/users {…}`. `~` is the path of the store. `@0` to `@9` are ids and page tokens of earlier
//! responses, in the order of their first appearance.

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderValue, Method, Uri};
use idouble::internal::dialect::{Request, Response};
use idouble::internal::fixture::{self, Options, Source};
use serde_json::Value as Json;

use crate::world::{STORE, World};

/// The most requests of a sequence.
const REQUESTS_MAX: usize = 40;

/// The types of AWS errors. Source: the model of AWS Identity Store, and its common errors.
const AWS_ERRORS: [&str; 8] = [
    "AccessDeniedException",
    "ConflictException",
    "ResourceNotFoundException",
    "SerializationException",
    "ServiceQuotaExceededException",
    "ThrottlingException",
    "UnknownOperationException",
    "ValidationException",
];

/// No request fails in the server, errors have the form of the dialect, a rejection changes nothing, names are
/// unique, and the export loads with the same stores.
pub fn check(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else { return };
    let world = World::new();
    let mut ids = Vec::new();
    let mut before = export(&world);
    for line in text.lines().take(REQUESTS_MAX) {
        let line = with_ids(line, &ids);
        let Some(response) = send(&world, &line) else { continue };
        let after = export(&world);
        check_response(&line, &response, before == after);
        before = after;
        if let Ok(body) = serde_json::from_slice(response.body()) {
            collect_ids(&body, &mut ids);
        }
    }
    check_names(&before);
    let stores = fixture::load(&[Source::text("export", before.as_str())], &Options::default());
    let stores = stores.unwrap_or_else(|error| panic!("{error}\n{before}"));
    let stores: Vec<_> = stores.into_iter().map(Arc::new).collect();
    assert_eq!(fixture::export_json(&stores), before);
    // Every entry of the journal can be shown.
    world.journal_entries();
}

/// Sends the request in a line; `None` if HTTP has no such request. Delays take no time.
pub fn send(world: &World, line: &str) -> Option<Response> {
    let request = parse(line)?;
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_time().start_paused(true).build().expect("a runtime");
    let response = runtime.block_on(world.service.respond(&request));
    Some(response.unwrap_or_else(|faulted| faulted.response))
}

fn parse(line: &str) -> Option<Request> {
    let (method, rest) = line.split_once(' ')?;
    let (target, body) = rest.split_once(' ').unwrap_or((rest, ""));
    let builder = http::Request::builder().header("host", "localhost");
    let (builder, body) = if method == "AWS" {
        let operation = match target.contains('.') {
            true => target.to_owned(),
            false => format!("AWSIdentityStore.{target}"),
        };
        // Of duplicate keys the last counts, so that a body may name another store.
        let body = match body.strip_prefix('{').map(str::trim_start) {
            Some("}") => format!("{{\"IdentityStoreId\":\"{STORE}\"}}"),
            Some(rest) => format!("{{\"IdentityStoreId\":\"{STORE}\",{rest}"),
            None => body.to_owned(),
        };
        let builder = builder.method(Method::POST).uri("/");
        let builder = builder.header("content-type", "application/x-amz-json-1.1");
        (builder.header("x-amz-target", HeaderValue::from_str(&operation).ok()?), body)
    } else {
        let method: Method = method.parse().ok()?;
        let path = match target.strip_prefix('~') {
            Some(path) => format!("/v1/identity-stores/{STORE}{path}"),
            None => target.to_owned(),
        };
        let uri: Uri = path.parse().ok().filter(|_| path.starts_with('/'))?;
        let content_type = match body.starts_with(['{', '[', '"']) {
            true => "application/json",
            false => "application/x-www-form-urlencoded",
        };
        (builder.method(method).uri(uri).header("content-type", content_type), body.to_owned())
    };
    let (head, ()) = builder.body(()).ok()?.into_parts();
    Some(Request::new(head, Bytes::from(body)))
}

/// Replaces `@0` to `@9` by ids.
fn with_ids(line: &str, ids: &[String]) -> String {
    let mut parts = line.split('@');
    let mut replaced = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digit = part.chars().next().and_then(|digit| digit.to_digit(10));
        match digit.and_then(|digit| ids.get(digit as usize % ids.len().max(1))) {
            Some(id) => replaced.extend([id, &part[1..]]),
            None => replaced.extend(["@", part]),
        }
    }
    replaced
}

/// Adds the ids and page tokens in a response.
fn collect_ids(body: &Json, ids: &mut Vec<String>) {
    match body {
        Json::Object(members) => {
            for (name, value) in members {
                let is_id = ["Id", "_id", "Token", "_marker"].iter().any(|end| name.ends_with(end));
                let of_store = ["IdentityStoreId", "identity_store_id", "request_id", "RequestId"];
                match value.as_str() {
                    Some(id) if is_id && !of_store.contains(&name.as_str()) => {
                        if !ids.iter().any(|known| known == id) {
                            ids.push(id.to_owned());
                        }
                    }
                    _ => collect_ids(value, ids),
                }
            }
        }
        Json::Array(list) => list.iter().for_each(|value| collect_ids(value, ids)),
        _ => {}
    }
}

fn check_response(line: &str, response: &Response, is_unchanged: bool) {
    let status = response.status().as_u16();
    let shown = String::from_utf8_lossy(response.body());
    assert!(status < 500, "{line}\n{status} {shown}");
    if status < 400 {
        return;
    }
    assert!(is_unchanged, "a rejected request changed a store: {line}\n{status} {shown}");
    // Services of AWS that speak JSON get JSON, all others XML.
    let roots = ["<AccessDeniedException>", "<ErrorResponse ", "<Error>"];
    let is_xml = roots.iter().any(|root| shown.starts_with(root));
    if is_xml && !line.starts_with("AWS ") {
        return;
    }
    let body: Json = serde_json::from_slice(response.body())
        .unwrap_or_else(|error| panic!("{line}\n{status} {shown}\n{error}"));
    let text = |name: &str| body[name].as_str();
    let is_aws = text("__type").is_some_and(|kind| AWS_ERRORS.contains(&kind));
    let is_huawei_code = |code: &str| {
        let number = code.strip_prefix("IIC.").or_else(|| code.strip_prefix("APIGW."));
        number.is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let is_huawei = text("error_code").is_some_and(is_huawei_code)
        && text("error_msg").is_some_and(|message| !message.is_empty())
        && text("request_id").is_some_and(|id| !id.is_empty());
    // Only SCIM's paths lead to errors of this form.
    let is_scim = body["schemas"][0] == "urn:ietf:params:scim:api:messages:2.0:Error"
        && text("detail").is_some_and(|detail| !detail.is_empty())
        && body["status"].as_u64().or_else(|| text("status")?.parse().ok()) == Some(status.into());
    let is_modelled =
        if line.starts_with("AWS ") { is_aws } else { is_aws || is_huawei || is_scim };
    assert!(is_modelled, "{line}\n{status} {shown}");
}

/// Names are unique in a store.
fn check_names(export: &str) {
    let stores: Json = serde_json::from_str(export).expect("an export is JSON");
    for store in stores["store"].as_array().into_iter().flatten() {
        for (list, name) in [("user", "user_name"), ("group", "display_name")] {
            let resources = store[list].as_array().into_iter().flatten();
            let names: Vec<_> = resources.filter_map(|resource| resource[name].as_str()).collect();
            let distinct: BTreeSet<_> = names.iter().collect();
            assert_eq!(names.len(), distinct.len(), "{names:?}");
        }
    }
}

fn export(world: &World) -> String {
    fixture::export_json(&world.service.directory().current_stores())
}
