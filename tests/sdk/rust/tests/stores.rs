//! DescribeIdentityStore, ListIdentityStores, UpdateIdentityStore.

use aws_sdk_identitystore::error::ProvideErrorMetadata;
use aws_sdk_identitystore::types::NetworkConfiguration;

use crate::server::{STORE, Server, person};

#[tokio::test]
async fn the_store_is_described_and_listed() {
    let server = Server::start(&["--aws-account-id", "210987654321"]);
    let aws = server.client();
    let arn = format!("arn:aws:identitystore::210987654321:identitystore/{STORE}");
    let shown = aws.describe_identity_store().identity_store_id(STORE).send().await;
    let shown = shown.expect("it is described");
    assert_eq!((&*shown.identity_store_id, &shown.identity_store_arn), (STORE, &arn));

    let mut stores = aws.list_identity_stores().into_paginator().page_size(1).items().send();
    let mut seen = Vec::new();
    while let Some(store) = stores.next().await {
        seen.push(store.expect("a store").identity_store_arn);
    }
    assert_eq!(seen, [&*arn]);
    let shown = aws.describe_identity_store().identity_store_id(&arn).send().await;
    assert_eq!(shown.expect("its ARN names it too").identity_store_id, STORE);
}

#[tokio::test]
async fn a_network_configuration_is_kept() {
    let server = Server::start(&[]);
    let aws = server.client();
    let wanted = NetworkConfiguration::builder()
        .vpce_access_required(true)
        .api_restrict_source_vpcs("arn:aws:ec2:us-east-1:123456789012:vpc/vpc-0123456789abcdef0")
        .api_allow_source_ips("192.0.2.0/24")
        .scim_allow_source_ips("198.51.100.0/24")
        .build()
        .expect("it is whole");
    let changed = aws.update_identity_store().identity_store_id(STORE);
    let changed = changed.network_configuration(wanted.clone()).send().await;
    assert_eq!(changed.expect("it is updated").identity_store_id, STORE);
    let shown = aws.describe_identity_store().identity_store_id(STORE).send().await;
    let shown = shown.expect("it is described");
    let kept = shown.network_configuration().expect("it is kept");
    assert!(kept.vpce_access_required());
    assert_eq!(kept.api_restrict_source_vpcs(), wanted.api_restrict_source_vpcs());
    assert_eq!(kept.api_allow_source_ips(), wanted.api_allow_source_ips());
    assert_eq!(kept.scim_allow_source_ips(), wanted.scim_allow_source_ips());
}

#[tokio::test]
async fn older_model_serves_this_client() {
    let server = Server::start(&["--aws-model", "19"]);
    let aws = server.client();
    let made = person(&aws, "older").send().await.expect("a user is made");
    // The SDK fills in missing members.
    assert_eq!((&*made.user_arn, &*made.revision), ("", ""));
    let shown = aws.describe_user().identity_store_id(STORE).user_id(&made.user_id).send().await;
    assert_eq!(shown.expect("it is described").user_name(), Some("older"));
    let error = aws.list_identity_stores().send().await.expect_err("it has no such operation");
    assert_eq!(error.code(), Some("UnknownOperationException"));
}
