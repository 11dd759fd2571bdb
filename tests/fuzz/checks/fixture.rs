//! Fixtures, lists that a cloud has printed, and state files; TOML or JSON.

use std::sync::{Arc, LazyLock};

use idouble::internal::dialect::Dialect;
use idouble::internal::domain::IdentityStore;
use idouble::internal::file_error::FileError;
use idouble::internal::fixture::{self, Options, Source};

use super::check_message;
use crate::world::World;

static OPTIONS: LazyLock<Options> = LazyLock::new(|| {
    let world = World::new();
    let formats = world.service.dialects().filter_map(Dialect::cloud_export_format).collect();
    Options { cloud_export_formats: formats, ..Options::default() }
});

/// The export of a fixture loads, with the same stores. An error names the file and is printable.
pub fn check(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else { return };
    match load(text, &OPTIONS) {
        Ok(stores) => {
            let expected = fixture::export_json(&stores);
            for export in [fixture::export(&stores), expected.clone()] {
                let again = load(&export, &Options::default());
                let again = again.unwrap_or_else(|error| panic!("{error}\n{export}"));
                assert_eq!(fixture::export_json(&again), expected);
            }
        }
        Err(error) => {
            check_message(&error.to_string(), "fuzz:");
            check_message(&error.summary(), "fuzz:");
        }
    }
}

fn load(text: &str, options: &Options) -> Result<Vec<Arc<IdentityStore>>, FileError> {
    let stores = fixture::load(&[Source::text("fuzz", text)], options)?;
    Ok(stores.into_iter().map(Arc::new).collect())
}
