//! Memory limits that must hold for directories of any size: allocations of a reset, a copy, the first write
//! after it, the deletion of a large group and an export, and the memory of a user.

use std::sync::Arc;

use allocation_counter::{AllocationInfo, measure};
use idouble::internal::domain::{
    Attribute, AttributeOperation, AttributePath, AttributeValue, Call, Change, Command, Deletion,
    Directory, IdentityStore, IdentityStoreId, MemberId, Outcome, Patch, Query, Staleness,
    Timestamp, UnknownStorePolicy,
};
use idouble::internal::fixture::{Export, Format, Generate, Options, Source, generate, load};

const STORE: &str = "d-1234567890";
const USERS: u32 = 20_000;

/// Maximum number of bytes for an operation that copies only what it changes. Copying the whole table takes
/// twenty times as much.
const SMALL_BYTES: u64 = 16 * 1024;

fn stores(users: u32) -> Vec<IdentityStore> {
    let text = generate(&Generate { users, groups: 10, seed: 7 }, STORE, Format::Json);
    load(&[Source::text("a.json", text)], &Options::default()).expect("a fixture")
}

fn directory() -> Directory {
    let rules = Options::default().rules;
    Directory::new(stores(USERS), 7, rules, UnknownStorePolicy::Reject)
}

fn change(directory: &Directory, change: Change, lag: Staleness) -> AllocationInfo {
    let call = Call { by: &"a".into(), command: Command::Change(STORE.into(), change) };
    let mut outcome = None;
    let counted = measure(|| {
        outcome = Some(directory.execute_with(Timestamp(1_800_000_000_000), call, lag));
    });
    outcome.expect("it was measured").expect("it is allowed");
    counted
}

fn update(directory: &Directory, lag: Staleness) -> AllocationInfo {
    let store = directory.get(&STORE.into()).expect("a store");
    let user = store.users().nth(USERS as usize / 2).expect("a user").id.clone();
    drop(store);
    let path = AttributePath::new(Attribute::Title);
    let value = Some(AttributeValue::Text("Engineer".into()));
    let operations = Ok(vec![AttributeOperation { path, value }]);
    change(directory, Change::UpdateUser(user, Patch { operations, revision: None }), lag)
}

#[test]
fn reset_snapshot_and_copy_share_memory() {
    let directory = directory();
    let mut first_writes = vec![update(&directory, Staleness::default()).bytes_total];
    let reset = measure(|| directory.reset()).bytes_total;
    first_writes.push(update(&directory, Staleness::default()).bytes_total);
    let picture = measure(|| drop(directory.snapshot(Timestamp(1_800_000_000_000)))).bytes_total;
    let held = directory.snapshot(Timestamp(1_800_000_000_000));
    first_writes.push(update(&directory, Staleness::default()).bytes_total);
    drop(held);
    let id = IdentityStoreId::from("d-00000000aa");
    let copy = measure(|| directory.copy(&STORE.into(), id).expect("there is room")).bytes_total;
    for _ in 0..3 {
        first_writes
            .push(update(&directory, Staleness { read_ms: 0, retain_ms: 60_000 }).bytes_total);
    }
    assert!(first_writes.iter().all(|bytes| *bytes < SMALL_BYTES), "{first_writes:?}");
    // A reset also allocates the shards of the map of stores.
    assert!(
        reset < 2 * SMALL_BYTES && picture < SMALL_BYTES && copy < SMALL_BYTES,
        "{reset} {picture} {copy}"
    );
}

#[test]
fn deleting_a_group_allocates_little_for_each_membership() {
    let directory = directory();
    let store = directory.get(&STORE.into()).expect("a store");
    let groups: Vec<_> = store.groups().map(|group| group.id.clone()).collect();
    let user = store.users().next().expect("a user").id.clone();
    let members = store.memberships().filter(|one| one.group == groups[0]).count();
    drop(store);
    assert!(members > 3_000, "{members}");
    let deletion = Deletion { idempotent: false, revision: None };
    let counted =
        change(&directory, Change::DeleteGroup(groups[0].clone(), deletion), Staleness::default());
    // A few dozen allocations per batch of deleted memberships.
    assert!(counted.count_total < 512 * 16, "{counted:?} for {members} members");
    let query = Query::IsMemberInGroups { member: MemberId::User(user), groups };
    let call = Call { by: &"a".into(), command: Command::Query(STORE.into(), query) };
    let Ok(Outcome::MembershipsExist { groups, .. }) = directory.execute(Timestamp(0), call) else {
        panic!("it is answered");
    };
    assert!(!groups[0].1);
}

#[test]
fn an_export_holds_a_piece_at_a_time() {
    let stores: Vec<_> = stores(USERS).into_iter().map(Arc::new).collect();
    for format in [Format::Json, Format::Toml] {
        let mut bytes = 0;
        let counted = measure(|| {
            Export::new(stores.clone(), format).for_each(|piece| bytes += piece.len());
        });
        assert!(bytes > 5_000_000, "{bytes}");
        assert!(counted.bytes_max < 256 * 1024, "{counted:?} for {bytes} bytes");
    }
}

#[test]
fn a_user_with_its_memberships_takes_less_than_a_kibibyte() {
    let stores = stores(USERS);
    // Other threads take part in the load, but all memory is freed by this one.
    let counted = measure(|| drop(stores));
    let each = -counted.bytes_current / i64::from(USERS);
    assert!((300..800).contains(&each), "{each} bytes a user");
}
