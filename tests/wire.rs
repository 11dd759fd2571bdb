//! Wire cases: `tests/wire/<dialect>/<case>.http` holds exchanges as bytes, and each file is one test.
//!
//! A request, `---`, its response; `===` between exchanges. All exchanges of a file go to one service, in
//! order. Lines that start with `#` before the first request describe the case; these are settings:
//! `# fixture: alice` (stores of `tests/wire/fixtures/alice.toml`), `# model = 19`, `# filters = refuse`,
//! `# users = 1`, `# unknown_store = create`, `# error_prefix = IdentityCenter`, and those of `[scim]`, such as
//! `# scim.auth = token`.
//!
//! In a target, `{aws}` and `{rfc}` are the SCIM tenants of the first store.
//!
//! JSON bodies are laid out over several lines. A request body of several lines is sent without that layout; a
//! body of one line is sent unchanged, and `@empty` is a body without bytes.
//!
//! `UPDATE=1 cargo test --test wire` rewrites the files. Read the diff before you commit it.

#[path = "wire/layout.rs"]
mod layout;
mod world;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use idouble::internal::aws::{Filters, Model};
use idouble::internal::dialect::Response;
use idouble::internal::domain::UnknownStorePolicy;
use idouble::internal::huawei::ErrorPrefix;
use idouble::internal::journal::JournalSettings;
use idouble::internal::scim::{
    AbsentActive, PutStatus, ScimAuth, ScimProfile, ScimSettings, UnsupportedAttributes,
};
use libtest_mimic::{Arguments, Failed, Trial};
use world::{World, WorldSettings, request};

const DIALECTS: [&str; 3] = ["aws", "huawei", "scim"];

fn main() {
    let mut trials: Vec<Trial> = cases()
        .into_iter()
        .map(|case| Trial::test(case_name(&case), move || check(&case)))
        .collect();
    trials.extend([
        Trial::test("layout_keeps_every_token", layout_keeps_every_token),
        Trial::test("every_route_has_a_success_case", || check_coverage(Outcome::Success)),
        Trial::test("every_route_has_a_rejection_case", || check_coverage(Outcome::Rejection)),
    ]);
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/wire")
}

/// All case files, in `tests/wire/<dialect>/` and its folders.
fn cases() -> Vec<PathBuf> {
    let mut folders: Vec<_> = DIALECTS.iter().map(|dialect| folder().join(dialect)).collect();
    let mut cases = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder of cases").flatten() {
            let path = entry.path();
            match path.is_dir() {
                true => folders.push(path),
                false => cases.push(path),
            }
        }
    }
    cases.sort();
    cases
}

/// `aws/update_user` for `tests/wire/aws/update_user.http`.
fn case_name(case: &Path) -> String {
    let inner = case.strip_prefix(folder()).expect("a file of the folder");
    inner.with_extension("").display().to_string()
}

fn check(case: &Path) -> Result<(), Failed> {
    let written = fs::read_to_string(case)?;
    let (played, _) = play(&written);
    if played == written {
        return Ok(());
    }
    if std::env::var_os("UPDATE").is_some() {
        return Ok(fs::write(case, played)?);
    }
    Err(difference(&written, &played).into())
}

/// The case with the current responses, and the world that returned them.
fn play(written: &str) -> (String, World) {
    let (notes, exchanges) = split_notes(written);
    let world = World::with(settings(notes));
    let exchanges = exchanges.split("\n===\n").map(|exchange| {
        let sent = exchange.split_once("\n---\n").map_or(exchange, |(sent, _)| sent);
        let (head, body) = sent.split_once("\n\n").unwrap_or((sent, ""));
        let response = send(&world, head, body);
        let body = match body.lines().count() {
            1 => layout::pretty(body.trim_end_matches('\n')),
            _ => body.to_owned(),
        };
        format!("{head}\n\n{body}\n---\n{}", show(&response))
    });
    let played = format!("{notes}{}", exchanges.collect::<Vec<_>>().join("\n===\n"));
    (played, world)
}

/// The lines at the top that start with `#`, and the rest.
fn split_notes(written: &str) -> (&str, &str) {
    let end =
        written.lines().take_while(|line| line.starts_with('#')).map(|line| line.len() + 1).sum();
    written.split_at(end)
}

fn settings(notes: &str) -> WorldSettings {
    let fixture = notes.lines().find_map(|line| line.strip_prefix("# fixture: "));
    let fixture = fixture.map(|name| {
        let file = folder().join("fixtures").join(name).with_extension("toml");
        fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
    });
    let unknown = if notes.contains("# unknown_store = create") {
        UnknownStorePolicy::Create
    } else {
        UnknownStorePolicy::Reject
    };
    let older = notes.contains("# model = 19");
    let prefixed = notes.contains("# error_prefix = IdentityCenter");
    WorldSettings {
        fixture,
        filters: if notes.contains("# filters = refuse") {
            Filters::Refuse
        } else {
            Filters::Accept
        },
        unknown,
        model: if older { Model::Nineteen } else { Model::Current },
        scim: scim_settings(notes),
        error_prefix: if prefixed { ErrorPrefix::IdentityCenter } else { ErrorPrefix::Iic },
        rules: idouble::internal::domain::StoreRules {
            users_max: if notes.contains("# users = 1") { 1 } else { 200_000 },
            ..Default::default()
        },
        journal: JournalSettings::default(),
    }
}

fn scim_settings(notes: &str) -> ScimSettings {
    let has = |note: &str| notes.lines().any(|line| line == format!("# {note}"));
    let default = ScimSettings::default();
    ScimSettings {
        auth: if has("scim.auth = token") { ScimAuth::Token } else { default.auth },
        token: has("scim.token = secret").then(|| "secret".to_owned()),
        profile: if has("scim.profile = rfc") { ScimProfile::Rfc } else { default.profile },
        put_status: if has("scim.put_status = 200") { PutStatus::Ok } else { default.put_status },
        absent_active: match () {
            () if has("scim.absent_active = enabled") => AbsentActive::Enabled,
            () if has("scim.absent_active = disabled") => AbsentActive::Disabled,
            () => default.absent_active,
        },
        unsupported: match has("scim.unsupported = ignore") {
            true => UnsupportedAttributes::Ignore,
            false => default.unsupported,
        },
        page_max: if has("scim.page_max = 50") { 50 } else { default.page_max },
        lag_ms: if has("scim.lag = 100ms") { 100 } else { default.lag_ms },
        verbose: has("scim.verbose"),
    }
}

fn send(world: &World, head: &str, body: &str) -> Response {
    let mut lines = head.lines();
    let (method, target) =
        lines.next().and_then(|line| line.split_once(' ')).expect("a request line");
    let directory = world.service.directory();
    let store = world::STORE.into();
    let target = target.replace("{aws}", &directory.aws_tenant(&store));
    let target = &*target.replace("{rfc}", &directory.rfc_tenant(&store));
    let headers: Vec<_> = lines.map(|line| line.split_once(": ").expect("a header")).collect();
    let body = match body.trim() {
        "@empty" => String::new(),
        text if text.lines().count() > 1 => layout::compact(text),
        _ => body.to_owned(),
    };
    world.send(request(method, target, &headers, body))
}

fn show(response: &Response) -> String {
    let mut shown = format!("{}\n", response.status().as_u16());
    for (name, value) in response.headers() {
        let value = value.to_str().expect("a header of text");
        let _ = writeln!(shown, "{name}: {value}");
    }
    let body = std::str::from_utf8(response.body()).expect("a body of text");
    let _ = write!(shown, "\n{}\n", layout::pretty(body));
    shown
}

/// All lines that differ, up to ten.
fn difference(written: &str, played: &str) -> String {
    let (written, played): (Vec<_>, Vec<_>) = (written.lines().collect(), played.lines().collect());
    let mut shown = String::from("the response differs from the file");
    let differing = (0..written.len().max(played.len()))
        .filter(|at| written.get(*at) != played.get(*at))
        .take(10);
    for at in differing {
        let line = |lines: &[&str]| lines.get(at).map_or("(end)".to_owned(), |l| (*l).to_owned());
        let _ =
            write!(shown, "\n  line {}:\n  - {}\n  + {}", at + 1, line(&written), line(&played));
    }
    shown
}

#[derive(Clone, Copy, Debug)]
enum Outcome {
    Success,
    Rejection,
}

/// Checks that every route of every dialect has a case with this outcome.
fn check_coverage(outcome: Outcome) -> Result<(), Failed> {
    let mut covered = BTreeSet::new();
    for case in cases() {
        let (_, world) = play(&fs::read_to_string(case)?);
        let entries = world.journal_entries();
        covered.extend(entries.into_iter().filter_map(|(operation, status)| {
            let is_success = (200..300).contains(&status);
            (is_success == matches!(outcome, Outcome::Success)).then_some(operation)
        }));
    }
    let missing: Vec<_> = World::new()
        .operations()
        .into_iter()
        .filter(|operation| !covered.contains(operation))
        .collect();
    match missing.is_empty() {
        true => Ok(()),
        false => Err(format!("no case in tests/wire ends in {outcome:?} for {missing:?}").into()),
    }
}

fn layout_keeps_every_token() -> Result<(), Failed> {
    let long = "x".repeat(layout::WIDTH);
    let texts = [
        String::new(),
        "not JSON {".to_owned(),
        r#"{"short":[1,2.50,true,null,{"a b":"c, d: e"}]}"#.to_owned(),
        format!(r#"{{"long":"{long}","list":["{long}",{{}},[]],"escaped":"\"{{ \\"}}"#),
        format!(r#"["{long}",1e-7,"ä"]"#),
    ];
    for text in texts {
        let pretty = layout::pretty(&text);
        let again = match pretty.lines().count() > 1 {
            true => layout::compact(&pretty),
            false => pretty,
        };
        if again != text {
            return Err(format!("{text} became {again}").into());
        }
    }
    Ok(())
}
