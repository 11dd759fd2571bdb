//! Settings: precedence, the source of each value, and the errors of invalid ones.

use std::collections::BTreeMap;
use std::fs;

use assert_cmd::Command;
use idouble::internal::config::{self, Config};
use tempfile::TempDir;

use crate::cli::{Output, folder, idouble, output};

fn with_variables(mut command: Command, variables: &[(&str, &str)]) -> Output {
    command.envs(variables.iter().copied());
    output(command)
}

/// The settings, each with its value as TOML, or `None`, and the source of the value.
fn show(
    folder: &TempDir,
    flags: &[&str],
    variables: &[(&str, &str)],
) -> BTreeMap<String, (Option<String>, String)> {
    let command = idouble(folder.path(), &[&["config", "show"], flags].concat());
    let shown = with_variables(command, variables);
    assert_eq!((shown.code, &*shown.stderr), (0, ""));
    let line = |line: &str| {
        let (setting, source) = line.rsplit_once("  # ").expect("each line has a source");
        let setting = setting.trim_start_matches("# ");
        let (key, value) = setting.split_once('=').unwrap_or((setting, ""));
        let value = Some(value.trim().to_owned()).filter(|value| !value.is_empty());
        (key.trim().to_owned(), (value, source.to_owned()))
    };
    shown.stdout.lines().map(line).collect()
}

/// The error of a command, without `error: `.
#[track_caller]
fn error(folder: &TempDir, args: &[&str], variables: &[(&str, &str)], code: i32) -> String {
    let checked = with_variables(idouble(folder.path(), args), variables);
    assert_eq!((checked.code, &*checked.stdout), (code, ""), "{}", checked.stderr);
    checked.stderr.trim_start_matches("error: ").trim_end().to_owned()
}

/// The error of a configuration file.
#[track_caller]
fn file_error(text: &str) -> String {
    error(&folder(&[("idouble.toml", text)]), &["check"], &[], 3)
}

#[test]
fn defaults_apply_without_flags_variables_and_file() {
    let shown = show(&folder(&[]), &[], &[]);
    let value = |key: &str| shown[key].0.as_deref();
    assert_eq!((value("host"), value("port")), (Some("\"127.0.0.1\""), Some("4747")));
    assert_eq!((value("quota.users"), value("quota.groups")), (Some("200000"), Some("100000")));
    assert!(shown.values().all(|(_, source)| source == "default"), "{shown:?}");
}

#[test]
fn flags_override_variables_override_the_file_overrides_defaults() {
    let folder =
        folder(&[("idouble.toml", "port = 1\nseed = 1\nlog = 'warn'\n[aws]\nmodel = '19'\n")]);
    let variables = [("IDOUBLE_PORT", "2"), ("IDOUBLE_SEED", "2")];
    let shown = show(&folder, &["--port", "3"], &variables);
    let setting = |key: &str| (shown[key].0.as_deref(), shown[key].1.as_str());
    assert_eq!(setting("port"), (Some("3"), "--port"));
    assert_eq!(setting("seed"), (Some("2"), "IDOUBLE_SEED"));
    assert_eq!(setting("log"), (Some("\"warn\""), "idouble.toml"));
    assert_eq!(setting("aws.model"), (Some("\"19\""), "idouble.toml"));
    assert_eq!(setting("host"), (Some("\"127.0.0.1\""), "default"));
}

#[test]
fn another_file_is_named_by_flag_or_variable() {
    let folder = folder(&[("idouble.toml", "port = 1\n"), ("sub/other.toml", "port = 2\n")]);
    let port = |flags: &[&str], variables: &[(&str, &str)]| {
        show(&folder, flags, variables)["port"].0.clone().expect("a port")
    };
    let other = [("IDOUBLE_CONFIG", "sub/other.toml")];
    assert_eq!(port(&[], &[]), "1");
    assert_eq!(port(&[], &other), "2");
    assert_eq!(port(&["--config", "idouble.toml"], &other), "1");
    let missing = error(&folder, &["check", "--config", "no.toml"], &[], 3);
    assert!(missing.starts_with("no.toml: cannot read this file: "), "{missing}");
}

#[test]
fn a_list_replaces_a_list() {
    let folder = folder(&[("idouble.toml", "allowed_hosts = ['a.example', 'b.example']\n")]);
    let hosts = |flags: &[&str], variables: &[(&str, &str)]| {
        let shown = show(&folder, flags, variables);
        (shown["allowed_hosts"].0.clone().expect("a list"), shown["allowed_hosts"].1.clone())
    };
    let expected = |hosts: &str, source: &str| (hosts.to_owned(), source.to_owned());
    assert_eq!(hosts(&[], &[]), expected(r#"["a.example", "b.example"]"#, "idouble.toml"));
    for separated in ["c.example; D.example", "c.example\nD.example\n"] {
        let variable = [("IDOUBLE_ALLOWED_HOST", separated)];
        let expected = expected(r#"["c.example", "d.example"]"#, "IDOUBLE_ALLOWED_HOST");
        assert_eq!(hosts(&[], &variable), expected);
    }
    let flags = ["--allowed-host", "e.example", "--allowed-host", "f.example"];
    let variable = [("IDOUBLE_ALLOWED_HOST", "c.example")];
    assert_eq!(
        hosts(&flags, &variable),
        expected(r#"["e.example", "f.example"]"#, "--allowed-host")
    );
    // Only variables are split.
    let fault = show(&folder, &["--fault", "read=throttle;x"], &[]);
    assert!(fault.contains_key("--fault [\"read"), "{fault:?}");
}

#[test]
fn the_host_is_an_address_or_localhost() {
    let folder = folder(&[]);
    for (host, address) in [("localhost", "127.0.0.1"), ("::1", "::1"), ("0.0.0.0", "0.0.0.0")] {
        let shown = show(&folder, &["--host", host], &[]);
        assert_eq!(shown["host"].0.as_deref(), Some(&*format!("\"{address}\"")));
    }
    for host in ["example.com", "localhost:80", "LOCALHOST.", "", "[::1]"] {
        let error = error(&folder, &["check", &format!("--host={host}")], &[], 2);
        assert!(error.contains("expected an IP address, or localhost"), "{error}");
    }
    assert!(file_error("host = 'x'").contains("1:8: expected an IP address, or localhost"));
}

#[test]
fn origins_are_written_as_browsers_write_them() {
    let folder = folder(&[]);
    for origin in ["http://localhost:3000", "https://App.example", "chrome-extension://abc"] {
        let shown = show(&folder, &["--cors", origin], &[]);
        let expected = format!("[\"{}\"]", origin.to_lowercase());
        assert_eq!(shown["cors"].0.as_deref(), Some(&*expected));
    }
    for origin in ["*", "null", "", "app.example", "http://", "://a", "http://a/", "http://a b"] {
        let error = error(&folder, &["check", &format!("--cors={origin}")], &[], 2);
        assert!(error.contains("expected an origin such as http://localhost:3000"), "{error}");
    }
    let in_file = file_error("cors = ['http://a', '*']");
    assert!(in_file.contains("expected an origin such as http://localhost:3000"), "{in_file}");
}

#[test]
fn switches_take_an_optional_value() {
    let folder = folder(&[("idouble.toml", "ready_json = true\n")]);
    let ready_json = |flags: &[&str], variables: &[(&str, &str)]| {
        show(&folder, flags, variables)["ready_json"].0.clone().expect("a value")
    };
    assert_eq!(ready_json(&[], &[]), "true");
    assert_eq!(ready_json(&[], &[("IDOUBLE_READY_JSON", "0")]), "false");
    assert_eq!(ready_json(&["--ready-json"], &[("IDOUBLE_READY_JSON", "false")]), "true");
    assert_eq!(ready_json(&["--ready-json=false"], &[]), "false");
}

#[test]
fn the_first_error_of_a_file_is_shown_at_its_place() {
    let shown = "\
idouble.toml:2:1: unknown key `sed`, expected one of `host`, `port`, ";
    let misspelt = file_error("port = 1\nsed = 7\n");
    assert!(misspelt.starts_with(shown), "{misspelt}");
    let caret = "\n  |\n2 | sed = 7\n  | ^^^\n  = help: did you mean `seed`?";
    assert!(misspelt.ends_with(caret), "{misspelt}");
    for (text, expected) in [
        ("port = 70000", "1:8: invalid value: integer `70000`, expected u16"),
        (
            "log = 'inf'",
            "1:7: unknown variant `inf`, expected one of `off`, `error`, `warn`, `info`",
        ),
        ("[aws]\nmodel = 22", "2:9: "),
        (
            "[aws]\nacount_id = '1'",
            "2:1: unknown key `acount_id`, expected one of `model`, `filters`, `assignment_delay`, `account_id`",
        ),
        ("[aws]\naccount_id = '1'", "2:14: expected 12 digits"),
        ("huawei.account_id = 'x'", "1:21: expected 32 hexadecimal digits"),
        ("[quota]\nusers = 0", "2:9: expected 1 to 10000000"),
        ("journal.entries = -1", "1:19: invalid value: integer `-1`"),
        ("seed = = 1", "1:8: "),
        (
            "preset = ['aws-limits', 'aws-limit']",
            "1:25: unknown preset \"aws-limit\"; did you mean \"aws-limits\"? (known: ",
        ),
        ("preset = ['aws-limits', 'aws-limits']", "1:25: the preset \"aws-limits\" is named twice"),
        ("clock = 2030-01-01", "1:9: expected stepping, system, or a time such as 2030-01-01T"),
    ] {
        let error = file_error(text);
        assert!(error.starts_with(&format!("idouble.toml:{expected}")), "{text}: {error}");
        assert!(error.contains('^'), "{text}: {error}");
    }
}

#[test]
fn an_invalid_flag_or_variable_is_named() {
    let folder = folder(&[]);
    let port = error(&folder, &["check", "--port", "70000"], &[], 2);
    assert!(port.starts_with("invalid value '70000' for '--port <N>'"), "{port}");
    assert!(!port.contains("variable"), "{port}");
    let level = error(&folder, &["check", "--log", "inf"], &[], 2);
    assert!(level.contains("possible values: off, error, warn, info"), "{level}");
    for (name, value) in [("IDOUBLE_SEED", "x"), ("IDOUBLE_AWS_MODEL", "2"), ("IDOUBLE_WATCH", "2")]
    {
        let error = error(&folder, &["check"], &[(name, value)], 2);
        assert!(error.contains(&format!("the value comes from the variable {name}")), "{error}");
    }
}

#[test]
fn unknown_variables_are_reported_and_empty_ones_are_not_set() {
    let folder = folder(&[]);
    let variables = [
        ("IDOUBLE_PROT", "1"),
        ("IDOUBLE_PORT", ""),
        ("IDOUBLE_URL", "http://a"),
        ("IDOUBLE_BIN", "a"),
    ];
    let warning = "warning: unknown variable IDOUBLE_PROT; did you mean IDOUBLE_PORT?\n";
    for args in [&["config", "show"][..], &["check"], &["env"], &["schema", "config"]] {
        let output = with_variables(idouble(folder.path(), args), &variables);
        // Without a server, `env` prints another warning.
        let lines = if args == ["env"] { 2 } else { 1 };
        let is_first = output.stderr.starts_with(warning);
        assert!(
            output.code == 0 && is_first && output.stderr.lines().count() == lines,
            "{output:?}"
        );
    }
    let shown = with_variables(idouble(folder.path(), &["config", "show"]), &variables);
    assert!(shown.stdout.contains("port = 4747 "), "{}", shown.stdout);
    let run = idouble(folder.path(), &["run", "--", "true"]);
    let run = with_variables(run, &variables[..1]);
    assert!(run.stderr.contains(warning.trim_start_matches("warning: ")), "{}", run.stderr);
    let quiet = idouble(folder.path(), &["run", "--", "true"]);
    let quiet = with_variables(quiet, &[variables[0], ("IDOUBLE_LOG", "off")]);
    assert_eq!((quiet.code, &*quiet.stderr), (0, ""));
}

#[cfg(unix)]
#[test]
fn fixtures_of_a_file_are_inside_its_folder() {
    let outer = folder(&[("outside.toml", ""), ("inner/sub/inside.toml", "")]);
    let inner = outer.path().join("inner");
    let outside = outer.path().join("outside.toml");
    std::os::unix::fs::symlink(&outside, inner.join("link.toml")).expect("a link");
    let read = |path: &str| {
        let file = inner.join("idouble.toml");
        fs::write(&file, format!("fixtures = [\"{path}\"]\n")).expect("a file");
        Config::read(&file).map(|(config, _)| config.fixtures).map_err(|error| error.to_string())
    };
    assert_eq!(read("sub/inside.toml"), Ok(vec![inner.join("sub/inside.toml")]));
    let absolute = outside.display().to_string();
    for (path, message) in [
        ("../outside.toml", "1:13: this fixture is outside the folder of this file"),
        ("link.toml", "1:13: this fixture is outside the folder of this file"),
        (&absolute, "1:13: this fixture is outside the folder of this file"),
        ("no.toml", "1:13: cannot read this fixture: "),
    ] {
        let error = read(path).expect_err(path);
        assert!(error.contains(message), "{path}: {error}");
    }
    let shown = idouble(&inner, &["config", "show", "--fixture", "../outside.toml"]);
    fs::write(inner.join("idouble.toml"), "").expect("a file");
    assert!(output(shown).stdout.contains("fixtures = [\"../outside.toml\"]"));
}

#[test]
fn a_state_file_of_a_file_is_inside_its_folder() {
    for name in ["../state.json", "/tmp/state.json", "a/../../state.json"] {
        let error = file_error(&format!("state = \"{name}\"\n"));
        assert!(
            error.contains("1:9: the state file is outside the folder of this file"),
            "{error}"
        );
    }
}

#[test]
fn config_show_prints_a_file_with_the_same_values() {
    let first = folder(&[]);
    let flags = [
        "--clock=2030-01-01T00:00:00Z",
        "--port-file=p \"q\"",
        "--names=ignore-case",
        "--unknown-store=create",
        "--quota-users=1",
        "--wire-pure",
        "--aws-model=19",
        "--huawei-error-prefix=IdentityCenter",
        "--journal-bodies=off",
    ];
    let shown = idouble(first.path(), &[&["config", "show"], &flags[..]].concat());
    let second = folder(&[("idouble.toml", &output(shown).stdout)]);
    let values = |shown: BTreeMap<String, (Option<String>, String)>| {
        shown.into_iter().map(|(key, (value, _))| (key, value)).collect::<Vec<_>>()
    };
    assert_eq!(values(show(&second, &[], &[])), values(show(&first, &flags, &[])));
}

#[test]
fn the_clock_is_a_time_stepping_or_system() {
    let none = folder(&[]);
    let clock = |flags: &[&str]| show(&none, flags, &[])["clock"].0.clone().expect("a value");
    assert_eq!(clock(&["--clock"]), "\"stepping\"");
    assert_eq!(clock(&["--clock", "system"]), "\"system\"");
    assert_eq!(clock(&["--clock", "2030-01-01T01:00:00+01:00"]), "\"2030-01-01T00:00:00Z\"");
    for text in ["2030-01-01T00:00:00Z", "'2030-01-01T01:00:00+01:00'"] {
        let folder = folder(&[("idouble.toml", &format!("clock = {text}\n"))]);
        let shown = show(&folder, &[], &[]);
        assert_eq!(shown["clock"].0.as_deref(), Some("\"2030-01-01T00:00:00Z\""));
        assert_eq!(show(&folder, &["--clock=system"], &[])["clock"].1, "--clock");
    }
}

#[test]
fn the_starter_file_lists_every_setting_with_its_default() {
    let starter = config::starter();
    assert!(starter.lines().all(|line| line.is_empty() || line.starts_with('#')), "{starter}");
    let is_setting = |line: &&str| line.contains(" = ") && !line.contains(['(', '`']);
    let settings: String = starter
        .lines()
        .filter_map(|line| line.strip_prefix("# "))
        .filter(|line| is_setting(line) || line.starts_with("[["))
        .map(|line| format!("{line}\n"))
        .collect();
    let table: toml::Table = settings.parse().expect("each line is a setting");
    let mut defaults = toml::Table::try_from(Config::default()).expect("settings are TOML");
    // These have no default that a file could set.
    for (key, value) in table {
        match key.as_str() {
            "access_key" | "control_token" | "fault" | "fixtures" | "state" | "port_file" => {
                drop(defaults.remove(&key))
            }
            key => assert_eq!(defaults.remove(key), Some(value), "{key}"),
        }
    }
    assert!(defaults.is_empty(), "the starter file lacks {defaults}");
}

#[test]
fn the_schema_accepts_what_is_read_and_rejects_what_is_not() {
    let schema = jsonschema::validator_for(&config::schema()).expect("a schema");
    let accepts = |text: &str| {
        let value: serde_json::Value = toml::from_str(text).expect("TOML");
        let file = folder(&[("idouble.toml", text)]);
        let read = Config::read(&file.path().join("idouble.toml")).is_ok();
        assert_eq!(schema.is_valid(&value), read, "{text}");
        read
    };
    let valid = [
        "",
        "port = 65535",
        "log = 'trace'\nlog_format = 'json'",
        "aws = { model = '19', account_id = '000000000001' }",
        "huawei.error_prefix = 'IdentityCenter'",
        "directory = { names = 'ignore-case', unknown_store = 'create' }",
        "journal = { entries = 0, bytes = 0, bodies = 'off' }",
        "clock = 'stepping'",
        "preset = ['aws-limits']",
    ];
    let invalid = [
        "prot = 1",
        "port = 65536",
        "port = -1",
        "log = 'loud'",
        "aws.model = '20'",
        "aws.account_id = '1'",
        "huawei.account_id = 'x'",
        "quota.users = 0",
        "quota.users = 10000001",
        "connections_max = 0",
        "journal.bodies = 'some'",
        "preset = ['none']",
        "watch = 'yes'",
    ];
    assert!(valid.iter().all(|text| accepts(text)));
    assert!(!invalid.iter().any(|text| accepts(text)));
}

#[test]
fn short_help_fits_a_screen_and_long_help_has_the_details() {
    let folder = folder(&[]);
    let help = |args: &[&str]| output(idouble(folder.path(), args)).stdout;
    for args in [&["-h"][..], &["serve", "-h"], &["run", "-h"], &["journal", "-h"]] {
        let help = help(args);
        let width = help.lines().map(|line| line.chars().count()).max();
        assert!(help.lines().count() <= 40 && width <= Some(80), "{help}");
    }
    let short = help(&["serve", "-h"]);
    for heading in ["Server:", "Data:", "Faults:", "Journal:", "Clouds:", "Logging:"] {
        assert!(short.lines().any(|line| line == heading), "{short}");
    }
    let long = help(&["serve", "--help"]);
    for detail in [
        "[variable: IDOUBLE_PORT] [key: port] [default: 4747]",
        "[variable: IDOUBLE_FIXTURE, separated by ;] [key: fixtures]",
        "[variable: IDOUBLE_AWS_MODEL] [key: aws.model] [default: 22]",
    ] {
        assert!(long.contains(detail), "{long}");
    }
    assert!(help(&["--help"]).contains("4  unmet verdict or expectation"));
}
