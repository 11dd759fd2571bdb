//! The memory of a server that is sent large bodies.
#![cfg(target_os = "linux")]

use super::process::Process;

const MIB: usize = 1024 * 1024;

/// The most memory that the server has used until now, in bytes.
fn peak(server: &Process) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.pid()));
    let status = status.expect("the server runs");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("the peak");
    let kib: usize = peak.trim().trim_end_matches(" kB").parse().expect("a number of KiB");
    kib * 1024
}

/// A client that announces a body for a control call, and sends nothing of it.
fn announce(server: &Process, start: &str, bytes: usize) -> crate::common::Client {
    let mut client = server.client();
    client
        .send(format!("{start} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"));
    client.send(format!("Content-Length: {bytes}\r\n\r\n"));
    client
}

#[test]
fn body_of_64_mib_for_a_small_call_is_refused_with_little_memory() {
    let server = Process::start(&[]);
    let before = peak(&server);
    let mut client = announce(&server, "PUT /_idouble/clock", 64 * MIB);
    client.send(vec![b'['; 64 * MIB]);
    assert_eq!(client.reply().status, 413);
    let mut client = server.client();
    client.send("PUT /_idouble/clock HTTP/1.1\r\nHost: localhost\r\n");
    client.send("Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n4000000\r\n");
    client.send(vec![b'['; 64 * MIB]);
    assert_eq!(client.reply().status, 413);
    let grown = peak(&server) - before;
    assert!(grown < 16 * MIB, "grown by {grown} bytes");
}

#[test]
fn unfinished_bodies_use_only_the_memory_received_and_delay_no_request() {
    let server = Process::start(&[]);
    let before = peak(&server);
    let unfinished: Vec<_> = (0..20)
        .map(|_| {
            let mut client = announce(&server, "POST /_idouble/stores", 60 * MIB);
            client.send(vec![b' '; MIB]);
            client
        })
        .collect();
    let store = "/v1/identity-stores/d-1234567890";
    let mut client = server.client();
    assert_eq!(client.request(&format!("GET {store}/users"), &[], b"").status, 200);
    let body = format!(r#"{{"display_name":"{}"}}"#, "x".repeat(MIB - 100));
    let headers = [("Content-Type", "application/json")];
    let reply = client.request(&format!("POST {store}/groups"), &headers, body.as_bytes());
    assert_eq!(reply.status, 400);
    let body = "{}".to_owned() + &" ".repeat(20 * MIB);
    assert_eq!(client.control("POST /stores", &body).status, 201);
    let grown = peak(&server) - before;
    assert!(grown < 160 * MIB, "grown by {grown} bytes");
    drop(unfinished);
}
