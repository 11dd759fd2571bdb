//! `idouble events`: requests as a running server receives them.

use std::io::{self, BufRead, Read as _};

use clap::Args;
use serde_json::Value as Json;

use super::client::{Client, ServerAddress};
use super::exit::Failure;
use super::journal::{FieldFilters, entry_line};
use super::output::{count, print, print_note};
use super::signals::Signals;

/// Maximum length of a line of the stream: an entry has two bodies of at most a MiB.
const LINE_BYTES_MAX: u64 = 64 * 1024 * 1024;

#[derive(Args, Debug)]
pub(super) struct EventsArgs {
    /// Exit after this many requests
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Print each entry as a line of JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    server: ServerAddress,
    #[command(flatten)]
    filters: FieldFilters,
}

/// Prints requests as they are received, until the server stops or the user interrupts.
pub(super) fn events(args: EventsArgs) -> Result<(), Failure> {
    let client = args.server.client()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(Failure::internal)?;
    let result = runtime.block_on(async {
        let mut signals = Signals::new().map_err(Failure::internal)?;
        let following = tokio::task::spawn_blocking(move || follow(&client, &args));
        tokio::select! {
            result = following => result.unwrap_or_else(|error| Err(Failure::internal(error))),
            _ = signals.next() => Ok(()),
        }
    });
    // The thread that reads may wait for the next request.
    runtime.shutdown_background();
    result
}

fn follow(client: &Client, args: &EventsArgs) -> Result<(), Failure> {
    let mut stream = client.stream(&args.filters.path("/events", &[]))?;
    print_note(&format_args!("following {}", client.url()));
    let mut left = args.limit.unwrap_or(usize::MAX);
    while left > 0 {
        let event = read_event(&mut stream).map_err(|error| client.failure(error))?;
        match event {
            Event::End => break,
            Event::Message { kind, data } if kind.is_empty() => {
                let entry = client.parse(&data)?;
                if !print(&entry_line(&entry, args.json)) {
                    break;
                }
                left -= 1;
            }
            Event::Message { kind, data } if kind == "lost" => {
                let body: Json = client.parse(&data)?;
                let lost = body["count"].as_u64().unwrap_or(0);
                print_note(&format_args!("read too slowly: {} lost", count(lost, "request")));
            }
            // Changes of the state.
            Event::Message { .. } => {}
        }
    }
    Ok(())
}

/// A server-sent event.
#[derive(PartialEq, Debug)]
enum Event {
    Message { kind: String, data: String },
    End,
}

/// Reads up to the next empty line.
fn read_event(stream: &mut impl BufRead) -> io::Result<Event> {
    let (mut kind, mut data) = (String::new(), String::new());
    let mut line = String::new();
    loop {
        line.clear();
        if stream.by_ref().take(LINE_BYTES_MAX).read_line(&mut line)? == 0 {
            return Ok(Event::End);
        }
        match line.trim_end_matches(['\r', '\n']).split_once(": ") {
            Some(("event", value)) => value.clone_into(&mut kind),
            Some(("data", value)) => {
                if !data.is_empty() {
                    data.push('\n');
                }
                data += value;
            }
            // The end of an event. One without data is a comment that keeps the connection open.
            None if !data.is_empty() => return Ok(Event::Message { kind, data }),
            Some(_) | None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_read_one_at_a_time() {
        let text = ": ping\n\nevent: lost\r\ndata: {}\r\n\r\nid: 1\ndata: a\ndata: b\n\ndata: cut";
        let mut stream = text.as_bytes();
        let mut next = || read_event(&mut stream).expect("memory can be read");
        let message =
            |kind: &str, data: &str| Event::Message { kind: kind.into(), data: data.into() };
        assert_eq!(next(), message("lost", "{}"));
        assert_eq!(next(), message("", "a\nb"));
        assert_eq!(next(), Event::End);
    }
}
