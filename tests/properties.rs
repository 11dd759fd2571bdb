//! Property tests over random sequences of calls and random values.
//!
//! proptest prints the seed of a failure; `PROPTEST_RNG_SEED=…` repeats it.

mod world;

use std::collections::{BTreeMap, BTreeSet};

use idouble::internal::dialect::Json as BorrowedJson;
use idouble::internal::dialect::shape::MemberAccess;
use idouble::internal::dialect::{
    DecodeRules, FieldPath, KeyCase, MemberKind, Nulls, Response, Shape, UnknownKeys, ValueTypes,
    Violations, json_writer as writer,
};
use idouble::internal::domain::{Attribute, AttributeValue, Attributes};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use serde_json::{Value as Json, json};
use world::{AwsClient, Client, HuaweiClient, ScimClient, Why, World, request};

fn config(cases: u32) -> ProptestConfig {
    let seed = std::env::var("PROPTEST_RNG_SEED").ok().and_then(|seed| seed.parse().ok());
    ProptestConfig {
        cases,
        rng_seed: RngSeed::Fixed(seed.unwrap_or(7)),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// A call on users. Names and users are given by number.
#[derive(Clone, Debug)]
enum Step {
    Create(usize),
    Rename(usize, usize),
    Title(usize, Option<usize>),
    Break(usize),
    Delete(usize),
    Find(usize),
}

fn step() -> impl Strategy<Value = (bool, Step)> {
    let steps = prop_oneof![
        3 => (0..NAMES.len()).prop_map(Step::Create),
        3 => (0..8_usize, 0..NAMES.len()).prop_map(|(user, name)| Step::Rename(user, name)),
        2 => (0..8_usize, prop::option::of(0..3_usize)).prop_map(|(user, title)| Step::Title(user, title)),
        1 => (0..8_usize).prop_map(Step::Break),
        2 => (0..8_usize).prop_map(Step::Delete),
        1 => (0..NAMES.len()).prop_map(Step::Find),
    ];
    (any::<bool>(), steps)
}

const NAMES: [&str; 8] = ["alice", "bob", "carol", "ALICE", "dave", "Алиса", "АЛИСА", "李雷"];
const TITLES: [&str; 3] = ["Engineer", "Manager", "Инженер"];

/// A reference model of a directory of users.
#[derive(Default)]
struct Model {
    /// In order of creation: name, e-mail address and title; `None` for a deleted user.
    users: Vec<Option<(usize, String, Option<String>)>>,
}

impl Model {
    /// The last user that has a name, other than `own`, as the client compares names.
    fn holder(&self, client: &dyn Client, name: &str, own: Option<usize>) -> Option<usize> {
        let is_same = |other: &str| match client.ignores_case() {
            true => other.to_lowercase() == name.to_lowercase(),
            false => other == name,
        };
        let users = self.users.iter().enumerate().rev();
        let mut others = users.filter(|(at, _)| Some(*at) != own);
        let found = others.find(|(_, user)| user.as_ref().is_some_and(|user| is_same(&user.1)));
        found.map(|(at, _)| at)
    }

    /// An e-mail address is derived from the first name of its user and never changes.
    fn address_taken(&self, name: usize) -> bool {
        self.users.iter().flatten().any(|user| user.0 == name)
    }
}

/// A call on users, groups and memberships. Users, groups and names are given by number.
#[derive(Clone, Debug)]
enum DirectoryStep {
    User(Step),
    CreateGroup(usize),
    RenameGroup(usize, usize),
    DeleteGroup(usize),
    Join(usize, usize),
    Leave(usize, usize),
    Enable(usize, bool),
}

fn directory_step() -> impl Strategy<Value = (usize, DirectoryStep)> {
    let groups = 0..4_usize;
    let users = 0..6_usize;
    let steps = prop_oneof![
        6 => step().prop_map(|(_, step)| DirectoryStep::User(step)),
        2 => (0..3_usize).prop_map(DirectoryStep::CreateGroup),
        1 => (groups.clone(), 0..3_usize).prop_map(|(group, name)| DirectoryStep::RenameGroup(group, name)),
        1 => groups.clone().prop_map(DirectoryStep::DeleteGroup),
        5 => (groups.clone(), users.clone()).prop_map(|(group, user)| DirectoryStep::Join(group, user)),
        2 => (groups, users.clone()).prop_map(|(group, user)| DirectoryStep::Leave(group, user)),
        1 => (users, any::<bool>()).prop_map(|(user, enabled)| DirectoryStep::Enable(user, enabled)),
    ];
    (0..3_usize, steps)
}

const GROUPS: [&str; 3] = ["admins", "ops", "Команда"];

/// A reference model of users, groups and memberships.
#[derive(Default)]
struct DirectoryModel {
    users: Model,
    user_ids: Vec<String>,
    disabled: BTreeSet<usize>,
    /// In order of creation: name and members; `None` for a deleted group.
    groups: Vec<Option<(usize, BTreeSet<usize>)>>,
    group_ids: Vec<String>,
}

impl DirectoryModel {
    fn holder_of_group_name(&self, name: usize) -> Option<usize> {
        self.groups.iter().position(|group| group.as_ref().is_some_and(|group| group.0 == name))
    }

    fn has_user(&self, user: usize) -> bool {
        self.users.users.get(user).is_some_and(Option::is_some)
    }

    fn group_id(&self, group: usize) -> &str {
        self.group_ids.get(group).map_or("11111111-2222-3333-4444-666666666666", String::as_str)
    }

    fn user_id(&self, user: usize) -> &str {
        self.user_ids.get(user).map_or("11111111-2222-3333-4444-555555555555", String::as_str)
    }
}

proptest! {
    #![proptest_config(config(32))]

    /// After any calls through the three dialects, users, groups and memberships equal the model and read
    /// the same in each dialect.
    #[test]
    fn any_sequence_of_calls_reads_the_same_in_all_dialects(
        steps in prop::collection::vec(directory_step(), 1..40),
    ) {
        let world = World::new();
        let clients: [&dyn Client; 3] = [&AwsClient(&world), &HuaweiClient(&world), &ScimClient(&world)];
        let mut model = DirectoryModel::default();
        for (which, step) in steps {
            play_directory(&world, clients[which], step, &mut model)?;
        }
        let names: Vec<_> = model.users.users.iter().flatten().map(|user| user.1.clone()).collect();
        for client in clients {
            prop_assert_eq!(client.list_users(100, None), Ok((names.clone(), None)));
            for name in NAMES {
                let found = model.users.holder(client, name, None).map(|user| model.user_ids[user].clone());
                prop_assert_eq!(client.find_user(name).ok(), found);
            }
            for (name, text) in GROUPS.iter().enumerate() {
                let found = model.holder_of_group_name(name).map(|at| model.group_ids[at].clone());
                prop_assert_eq!(client.find_group(text).ok(), found);
            }
            for (user, known) in model.users.users.iter().enumerate() {
                let id = &model.user_ids[user];
                let Some((first_name, name, title)) = known else {
                    prop_assert_eq!(client.show(id), Err(Why::NotFound));
                    continue;
                };
                let shown = client.show(id).expect("a user");
                prop_assert_eq!(&shown, &clients[0].show(id).expect("a user"));
                let email = format!("{}@example.com", NAMES[*first_name]);
                prop_assert_eq!(shown.email, Some(email));
                prop_assert_eq!((&shown.user_name, &shown.title), (name, title));
                prop_assert_eq!(shown.enabled, !model.disabled.contains(&user));
                let groups = model.groups.iter().zip(&model.group_ids);
                let groups = groups.filter(|(group, _)| group.as_ref().is_some_and(|group| group.1.contains(&user)));
                let groups: BTreeSet<_> = groups.map(|(_, id)| id.clone()).collect();
                prop_assert_eq!(client.groups_of(id).map(BTreeSet::from_iter), Ok(groups));
            }
            for (group, id) in model.groups.iter().zip(&model.group_ids) {
                let Some((_, members)) = group else {
                    prop_assert!(client.members(id).unwrap_or_default().is_empty());
                    continue;
                };
                let members: BTreeSet<_> = members.iter().map(|user| model.user_ids[*user].clone()).collect();
                prop_assert_eq!(client.members(id).map(BTreeSet::from_iter), Ok(members));
            }
        }
    }
}

fn play_directory(
    world: &World,
    client: &dyn Client,
    step: DirectoryStep,
    model: &mut DirectoryModel,
) -> Result<(), TestCaseError> {
    match step {
        DirectoryStep::User(step) => {
            play(client, step, &mut model.users, &mut model.user_ids)?;
            let users = &model.users.users;
            for (_, members) in model.groups.iter_mut().flatten() {
                members.retain(|user| users[*user].is_some());
            }
        }
        DirectoryStep::CreateGroup(name) => {
            let taken = model.holder_of_group_name(name).is_some();
            let made = client.create_group(GROUPS[name]);
            prop_assert_eq!(made.is_ok(), !taken);
            if let Ok(made) = made {
                model.group_ids.push(made);
                model.groups.push(Some((name, BTreeSet::new())));
            }
        }
        DirectoryStep::RenameGroup(group, name) => {
            let free = model.holder_of_group_name(name).is_none_or(|holder| holder == group);
            let renamed = client.rename_group(model.group_id(group), GROUPS[name]);
            let known = model.groups.get_mut(group).and_then(Option::as_mut);
            prop_assert_eq!(renamed.is_ok(), known.is_some() && free);
            if let (Ok(()), Some(known)) = (renamed, known) {
                known.0 = name;
            }
        }
        DirectoryStep::DeleteGroup(group) => {
            let exists = model.groups.get(group).is_some_and(Option::is_some);
            let deleted = client.delete_group(model.group_id(group));
            prop_assert_eq!(deleted.is_ok(), client.deletes_twice() || exists);
            if let Some(group) = model.groups.get_mut(group) {
                *group = None;
            }
        }
        DirectoryStep::Join(group, user) => {
            let joined = client.join(model.group_id(group), model.user_id(user));
            let has_user = model.has_user(user);
            let known = model.groups.get_mut(group).and_then(Option::as_mut);
            match known.filter(|_| has_user) {
                Some(known) => {
                    let is_new = known.1.insert(user);
                    // AWS and Huawei reject a second membership; SCIM accepts it.
                    let is_repeated = !is_new && joined == Err(Why::Conflict);
                    prop_assert!(joined.is_ok() || is_repeated, "{:?}", joined);
                }
                None => prop_assert!(joined.is_err(), "{:?}", joined),
            }
        }
        DirectoryStep::Leave(group, user) => {
            let known = model.groups.get_mut(group).and_then(Option::as_mut);
            let is_member = known.is_some_and(|known| known.1.remove(&user));
            let (group, user) = (model.group_id(group), model.user_id(user));
            let found = client.find_membership(group, user);
            prop_assert_eq!(found.is_ok(), is_member);
            if let Ok(membership) = found {
                prop_assert_eq!(client.leave(&membership), Ok(()));
            }
        }
        DirectoryStep::Enable(user, enabled) => {
            let done = world.scim(
                "PATCH",
                &format!("/Users/{}", model.user_id(user)),
                Some(json!({"Operations": [{"op": "replace", "value": {"active": enabled}}]})),
            );
            prop_assert_eq!(done.is_ok(), model.has_user(user));
            if done.is_ok() && enabled {
                model.disabled.remove(&user);
            } else if done.is_ok() {
                model.disabled.insert(user);
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(config(64))]

    /// The directory equals the model after any calls through either cloud.
    #[test]
    fn any_sequence_of_calls_leaves_what_the_model_says(steps in prop::collection::vec(step(), 1..40)) {
        let world = World::new();
        let clients: [&dyn Client; 2] = [&AwsClient(&world), &HuaweiClient(&world)];
        let mut model = Model::default();
        let mut ids: Vec<String> = Vec::new();
        for (which, step) in steps {
            play(clients[usize::from(which)], step, &mut model, &mut ids)?;
        }
        let expected: Vec<String> =
            model.users.iter().flatten().map(|user| user.1.clone()).collect();
        for client in clients {
            prop_assert_eq!(client.list_users(100, None), Ok((expected.clone(), None)));
            // The unique index agrees with a scan.
            for name in NAMES {
                let found = model.holder(client, name, None).map(|at| ids[at].clone());
                prop_assert_eq!(client.find_user(name).ok(), found);
            }
        }
    }

    /// Decoding an encoded record gives the same attributes without violations.
    #[test]
    fn shapes_decode_what_they_encode(seed in any::<u64>()) {
        for dialect in World::new().service.dialects() {
            for shape in dialect.shapes() {
                let attributes = sample(shape, &mut Draws(seed));
                let bytes = writer::object(|object| shape.encode(&attributes, object));
                let written: BorrowedJson<'_> = serde_json::from_slice(&bytes).expect("JSON");
                let violations = Violations::new();
                let rules = DecodeRules {
                    keys: KeyCase::Exact,
                    unknown: UnknownKeys::Rejected,
                    nulls: Nulls::Rejected,
                    values: ValueTypes::Exact,
                };
                let record = written.as_object().expect("an object");
                let read = shape.decode(record, &FieldPath::ROOT, &violations, rules);
                // Create-only members are not encoded, so they are missing.
                let create_only = shape.members.iter().any(|m| m.access == MemberAccess::CreateOnly);
                if !create_only {
                    prop_assert_eq!(violations.finish(false, ()), Ok(()));
                }
                prop_assert_eq!(read, attributes);
            }
        }
    }

    /// Attributes that only one cloud has survive an update through the other.
    #[test]
    fn an_update_through_one_cloud_keeps_attributes_of_the_other(seed in any::<u64>(), through_aws in any::<bool>()) {
        let world = World::new();
        let dialect = world.service.dialects().next().expect("AWS comes first");
        let sampled = sample(dialect.shapes()[0], &mut Draws(seed));
        let bytes = writer::object(|object| dialect.shapes()[0].encode(&sampled, object));
        let body: Json = serde_json::from_slice(&bytes).expect("JSON");
        let made = world.aws("CreateUser", body).expect("made");
        let id = made["UserId"].as_str().expect("an id").to_owned();
        let path = format!("/users/{id}");
        let has_address = sampled.list(Attribute::Emails).iter().any(|email| email.text(Attribute::Value).is_some());
        let verified = world.huawei("POST", &format!("{path}/verify-email"), None);
        prop_assert_eq!(verified.is_ok(), has_address);
        let seen = || {
            let mut aws = world.aws("DescribeUser", json!({"UserId": id})).expect("there");
            let mut huawei = world.huawei("GET", &path, None).expect("there");
            for touched in ["Title", "UpdatedAt", "UpdatedBy", "Revision"] {
                aws.as_object_mut().expect("an object").remove(touched);
            }
            for touched in ["title", "updated_at", "updated_by"] {
                huawei.as_object_mut().expect("an object").remove(touched);
            }
            (aws, huawei)
        };
        let before = seen();
        let done = match through_aws {
            true => AwsClient(&world).set_title(&id, Some("Engineer")),
            false => HuaweiClient(&world).set_title(&id, Some("Engineer")),
        };
        prop_assert_eq!(done, Ok(()));
        prop_assert_eq!(seen(), before);
    }

    /// No JSON body causes an internal error.
    #[test]
    fn no_request_is_answered_with_a_500(seed in any::<u64>(), junk in any_json()) {
        let world = World::new();
        let services: Vec<_> = world.service.dialects().map(|dialect| (dialect.name(), dialect.routes())).collect();
        for (name, routes) in services {
            let route = &routes[Draws(seed).next(routes.len())];
            let target = format!("AWSIdentityStore.{}", route.operation.name());
            let headers = match name {
                "aws" => vec![
                    ("x-amz-target", target.as_str()),
                    ("content-type", "application/x-amz-json-1.1"),
                ],
                _ => vec![("content-type", "application/json")],
            };
            let path = route.path.replace(['{', '}'], "").replace("identity_store_id", world::STORE);
            let response = world.send(request(route.method.as_str(), &path, &headers, junk.to_string()));
            prop_assert!(response.status().as_u16() < 500, "{junk} gave {response:?}");
            if name == "aws" && response.status() == 400 {
                prop_assert!(is_well_formed_error(&response), "{junk} gave {response:?}");
            }
        }
    }
}

fn play(
    client: &dyn Client,
    step: Step,
    model: &mut Model,
    ids: &mut Vec<String>,
) -> Result<(), TestCaseError> {
    let unknown_id = "11111111-2222-3333-4444-555555555555".to_owned();
    let id = |at: usize| ids.get(at).cloned().unwrap_or_else(|| unknown_id.clone());
    let alive = |model: &Model, at: usize| model.users.get(at).is_some_and(Option::is_some);
    match step {
        Step::Create(name) => {
            let taken =
                model.holder(client, NAMES[name], None).is_some() || model.address_taken(name);
            let made = client.create_user(NAMES[name]);
            // Only Huawei rejects a name that is not a valid local part of an e-mail address.
            if made == Err(Why::Invalid) {
                return Ok(());
            }
            prop_assert_eq!(made.is_ok(), !taken);
            if let Ok(made) = made {
                ids.push(made);
                model.users.push(Some((name, NAMES[name].to_owned(), None)));
            }
        }
        Step::Rename(at, name) => {
            let own = model.users.get(at).and_then(Option::as_ref);
            let is_kept = own.is_some_and(|user| user.1 == NAMES[name]);
            let free = is_kept || model.holder(client, NAMES[name], Some(at)).is_none();
            let renamed = client.rename(&id(at), NAMES[name]);
            prop_assert_eq!(renamed.is_ok(), alive(model, at) && free);
            if let (Ok(()), Some(Some(user))) = (renamed, model.users.get_mut(at)) {
                user.1 = NAMES[name].to_owned();
            }
        }
        Step::Title(at, title) => {
            let title = title.map(|title| TITLES[title]);
            let done = client.set_title(&id(at), title);
            prop_assert_eq!(done.is_ok(), alive(model, at));
            if let Some(Some(user)) = model.users.get_mut(at) {
                user.2 = title.map(str::to_owned);
                prop_assert_eq!(client.title(&ids[at]), Ok(user.2.clone()));
            }
        }
        Step::Break(at) => {
            prop_assert!(client.set_title_and_break(&id(at), "Nobody").is_err());
            if let Some(Some(user)) = model.users.get(at) {
                prop_assert_eq!(client.title(&ids[at]), Ok(user.2.clone()));
            }
        }
        Step::Delete(at) => {
            let deleted = client.delete_user(&id(at));
            prop_assert_eq!(deleted.is_ok(), client.deletes_twice() || alive(model, at));
            if let Some(user) = model.users.get_mut(at) {
                *user = None;
            }
        }
        Step::Find(name) => {
            let found = model.holder(client, NAMES[name], None).map(|at| ids[at].clone());
            prop_assert_eq!(client.find_user(NAMES[name]).ok(), found);
        }
    }
    Ok(())
}

/// Returns whether an AWS error is well formed. Header and body have the same type. It has either the
/// service's message with the request id, or the front end's with at most ten violations and their number.
/// Source: docs/aws-behaviour.md §5.
fn is_well_formed_error(response: &Response) -> bool {
    const VIOLATION: &str = "failed to satisfy constraint: ";
    let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok());
    let Ok(body) = serde_json::from_slice::<Json>(response.body()) else { return false };
    let text = |name: &str| body.get(name).and_then(Json::as_str);
    let words = match (text("message"), text("Message")) {
        (Some(message), None) => {
            let count = message.matches(VIOLATION).count();
            let errors = if count == 1 { "error" } else { "errors" };
            let start = format!("{count} validation {errors} detected: ");
            text("RequestId").is_none() && count <= 10 && message.starts_with(&start)
        }
        (None, Some(_)) => text("RequestId") == header("x-amzn-requestid"),
        (None, None) => body.as_object().is_some_and(|members| members.len() == 1),
        (Some(_), Some(_)) => false,
    };
    words && text("__type").is_some() && text("__type") == header("x-amzn-errortype")
}

/// A pseudo-random generator.
struct Draws(u64);

impl Draws {
    fn next(&mut self, below: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % below
    }
}

/// Random attributes of a shape: all required ones and some of the others.
fn sample(shape: &Shape, draws: &mut Draws) -> Attributes {
    let full = shape.members.iter().filter(|member| member.access == MemberAccess::Full);
    let mut attributes = Attributes::new();
    for member in full {
        if !member.is_removable() || draws.next(2) == 0 {
            attributes.set(member.attribute, sample_value(&member.kind, draws));
        }
    }
    attributes
}

fn sample_value(kind: &MemberKind, draws: &mut Draws) -> AttributeValue {
    const TEXTS: [&str; 4] = ["plain", "Ünï-çødé", "李雷", "tab\tand \"quote\" \\"];
    match kind {
        MemberKind::Text(limit) => {
            let fits = |text: &&str| limit.broken_constraints(text).next().is_none();
            // Texts for limits with special patterns.
            let special = ["vpc-01234567", "10.0.0.0/8", "1990-02-28", "a@example.com"];
            let at = draws.next(TEXTS.len());
            let texts = TEXTS[at..].iter().chain(&TEXTS).chain(&special).copied();
            AttributeValue::Text(texts.into_iter().find(fits).expect("a text that fits").into())
        }
        MemberKind::Choice(choices) => {
            AttributeValue::Text(choices[draws.next(choices.len())].into())
        }
        MemberKind::Flag => AttributeValue::Flag(draws.next(2) == 0),
        MemberKind::Record(shape) => AttributeValue::Record(sample(shape, draws)),
        MemberKind::List(shape, max) => {
            let len = 1 + draws.next(*max);
            let mut elements: Vec<_> = (0..len).map(|_| sample(shape, draws)).collect();
            // At most one element may be primary.
            for element in elements.iter_mut().skip(1) {
                if element.get(Attribute::Primary).is_some() {
                    element.set(Attribute::Primary, AttributeValue::Flag(false));
                }
            }
            AttributeValue::List(elements)
        }
        MemberKind::Texts(limit, _) => {
            let special = ["vpc-01234567", "10.0.0.0/8"];
            let fits = |text: &&&str| limit.broken_constraints(text).next().is_none();
            let text = special.iter().find(fits).expect("a text that fits");
            AttributeValue::Texts(vec![(*text).into()])
        }
    }
}

/// Any JSON object, often with known member names.
fn any_json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        ".{0,12}".prop_map(Json::from),
        Just(Json::from(world::STORE)),
        Just(Json::from("6509375f-84d1-7085-af72-177fb24da2e7")),
        Just(Json::from("aws:identitystore:enterprise.manager.value")),
        Just(Json::from("[{\"value\":null}]")),
    ];
    let names = prop::sample::select(vec![
        "IdentityStoreId",
        "UserId",
        "GroupId",
        "MemberId",
        "Operations",
        "AttributePath",
        "AttributeValue",
        "UserName",
        "Name",
        "Emails",
        "Extensions",
        "Filters",
        "NextToken",
        "AlternateIdentifier",
        "UniqueAttribute",
        "operations",
        "attribute_path",
        "attribute_value",
        "user_name",
        "emails",
        "name",
        "alternate_identifier",
        "member_id",
        "x",
    ]);
    let any = leaf.prop_recursive(4, 32, 6, move |inner| {
        let members = prop::collection::btree_map(names.clone(), inner.clone(), 0..6);
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(Json::from),
            members.prop_map(object),
        ]
    });
    prop_oneof![4 => any.clone().prop_filter("an object", Json::is_object), 1 => any]
}

fn object(members: BTreeMap<&str, Json>) -> Json {
    Json::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}
