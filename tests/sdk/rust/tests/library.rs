//! A project that has the library as a dev-dependency, without default features.

use std::error::Error;

use idouble::{Emulator, Fault};

mod rename;

#[test]
fn documentation_shows_the_tested_code() {
    let page = include_str!("../../../../docs/testing.md");
    assert!(page.contains(include_str!("rename.rs")), "docs/testing.md and rename.rs differ");
}

/// Huawei Cloud has no Rust SDK.
#[test]
fn faults_hit_plain_http() -> Result<(), Box<dyn Error>> {
    let emulator = Emulator::builder().seed(7).start()?;
    let denied = emulator.inject(Fault::on("huawei:ListUsers").denied().times(1))?;
    let lists = emulator.journal().expect_request("huawei:ListUsers").times(2);
    let list = || plain_get(&emulator, "/v1/identity-stores/d-1234567890/users");
    for status in ["403", "200"] {
        let response = list();
        assert!(response.starts_with(&format!("HTTP/1.1 {status} ")), "{response}");
    }
    assert_eq!(denied.fired(), 1);
    lists.verify()?;
    Ok(())
}

fn plain_get(emulator: &Emulator, path: &str) -> String {
    use std::io::{Read as _, Write as _};
    let mut stream =
        std::net::TcpStream::connect(("127.0.0.1", emulator.port())).expect("it accepts");
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\n\r\n",
        emulator.port()
    )
    .expect("it reads");
    let mut response = String::new();
    stream.read_to_string(&mut response).expect("it responds");
    response
}
