//! Pages of lists.

use std::sync::Arc;

use super::membership::{GroupMembership, MemberId};

/// A request for one page of a list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PageRequest {
    /// The greatest number of items, from 1.
    pub limit: usize,
    /// The position of the last item of the previous page; `None` for the first page.
    pub after: Option<u64>,
}

impl PageRequest {
    /// The first position of the page.
    pub(in crate::domain) fn start(&self) -> u64 {
        self.after.map_or(0, |after| after.saturating_add(1))
    }
}

/// One page of a list.
#[derive(Clone, PartialEq, Debug)]
pub struct Page<T> {
    /// The items, in order.
    pub items: Vec<T>,
    /// The position of the last item if more items follow; see [`PageRequest::after`].
    pub next: Option<u64>,
}

impl<T> Page<T> {
    /// The first `limit` of some items with their positions.
    pub(in crate::domain) fn first(limit: usize, items: impl Iterator<Item = (u64, T)>) -> Self {
        let mut items = items.peekable();
        let mut page = Self { items: Vec::new(), next: None };
        let mut last = None;
        for (position, item) in items.by_ref().take(limit) {
            page.items.push(item);
            last = Some(position);
        }
        page.next = items.peek().and(last);
        page
    }
}

impl<T> Page<Arc<T>> {
    /// A page of a list that has at most one item.
    pub(in crate::domain) fn of_one(request: PageRequest, found: Option<(u64, &Arc<T>)>) -> Self {
        let found = found.filter(|(position, _)| *position >= request.start());
        Self { items: found.map(|(_, item)| item.clone()).into_iter().collect(), next: None }
    }
}

impl Page<Arc<GroupMembership>> {
    /// The id of the user or of the group that all these memberships have in common; empty for an
    /// empty page.
    pub fn owner_id(&self, by_user: bool) -> &str {
        self.items.first().map_or("", |item| {
            let MemberId::User(user) = &item.member;
            if by_user { user.as_str() } else { item.group.as_str() }
        })
    }
}
