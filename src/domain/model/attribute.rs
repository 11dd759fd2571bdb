//! The names of attributes, and the paths to them.

/// Names the attributes, once.
macro_rules! attributes {
    ($($name:ident),* $(,)?) => {
        /// The name of an attribute, of a user, of a group or of a part of either. No strings past
        /// the edge.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[allow(missing_docs)] // Each is the vendors' own member of that name.
        pub enum Attribute {
            $($name),*
        }

        /// Every attribute, in order.
        pub(super) const ALL: &[Attribute] = &[$(Attribute::$name),*];
    };
}

attributes!(
    UserName,
    DisplayName,
    Description,
    Name,
    Formatted,
    FamilyName,
    GivenName,
    MiddleName,
    HonorificPrefix,
    HonorificSuffix,
    NickName,
    ProfileUrl,
    Emails,
    Addresses,
    PhoneNumbers,
    UserType,
    Title,
    PreferredLanguage,
    Locale,
    Timezone,
    Photos,
    Website,
    Birthdate,
    Roles,
    ExternalIds,
    Issuer,
    Id,
    Value,
    Type,
    Primary,
    Display,
    VerificationStatus,
    StreetAddress,
    Locality,
    Region,
    PostalCode,
    Country,
    Enterprise,
    EmployeeNumber,
    CostCenter,
    Organization,
    Division,
    Department,
    Manager,
    PasswordMode,
    NetworkConfiguration,
    VpceAccessRequired,
    ApiRestrictSourceVpcs,
    ApiAllowSourceIps,
    ScimAllowSourceIps,
);

/// A record tells what is set in one word.
const _: () = assert!(ALL.len() <= 64);

impl Attribute {
    /// As a byte below 64.
    pub(super) const fn byte(self) -> u8 {
        self as u8
    }

    /// The attribute of a byte that [`Attribute::byte`] gave.
    pub(super) fn of(byte: u8) -> Option<Self> {
        ALL.get(usize::from(byte)).copied()
    }
}

/// How many steps a path has at most: no vendor's structures are nested deeper, and a test holds the
/// shapes to it.
pub const PATH_STEPS_MAX: usize = 3;

/// Where an attribute sits: `name.givenName` is `[Name, GivenName]`. Never empty; never into a list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AttributePath {
    /// The first `len` of these; the others are the first one again, so that equal paths are equal.
    steps: [Attribute; PATH_STEPS_MAX],
    len: u8,
}

impl AttributePath {
    /// The path to a whole attribute.
    pub const fn new(attribute: Attribute) -> Self {
        Self { steps: [attribute; PATH_STEPS_MAX], len: 1 }
    }

    /// The path to a part of what this one leads to; `None` where that would be too many steps.
    #[must_use]
    pub fn to(mut self, part: Attribute) -> Option<Self> {
        *self.steps.get_mut(usize::from(self.len))? = part;
        self.len += 1;
        Some(self)
    }

    /// The steps, outermost first.
    pub fn steps(&self) -> &[Attribute] {
        &self.steps[..usize::from(self.len)]
    }
}
