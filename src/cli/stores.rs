//! `idouble stores`, `users`, `export` and `import`: the stores of a running server.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use idouble::Emulator;
use idouble::internal::config::Config;
use idouble::internal::fixture;
use serde::Deserialize;
use serde_json::{Map, Value as Json};

use super::client::{Client, ServerAddress, path_segment};
use super::exit::Failure;
use super::output::{count, print};
use super::progress::Progress;

/// Number of users of a page of the control API.
const USERS_PAGE: usize = 1_000;

#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct StoresArgs {
    #[command(subcommand)]
    command: Option<StoresCommand>,
    #[command(flatten)]
    server: ServerAddress,
}

#[derive(Subcommand, Debug)]
enum StoresCommand {
    /// List the stores, the default
    List {
        #[command(flatten)]
        server: ServerAddress,
    },
    /// Create an empty store, or a copy of another, and print its id
    Create {
        /// Id of the new store, such as d-1234567890; generated from the seed by default
        #[arg(long, value_name = "ID")]
        id: Option<String>,
        /// Store to copy
        #[arg(long, value_name = "ID")]
        copy: Option<String>,
        #[command(flatten)]
        server: ServerAddress,
    },
    /// Delete a store and everything in it
    Delete {
        /// Store to delete
        id: String,
        #[command(flatten)]
        server: ServerAddress,
    },
}

#[derive(Args, Debug)]
pub(super) struct UsersArgs {
    #[command(subcommand)]
    command: UsersCommand,
}

#[derive(Subcommand, Debug)]
enum UsersCommand {
    /// List users: store, id, user name and display name
    List {
        /// Only users with this text in their id or an attribute
        text: Option<String>,
        /// Only the users of this store
        #[arg(long, value_name = "ID")]
        store: Option<String>,
        #[command(flatten)]
        server: ServerAddress,
    },
}

#[derive(Args, Debug)]
pub(super) struct ExportArgs {
    /// Only this store
    #[arg(long, value_name = "ID")]
    store: Option<String>,
    /// Write TOML; the default for a file name that ends in .toml, else JSON
    #[arg(long)]
    toml: bool,
    /// File to write; standard output by default
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    server: ServerAddress,
}

#[derive(Args, Debug)]
pub(super) struct ImportArgs {
    /// Fixtures, or lists that a cloud printed; each store in them replaces the store of the same id
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    server: ServerAddress,
}

#[derive(Deserialize)]
struct StoresBody {
    stores: Vec<StoreBody>,
}

#[derive(Deserialize)]
struct StoreBody {
    id: String,
    users: u64,
    groups: u64,
    memberships: u64,
    scim_path: String,
}

#[derive(Deserialize)]
struct StoreId {
    id: String,
}

pub(super) fn stores(args: &StoresArgs) -> Result<(), Failure> {
    match &args.command {
        None => list_stores(&args.server.client()?),
        Some(StoresCommand::List { server }) => list_stores(&server.client()?),
        Some(StoresCommand::Create { id, copy, server }) => {
            let fields = [("id", id), ("copy", copy)].into_iter().filter_map(|(key, value)| {
                value.as_ref().map(|value| (key.to_owned(), Json::from(value.as_str())))
            });
            let body = Json::Object(fields.collect::<Map<_, _>>());
            let created: StoreId = server.client()?.post("/stores", &body)?;
            print(&created.id);
            Ok(())
        }
        Some(StoresCommand::Delete { id, server }) => {
            server.client()?.delete(&format!("/stores/{}", path_segment(id)?))?;
            print(&format_args!("deleted: {id}"));
            Ok(())
        }
    }
}

fn list_stores(client: &Client) -> Result<(), Failure> {
    let list: StoresBody = client.get("/stores")?;
    for store in list.stores {
        print(&format_args!(
            "{}  {}, {}, {}  {}{}",
            store.id,
            count(store.users, "user"),
            count(store.groups, "group"),
            count(store.memberships, "membership"),
            client.url(),
            store.scim_path,
        ));
    }
    Ok(())
}

/// The parts of a page that `users list` prints.
#[derive(Deserialize)]
struct UsersBody {
    users: Vec<UserBody>,
    next_after: Option<u64>,
}

#[derive(Deserialize)]
struct UserBody {
    id: String,
    user_name: String,
    #[serde(default)]
    display_name: Option<String>,
}

pub(super) fn users(args: &UsersArgs) -> Result<(), Failure> {
    let UsersCommand::List { text, store, server } = &args.command;
    let client = server.client()?;
    let stores = match store {
        Some(id) => vec![id.clone()],
        None => {
            let list: StoresBody = client.get("/stores")?;
            list.stores.into_iter().map(|store| store.id).collect()
        }
    };
    for store in stores {
        let path = format!("/stores/{}/users", path_segment(&store)?);
        let mut after = None;
        loop {
            let mut query = form_urlencoded::Serializer::new(String::new());
            query.append_pair("limit", &USERS_PAGE.to_string());
            query.extend_pairs(text.iter().map(|text| ("q", text)));
            query.extend_pairs(after.map(|after: u64| ("after", after.to_string())));
            let page: UsersBody = client.get(&format!("{path}?{}", query.finish()))?;
            for UserBody { id, user_name, display_name } in page.users {
                let display_name = display_name.unwrap_or_default();
                if !print(&format!("{store}  {id}  {user_name}  {display_name}").trim_end()) {
                    return Ok(());
                }
            }
            after = page.next_after;
            if after.is_none() {
                break;
            }
        }
    }
    Ok(())
}

pub(super) fn export(args: &ExportArgs) -> Result<(), Failure> {
    let path = match &args.store {
        Some(id) => format!("/stores/{}", path_segment(id)?),
        None => "/stores".to_owned(),
    };
    let is_toml = args.toml || args.output.as_deref().is_some_and(is_toml_file);
    let format = if is_toml { "toml" } else { "json" };
    let client = args.server.client()?;
    let mut body = client.download(&format!("{path}?format={format}"))?;
    let copied = match &args.output {
        Some(file) => {
            let mut out = File::create(file).map_err(|error| Failure::file(file, &error))?;
            io::copy(&mut body, &mut out).and_then(|_| out.flush())
        }
        None => {
            let mut out = io::stdout().lock();
            io::copy(&mut body, &mut out).and_then(|_| out.flush())
        }
    };
    match copied {
        // The reader of standard output has gone, as in `idouble export | head`.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        copied => copied.map_err(|error| client.failure(error)),
    }
}

/// Replaces each store that the files define. Nothing is sent before all files are known to be valid;
/// ids and times that they leave out follow from the server's own seed.
pub(super) fn import(args: &ImportArgs) -> Result<(), Failure> {
    #[derive(Deserialize)]
    struct HealthBody {
        seed: u64,
    }
    let client = args.server.client()?;
    let health: HealthBody = client.get("/health")?;
    let progress = Progress::start("importing");
    let config = Config { seed: health.seed, fixtures: args.files.clone(), ..Config::default() };
    let service = Emulator::builder().config(config).service()?;
    for store in service.directory().current_stores() {
        let path = format!("/stores/{}", store.id());
        let _: StoreId = client.upload(&path, &fixture::export_json(&[store]))?;
    }
    drop(progress);
    let (stores, users) = service.directory().size();
    print(&format_args!("imported: {}, {}", count(stores as u64, "store"), count(users, "user")));
    Ok(())
}

/// Whether a file name ends in `.toml`.
pub(super) fn is_toml_file(file: &Path) -> bool {
    file.extension().is_some_and(|extension| extension == "toml")
}
