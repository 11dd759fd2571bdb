//! The commands that speak to a running server: the control API at the terminal.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use idouble::config::Config;
use idouble::{Emulator, fixture};
use serde_json::{Value, json};

use super::clients::Where;
use super::progress::Progress;
use super::{Exit, Failure, http, say};

#[derive(Args, Debug)]
pub(super) struct ResetArgs {
    /// Only this store
    #[arg(long, value_name = "ID")]
    store: Option<String>,
    #[command(flatten)]
    place: Where,
}

#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct StoresArgs {
    #[command(subcommand)]
    what: Option<StoresCommand>,
    #[command(flatten)]
    place: Where,
}

#[derive(Subcommand, Debug)]
enum StoresCommand {
    /// Make a store and print its id: empty, or a copy of another
    Create {
        /// Its id; else it is minted from the seed
        #[arg(long, value_name = "ID")]
        id: Option<String>,
        /// The store that it begins as a copy of
        #[arg(long, value_name = "ID")]
        copy: Option<String>,
        #[command(flatten)]
        place: Where,
    },
    /// Remove a store and all that is in it
    Delete {
        /// Which
        id: String,
        #[command(flatten)]
        place: Where,
    },
}

#[derive(Args, Debug)]
pub(super) struct ExportArgs {
    /// Only this store
    #[arg(long, value_name = "ID")]
    store: Option<String>,
    /// TOML rather than JSON; so is a file whose name ends in .toml
    #[arg(long)]
    toml: bool,
    /// Where to write it, rather than to standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    place: Where,
}

#[derive(Args, Debug)]
pub(super) struct ImportArgs {
    /// Fixtures, or what a cloud printed; each store of them takes the place of its former self
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    place: Where,
}

#[derive(Args, Debug)]
pub(super) struct SnapshotArgs {
    #[command(subcommand)]
    what: SnapshotCommand,
}

#[derive(Subcommand, Debug)]
enum SnapshotCommand {
    /// Name the state that the stores are in
    Save(Named),
    /// Put the stores back into a state
    Restore(Named),
    /// Forget a state
    Delete(Named),
    /// Print the names
    List(Where),
}

#[derive(Args, Debug)]
struct Named {
    /// What the state is called
    name: String,
    #[command(flatten)]
    place: Where,
}

#[derive(Args, Debug)]
pub(super) struct ClockArgs {
    /// The time it is to be, such as 2030-01-01T00:00:00Z
    #[arg(long, value_name = "TIME")]
    set: Option<String>,
    /// How far to move it on, such as 5m or 2h
    #[arg(long, value_name = "TIME")]
    advance: Option<String>,
    /// Make it stand still
    #[arg(long, conflicts_with = "unfreeze")]
    freeze: bool,
    /// Let it go on
    #[arg(long)]
    unfreeze: bool,
    #[command(flatten)]
    place: Where,
}

pub(super) fn reset(args: &ResetArgs) -> Result<(), Failure> {
    let body = args.store.as_ref().map_or(json!({}), |store| json!({ "store": store }));
    call(&args.place, "POST", "/reset", Some(&body)).map(|_| ())
}

pub(super) fn stores(args: &StoresArgs) -> Result<(), Failure> {
    match &args.what {
        None => {
            let told = call(&args.place, "GET", "/stores", None)?;
            for store in told["stores"].as_array().into_iter().flatten() {
                let id = store["id"].as_str().unwrap_or_default();
                let (users, groups) = (&store["users"], &store["groups"]);
                let memberships = &store["memberships"];
                say(&format_args!(
                    "{id}  {users} users, {groups} groups, {memberships} memberships"
                ));
            }
        }
        Some(StoresCommand::Create { id, copy, place }) => {
            let asked = [("id", id), ("copy", copy)];
            let asked = asked.into_iter().filter_map(|(key, value)| {
                value.as_ref().map(|value| (key.to_owned(), Value::from(value.as_str())))
            });
            let told = call(place, "POST", "/stores", Some(&Value::Object(asked.collect())))?;
            say(&told["id"].as_str().unwrap_or_default());
        }
        Some(StoresCommand::Delete { id, place }) => {
            call(place, "DELETE", &format!("/stores/{}", segment(id)?), None)?;
        }
    }
    Ok(())
}

pub(super) fn export(args: &ExportArgs) -> Result<(), Failure> {
    let path = match &args.store {
        Some(id) => format!("/stores/{}", segment(id)?),
        None => "/stores".to_owned(),
    };
    let toml =
        args.output.as_ref().is_some_and(|file| file.extension().is_some_and(|end| end == "toml"));
    let format = if args.toml || toml { "toml" } else { "json" };
    let (url, path) = (args.place.url()?, format!("{path}?format={format}"));
    match &args.output {
        Some(file) => http::save(&url, &path, || {
            let named = |error: io::Error| io::Error::other(format!("{}: {error}", file.display()));
            fs::File::create(file).map_err(named)
        }),
        None => http::save(&url, &path, || Ok(io::stdout().lock())),
    }
}

/// Puts each store of the files in the place of its former self. Nothing is sent before all files are
/// known to be right, and what they leave open follows from the server's own seed.
pub(super) fn import(args: &ImportArgs) -> Result<(), Failure> {
    let health = call(&args.place, "GET", "/health", None)?;
    let _progress = Progress::of("importing");
    let seed = health["seed"].as_u64().unwrap_or(Config::default().seed);
    let config = Config { seed, fixtures: args.files.clone(), ..Config::default() };
    let service = Emulator::builder().config(config).service()?;
    for store in service.directory().current_stores() {
        let path = format!("/stores/{}", store.id());
        let text = fixture::export_json(&[store]);
        http::text(&args.place.url()?, "PUT", &path, &text)?;
    }
    Ok(())
}

pub(super) fn snapshot(args: &SnapshotArgs) -> Result<(), Failure> {
    let send = |method, named: &Named, rest| {
        let path = format!("/snapshots/{}{rest}", segment(&named.name)?);
        call(&named.place, method, &path, None).map(|_| ())
    };
    match &args.what {
        SnapshotCommand::Save(named) => send("PUT", named, ""),
        SnapshotCommand::Restore(named) => send("POST", named, "/restore"),
        SnapshotCommand::Delete(named) => send("DELETE", named, ""),
        SnapshotCommand::List(place) => {
            let told = call(place, "GET", "/snapshots", None)?;
            for snapshot in told["snapshots"].as_array().into_iter().flatten() {
                say(&snapshot["name"].as_str().unwrap_or_default());
            }
            Ok(())
        }
    }
}

pub(super) fn clock(args: &ClockArgs) -> Result<(), Failure> {
    let mut body = json!({});
    if let Some(time) = &args.set {
        body["set"] = time.as_str().into();
    }
    if let Some(time) = &args.advance {
        body["advance"] = time.as_str().into();
    }
    if args.freeze || args.unfreeze {
        body["freeze"] = args.freeze.into();
    }
    let told = match body.as_object().is_some_and(serde_json::Map::is_empty) {
        true => call(&args.place, "GET", "/clock", None)?,
        false => call(&args.place, "PUT", "/clock", Some(&body))?,
    };
    let frozen = if told["frozen"] == true { " (stands still)" } else { "" };
    say(&format_args!("{}{frozen}", told["now"].as_str().unwrap_or_default()));
    Ok(())
}

fn call(place: &Where, method: &str, path: &str, body: Option<&Value>) -> Result<Value, Failure> {
    http::done(&place.url()?, method, path, body)
}

/// A name as a segment of a path. Those that the server takes need no escapes.
fn segment(name: &str) -> Result<&str, Failure> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
    if name.is_empty() || !name.bytes().all(plain) {
        let what = "letters, digits, dots, dashes and underscores";
        return Err(Failure::new(Exit::Usage, format_args!("{name:?} is not made of {what}")));
    }
    Ok(name)
}

/// Writes to a file, or to standard output.
pub(super) fn write(file: Option<&Path>, text: &str) -> Result<(), Failure> {
    let Some(file) = file else {
        say(&text);
        return Ok(());
    };
    let failed = |error| Failure::new(Exit::Internal, format_args!("{}: {error}", file.display()));
    fs::write(file, text).map_err(failed)
}
