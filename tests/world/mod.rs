//! A service without sockets, with a frozen clock and a fixed seed, and a client for each cloud.
//! Behaviour tests use the trait [`Client`] and run once per dialect.

#![allow(dead_code)] // Each test binary uses a part of this file.

use std::sync::Arc;

use bytes::Bytes;
use idouble::internal::aws::{Aws, AwsSettings, Filters, Model};
use idouble::internal::dialect::{Dialect, Request, Response};
use idouble::internal::domain::{
    Clock, Directory, IdentityStore, RequestIds, StoreRules, Timestamp, UnknownStorePolicy,
};
use idouble::internal::faults::{self, DialectCatalog, Faults};
use idouble::internal::fixture::{self, Source};
use idouble::internal::huawei::{ErrorPrefix, Huawei, HuaweiSettings};
use idouble::internal::journal::JournalSettings;
use idouble::internal::scim::{Scim, ScimSettings};
use idouble::internal::service::Service;
use serde_json::{Value, json};

pub const STORE: &str = "d-1234567890";
pub const OTHER_STORE: &str = "d-abcdefabcd";
/// 2026-01-02T03:04:05.678Z
pub const NOW_MS: i64 = 1_767_323_045_678;

/// The settings of a [`World`].
pub struct WorldSettings {
    /// A fixture as TOML; without one, two empty stores.
    pub fixture: Option<String>,
    pub rules: StoreRules,
    pub unknown: UnknownStorePolicy,
    pub model: Model,
    pub filters: Filters,
    pub error_prefix: ErrorPrefix,
    pub scim: ScimSettings,
    pub journal: JournalSettings,
}

impl Default for WorldSettings {
    fn default() -> Self {
        Self {
            fixture: None,
            rules: StoreRules::default(),
            unknown: UnknownStorePolicy::Reject,
            model: Model::Current,
            filters: Filters::Accept,
            error_prefix: ErrorPrefix::Iic,
            scim: ScimSettings::default(),
            journal: JournalSettings::default(),
        }
    }
}

/// A service with all dialects.
pub struct World {
    pub service: Arc<Service>,
}

impl World {
    pub fn new() -> Self {
        Self::with(WorldSettings::default())
    }

    pub fn with(settings: WorldSettings) -> Self {
        let seed = 7;
        let stores = match &settings.fixture {
            Some(text) => {
                let options =
                    fixture::Options { seed, rules: settings.rules, ..Default::default() };
                fixture::load(&[Source::text("fixture", text.as_str())], &options)
                    .unwrap_or_else(|error| panic!("{error}"))
            }
            None => [STORE, OTHER_STORE]
                .map(|id| IdentityStore::new(id.into(), seed, settings.rules))
                .into(),
        };
        let directory = Directory::new(stores, seed, settings.rules, settings.unknown);
        let dialects: Vec<Box<dyn Dialect>> = vec![
            Box::new(Aws::new(AwsSettings {
                model: settings.model,
                filters: settings.filters,
                takes_moto_ids: settings.unknown == UnknownStorePolicy::Create,
                account_id: "123456789012".to_owned(),
            })),
            Box::new(Scim::new(settings.scim)),
            Box::new(Huawei::new(HuaweiSettings {
                error_prefix: settings.error_prefix,
                account_id: "5f2b1c0d9e8a4736b5c4d3e2f1a09b8c".to_owned(),
            })),
        ];
        let clock = Clock::frozen(Timestamp(NOW_MS));
        let catalog = DialectCatalog::from_dialects(dialects.iter().map(AsRef::as_ref));
        let fault_settings = faults::FaultSettings { catalog, ..faults::FaultSettings::default() };
        let faults = Faults::new(fault_settings, Vec::new(), clock.now()).expect("no rules");
        let request_ids = RequestIds::new(seed);
        let service =
            Service::new(dialects, directory, faults, settings.journal, clock, request_ids);
        Self { service: Arc::new(service) }
    }

    /// Names of all operations, such as `aws:CreateUser`.
    pub fn operations(&self) -> Vec<String> {
        let dialects = self.service.dialects();
        let names = dialects.flat_map(|dialect| {
            let routes = dialect.routes().iter();
            routes.map(|route| format!("{}:{}", dialect.name(), route.operation.name()))
        });
        names.collect()
    }

    /// Operation and status of every recorded request that reached an operation.
    pub fn journal_entries(&self) -> Vec<(String, u64)> {
        let journal = self.service.journal();
        let entries = journal.entries();
        let shown = entries.iter().map(|entry| journal.show(entry));
        let rows = shown.filter_map(|entry| {
            let (dialect, operation) = (entry.dialect, entry.operation?);
            Some((format!("{dialect}:{operation}"), entry.status?.into()))
        });
        rows.collect()
    }

    /// Sends one request and returns its response.
    pub fn send(&self, request: Request) -> Response {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        let response = runtime.expect("a runtime").block_on(self.service.respond(&request));
        response.unwrap_or_else(|faulted| faulted.response)
    }

    /// Calls an AWS operation and returns the body of the response, or the error.
    pub fn aws(&self, operation: &str, mut input: Value) -> Result<Value, Refused> {
        if input.get("IdentityStoreId").is_none() && operation != "ListIdentityStores" {
            input["IdentityStoreId"] = json!(STORE);
        }
        let target = format!("AWSIdentityStore.{operation}");
        let headers =
            [("x-amz-target", target.as_str()), ("content-type", "application/x-amz-json-1.1")];
        let response = self.send(request("POST", "/", &headers, input.to_string()));
        let status = response.status().as_u16();
        let body: Value = serde_json::from_slice(response.body()).expect("a JSON body");
        if status == 200 {
            return Ok(body);
        }
        let text = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
        let message = text("Message").or_else(|| text("message")).unwrap_or_default();
        Err(Refused { status, code: text("__type").unwrap_or_default(), message, body })
    }

    /// Calls a SCIM operation of the store's AWS tenant.
    pub fn scim(&self, method: &str, path: &str, body: Option<Value>) -> Result<Value, Refused> {
        let tenant = self.service.directory().aws_tenant(&STORE.into());
        let path = format!("/{tenant}/scim/v2{path}");
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        let headers = [("content-type", "application/scim+json")];
        let (status, body) = status_and_body(&self.send(request(method, &path, &headers, body)));
        if status < 300 {
            return Ok(body);
        }
        let message = body["detail"].as_str().unwrap_or_default().to_owned();
        Err(Refused { status, code: status.to_string(), message, body })
    }

    /// Calls a Huawei operation under the store's path.
    pub fn huawei(&self, method: &str, path: &str, body: Option<Value>) -> Result<Value, Refused> {
        let path = format!("/v1/identity-stores/{STORE}{path}");
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        let headers = [("content-type", "application/json")];
        let (status, body) = status_and_body(&self.send(request(method, &path, &headers, body)));
        if status < 300 {
            return Ok(body);
        }
        let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
        Err(Refused { status, code: text("error_code"), message: text("error_msg"), body })
    }
}

/// The attributes of a user that all dialects show.
#[derive(Debug, PartialEq, Eq, Clone)]
pub struct ShownUser {
    pub id: String,
    pub user_name: String,
    pub display_name: String,
    pub title: Option<String>,
    pub email: Option<String>,
    pub enabled: bool,
}

/// An error as a client sees it.
#[derive(Debug, PartialEq)]
pub struct Refused {
    pub status: u16,
    pub code: String,
    pub message: String,
    pub body: Value,
}

/// The kind of an error, common to both clouds.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub enum Why {
    Invalid,
    NotFound,
    Conflict,
    Quota,
    Other,
}

impl Refused {
    pub fn why(&self) -> Why {
        match self.code.as_str() {
            "ValidationException" | "SerializationException" | "IIC.400" => Why::Invalid,
            "ResourceNotFoundException" | "IIC.404" | "IIC.1308" => Why::NotFound,
            "ConflictException" | "IIC.1006" | "IIC.1007" => Why::Conflict,
            "ServiceQuotaExceededException" | "IIC.1350" | "IIC.1351" => Why::Quota,
            "400" => Why::Invalid,
            "404" => Why::NotFound,
            "409" => Why::Conflict,
            _ => Why::Other,
        }
    }
}

pub fn request(method: &str, target: &str, headers: &[(&str, &str)], body: String) -> Request {
    let mut builder =
        http::Request::builder().method(method).uri(target).header("host", "localhost");
    for (name, value) in headers {
        builder = builder.header(*name, *value);
    }
    let (head, ()) = builder.body(()).expect("a request").into_parts();
    Request::new(head, Bytes::from(body))
}

/// The operations that both clouds have. A user has a user name, display name and e-mail address.
pub trait Client {
    fn create_user(&self, name: &str) -> Result<String, Why>;
    fn user_name(&self, id: &str) -> Result<String, Why>;
    fn show(&self, id: &str) -> Result<ShownUser, Why>;
    fn rename(&self, id: &str, name: &str) -> Result<(), Why>;
    fn set_display_name(&self, id: &str, text: &str) -> Result<(), Why>;
    /// Updates a user with a valid operation followed by an invalid one.
    fn set_title_and_break(&self, id: &str, title: &str) -> Result<(), Why>;
    fn set_title(&self, id: &str, title: Option<&str>) -> Result<(), Why>;
    fn title(&self, id: &str) -> Result<Option<String>, Why>;
    fn delete_user(&self, id: &str) -> Result<(), Why>;
    fn find_user(&self, name: &str) -> Result<String, Why>;
    /// The names of one page, and the token of the next page.
    fn list_users(
        &self,
        limit: usize,
        token: Option<&str>,
    ) -> Result<(Vec<String>, Option<String>), Why>;
    fn create_group(&self, name: &str) -> Result<String, Why>;
    fn find_group(&self, name: &str) -> Result<String, Why>;
    fn delete_group(&self, id: &str) -> Result<(), Why>;
    fn rename_group(&self, id: &str, name: &str) -> Result<(), Why>;
    fn join(&self, group: &str, user: &str) -> Result<String, Why>;
    fn leave(&self, membership: &str) -> Result<(), Why>;
    /// Ids of users in a group.
    fn members(&self, group: &str) -> Result<Vec<String>, Why>;
    /// Ids of groups that a user is in.
    fn groups_of(&self, user: &str) -> Result<Vec<String>, Why>;
    fn is_member(&self, user: &str, groups: &[&str]) -> Result<Vec<bool>, Why>;
    fn find_membership(&self, group: &str, user: &str) -> Result<String, Why>;
    /// Whether deleting an unknown resource succeeds.
    fn deletes_twice(&self) -> bool;

    /// Whether user names that differ in case only are equal.
    fn ignores_case(&self) -> bool {
        false
    }
}

pub struct AwsClient<'a>(pub &'a World);
pub struct HuaweiClient<'a>(pub &'a World);

/// Runs a test once per dialect, with a new world each time.
pub fn in_both(behaviour: impl Fn(&dyn Client)) {
    behaviour(&AwsClient(&World::new()));
    behaviour(&HuaweiClient(&World::new()));
}

/// The status and the JSON body of a response; null if it has no body.
fn status_and_body(response: &Response) -> (u16, Value) {
    let body = match response.body().is_empty() {
        true => Value::Null,
        false => serde_json::from_slice(response.body()).expect("a JSON body"),
    };
    (response.status().as_u16(), body)
}

fn text(body: &Value, name: &str) -> String {
    body[name].as_str().unwrap_or_default().to_owned()
}

fn texts(body: &Value, list: &str, pick: impl Fn(&Value) -> &Value) -> Vec<String> {
    let items = body[list].as_array().cloned().unwrap_or_default();
    items.iter().map(|item| pick(item).as_str().unwrap_or_default().to_owned()).collect()
}

impl AwsClient<'_> {
    fn call(&self, operation: &str, input: Value) -> Result<Value, Why> {
        self.0.aws(operation, input).map_err(|refused| refused.why())
    }

    fn update(&self, id: &str, operations: Value) -> Result<(), Why> {
        self.call("UpdateUser", json!({"UserId": id, "Operations": operations})).map(|_| ())
    }
}

impl Client for AwsClient<'_> {
    fn create_user(&self, name: &str) -> Result<String, Why> {
        let input = json!({
            "UserName": name,
            "DisplayName": name,
            "Name": {"GivenName": "G", "FamilyName": "F"},
            "Emails": [{"Value": format!("{name}@example.com"), "Type": "work", "Primary": true}],
        });
        self.call("CreateUser", input).map(|body| text(&body, "UserId"))
    }

    fn user_name(&self, id: &str) -> Result<String, Why> {
        self.call("DescribeUser", json!({"UserId": id})).map(|body| text(&body, "UserName"))
    }

    fn show(&self, id: &str) -> Result<ShownUser, Why> {
        let body = self.call("DescribeUser", json!({"UserId": id}))?;
        Ok(ShownUser {
            id: text(&body, "UserId"),
            user_name: text(&body, "UserName"),
            display_name: text(&body, "DisplayName"),
            title: body["Title"].as_str().map(str::to_owned),
            email: body["Emails"][0]["Value"].as_str().map(str::to_owned),
            enabled: body["UserStatus"] == json!("ENABLED"),
        })
    }

    fn rename(&self, id: &str, name: &str) -> Result<(), Why> {
        self.update(id, json!([{"AttributePath": "userName", "AttributeValue": name}]))
    }

    fn set_display_name(&self, id: &str, text: &str) -> Result<(), Why> {
        self.update(id, json!([{"AttributePath": "displayName", "AttributeValue": text}]))
    }

    fn set_title_and_break(&self, id: &str, title: &str) -> Result<(), Why> {
        let steps = json!([
            {"AttributePath": "title", "AttributeValue": title},
            {"AttributePath": "displayName", "AttributeValue": ""},
        ]);
        self.update(id, steps)
    }

    fn set_title(&self, id: &str, title: Option<&str>) -> Result<(), Why> {
        self.update(id, json!([{"AttributePath": "title", "AttributeValue": title}]))
    }

    fn title(&self, id: &str) -> Result<Option<String>, Why> {
        let body = self.call("DescribeUser", json!({"UserId": id}))?;
        Ok(body.get("Title").and_then(Value::as_str).map(str::to_owned))
    }

    fn delete_user(&self, id: &str) -> Result<(), Why> {
        self.call("DeleteUser", json!({"UserId": id})).map(|_| ())
    }

    fn find_user(&self, name: &str) -> Result<String, Why> {
        let unique = json!({"AttributePath": "userName", "AttributeValue": name});
        let input = json!({"AlternateIdentifier": {"UniqueAttribute": unique}});
        self.call("GetUserId", input).map(|body| text(&body, "UserId"))
    }

    fn list_users(
        &self,
        limit: usize,
        token: Option<&str>,
    ) -> Result<(Vec<String>, Option<String>), Why> {
        let body = self.call("ListUsers", json!({"MaxResults": limit, "NextToken": token}))?;
        let next = body.get("NextToken").and_then(Value::as_str).map(str::to_owned);
        Ok((texts(&body, "Users", |user| &user["UserName"]), next))
    }

    fn create_group(&self, name: &str) -> Result<String, Why> {
        self.call("CreateGroup", json!({"DisplayName": name})).map(|body| text(&body, "GroupId"))
    }

    fn find_group(&self, name: &str) -> Result<String, Why> {
        let unique = json!({"AttributePath": "displayName", "AttributeValue": name});
        let input = json!({"AlternateIdentifier": {"UniqueAttribute": unique}});
        self.call("GetGroupId", input).map(|body| text(&body, "GroupId"))
    }

    fn delete_group(&self, id: &str) -> Result<(), Why> {
        self.call("DeleteGroup", json!({"GroupId": id})).map(|_| ())
    }

    fn rename_group(&self, id: &str, name: &str) -> Result<(), Why> {
        let steps = json!([{"AttributePath": "displayName", "AttributeValue": name}]);
        self.call("UpdateGroup", json!({"GroupId": id, "Operations": steps})).map(|_| ())
    }

    fn join(&self, group: &str, user: &str) -> Result<String, Why> {
        let input = json!({"GroupId": group, "MemberId": {"UserId": user}});
        self.call("CreateGroupMembership", input).map(|body| text(&body, "MembershipId"))
    }

    fn leave(&self, membership: &str) -> Result<(), Why> {
        self.call("DeleteGroupMembership", json!({"MembershipId": membership})).map(|_| ())
    }

    fn members(&self, group: &str) -> Result<Vec<String>, Why> {
        let body = self.call("ListGroupMemberships", json!({"GroupId": group}))?;
        Ok(texts(&body, "GroupMemberships", |item| &item["MemberId"]["UserId"]))
    }

    fn groups_of(&self, user: &str) -> Result<Vec<String>, Why> {
        let input = json!({"MemberId": {"UserId": user}});
        let body = self.call("ListGroupMembershipsForMember", input)?;
        Ok(texts(&body, "GroupMemberships", |item| &item["GroupId"]))
    }

    fn is_member(&self, user: &str, groups: &[&str]) -> Result<Vec<bool>, Why> {
        let input = json!({"MemberId": {"UserId": user}, "GroupIds": groups});
        let body = self.call("IsMemberInGroups", input)?;
        let results = body["Results"].as_array().cloned().unwrap_or_default();
        Ok(results.iter().map(|item| item["MembershipExists"] == json!(true)).collect())
    }

    fn find_membership(&self, group: &str, user: &str) -> Result<String, Why> {
        let input = json!({"GroupId": group, "MemberId": {"UserId": user}});
        self.call("GetGroupMembershipId", input).map(|body| text(&body, "MembershipId"))
    }

    fn deletes_twice(&self) -> bool {
        true
    }
}

impl HuaweiClient<'_> {
    fn call(&self, method: &str, path: &str, body: Option<Value>) -> Result<Value, Why> {
        self.0.huawei(method, path, body).map_err(|refused| refused.why())
    }

    fn update(&self, id: &str, operations: Value) -> Result<(), Why> {
        let body = json!({"operations": operations});
        self.call("PUT", &format!("/users/{id}"), Some(body)).map(|_| ())
    }
}

impl Client for HuaweiClient<'_> {
    fn create_user(&self, name: &str) -> Result<String, Why> {
        let body = json!({
            "user_name": name,
            "display_name": name,
            "name": {"given_name": "G", "family_name": "F"},
            "emails": [{"value": format!("{name}@example.com"), "type": "work", "primary": true}],
            "password_mode": "EMAIL",
        });
        self.call("POST", "/users", Some(body)).map(|body| text(&body, "user_id"))
    }

    fn user_name(&self, id: &str) -> Result<String, Why> {
        self.call("GET", &format!("/users/{id}"), None).map(|body| text(&body, "user_name"))
    }

    fn show(&self, id: &str) -> Result<ShownUser, Why> {
        let body = self.call("GET", &format!("/users/{id}"), None)?;
        Ok(ShownUser {
            id: text(&body, "user_id"),
            user_name: text(&body, "user_name"),
            display_name: text(&body, "display_name"),
            title: body["title"].as_str().map(str::to_owned),
            email: body["emails"][0]["value"].as_str().map(str::to_owned),
            enabled: body["enabled"] == json!(true),
        })
    }

    fn rename(&self, id: &str, name: &str) -> Result<(), Why> {
        self.update(id, json!([{"attribute_path": "user_name", "attribute_value": name}]))
    }

    fn set_display_name(&self, id: &str, text: &str) -> Result<(), Why> {
        self.update(id, json!([{"attribute_path": "display_name", "attribute_value": text}]))
    }

    fn set_title_and_break(&self, id: &str, title: &str) -> Result<(), Why> {
        let steps = json!([
            {"attribute_path": "title", "attribute_value": title},
            {"attribute_path": "display_name", "attribute_value": ""},
        ]);
        self.update(id, steps)
    }

    fn set_title(&self, id: &str, title: Option<&str>) -> Result<(), Why> {
        self.update(id, json!([{"attribute_path": "title", "attribute_value": title}]))
    }

    fn title(&self, id: &str) -> Result<Option<String>, Why> {
        let body = self.call("GET", &format!("/users/{id}"), None)?;
        Ok(body.get("title").and_then(Value::as_str).map(str::to_owned))
    }

    fn delete_user(&self, id: &str) -> Result<(), Why> {
        self.call("DELETE", &format!("/users/{id}"), None).map(|_| ())
    }

    fn find_user(&self, name: &str) -> Result<String, Why> {
        let unique = json!({"attribute_path": "user_name", "attribute_value": name});
        let body = json!({"alternate_identifier": {"unique_attribute": unique}});
        self.call("POST", "/users/retrieve-user-id", Some(body)).map(|body| text(&body, "user_id"))
    }

    fn list_users(
        &self,
        limit: usize,
        token: Option<&str>,
    ) -> Result<(Vec<String>, Option<String>), Why> {
        let marker = token.map(|token| format!("&marker={token}")).unwrap_or_default();
        let body = self.call("GET", &format!("/users?limit={limit}{marker}"), None)?;
        let next = body["page_info"]["next_marker"].as_str().map(str::to_owned);
        Ok((texts(&body, "users", |user| &user["user_name"]), next))
    }

    fn create_group(&self, name: &str) -> Result<String, Why> {
        let body = self.call("POST", "/groups", Some(json!({"display_name": name})))?;
        Ok(text(&body, "group_id"))
    }

    fn find_group(&self, name: &str) -> Result<String, Why> {
        let unique = json!({"attribute_path": "display_name", "attribute_value": name});
        let body = json!({"alternate_identifier": {"unique_attribute": unique}});
        let body = self.call("POST", "/groups/retrieve-group-id", Some(body))?;
        Ok(text(&body, "group_id"))
    }

    fn delete_group(&self, id: &str) -> Result<(), Why> {
        self.call("DELETE", &format!("/groups/{id}"), None).map(|_| ())
    }

    fn rename_group(&self, id: &str, name: &str) -> Result<(), Why> {
        let steps = json!([{"attribute_path": "display_name", "attribute_value": name}]);
        let body = json!({"operations": steps});
        self.call("PUT", &format!("/groups/{id}"), Some(body)).map(|_| ())
    }

    fn join(&self, group: &str, user: &str) -> Result<String, Why> {
        let body = json!({"group_id": group, "member_id": {"user_id": user}});
        let body = self.call("POST", "/group-memberships", Some(body))?;
        Ok(text(&body, "membership_id"))
    }

    fn leave(&self, membership: &str) -> Result<(), Why> {
        self.call("DELETE", &format!("/group-memberships/{membership}"), None).map(|_| ())
    }

    fn members(&self, group: &str) -> Result<Vec<String>, Why> {
        let body = self.call("GET", &format!("/group-memberships?group_id={group}"), None)?;
        Ok(texts(&body, "group_memberships", |item| &item["member_id"]["user_id"]))
    }

    fn groups_of(&self, user: &str) -> Result<Vec<String>, Why> {
        let path = format!("/group-memberships-for-member?user_id={user}");
        let body = self.call("GET", &path, None)?;
        Ok(texts(&body, "group_memberships", |item| &item["group_id"]))
    }

    fn is_member(&self, user: &str, groups: &[&str]) -> Result<Vec<bool>, Why> {
        let body = json!({"member_id": {"user_id": user}, "group_ids": groups});
        let body = self.call("POST", "/is-member-in-groups", Some(body))?;
        let results = body["results"].as_array().cloned().unwrap_or_default();
        Ok(results.iter().map(|item| item["membership_exists"] == json!(true)).collect())
    }

    fn find_membership(&self, group: &str, user: &str) -> Result<String, Why> {
        let body = json!({"group_id": group, "member_id": {"user_id": user}});
        let path = "/group-memberships/retrieve-group-membership-id";
        self.call("POST", path, Some(body)).map(|body| text(&body, "membership_id"))
    }

    fn deletes_twice(&self) -> bool {
        false
    }
}

pub struct ScimClient<'a>(pub &'a World);

impl ScimClient<'_> {
    fn call(&self, method: &str, path: &str, body: Option<Value>) -> Result<Value, Why> {
        self.0.scim(method, path, body).map_err(|refused| refused.why())
    }

    fn patch(&self, path: &str, operations: Value) -> Result<(), Why> {
        let schemas = ["urn:ietf:params:scim:api:messages:2.0:PatchOp"];
        let body = json!({"schemas": schemas, "Operations": operations});
        self.call("PATCH", path, Some(body)).map(|_| ())
    }

    fn replace(&self, id: &str, path: &str, value: Value) -> Result<(), Why> {
        let step = json!([{"op": "replace", "path": path, "value": value}]);
        self.patch(&format!("/Users/{id}"), step)
    }

    /// The ids of all resources that meet a filter.
    fn find_all(&self, collection: &str, filter: &str) -> Result<Vec<String>, Why> {
        let filter: String = form_urlencoded::byte_serialize(filter.as_bytes()).collect();
        let body = self.call("GET", &format!("/{collection}?filter={filter}"), None)?;
        Ok(texts(&body, "Resources", |resource| &resource["id"]))
    }

    fn find(&self, collection: &str, filter: &str) -> Result<String, Why> {
        self.find_all(collection, filter)?.pop().ok_or(Why::NotFound)
    }
}

impl Client for ScimClient<'_> {
    fn create_user(&self, name: &str) -> Result<String, Why> {
        let body = json!({
            "userName": name,
            "displayName": name,
            "active": true,
            "name": {"givenName": "G", "familyName": "F"},
            "emails": [{"value": format!("{name}@example.com"), "type": "work", "primary": true}],
        });
        self.call("POST", "/Users", Some(body)).map(|body| text(&body, "id"))
    }

    fn user_name(&self, id: &str) -> Result<String, Why> {
        self.show(id).map(|user| user.user_name)
    }

    fn show(&self, id: &str) -> Result<ShownUser, Why> {
        let body = self.call("GET", &format!("/Users/{id}"), None)?;
        Ok(ShownUser {
            id: text(&body, "id"),
            user_name: text(&body, "userName"),
            display_name: text(&body, "displayName"),
            title: body["title"].as_str().map(str::to_owned),
            email: body["emails"][0]["value"].as_str().map(str::to_owned),
            enabled: body["active"] == json!(true),
        })
    }

    fn rename(&self, id: &str, name: &str) -> Result<(), Why> {
        self.replace(id, "userName", json!(name))
    }

    fn set_display_name(&self, id: &str, text: &str) -> Result<(), Why> {
        self.replace(id, "displayName", json!(text))
    }

    fn set_title_and_break(&self, id: &str, title: &str) -> Result<(), Why> {
        let steps = json!([
            {"op": "replace", "path": "title", "value": title},
            {"op": "replace", "path": "displayName", "value": ""},
        ]);
        self.patch(&format!("/Users/{id}"), steps)
    }

    fn set_title(&self, id: &str, title: Option<&str>) -> Result<(), Why> {
        match title {
            Some(title) => self.replace(id, "title", json!(title)),
            None => self.patch(&format!("/Users/{id}"), json!([{"op": "remove", "path": "title"}])),
        }
    }

    fn title(&self, id: &str) -> Result<Option<String>, Why> {
        self.show(id).map(|user| user.title)
    }

    fn delete_user(&self, id: &str) -> Result<(), Why> {
        self.call("DELETE", &format!("/Users/{id}"), None).map(|_| ())
    }

    fn find_user(&self, name: &str) -> Result<String, Why> {
        self.find("Users", &format!("userName eq \"{name}\""))
    }

    fn list_users(
        &self,
        limit: usize,
        token: Option<&str>,
    ) -> Result<(Vec<String>, Option<String>), Why> {
        let cursor = token.unwrap_or_default();
        let body = self.call("GET", &format!("/Users?count={limit}&cursor={cursor}"), None)?;
        let next = body["nextCursor"].as_str().map(str::to_owned);
        Ok((texts(&body, "Resources", |user| &user["userName"]), next))
    }

    fn create_group(&self, name: &str) -> Result<String, Why> {
        let body = json!({"displayName": name});
        self.call("POST", "/Groups", Some(body)).map(|body| text(&body, "id"))
    }

    fn find_group(&self, name: &str) -> Result<String, Why> {
        self.find("Groups", &format!("displayName eq \"{name}\""))
    }

    fn delete_group(&self, id: &str) -> Result<(), Why> {
        self.call("DELETE", &format!("/Groups/{id}"), None).map(|_| ())
    }

    fn rename_group(&self, id: &str, name: &str) -> Result<(), Why> {
        let step = json!([{"op": "replace", "path": "displayName", "value": name}]);
        self.patch(&format!("/Groups/{id}"), step)
    }

    /// Returns `group/user`: SCIM has no ids of memberships.
    fn join(&self, group: &str, user: &str) -> Result<String, Why> {
        let step = json!([{"op": "add", "path": "members", "value": [{"value": user}]}]);
        self.patch(&format!("/Groups/{group}"), step)?;
        Ok(format!("{group}/{user}"))
    }

    fn leave(&self, membership: &str) -> Result<(), Why> {
        let (group, user) = membership.split_once('/').ok_or(Why::Other)?;
        let step = json!([{"op": "remove", "path": "members", "value": [{"value": user}]}]);
        self.patch(&format!("/Groups/{group}"), step)
    }

    fn members(&self, group: &str) -> Result<Vec<String>, Why> {
        self.find_all("Users", &format!("groups.value eq \"{group}\""))
    }

    fn groups_of(&self, user: &str) -> Result<Vec<String>, Why> {
        self.find_all("Groups", &format!("members.value eq \"{user}\""))
    }

    fn is_member(&self, user: &str, groups: &[&str]) -> Result<Vec<bool>, Why> {
        let found = groups.iter().map(|group| {
            let filter = format!("id eq \"{group}\" and members eq \"{user}\"");
            Ok(!self.find_all("Groups", &filter)?.is_empty())
        });
        found.collect()
    }

    fn find_membership(&self, group: &str, user: &str) -> Result<String, Why> {
        match self.is_member(user, &[group])?.as_slice() {
            [true] => Ok(format!("{group}/{user}")),
            _ => Err(Why::NotFound),
        }
    }

    fn deletes_twice(&self) -> bool {
        false
    }

    fn ignores_case(&self) -> bool {
        true
    }
}
