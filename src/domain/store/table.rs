//! Tables of resources in order of creation.

use std::borrow::Cow;
use std::sync::Arc;

use super::persistent::{DuplicatePositions, HashIndex, PagedRows, PositionMultimap};
use crate::domain::ids::uuid;
use crate::domain::model::{
    BearerToken, Group, IdentityProvider, IdpCertificate, MfaDevice, Page, PageRequest, Session,
    SpCertificate, Tenant, User,
};

/// A resource with an id that is unique in its table.
pub(super) trait Row {
    /// The key from which ids of this kind are generated.
    const ID_KEY: &'static str;

    fn id(&self) -> Cow<'_, str>;

    fn has_id(&self, id: &str) -> bool;

    /// The same resource with another id.
    fn with_id(&self, id: String) -> Self;
}

macro_rules! rows {
    ($($name:ty: $key:literal),* $(,)?) => {
        $(impl Row for $name {
            const ID_KEY: &'static str = $key;

            fn id(&self) -> Cow<'_, str> {
                self.id.as_str().into()
            }

            fn has_id(&self, id: &str) -> bool {
                self.id.as_str() == id
            }

            fn with_id(&self, id: String) -> Self {
                Self { id: id.into(), ..self.clone() }
            }
        })*
    };
}

rows!(
    User: "user",
    Group: "group",
    MfaDevice: "mfa device",
    Session: "session",
    IdentityProvider: "identity provider",
    IdpCertificate: "identity provider certificate",
    SpCertificate: "service provider certificate",
    Tenant: "tenant",
    BearerToken: "bearer token",
);

/// A new id and its number among the ids of its kind, from which secrets of the resource are generated.
pub(super) struct NewId {
    pub(super) id: String,
    pub(super) number: u64,
}

/// Resources in order of creation, by id and by position.
///
/// A position is never used again, so a page token stays valid whatever is deleted. A clone shares all
/// rows.
#[derive(Debug)]
pub(super) struct Table<T> {
    rows: PagedRows<T>,
    ids: HashIndex,
    next_position: u64,
    /// No id with a number from `next_position` up to this one was free.
    next_id_number: u64,
}

impl<T> Clone for Table<T> {
    fn clone(&self) -> Self {
        Self { rows: self.rows.clone(), ids: self.ids.clone(), ..*self }
    }
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        let (rows, ids) = (PagedRows::default(), HashIndex::default());
        Self { rows, ids, next_position: 0, next_id_number: 0 }
    }
}

impl<T: Row> Table<T> {
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The position of the next row.
    pub(super) fn next_position(&self) -> u64 {
        self.next_position
    }

    pub(super) fn find(&self, id: &str) -> Option<(u64, &Arc<T>)> {
        let mut found = None;
        let position = self.ids.find(id, |position| {
            found = self.rows.get(position).filter(|row| row.has_id(id));
            found.is_some()
        });
        Some((position?, found?))
    }

    pub(super) fn at(&self, position: u64) -> Option<&Arc<T>> {
        self.rows.get(position)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Arc<T>> {
        self.range(0).map(|(_, row)| row)
    }

    /// The rows from a position on, in order.
    pub(super) fn range(&self, from: u64) -> impl Iterator<Item = (u64, &Arc<T>)> {
        self.rows.range(from)
    }

    /// The id of the next row: the first free one, counted from its position.
    ///
    /// The rows of a state file may have any of the ids from there on, if many were deleted before it
    /// was written. The search continues where the last one ended.
    pub(super) fn next_id(&mut self, seed: u64) -> NewId {
        let new = self.nth_id(seed, 0);
        self.next_id_number = new.number;
        new
    }

    /// The id of the next row after `skipped` others.
    pub(super) fn nth_id(&self, seed: u64, skipped: usize) -> NewId {
        self.free_id(seed, self.next_position.max(self.next_id_number), skipped)
    }

    /// The free id with the lowest number from `number` on, after `skipped` others.
    fn free_id(&self, seed: u64, mut number: u64, mut skipped: usize) -> NewId {
        loop {
            let id = uuid(seed, T::ID_KEY, number);
            match self.find(&id) {
                None if skipped == 0 => return NewId { id, number },
                None => skipped -= 1,
                Some(_) => {}
            }
            number += 1;
        }
    }

    /// Appends a row and returns its position.
    pub(super) fn push(&mut self, row: Arc<T>) -> u64 {
        self.ids.insert(&*row.id(), self.next_position);
        self.push_unindexed(row)
    }

    /// The id that the row at a position has if no other row has it.
    pub(super) fn default_id(seed: u64, position: u64) -> String {
        uuid(seed, T::ID_KEY, position)
    }

    /// Appends a row that is found by its id only after [`Table::set_ids`].
    pub(super) fn push_unindexed(&mut self, row: Arc<T>) -> u64 {
        let position = self.next_position;
        self.next_position += 1;
        self.rows.insert(position, row);
        position
    }

    /// Gives the rows at `generated` positions other ids if their ids belong to other rows. The
    /// positions are ascending.
    ///
    /// # Errors
    /// Two of the other rows have the same id.
    pub(super) fn resolve_generated_ids(
        &mut self,
        seed: u64,
        generated: &[u64],
    ) -> Result<(), DuplicatePositions> {
        if generated.is_empty() || generated.len() == self.len() {
            return Ok(()); // Generated ids do not collide with each other.
        }
        let is_explicit = |position| generated.binary_search(&position).is_err();
        self.ids = self.build_ids_of(is_explicit)?;
        for position in generated {
            let Some(row) = self.rows.get(*position) else { continue };
            if self.find(&row.id()).is_some() {
                let row = row.with_id(self.free_id(seed, *position, 0).id);
                self.rows.insert(*position, Arc::new(row));
            }
            if let Some(row) = self.rows.get(*position) {
                self.ids.insert(&*row.id(), *position);
            }
        }
        Ok(())
    }

    /// Builds the index of the ids of all rows.
    ///
    /// # Errors
    /// Two rows have the same id.
    pub(super) fn build_ids(&self) -> Result<HashIndex, DuplicatePositions> {
        self.build_ids_of(|_| true)
    }

    fn build_ids_of(
        &self,
        includes: impl Fn(u64) -> bool,
    ) -> Result<HashIndex, DuplicatePositions> {
        let rows = self.range(0).filter(|(position, _)| includes(*position));
        let is_same = |one, other| match (self.at(one), self.at(other)) {
            (Some(one), Some(other)) => one.has_id(&other.id()),
            _ => false,
        };
        HashIndex::build(rows.map(|(position, row)| (row.id(), position)), is_same)
    }

    /// Replaces the index of ids.
    pub(super) fn set_ids(&mut self, ids: HashIndex) {
        self.ids = ids;
    }

    pub(super) fn replace(&mut self, position: u64, row: Arc<T>) {
        self.rows.insert(position, row);
    }

    pub(super) fn remove(&mut self, id: &str) -> Option<(u64, Arc<T>)> {
        let (position, _) = self.find(id)?;
        let row = self.rows.remove(position)?;
        self.ids.remove(id, position);
        Some((position, row))
    }

    /// A page of the rows that `shows` accepts.
    pub(super) fn page(&self, page: PageRequest, shows: impl Fn(&T) -> bool) -> Page<Arc<T>> {
        let rows = self.range(page.start()).filter(|(_, row)| shows(row));
        Page::first(page.limit, rows.map(|(position, row)| (position, row.clone())))
    }
}

/// Resources that belong to another one, by id and by the position of their owner. Each owner has few.
#[derive(Debug)]
pub(super) struct OwnedTable<T> {
    rows: Table<Owned<T>>,
    by_owner: PositionMultimap,
}

#[derive(Debug)]
struct Owned<T> {
    owner: u64,
    item: Arc<T>,
}

impl<T: Row> Row for Owned<T> {
    const ID_KEY: &'static str = T::ID_KEY;

    fn id(&self) -> Cow<'_, str> {
        self.item.id()
    }

    fn has_id(&self, id: &str) -> bool {
        self.item.has_id(id)
    }

    fn with_id(&self, id: String) -> Self {
        Self { owner: self.owner, item: Arc::new(self.item.with_id(id)) }
    }
}

impl<T> Clone for OwnedTable<T> {
    fn clone(&self) -> Self {
        Self { rows: self.rows.clone(), by_owner: self.by_owner.clone() }
    }
}

impl<T> Default for OwnedTable<T> {
    fn default() -> Self {
        Self { rows: Table::default(), by_owner: PositionMultimap::default() }
    }
}

impl<T: Row> OwnedTable<T> {
    /// Every resource with the position of its owner, oldest first.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u64, &Arc<T>)> {
        self.rows.iter().map(|row| (row.owner, &row.item))
    }

    /// The resources of an owner, oldest first.
    pub(super) fn of(&self, owner: u64) -> impl Iterator<Item = &Arc<T>> {
        self.positions(owner).map(|(_, item)| item)
    }

    fn positions(&self, owner: u64) -> impl Iterator<Item = (u64, &Arc<T>)> {
        self.by_owner.range(owner, 0).filter_map(move |position| {
            let row = self.rows.at(position).filter(|row| row.owner == owner)?;
            Some((position, &row.item))
        })
    }

    pub(super) fn next_id(&mut self, seed: u64) -> NewId {
        self.rows.next_id(seed)
    }

    pub(super) fn nth_id(&self, seed: u64, skipped: usize) -> NewId {
        self.rows.nth_id(seed, skipped)
    }

    /// Whether any owner has a resource with this id.
    pub(super) fn contains(&self, id: &str) -> bool {
        self.rows.find(id).is_some()
    }

    pub(super) fn push(&mut self, owner: u64, item: Arc<T>) {
        self.by_owner.insert(owner, self.rows.next_position());
        self.rows.push(Arc::new(Owned { owner, item }));
    }

    pub(super) fn find(&self, owner: u64, id: &str) -> Option<(u64, &Arc<T>)> {
        let (position, row) = self.rows.find(id)?;
        (row.owner == owner).then_some((position, &row.item))
    }

    /// Replaces the resource at a position. The id stays the same.
    pub(super) fn replace(&mut self, owner: u64, position: u64, item: Arc<T>) {
        self.rows.replace(position, Arc::new(Owned { owner, item }));
    }

    /// Removes a resource of an owner. Returns whether it existed.
    pub(super) fn remove(&mut self, owner: u64, id: &str) -> bool {
        let Some((position, _)) = self.find(owner, id) else { return false };
        self.rows.remove(id);
        self.by_owner.remove(owner, position);
        true
    }

    /// Removes the resources of an owner that `keeps` rejects.
    pub(super) fn retain(&mut self, owner: u64, keeps: impl Fn(&T) -> bool) {
        let removed = self.of(owner).filter(|item| !keeps(item));
        let removed: Vec<_> = removed.map(|item| item.id().into_owned()).collect();
        for id in removed {
            self.remove(owner, &id);
        }
    }

    /// Removes all resources of an owner.
    pub(super) fn remove_all(&mut self, owner: u64) {
        self.retain(owner, |_| false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::model::Timestamp;

    fn push(table: &mut Table<Tenant>, id: String) {
        table.push(Arc::new(Tenant { id: id.into(), created: Timestamp(0) }));
    }

    #[test]
    fn new_ids_skip_the_ids_of_loaded_rows() {
        let (mut table, seed) = (Table::<Tenant>::default(), 7);
        // As after a restart: of six rows the first three were deleted.
        for number in 3..6 {
            push(&mut table, uuid(seed, Tenant::ID_KEY, number));
        }
        assert_eq!(table.nth_id(seed, 1).number, 7);
        for number in 6..9 {
            assert_eq!(table.next_id(seed).number, number, "not yet used");
            let new = table.next_id(seed);
            assert_eq!(new.number, number);
            push(&mut table, new.id);
        }
        let copy = table.clone();
        assert_eq!(copy.nth_id(seed, 0).number, 9);
        let last = uuid(seed, Tenant::ID_KEY, 8);
        table.remove(&last);
        assert_eq!(table.next_id(seed).id, last, "free again");
    }
}
