//! `idouble journal` and `idouble events`: the requests that a running server has seen, and those that
//! it sees, through its control API. The flags are made of the journal's own fields.

use std::io::{self, Write as _};

use clap::{Arg, ArgMatches, Args, Command};
use idouble::journal::{FIELDS, Field, line};
use serde_json::{Map, Value as Json, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::signal::unix::{SignalKind, signal};

use super::clients::Where;
use super::{Exit, Failure, http, say};

/// How many entries a page of the control API has at most.
const PAGE_MAX: usize = 1_000;

/// No line of a stream may be longer: an entry has two bodies of at most a MiB.
const LINE_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// What the requests have to be like: a flag for each field of the journal.
#[derive(Clone, Default, Debug)]
pub(super) struct Filters {
    given: Vec<(&'static str, String)>,
}

fn flag(field: &Field) -> String {
    field.name.replace('_', "-")
}

impl Args for Filters {
    fn augment_args(command: Command) -> Command {
        FIELDS.iter().fold(command, |command, field| {
            let arg = Arg::new(field.name).long(flag(field)).value_name("VALUE").help(field.help);
            command.arg(arg.help_heading("Which requests; an empty value means none"))
        })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl clap::FromArgMatches for Filters {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut filters = Self::default();
        filters.update_from_arg_matches(matches)?;
        Ok(filters)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        let given = FIELDS.iter().filter_map(|field| {
            let value = matches.get_one::<String>(field.name)?;
            Some((field.name, value.clone()))
        });
        self.given = given.collect();
        Ok(())
    }
}

impl Filters {
    /// A path with the filters, and these parameters, as its query.
    fn path(&self, path: &str, more: &[(&str, usize)]) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(&self.given);
        query.extend_pairs(more.iter().map(|(name, value)| (name, value.to_string())));
        let query = query.finish();
        if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
    }
}

#[derive(Args, Debug)]
pub(super) struct JournalArgs {
    #[command(flatten)]
    filters: Filters,
    /// How many entries to print at most
    #[arg(long, value_name = "N", default_value_t = 100)]
    limit: usize,
    /// Only entries before the one of this number
    #[arg(long, value_name = "SEQ")]
    before: Option<usize>,
    /// Print how many there are, and nothing else
    #[arg(long, conflicts_with_all = ["limit", "before", "json"])]
    count: bool,
    /// Exit with 4 unless there are so many, such as 1, '>=1', '<=3' or 2..4, and tell which came nearest
    #[arg(long, value_name = "COUNT", conflicts_with_all = ["limit", "before", "count"])]
    expect: Option<String>,
    /// With --expect: only what came after the entry of this number
    #[arg(long, value_name = "SEQ", requires = "expect")]
    after: Option<u64>,
    /// Print each entry as JSON, one a line
    #[arg(long)]
    json: bool,
    /// Forget every entry
    #[arg(long, conflicts_with_all = ["limit", "before", "count", "expect", "json"])]
    clear: bool,
    #[command(flatten)]
    place: Where,
}

#[derive(Args, Debug)]
pub(super) struct EventsArgs {
    #[command(flatten)]
    filters: Filters,
    /// End after so many
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Print each entry as JSON, one a line
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Where,
}

/// Prints what was seen, newest first.
pub(super) fn journal(args: &JournalArgs) -> Result<(), Failure> {
    let url = args.place.url()?;
    if args.clear {
        if !args.filters.given.is_empty() {
            return Err(Failure::new(
                Exit::Usage,
                "--clear forgets everything: no filter goes with it",
            ));
        }
        let said = http::done(&url, "DELETE", "/journal", None)?;
        say(&format_args!("{} removed", said["removed"]));
        return Ok(());
    }
    if args.count {
        let said = http::done(&url, "GET", &args.filters.path("/journal/count", &[]), None)?;
        say(&said["count"]);
        return Ok(());
    }
    if let Some(count) = &args.expect {
        return expect(&url, args, count);
    }
    let (mut left, mut before) = (args.limit, args.before);
    while left > 0 {
        let mut more = vec![("limit", left.min(PAGE_MAX))];
        more.extend(before.map(|before| ("before", before)));
        let said = http::done(&url, "GET", &args.filters.path("/journal", &more), None)?;
        let entries = said["entries"].as_array().map(Vec::as_slice).unwrap_or_default();
        say_all(&entries.iter().map(|entry| told(entry, args.json)).collect::<String>());
        left = left.saturating_sub(entries.len());
        before = said["next_before"].as_u64().and_then(|seq| usize::try_from(seq).ok());
        if before.is_none() || entries.is_empty() {
            break;
        }
    }
    Ok(())
}

fn expect(url: &str, args: &JournalArgs, count: &str) -> Result<(), Failure> {
    let fields = args.filters.given.iter();
    let fields: Map<_, _> =
        fields.map(|(name, value)| ((*name).to_owned(), value.as_str().into())).collect();
    let asked = json!({ "match": fields, "count": count, "after": args.after.unwrap_or(0) });
    let (status, said) = http::call(url, "POST", "/journal/expect", Some(&asked))?;
    if args.json && matches!(status, 200 | 409) {
        say(&said);
    }
    match (status, said["report"].as_str()) {
        (200, _) => Ok(()),
        (409, Some(report)) => Err(Failure::new(Exit::Verdict, report.trim_end())),
        _ => Err(http::refusal(status, &said)),
    }
}

/// Prints requests as they come, until the server ends or somebody interrupts.
pub(super) fn events(args: &EventsArgs) -> Result<(), Failure> {
    let url = args.place.url()?;
    let failed = |error: io::Error| Failure::new(Exit::Internal, format_args!("{url}: {error}"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(failed)?.block_on(async {
        let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
        let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
        tokio::select! {
            ended = follow(&url, args) => ended,
            _ = interrupt.recv() => Ok(()),
            _ = terminate.recv() => Ok(()),
        }
    })
}

async fn follow(url: &str, args: &EventsArgs) -> Result<(), Failure> {
    let failed = |error: io::Error| Failure::new(Exit::Internal, format_args!("{url}: {error}"));
    let authority = http::authority(url)?;
    let path = args.filters.path("/events", &[]);
    let mut stream = TcpStream::connect(http::place(authority)).await.map_err(failed)?;
    // By HTTP/1.0 the stream comes as it is, without chunks.
    let head = format!(
        "GET /_idouble{path} HTTP/1.0\r\nHost: {authority}\r\nAccept: text/event-stream\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.map_err(failed)?;
    let mut lines = BufReader::new(tokio::io::AsyncReadExt::take(stream, u64::MAX));
    let mut line = String::new();
    let mut status = None;
    // The head, which ends with an empty line.
    while read_line(&mut lines, &mut line).await.map_err(failed)? && !line.trim_end().is_empty() {
        let told = || line.split(' ').nth(1)?.parse::<u16>().ok();
        status = status.or_else(told);
    }
    match status {
        Some(200) => {}
        Some(status) => {
            read_line(&mut lines, &mut line).await.map_err(failed)?;
            return Err(http::refusal(status, &serde_json::from_str(&line).unwrap_or_default()));
        }
        None => return Err(Failure::new(Exit::Internal, format_args!("{url}: no HTTP"))),
    }
    let _ = writeln!(io::stderr(), "following {url}");
    let (mut left, mut event) = (args.limit.unwrap_or(usize::MAX), String::new());
    while left > 0 && read_line(&mut lines, &mut line).await.map_err(failed)? {
        match line.trim_end().split_once(": ") {
            Some(("event", name)) => name.clone_into(&mut event),
            Some(("data", data)) if event.is_empty() => {
                let entry = serde_json::from_str(data).unwrap_or_default();
                if !say_all(&told(&entry, args.json)) {
                    return Ok(());
                }
                left -= 1;
            }
            Some(("data", data)) => {
                let said: Json = serde_json::from_str(data).unwrap_or_default();
                let why = said["error"].as_str().unwrap_or(&event);
                return Err(Failure::new(Exit::Internal, format_args!("{url}: {why}")));
            }
            Some(_) | None => {}
        }
    }
    Ok(())
}

/// The next line, with its end. `false` where there is none.
async fn read_line(
    lines: &mut BufReader<tokio::io::Take<TcpStream>>,
    line: &mut String,
) -> io::Result<bool> {
    line.clear();
    lines.get_mut().set_limit(LINE_BYTES_MAX);
    Ok(lines.read_line(line).await? > 0)
}

/// An entry in one line.
fn told(entry: &Json, json: bool) -> String {
    if json {
        return format!("{entry}\n");
    }
    let took = &entry["duration_us"];
    format!("{} {} {took} µs\n", entry["time"].as_str().unwrap_or_default(), line(entry))
}

/// Prints lines; `false` where nobody reads them any more.
fn say_all(lines: &str) -> bool {
    let mut out = io::stdout().lock();
    out.write_all(lines.as_bytes()).and_then(|()| out.flush()).is_ok()
}
