//! `--watch`: reloads fixtures when their files change.

use std::convert::Infallible;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use idouble::internal::config::{Config, LogFormat};
use idouble::{Emulator, Error};

use super::output::count;

/// Time between two checks of the files.
const INTERVAL: Duration = Duration::from_millis(200);

/// Modification time and length of each fixture file; `None` for one that does not exist. Unlike the
/// notifications of operating systems, they work on every file system.
#[derive(PartialEq, Debug)]
pub(super) struct FileStamps(Vec<Option<(SystemTime, u64)>>);

impl FileStamps {
    pub(super) fn read(config: &Config) -> Self {
        let stamp = |file: &Path| {
            let metadata = fs::metadata(file).ok()?;
            Some((metadata.modified().ok()?, metadata.len()))
        };
        Self(config.fixtures.iter().map(PathBuf::as_path).map(stamp).collect())
    }
}

/// Reloads the fixtures whenever a file differs from `loaded`. Waits for ever without `--watch`.
pub(super) async fn watch(
    config: &Config,
    emulator: &Emulator,
    mut loaded: FileStamps,
) -> Infallible {
    if !config.watch || config.fixtures.is_empty() {
        return std::future::pending().await;
    }
    loop {
        tokio::time::sleep(INTERVAL).await;
        let now = FileStamps::read(config);
        // A file that does not exist is being replaced.
        if now == loaded || now.0.contains(&None) {
            continue;
        }
        loaded = now;
        reload(config, emulator);
    }
}

fn reload(config: &Config, emulator: &Emulator) {
    let changed = emulator.directory().changed_stores();
    match emulator.reload() {
        Ok(stores) if changed > 0 => {
            let changed = count(changed as u64, "store");
            tracing::warn!(stores, "fixtures reloaded; all writes to {changed} are lost");
        }
        Ok(stores) => tracing::info!(stores, "fixtures reloaded"),
        Err(error) => log_invalid(config, &error),
    }
}

/// Logs the error with its source lines. As text, each line is an event, so that the caret is below what it
/// marks.
fn log_invalid(config: &Config, error: &Error) {
    const MESSAGE: &str = "fixtures changed but are invalid; the stores are unchanged";
    match config.log_format {
        LogFormat::Json => tracing::error!(%error, "{MESSAGE}"),
        LogFormat::Text => {
            tracing::error!("{MESSAGE}");
            for line in error.to_string().lines() {
                tracing::error!("{line}");
            }
        }
    }
}
