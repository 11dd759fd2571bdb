//! ARNs of instances and permission sets.

use crate::domain::{IdentityStoreId, PermissionSetId};

const INSTANCE_PREFIX: &str = "arn:aws:sso:::instance/";

const PERMISSION_SET_PREFIX: &str = "arn:aws:sso:::permissionSet/";

/// The id of a store's instance.
fn instance_id(store: &IdentityStoreId) -> String {
    format!("ssoins-{:016x}", store.instance_number())
}

/// The ARN of a store's instance.
pub fn instance_arn(store: &IdentityStoreId) -> String {
    format!("{INSTANCE_PREFIX}{}", instance_id(store))
}

/// The ARN of a permission set of the instance with this number.
pub fn permission_set_arn(instance: u64, permission_set: &PermissionSetId) -> String {
    format!("{PERMISSION_SET_PREFIX}ssoins-{instance:016x}/ps-{permission_set}")
}

/// The id of a permission set in its ARN. Assumed: an ARN of another instance is that of no permission
/// set, as is one of another partition.
pub fn permission_set_id<'a>(arn: &'a str, instance_arn: &str) -> Option<&'a str> {
    let instance = instance_arn.strip_prefix(INSTANCE_PREFIX)?;
    let rest = arn.strip_prefix(PERMISSION_SET_PREFIX)?.strip_prefix(instance)?;
    rest.strip_prefix("/ps-")
}

/// The ARN of the instance that a permission set's ARN names.
pub fn instance_of(resource_arn: &str) -> Option<String> {
    let instance = match resource_arn.strip_prefix(PERMISSION_SET_PREFIX) {
        Some(rest) => rest.split('/').next()?,
        None => resource_arn.strip_prefix(INSTANCE_PREFIX)?,
    };
    Some(format!("{INSTANCE_PREFIX}{instance}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permission_set_belongs_to_its_instance() {
        let store = IdentityStoreId::from("d-1234567890");
        let instance = instance_arn(&store);
        let arn = permission_set_arn(store.instance_number(), &"0123456789abcdef".into());
        assert_eq!(permission_set_id(&arn, &instance), Some("0123456789abcdef"));
        assert_eq!(instance_of(&arn).as_deref(), Some(&*instance));
        assert_eq!(instance_of(&instance).as_deref(), Some(&*instance));
        let other = instance_arn(&"d-0000000000".into());
        assert_eq!(permission_set_id(&arn, &other), None);
        assert_eq!(permission_set_id(&arn.replace("aws:", "aws-cn:"), &instance), None);
        assert_eq!(instance_of("arn:aws:sso::123456789012:application/x"), None);
    }
}
