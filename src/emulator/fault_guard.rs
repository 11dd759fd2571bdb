//! A fault rule that lives as long as its guard.

use std::fmt;
use std::sync::Arc;

use crate::service::Service;

/// A fault rule. Dropping it removes the rule.
///
/// ```
/// use idouble::{Emulator, Fault};
///
/// let emulator = Emulator::builder().start()?;
/// let lost = emulator.inject(Fault::on("aws:CreateUser").commit().reset().times(1))?;
/// // One CreateUser is executed, and its connection is reset before a response.
/// assert_eq!((lost.matched(), lost.fired()), (0, 0));
/// println!("the header x-idouble-fault of a response that the rule hit is {}", lost.id());
/// # Ok::<(), idouble::Error>(())
/// ```
#[must_use = "the rule is removed when this is dropped"]
pub struct FaultGuard {
    pub(super) service: Arc<Service>,
    pub(super) id: String,
}

impl FaultGuard {
    /// The id of the rule in responses, in the journal and in the control API.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The number of requests that the rule matched.
    pub fn matched(&self) -> u64 {
        self.counts().0
    }

    /// The number of requests that the rule hit.
    pub fn fired(&self) -> u64 {
        self.counts().1
    }

    fn counts(&self) -> (u64, u64) {
        let rule = self.service.faults().get(&self.id, self.service.clock().now());
        rule.map_or((0, 0), |rule| (rule.matched, rule.fired))
    }
}

impl fmt::Debug for FaultGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (matched, fired) = self.counts();
        f.debug_struct("FaultGuard")
            .field("id", &self.id)
            .field("matched", &matched)
            .field("fired", &fired)
            .finish()
    }
}

impl Drop for FaultGuard {
    fn drop(&mut self) {
        self.service.faults().remove(&self.id);
    }
}
