//! A fault rule in a test's hands.

use std::sync::Arc;

use crate::service::Service;

/// A fault rule that goes when this does.
#[must_use = "the rule is removed when this is dropped"]
pub struct Injected {
    pub(super) service: Arc<Service>,
    pub(super) id: String,
}

impl Injected {
    /// What the rule is called in replies and in the control API.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// How many requests it has matched.
    pub fn matched(&self) -> u64 {
        self.counts().0
    }

    /// How many requests it has hit.
    pub fn fired(&self) -> u64 {
        self.counts().1
    }

    fn counts(&self) -> (u64, u64) {
        let rule = self.service.faults().get(&self.id, self.service.clock().now());
        rule.map_or((0, 0), |rule| (rule.matched, rule.fired))
    }
}

impl Drop for Injected {
    fn drop(&mut self) {
        self.service.faults().remove(&self.id);
    }
}
