//! The services of AWS that are served, and how requests name them.

use crate::dialect::request::header;
use crate::dialect::{Head, Route};

use super::{TARGET, query};

/// A service of AWS that is served.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AwsService {
    /// Identity Store.
    IdentityStore,
    /// IAM Identity Center: instances, permission sets and account assignments.
    SsoAdmin,
    /// Organizations: accounts.
    Organizations,
    /// The Security Token Service: the identity of the caller.
    Sts,
}

impl AwsService {
    /// The services whose requests have a target.
    const WITH_TARGET: [Self; 3] = [Self::IdentityStore, Self::SsoAdmin, Self::Organizations];

    /// The name in routes: the prefix of its targets, if it has targets.
    pub const fn route_name(self) -> &'static str {
        match self {
            Self::IdentityStore => "AWSIdentityStore",
            Self::SsoAdmin => "SWBExternalService",
            Self::Organizations => "AWSOrganizationsV20161128",
            Self::Sts => "AWSSecurityTokenServiceV20110615",
        }
    }

    /// The name on the AWS command line.
    pub const fn command_name(self) -> &'static str {
        match self {
            Self::IdentityStore => "identitystore",
            Self::SsoAdmin => "sso-admin",
            Self::Organizations => "organizations",
            Self::Sts => "sts",
        }
    }

    /// The prefix of its actions in policies and in access-denied errors.
    pub const fn action_prefix(self) -> &'static str {
        match self {
            Self::SsoAdmin => "sso",
            Self::IdentityStore | Self::Organizations | Self::Sts => self.command_name(),
        }
    }

    /// The name that signatures of its requests are for. Source: the `signingName` of the models.
    pub const fn signing_name(self) -> &'static str {
        self.action_prefix()
    }

    /// The service with this prefix of targets.
    pub fn of_target(prefix: &str) -> Option<Self> {
        Self::WITH_TARGET.into_iter().find(|service| service.route_name() == prefix)
    }

    /// The service that a route belongs to.
    pub fn of_route(route: &Route) -> Self {
        Self::of_target(route.service).unwrap_or(Self::Sts)
    }

    /// The service that a request is for. It decides the form of errors; a request that names no service
    /// gets Identity Store's.
    pub fn of_head(head: &Head) -> Self {
        let target = header(&head.headers, &TARGET).and_then(|target| target.split_once('.'));
        match target {
            Some((prefix, _)) => Self::of_target(prefix).unwrap_or(Self::IdentityStore),
            None if query::is_query(head) => Self::Sts,
            None => Self::IdentityStore,
        }
    }
}
