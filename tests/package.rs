//! Checks the crate and the packages as they are published: their files, versions and dependencies.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::Path;
use std::process::Command;

/// The limit of crates that a project downloads for the library without default features.
const LIBRARY_CRATES_MAX: usize = 86;

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The lines that cargo prints to standard output.
fn cargo(arguments: &[&str]) -> Vec<String> {
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8").lines().map(str::to_owned).collect()
}

#[test]
fn the_published_crate_has_sources_fixtures_and_texts_only() {
    let files = cargo(&["package", "--list", "--allow-dirty", "--offline"]);
    let texts =
        ["README.md", "CHANGELOG.md", "LICENSE", "Cargo.toml", "Cargo.toml.orig", "Cargo.lock"];
    let others: Vec<&String> = files
        .iter()
        .filter(|file| !file.starts_with("src/") && !file.starts_with("fixtures/"))
        .filter(|file| !texts.contains(&file.as_str()) && *file != ".cargo_vcs_info.json")
        .collect();
    assert!(others.is_empty(), "not for users of the crate: {others:?}");
    for needed in ["src/lib.rs", "src/main.rs", "fixtures/default.toml", "README.md", "LICENSE"] {
        assert!(files.iter().any(|file| file == needed), "{needed} is missing");
    }
}

#[test]
fn the_library_has_few_dependencies() {
    let tree =
        ["tree", "--offline", "--edges", "normal", "--no-default-features", "--prefix", "none"];
    let crates: BTreeSet<String> =
        cargo(&tree).iter().map(|line| line.trim_end_matches(" (*)").to_owned()).collect();
    assert!(crates.len() <= LIBRARY_CRATES_MAX, "{} crates: {crates:#?}", crates.len());
    for of_the_binary in ["clap", "indicatif", "mimalloc", "rustls", "tracing-subscriber", "ureq"] {
        let prefix = format!("{of_the_binary} v");
        assert!(!crates.iter().any(|name| name.starts_with(&prefix)), "{of_the_binary}");
    }
}

#[test]
fn all_packages_have_the_version_of_the_crate() {
    let version = env!("CARGO_PKG_VERSION");
    for file in ["clients/node/package.json", "clients/node/package-lock.json"] {
        let json: serde_json::Value = serde_json::from_str(&read(file)).expect("JSON");
        assert_eq!(json["version"], version, "{file}");
    }
    // maturin takes the version of the crate.
    let python = read("clients/python/pyproject.toml");
    assert!(python.contains("\ndynamic = [\"version\"]\n"), "pyproject.toml sets its own version");
    assert!(python.contains("\nmanifest-path = \"../../Cargo.toml\"\n"), "of another crate");
}

/// `.ci/run` names the targets itself, because it runs some of them at the same time.
#[test]
fn ci_runs_all_that_make_test_and_make_check_run() {
    let (makefile, ci) = (read("Makefile"), read(".ci/run"));
    let rules = makefile.lines().filter(|line| !line.starts_with(['\t', '.', '#']));
    let rules: HashMap<&str, &str> = rules.filter_map(|line| line.split_once(':')).collect();
    let with_prerequisites = |targets: &[&str]| {
        let mut found = BTreeSet::new();
        let mut open: Vec<String> = targets.iter().map(|target| (*target).to_owned()).collect();
        while let Some(target) = open.pop() {
            if let Some(prerequisites) = rules.get(target.as_str())
                && found.insert(target)
            {
                open.extend(prerequisites.split_whitespace().map(str::to_owned));
            }
        }
        found
    };
    let commands =
        ci.lines().filter(|line| line.contains("make ") || line.starts_with("with_binary "));
    let run: Vec<&str> = commands.flat_map(str::split_whitespace).collect();
    let required = with_prerequisites(&["test", "check"]);
    let groups = ["test", "test-sdk", "check"].map(str::to_owned).into();
    let missing: BTreeSet<_> = &(&required - &with_prerequisites(&run)) - &groups;
    assert!(required.contains("test-python") && missing.is_empty(), "not in .ci/run: {missing:?}");
}
