//! `idouble journal`: the requests that a running server has received.

use clap::{Arg, ArgMatches, Args, Command};
use http::{Method, StatusCode};
use idouble::internal::journal::{EntryField, EntryView, FIELDS};
use serde::Deserialize;
use serde_json::{Map, Value as Json, json};

use super::client::{Client, ServerAddress, rejection};
use super::exit::{Exit, Failure};
use super::output::{count, print};

/// Maximum number of entries of a page of the control API.
const PAGE_MAX: usize = 1_000;

/// Conditions on entries: one option for each field of the journal.
#[derive(Clone, Default, Debug)]
pub(super) struct FieldFilters {
    conditions: Vec<(&'static str, String)>,
}

impl Args for FieldFilters {
    fn augment_args(command: Command) -> Command {
        FIELDS.iter().fold(command, |command, field| {
            let arg = Arg::new(field.name).long(option_name(field)).value_name("VALUE");
            command.arg(arg.help(field.help).help_heading("Filters (an empty value means none)"))
        })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

fn option_name(field: &EntryField) -> String {
    field.name.replace('_', "-")
}

impl clap::FromArgMatches for FieldFilters {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut filters = Self::default();
        filters.update_from_arg_matches(matches)?;
        Ok(filters)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        let conditions = FIELDS.iter().filter_map(|field| {
            let value = matches.get_one::<String>(field.name)?;
            Some((field.name, value.clone()))
        });
        self.conditions = conditions.collect();
        Ok(())
    }
}

impl FieldFilters {
    /// A path with the filters, and further parameters, as its query.
    pub(super) fn path(&self, path: &str, parameters: &[(&str, usize)]) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(&self.conditions);
        query.extend_pairs(parameters.iter().map(|(name, value)| (name, value.to_string())));
        let query = query.finish();
        if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
    }
}

#[derive(Args, Debug)]
pub(super) struct JournalArgs {
    /// Maximum number of entries to print
    #[arg(long, value_name = "N", default_value_t = 100)]
    limit: usize,
    /// Only entries before the one of this number
    #[arg(long, value_name = "SEQ")]
    before: Option<usize>,
    /// Print the number of matching entries
    #[arg(long, conflicts_with_all = ["limit", "before", "json"])]
    count: bool,
    /// Exit 4 unless this many match; report the nearest miss
    ///
    /// COUNT is a number such as 1, or a range such as '>=1', '<=3' or 2..4.
    #[arg(long, value_name = "COUNT", conflicts_with_all = ["limit", "before", "count"])]
    expect: Option<String>,
    /// With --expect: only entries after the one of this number
    #[arg(long, value_name = "SEQ", requires = "expect")]
    after: Option<u64>,
    /// Print each entry as a line of JSON
    #[arg(long)]
    json: bool,
    /// Send a recorded request again; print its entry
    #[arg(
        long,
        value_name = "SEQ",
        conflicts_with_all = ["limit", "before", "count", "expect", "clear"]
    )]
    replay: Option<u64>,
    /// Remove all entries
    #[arg(long, conflicts_with_all = ["limit", "before", "count", "expect", "json"])]
    clear: bool,
    #[command(flatten)]
    server: ServerAddress,
    #[command(flatten)]
    filters: FieldFilters,
}

/// Prints entries, newest first.
pub(super) fn journal(args: &JournalArgs) -> Result<(), Failure> {
    let client = args.server.client()?;
    if args.clear {
        return clear(&client, &args.filters);
    }
    if let Some(seq) = args.replay {
        return replay(&client, seq, args.json);
    }
    if args.count {
        #[derive(Deserialize)]
        struct Count {
            count: u64,
        }
        let body: Count = client.get(&args.filters.path("/journal/count", &[]))?;
        print(&body.count);
        return Ok(());
    }
    match &args.expect {
        Some(count) => expect(&client, args, count),
        None => list(&client, args),
    }
}

fn replay(client: &Client, seq: u64, json: bool) -> Result<(), Failure> {
    #[derive(Deserialize)]
    struct Replay {
        /// Null if the journal has dropped it already.
        entry: Json,
    }
    let reply: Replay = client.post(&format!("/journal/{seq}/replay"), &json!({}))?;
    if !reply.entry.is_null() {
        print(&entry_line(&reply.entry, json));
    }
    Ok(())
}

fn clear(client: &Client, filters: &FieldFilters) -> Result<(), Failure> {
    if !filters.conditions.is_empty() {
        let message = "--clear removes all entries and cannot be used with a filter";
        return Err(Failure::new(Exit::Usage, message));
    }
    let removed = client.delete("/journal")?;
    print(&format_args!("removed: {}", count(removed, "entry")));
    Ok(())
}

fn list(client: &Client, args: &JournalArgs) -> Result<(), Failure> {
    #[derive(Deserialize)]
    struct JournalPageBody {
        entries: Vec<Json>,
        next_before: Option<usize>,
    }
    let (mut left, mut before) = (args.limit, args.before);
    while left > 0 {
        let mut parameters = vec![("limit", left.min(PAGE_MAX))];
        parameters.extend(before.map(|before| ("before", before)));
        let page: JournalPageBody = client.get(&args.filters.path("/journal", &parameters))?;
        let lines = page.entries.iter().map(|entry| entry_line(entry, args.json));
        // Without entries there is nothing to print, not even a line end.
        if !page.entries.is_empty() && !print(&lines.collect::<Vec<_>>().join("\n")) {
            break;
        }
        left = left.saturating_sub(page.entries.len());
        before = page.next_before;
        if before.is_none() || page.entries.is_empty() {
            break;
        }
    }
    Ok(())
}

fn expect(client: &Client, args: &JournalArgs, count: &str) -> Result<(), Failure> {
    let conditions = args.filters.conditions.iter();
    let conditions: Map<_, _> =
        conditions.map(|(name, value)| ((*name).to_owned(), value.as_str().into())).collect();
    let body = json!({ "match": conditions, "count": count, "after": args.after.unwrap_or(0) });
    let (status, body) = client.call(Method::POST, "/journal/expect", Some(&body))?;
    let report = match (status, body["met"].as_bool(), body["report"].as_str()) {
        (StatusCode::OK, Some(true), _) => None,
        (StatusCode::CONFLICT, Some(false), Some(report)) => Some(report.trim_end()),
        (status, ..) if !status.is_success() => return Err(rejection(status, &body)),
        _ => return Err(client.unexpected(&"no verdict")),
    };
    if args.json {
        print(&body);
    }
    report.map_or(Ok(()), |report| Err(Failure::new(Exit::Verdict, report)))
}

/// An entry as a line.
pub(super) fn entry_line(entry: &Json, json: bool) -> String {
    match EntryView::deserialize(entry) {
        Ok(view) if !json => format!("{} {} {} µs", view.time, view.line(), view.duration_us),
        Ok(_) | Err(_) => entry.to_string(),
    }
}
