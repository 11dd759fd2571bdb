//! `idouble ca`: prints the CA that clients of HTTPS must trust.

use std::io::{IsTerminal as _, Read as _};

use clap::Args;

use super::client::ServerAddress;
use super::exit::Failure;
use super::output::{print_note, print_raw};

/// How clients trust the printed CA.
const HELP: &str = "\
To trust it, write it to a file:   idouble ca > ca.pem
  AWS CLI, boto3     AWS_CA_BUNDLE=ca.pem
  Node.js, AWS SDK   NODE_EXTRA_CA_CERTS=ca.pem
  curl               curl --cacert ca.pem https://localhost:PORT
  Huawei, Python     HttpConfig.get_default_config(), then http_config.ssl_ca_cert = \"ca.pem\"
  Rust, Go, OpenSSL  SSL_CERT_FILE=ca.pem
  Java               keytool -importcert -noprompt -alias idouble -file ca.pem -keystore trust.p12 \\
                       -storetype PKCS12 -storepass changeit
                     java -Djavax.net.ssl.trustStore=trust.p12 -Djavax.net.ssl.trustStorePassword=changeit";

#[derive(Args, Debug)]
#[command(after_long_help = HELP)]
pub(super) struct CaArgs {
    #[command(flatten)]
    server: ServerAddress,
}

/// Prints the CA to standard output. On a terminal, also prints how clients trust it.
pub(super) fn ca(args: &CaArgs) -> Result<(), Failure> {
    let client = args.server.client()?;
    let mut text = String::new();
    let read = client.download("/ca.pem")?.read_to_string(&mut text);
    read.map_err(|error| client.failure(error))?;
    print_raw(&text);
    if std::io::stdout().is_terminal() {
        print_note(&HELP);
    }
    Ok(())
}
