//! The configuration file: `idouble.toml`, or another that is named.

use std::collections::HashMap;
use std::fs;
use std::ops::Range;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use schemars::{Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use toml::Spanned;

use crate::auth::{AccessKey, AccessKeyError};
use crate::faults;
use crate::file_error::FileError;

use super::Config;

/// A configuration file as it was read.
#[derive(Clone, Debug)]
pub struct ConfigFile {
    name: String,
    text: String,
    keys: toml::Table,
}

/// The values of a file that need their position in it: paths, which are relative to the file, and presets.
#[derive(Deserialize)]
struct Located {
    #[serde(default)]
    fixtures: Vec<Spanned<PathBuf>>,
    port_file: Option<PathBuf>,
    state: Option<Spanned<PathBuf>>,
    #[serde(default)]
    tls: LocatedTls,
    #[serde(default)]
    preset: Vec<Spanned<String>>,
    #[serde(default)]
    access_key: Vec<LocatedAccessKey>,
}

#[derive(Deserialize)]
struct LocatedAccessKey {
    id: Spanned<String>,
}

#[derive(Deserialize, Default)]
struct LocatedTls {
    cert: Option<Spanned<PathBuf>>,
    key: Option<Spanned<PathBuf>>,
    credentials_dir: Option<Spanned<PathBuf>>,
}

impl ConfigFile {
    /// The path of the file, as it was named.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The text of the file.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether the file sets a key, such as `port` or `aws.model`.
    pub fn sets(&self, key: &str) -> bool {
        match key.split_once('.') {
            None => self.keys.contains_key(key),
            Some((section, key)) => {
                let section = self.keys.get(section).and_then(toml::Value::as_table);
                section.is_some_and(|section| section.contains_key(key))
            }
        }
    }

    fn error(&self, span: Range<usize>, message: impl Into<String>) -> FileError {
        FileError::at(&self.name, &self.text, span, message)
    }
}

impl Config {
    /// Reads a configuration file. Settings that it does not contain have their defaults. Paths in it are
    /// relative to its folder, and all but the port file must not leave it: a project of
    /// another author must not open files elsewhere.
    ///
    /// # Errors
    /// The first error of the file.
    pub fn read(path: &Path) -> Result<(Self, Arc<ConfigFile>), FileError> {
        let text = fs::read_to_string(path).map_err(|error| {
            let message = format!("cannot read this file: {error}");
            FileError::whole(&path.display().to_string(), message)
        })?;
        Self::parse(path, text)
    }

    /// Parses the text of a configuration file at a path; see [`Config::read`].
    ///
    /// # Errors
    /// The first error of the text.
    pub fn parse(path: &Path, text: String) -> Result<(Self, Arc<ConfigFile>), FileError> {
        let name = path.display().to_string();
        let invalid = |error| FileError::toml(&name, &text, &error);
        let mut config: Self = toml::from_str(&text).map_err(invalid)?;
        let located: Located = toml::from_str(&text).map_err(invalid)?;
        let keys = toml::from_str(&text).map_err(invalid)?;
        let file = Arc::new(ConfigFile { name, text, keys });
        let folder = path.parent().unwrap_or(Path::new(""));
        let fixtures = located.fixtures.iter().map(|fixture| fixture_path(&file, folder, fixture));
        config.fixtures = fixtures.collect::<Result<_, _>>()?;
        let inside = |path: Option<Spanned<PathBuf>>, what, flag| {
            path.map(|path| inner_path(&file, folder, &path, what, flag)).transpose()
        };
        config.state = inside(located.state, "state file", "--state")?;
        config.tls.cert = inside(located.tls.cert, "certificate", "--tls-cert")?;
        config.tls.key = inside(located.tls.key, "private key", "--tls-key")?;
        let credentials_dir = located.tls.credentials_dir;
        config.tls.credentials_dir =
            inside(credentials_dir, "folder of credentials", "--credentials-dir")?;
        config.port_file = located.port_file.map(|file| folder.join(file));
        check_presets(&file, &located.preset)?;
        check_access_keys(&file, &located.access_key, &config.access_keys)?;
        config.fault_file = (!config.fault_tables.is_empty()).then(|| file.clone());
        Ok((config, file))
    }
}

fn fixture_path(
    file: &ConfigFile,
    folder: &Path,
    fixture: &Spanned<PathBuf>,
) -> Result<PathBuf, FileError> {
    let error = |message: String| file.error(fixture.span(), message);
    let outside = "is outside the folder of this file; only --fixture may name it";
    if fixture.get_ref().components().any(|part| part == Component::ParentDir) {
        return Err(error(format!("this fixture {outside}")));
    }
    let path = folder.join(fixture.get_ref());
    let unreadable = |cause: std::io::Error| error(format!("cannot read this fixture: {cause}"));
    let real_path = path.canonicalize().map_err(unreadable)?;
    // An empty path is the current directory, but has no canonical form.
    if !real_path.starts_with(folder.join(".").canonicalize().map_err(unreadable)?) {
        return Err(error(format!("this fixture {outside}")));
    }
    Ok(path)
}

fn inner_path(
    file: &ConfigFile,
    folder: &Path,
    path: &Spanned<PathBuf>,
    what: &str,
    flag: &str,
) -> Result<PathBuf, FileError> {
    let is_inside = |part| matches!(part, Component::Normal(_) | Component::CurDir);
    if !path.get_ref().components().all(is_inside) {
        let message =
            format!("the {what} is outside the folder of this file; only {flag} may name it");
        return Err(file.error(path.span(), message));
    }
    Ok(folder.join(path.get_ref()))
}

fn check_presets(file: &ConfigFile, names: &[Spanned<String>]) -> Result<(), FileError> {
    for (index, name) in names.iter().enumerate() {
        let error = |message: String| file.error(name.span(), message);
        faults::Preset::find(name.get_ref()).map_err(error)?;
        if names[..index].iter().any(|other| other.get_ref() == name.get_ref()) {
            return Err(error(format!("the preset {:?} is named twice", name.get_ref())));
        }
    }
    Ok(())
}

fn check_access_keys(
    file: &ConfigFile,
    located: &[LocatedAccessKey],
    access_keys: &[AccessKey],
) -> Result<(), FileError> {
    let mut defined = HashMap::new();
    for (LocatedAccessKey { id }, key) in located.iter().zip(access_keys) {
        // At the id: the line of the wrong member may have a secret.
        let error = |message| Err(file.error(id.span(), message));
        if let Err(AccessKeyError { member, problem, .. }) = key.check() {
            return error(format!("{member}: {problem}"));
        }
        if let Some(first) = defined.insert(id.get_ref(), id.span().start) {
            let line = 1 + file.text[..first].matches('\n').count();
            let id = id.get_ref();
            return error(format!("the access key {id} is in this file already, at line {line}"));
        }
    }
    Ok(())
}

pub(super) fn fault_tables_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "array", "items": faults::rule_schema() })
}

pub(super) fn presets_schema(_: &mut SchemaGenerator) -> Schema {
    let names: Vec<_> = faults::PRESETS.iter().map(|preset| preset.name).collect();
    json_schema!({ "type": "array", "items": { "enum": names } })
}

/// A configuration file to start with, in which every line is a comment.
pub const fn starter() -> &'static str {
    include_str!("starter.toml")
}
