//! The commands of provisioning clients: finding by a filter, and edits of users and groups.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::IdentityStore;
use super::indexed_table::{IndexedTable, UniqueAttributes, external_id};
use super::users::{duplicate as duplicate_user, keep_verification};
use crate::domain::model::{
    ApiError, Attribute, AttributeValue, Attributes, AttributesRef, Comparison, Edit, EditStep,
    ElementChange, Filter, FilterSubject, FindPage, Group, GroupId, Meta, Operator, Outcome, Page,
    ProvisionedGroup, ProvisioningChange, ProvisioningOutcome, ProvisioningQuery, ResourceKind,
    ResourceUpdate, Stamp, UnknownMembers, User, UserId, ValueRef,
};

/// A user or group, as filters see it.
trait Filterable: UniqueAttributes {
    fn meta(&self) -> &Meta;

    /// `None` for groups.
    fn enabled(&self) -> Option<bool>;

    /// The ids of the groups of a user, or of the members of a group.
    fn linked(&self, store: &IdentityStore) -> Vec<String>;

    /// The resources that are linked to the resource with this id.
    fn linked_to<'a>(store: &'a IdentityStore, id: &str) -> BTreeMap<u64, &'a Arc<Self>>;

    fn table(store: &IdentityStore) -> &IndexedTable<Self>
    where
        Self: Sized;
}

impl Filterable for User {
    fn meta(&self) -> &Meta {
        &self.meta
    }

    fn enabled(&self) -> Option<bool> {
        Some(self.enabled)
    }

    fn linked(&self, store: &IdentityStore) -> Vec<String> {
        store.groups_of_user(&self.id).iter().map(GroupId::to_string).collect()
    }

    fn linked_to<'a>(store: &'a IdentityStore, id: &str) -> BTreeMap<u64, &'a Arc<Self>> {
        let Some((group, _)) = store.groups.find(id) else { return BTreeMap::new() };
        store.users_of_group(group).collect()
    }

    fn table(store: &IdentityStore) -> &IndexedTable<Self> {
        &store.users
    }
}

impl Filterable for Group {
    fn meta(&self) -> &Meta {
        &self.meta
    }

    fn enabled(&self) -> Option<bool> {
        None
    }

    fn linked(&self, store: &IdentityStore) -> Vec<String> {
        let Some((position, _)) = store.groups.find(self.id.as_str()) else { return Vec::new() };
        store.users_of_group(position).map(|(_, user)| user.id.to_string()).collect()
    }

    fn linked_to<'a>(store: &'a IdentityStore, id: &str) -> BTreeMap<u64, &'a Arc<Self>> {
        let groups = store.groups_of_user(&id.into());
        groups.iter().filter_map(|group| store.groups.find(group.as_str())).collect()
    }

    fn table(store: &IdentityStore) -> &IndexedTable<Self> {
        &store.groups
    }
}

impl IdentityStore {
    /// Runs a query of a provisioning client. Source: RFC 7644 §3.4.
    ///
    /// # Errors
    /// `NotFound` if the group, or the member of the filter, does not exist.
    pub(super) fn provisioning_query(&self, query: ProvisioningQuery) -> Result<Outcome, ApiError> {
        let outcome = match query {
            ProvisioningQuery::FindUsers { filter, page } => {
                let (page, total) = self.find_all::<User>(filter.as_ref(), page);
                ProvisioningOutcome::Users { page, total }
            }
            ProvisioningQuery::FindGroups { filter, page, member, with_members } => {
                if let Some(member) = member {
                    self.user(&member)?;
                }
                let (page, total) = self.find_all::<Group>(filter.as_ref(), page);
                let items = page.items.into_iter();
                let items = items.map(|group| self.provisioned(group, with_members)).collect();
                ProvisioningOutcome::Groups { page: Page { items, next: page.next }, total }
            }
            ProvisioningQuery::FindResources { user_filter, group_filter, skip, limit } => {
                let page = FindPage::Offset { skip, limit };
                let (users, user_total) = self.find_all::<User>(user_filter.as_ref(), page);
                let user_total = user_total.unwrap_or(users.items.len());
                let page = FindPage::Offset {
                    skip: skip.saturating_sub(user_total),
                    limit: limit.saturating_sub(users.items.len()),
                };
                let (groups, group_total) = self.find_all::<Group>(group_filter.as_ref(), page);
                let group_total = group_total.unwrap_or(groups.items.len());
                let groups = groups.items.into_iter().map(|group| self.provisioned(group, true));
                ProvisioningOutcome::Resources {
                    users: users.items,
                    groups: groups.collect(),
                    total: user_total + group_total,
                }
            }
            ProvisioningQuery::DescribeGroup { group, with_members } => {
                let (_, group) = self.group(&group)?;
                ProvisioningOutcome::Group(self.provisioned(group, with_members))
            }
        };
        Ok(Outcome::Provisioning(Box::new(outcome)))
    }

    /// Runs a change of a provisioning client.
    ///
    /// # Errors
    /// `NotFound`, `Conflict`, `QuotaExceeded`, or the rejection of a value. Nothing has changed then.
    pub(super) fn provisioning_change(
        &mut self,
        stamp: Stamp,
        change: ProvisioningChange,
        update: &mut Option<ResourceUpdate>,
    ) -> Result<Outcome, ApiError> {
        match change {
            ProvisioningChange::CreateUser { attributes, enabled } => {
                self.check_user_name(attributes.text(Attribute::UserName), None)?;
                self.insert_user(stamp, attributes, enabled)
            }
            ProvisioningChange::EditUser { user, edit } => {
                self.edit_user(stamp, &user, edit, update)
            }
            ProvisioningChange::CreateGroup { attributes, members, unknown, with_members } => {
                let members = self.positions(&members, unknown)?;
                self.create_group_with(stamp, attributes, &members, with_members)
            }
            ProvisioningChange::EditGroup { group, edit, unknown, lag_ms, with_members } => {
                let (_, found) = self.group(&group)?;
                let age_ms = stamp.at.0.saturating_sub(found.meta.created.at.0);
                if u64::try_from(age_ms).is_ok_and(|age_ms| age_ms < lag_ms) {
                    return Err(ApiError::not_found(ResourceKind::Group, group.as_str()));
                }
                self.edit_group(stamp, &group, edit, unknown, with_members, update)
            }
        }
    }

    fn edit_user(
        &mut self,
        stamp: Stamp,
        id: &UserId,
        edit: Edit,
        update: &mut Option<ResourceUpdate>,
    ) -> Result<Outcome, ApiError> {
        let (position, user) = self.user(id)?;
        let (mut attributes, mut enabled) = (user.attributes.clone(), user.enabled);
        for step in edit.steps {
            match step {
                EditStep::SetEnabled(is_enabled) => enabled = is_enabled,
                step => apply(&mut attributes, step),
            }
        }
        (edit.check.0)(&attributes)?;
        let name = attributes.text(Attribute::UserName);
        if name != user.attributes.text(Attribute::UserName) {
            self.check_user_name(name, Some(position))?;
        }
        keep_verification(&user.attributes, &mut attributes);
        let meta = user.meta.after_update(stamp);
        let edited = User { id: user.id.clone(), attributes, enabled, meta };
        Ok(Outcome::User(self.replace_user(position, edited, user, update)?))
    }

    fn create_group_with(
        &mut self,
        stamp: Stamp,
        attributes: Attributes,
        members: &[u64],
        with_members: bool,
    ) -> Result<Outcome, ApiError> {
        let Outcome::GroupCreated(group) = self.create_group(stamp.clone(), attributes)? else {
            return Err(ApiError::Internal { retry_after_ms: None });
        };
        let (position, _) = self.group(&group.id)?;
        self.add_members(&stamp, position, members);
        Ok(self.group_outcome(group, with_members))
    }

    fn edit_group(
        &mut self,
        stamp: Stamp,
        id: &GroupId,
        edit: Edit,
        unknown: UnknownMembers,
        with_members: bool,
        update: &mut Option<ResourceUpdate>,
    ) -> Result<Outcome, ApiError> {
        let (position, group) = self.group(id)?;
        let mut attributes = group.attributes.clone();
        // The additions and removals, by the position of the user; the last one counts.
        let mut members: BTreeMap<u64, bool> = BTreeMap::new();
        for step in edit.steps {
            match step {
                EditStep::AddMembers(users) => {
                    members.extend(
                        self.positions(&users, unknown)?.into_iter().map(|user| (user, true)),
                    );
                }
                EditStep::RemoveMembers(users) => {
                    let known = users.iter().filter_map(|user| self.users.find(user.as_str()));
                    members.extend(known.map(|(user, _)| (user, false)));
                }
                EditStep::ReplaceMembers(users) => {
                    let users = self.positions(&users, unknown)?;
                    let former = self.users_of_group(position).map(|(user, _)| user);
                    let former: Vec<_> = former.collect();
                    members.values_mut().for_each(|is_member| *is_member = false);
                    members.extend(former.into_iter().map(|user| (user, false)));
                    members.extend(users.into_iter().map(|user| (user, true)));
                }
                step => apply(&mut attributes, step),
            }
        }
        (edit.check.0)(&attributes)?;
        let meta = group.meta.after_update(stamp.clone());
        let edited = Group { id: group.id.clone(), attributes, meta };
        let group = self.replace_group(position, edited, group, update)?;
        let users_with = |membership: bool| {
            let members = members.iter().filter(move |(_, is_member)| **is_member == membership);
            members.map(|(user, _)| *user).collect::<Vec<_>>()
        };
        self.memberships.remove_pairs(position, &users_with(false));
        self.add_members(&stamp, position, &users_with(true));
        Ok(self.group_outcome(group, with_members))
    }

    /// The positions of new members.
    ///
    /// # Errors
    /// `NotFound` if one of them does not exist and is not ignored.
    fn positions(&self, users: &[UserId], unknown: UnknownMembers) -> Result<Vec<u64>, ApiError> {
        let found = users.iter().map(|user| Ok(self.user(user)?.0));
        match unknown {
            UnknownMembers::Rejected => found.collect(),
            UnknownMembers::Ignored => Ok(found.filter_map(Result::<_, ApiError>::ok).collect()),
        }
    }

    fn add_members(&mut self, stamp: &Stamp, group: u64, users: &[u64]) {
        for user in users {
            // A user who is a member stays one.
            let _ =
                self.memberships.insert(self.seed, None, group, *user, Meta::new(stamp.clone()));
        }
    }

    fn group_outcome(&self, group: Arc<Group>, with_members: bool) -> Outcome {
        let group = self.provisioned(group, with_members);
        Outcome::Provisioning(Box::new(ProvisioningOutcome::Group(group)))
    }

    fn provisioned(&self, group: Arc<Group>, with_members: bool) -> ProvisionedGroup {
        let position = self.groups.find(group.id.as_str()).filter(|_| with_members);
        let members = position.into_iter().flat_map(|(at, _)| self.users_of_group(at));
        let members = members.map(|(_, user)| user.id.clone()).collect();
        ProvisionedGroup { group, members }
    }

    fn find_all<T: Filterable>(
        &self,
        filter: Option<&Filter>,
        page: FindPage,
    ) -> (Page<Arc<T>>, Option<usize>) {
        let table = T::table(self);
        let Some(filter) = filter else {
            let total = table.len();
            return pick(table.range(0), page, Some(total));
        };
        let matches = |row: &T| self.matches(filter, row);
        match self.candidates::<T>(filter) {
            Some(found) => pick(found.into_iter().filter(|(_, row)| matches(row)), page, None),
            None => pick(table.range(0).filter(|(_, row)| matches(row)), page, None),
        }
    }

    /// Whether provisioning clients compare the values of an attribute without case.
    ///
    /// Assumed: user names are compared so, because AWS's schema has `caseExact: false` for them. No document says
    /// what the service does.
    fn ignores_case<T: UniqueAttributes>(&self, attribute: Attribute) -> bool {
        attribute == Attribute::UserName || self.rules.ignore_case && T::UNIQUE.contains(&attribute)
    }

    /// Rejects a user name that another user has. `own` is the position of the user, if it exists.
    ///
    /// # Errors
    /// `Conflict`.
    fn check_user_name(&self, name: Option<&str>, own: Option<u64>) -> Result<(), ApiError> {
        let Some(name) = name else { return Ok(()) };
        let mut holders = self.users.find_in_any_case(Attribute::UserName, name);
        let is_taken = holders.any(|(holder, _)| Some(holder) != own);
        match is_taken && self.ignores_case::<User>(Attribute::UserName) {
            true => Err(duplicate_user(Attribute::UserName)),
            false => Ok(()),
        }
    }

    /// The resources that can meet a condition, by an index; `None` if no index helps.
    fn candidates<T: Filterable>(&self, filter: &Filter) -> Option<BTreeMap<u64, &Arc<T>>> {
        let table = T::table(self);
        let one = |found: Option<(u64, _)>| Some(found.into_iter().collect());
        match filter {
            Filter::And(all) => all.iter().find_map(|filter| self.candidates::<T>(filter)),
            Filter::Compare(subject, Comparison::Text { operator: Operator::Equal, value, .. }) => {
                match subject {
                    FilterSubject::Id => one(table.find(value)),
                    FilterSubject::ExternalId(issuer) => {
                        one(table.find_by(Attribute::ExternalIds, &external_id(issuer, value)))
                    }
                    FilterSubject::Attribute(path) => {
                        let unique = match **path {
                            [unique] if unique != Attribute::ExternalIds => unique,
                            [Attribute::Emails, Attribute::Value] => Attribute::Emails,
                            _ => return None,
                        };
                        let is_indexed = T::UNIQUE.contains(&unique);
                        is_indexed.then(|| table.find_in_any_case(unique, value).collect())
                    }
                    FilterSubject::Linked => Some(T::linked_to(self, value)),
                    FilterSubject::Enabled
                    | FilterSubject::Created
                    | FilterSubject::Updated
                    | FilterSubject::Constant(_) => None,
                }
            }
            Filter::Or(_) | Filter::Not(_) | Filter::Compare(..) | Filter::Element(..) => None,
        }
    }

    fn matches<T: Filterable>(&self, filter: &Filter, row: &T) -> bool {
        match filter {
            Filter::And(all) => all.iter().all(|filter| self.matches(filter, row)),
            Filter::Or(any) => any.iter().any(|filter| self.matches(filter, row)),
            Filter::Not(filter) => !self.matches(filter, row),
            Filter::Element(list, filter) => {
                row.attributes().list(*list).iter().any(|element| matches_element(filter, element))
            }
            Filter::Compare(subject, comparison) => {
                let mut values = ComparedValues::new(comparison);
                match subject {
                    FilterSubject::Id => values.text(&row.id(), false),
                    FilterSubject::ExternalId(issuer) => {
                        for id in row.attributes().list(Attribute::ExternalIds).iter() {
                            if id.text(Attribute::Issuer) == Some(issuer) {
                                values.text(id.text(Attribute::Id).unwrap_or_default(), false);
                            }
                        }
                    }
                    FilterSubject::Enabled => {
                        if let Some(enabled) = row.enabled() {
                            values.flag(enabled);
                        }
                    }
                    FilterSubject::Created => values.time(row.meta().created.at.0),
                    FilterSubject::Updated => values.time(row.meta().updated.at.0),
                    FilterSubject::Attribute(path) => {
                        let folds = path.first().is_some_and(|name| self.ignores_case::<T>(*name));
                        values.attribute(row.attributes().view(), path, folds);
                    }
                    FilterSubject::Linked => {
                        for id in row.linked(self) {
                            values.text(&id, false);
                        }
                    }
                    FilterSubject::Constant(texts) => {
                        for text in texts {
                            values.text(text, false);
                        }
                    }
                }
                values.result()
            }
        }
    }
}

/// Picks a page of the matching rows. `total` is their number if it is known.
fn pick<'a, T: 'a>(
    mut rows: impl Iterator<Item = (u64, &'a Arc<T>)>,
    page: FindPage,
    total: Option<usize>,
) -> (Page<Arc<T>>, Option<usize>) {
    let owned = |(position, row): (u64, &Arc<T>)| (position, row.clone());
    match page {
        FindPage::After(request) => {
            let start = request.start();
            let rows = rows.filter(|(position, _)| *position >= start);
            (Page::first(request.limit, rows.map(owned)), None)
        }
        FindPage::Offset { skip, limit } => {
            let mut count = 0;
            let mut items = Vec::new();
            for (_, row) in rows.by_ref() {
                if count >= skip && items.len() < limit {
                    items.push(row.clone());
                }
                count += 1;
                if total.is_some() && items.len() >= limit {
                    break;
                }
            }
            (Page { items, next: None }, total.or(Some(count)))
        }
    }
}

/// Whether an element of a list meets a condition on its attributes.
fn matches_element(filter: &Filter, element: AttributesRef<'_>) -> bool {
    match filter {
        Filter::And(all) => all.iter().all(|filter| matches_element(filter, element)),
        Filter::Or(any) => any.iter().any(|filter| matches_element(filter, element)),
        Filter::Not(filter) => !matches_element(filter, element),
        Filter::Compare(FilterSubject::Attribute(path), comparison) => {
            let mut values = ComparedValues::new(comparison);
            values.attribute(element, path, false);
            values.result()
        }
        Filter::Compare(..) | Filter::Element(..) => false,
    }
}

/// Compares the values of a subject.
struct ComparedValues<'f> {
    comparison: &'f Comparison,
    /// Whether any value meets the comparison, or its opposite for [`Operator::NotEqual`].
    is_met: bool,
}

impl<'f> ComparedValues<'f> {
    fn new(comparison: &'f Comparison) -> Self {
        Self { comparison, is_met: false }
    }

    /// `folds` compares without regard to case although the comparison is exact.
    fn text(&mut self, found: &str, folds: bool) {
        self.is_met |= match self.comparison {
            Comparison::Present | Comparison::Absent => !found.is_empty(),
            Comparison::Text { operator, value, exact: true } if !folds => {
                compares_text(*operator, found, value)
            }
            Comparison::Text { operator, value, .. } => {
                compares_text(*operator, &found.to_lowercase(), &value.to_lowercase())
            }
            Comparison::Flag { .. } | Comparison::Time { .. } => false,
        };
    }

    fn flag(&mut self, found: bool) {
        self.is_met |= match self.comparison {
            Comparison::Present | Comparison::Absent => true,
            Comparison::Flag { value, .. } => found == *value,
            Comparison::Text { .. } | Comparison::Time { .. } => false,
        };
    }

    fn time(&mut self, found: i64) {
        self.is_met |= match self.comparison {
            Comparison::Present | Comparison::Absent => true,
            Comparison::Time { operator, value } => match operator {
                // Clients see whole seconds.
                Operator::Equal | Operator::NotEqual => {
                    found.div_euclid(1000) == value.0.div_euclid(1000)
                }
                Operator::Greater => found > value.0,
                Operator::GreaterOrEqual => found >= value.0,
                Operator::Less => found < value.0,
                Operator::LessOrEqual => found <= value.0,
                Operator::Contains | Operator::StartsWith | Operator::EndsWith => false,
            },
            Comparison::Text { .. } | Comparison::Flag { .. } => false,
        };
    }

    fn attribute(&mut self, attributes: AttributesRef<'_>, path: &[Attribute], folds: bool) {
        let [head, rest @ ..] = path else { return };
        match attributes.get(*head) {
            None => {}
            Some(ValueRef::Text(text)) => self.text(text, folds),
            Some(ValueRef::Flag(flag)) => self.flag(flag),
            Some(ValueRef::Texts(texts)) => texts.iter().for_each(|text| self.text(text, folds)),
            Some(ValueRef::Record(record)) if rest.is_empty() => self.container(!record.is_empty()),
            Some(ValueRef::Record(record)) => self.attribute(record, rest, folds),
            Some(ValueRef::List(list)) if rest.is_empty() => {
                self.container(list.first().is_some());
            }
            Some(ValueRef::List(list)) => {
                list.iter().for_each(|element| self.attribute(element, rest, folds));
            }
        }
    }

    fn container(&mut self, is_filled: bool) {
        self.is_met |= match self.comparison {
            Comparison::Present | Comparison::Absent => is_filled,
            Comparison::Text { .. } | Comparison::Flag { .. } | Comparison::Time { .. } => false,
        };
    }

    fn result(&self) -> bool {
        let is_negated = match self.comparison {
            Comparison::Present => false,
            Comparison::Absent => true,
            Comparison::Text { operator, .. }
            | Comparison::Flag { operator, .. }
            | Comparison::Time { operator, .. } => *operator == Operator::NotEqual,
        };
        self.is_met != is_negated
    }
}

/// Whether `found` has this relation to `value`. [`Operator::NotEqual`] is the opposite of its result.
fn compares_text(operator: Operator, found: &str, value: &str) -> bool {
    match operator {
        Operator::Equal | Operator::NotEqual => found == value,
        Operator::Contains => found.contains(value),
        Operator::StartsWith => found.starts_with(value),
        Operator::EndsWith => found.ends_with(value),
        Operator::Greater => found > value,
        Operator::GreaterOrEqual => found >= value,
        Operator::Less => found < value,
        Operator::LessOrEqual => found <= value,
    }
}

/// Applies a step that changes attributes.
fn apply(attributes: &mut Attributes, step: EditStep) {
    match step {
        EditStep::Attribute(operation) => attributes.apply(operation),
        EditStep::Append(list, added) => {
            let mut elements = attributes.list(list).to_vec();
            for element in added {
                let value = element.text(Attribute::Value).map(str::to_owned);
                let same = elements.iter().position(|other| {
                    *other == element
                        || value.is_some() && other.text(Attribute::Value) == value.as_deref()
                });
                let at = same.unwrap_or(elements.len());
                match elements.get_mut(at) {
                    Some(same) => merge(same, &element),
                    None => elements.push(element.clone()),
                }
                if element.get(Attribute::Primary) == Some(ValueRef::Flag(true)) {
                    make_primary(&mut elements, at);
                }
            }
            set_list(attributes, list, elements);
        }
        EditStep::Elements { list, matching, change } => {
            let mut elements = attributes.list(list).to_vec();
            let is_selected = |element: &Attributes| {
                matching.as_ref().is_none_or(|filter| matches_element(filter, element.view()))
            };
            match change {
                ElementChange::Remove => elements.retain(|element| !is_selected(element)),
                ElementChange::RemovePart(part) => {
                    elements
                        .iter_mut()
                        .filter(|element| is_selected(element))
                        .for_each(|element| element.remove(part));
                    elements.retain(|element| !element.is_empty());
                }
                ElementChange::Set { attributes: values, otherwise } => {
                    let selected = elements.iter().enumerate();
                    let selected = selected.filter(|(_, element)| is_selected(element));
                    let mut selected: Vec<_> = selected.map(|(at, _)| at).collect();
                    if selected.is_empty() {
                        selected.push(elements.len());
                        elements.push(otherwise);
                    }
                    for at in selected {
                        merge(&mut elements[at], &values);
                        if elements[at].get(Attribute::Primary) == Some(ValueRef::Flag(true)) {
                            make_primary(&mut elements, at);
                        }
                    }
                }
            }
            set_list(attributes, list, elements);
        }
        // Steps that change no attributes.
        EditStep::SetEnabled(_)
        | EditStep::AddMembers(_)
        | EditStep::RemoveMembers(_)
        | EditStep::ReplaceMembers(_) => {}
    }
}

/// Makes an element the only primary one. Source: RFC 7644 §3.5.2.
fn make_primary(elements: &mut [Attributes], primary: usize) {
    for (at, element) in elements.iter_mut().enumerate() {
        if at != primary && element.get(Attribute::Primary).is_some() {
            element.set(Attribute::Primary, AttributeValue::Flag(false));
        }
    }
}

fn merge(element: &mut Attributes, values: &Attributes) {
    for (attribute, value) in values.iter() {
        element.set(attribute, value.into());
    }
}

fn set_list(attributes: &mut Attributes, list: Attribute, elements: Vec<Attributes>) {
    match elements.is_empty() {
        true => attributes.remove(list),
        false => attributes.set(list, AttributeValue::List(elements)),
    }
}
