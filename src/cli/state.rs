//! `idouble healthcheck`, `reset`, `snapshot` and `clock`: the state of a running server.

use clap::{Args, Subcommand};
use http::{Method, StatusCode};
use serde::Deserialize;
use serde_json::json;

use super::client::{HEALTH_TIMEOUT, ServerAddress, path_segment};
use super::exit::Failure;
use super::output::{count, print};

#[derive(Args, Debug)]
pub(super) struct HealthArgs {
    #[command(flatten)]
    server: ServerAddress,
}

#[derive(Args, Debug)]
pub(super) struct ResetArgs {
    /// Only this store
    #[arg(long, value_name = "ID")]
    store: Option<String>,
    #[command(flatten)]
    server: ServerAddress,
}

#[derive(Args, Debug)]
pub(super) struct SnapshotArgs {
    #[command(subcommand)]
    command: SnapshotCommand,
}

#[derive(Subcommand, Debug)]
enum SnapshotCommand {
    /// Save the current state of all stores under a name
    Save(SnapshotName),
    /// Restore all stores from a snapshot
    Restore(SnapshotName),
    /// Delete a snapshot
    Delete(SnapshotName),
    /// List the snapshots
    List {
        #[command(flatten)]
        server: ServerAddress,
    },
}

#[derive(Args, Debug)]
struct SnapshotName {
    /// Name of the snapshot
    name: String,
    #[command(flatten)]
    server: ServerAddress,
}

#[derive(Args, Debug)]
pub(super) struct ClockArgs {
    /// Set the time, such as 2030-01-01T00:00:00Z
    #[arg(long, value_name = "TIME")]
    set: Option<String>,
    /// Move the time forward, such as 5m or 2h
    #[arg(long, value_name = "DURATION")]
    advance: Option<String>,
    /// Stop the clock
    #[arg(long, conflicts_with = "unfreeze")]
    freeze: bool,
    /// Let the clock run
    #[arg(long)]
    unfreeze: bool,
    #[command(flatten)]
    server: ServerAddress,
}

/// Prints the server's health as JSON; fails unless it is ready.
pub(super) fn healthcheck(args: &HealthArgs) -> Result<(), Failure> {
    let client = args.server.client()?;
    let (status, health) = client.call_within(HEALTH_TIMEOUT, Method::GET, "/health", None)?;
    if status != StatusCode::OK || health["ready"] != true {
        return Err(client.failure(format_args!("not ready, status {status}")));
    }
    print(&health);
    Ok(())
}

pub(super) fn reset(args: &ResetArgs) -> Result<(), Failure> {
    #[derive(Deserialize)]
    struct Reset {
        stores: u64,
        users: u64,
    }
    let body = args.store.as_ref().map_or(json!({}), |store| json!({ "store": store }));
    let reset: Reset = args.server.client()?.post("/reset", &body)?;
    let (stores, users) = (count(reset.stores, "store"), count(reset.users, "user"));
    print(&format_args!("reset: {stores}, {users}"));
    Ok(())
}

pub(super) fn snapshot(args: &SnapshotArgs) -> Result<(), Failure> {
    #[derive(Deserialize)]
    struct StoreCount {
        stores: u64,
    }
    #[derive(Deserialize)]
    struct SnapshotsBody {
        snapshots: Vec<SnapshotBody>,
    }
    #[derive(Deserialize)]
    struct SnapshotBody {
        name: String,
    }
    let path = |name| path_segment(name).map(|name| format!("/snapshots/{name}"));
    let report = |done: &str, name: &str, stores: StoreCount| {
        print(&format_args!("{done}: {name}, {}", count(stores.stores, "store")));
    };
    match &args.command {
        SnapshotCommand::Save(SnapshotName { name, server }) => {
            report("saved", name, server.client()?.put(&path(name)?, &json!({}))?);
        }
        SnapshotCommand::Restore(SnapshotName { name, server }) => {
            let path = format!("{}/restore", path(name)?);
            report("restored", name, server.client()?.post(&path, &json!({}))?);
        }
        SnapshotCommand::Delete(SnapshotName { name, server }) => {
            server.client()?.delete(&path(name)?)?;
            print(&format_args!("deleted: {name}"));
        }
        SnapshotCommand::List { server } => {
            let list: SnapshotsBody = server.client()?.get("/snapshots")?;
            for snapshot in list.snapshots {
                print(&snapshot.name);
            }
        }
    }
    Ok(())
}

pub(super) fn clock(args: &ClockArgs) -> Result<(), Failure> {
    #[derive(Deserialize)]
    struct ClockBody {
        now: String,
        frozen: bool,
    }
    let mut body = json!({});
    if let Some(time) = &args.set {
        body["set"] = time.as_str().into();
    }
    if let Some(duration) = &args.advance {
        body["advance"] = duration.as_str().into();
    }
    if args.freeze || args.unfreeze {
        body["freeze"] = args.freeze.into();
    }
    let client = args.server.client()?;
    let is_query = body.as_object().is_some_and(serde_json::Map::is_empty);
    let clock: ClockBody =
        if is_query { client.get("/clock")? } else { client.put("/clock", &body)? };
    print(&format_args!("{}{}", clock.now, if clock.frozen { " (frozen)" } else { "" }));
    Ok(())
}
