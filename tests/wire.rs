//! Wire cases: `tests/wire/<dialect>/<case>.http` holds exchanges as bytes. A request, `---`, its
//! response; `===` between exchanges. All exchanges of a file go to one world, in order; lines
//! before the first request that start with `#` say what the case pins.
//!
//! `UPDATE=1 make test` rewrites the responses. Read the diff before you commit it.

mod world;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use idouble::aws::Model;
use idouble::dialect::Response;
use world::{Settings, World, request};

#[test]
fn every_case_is_answered_to_the_byte() {
    let mut cases: Vec<PathBuf> = Vec::new();
    for dialect in ["aws", "huawei"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/wire").join(dialect);
        let entries = fs::read_dir(folder).expect("the folder of cases");
        cases.extend(entries.map(|entry| entry.expect("an entry").path()));
    }
    cases.sort();
    assert!(cases.len() > 40, "the cases are there");
    let update = std::env::var_os("UPDATE").is_some();
    let mut wrong = Vec::new();
    for case in cases {
        let written = fs::read_to_string(&case).expect("a case");
        let played = play(&written);
        if played != written {
            match update {
                true => fs::write(&case, played).expect("written"),
                false => {
                    wrong.push(format!("{}\n{}", case.display(), difference(&written, &played)))
                }
            }
        }
    }
    assert!(wrong.is_empty(), "not answered as written:\n{}", wrong.join("\n"));
}

/// The case as it would read if it were written from what is answered now.
fn play(written: &str) -> String {
    let (notes, exchanges) = split_notes(written);
    let settings = Settings {
        model: if notes.contains("model = 19") { Model::Nineteen } else { Model::Current },
        error_prefix: if notes.contains("error_prefix = IdentityCenter") {
            "IdentityCenter"
        } else {
            "IIC"
        },
        rules: idouble::domain::StoreRules {
            users_max: if notes.contains("users = 1") { 1 } else { 200_000 },
            ..Default::default()
        },
        ..Default::default()
    };
    let world = World::with(settings);
    let exchanges = exchanges.split("\n===\n").map(|exchange| {
        let asked = exchange.split_once("\n---\n").map_or(exchange, |(asked, _)| asked);
        format!("{asked}\n---\n{}", show(&send(&world, asked)))
    });
    format!("{notes}{}", exchanges.collect::<Vec<_>>().join("\n===\n"))
}

fn split_notes(written: &str) -> (&str, &str) {
    let end =
        written.lines().take_while(|line| line.starts_with('#')).map(|line| line.len() + 1).sum();
    written.split_at(end)
}

fn send(world: &World, asked: &str) -> Response {
    let (head, body) = asked.split_once("\n\n").unwrap_or((asked, ""));
    let mut lines = head.lines();
    let (method, target) =
        lines.next().and_then(|line| line.split_once(' ')).expect("a request line");
    let headers: Vec<_> = lines.map(|line| line.split_once(": ").expect("a header")).collect();
    // `@empty`: a body of no bytes. A case file always ends its bodies with a new line otherwise.
    let body = if body.trim() == "@empty" { "" } else { body };
    world.send(request(method, target, &headers, body.to_owned()))
}

fn show(response: &Response) -> String {
    let mut shown = format!("{}\n", response.status().as_u16());
    for (name, value) in response.headers() {
        let value = value.to_str().expect("a header of text");
        let _ = writeln!(shown, "{name}: {value}");
    }
    let body = std::str::from_utf8(response.body()).expect("a body of text");
    let _ = write!(shown, "\n{body}\n");
    shown
}

fn difference(written: &str, played: &str) -> String {
    let pairs = written.lines().zip(played.lines());
    let first = pairs.enumerate().find(|(_, (written, played))| written != played);
    match first {
        Some((at, (written, played))) => {
            format!("  line {}:\n  - {written}\n  + {played}", at + 1)
        }
        None => "  one is longer than the other".to_owned(),
    }
}
