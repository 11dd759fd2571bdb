//! `idouble env`.

use std::collections::BTreeMap;
use std::process::Command;

use super::{BINARY, folder, idouble, output};

/// The variables that `env` prints without a running server, by name.
fn variables(args: &[&str]) -> BTreeMap<String, String> {
    let folder = folder(&[]);
    let super::Output { code, stdout: printed, stderr } =
        output(idouble(folder.path(), &[&["env"], args].concat()));
    assert_eq!(code, 0, "{stderr}");
    let warning =
        "warning: SCIM_ENDPOINT and SCIM_TOKEN are not set, which only the server knows: ";
    assert!(stderr.starts_with(warning) && stderr.lines().count() == 1, "{stderr}");
    let line = |line: &str| {
        let assignment = line.strip_prefix("export ").expect("an export");
        let (name, value) = assignment.split_once('=').expect("an assignment");
        (name.to_owned(), value.to_owned())
    };
    printed.lines().map(line).collect()
}

#[test]
fn every_sdk_is_pointed_at_the_server_in_every_region() {
    let url = "http://127.0.0.1:1234";
    let all = variables(&["--port", "1234"]);
    for name in [
        "AWS_ENDPOINT_URL",
        "AWS_ENDPOINT_URL_IDENTITYSTORE",
        "AWS_ENDPOINT_URL_SSO_ADMIN",
        "AWS_ENDPOINT_URL_ORGANIZATIONS",
        "AWS_ENDPOINT_URL_STS",
        "HUAWEICLOUD_SDK_IAM_ENDPOINT",
        "HUAWEICLOUD_SDK_REGION_IDENTITYCENTERSTORE_CN_NORTH_4",
        "HUAWEICLOUD_SDK_REGION_IDENTITYCENTER_CN_SOUTHWEST_2",
        "IDOUBLE_URL",
    ] {
        assert_eq!(all.get(name).map(String::as_str), Some(url), "{name}");
    }
    let per_region = |service: &str| {
        let prefix = format!("HUAWEICLOUD_SDK_REGION_{service}_");
        all.keys().filter(|name| name.starts_with(&prefix)).count()
    };
    assert_eq!((per_region("IDENTITYCENTERSTORE"), per_region("IDENTITYCENTER")), (17, 17));
    assert_eq!(all["IDOUBLE_PORT"], "1234");
    assert_eq!(all["AWS_EC2_METADATA_DISABLED"], "true");
    for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "HUAWEICLOUD_SDK_AK"] {
        assert_eq!(all[name], "idouble");
    }
    assert_eq!(variables(&["--url", "http://idouble"])["IDOUBLE_PORT"], "80");
}

#[test]
fn served_only_leaves_other_aws_services_alone() {
    let served = variables(&["--port", "1", "--served-only"]);
    assert!(!served.contains_key("AWS_ENDPOINT_URL"));
    assert!(served.contains_key("AWS_ENDPOINT_URL_IDENTITYSTORE"));
}

#[cfg(unix)]
#[test]
fn a_shell_evaluates_the_output() {
    let folder = folder(&[("idouble.toml", "port = 4321\n")]);
    let shell = |args: &str| {
        let script = format!("eval \"$('{BINARY}' env {args})\"; printf %s \"$AWS_ENDPOINT_URL\"");
        let mut command = Command::new("sh");
        command.args(["-c", &script]).current_dir(folder.path()).env_remove("IDOUBLE_URL");
        let output = command.env_remove("IDOUBLE_PORT").output().expect("a shell can be run");
        String::from_utf8(output.stdout).expect("text")
    };
    assert_eq!(shell(""), "http://127.0.0.1:4321", "the port of the file");
    assert_eq!(shell("--url 'http://a; touch b'"), "http://a; touch b");
    assert!(!folder.path().join("b").exists());
}

#[test]
fn the_url_variable_names_the_server() {
    let folder = folder(&[("idouble.toml", "port = 4321\n")]);
    let url = |args: &[&str]| {
        let mut command = idouble(folder.path(), &[&["env"], args].concat());
        command.env("IDOUBLE_URL", "http://127.0.0.1:1111/");
        let printed = output(command).stdout;
        let line = printed.lines().find(|line| line.starts_with("export IDOUBLE_URL="));
        line.expect("a URL").rsplit('=').next().expect("a value").to_owned()
    };
    assert_eq!(url(&[]), "http://127.0.0.1:1111");
    assert_eq!(url(&["--port", "2222"]), "http://127.0.0.1:2222");
}
