//! Permission sets of a store's instance and their assignments to users and groups.
//!
//! A request to create or delete an assignment is carried out after `StoreRules::assignment_delay_ms`.
//! Nothing runs at that time: an assignment has the times from which and until which it exists.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use super::IdentityStore;
use crate::domain::ids::uuid;
use crate::domain::model::{
    AccessChange, AccessOutcome, AccessQuery, Account, AccountAssignment, AccountId, ApiError,
    AssignmentAction, AssignmentFailure, AssignmentRequest, AssignmentRequestId, AssignmentStatus,
    Outcome, Page, PageRequest, PermissionSet, PermissionSetId, Principal, ResourceKind, Stamp,
    Timestamp,
};
use crate::domain::random::draw;

/// The largest number of assignment requests that a store remembers; the oldest are forgotten first.
pub const ASSIGNMENT_REQUESTS_MAX: usize = 1_000;

/// Permission sets, assignments and assignment requests. A clone shares them until one is changed.
#[derive(Clone, Default, Debug)]
pub(super) struct AccessTables {
    /// The accounts of the instance's organization.
    accounts: Arc<Vec<Arc<Account>>>,
    permission_sets: Arc<Vec<Arc<PermissionSet>>>,
    assignments: Arc<Assignments>,
    requests: Arc<BTreeMap<u64, Arc<AssignmentRequest>>>,
    requests_made: u64,
}

/// Assignments by position, in order of creation.
#[derive(Clone, Default, Debug)]
struct Assignments {
    rows: BTreeMap<u64, AssignmentRow>,
    next_position: u64,
}

#[derive(Clone, Debug)]
struct AssignmentRow {
    assignment: AccountAssignment,
    /// The time from which it exists.
    from: Timestamp,
    /// The time until which it exists, if a request deletes it.
    until: Option<Timestamp>,
}

impl AssignmentRow {
    fn is_visible(&self, now: Timestamp) -> bool {
        self.from <= now && self.until.is_none_or(|until| now < until)
    }
}

impl AccessTables {
    pub(super) fn permission_sets(&self) -> &[Arc<PermissionSet>] {
        &self.permission_sets
    }

    /// Every assignment that no request deletes, oldest first.
    pub(super) fn assignments(&self) -> impl Iterator<Item = &AccountAssignment> {
        let rows = self.assignments.rows.values().filter(|row| row.until.is_none());
        rows.map(|row| &row.assignment)
    }

    /// Adds an assignment that exists from a time on.
    pub(super) fn push_assignment(&mut self, assignment: AccountAssignment, from: Timestamp) {
        let assignments = Arc::make_mut(&mut self.assignments);
        let row = AssignmentRow { assignment, from, until: None };
        assignments.rows.insert(assignments.next_position, row);
        assignments.next_position += 1;
    }

    /// The position of an assignment that no request deletes.
    fn find(&self, assignment: &AccountAssignment) -> Option<u64> {
        let mut rows = self.assignments.rows.iter();
        let found = rows.find(|(_, row)| row.until.is_none() && row.assignment == *assignment);
        found.map(|(position, _)| *position)
    }

    fn delete(&mut self, position: u64, at: Timestamp) {
        if let Some(row) = Arc::make_mut(&mut self.assignments).rows.get_mut(&position) {
            row.until = Some(at);
        }
    }

    /// Removes the assignments that no longer exist.
    fn remove_deleted(&mut self, now: Timestamp) {
        let has_ended = |row: &AssignmentRow| row.until.is_some_and(|until| until <= now);
        if self.assignments.rows.values().any(has_ended) {
            Arc::make_mut(&mut self.assignments).rows.retain(|_, row| !has_ended(row));
        }
    }

    fn push_request(&mut self, request: Arc<AssignmentRequest>) {
        let requests = Arc::make_mut(&mut self.requests);
        requests.insert(self.requests_made, request);
        self.requests_made += 1;
        if requests.len() > ASSIGNMENT_REQUESTS_MAX {
            requests.pop_first();
        }
    }

    /// The assignments that exist at a time, from a position on.
    fn visible(
        &self,
        now: Timestamp,
        from: u64,
    ) -> impl Iterator<Item = (u64, &AccountAssignment)> {
        let rows = self.assignments.rows.range(from..);
        rows.filter(move |(_, row)| row.is_visible(now))
            .map(|(position, row)| (*position, &row.assignment))
    }

    /// A page of the distinct values of assignments. A value has the position of the first assignment with it.
    fn list_distinct<T: Clone + Eq + std::hash::Hash>(
        &self,
        now: Timestamp,
        page: PageRequest,
        value: impl Fn(&AccountAssignment) -> Option<&T>,
    ) -> Page<T> {
        let from = page.start();
        let mut seen = HashSet::new();
        let values = self.visible(now, 0).filter_map(|(position, assignment)| {
            let value = value(assignment)?;
            seen.insert(value).then(|| (position, value.clone()))
        });
        Page::first(page.limit, values.skip_while(|(position, _)| *position < from))
    }

    fn list_assignments(
        &self,
        now: Timestamp,
        page: PageRequest,
        is_listed: impl Fn(&AccountAssignment) -> bool,
    ) -> Page<AccountAssignment> {
        let rows = self.visible(now, page.start());
        let listed = rows.filter(|(_, assignment)| is_listed(assignment));
        Page::first(page.limit, listed.map(|(position, assignment)| (position, assignment.clone())))
    }
}

impl IdentityStore {
    /// Answers a query about access; the shared lock is held.
    ///
    /// # Errors
    /// `NotFound` if the permission set or the request that it names does not exist.
    pub(in crate::domain) fn access_query(
        &self,
        now: Timestamp,
        query: AccessQuery,
    ) -> Result<Outcome, ApiError> {
        let access = &self.access;
        let outcome = match query {
            AccessQuery::DescribeInstance => return Ok(Outcome::Instance(self.instance())),
            AccessQuery::ListPermissionSets(page) => {
                let from = page.start();
                let sets = (0..).zip(access.permission_sets.iter().cloned());
                let sets = sets.skip_while(|(position, _)| *position < from);
                AccessOutcome::PermissionSets(Page::first(page.limit, sets))
            }
            AccessQuery::DescribePermissionSet(id) => {
                AccessOutcome::PermissionSet(self.permission_set(&id)?.clone())
            }
            AccessQuery::ListPermissionSetsOfAccount { account, page } => {
                let sets = access.list_distinct(now, page, |one| {
                    (one.account == account).then_some(&one.permission_set)
                });
                let items = sets.items.iter().filter_map(|id| self.permission_set(id).ok());
                let items = items.cloned().collect();
                AccessOutcome::PermissionSets(Page { items, next: sets.next })
            }
            AccessQuery::ListAccountsOfPermissionSet { permission_set, page } => {
                self.permission_set(&permission_set)?;
                AccessOutcome::Accounts(access.list_distinct(now, page, |one| {
                    (one.permission_set == permission_set).then_some(&one.account)
                }))
            }
            AccessQuery::ListAssignments { account, permission_set, page } => {
                self.permission_set(&permission_set)?;
                AccessOutcome::Assignments(access.list_assignments(now, page, |one| {
                    one.account == account && one.permission_set == permission_set
                }))
            }
            AccessQuery::ListAssignmentsOfPrincipal { principal, account, page } => {
                let principals = self.principals_of(principal);
                let is_account = |one: &AccountId| account.as_ref().is_none_or(|id| id == one);
                AccessOutcome::Assignments(access.list_assignments(now, page, |one| {
                    principals.contains(&one.principal) && is_account(&one.account)
                }))
            }
            AccessQuery::DescribeAssignmentRequest { id, action } => {
                AccessOutcome::AssignmentStatus(self.assignment_status(now, &id, action)?)
            }
        };
        Ok(outcome.into())
    }

    /// Records a request to create or delete an assignment, with its result.
    ///
    /// Source: AWS API_CreateAccountAssignment, API_DeleteAccountAssignment. An assignment that exists is
    /// created again without change. Assumed: deleting one that does not exist fails.
    pub(super) fn change_access(&mut self, stamp: &Stamp, change: AccessChange) -> Outcome {
        let AccessChange { action, assignment } = change;
        self.access.remove_deleted(stamp.at);
        let delay_ms = i64::try_from(self.rules.assignment_delay_ms).unwrap_or(i64::MAX);
        let done_at = Timestamp(stamp.at.0.saturating_add(delay_ms));
        let existing = self.access.find(&assignment);
        let failure = self.assignment_failure(action, &assignment, existing);
        match (failure, action, existing) {
            (None, AssignmentAction::Create, None) => {
                self.access.push_assignment(assignment.clone(), done_at);
            }
            (None, AssignmentAction::Delete, Some(position)) => {
                self.access.delete(position, done_at);
            }
            (Some(_), _, _)
            | (None, AssignmentAction::Create, Some(_))
            | (None, AssignmentAction::Delete, None) => {}
        }
        let id = self.next_assignment_request_id();
        let request =
            AssignmentRequest { id, action, assignment, created_at: stamp.at, done_at, failure };
        let request = Arc::new(request);
        self.access.push_request(request.clone());
        // The response is in progress also without a delay. Source: API_CreateAccountAssignment.
        AccessOutcome::AssignmentStatus(AssignmentStatus { request, is_done: false }).into()
    }

    fn assignment_failure(
        &self,
        action: AssignmentAction,
        assignment: &AccountAssignment,
        existing: Option<u64>,
    ) -> Option<AssignmentFailure> {
        if self.permission_set(&assignment.permission_set).is_err() {
            return Some(AssignmentFailure::UnknownPermissionSet);
        }
        match action {
            // The principal may be deleted: its assignments outlast it.
            AssignmentAction::Delete => {
                existing.is_none().then_some(AssignmentFailure::UnknownAssignment)
            }
            AssignmentAction::Create => match &assignment.principal {
                Principal::User(user) => {
                    self.user(user).is_err().then_some(AssignmentFailure::UnknownUser)
                }
                Principal::Group(group) => {
                    self.group(group).is_err().then_some(AssignmentFailure::UnknownGroup)
                }
            },
        }
    }

    /// The accounts of the instance's organization.
    pub fn accounts(&self) -> &Arc<Vec<Arc<Account>>> {
        &self.access.accounts
    }

    /// Sets the accounts of the instance's organization.
    pub fn set_accounts(&mut self, accounts: Arc<Vec<Arc<Account>>>) {
        self.access.accounts = accounts;
    }

    /// Adds a permission set as it is, for fixtures. Returns `false` if another has its id or name.
    pub fn insert_permission_set(&mut self, permission_set: PermissionSet) -> bool {
        let is_free = self
            .permission_sets()
            .iter()
            .all(|one| one.id != permission_set.id && one.name != permission_set.name);
        if is_free {
            Arc::make_mut(&mut self.access.permission_sets).push(Arc::new(permission_set));
        }
        is_free
    }

    /// The id that the next permission set gets, unless it brings its own.
    pub fn next_permission_set_id(&self) -> PermissionSetId {
        let sets = self.permission_sets();
        let mut ids = (sets.len() as u64..).map(|n| draw(self.seed, "permission set", n));
        let mut ids = ids.by_ref().map(|number| PermissionSetId::from(format!("{number:016x}")));
        let free = ids.find(|id| sets.iter().all(|one| one.id != *id));
        free.unwrap_or_else(|| "".into()) // There are more ids than permission sets.
    }

    /// Adds an assignment as it is, for fixtures. Its principal need not exist: an assignment outlasts
    /// it. Returns `false` if there is one already.
    pub fn insert_account_assignment(&mut self, assignment: AccountAssignment) -> bool {
        let is_new = self.access.find(&assignment).is_none();
        if is_new {
            self.access.push_assignment(assignment, Timestamp(i64::MIN));
        }
        is_new
    }

    /// Every permission set, oldest first.
    pub fn permission_sets(&self) -> &[Arc<PermissionSet>] {
        self.access.permission_sets()
    }

    /// Every assignment, oldest first.
    pub fn account_assignments(&self) -> impl Iterator<Item = &AccountAssignment> {
        self.access.assignments()
    }

    /// The permission set of an id.
    fn permission_set(&self, id: &PermissionSetId) -> Result<&Arc<PermissionSet>, ApiError> {
        let found = self.access.permission_sets.iter().find(|one| one.id == *id);
        found.ok_or_else(|| ApiError::not_found(ResourceKind::PermissionSet, id.as_str()))
    }

    fn next_assignment_request_id(&self) -> AssignmentRequestId {
        uuid(self.seed, "assignment request", self.access.requests_made).into()
    }

    fn assignment_status(
        &self,
        now: Timestamp,
        id: &AssignmentRequestId,
        action: AssignmentAction,
    ) -> Result<AssignmentStatus, ApiError> {
        let mut requests = self.access.requests.values();
        let found = requests.find(|request| request.id == *id && request.action == action);
        let unknown = || ApiError::not_found(ResourceKind::AssignmentRequest, id.as_str());
        let request = found.ok_or_else(unknown)?.clone();
        let is_done = request.done_at <= now;
        Ok(AssignmentStatus { request, is_done })
    }

    /// The principal, and the groups of a user.
    ///
    /// Source: AWS API_ListAccountAssignmentsForPrincipal. Assumed: an unknown principal has those
    /// assignments that are left of it.
    fn principals_of(&self, principal: Principal) -> HashSet<Principal> {
        let groups = match &principal {
            Principal::User(user) => self.groups_of_user(user),
            Principal::Group(_) => Vec::new(),
        };
        groups.into_iter().map(Principal::Group).chain([principal]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::store::StoreRules;

    const DELAY_MS: i64 = 1_000;

    fn store() -> IdentityStore {
        let rules = StoreRules { assignment_delay_ms: 1_000, ..StoreRules::default() };
        let mut store = IdentityStore::new("d-1234567890".into(), 7, rules);
        let permission_set = PermissionSet {
            id: "0123456789abcdef".into(),
            name: "Admin".to_owned(),
            description: None,
            session_duration: "PT1H".to_owned(),
            relay_state: None,
            inline_policy: None,
            managed_policies: Vec::new(),
            customer_managed_policies: Vec::new(),
            tags: BTreeMap::new(),
            created_at: Timestamp(0),
        };
        assert!(store.insert_permission_set(permission_set));
        store
    }

    fn assignment() -> AccountAssignment {
        AccountAssignment {
            account: "123456789012".into(),
            permission_set: "0123456789abcdef".into(),
            principal: Principal::User("f384e872-8021-70c4-796b-a1180c595771".into()),
        }
    }

    /// Whether the assignment is listed at a time.
    fn is_listed(store: &IdentityStore, ms: i64) -> bool {
        let AccountAssignment { account, permission_set, .. } = assignment();
        let page = PageRequest { limit: 10, after: None };
        let query = AccessQuery::ListAssignments { account, permission_set, page };
        match store.access_query(Timestamp(ms), query) {
            Ok(Outcome::Access(outcome)) => match *outcome {
                AccessOutcome::Assignments(page) => !page.items.is_empty(),
                other => panic!("{other:?}"),
            },
            other => panic!("{other:?}"),
        }
    }

    /// Requests a change at a time and returns the id of the request.
    fn request(
        store: &mut IdentityStore,
        ms: i64,
        action: AssignmentAction,
    ) -> AssignmentRequestId {
        let stamp = Stamp { at: Timestamp(ms), by: "123456789012".into() };
        let change = AccessChange { action, assignment: assignment() };
        match store.change_access(&stamp, change) {
            Outcome::Access(outcome) => match *outcome {
                AccessOutcome::AssignmentStatus(status) => status.request.id.clone(),
                other => panic!("{other:?}"),
            },
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn assignments_are_deleted_after_the_delay() {
        let mut store = store();
        assert!(store.insert_account_assignment(assignment()));
        assert!(!store.insert_account_assignment(assignment()), "it is there already");
        let id = request(&mut store, 0, AssignmentAction::Delete);
        let is_done = |store: &IdentityStore, ms| {
            let status = store.assignment_status(Timestamp(ms), &id, AssignmentAction::Delete);
            status.map(|status| status.is_done)
        };
        assert_eq!(is_done(&store, DELAY_MS - 1), Ok(false));
        assert_eq!(is_done(&store, DELAY_MS), Ok(true));
        assert!(is_listed(&store, DELAY_MS - 1) && !is_listed(&store, DELAY_MS));
        let wrong = store.assignment_status(Timestamp(0), &id, AssignmentAction::Create);
        assert!(wrong.is_err(), "a request has one kind");
    }

    #[test]
    fn requests_that_fail_change_nothing() {
        let mut store = store();
        let create = request(&mut store, 0, AssignmentAction::Create);
        let status =
            store.assignment_status(Timestamp(DELAY_MS), &create, AssignmentAction::Create);
        let failure = status.map(|status| status.request.failure);
        assert_eq!(failure, Ok(Some(AssignmentFailure::UnknownUser)));
        assert!(!is_listed(&store, DELAY_MS));
    }

    #[test]
    fn requests_are_remembered_up_to_the_limit() {
        let mut store = store();
        let first = request(&mut store, 0, AssignmentAction::Delete);
        for _ in 1..ASSIGNMENT_REQUESTS_MAX {
            request(&mut store, 0, AssignmentAction::Delete);
        }
        let is_known = |store: &IdentityStore| {
            store.assignment_status(Timestamp(0), &first, AssignmentAction::Delete).is_ok()
        };
        assert!(is_known(&store));
        request(&mut store, 0, AssignmentAction::Delete);
        assert!(!is_known(&store));
    }
}
