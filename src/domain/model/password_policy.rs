//! The password policy of a store. It is stored and returned, but not enforced: there are no passwords.

/// The password policy of a store.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PasswordPolicy {
    /// The least number of characters.
    pub length_min: i64,
    /// Whether a lower-case letter is required.
    pub lowercase: bool,
    /// Whether a digit is required.
    pub numbers: bool,
    /// Whether a symbol is required.
    pub symbols: bool,
    /// Whether an upper-case letter is required.
    pub uppercase: bool,
    /// The greatest age of a password in days; `None` for any age.
    pub age_max_days: Option<i64>,
    /// The number of former passwords that may not be reused.
    pub reuse_prevention: i64,
}

impl Default for PasswordPolicy {
    /// Source: what the Terraform provider resets a policy to.
    fn default() -> Self {
        Self {
            length_min: 8,
            lowercase: true,
            numbers: true,
            symbols: true,
            uppercase: true,
            age_max_days: None,
            reuse_prevention: 1,
        }
    }
}
