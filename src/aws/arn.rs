//! ARNs of stores, users, groups and memberships. Source: docs/aws-behaviour.md §1.

/// The part of a store's ARN before the account.
const STORE_PREFIX: &str = "arn:aws:identitystore::";

/// The part of the ARN of a user, group or membership before its kind.
pub const RESOURCE_PREFIX: &str = "arn:aws:identitystore:::";

/// The ARN of a store.
pub fn store_arn(account_id: &str, store: &str) -> String {
    format!("{STORE_PREFIX}{account_id}:identitystore/{store}")
}

/// The store id in a text that is an id or an ARN; `None` for the ARN of another account or partition.
///
/// Assumed: the service returns not found for such an ARN.
pub fn store_id<'a>(text: &'a str, account_id: &str) -> Option<&'a str> {
    if !text.starts_with("arn:") {
        return Some(text);
    }
    let rest = text.strip_prefix(STORE_PREFIX)?.strip_prefix(account_id)?;
    rest.strip_prefix(":identitystore/")
}

/// The id of a user, group or membership in a text that is an id or an ARN.
///
/// Assumed: the ARN of another kind or partition matches no resource. It is returned unchanged.
pub fn resource_id<'a>(text: &'a str, kind: &str) -> &'a str {
    let rest = text.strip_prefix(RESOURCE_PREFIX).and_then(|rest| rest.strip_prefix(kind));
    rest.and_then(|rest| rest.strip_prefix('/')).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn store_id_takes_arns_of_one_account_and_partition() {
        let account = "123456789012";
        let arn = "arn:aws:identitystore::123456789012:identitystore/d-1234567890";
        assert_eq!(store_arn(account, "d-1234567890"), arn);
        assert_eq!(store_id("d-1234567890", account), Some("d-1234567890"));
        assert_eq!(store_id(arn, account), Some("d-1234567890"));
        assert_eq!(store_id(arn, "123456789013"), None);
        assert_eq!(store_id(&arn.replace("aws:", "aws-cn:"), account), None);
    }

    #[test]
    fn resource_id_takes_arns_of_one_kind_and_partition() {
        let arn = "arn:aws:identitystore:::user/u-1";
        assert_eq!(resource_id("u-1", "user"), "u-1");
        assert_eq!(resource_id(arn, "user"), "u-1");
        assert_eq!(resource_id(arn, "group"), arn);
        let foreign = "arn:aws-us-gov:identitystore:::user/u-1";
        assert_eq!(resource_id(foreign, "user"), foreign);
    }
}
