//! Configuration files.

use std::path::Path;

use idouble::internal::config::Config;

use super::check_message;

/// A configuration is the same after it was written and read. An error names the file and is printable.
pub fn check(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else { return };
    match Config::parse(Path::new("idouble.toml"), text.to_owned()) {
        Ok((config, _)) => {
            let written = toml::to_string(&config).expect("a configuration is TOML");
            let again = Config::parse(Path::new("idouble.toml"), written.clone());
            let (again, _) = again.unwrap_or_else(|error| panic!("{error}\n{written}"));
            assert_eq!(toml::to_string(&again).expect("a configuration is TOML"), written);
        }
        Err(error) => check_message(&error.to_string(), "idouble.toml:"),
    }
}
