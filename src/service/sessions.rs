//! Sessions: a store together with an access key id by which its requests are recognized.

use crate::domain::{IdentityStoreId, is_minted_store_id};

use super::{Service, Topic};

/// Access key ids of sessions begin with this. AWS access key ids have 16 characters or more.
const PREFIX: &str = "IDOUBLE";

/// The access key id of the session of a store. It follows from the id of the store.
pub fn session_of(store: &IdentityStoreId) -> String {
    let name = store.as_str().strip_prefix("d-").unwrap_or(store.as_str());
    format!("{PREFIX}{}", name.to_ascii_uppercase())
}

/// The store of a session; `None` if no session of a new store has this access key id.
pub fn store_of_session(session: &str) -> Option<IdentityStoreId> {
    let name = session.strip_prefix(PREFIX)?;
    let id = format!("d-{}", name.to_ascii_lowercase());
    (is_minted_store_id(&id) && session_of(&id.as_str().into()) == session).then(|| id.into())
}

impl Service {
    /// Whether there is a session with this access key id.
    pub(super) fn has_session(&self, id: &str) -> bool {
        store_of_session(id).is_some_and(|store| self.directory.get(&store).is_some())
    }

    /// Deletes a store, with the fault rules that are about it or its session alone. Returns whether the
    /// store existed.
    pub fn delete_store(&self, id: &IdentityStoreId) -> bool {
        let is_found = self.directory.remove(id);
        if is_found {
            let removed = self.faults.remove_of_store(id.as_str(), &session_of(id));
            self.changes.notify(&[Topic::Stores]);
            if removed > 0 {
                self.changes.notify(&[Topic::Rules]);
            }
        }
        is_found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn session_and_store_are_derived_from_each_other() {
        let id = IdentityStoreId::from("d-90abcdef12");
        assert_eq!(session_of(&id), "IDOUBLE90ABCDEF12");
        assert_eq!(store_of_session("IDOUBLE90ABCDEF12"), Some(id));
        for other in ["IDOUBLE90abcdef12", "IDOUBLE", "IDOUBLE90ABCDEF1", "AKIA90ABCDEF12345", ""] {
            assert_eq!(store_of_session(other), None, "{other}");
        }
    }
}
