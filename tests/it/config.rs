//! Settings: precedence, the source of each value, and what a wrong one is told.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::{Args as _, FromArgMatches as _};
use idouble::config::{AwsModel, Config, ConfigError, Loaded, ServeArgs, Source};

/// A folder of a test's own.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("config").join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a folder for the test");
    folder
}

fn write(folder: &Path, name: &str, text: &str) {
    std::fs::write(folder.join(name), text).expect("a file for the test");
}

fn args(flags: &[&str]) -> ServeArgs {
    let command = ServeArgs::augment_args(clap::Command::new("idouble"));
    let words = std::iter::once("idouble").chain(flags.iter().copied());
    let matches = command.try_get_matches_from(words).expect("flags that clap takes");
    ServeArgs::from_arg_matches(&matches).expect("flags that clap took")
}

fn load(flags: &[&str], variables: &[(&str, &str)], folder: &Path) -> Result<Loaded, ConfigError> {
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    let environment: BTreeMap<_, _> = variables.iter().map(own).collect();
    Config::load(&args(flags), &environment, folder)
}

/// What a file is told, its folder's name left out.
fn told(test: &str, text: &str) -> String {
    let folder = folder(test);
    write(&folder, "idouble.toml", text);
    match load(&[], &[], &folder) {
        Ok(_) => "fine".to_owned(),
        Err(error) => error.to_string().replace(&format!("{}/", folder.display()), ""),
    }
}

fn source(loaded: &Loaded, key: &str) -> Source {
    let mut rows = loaded.rows();
    rows.find(|(setting, ..)| setting.key == key).expect("a setting of that key").2.clone()
}

#[test]
fn nothing_said_is_the_defaults() {
    let loaded = load(&[], &[], &folder("nothing")).expect("defaults");
    let config = &loaded.config;
    assert_eq!((config.host.to_string().as_str(), config.port), ("127.0.0.1", 4747));
    assert_eq!((config.quota_users, config.quota_groups), (200_000, 100_000));
    assert!(loaded.rows().all(|(_, _, source)| *source == Source::Default));
}

#[test]
fn a_flag_beats_a_variable_beats_the_file_beats_the_default() {
    let folder = folder("precedence");
    write(&folder, "idouble.toml", "port = 1\nseed = 1\nlog = 'warn'\n[aws]\nmodel = '19'\n");
    let variables = [("IDOUBLE_PORT", "2"), ("IDOUBLE_SEED", "2")];
    let loaded = load(&["--port", "3"], &variables, &folder).expect("all fine");
    let config = &loaded.config;
    assert_eq!((config.port, config.seed, config.log.as_str()), (3, 2, "warn"));
    assert_eq!(config.aws_model, AwsModel::Nineteen);
    assert_eq!(source(&loaded, "port"), Source::Flag("--port".to_owned()));
    assert_eq!(source(&loaded, "seed"), Source::Variable("IDOUBLE_SEED".to_owned()));
    let file = folder.join("idouble.toml").display().to_string();
    assert_eq!(source(&loaded, "log"), Source::File(file));
    assert_eq!(source(&loaded, "host"), Source::Default);
}

#[test]
fn another_file_can_be_named() {
    let folder = folder("named");
    write(&folder, "idouble.toml", "port = 1\n");
    write(&folder, "other.json", "{\"port\": 2, \"aws\": {\"account_id\": \"000000000001\"}}");
    let port = |flags: &[&str], variables: &[(&str, &str)]| {
        load(flags, variables, &folder).expect("fine").config.port
    };
    assert_eq!(port(&[], &[]), 1);
    assert_eq!(port(&[], &[("IDOUBLE_CONFIG", "other.json")]), 2);
    assert_eq!(port(&["--config", "idouble.toml"], &[("IDOUBLE_CONFIG", "other.json")]), 1);
    let missing = load(&["--config", "no.toml"], &[], &folder).expect_err("it is not there");
    assert!(matches!(&missing, ConfigError::File(_)), "{missing}");
    assert!(missing.to_string().contains("no.toml: cannot read this file: "), "{missing}");
}

#[test]
fn lists_come_whole_from_one_place() {
    let folder = folder("lists");
    write(&folder, "idouble.toml", "allowed_hosts = ['a.example', 'b.example']\n");
    let hosts = |flags: &[&str], variables: &[(&str, &str)]| {
        load(flags, variables, &folder).expect("fine").config.allowed_hosts
    };
    assert_eq!(hosts(&[], &[]), ["a.example", "b.example"]);
    let variable = [("IDOUBLE_ALLOWED_HOST", "c.example; D.example")];
    assert_eq!(hosts(&[], &variable), ["c.example", "d.example"]);
    let flags = ["--allowed-host", "e.example", "--allowed-host", "f.example"];
    assert_eq!(hosts(&flags, &variable), ["e.example", "f.example"]);
}

#[test]
fn an_address_to_listen_on_is_a_number_or_localhost() {
    let folder = folder("addresses");
    let host = |flag: &str| load(&["--host", flag], &[], &folder).map(|read| read.config.host);
    for (given, listens) in [
        ("localhost", "127.0.0.1"),
        ("127.0.0.1", "127.0.0.1"),
        ("::1", "::1"),
        ("0.0.0.0", "0.0.0.0"),
    ] {
        assert_eq!(host(given).expect("an address").to_string(), listens);
    }
    for name in ["example.com", "localhost:80", "LOCALHOST.", "", "[::1]"] {
        assert!(host(name).is_err(), "{name}");
    }
}

#[test]
fn origins_are_named_as_browsers_write_them() {
    let folder = folder("origins");
    let origins = |flag: &str| Ok(load(&["--cors", flag], &[], &folder)?.config.cors_origins);
    for origin in ["http://localhost:3000", "https://app.example", "chrome-extension://abc"] {
        let read: Result<_, ConfigError> = origins(origin);
        assert_eq!(read.expect("fine"), [origin]);
    }
    assert_eq!(origins("HTTP://App.Example").expect("fine"), ["http://app.example"]);
    for wrong in ["*", "null", "", "app.example", "http://", "://a", "http://a/", "http://a b"] {
        let refused = origins(wrong).expect_err("no origin").to_string();
        assert!(refused.contains("expected an origin such as http://localhost:3000"), "{refused}");
    }
}

#[test]
fn switches_are_given_bare_or_with_a_value() {
    let folder = folder("switches");
    write(&folder, "idouble.toml", "ready_json = true\n");
    let ready = |flags: &[&str], variables: &[(&str, &str)]| {
        load(flags, variables, &folder).expect("fine").config.ready_json
    };
    assert!(ready(&[], &[]));
    assert!(!ready(&[], &[("IDOUBLE_READY_JSON", "0")]));
    assert!(ready(&["--ready-json"], &[("IDOUBLE_READY_JSON", "false")]));
    assert!(!ready(&["--ready-json=false"], &[]));
}

#[test]
fn every_mistake_of_a_file_is_shown_at_its_place() {
    let text = "\
port = 70000
sed = 7
log = \"inf\"

[aws]
model = 22
acount_id = \"1\"

[quota]
users = 0
";
    let expected = "\
idouble.toml:1:8: expected an integer from 0 to 65535, found 70000
  |
1 | port = 70000
  |        ^^^^^
idouble.toml:2:1: unknown key `sed`
  |
2 | sed = 7
  | ^^^
  = help: did you mean `seed`? known here: host, port, port_file, fixtures, watch, state, seed, preset, \
exit_with_stdin, log, log_format, ready_json, allowed_hosts, cors, connections_max, wire_pure, fault, \
aws, clock, directory, huawei, journal, quota
idouble.toml:3:7: expected \"off\" or \"error\" or \"warn\" or \"info\" or \"debug\" or \"trace\", \
found \"inf\"
  |
3 | log = \"inf\"
  |       ^^^^^
  = help: did you mean \"info\"?
idouble.toml:6:9: expected \"22\" or \"19\", found 22
  |
6 | model = 22
  |         ^^
idouble.toml:7:1: unknown key `acount_id`
  |
7 | acount_id = \"1\"
  | ^^^^^^^^^
  = help: did you mean `account_id`? known here: model, account_id
idouble.toml:10:9: expected an integer from 1 to 10000000, found 0
   |
10 | users = 0
   |         ^";
    assert_eq!(told("mistakes", text), expected);
}

#[test]
fn a_file_that_is_no_toml_is_shown_where_it_is_none() {
    let told = told("grammar", "port = 1\nseed = = 1\n");
    assert!(told.starts_with("idouble.toml:2:8: "), "{told}");
    assert!(told.contains("2 | seed = = 1\n  |        ^\n"), "{told}");
}

#[test]
fn wrong_flags_and_variables_are_told_by_name_all_at_once() {
    let folder = folder("usage");
    let variables = [("IDOUBLE_SEED", "x"), ("IDOUBLE_AWS_MODEL", "2")];
    let error = load(&["--port", "x", "--host", "nowhere"], &variables, &folder);
    let expected = "\
--host: expected an IP address, or localhost, found \"nowhere\"
--port: expected an integer from 0 to 65535, found \"x\"
IDOUBLE_SEED: expected an integer from 0 to 18446744073709551615, found \"x\"
IDOUBLE_AWS_MODEL: expected \"22\" or \"19\", found \"2\"";
    assert_eq!(error.expect_err("four mistakes").to_string(), expected);
}

#[test]
fn a_variable_that_is_none_of_ours_is_warned_of_and_an_empty_one_is_unset() {
    let variables = [("IDOUBLE_PROT", "1"), ("IDOUBLE_PORT", "")];
    let loaded = load(&[], &variables, &folder("strange")).expect("a warning is no refusal");
    assert_eq!(loaded.warnings, ["IDOUBLE_PROT is no setting; did you mean IDOUBLE_PORT?"]);
    assert_eq!(loaded.config.port, 4747);
}

#[test]
fn fixtures_of_a_file_lie_in_its_folder() {
    let outer = folder("fixtures");
    let folder = outer.join("inner");
    std::fs::create_dir_all(folder.join("sub")).expect("a folder for the test");
    write(&outer, "outside.toml", "");
    write(&folder, "sub/inside.toml", "");
    std::os::unix::fs::symlink(outer.join("outside.toml"), folder.join("link.toml")).expect("link");
    let try_it = |path: &str| {
        write(&folder, "idouble.toml", &format!("fixtures = [\"{path}\"]\n"));
        load(&[], &[], &folder).map(|loaded| loaded.config.fixtures)
    };
    assert_eq!(try_it("sub/inside.toml"), Ok(vec![folder.join("sub/inside.toml")]));
    let absolute = outer.join("outside.toml").display().to_string();
    for (path, message) in [
        ("../outside.toml", "1:13: a fixture may not lie above the folder of this file"),
        ("link.toml", "1:13: this leads out of the folder of this file"),
        (&absolute, "1:13: this leads out of the folder of this file"),
        ("no.toml", "1:13: cannot read this fixture: "),
    ] {
        let error = try_it(path).expect_err(path).to_string();
        assert!(error.contains(message), "{path}: {error}");
    }
    write(&folder, "idouble.toml", "");
    let flag = load(&["--fixture", "../outside.toml"], &[], &folder).expect("flags may");
    assert_eq!(flag.config.fixtures, [PathBuf::from("../outside.toml")]);
}

#[test]
fn fault_tables_are_kept_for_who_understands_them() {
    let folder = folder("faults");
    write(&folder, "idouble.toml", "[[fault]]\non = 'read'\n\n[[fault]]\non = 7\n");
    let config = load(&["--fault", "a=b"], &[], &folder).expect("fine").config;
    assert_eq!(config.faults, ["a=b"]);
    let result = config.read_fault_tables(|tables| {
        let known = ["on"];
        let words = tables.iter().filter_map(|node| node.table(&known)?.get("on")?.text());
        words.map(str::to_owned).collect::<Vec<_>>()
    });
    let error = result.expect("there are tables").expect_err("one is wrong").to_string();
    assert!(error.contains("idouble.toml:5:6: expected a string, found 7"), "{error}");
    assert!(load(&[], &[], &self::folder("none")).expect("fine").config.fault_tables.is_none());
}

#[test]
fn what_is_shown_is_a_file_that_says_the_same() {
    let folder = folder("shown");
    let flags = [
        "--clock=2030-01-01T00:00:00Z",
        "--port-file=p \"q\"",
        "--names=ignore-case",
        "--unknown-store=create",
        "--quota-users=1",
        "--wire-pure",
    ];
    let loaded = load(&flags, &[], &folder).expect("fine");
    let shown = loaded.to_string();
    assert!(shown.contains("host = \"127.0.0.1\""), "{shown}");
    assert!(shown.lines().all(|line| line.contains("  # ")), "{shown}");
    write(&folder, "idouble.toml", &shown);
    let again = load(&[], &[], &folder).expect("it reads what it shows");
    let values = |loaded: &Loaded| {
        let rows = loaded.rows().filter(|(setting, ..)| setting.key != "port_file");
        rows.map(|(setting, value, _)| (setting.flag, value)).collect::<Vec<_>>()
    };
    assert_eq!(values(&again), values(&loaded));
}

#[test]
fn a_time_may_be_a_date_of_toml_or_a_string() {
    for text in ["2030-01-01T00:00:00Z", "'2030-01-01T01:00:00+01:00'"] {
        let folder = folder("time");
        write(&folder, "idouble.toml", &format!("[clock]\nfreeze = {text}\n"));
        let config = load(&[], &[], &folder).expect("fine").config;
        assert_eq!(config.clock_freeze_ms, Some(1_893_456_000_000));
    }
    let told = told("no-time", "clock.freeze = 2030-01-01\n");
    let expected = "\
idouble.toml:1:16: expected a time such as 2030-01-01T00:00:00Z, found \"2030-01-01\"
  |
1 | clock.freeze = 2030-01-01
  |                ^^^^^^^^^^";
    assert_eq!(told, expected);
}

#[test]
fn the_help_of_each_flag_names_its_variable_key_and_default() {
    let mut command = ServeArgs::augment_args(clap::Command::new("idouble"));
    let help = command.render_help().to_string();
    let port =
        "Port to listen on; 0 picks a free one [env: IDOUBLE_PORT] [file: port] [default: 4747]";
    let words: Vec<_> = help.split_whitespace().collect();
    assert!(words.join(" ").contains(port), "{help}");
    command.debug_assert();
}
