//! Tables of resources with unique attributes.

use std::borrow::Cow;
use std::sync::Arc;

use super::persistent::{DuplicatePositions, HashIndex};
use super::table::{NewId, Row, Table};
use crate::domain::model::{Attribute, Attributes, Group, Page, PageRequest, User};

/// A resource with attributes whose values no other resource of its table may have.
pub(super) trait UniqueAttributes: Row {
    /// These attributes, in the order in which they are checked.
    const UNIQUE: &'static [Attribute];

    fn attributes(&self) -> &Attributes;
}

impl UniqueAttributes for User {
    const UNIQUE: &'static [Attribute] =
        &[Attribute::UserName, Attribute::Emails, Attribute::ExternalIds];

    fn attributes(&self) -> &Attributes {
        &self.attributes
    }
}

impl UniqueAttributes for Group {
    const UNIQUE: &'static [Attribute] = &[Attribute::DisplayName, Attribute::ExternalIds];

    fn attributes(&self) -> &Attributes {
        &self.attributes
    }
}

/// A table with an index for each unique attribute.
///
/// A write changes the row last and removes old index entries after it. A lookup checks the row, so an
/// entry without its row is never found. Index entries are in lower case, so that one index serves exact
/// and case-insensitive lookups.
#[derive(Debug)]
pub(super) struct IndexedTable<T> {
    table: Table<T>,
    /// One for each of `T::UNIQUE`, in that order.
    indexes: Vec<HashIndex>,
    /// Whether values that differ in case only are equal. External ids always differ.
    ignore_case: bool,
}

impl<T> Clone for IndexedTable<T> {
    fn clone(&self) -> Self {
        let (table, indexes) = (self.table.clone(), self.indexes.clone());
        Self { table, indexes, ignore_case: self.ignore_case }
    }
}

impl<T: UniqueAttributes> IndexedTable<T> {
    pub(super) fn new(ignore_case: bool) -> Self {
        let indexes = vec![HashIndex::default(); T::UNIQUE.len()];
        Self { table: Table::default(), indexes, ignore_case }
    }

    pub(super) fn len(&self) -> usize {
        self.table.len()
    }

    pub(super) fn next_position(&self) -> u64 {
        self.table.next_position()
    }

    pub(super) fn next_id(&mut self, seed: u64) -> NewId {
        self.table.next_id(seed)
    }

    /// The id that the next row has if no other row has it.
    pub(super) fn default_id(&self, seed: u64) -> String {
        Table::<T>::default_id(seed, self.next_position())
    }

    pub(super) fn at(&self, position: u64) -> Option<&Arc<T>> {
        self.table.at(position)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Arc<T>> {
        self.table.iter()
    }

    /// The rows from a position on, in order.
    pub(super) fn range(&self, from: u64) -> impl Iterator<Item = (u64, &Arc<T>)> {
        self.table.range(from)
    }

    /// A page of the rows that `shows` accepts.
    pub(super) fn page(&self, page: PageRequest, shows: impl Fn(&T) -> bool) -> Page<Arc<T>> {
        self.table.page(page, shows)
    }

    /// The row with an id, and its position.
    pub(super) fn find(&self, id: &str) -> Option<(u64, &Arc<T>)> {
        self.table.find(id)
    }

    /// The row with a value of a unique attribute, and its position. Returns `None` for other
    /// attributes.
    pub(super) fn find_by(&self, attribute: Attribute, value: &str) -> Option<(u64, &Arc<T>)> {
        let index = T::UNIQUE.iter().position(|unique| *unique == attribute)?;
        self.find_value(index, value)
    }

    /// The rows with a value of a unique attribute in any case, in order. Empty for other attributes.
    pub(super) fn find_in_any_case(
        &self,
        attribute: Attribute,
        value: &str,
    ) -> impl Iterator<Item = (u64, &Arc<T>)> {
        let index = T::UNIQUE.iter().position(|unique| *unique == attribute);
        index.into_iter().flat_map(move |index| self.rows_with(index, value, true))
    }

    fn find_value(&self, index: usize, value: &str) -> Option<(u64, &Arc<T>)> {
        self.rows_with(index, value, self.ignore_case).next()
    }

    fn rows_with(
        &self,
        index: usize,
        value: &str,
        ignore_case: bool,
    ) -> impl Iterator<Item = (u64, &Arc<T>)> {
        let positions = self.indexes[index].candidates(&*lower_case(value));
        let rows = positions.filter_map(|position| Some((position, self.at(position)?)));
        rows.filter(move |(_, row)| Self::has_value(row, index, value, ignore_case))
    }

    /// Appends a row and returns its position.
    ///
    /// # Errors
    /// The first unique attribute with a value of another row; then nothing changes.
    pub(super) fn push(&mut self, row: Arc<T>) -> Result<u64, Attribute> {
        let keys = self.keys(&row);
        self.check(&keys, None)?;
        self.insert_keys(&keys, self.next_position());
        Ok(self.table.push(row))
    }

    /// Replaces the row at a position. The id stays the same.
    ///
    /// # Errors
    /// The first unique attribute with a value of another row; then nothing changes.
    pub(super) fn replace(&mut self, position: u64, row: Arc<T>) -> Result<(), Attribute> {
        let Some(former) = self.at(position).cloned() else { return Ok(()) };
        // Most updates do not touch a unique attribute and leave the indexes as they are.
        let is_unchanged =
            |unique: &Attribute| former.attributes().get(*unique) == row.attributes().get(*unique);
        if T::UNIQUE.iter().all(is_unchanged) {
            self.table.replace(position, row);
            return Ok(());
        }
        let keys = self.keys(&row);
        self.check(&keys, Some(position))?;
        let mut released = self.keys(&former);
        let entry = |key: &UniqueKey| {
            let (index, text) = key.entry();
            (index, self.indexes[index].prefix(&*text))
        };
        let current: Vec<_> = keys.iter().map(entry).collect();
        released.retain(|key| !current.contains(&entry(key)));
        self.insert_keys(&keys, position);
        self.table.replace(position, row);
        self.remove_keys(&released, position);
        Ok(())
    }

    /// Removes the row with an id.
    pub(super) fn remove(&mut self, id: &str) {
        let Some((position, row)) = self.table.remove(id) else { return };
        let keys = self.keys(&row);
        self.remove_keys(&keys, position);
    }

    fn insert_keys(&mut self, keys: &[UniqueKey], position: u64) {
        for key in keys {
            let (index, text) = key.entry();
            self.indexes[index].insert(&*text, position);
        }
    }

    fn remove_keys(&mut self, keys: &[UniqueKey], position: u64) {
        for key in keys {
            let (index, text) = key.entry();
            self.indexes[index].remove(&*text, position);
        }
    }

    fn check(&self, keys: &[UniqueKey], own: Option<u64>) -> Result<(), Attribute> {
        for key in keys {
            let holder = self.find_value(key.index, &key.value);
            if holder.is_some_and(|(holder, _)| Some(holder) != own) {
                return Err(T::UNIQUE[key.index]);
            }
        }
        Ok(())
    }

    /// Appends a row that no lookup finds before [`IndexedTable::set_indexes`].
    pub(super) fn push_unindexed(&mut self, row: Arc<T>) -> u64 {
        self.table.push_unindexed(row)
    }

    /// See [`Table::resolve_generated_ids`].
    pub(super) fn resolve_generated_ids(
        &mut self,
        seed: u64,
        generated: &[u64],
    ) -> Result<(), DuplicatePositions> {
        self.table.resolve_generated_ids(seed, generated)
    }

    /// See [`Table::build_ids`].
    pub(super) fn build_ids(&self) -> Result<HashIndex, DuplicatePositions> {
        self.table.build_ids()
    }

    /// Builds the index of the unique attribute at `index` from all rows.
    ///
    /// # Errors
    /// Two rows have the same value.
    pub(super) fn build_index(&self, index: usize) -> Result<HashIndex, DuplicatePositions> {
        let rows = self.range(0);
        let keys = rows.flat_map(|(position, row)| {
            let values = Self::values_of(row, index).into_iter();
            values.map(move |value| (lower_case(&value).into_owned(), position))
        });
        HashIndex::build(keys, |one, other| match (self.at(one), self.at(other)) {
            (Some(one), Some(other)) => {
                let mut values = Self::values_of(one, index).into_iter();
                values.any(|value| Self::has_value(other, index, &value, self.ignore_case))
            }
            _ => false,
        })
    }

    /// Sets the indexes that were built from all rows.
    pub(super) fn set_indexes(&mut self, ids: HashIndex, indexes: Vec<HashIndex>) {
        self.table.set_ids(ids);
        self.indexes = indexes;
    }

    /// The index, in the list of the `later` row, of the value that it shares with the `earlier` one.
    pub(super) fn shared_element(&self, index: usize, earlier: u64, later: u64) -> usize {
        let mut shared = 0;
        if let (Some(earlier), Some(later)) = (self.at(earlier), self.at(later)) {
            any_value(later.attributes(), T::UNIQUE[index], |element, value| {
                shared = element;
                Self::has_value(earlier, index, value, self.ignore_case)
            });
        }
        shared
    }

    /// Replaces the row at a position and leaves the indexes as they are.
    pub(super) fn replace_unindexed(&mut self, position: u64, row: Arc<T>) {
        self.table.replace(position, row);
    }

    /// The keys of a row in all indexes.
    fn keys(&self, row: &T) -> Vec<UniqueKey> {
        let mut keys = Vec::new();
        for index in 0..T::UNIQUE.len() {
            let values = Self::values_of(row, index).into_iter();
            keys.extend(values.map(|value| UniqueKey { index, value }));
        }
        keys
    }

    /// The values of the unique attribute at `index`.
    fn values_of(row: &T, index: usize) -> Vec<Box<str>> {
        let mut values = Vec::new();
        any_value(row.attributes(), T::UNIQUE[index], |_, value| {
            values.push(value.into());
            false
        });
        values
    }

    /// Whether a row has a value of the unique attribute at `index`. External ids are always case-sensitive.
    fn has_value(row: &T, index: usize, value: &str, ignore_case: bool) -> bool {
        any_value(row.attributes(), T::UNIQUE[index], |_, own| {
            own == value || ignore_case && lower_case(own) == lower_case(value)
        })
    }
}

/// A value of a unique attribute, and the number of its index.
struct UniqueKey {
    index: usize,
    value: Box<str>,
}

impl UniqueKey {
    /// The number of the index, and the text of the index entry.
    fn entry(&self) -> (usize, Cow<'_, str>) {
        (self.index, lower_case(&self.value))
    }
}

/// The text in lower case. An external id, which contains the separator, is unchanged.
fn lower_case(value: &str) -> Cow<'_, str> {
    let is_unchanged = |byte: u8| byte.is_ascii() && !byte.is_ascii_uppercase();
    match value.contains(EXTERNAL_ID_SEPARATOR) || value.bytes().all(is_unchanged) {
        true => value.into(),
        false => value.to_lowercase().into(),
    }
}

/// Separates issuer and id. The limits of both exclude it.
const EXTERNAL_ID_SEPARATOR: char = '\0';

/// An external id as one value, for [`IndexedTable::find_by`].
pub(super) fn external_id(issuer: &str, id: &str) -> String {
    format!("{issuer}{EXTERNAL_ID_SEPARATOR}{id}")
}

/// Whether any value of a unique attribute passes a test, which gets the index of the value in its list.
fn any_value(
    attributes: &Attributes,
    attribute: Attribute,
    mut test: impl FnMut(usize, &str) -> bool,
) -> bool {
    let mut elements = attributes.list(attribute).iter().enumerate();
    match attribute {
        Attribute::Emails => elements.any(|(element, email)| {
            email.text(Attribute::Value).is_some_and(|address| test(element, address))
        }),
        Attribute::ExternalIds => elements.any(|(element, record)| {
            let part = |part| record.text(part).unwrap_or_default();
            test(element, &external_id(part(Attribute::Issuer), part(Attribute::Id)))
        }),
        text => attributes.text(text).is_some_and(|value| test(0, value)),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::domain::model::{AttributeValue, Meta, Stamp, Timestamp};

    fn group(name: &str) -> Arc<Group> {
        let name = AttributeValue::Text(name.into());
        let attributes = [(Attribute::DisplayName, name)].into_iter().collect();
        let meta = Meta::new(Stamp { at: Timestamp(0), by: "a".into() });
        Arc::new(Group { id: "g-1".into(), attributes, meta })
    }

    /// Two names whose hashes have the same prefix.
    fn names_with_one_entry(index: &HashIndex) -> [String; 2] {
        let mut seen = HashMap::new();
        let mut names = (0..).map(|number| format!("name {number}"));
        let found = names.find_map(|name| {
            let former = seen.insert(index.prefix(&*name), name.clone())?;
            Some([former, name])
        });
        found.expect("there are only 2^24 prefixes")
    }

    #[test]
    fn a_new_value_is_found_if_it_has_the_index_entry_of_the_former_one() {
        let mut groups = IndexedTable::new(false);
        let [former, new] = names_with_one_entry(&groups.indexes[0]);
        groups.push(group(&former)).expect("a free name");
        groups.replace(0, group(&new)).expect("a free name");
        let found = |name| groups.find_by(Attribute::DisplayName, name).map(|(at, _)| at);
        assert_eq!((found(&new), found(&former)), (Some(0), None));
    }
}
