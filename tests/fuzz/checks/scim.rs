//! SCIM: filters, paths of patches, and bodies of patches.

use idouble::internal::dialect::Response;
use idouble::internal::fixture::{self, Options, Source};
use idouble::internal::scim::{check_filter, check_path};
use serde_json::{Value as Json, json};

use crate::world::{STORE, World, WorldSettings, request};

const USER: &str = "00000000-0000-7000-8000-0000000000a1";
const GROUP: &str = "00000000-0000-7000-8000-00000000001a";

const FIXTURE: &str = r#"
[[store]]
id = "d-1234567890"

[[store.user]]
id = "00000000-0000-7000-8000-0000000000a1"
user_name = "ada"
display_name = "Ada Byron"
name = { given_name = "Ada", family_name = "Byron" }
emails = [{ value = "ada@example.com", type = "work", primary = true }]
enterprise = { department = "Ops" }

[[store.user]]
id = "00000000-0000-7000-8000-0000000000b2"
user_name = "bob"
display_name = "Bob Stone"
name = { given_name = "Bob", family_name = "Stone" }

[[store.group]]
id = "00000000-0000-7000-8000-00000000001a"
display_name = "admins"
members = ["ada"]
"#;

thread_local! {
    static WORLD: World = World::with(WorldSettings {
        fixture: Some(FIXTURE.to_owned()),
        ..WorldSettings::default()
    });
}

/// No text causes a panic. A filter or path that was parsed is the same after it is printed and parsed again.
/// A text is served or rejected as a filter, as the path of a patch, and as its body.
pub fn check(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else { return };
    let (is_filter, is_path) = (check_filter(text), check_path(text));
    WORLD.with(|world| {
        if is_filter {
            check_find(world, text);
        }
        if is_path {
            for (op, value) in [("add", json!("x")), ("replace", json!({"value": "x"}))] {
                let operation = json!({"op": op, "path": text, "value": value});
                check_patch(world, &json!({ "Operations": [operation] }).to_string());
            }
            let operation = json!({"op": "remove", "path": text});
            check_patch(world, &json!({ "Operations": [operation] }).to_string());
        }
        if text.starts_with('{') {
            check_patch(world, text);
        }
    });
}

/// The paths of the store as AWS and as the RFCs serve it.
fn bases(world: &World) -> [String; 2] {
    let directory = world.service.directory();
    let store = STORE.into();
    [directory.aws_tenant(&store), directory.rfc_tenant(&store)]
        .map(|tenant| format!("/{tenant}/scim/v2"))
}

fn send(world: &World, method: &str, path: &str, body: &str) -> Response {
    let headers = [("content-type", "application/scim+json")];
    world.send(request(method, path, &headers, body.to_owned()))
}

fn check_find(world: &World, filter: &str) {
    let escaped: String = filter.bytes().map(|byte| format!("%{byte:02X}")).collect();
    for base in bases(world) {
        for list in ["Users", "Groups"] {
            let found = send(world, "GET", &format!("{base}/{list}?filter={escaped}"), "");
            assert_served(filter, &found);
        }
    }
}

/// A rejected patch changes nothing; a store with an accepted one can be exported and loaded.
fn check_patch(world: &World, body: &str) {
    let former = export(world);
    for base in bases(world) {
        for path in [format!("{base}/Users/{USER}"), format!("{base}/Groups/{GROUP}")] {
            let patched = send(world, "PATCH", &path, body);
            assert_served(body, &patched);
            let current = export(world);
            if patched.status().is_success() {
                let loaded =
                    fixture::load(&[Source::text("export", current.as_str())], &Options::default());
                loaded.unwrap_or_else(|error| panic!("{body}\n{error}\n{current}"));
                let shown = send(world, "GET", &path, "");
                assert_eq!(shown.status(), 200, "{body}");
                world.service.reset();
            } else {
                assert_eq!(current, former, "{body}");
            }
        }
    }
}

fn assert_served(input: &str, response: &Response) {
    let status = response.status().as_u16();
    let body: Json = serde_json::from_slice(response.body()).unwrap_or_default();
    match status {
        200 | 204 => {}
        400 | 404 | 409 => {
            assert!(body["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{body}");
        }
        _ => panic!("{input}\n{status} {body}"),
    }
}

fn export(world: &World) -> String {
    fixture::export_json(&world.service.directory().current_stores())
}
