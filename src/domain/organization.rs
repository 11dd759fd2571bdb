//! The organization of an account.

use std::sync::Arc;

use super::model::{
    Account, AccountId, ApiError, Organization, OrganizationOutcome, OrganizationQuery, Page,
    PageRequest, ResourceKind, Timestamp,
};
use super::random::draw;

/// 2024-01-01T00:00:00Z, when a management account without one of its own was created.
const CREATED_AT: Timestamp = Timestamp(1_704_067_200_000);

/// Answers a query about the organization that the account `management` owns. `accounts` are its
/// accounts; the management account need not be one of them.
///
/// # Errors
/// `NotFound` if there is no such account or parent.
pub fn query(
    management: &str,
    accounts: &[Arc<Account>],
    query: OrganizationQuery,
) -> Result<OrganizationOutcome, ApiError> {
    let management = accounts
        .iter()
        .find(|account| account.id.as_str() == management)
        .cloned()
        .unwrap_or_else(|| Arc::new(management_account(management)));
    let members = accounts.iter().filter(|account| account.id != management.id);
    let mut all = std::iter::once(&management).chain(members);
    let accounts = match query {
        OrganizationQuery::Describe => Page { items: Vec::new(), next: None },
        OrganizationQuery::ListAccounts(page) => list(all, page),
        OrganizationQuery::DescribeAccount(id) => {
            let account = all.find(|account| account.id == id);
            let unknown = || ApiError::not_found(ResourceKind::Account, id.as_str());
            Page { items: vec![account.ok_or_else(unknown)?.clone()], next: None }
        }
        OrganizationQuery::ListUnits(parent) => {
            if parent != root_id(&management.id) {
                return Err(ApiError::not_found(ResourceKind::OrganizationParent, &parent));
            }
            Page { items: Vec::new(), next: None }
        }
    };
    let organization = Organization {
        id: format!("o-{:010x}", draw(0, management.id.as_str(), 0) >> 24),
        root_id: root_id(&management.id),
        management,
    };
    Ok(OrganizationOutcome { organization, accounts })
}

fn list<'a>(
    accounts: impl Iterator<Item = &'a Arc<Account>>,
    page: PageRequest,
) -> Page<Arc<Account>> {
    let from = page.start();
    let positions = (0..).zip(accounts.cloned());
    Page::first(page.limit, positions.skip_while(|(position, _)| *position < from))
}

fn root_id(management: &AccountId) -> String {
    format!("r-{:04x}", draw(0, management.as_str(), 1) >> 48)
}

/// The management account if no fixture names it. Assumed: its name and address.
fn management_account(id: &str) -> Account {
    Account {
        id: id.into(),
        name: "Management".to_owned(),
        email: "management@example.com".to_owned(),
        suspended: false,
        joined_at: CREATED_AT,
    }
}
