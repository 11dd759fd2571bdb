//! Replays the kept inputs of the fuzz targets; `make fuzz` looks for new ones.

#[path = "fuzz/checks/mod.rs"]
mod checks;
mod world;

use std::fs;
use std::path::Path;

fn replay(target: &str, check: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus").join(target);
    let inputs = fs::read_dir(folder).expect("a folder of inputs");
    let mut paths: Vec<_> = inputs.map(|input| input.expect("a file").path()).collect();
    paths.sort();
    assert!(paths.len() > 20, "only {} inputs of {target}", paths.len());
    for path in paths {
        // Shown if the check panics.
        println!("{}", path.display());
        check(&fs::read(&path).expect("an input"));
    }
}

#[test]
fn service_inputs_pass() {
    replay("service", checks::service::check);
}

#[test]
fn fixture_inputs_pass() {
    replay("fixture", checks::fixture::check);
}

#[test]
fn config_inputs_pass() {
    replay("config", checks::config::check);
}

#[test]
fn fault_inputs_pass() {
    replay("faults", checks::faults::check);
}

#[test]
fn certificate_inputs_pass() {
    replay("certificates", checks::certificates::check);
}

#[test]
fn scim_inputs_pass() {
    replay("scim", checks::scim::check);
}
