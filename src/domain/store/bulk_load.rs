//! Builds a store from resources that already have ids and stamps, as a fixture does.
//!
//! Resources are appended without an index. Each index is then built from all rows at once, which is
//! faster than one insert after the other.

use std::sync::Arc;

use super::admin::{AdminKind, AdminResource, RestoreError};
use super::indexed_table::{IndexedTable, UniqueAttributes};
use super::parallel::join;
use super::{IdentityStore, StoreRules};
use crate::domain::model::{
    AccountAssignment, AttributeOperation, Attributes, DuplicateResource, Group, GroupId,
    IdentityStoreId, MembershipId, Meta, PermissionSet, ResourceList, UniqueProperty, User, UserId,
};

/// The first part of a load: users and groups. [`StoreLoader::index`] starts the second part.
#[derive(Debug)]
pub struct StoreLoader {
    store: IdentityStore,
    /// The positions of the users and groups without an id of their own.
    generated_users: Vec<u64>,
    generated_groups: Vec<u64>,
}

/// The second part of a load: resources that refer to users and groups.
#[derive(Debug)]
pub struct IndexedStoreLoader {
    store: IdentityStore,
    /// The positions of the memberships without an id of their own.
    generated_memberships: Vec<u64>,
}

impl StoreLoader {
    /// Starts an empty store; see [`IdentityStore::new`].
    pub fn new(id: IdentityStoreId, seed: u64, rules: StoreRules) -> Self {
        let store = IdentityStore::new(id, seed, rules);
        Self { store, generated_users: Vec::new(), generated_groups: Vec::new() }
    }

    /// Sets the attributes of the store itself.
    pub fn set_attributes(&mut self, attributes: Attributes) {
        self.store.attributes = Arc::new(attributes);
    }

    /// Appends a user and returns its position: its number among the users, from 0. A user without an
    /// id gets a free one.
    pub fn add_user(
        &mut self,
        id: Option<UserId>,
        attributes: Attributes,
        enabled: bool,
        meta: Meta,
    ) -> u64 {
        let users = &mut self.store.users;
        let id = id.unwrap_or_else(|| {
            self.generated_users.push(users.next_position());
            users.default_id(self.store.seed).into()
        });
        users.push_unindexed(Arc::new(User { id, attributes, enabled, meta }))
    }

    /// Appends a group and returns its position; as [`StoreLoader::add_user`].
    pub fn add_group(&mut self, id: Option<GroupId>, attributes: Attributes, meta: Meta) -> u64 {
        let groups = &mut self.store.groups;
        let id = id.unwrap_or_else(|| {
            self.generated_groups.push(groups.next_position());
            groups.default_id(self.store.seed).into()
        });
        groups.push_unindexed(Arc::new(Group { id, attributes, meta }))
    }

    /// Ends the users and groups, and builds their indexes.
    ///
    /// # Errors
    /// Two users, or two groups, have the same id or the same value of a unique attribute. Of several
    /// such pairs, the one whose later resource comes first; users before groups.
    pub fn index(mut self) -> Result<IndexedStoreLoader, DuplicateResource> {
        let seed = self.store.seed;
        index_table(&mut self.store.users, ResourceList::Users, seed, &self.generated_users)?;
        index_table(&mut self.store.groups, ResourceList::Groups, seed, &self.generated_groups)?;
        Ok(IndexedStoreLoader { store: self.store, generated_memberships: Vec::new() })
    }
}

impl IndexedStoreLoader {
    /// The store so far. Lookups of its memberships fail.
    pub fn store(&self) -> &IdentityStore {
        &self.store
    }

    /// Applies an operation to the user at a position. The revision stays the same. Unique attributes
    /// must stay the same, because their indexes are complete.
    pub fn patch_user(&mut self, position: u64, operation: AttributeOperation) {
        let Some(user) = self.store.users.at(position) else { return };
        let mut user = User::clone(user);
        user.attributes.apply(operation);
        self.store.users.replace_unindexed(position, Arc::new(user));
    }

    /// Appends the membership of the user and the group at these positions and returns its own. A
    /// membership without an id gets a free one.
    pub fn add_membership(
        &mut self,
        id: Option<&MembershipId>,
        group: u64,
        user: u64,
        meta: Meta,
    ) -> u64 {
        let (seed, id) = (self.store.seed, id.map(MembershipId::as_str));
        let position = self.store.memberships.push_unindexed(seed, id, group, user, meta);
        if id.is_none() {
            self.generated_memberships.push(position);
        }
        position
    }

    /// The id that a new admin resource gets if it has none: the next free one of its kind, after
    /// `skipped` others.
    pub fn next_admin_id(&self, kind: AdminKind, skipped: usize) -> String {
        self.store.next_admin_id(kind, skipped)
    }

    /// Adds an admin resource with the ids and times that it has.
    ///
    /// # Errors
    /// The user is unknown, an id is taken, or a limit is reached. Nothing has changed then.
    pub fn restore(&mut self, resource: AdminResource) -> Result<(), RestoreError> {
        self.store.restore(resource)
    }

    /// Adds a permission set; see [`IdentityStore::insert_permission_set`].
    pub fn add_permission_set(&mut self, permission_set: PermissionSet) -> bool {
        self.store.insert_permission_set(permission_set)
    }

    /// Adds an account assignment; see [`IdentityStore::insert_account_assignment`].
    pub fn add_account_assignment(&mut self, assignment: AccountAssignment) -> bool {
        self.store.insert_account_assignment(assignment)
    }

    /// Ends the load.
    ///
    /// # Errors
    /// Two memberships have the same id, or the same group and user.
    pub fn finish(mut self) -> Result<IdentityStore, DuplicateResource> {
        let list = ResourceList::Memberships;
        let memberships = &mut self.store.memberships;
        memberships
            .resolve_generated_ids(self.store.seed, &self.generated_memberships)
            .map_err(|found| DuplicateResource::new(list, UniqueProperty::Id, found))?;
        memberships.build_indexes()?;
        Ok(self.store)
    }
}

/// Builds all indexes of a table.
fn index_table<T: UniqueAttributes + Send + Sync>(
    table: &mut IndexedTable<T>,
    list: ResourceList,
    seed: u64,
    generated: &[u64],
) -> Result<(), DuplicateResource> {
    let duplicate_id = |found| DuplicateResource::new(list, UniqueProperty::Id, found);
    table.resolve_generated_ids(seed, generated).map_err(duplicate_id)?;
    let build = |index: usize| {
        table.build_index(index).map_err(|found| DuplicateResource {
            element: table.shared_element(index, found.0, found.1),
            ..DuplicateResource::new(list, UniqueProperty::Attribute(T::UNIQUE[index]), found)
        })
    };
    // The last two attributes and the ids take about as long as the others.
    let ((ids, last), mut indexes) = join(
        table.next_position(),
        || {
            let last = build(T::UNIQUE.len() - 1);
            (table.build_ids().map_err(duplicate_id), last)
        },
        || (0..T::UNIQUE.len() - 1).map(build).collect::<Vec<_>>(),
    );
    indexes.push(last);
    let duplicates =
        ids.as_ref().err().into_iter().chain(indexes.iter().filter_map(|i| i.as_ref().err()));
    if let Some(first) = duplicates.min_by_key(|duplicate| duplicate.position) {
        return Err(*first);
    }
    let (ids, indexes) = (ids?, indexes.into_iter().collect::<Result<_, _>>()?);
    table.set_indexes(ids, indexes);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::uuid;
    use crate::domain::model::{Attribute, AttributeValue, Change, Stamp, Timestamp};
    use crate::domain::random::draw;

    fn loader() -> StoreLoader {
        StoreLoader::new("d-1".into(), 7, StoreRules::default())
    }

    fn meta() -> Meta {
        Meta::new(Stamp { at: Timestamp(0), by: "a".into() })
    }

    fn text(attribute: Attribute, text: &str) -> (Attribute, AttributeValue) {
        (attribute, AttributeValue::Text(text.into()))
    }

    fn user(name: &str, email: &str) -> Attributes {
        let email = [text(Attribute::Value, email)].into_iter().collect();
        let emails = (Attribute::Emails, AttributeValue::List(vec![email]));
        [text(Attribute::UserName, name), emails].into_iter().collect()
    }

    fn add_user(loader: &mut StoreLoader, id: Option<&str>, name: &str, email: &str) -> u64 {
        loader.add_user(id.map(UserId::from), user(name, email), true, meta())
    }

    fn position<T>(found: Option<(u64, &T)>) -> Option<u64> {
        found.map(|(position, _)| position)
    }

    /// The `n`-th id of a kind in the store of [`loader`].
    fn default_id(kind: &str, n: u64) -> String {
        uuid(draw(7, "d-1", 0), kind, n)
    }

    #[test]
    fn loaded_resources_are_found_by_id_and_by_unique_attributes() {
        let mut loader = loader();
        assert_eq!(add_user(&mut loader, None, "ann", "ann@x"), 0);
        assert_eq!(
            add_user(&mut loader, Some("an-id-that-is-at-least-36-bytes-long"), "bob", "b@x"),
            1
        );
        let group = [text(Attribute::DisplayName, "staff")].into_iter().collect();
        let group = loader.add_group(None, group, meta());
        let mut loader = loader.index().expect("no duplicates");
        let find = |name: &str| position(loader.store().find_user(name));
        assert_eq!((find("ann"), find(&default_id("user", 0))), (Some(0), Some(0)));
        assert_eq!(find("an-id-that-is-at-least-36-bytes-long"), Some(1));
        let found = position(loader.store().find_group("staff"));
        assert_eq!((find("eve"), found), (None, Some(group)));
        loader.add_membership(None, group, 1, meta());
        let mut store = loader.finish().expect("no duplicates");
        let membership = store.memberships().next().expect("a membership");
        assert_eq!(membership.id.as_str(), default_id("membership", 0));
        let stamp = meta().created;
        let error = store.change(stamp, Change::CreateUser(user("eve", "b@x")));
        error.expect_err("the address is taken");
    }

    #[test]
    fn generated_id_gives_way_to_an_explicit_one() {
        let mut loader = loader();
        let (first, second) = (default_id("user", 0), default_id("user", 1));
        add_user(&mut loader, None, "ann", "a@x");
        add_user(&mut loader, Some(&first), "bob", "b@x");
        add_user(&mut loader, None, "eve", "e@x");
        let mut store = loader.index().expect("no duplicates").finish().expect("no duplicates");
        let ids: Vec<_> = store.users().map(|user| user.id.to_string()).collect();
        assert_eq!(ids, [second, first, default_id("user", 2)]);
        assert_eq!(
            ids.iter().filter_map(|id| position(store.find_user(id))).collect::<Vec<_>>(),
            [0, 1, 2]
        );
        assert_eq!(store.users.next_id(store.seed).id, default_id("user", 3));
    }

    #[test]
    fn duplicates_are_reported_with_both_positions() {
        let load = |users: &[(Option<&str>, &str, &str)]| {
            let mut loader = loader();
            for (id, name, email) in users {
                add_user(&mut loader, *id, name, email);
            }
            loader.index().expect_err("a duplicate")
        };
        let list = ResourceList::Users;
        let duplicate =
            |unique, earlier, position| DuplicateResource::new(list, unique, (earlier, position));
        let name = UniqueProperty::Attribute(Attribute::UserName);
        let email = UniqueProperty::Attribute(Attribute::Emails);
        let found = load(&[(None, "a", "1"), (None, "b", "2"), (None, "c", "1"), (None, "b", "3")]);
        assert_eq!(found, duplicate(email, 0, 2), "the first of two");
        let found = load(&[(None, "a", "1"), (None, "b", "2"), (None, "b", "2")]);
        assert_eq!(found, duplicate(name, 1, 2), "the first attribute of one user");
        let found = load(&[(Some("id"), "a", "1"), (None, "b", "2"), (Some("id"), "c", "3")]);
        assert_eq!(found, duplicate(UniqueProperty::Id, 0, 2));

        let mut memberships = loader();
        add_user(&mut memberships, None, "a", "1");
        memberships.add_group(None, Attributes::new(), meta());
        let mut memberships = memberships.index().expect("no duplicates");
        memberships.add_membership(None, 0, 0, meta());
        memberships.add_membership(None, 0, 0, meta());
        let list = ResourceList::Memberships;
        let unique = UniqueProperty::GroupAndUser;
        let expected = DuplicateResource::new(list, unique, (0, 1));
        assert_eq!(memberships.finish().expect_err("a duplicate"), expected);
    }
}
