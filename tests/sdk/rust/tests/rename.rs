use idouble::{Emulator, Fault};

#[tokio::test]
async fn rename_survives_throttling() -> Result<(), Box<dyn std::error::Error>> {
    let emulator = Emulator::start()?;
    let throttled = emulator.inject(Fault::on("aws:UpdateUser").throttle().times(2))?;
    rename(&client(emulator.endpoint()), "d-1234567890", "Boss").await?;
    assert_eq!(throttled.fired(), 2);
    Ok(())
}

// The code under test.
use aws_sdk_identitystore::types::AttributeOperation;
use aws_sdk_identitystore::{Client, Config, Error};
use aws_smithy_types::Document;

fn client(endpoint: &str) -> Client {
    let http = aws_smithy_http_client::Builder::new().build_http();
    let config = Config::builder().with_test_defaults_v2().http_client(http);
    Client::from_conf(config.endpoint_url(endpoint).build())
}

/// Sets the title of the first user.
async fn rename(aws: &Client, store: &str, title: &str) -> Result<(), Error> {
    let users = aws.list_users().identity_store_id(store).send().await?;
    let title = Document::String(title.to_owned());
    let title = AttributeOperation::builder().attribute_path("title").attribute_value(title);
    let update = aws.update_user().identity_store_id(store).operations(title.build()?);
    update.user_id(users.users()[0].user_id()).send().await?;
    Ok(())
}
