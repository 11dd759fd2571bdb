//! The server at the socket: guards, limits, connections, and how it stops.

use std::sync::mpsc;
use std::time::Duration;

use crate::common::echo::{LARGE_BYTES, Running};
use crate::common::{End, PATIENCE};
use idouble::internal::domain::Clock;
use idouble::internal::server::{Limits, StopOutcome};

const SHORT: Duration = Duration::from_millis(200);

#[test]
fn connection_serves_several_and_pipelined_requests() {
    let server = Running::start(Limits::default());
    let mut client = server.client();
    assert_eq!(client.request("GET /a", &[], b"").text(), "GET /a 0");
    assert_eq!(client.request("POST /b", &[], b"12345").text(), "POST /b 5");
    let one = "POST /c HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc";
    let two = "GET /d HTTP/1.1\nHost: localhost\n\n";
    client.send(format!("{one}{two}\r\n{one}"));
    assert_eq!(client.reply().text(), "POST /c 3");
    assert_eq!(client.reply().text(), "GET /d 0");
    assert_eq!(client.reply().text(), "POST /c 3");
    client.send("GET /e HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    assert_eq!(client.reply().text(), "GET /e 0");
    assert_eq!(client.end(), End::Closed);
}

#[test]
fn http_1_0_needs_no_host() {
    let server = Running::start(Limits::default());
    let mut client = server.client();
    client.send("GET /a HTTP/1.0\r\n\r\n");
    let reply = client.reply();
    assert_eq!((reply.version.as_str(), reply.text()), ("HTTP/1.0", "GET /a 0"));
    assert_eq!(client.end(), End::Closed);
    let mut client = server.client();
    client.send("GET http://evil.example/a HTTP/1.0\r\n\r\n");
    assert_eq!(client.reply().status, 403);
}

#[test]
fn date_header_follows_the_frozen_clock() {
    let server = Running::start(Limits::default());
    let reply = server.client().request("GET /a", &[], b"");
    assert_eq!(reply.header("date"), Some("Thu, 01 Jan 2026 00:00:00 GMT"));
    let server = Running::start_at(Limits::default(), Clock::system());
    assert!(server.client().request("GET /a", &[], b"").header("date").is_some());
}

#[track_caller]
fn assert_host_status(server: &Running, lines: &str, status: u16) {
    for start in ["GET /a", "GET /_idouble/health"] {
        let mut client = server.client();
        client.send(format!("{start} HTTP/1.1\r\n{lines}\r\n"));
        assert_eq!(client.reply().status, status, "{start} {lines:?}");
    }
}

#[test]
fn only_names_of_this_machine_are_accepted_as_host() {
    let allowed_hosts = vec!["idouble".to_owned()];
    let server = Running::start(Limits { allowed_hosts, ..Limits::default() });
    for host in
        ["127.0.0.1", "127.8.8.8:4747", "[::1]:1", "localhost", "x.localhost:80", "idouble:9"]
    {
        assert_host_status(&server, &format!("Host: {host}\r\n"), 200);
    }
    for host in
        ["127.0.0.1.evil.example", "evil.example", "localhost.evil.example:4747", "10.0.0.1", ""]
    {
        assert_host_status(&server, &format!("Host: {host}\r\n"), 403);
    }
}

#[test]
fn error_for_another_host_or_origin_names_the_option_that_allows_it() {
    let server = Running::start(Limits::default());
    for start in ["GET /a", "GET /_idouble/health"] {
        for (headers, option) in [
            (&[("Host", "box.example:4747")][..], "--allowed-host box.example "),
            (&[("Host", "[fd00::1]:1")], "--allowed-host [fd00::1] "),
            (&[("Host", "a:b:c")], "--allowed-host NAME "),
            (
                &[("Host", "localhost"), ("Origin", "https://a.example:1")],
                "--cors https://a.example:1 ",
            ),
            (&[("Host", "localhost"), ("Origin", "null")], "--cors ORIGIN "),
            (&[("Host", "localhost"), ("Sec-Fetch-Site", "cross-site")], "--cors ORIGIN "),
        ] {
            let lines = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n"));
            let mut client = server.client();
            client.send(format!("{start} HTTP/1.1\r\n{}\r\n", lines.collect::<String>()));
            let reply = client.reply();
            let is_control = start.contains("_idouble");
            let form = (!is_control).then_some("vendor");
            assert_eq!((reply.status, reply.header("x-form")), (403, form), "{start} {headers:?}");
            assert!(!is_control || reply.text().contains(option), "{option}: {}", reply.text());
        }
    }
}

#[test]
fn request_has_one_host_that_agrees_with_the_target() {
    let server = Running::start(Limits::default());
    assert_host_status(&server, "", 400);
    assert_host_status(&server, "Host: localhost\r\nHost: localhost\r\n", 400);
    assert_host_status(&server, "Host: localhost\r\nHost: evil.example\r\n", 400);
    for (target, status) in
        [("http://localhost:1/a", 200), ("http://localhost/a", 400), ("http://evil.example/a", 400)]
    {
        let mut client = server.client();
        client.send(format!("GET {target} HTTP/1.1\r\nHost: localhost:1\r\n\r\n"));
        let reply = client.reply();
        assert_eq!((reply.status, reply.header("x-form")), (status, Some("vendor")), "{target}");
    }
    let mut client = server.client();
    client.send("CONNECT evil.example:443 HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert_eq!(client.reply().status, 400);
}

#[test]
fn ambiguous_framing_never_smuggles_a_request() {
    let server = Running::start(Limits::default());
    let smuggled = "0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let start = "POST /a HTTP/1.1\r\nHost: localhost\r\n";
    // RFC 9112, section 6.3: Transfer-Encoding overrides Content-Length, and the connection is closed.
    for lines in [
        "Transfer-Encoding: chunked\r\nContent-Length: 5",
        "Content-Length: 5\r\nTransfer-Encoding: chunked",
    ] {
        let mut client = server.client();
        client.send(format!("{start}{lines}\r\n\r\n{smuggled}"));
        assert_eq!(client.reply().text(), "POST /a 0", "{lines:?}");
        let (rest, _) = client.rest();
        assert_eq!(String::from_utf8_lossy(&rest), "", "{lines:?}");
    }
    for lines in [
        "Content-Length: 5\r\nContent-Length: 6",
        "Content-Length: 5, 5",
        "Content-Length: +5",
        "Content-Length: -1",
        "Content-Length: x",
        "Transfer-Encoding: gzip",
        "Transfer-Encoding: chunked, gzip",
    ] {
        let mut client = server.client();
        client.send(format!("{start}{lines}\r\n\r\n12345"));
        assert_eq!(client.reply().status, 400, "{lines:?}");
        assert_eq!(client.end(), End::Closed);
    }
}

#[test]
fn chunked_requests_keep_the_connection_and_malformed_chunks_are_rejected() {
    let server = Running::start(Limits::default());
    let mut client = server.client();
    for _ in 0..2 {
        client.send("POST /a HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n");
        client.send("3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n");
        assert_eq!(client.reply().text(), "POST /a 5");
    }
    client.send("POST /a HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n");
    let reply = client.reply();
    assert_eq!((reply.status, reply.header("x-form")), (400, Some("vendor")));
    assert_eq!(client.end(), End::Closed);
}

#[test]
fn control_api_rejects_other_sites_and_other_media_types() {
    let server = Running::start(Limits::default());
    let own = format!("http://{}", server.address);
    let gives = |start: &str, headers: &[(&str, &str)], body: &[u8]| {
        let reply = server.client().request(start, headers, body);
        assert!(!reply.headers.iter().any(|(name, _)| name.starts_with("access-control-")));
        reply.status
    };
    let get = "GET /_idouble/health";
    assert_eq!(gives(get, &[], b""), 200);
    assert_eq!(gives(get, &[("Origin", &own), ("Sec-Fetch-Site", "same-origin")], b""), 200);
    assert_eq!(gives(get, &[("Sec-Fetch-Site", "none")], b""), 200);
    for foreign in
        ["https://evil.example", "null", "http://localhost:1", &own.replace("http", "https")]
    {
        assert_eq!(gives(get, &[("Origin", foreign)], b""), 403, "{foreign}");
    }
    assert_eq!(gives(get, &[("Origin", &own), ("Origin", &own)], b""), 403);
    for foreign in ["cross-site", "same-site", "", "same-origin, cross-site"] {
        assert_eq!(gives(get, &[("Sec-Fetch-Site", foreign)], b""), 403, "{foreign}");
    }
    let post = "POST /_idouble/reset";
    assert_eq!(gives(post, &[], b""), 200);
    assert_eq!(gives(post, &[("Content-Type", "application/json; charset=utf-8")], b"{}"), 200);
    assert_eq!(gives(post, &[("Content-Type", "application/json")], b""), 200);
    for other in ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", ""] {
        assert_eq!(gives(post, &[("Content-Type", other)], b"{}"), 415, "{other}");
    }
    assert_eq!(gives(post, &[("Content-Type", "text/plain")], b""), 415);
    assert_eq!(gives(post, &[], b"{}"), 415);
}

#[test]
fn pages_of_other_origins_are_rejected_on_every_path() {
    let server = Running::start(Limits::default());
    let own = format!("http://{}", server.address);
    for start in ["GET /a", "POST /a", "POST /_idouble/reset", "OPTIONS /a"] {
        for (headers, status) in [
            (&[][..], 200),
            (&[("Origin", own.as_str())], 200),
            (&[("Origin", &own), ("Sec-Fetch-Site", "same-origin")], 200),
            (&[("Sec-Fetch-Site", "none")], 200),
            (&[("Origin", "https://evil.example")], 403),
            (&[("Origin", "https://evil.example"), ("Sec-Fetch-Site", "cross-site")], 403),
            (&[("Origin", "null")], 403),
            (&[("Sec-Fetch-Site", "cross-site")], 403),
            (&[("Sec-Fetch-Site", "same-site")], 403),
        ] {
            let reply = server.client().request(start, headers, b"");
            assert_eq!(reply.status, status, "{start} {headers:?}");
            let form = (!start.contains("_idouble")).then_some("vendor");
            assert_eq!(reply.header("x-form"), form, "{start} {headers:?}");
        }
    }
}

#[test]
fn cors_allows_named_origins_except_on_the_control_api() {
    let page = "https://app.example:8443";
    let cors_origins = vec!["http://a.example".to_owned(), page.to_owned()];
    let server = Running::start(Limits { cors_origins, ..Limits::default() });
    let ask = |start: &str, headers: &[(&str, &str)]| server.client().request(start, headers, b"");
    let grants = |reply: &crate::common::Reply| {
        reply.headers.iter().filter(|(name, _)| name.starts_with("access-control-")).count()
    };

    let reply = ask("GET /a", &[("Origin", page)]);
    assert_eq!((reply.text(), grants(&reply)), ("GET /a 0", 2));
    assert_eq!(reply.header("access-control-allow-origin"), Some(page));
    assert_eq!(reply.header("access-control-expose-headers"), Some("*"));
    assert_eq!(reply.header("vary"), Some("Origin"));

    let asks = [
        ("Origin", page),
        ("Access-Control-Request-Method", "PUT"),
        ("Access-Control-Request-Headers", "content-type,x-amz-target"),
    ];
    let reply = ask("OPTIONS /a", &asks);
    assert_eq!((reply.status, reply.text(), grants(&reply)), (200, "", 5));
    let allowed = |what: &str| reply.header(&format!("access-control-allow-{what}"));
    assert_eq!(allowed("origin"), Some(page));
    assert_eq!(allowed("methods"), Some("GET, POST, PUT, PATCH, DELETE"));
    assert_eq!(allowed("headers"), Some("content-type,x-amz-target"));

    // Errors are readable too. Without an origin, or without a preflight, OPTIONS is an ordinary method.
    assert_eq!(grants(&ask("GET /panic", &[("Origin", page)])), 2);
    assert_eq!(ask("OPTIONS /a", &[("Origin", page)]).text(), "OPTIONS /a 0");
    assert_eq!(ask("OPTIONS /a", &asks[1..]).text(), "OPTIONS /a 0");
    for other in ["https://app.example", "http://app.example:8443", "null", "*", ""] {
        let reply = ask("GET /a", &[("Origin", other)]);
        assert_eq!((reply.status, grants(&reply)), (403, 0), "{other}");
    }
    let reply = ask("GET /a", &[("Origin", page), ("Origin", page)]);
    assert_eq!((reply.status, grants(&reply)), (403, 0));
    // Browsers send this for every page of another site, also for an allowed one.
    let reply = ask("GET /a", &[("Origin", page), ("Sec-Fetch-Site", "cross-site")]);
    assert_eq!((reply.status, grants(&reply)), (200, 2));
    for start in ["GET /_idouble/health", "OPTIONS /_idouble/reset"] {
        let reply = ask(start, &asks);
        assert_eq!((reply.status, grants(&reply)), (403, 0), "{start}");
    }
}

#[test]
fn connections_without_a_complete_head_are_closed() {
    let server = Running::start(Limits { head_timeout: SHORT, ..Limits::default() });
    for start in ["", "GET /a HTTP/1.1\r\nHost: local"] {
        let mut client = server.client();
        client.send(start);
        assert_eq!(client.rest(), (Vec::new(), End::Closed), "{start:?}");
        // The same for a later request.
        let mut client = server.client();
        assert_eq!(client.request("GET /a", &[], b"").status, 200);
        client.send(start);
        assert_eq!(client.rest(), (Vec::new(), End::Closed), "{start:?}");
    }
}

#[test]
fn incomplete_bodies_are_rejected_with_408() {
    let server = Running::start(Limits { body_timeout: SHORT, ..Limits::default() });
    for path in ["/a", "/_idouble/reset"] {
        let mut client = server.client();
        client.send(format!("POST {path} HTTP/1.1\r\nHost: localhost\r\n"));
        client.send("Content-Type: application/json\r\nContent-Length: 5\r\n\r\n{");
        let reply = client.reply();
        assert_eq!(reply.status, 408);
        assert_eq!(reply.header("x-form").is_some(), path == "/a");
        assert_eq!(reply.header("connection"), Some("close"));
    }
}

#[test]
fn large_bodies_are_rejected_before_they_are_read() {
    let server = Running::start(Limits { linger: PATIENCE, ..Limits::default() });
    let announce = |path: &str, length: usize| {
        let mut client = server.client();
        client.send(format!("POST {path} HTTP/1.1\r\nHost: localhost\r\n"));
        client.send(format!("Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n"));
        client
    };
    let mib = 1024 * 1024;
    let reply = announce("/a", mib + 1).reply();
    assert_eq!((reply.status, reply.text(), reply.header("x-form")), (413, "Body", Some("vendor")));
    assert_eq!(reply.header("connection"), Some("close"));
    assert_eq!(announce("/_idouble/reset", mib + 1).reply().status, 413);
    assert_eq!(announce("/_idouble/stores", 64 * mib + 1).reply().status, 413);

    // A client that sends the body nevertheless reads the response, not a reset.
    let mut client = announce("/a", 3 * mib);
    client.send(vec![b' '; 3 * mib]);
    assert_eq!(client.reply().status, 413);
    assert_eq!(client.end(), End::Closed);

    let mut client = announce("/a", mib);
    client.send(vec![b' '; mib]);
    assert_eq!(client.reply().text(), format!("POST /a {mib}"));
    let mut client = announce("/_idouble/stores", 2 * mib);
    client.send([b"{}".to_vec(), vec![b' '; 2 * mib - 2]].concat());
    assert_eq!(client.reply().status, 201);
}

#[test]
fn large_chunked_bodies_are_rejected() {
    let server = Running::start(Limits { linger: PATIENCE, ..Limits::default() });
    let mut client = server.client();
    client.send("POST /a HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n");
    let chunk = [b"10000\r\n".to_vec(), vec![b' '; 0x10000], b"\r\n".to_vec()].concat();
    for _ in 0..17 {
        client.send(&chunk);
    }
    let reply = client.reply();
    assert_eq!((reply.status, reply.header("x-form")), (413, Some("vendor")));
    assert_eq!(client.end(), End::Closed);
}

#[test]
fn large_heads_are_rejected() {
    let server = Running::start(Limits { linger: PATIENCE, ..Limits::default() });
    let ask = |target: &str, headers: String| {
        let mut client = server.client();
        client.send(format!("GET {target} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n"));
        client.reply()
    };
    let many = |count: usize| (0..count).map(|n| format!("X-{n}: y\r\n")).collect::<String>();
    let large = |bytes: usize| format!("X: {}\r\n", "y".repeat(bytes));
    assert_eq!(ask("/a", many(99)).status, 200);
    assert_eq!(ask("/a", large(60 * 1024)).status, 200);
    for headers in [many(100), many(1000), large(64 * 1024), large(1024 * 1024)] {
        let bytes = headers.len();
        assert_eq!(ask("/a", headers).status, 431, "{bytes}");
    }
    assert_eq!(ask("/_idouble/health", large(64 * 1024)).status, 431);
    assert_eq!(ask(&format!("/{}", "a".repeat(16 * 1024)), String::new()).text(), "Uri");
    assert_eq!(ask(&format!("/_idouble/{}", "a".repeat(16 * 1024)), String::new()).status, 414);
    // hyper rejects a longer target itself.
    assert!(
        [414, 431].contains(&ask(&format!("/{}", "a".repeat(700 << 10)), String::new()).status)
    );
}

#[test]
fn connection_limit_holds_and_recovers() {
    let limits = Limits { connections_max: 2, ..Limits::default() };
    let server = Running::start(limits);
    for _ in 0..3 {
        let (mut one, mut two, mut three) = (server.client(), server.client(), server.client());
        assert_eq!(one.request("GET /1", &[], b"").text(), "GET /1 0");
        assert_eq!(two.request("GET /2", &[], b"").text(), "GET /2 0");
        three.send_request("GET /3", &[], b"");
        three.stream().set_read_timeout(Some(SHORT)).expect("a timeout can be set");
        let mut byte = [0];
        let waits = three.stream().peek(&mut byte).expect_err("there is no room for a third");
        assert!(matches!(
            waits.kind(),
            std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut
        ));
        drop(one);
        three.stream().set_read_timeout(Some(PATIENCE)).expect("a timeout can be set");
        assert_eq!(three.reply().text(), "GET /3 0");
    }
}

#[test]
fn clients_that_read_nothing_are_disconnected() {
    let limits = Limits { connections_max: 1, write_timeout: SHORT, ..Limits::default() };
    let server = Running::start(limits);
    let mut stalled = server.client();
    stalled.send_request("GET /large", &[], b"");
    // Waits for the only slot, which is free once the first client is disconnected.
    assert_eq!(server.client().request("GET /a", &[], b"").status, 200);
    assert!(stalled.rest().0.len() < LARGE_BYTES);
}

/// The first bytes of each body are not counted as large.
const UNCOUNTED: usize = 64 * 1024;

#[test]
fn announced_bodies_take_no_room() {
    let limits = Limits { all_bodies_bytes_max: 256 * 1024, ..Limits::default() };
    let server = Running::start(limits);
    let silent: Vec<_> = (0..4)
        .map(|_| {
            let mut client = server.client();
            client.send("POST /a HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n");
            client.send("Content-Length: 1000000\r\n\r\n");
            assert_eq!(client.reply().status, 100, "it is being received");
            client
        })
        .collect();
    let body = vec![b' '; UNCOUNTED + 256 * 1024];
    for _ in 0..2 {
        let reply = server.client().request("POST /a", &[], &body);
        assert_eq!(reply.text(), format!("POST /a {}", body.len()));
    }
    drop(silent);
}

#[test]
fn large_bodies_that_find_no_room_are_rejected() {
    let limits = Limits { all_bodies_bytes_max: 60_000, ..Limits::default() };
    let (server, has_entered, release) = Running::start_gated(limits, 1);
    assert_eq!(server.client().request("GET /seen", &[], b"").status, 200);
    // A call with a large body, which runs until it is released.
    let mut call = server.client();
    let mut body = br#"{"match":{"method":"GET"},"count":9}"#.to_vec();
    body.resize(UNCOUNTED + 60_000, b' ');
    let headers = [("Content-Type", "application/json")];
    call.send_request("POST /_idouble/journal/expect", &headers, &body);
    has_entered.recv_timeout(PATIENCE).expect("the call shows the entry");
    let large = [b' '; UNCOUNTED + 1];
    let reply = server.client().request("POST /a", &[], &large);
    assert_eq!((reply.status, reply.header("x-form")), (503, Some("vendor")));
    let reply = server.client().request("PUT /_idouble/clock", &headers, &large);
    assert_eq!((reply.status, reply.header("x-form")), (503, None));
    let reply = server.client().request("POST /a", &[], &large[1..]);
    assert_eq!(reply.text(), format!("POST /a {UNCOUNTED}"));
    drop(release);
    assert_eq!(call.reply().status, 409);
    assert_eq!(server.client().request("POST /a", &[], &large).status, 200);
}

#[test]
fn chunked_bodies_are_joined() {
    let server = Running::start(Limits::default());
    let mut client = server.client();
    client.send("POST /a HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n");
    client.send("1\r\n \r\n".repeat(200_000));
    client.send("0\r\nTrailer: x\r\n\r\n");
    assert_eq!(client.reply().text(), "POST /a 200000");
    assert_eq!(client.request("POST /b", &[], b"").text(), "POST /b 0");
}

#[test]
fn refused_body_does_not_hold_other_connections() {
    let (server, has_entered, release) = Running::start_gated(Limits::default(), 1);
    assert_eq!(server.client().request("GET /seen", &[], b"").status, 200);
    let mut call = server.client();
    call.send_request("GET /_idouble/journal", &[], b"");
    has_entered.recv_timeout(PATIENCE).expect("the call shows the entry");
    // The thread for long calls is busy. If a request thread parsed this body, it would refuse it at once.
    let body = [b"[".to_vec(), vec![b' '; 8 * 1024 * 1024 - 1]].concat();
    let mut refused = server.client();
    let headers = [("Content-Type", "application/json")];
    refused.send_request("POST /_idouble/stores", &headers, &body);
    refused.stream().set_read_timeout(Some(SHORT)).expect("a timeout can be set");
    for _ in 0..3 {
        assert_eq!(server.client().request("GET /a", &[], b"").text(), "GET /a 0");
        refused.stream().peek(&mut [0]).expect_err("it waits for the thread");
    }
    drop(release);
    refused.stream().set_read_timeout(Some(PATIENCE)).expect("a timeout can be set");
    assert_eq!(refused.reply().status, 400);
    assert_eq!(call.reply().status, 200);
}

#[test]
fn operations_are_answered_while_a_control_call_runs() {
    let (server, has_entered, release) = Running::start_gated(Limits::default(), 1);
    assert_eq!(server.client().request("GET /seen", &[], b"").status, 200);
    let mut control = server.client();
    control.send_request("GET /_idouble/journal", &[], b"");
    has_entered.recv_timeout(PATIENCE).expect("the call shows the entry");
    // It runs until it is released, and this server has one thread.
    for _ in 0..3 {
        assert_eq!(server.client().request("GET /a", &[], b"").text(), "GET /a 0");
    }
    drop(release);
    assert_eq!(control.reply().json()["entries"].as_array().map(Vec::len), Some(1));
}

#[test]
fn expect_100_is_answered_or_rejected() {
    let server = Running::start(Limits::default());
    let mut client = server.client();
    let start = "POST /a HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n";
    client.send(format!("{start}Content-Length: 3\r\n\r\n"));
    assert_eq!(client.reply().status, 100);
    client.send("abc");
    assert_eq!(client.reply().text(), "POST /a 3");
    let mut client = server.client();
    client.send(format!("{start}Content-Length: 9999999\r\n\r\n"));
    assert_eq!(client.reply().text(), "Body");
}

#[test]
fn panic_is_one_500() {
    let server = Running::start(Limits::default());
    let mut client = server.client();
    let reply = client.request("GET /panic", &[], b"");
    assert_eq!((reply.status, reply.header("x-form")), (500, Some("vendor")));
    assert_eq!(client.request("GET /a", &[], b"").status, 200);
    // The server catches a panic that the service does not.
    let reply = client.request("GET /panic-early", &[], b"");
    assert_eq!((reply.status, reply.header("x-form")), (500, None));
    assert!(reply.json()["message"].is_string());
    assert_eq!(client.end(), End::Closed);
    assert_eq!(server.client().request("GET /_idouble/health", &[], b"").status, 200);
}

#[test]
fn garbage_is_rejected() {
    let server = Running::start(Limits::default());
    for garbage in [
        "\x16\x03\x01\x02\x00\x01\x00\r\n\r\n",
        "GET\r\n\r\n",
        "GET /a HTTP/3\r\n\r\n",
        "\0\0\0\0\r\n\r\n",
    ] {
        let mut client = server.client();
        client.send(garbage);
        assert_eq!(client.reply().status, 400, "{garbage:?}");
        assert_eq!(client.end(), End::Closed);
    }
    let mut client = server.client();
    client.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    let reply = client.reply();
    assert_eq!((reply.status, reply.text()), (505, "this server speaks HTTP/1.1, not HTTP/2\n"));
    assert_eq!(client.end(), End::Closed);
    assert_eq!(server.client().request("GET /a", &[], b"").status, 200);
}

#[test]
fn stopping_answers_requests_under_way_and_closes_idle_connections() {
    let mut server = Running::start(Limits { drain: PATIENCE, ..Limits::default() });
    let mut idle = server.client();
    assert_eq!(idle.request("GET /a", &[], b"").status, 200);
    let mut busy = server.client();
    busy.send("POST /b HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n");
    busy.send("Expect: 100-continue\r\n\r\n");
    assert_eq!(busy.reply().status, 100);
    server.stop();
    assert_eq!(idle.end(), End::Closed);
    busy.send("ab");
    // The body may arrive before the connection learns of the stop. Then the response does not say that
    // the connection is closed.
    let reply = busy.reply();
    assert_eq!(reply.text(), "POST /b 2");
    assert!(reply.header("connection").is_none_or(|value| value == "close"));
    assert_eq!(busy.end(), End::Closed);
    assert_eq!(server.ended(), StopOutcome::Drained);
}

#[test]
fn stopping_cuts_requests_off_after_the_drain_time() {
    let mut server = Running::start(Limits { drain: SHORT, ..Limits::default() });
    let mut stuck = server.client();
    stuck.send("POST /b HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n");
    stuck.send("Expect: 100-continue\r\n\r\n");
    assert_eq!(stuck.reply().status, 100);
    let address = server.address;
    server.stop();
    assert_eq!(server.ended(), StopOutcome::TimedOut);
    stuck.rest();
    assert!(std::net::TcpStream::connect(address).is_err(), "the server has stopped");
}

#[test]
fn stopping_does_not_wait_for_a_control_call() {
    for threads in [1, 2] {
        let limits = Limits { drain: SHORT, ..Limits::default() };
        let (server, has_entered, release) = Running::start_gated(limits, threads);
        assert_eq!(server.client().request("GET /seen", &[], b"").status, 200);
        let mut call = server.client();
        call.send_request("GET /_idouble/journal", &[], b"");
        has_entered.recv_timeout(PATIENCE).expect("the call shows the entry");
        let (ended, outcome) = mpsc::channel();
        std::thread::spawn(move || ended.send(server.ended()));
        assert_eq!(outcome.recv_timeout(PATIENCE), Ok(StopOutcome::TimedOut));
        drop(release);
    }
}
