//! Pages of lists.

use std::sync::Arc;

use super::membership::{GroupMembership, MemberId};

/// Which page of a list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PageRequest {
    /// How many at the most, from 1.
    pub limit: usize,
    /// The position of the last item already seen; `None` starts at the beginning.
    pub after: Option<u64>,
}

/// Part of a list.
#[derive(Clone, PartialEq, Debug)]
pub struct Page<T> {
    /// In order.
    pub items: Vec<T>,
    /// The position of the last item, if more follow: what the next [`PageRequest`] goes on from.
    pub next: Option<u64>,
}

impl Page<Arc<GroupMembership>> {
    /// The id of the user or of the group whose memberships these all are; empty where there are none.
    pub fn owner_id(&self, by_user: bool) -> &str {
        self.items.first().map_or("", |item| {
            let MemberId::User(user) = &item.member;
            if by_user { user.as_str() } else { item.group.as_str() }
        })
    }
}

/// The first `limit` of `items`, and whether more follow.
pub(in crate::domain) fn page_of<T>(
    limit: usize,
    items: impl Iterator<Item = (u64, T)>,
) -> Page<T> {
    let mut items = items.peekable();
    let mut page = Page { items: Vec::new(), next: None };
    let mut last = None;
    for (position, item) in items.by_ref().take(limit) {
        page.items.push(item);
        last = Some(position);
    }
    page.next = items.peek().and(last);
    page
}
