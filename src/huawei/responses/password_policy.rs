//! The password policy of a store.

use crate::dialect::ObjectWriter;
use crate::domain::PasswordPolicy;

pub fn policy(object: &mut ObjectWriter<'_>, policy: &PasswordPolicy) {
    object.object("password_policy", |object| {
        object.integer("minimum_password_length", policy.length_min);
        object.flag("require_lowercase_characters", policy.lowercase);
        object.flag("require_numbers", policy.numbers);
        object.flag("require_symbols", policy.symbols);
        object.flag("require_uppercase_characters", policy.uppercase);
        if let Some(days) = policy.age_max_days {
            object.integer("max_password_age", days);
        }
        object.integer("password_reuse_prevention", policy.reuse_prevention);
    });
}
