use std::error::Error;

use aws_sdk_identitystore::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_identitystore::types::AttributeOperation;
use aws_sdk_identitystore::{Client, Config};
use aws_smithy_types::Document;
use idouble::{Emulator, Fault};

#[tokio::test]
async fn rename_survives_throttling() -> Result<(), Box<dyn Error>> {
    let emulator = Emulator::start()?;
    let store = emulator.copy_store("d-1234567890")?;
    let throttled = emulator.inject(Fault::on("aws:UpdateUser").throttle().times(2))?;
    let updates = emulator.journal().expect_request("aws:UpdateUser").times(3);
    rename(&client(emulator.endpoint()), store.id(), "Boss").await?;
    assert_eq!(throttled.fired(), 2);
    updates.verify()?;
    Ok(())
}

/// A client of AWS's SDK.
fn client(endpoint: &str) -> Client {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .endpoint_url(endpoint)
        .region(Region::new("eu-west-1"))
        .credentials_provider(Credentials::new("test", "test", None, None, "test"));
    Client::from_conf(config.build())
}

/// The code under test: sets the title of the first user.
async fn rename(aws: &Client, store: &str, title: &str) -> Result<(), Box<dyn Error>> {
    let users = aws.list_users().identity_store_id(store).send().await?;
    let title = AttributeOperation::builder()
        .attribute_path("title")
        .attribute_value(Document::String(title.to_owned()))
        .build()?;
    let user = users.users()[0].user_id();
    aws.update_user().identity_store_id(store).user_id(user).operations(title).send().await?;
    Ok(())
}
