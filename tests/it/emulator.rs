//! The library inside a tokio runtime of one thread, which nothing may block.

use std::error::Error;
use std::time::Duration;

use idouble::Emulator;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const STORE: &str = "d-1234567890";

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(future)
}

/// The fixture is a pipe that another task of the same thread writes.
#[cfg(unix)]
#[test]
fn start_async_lets_other_tasks_run() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let pipe = folder.path().join("fixture.toml");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status()?.success());
    block_on(async {
        let fixture = pipe.clone();
        let written = tokio::spawn(async move {
            std::fs::write(fixture, format!("[[store]]\nid = \"{STORE}\"\n"))
        });
        let emulator = Emulator::builder().fixture(&pipe).start_async().await?;
        written.await??;
        assert_eq!(emulator.store_ids(), [STORE]);
        Ok(())
    })
}

/// A drop that waits for the request would hang for an hour, because the same thread sends the body after it.
#[test]
fn drop_does_not_wait_for_requests_of_its_runtime() -> Result<(), Box<dyn Error>> {
    const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";
    block_on(async {
        let hour = Duration::from_secs(3600);
        let emulator = Emulator::builder().drain(hour).start_async().await?;
        let mut client = TcpStream::connect(("127.0.0.1", emulator.port())).await?;
        let body = r#"{"display_name": "Everybody"}"#;
        let head = format!(
            "POST /v1/identity-stores/{STORE}/groups HTTP/1.1\r\nHost: 127.0.0.1\r\n\
             Expect: 100-continue\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        client.write_all(head.as_bytes()).await?;
        let mut waits_for_body = [0; CONTINUE.len()];
        client.read_exact(&mut waits_for_body).await?;
        assert_eq!(waits_for_body, CONTINUE);

        drop(emulator);
        client.write_all(body.as_bytes()).await?;
        let mut response = String::new();
        client.read_to_string(&mut response).await?;
        assert!(response.starts_with("HTTP/1.1 201 "), "{response}");
        Ok(())
    })
}
