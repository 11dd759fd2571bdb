//! The password policy of a store.

use crate::dialect::Args;
use crate::domain::{AdminChange, AdminQuery, Command, PasswordPolicy};

use super::super::limits::{PASSWORD_AGE, PASSWORD_LENGTH, PASSWORD_REUSE};
use super::{change, query};

pub fn describe(args: &Args<'_>) -> Command {
    query(args, AdminQuery::PasswordPolicy)
}

/// Assumed: what is left out goes back to its default, as Terraform resets a policy; a number with a
/// fraction is refused.
pub fn update(args: &Args<'_>) -> Command {
    let policy = args.required_record("password_policy", |args| {
        let default = PasswordPolicy::default();
        let flag = |name, otherwise| args.optional_flag(name).unwrap_or(otherwise);
        PasswordPolicy {
            length_min: args
                .optional_whole_number("minimum_password_length", &PASSWORD_LENGTH)
                .unwrap_or(default.length_min),
            lowercase: flag("require_lowercase_characters", default.lowercase),
            numbers: flag("require_numbers", default.numbers),
            symbols: flag("require_symbols", default.symbols),
            uppercase: flag("require_uppercase_characters", default.uppercase),
            age_max_days: args.optional_whole_number("max_password_age", &PASSWORD_AGE),
            reuse_prevention: args
                .optional_whole_number("password_reuse_prevention", &PASSWORD_REUSE)
                .unwrap_or(default.reuse_prevention),
        }
    });
    change(args, AdminChange::UpdatePasswordPolicy(policy.unwrap_or_default()))
}
