//! `idouble fault …`: the rules of a running server, through its control API.

use clap::Subcommand;
use idouble::faults::{PRESETS, preset_json};
use serde_json::{Map, Value as Json, json};

use super::clients::Where;
use super::{Exit, Failure, http, say};

#[derive(Subcommand, Debug)]
pub(super) enum FaultCommand {
    /// List the rules in force, in order, with what they have hit
    List {
        #[command(flatten)]
        place: Where,
    },
    /// Add a rule, such as: idouble fault add aws:UpdateUser throttle --when p=0.3 --for 2m
    Add(Add),
    /// Remove a rule
    Remove {
        /// Which; all where none is named
        id: Option<String>,
        #[command(flatten)]
        place: Where,
    },
    /// Show which of the next matches a rule would hit
    Preview {
        /// Which rule
        id: String,
        /// How many matches to look ahead
        #[arg(short, value_name = "N", default_value_t = 20)]
        n: usize,
        /// What `per` goes by: a session, a store, …
        #[arg(long, default_value = "")]
        key: String,
        #[command(flatten)]
        place: Where,
    },
    /// Tell whether the rules fired as often as they should; exit with 4 where one did not
    Verdict {
        #[command(flatten)]
        place: Where,
    },
    /// List the rule files that come with the program, or print one
    Presets {
        /// The one to print
        name: Option<String>,
    },
    /// Add the rules of a preset
    Use {
        /// Its name
        name: String,
        #[command(flatten)]
        place: Where,
    },
}

/// A rule, word by word. A word that begins with a brace or a bracket is JSON.
#[derive(clap::Args, Debug)]
pub(super) struct Add {
    /// Which requests: aws:UpdateUser, *:Delete*, read, write
    on: String,
    /// What happens: throttle, commit+reset, '{"cut":"50%"}'
    #[arg(value_name = "DO")]
    effect: String,
    /// Which of them: p=0.3, xx., first=2,per=session
    #[arg(long)]
    when: Option<String>,
    /// How long the rule lives: 3x, 2m
    #[arg(long = "for", value_name = "LIFE")]
    life: Option<String>,
    /// What the rule is called
    #[arg(long)]
    id: Option<String>,
    /// How often it has to fire: 1, >=1, 2..4
    #[arg(long)]
    expect: Option<String>,
    #[command(flatten)]
    place: Where,
}

pub(super) fn run(command: &FaultCommand) -> Result<(), Failure> {
    match command {
        FaultCommand::List { place } => list(&place.url()?),
        FaultCommand::Add(add) => post(&add.place.url()?, &rule(add)?),
        FaultCommand::Remove { id: Some(id), place } => {
            http::done(&place.url()?, "DELETE", &format!("/faults/{}", escaped(id)), None)?;
            Ok(())
        }
        FaultCommand::Remove { id: None, place } => {
            let said = http::done(&place.url()?, "DELETE", "/faults", None)?;
            say(&format_args!("{} removed", said["removed"]));
            Ok(())
        }
        FaultCommand::Preview { id, n, key, place } => {
            let ahead = json!({ "id": id, "n": n, "key": key });
            let said = http::done(&place.url()?, "POST", "/faults/preview", Some(&ahead))?;
            say(&said["pattern"].as_str().unwrap_or_default());
            Ok(())
        }
        FaultCommand::Verdict { place } => verdict(&place.url()?),
        FaultCommand::Presets { name: None } => {
            let rows = PRESETS.iter().map(|preset| format!("{:<22}{}\n", preset.name, preset.doc));
            say(&rows.collect::<String>());
            Ok(())
        }
        FaultCommand::Presets { name: Some(name) } => {
            preset(name)?;
            let text = PRESETS.iter().find(|preset| preset.name == name).map(|preset| preset.text);
            say(&text.unwrap_or_default());
            Ok(())
        }
        FaultCommand::Use { name, place } => post(&place.url()?, &preset(name)?),
    }
}

fn preset(name: &str) -> Result<Json, Failure> {
    preset_json("preset", name).map_err(|error| Failure::new(Exit::Usage, error))
}

fn post(url: &str, rules: &Json) -> Result<(), Failure> {
    let said = http::done(url, "POST", "/faults", Some(rules))?;
    let ids = said["ids"].as_array().into_iter().flatten().filter_map(Json::as_str);
    say(&ids.collect::<Vec<_>>().join("\n"));
    Ok(())
}

fn rule(add: &Add) -> Result<Json, Failure> {
    let given = [
        ("on", Some(&add.on)),
        ("do", Some(&add.effect)),
        ("when", add.when.as_ref()),
        ("for", add.life.as_ref()),
        ("id", add.id.as_ref()),
        ("expect", add.expect.as_ref()),
    ];
    let mut rule = Map::new();
    for (name, text) in given {
        let Some(text) = text else { continue };
        let value = if text.starts_with(['{', '[']) {
            let wrong = |error| Failure::new(Exit::Usage, format_args!("{name}: {error}"));
            serde_json::from_str(text).map_err(wrong)?
        } else {
            Json::from(text.as_str())
        };
        rule.insert(name.to_owned(), value);
    }
    Ok(Json::Object(rule))
}

fn list(url: &str) -> Result<(), Failure> {
    let said = http::done(url, "GET", "/faults", None)?;
    let rules = said["faults"].as_array().cloned().unwrap_or_default();
    let word = |value: &Json| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let lines = rules.iter().map(|rule| {
        let life = rule.get("for").map(|life| format!(", for {}", word(life))).unwrap_or_default();
        let over = if rule["live"] == true { "" } else { " (over)" };
        format!(
            "{}{over}: {} = {} when {}{life}; matched {}, fired {}\n",
            word(&rule["id"]),
            word(&rule["on"]),
            word(&rule["do"]),
            word(&rule["when"]),
            rule["matched"],
            rule["fired"],
        )
    });
    say(&lines.collect::<String>());
    Ok(())
}

fn verdict(url: &str) -> Result<(), Failure> {
    let (status, said) = http::call(url, "GET", "/faults/verdict", None)?;
    let rules = said["rules"].as_array().cloned().unwrap_or_default();
    say(&rules.iter().map(verdict_line).collect::<String>());
    match status {
        200 => Ok(()),
        409 => Err(Failure::new(Exit::Verdict, "a rule did not fire as often as it should")),
        _ => Err(Failure::new(Exit::Internal, format_args!("{url}: status {status}"))),
    }
}

/// One rule of a verdict, in a line.
pub(super) fn verdict_line(rule: &Json) -> String {
    let text = |name: &str| rule[name].as_str().unwrap_or_default().to_owned();
    let expected = match text("expected") {
        expected if expected.is_empty() => String::new(),
        expected => format!(", expected {expected}"),
    };
    let met = match (rule["met"] == true, rule["matched"] == 0) {
        (false, _) => "unmet",
        (true, true) => "never matched",
        (true, false) => "met",
    };
    format!(
        "{}: {met}: matched {}, fired {}{expected}\n",
        text("id"),
        rule["matched"],
        rule["fired"]
    )
}

/// An id as a segment of a path. Ids are plain letters; anything else is refused by the server.
fn escaped(id: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    let escape =
        |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    id.bytes().map(escape).collect()
}
