//! The names of attributes, and the paths to them.

/// Defines the attributes.
macro_rules! attributes {
    ($($name:ident),* $(,)?) => {
        /// The name of an attribute of a user, of a group, or of a structure in either.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[allow(missing_docs)] // Each is the vendors' member of that name.
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

/// `IndexedRef` has one bit of a `u64` for each attribute.
const _: () = assert!(ALL.len() <= 64);

impl Attribute {
    /// The attribute as a byte below 64.
    pub(super) const fn byte(self) -> u8 {
        self as u8
    }

    /// The attribute of a byte that [`Attribute::byte`] returns.
    pub(super) fn from_byte(byte: u8) -> Option<Self> {
        ALL.get(usize::from(byte)).copied()
    }
}

/// The greatest number of steps of a path. The structures of the vendors are not nested deeper; a test
/// checks it.
pub const PATH_STEPS_MAX: usize = 3;

/// The path of an attribute: `name.givenName` is `[Name, GivenName]`. It has at least one step, and
/// does not go into a list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AttributePath {
    /// The first `len` of these; the others equal the first, so that equal paths compare equal.
    steps: [Attribute; PATH_STEPS_MAX],
    len: u8,
}

impl AttributePath {
    /// The path of a whole attribute.
    pub const fn new(attribute: Attribute) -> Self {
        Self { steps: [attribute; PATH_STEPS_MAX], len: 1 }
    }

    /// The path of a part of this attribute; `None` if it would have more than [`PATH_STEPS_MAX`]
    /// steps.
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
