//! `idouble fault`: the fault rules of a running server.

use clap::{Args, Subcommand};
use http::{Method, StatusCode};
use idouble::internal::control::ExplainReply;
use idouble::internal::faults::{self, PRESETS, Preset, RuleCondition};
use serde::Deserialize;
use serde_json::{Map, Value as Json, json};

use super::client::{Client, ServerAddress, path_segment, rejection};
use super::exit::{Exit, Failure};
use super::output::{count, print, print_raw};

#[derive(Args, Debug)]
pub(super) struct FaultArgs {
    #[command(subcommand)]
    command: FaultCommand,
}

#[derive(Subcommand, Debug)]
enum FaultCommand {
    /// List the active rules in order, with their counts
    List {
        #[command(flatten)]
        server: ServerAddress,
    },
    /// Add a rule and print its id
    ///
    /// Example: idouble fault add aws:UpdateUser throttle --when p=0.3 --for 2m
    Add(AddArgs),
    /// Remove a rule, or all rules
    Remove {
        /// Rule to remove
        #[arg(required_unless_present = "all")]
        id: Option<String>,
        /// Remove all rules
        #[arg(long, conflicts_with = "id")]
        all: bool,
        #[command(flatten)]
        server: ServerAddress,
    },
    /// Show which of its next matches a rule would fire on
    Preview {
        /// Rule to preview
        id: String,
        /// Number of matches to preview
        #[arg(short, value_name = "N", default_value_t = 20)]
        n: usize,
        /// Value of the `per` key: a session, a store
        #[arg(long, default_value = "")]
        key: String,
        #[command(flatten)]
        server: ServerAddress,
    },
    /// Switch a rule off; its counters stay
    Pause {
        /// Rule to pause
        id: String,
        #[command(flatten)]
        server: ServerAddress,
    },
    /// Switch a paused rule on again
    Resume {
        /// Rule to resume
        id: String,
        #[command(flatten)]
        server: ServerAddress,
    },
    /// Explain why a rule fired for a request, or why not
    Explain {
        /// Rule to explain
        id: String,
        /// Number of the request in the journal
        seq: u64,
        #[command(flatten)]
        server: ServerAddress,
    },
    /// Report whether each rule fired as expected; exit 4 if one did not
    ///
    /// A rule without `expect` is unmet if no request matched it.
    Verdict {
        #[command(flatten)]
        server: ServerAddress,
    },
    /// List the built-in presets, or print one
    Presets {
        /// Preset to print
        name: Option<String>,
    },
    /// Add the rules of a preset and print their ids
    Use {
        /// Preset to use
        name: String,
        #[command(flatten)]
        server: ServerAddress,
    },
}

/// The parts of a rule. One that begins with a brace or a bracket is JSON.
#[derive(Args, Debug)]
struct AddArgs {
    /// Which requests: aws:UpdateUser, '*:Delete*', read, write
    on: String,
    /// What happens: throttle, commit+reset, '{"cut":"50%"}'
    #[arg(value_name = "DO")]
    effect: String,
    /// Which of the matching requests: p=0.3, xx., first=2,per=session
    #[arg(long)]
    when: Option<String>,
    /// Lifetime of the rule: 3x, 2m
    #[arg(long = "for", value_name = "LIFETIME")]
    lifetime: Option<String>,
    /// Id of the rule; fault-N by default
    #[arg(long)]
    id: Option<String>,
    /// How often it has to fire: 1, '>=1', 2..4
    #[arg(long, value_name = "COUNT")]
    expect: Option<String>,
    #[command(flatten)]
    server: ServerAddress,
}

pub(super) fn fault(args: &FaultArgs) -> Result<(), Failure> {
    match &args.command {
        FaultCommand::List { server } => list(&server.client()?),
        FaultCommand::Add(add) => add_rules(&add.server.client()?, &rule(add)?),
        FaultCommand::Remove { id, all: _, server } => remove(&server.client()?, id.as_deref()),
        FaultCommand::Preview { id, n, key, server } => {
            #[derive(Deserialize)]
            struct Preview {
                pattern: String,
            }
            let body = json!({ "id": id, "n": n, "key": key });
            let preview: Preview = server.client()?.post("/faults/preview", &body)?;
            print(&preview.pattern);
            Ok(())
        }
        FaultCommand::Pause { id, server } => set_paused(&server.client()?, id, true),
        FaultCommand::Resume { id, server } => set_paused(&server.client()?, id, false),
        FaultCommand::Explain { id, seq, server } => explain(&server.client()?, id, *seq),
        FaultCommand::Verdict { server } => verdict(&server.client()?),
        FaultCommand::Presets { name: None } => {
            let rows =
                PRESETS.iter().map(|preset| format!("{:<22}{}\n", preset.name, preset.description));
            print(&rows.collect::<String>());
            Ok(())
        }
        FaultCommand::Presets { name: Some(name) } => {
            print_raw(find_preset(name)?.text);
            Ok(())
        }
        FaultCommand::Use { name, server } => {
            let rules = find_preset(name)?.to_json();
            let rules = rules.map_err(|error| Failure::new(Exit::Internal, error))?;
            add_rules(&server.client()?, &rules)
        }
    }
}

fn find_preset(name: &str) -> Result<&'static Preset, Failure> {
    Preset::find(name).map_err(|error| Failure::new(Exit::Usage, error))
}

fn add_rules(client: &Client, rules: &Json) -> Result<(), Failure> {
    #[derive(Deserialize)]
    struct Added {
        ids: Vec<String>,
    }
    let added: Added = client.post("/faults", rules)?;
    print(&added.ids.join("\n"));
    Ok(())
}

fn remove(client: &Client, id: Option<&str>) -> Result<(), Failure> {
    match id {
        Some(id) => {
            client.delete(&format!("/faults/{}", path_segment(id)?))?;
            print(&format_args!("removed: {id}"));
        }
        None => {
            let removed = client.delete("/faults")?;
            print(&format_args!("removed: {}", count(removed, "rule")));
        }
    }
    Ok(())
}

/// The rule that the arguments describe, as the control API takes it.
fn rule(add: &AddArgs) -> Result<Json, Failure> {
    let parts = [
        ("on", Some(&add.on)),
        ("do", Some(&add.effect)),
        ("when", add.when.as_ref()),
        ("for", add.lifetime.as_ref()),
        ("id", add.id.as_ref()),
        ("expect", add.expect.as_ref()),
    ];
    let mut rule = Map::new();
    for (name, text) in parts {
        let Some(text) = text else { continue };
        let value = if text.starts_with(['{', '[']) {
            let invalid = |error| Failure::new(Exit::Usage, format_args!("{name}: {error}"));
            serde_json::from_str(text).map_err(invalid)?
        } else {
            Json::from(text.as_str())
        };
        rule.insert(name.to_owned(), value);
    }
    Ok(Json::Object(rule))
}

fn list(client: &Client) -> Result<(), Failure> {
    #[derive(Deserialize)]
    struct RulesBody {
        faults: Vec<RuleBody>,
    }
    #[derive(Deserialize)]
    struct RuleBody {
        id: String,
        on: Json,
        when: Json,
        #[serde(rename = "do")]
        effect: Json,
        #[serde(rename = "for")]
        lifetime: Option<Json>,
        matched: u64,
        fired: u64,
        live: bool,
        #[serde(default)]
        paused: bool,
    }
    let text = |value: &Json| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let rules: RulesBody = client.get("/faults")?;
    for rule in rules.faults {
        let lifetime = rule.lifetime.as_ref().map(|lifetime| format!(", for {}", text(lifetime)));
        print(&format_args!(
            "{}{}: {} = {} when {}{}; matched {}, fired {}",
            rule.id,
            match (rule.live, rule.paused) {
                (false, _) => " (expired)",
                (true, true) => " (paused)",
                (true, false) => "",
            },
            text(&rule.on),
            text(&rule.effect),
            text(&rule.when),
            lifetime.unwrap_or_default(),
            rule.matched,
            rule.fired,
        ));
    }
    Ok(())
}

fn set_paused(client: &Client, id: &str, paused: bool) -> Result<(), Failure> {
    #[derive(Deserialize)]
    struct ChangedRule {
        paused: bool,
    }
    let path = format!("/faults/{}", path_segment(id)?);
    let rule: ChangedRule = client.patch(&path, &json!({ "paused": paused }))?;
    print(&format_args!("{}: {id}", if rule.paused { "paused" } else { "resumed" }));
    Ok(())
}

fn explain(client: &Client, id: &str, seq: u64) -> Result<(), Failure> {
    let body = json!({ "seq": seq, "id": id });
    let explanation: ExplainReply = client.post("/faults/explain", &body)?;
    print(&explanation.reason);
    for RuleCondition { path, expected, found, holds } in &explanation.conditions {
        let holds = match holds {
            Some(true) => "yes",
            Some(false) => "no",
            None => "not known",
        };
        let found = found.as_ref().map(|found| format!(", found {found}")).unwrap_or_default();
        print(&format_args!("  {path}: {holds}: expected {expected}{found}"));
    }
    Ok(())
}

fn verdict(client: &Client) -> Result<(), Failure> {
    #[derive(Deserialize)]
    struct Verdict {
        rules: Vec<faults::RuleVerdict>,
    }
    let (status, body) = client.call(Method::GET, "/faults/verdict", None)?;
    if !matches!(status, StatusCode::OK | StatusCode::CONFLICT) {
        return Err(rejection(status, &body));
    }
    let verdict: Verdict = client.convert(body)?;
    for rule in &verdict.rules {
        print(&verdict_line(rule));
    }
    check_verdict(status == StatusCode::OK)
}

/// # Errors
/// Exit code 4 if a rule is unmet.
pub(super) fn check_verdict(met: bool) -> Result<(), Failure> {
    let message = "a rule did not fire as expected, or never matched";
    if met { Ok(()) } else { Err(Failure::new(Exit::Verdict, message)) }
}

/// One rule of a verdict as a line.
pub(super) fn verdict_line(rule: &faults::RuleVerdict) -> String {
    let faults::RuleVerdict { id, matched, fired, expected, met } = rule;
    let result = match (met, expected) {
        (true, _) => "met",
        (false, None) => "never matched",
        (false, Some(_)) => "unmet",
    };
    let expected = expected.as_ref().map(|expected| format!(", expected {expected}"));
    format!("{id}: {result}: matched {matched}, fired {fired}{}", expected.unwrap_or_default())
}
