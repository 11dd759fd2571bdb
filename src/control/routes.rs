//! Every call of the control API, one row each.

use std::sync::LazyLock;

use http::Method;

use super::route::{ControlRoute, route, route_that_waits, route_with_body, route_with_text};
use super::{
    PREFIX, clock, events, faults, health, index, journal, metrics, openapi, reset, sessions,
    snapshots, state, stores,
};

/// Every call.
pub(super) fn routes() -> &'static [ControlRoute] {
    static ROUTES: LazyLock<Vec<ControlRoute>> = LazyLock::new(all);
    &ROUTES
}

/// The routes of this path, each with the segment that stands for `{}`.
pub(super) fn matching_routes(path: &str) -> impl Iterator<Item = (&'static ControlRoute, &str)> {
    let path = path.strip_prefix(PREFIX).filter(|path| !path.is_empty()).unwrap_or("/");
    routes().iter().filter_map(move |route| Some((route, route.segment(path)?)))
}

fn all() -> Vec<ControlRoute> {
    use http::Method as M;
    vec![
        route(Method::GET, "/", "Lists the calls", index::get).inline().served_while_loading(),
        route(M::GET, "/health", "Whether the server is ready, and what it holds", health::get)
            .statuses(&[200, 503])
            .inline()
            .served_while_loading(),
        route_with_body(M::POST, "/reset", "Resets the server, or one store", reset::post),
        route(M::GET, "/stores", "Lists the stores, or exports all of them", stores::list)
            .query(stores::FORMAT),
        route_with_text::<stores::NewStore<'_>, _>(
            M::POST,
            "/stores",
            "Creates a store: empty, as a copy, or from a fixture",
            stores::create,
        )
        .accepts_store()
        .statuses(&[201]),
        route(M::GET, "/stores/{}", "Exports a store as a fixture", stores::export)
            .query(stores::FORMAT),
        route_with_text::<stores::OneStore, _>(
            M::PUT,
            "/stores/{}",
            "Replaces or creates a store from a fixture",
            stores::replace,
        )
        .accepts_store()
        .statuses(&[200, 201]),
        route(M::DELETE, "/stores/{}", "Deletes a store and its fault rules", stores::delete),
        route_with_text::<sessions::NewSession<'_>, _>(
            M::POST,
            "/sessions",
            "Creates a session: a store, an access key id and fault rules",
            sessions::create,
        )
        .accepts_store()
        .statuses(&[201]),
        route(
            M::DELETE,
            "/sessions/{}",
            "Ends a session: deletes its store and its fault rules",
            sessions::delete,
        ),
        route(M::GET, "/snapshots", "Lists the snapshots", snapshots::list),
        route(M::PUT, "/snapshots/{}", "Saves a snapshot of all stores", snapshots::put)
            .statuses(&[200, 201]),
        route(M::DELETE, "/snapshots/{}", "Deletes a snapshot", snapshots::delete),
        route(M::POST, "/snapshots/{}/restore", "Restores a snapshot", snapshots::restore),
        route(M::POST, "/state/save", "Writes the stores to the state file", state::save),
        route(M::GET, "/clock", "The time of the emulator", clock::get).inline(),
        route_with_body(M::PUT, "/clock", "Sets the clock", clock::put).inline(),
        route(M::GET, "/journal", "Lists recorded requests, newest first", journal::list)
            .query(journal::PAGING)
            .filters(),
        route(M::DELETE, "/journal", "Removes all entries", journal::clear),
        route(M::GET, "/journal/count", "Counts recorded requests", journal::count).filters(),
        route_that_waits(
            M::POST,
            "/journal/expect",
            "Checks that a request came, and how often, or waits for it",
            journal::expect,
        )
        .statuses(&[200, 409]),
        route(M::GET, "/events", "Streams requests as they are recorded", events::subscribe)
            .filters()
            .inline(),
        route(M::GET, "/metrics", "Counts and sizes for Prometheus", metrics::get),
        route(M::GET, "/openapi.json", "This document", openapi::get),
        route(M::GET, "/faults", "Lists the fault rules, with their counts", faults::list),
        route_with_text::<faults::NewRules, _>(
            M::POST,
            "/faults",
            "Adds a fault rule or a list of them, all or none",
            faults::add,
        )
        .statuses(&[201]),
        route_with_text::<faults::NewRules, _>(
            M::PUT,
            "/faults",
            "Replaces all fault rules, all or none",
            faults::replace_all,
        ),
        route(M::DELETE, "/faults", "Removes all fault rules", faults::clear),
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
        ),
        route(M::DELETE, "/faults/{}", "Removes a fault rule", faults::remove),
    ]
}
