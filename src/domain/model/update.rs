//! What an update has changed.

use std::sync::Arc;

use super::attributes::Attributes;
use super::group::Group;
use super::user::User;

/// A user or group before and after an update.
#[derive(Clone, PartialEq, Debug)]
#[allow(missing_docs)]
pub enum ResourceUpdate {
    User { former: Arc<User>, current: Arc<User> },
    Group { former: Arc<Group>, current: Arc<Group> },
}

impl ResourceUpdate {
    /// The attributes before and after the update.
    pub fn attributes(&self) -> (&Attributes, &Attributes) {
        match self {
            Self::User { former, current } => (&former.attributes, &current.attributes),
            Self::Group { former, current } => (&former.attributes, &current.attributes),
        }
    }
}
