//! What a store demands of passwords. It is kept and told; passwords themselves are not of this place.

/// What a store demands of passwords.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PasswordPolicy {
    /// The fewest characters.
    pub length_min: i64,
    /// Whether there has to be a lower-case letter.
    pub lowercase: bool,
    /// Whether there has to be a digit.
    pub numbers: bool,
    /// Whether there has to be a symbol.
    pub symbols: bool,
    /// Whether there has to be an upper-case letter.
    pub uppercase: bool,
    /// How old a password may become, in days; `None` for any age.
    pub age_max_days: Option<i64>,
    /// How many former passwords may not come again.
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
