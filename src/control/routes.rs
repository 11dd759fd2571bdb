//! Every call of the control API, one row each.

use std::sync::LazyLock;

use http::Method;

use crate::service::Topic;

#[cfg(feature = "metrics")]
use super::metrics;
use super::route::{ControlRoute, route, route_that_waits, route_with_body, route_with_text};
use super::{
    PREFIX, access_keys, ca, clock, config, events, faults, groups, health, index, journal,
    journal_entry, memberships, openapi, presets, reset, resource, sessions, snapshots, state,
    stores, users,
};

/// Every call.
pub(super) fn routes() -> &'static [ControlRoute] {
    static ROUTES: LazyLock<Vec<ControlRoute>> = LazyLock::new(all);
    &ROUTES
}

/// The routes of this path, each with the segments that stand for `{}`.
pub(super) fn matching_routes(
    path: &str,
) -> impl Iterator<Item = (&'static ControlRoute, [&str; 2])> {
    let path = path.strip_prefix(PREFIX).filter(|path| !path.is_empty()).unwrap_or("/");
    routes().iter().filter_map(move |route| Some((route, route.segments(path)?)))
}

fn all() -> Vec<ControlRoute> {
    use http::Method as M;
    vec![
        route(Method::GET, "/", "Lists the calls", index::get).inline().served_while_loading(),
        route(M::GET, "/health", "Whether the server is ready, and what it holds", health::get)
            .statuses(&[200, 503])
            .inline()
            .open()
            .served_while_loading(),
        route_with_body(M::POST, "/reset", "Resets the server, or one store", reset::post)
            .changes(&[Topic::Stores]),
        route(M::GET, "/stores", "Lists the stores, or exports all of them", stores::list)
            .query(stores::FORMAT),
        route_with_text::<stores::NewStore<'_>, _>(
            M::POST,
            "/stores",
            "Creates a store: empty, as a copy, or from a fixture",
            stores::create,
        )
        .accepts_store()
        .statuses(&[201])
        .changes(&[Topic::Stores]),
        route(M::GET, "/stores/{}", "Exports a store as a fixture", stores::export)
            .query(stores::FORMAT),
        route_with_text::<stores::OneStore, _>(
            M::PUT,
            "/stores/{}",
            "Replaces or creates a store from a fixture",
            stores::replace,
        )
        .accepts_store()
        .statuses(&[200, 201])
        .changes(&[Topic::Stores]),
        route(M::DELETE, "/stores/{}", "Deletes a store and its fault rules", stores::delete),
        route(M::GET, "/stores/{}/users", "Lists or searches the users of a store", users::list)
            .query(resource::SEARCH),
        route_with_body(M::POST, "/stores/{}/users", "Creates a user", users::create)
            .statuses(&[201])
            .changes(&[Topic::Stores]),
        route(
            M::GET,
            "/stores/{}/users/{}",
            "Returns a user by id or name, with groups, as each dialect shows it",
            users::get,
        )
        .query(resource::PAGING),
        route_with_body(M::PATCH, "/stores/{}/users/{}", "Changes a user", users::change)
            .changes(&[Topic::Stores]),
        route(M::DELETE, "/stores/{}/users/{}", "Deletes a user", users::delete)
            .changes(&[Topic::Stores]),
        route(M::GET, "/stores/{}/groups", "Lists or searches the groups of a store", groups::list)
            .query(resource::SEARCH),
        route_with_body(M::POST, "/stores/{}/groups", "Creates a group", groups::create)
            .statuses(&[201])
            .changes(&[Topic::Stores]),
        route(
            M::GET,
            "/stores/{}/groups/{}",
            "Returns a group by id or name, with members, as each dialect shows it",
            groups::get,
        )
        .query(resource::PAGING),
        route_with_body(M::PATCH, "/stores/{}/groups/{}", "Changes a group", groups::change)
            .changes(&[Topic::Stores]),
        route(M::DELETE, "/stores/{}/groups/{}", "Deletes a group", groups::delete)
            .changes(&[Topic::Stores]),
        route_with_body(
            M::POST,
            "/stores/{}/memberships",
            "Adds a user to a group",
            memberships::create,
        )
        .statuses(&[201])
        .changes(&[Topic::Stores]),
        route(
            M::DELETE,
            "/stores/{}/memberships/{}",
            "Removes a user from a group",
            memberships::delete,
        )
        .changes(&[Topic::Stores]),
        route_with_text::<sessions::NewSession<'_>, _>(
            M::POST,
            "/sessions",
            "Creates a session: a store, an access key id and fault rules",
            sessions::create,
        )
        .accepts_store()
        .statuses(&[201])
        .changes(&[Topic::Stores, Topic::Rules]),
        route(
            M::DELETE,
            "/sessions/{}",
            "Ends a session: deletes its store and its fault rules",
            sessions::delete,
        ),
        route(M::GET, "/auth", "Whether signatures are checked", access_keys::mode).inline(),
        route_with_body(
            M::PUT,
            "/auth",
            "Changes whether signatures are checked",
            access_keys::set_mode,
        )
        .inline(),
        route(M::GET, "/access-keys", "Lists the access keys, without secrets", access_keys::list),
        route_with_body(
            M::POST,
            "/access-keys",
            "Adds an access key, or replaces the one with its id",
            access_keys::put,
        )
        .statuses(&[200, 201]),
        route(
            M::GET,
            "/access-keys/{}",
            "Returns an access key, without its secret",
            access_keys::get,
        ),
        route(M::DELETE, "/access-keys/{}", "Revokes an access key", access_keys::delete),
        route(M::GET, "/snapshots", "Lists the snapshots", snapshots::list),
        route(M::PUT, "/snapshots/{}", "Saves a snapshot of all stores", snapshots::put)
            .statuses(&[200, 201])
            .changes(&[Topic::Snapshots]),
        route(M::DELETE, "/snapshots/{}", "Deletes a snapshot", snapshots::delete)
            .changes(&[Topic::Snapshots]),
        route(M::POST, "/snapshots/{}/restore", "Restores a snapshot", snapshots::restore)
            .changes(&[Topic::Stores]),
        route(M::POST, "/state/save", "Writes the stores to the state file", state::save),
        route(M::GET, "/clock", "The time of the emulator", clock::get).inline(),
        route_with_body(M::PUT, "/clock", "Sets the clock", clock::put)
            .inline()
            .changes(&[Topic::Clock]),
        route(M::GET, "/journal", "Lists recorded requests, newest first", journal::list)
            .query(journal::PAGING)
            .filters(),
        route(M::DELETE, "/journal", "Removes all entries", journal::clear)
            .changes(&[Topic::Journal]),
        route(M::GET, "/journal/count", "Counts recorded requests", journal::count).filters(),
        route_that_waits(
            M::POST,
            "/journal/expect",
            "Checks that a request came, and how often, or waits for it",
            journal::expect,
        )
        .statuses(&[200, 409]),
        route(
            M::GET,
            "/journal/{}",
            "Returns a recorded request with what it changed",
            journal_entry::get,
        ),
        route_that_waits(
            M::POST,
            "/journal/{}/replay",
            "Sends a recorded request again",
            journal_entry::replay,
        ),
        route(
            M::GET,
            "/events",
            "Streams requests as they are recorded, and changes of the state",
            events::subscribe,
        )
        .query(events::START)
        .filters()
        .inline(),
        #[cfg(feature = "metrics")]
        route(M::GET, "/metrics", "Counts and sizes for Prometheus", metrics::get),
        route(M::GET, "/config", "Lists the settings, each with its source", config::get),
        route(M::GET, "/ca.pem", "What clients of HTTPS have to trust, in PEM", ca::get)
            .inline()
            .open()
            .served_while_loading(),
        route(M::GET, "/openapi.json", "This document", openapi::get),
        route(M::GET, "/faults", "Lists the fault rules, with their counts", faults::list),
        route_with_text::<faults::NewRules, _>(
            M::POST,
            "/faults",
            "Adds a fault rule or a list of them, all or none",
            faults::add,
        )
        .statuses(&[201])
        .changes(&[Topic::Rules]),
        route_with_text::<faults::NewRules, _>(
            M::PUT,
            "/faults",
            "Replaces all fault rules, all or none",
            faults::replace_all,
        )
        .changes(&[Topic::Rules]),
        route(M::DELETE, "/faults", "Removes all fault rules", faults::clear)
            .changes(&[Topic::Rules]),
        route(
            M::GET,
            "/faults/verdict",
            "Whether each fault rule fired as often as it expects",
            faults::verdict,
        )
        .query(faults::VERDICT)
        .statuses(&[200, 409]),
        route_with_body(
            M::POST,
            "/faults/preview",
            "Which of the next requests a fault rule would hit",
            faults::preview,
        ),
        route(M::GET, "/faults/{}", "Returns a fault rule and renews its lease", faults::get),
        route_with_text::<faults::NewRule, _>(
            M::PUT,
            "/faults/{}",
            "Replaces a fault rule; its counters start at zero",
            faults::replace,
        )
        .changes(&[Topic::Rules]),
        route_with_body(
            M::PATCH,
            "/faults/{}",
            "Pauses or resumes a fault rule; its counters stay",
            faults::change,
        )
        .changes(&[Topic::Rules]),
        route(M::DELETE, "/faults/{}", "Removes a fault rule", faults::remove)
            .changes(&[Topic::Rules]),
        route_with_body(
            M::POST,
            "/faults/explain",
            "Why a fault rule hit a recorded request, or why not",
            journal_entry::explain,
        ),
        route_with_body(M::POST, "/faults/toml", "Writes a fault rule as TOML", faults::toml),
        route(M::GET, "/presets", "Lists the presets with their rules", presets::list),
        route(M::POST, "/presets/{}", "Adds the rules of a preset", presets::add)
            .statuses(&[201])
            .changes(&[Topic::Rules]),
    ]
}
