//! Groups.

use super::attribute::Attribute;
use super::attributes::Attributes;
use super::id::GroupId;
use super::meta::Meta;

/// A named set of users.
#[derive(Clone, PartialEq, Debug)]
pub struct Group {
    /// The id.
    pub id: GroupId,
    /// Display name, description, external ids.
    pub attributes: Attributes,
    /// Stamps and revision.
    pub meta: Meta,
}

impl Group {
    /// The display name, if it is set.
    pub fn display_name(&self) -> Option<&str> {
        self.attributes.text(Attribute::DisplayName)
    }
}
