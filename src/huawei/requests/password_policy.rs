//! The password policy of a store.

use crate::dialect::Args;
use crate::domain::{AdminChange, AdminQuery, Command, PasswordPolicy};

use super::super::limits::{PASSWORD_AGE, PASSWORD_LENGTH, PASSWORD_REUSE};
use super::{change, query};

pub fn describe(args: &Args<'_>) -> Command {
    query(args, AdminQuery::PasswordPolicy)
}

/// Assumed: omitted members return to their defaults, as Terraform expects; fractions are rejected.
pub fn update(args: &Args<'_>) -> Command {
    let policy = args.required_record("password_policy", |args| {
        let default = PasswordPolicy::default();
        let flag = |name, default| args.optional_flag(name).unwrap_or(default);
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
