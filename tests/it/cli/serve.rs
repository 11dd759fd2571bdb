//! The binary as a process: what it prints, with which code it ends, and that it always ends.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::common::{Client, End, PATIENCE};

const BINARY: &str = env!("CARGO_BIN_EXE_idouble");

/// How long the binary lets requests under way take when it stops.
const DRAIN: Duration = Duration::from_secs(5);

/// A directory of one test, removed at its end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let path =
            std::env::temp_dir().join(format!("idouble-cli-{}-{number}", std::process::id()));
        fs::create_dir_all(&path).expect("a directory can be made");
        Self(path)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, text).expect("a file can be written");
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The binary with none of the variables of whoever runs the tests.
fn idouble(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(BINARY);
    command.args(args).current_dir(folder).stdin(Stdio::null());
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("IDOUBLE_") {
            command.env_remove(name);
        }
    }
    command
}

/// What it prints and how it ends, where it ends by itself.
#[track_caller]
fn output(folder: &Path, args: &[&str]) -> (i32, String, String) {
    let mut command = idouble(folder, args);
    command.env("IDOUBLE_EXIT_WITH_STDIN", "true");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the binary can be run");
    // Should it serve after all, it ends with its standard input, before long.
    let stdin = child.stdin.take();
    std::thread::spawn(move || {
        std::thread::sleep(PATIENCE);
        drop(stdin);
    });
    let ended = child.wait_with_output();
    let Output { status, stdout, stderr } = ended.expect("the binary can be run");
    let text = |bytes| String::from_utf8(bytes).expect("it prints text");
    (status.code().expect("it ends by itself"), text(stdout), text(stderr))
}

/// A server process, killed at the end of its test whatever happens, or when that takes too long.
struct Process {
    child: Arc<Mutex<Child>>,
    stdin: Option<ChildStdin>,
    _alive: mpsc::Sender<()>,
    stdout: BufReader<ChildStdout>,
    stderr: BufReader<ChildStderr>,
    ready: String,
    _folder: Folder,
}

impl Process {
    #[track_caller]
    fn start(args: &[&str]) -> Self {
        let folder = Folder::new();
        let command = idouble(&folder.0, &[&["serve", "--port", "0"], args].concat());
        Self::start_with(command, folder)
    }

    #[track_caller]
    fn start_with(mut command: Command, folder: Folder) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the binary can be run");
        let stdin = child.stdin.take();
        let stdout = BufReader::new(child.stdout.take().expect("it is piped"));
        let stderr = BufReader::new(child.stderr.take().expect("it is piped"));
        let child = Arc::new(Mutex::new(child));
        let (alive, watched) = mpsc::channel::<()>();
        let doomed = child.clone();
        std::thread::spawn(move || {
            if watched.recv_timeout(PATIENCE) == Err(mpsc::RecvTimeoutError::Timeout) {
                kill(&doomed);
            }
        });
        let ready = String::new();
        let mut process =
            Self { child, stdin, _alive: alive, stdout, stderr, ready, _folder: folder };
        process.stdout.read_line(&mut process.ready).expect("it prints text");
        assert!(process.ready.ends_with('\n'), "no ready line; {}", process.log());
        process
    }

    fn endpoint(&self) -> &str {
        let ready = self.ready.trim_end_matches('\n');
        ready.strip_prefix("idouble ready on ").expect("the ready line says where")
    }

    fn client(&self) -> Client {
        Client::of(self.endpoint())
    }

    fn pid(&self) -> u32 {
        self.child.lock().expect("nothing panics with it").id()
    }

    fn signal(&self, name: &str) {
        let pid = self.pid().to_string();
        let sent = Command::new("kill").args(["-s", name, &pid]).status();
        assert!(sent.expect("kill can be run").success());
    }

    /// Waits until the log has a line with these words.
    #[track_caller]
    fn wait_for_log(&mut self, words: &str) {
        let mut line = String::new();
        while !line.contains(words) {
            line.clear();
            let count = self.stderr.read_line(&mut line).expect("the log is text");
            assert!(count > 0, "the log ends without {words:?}");
        }
    }

    /// What is left of the log. Waits for its end.
    fn log(&mut self) -> String {
        let mut log = String::new();
        self.stderr.read_to_string(&mut log).expect("the log is text");
        log
    }

    /// Waits for the end; gives the code, and what stdout had beyond the ready line.
    #[track_caller]
    fn ended(&mut self) -> (i32, String) {
        let mut rest = String::new();
        self.stdout.read_to_string(&mut rest).expect("it prints text");
        let status = self.child.lock().expect("nothing panics with it").wait();
        let status = status.expect("it can be waited for");
        (status.code().expect("it was not killed"), rest)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        kill(&self.child);
    }
}

fn kill(child: &Mutex<Child>) {
    let mut child = child.lock().unwrap_or_else(PoisonError::into_inner);
    let _ = child.kill();
    let _ = child.wait();
}

/// A request that waits for the rest of its body.
fn half_sent(process: &Process) -> Client {
    let mut client = process.client();
    client.send("POST / HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n");
    client.send("Content-Length: 2\r\n\r\n");
    assert_eq!(client.reply().status, 100);
    client
}

#[test]
fn the_ready_line_is_true() {
    let mut process = Process::start(&[]);
    assert!(process.endpoint().starts_with("http://127.0.0.1:"), "{}", process.ready);
    let health = process.client().control("GET /health", "").json();
    assert_eq!((&health["status"], &health["ready"]), (&"ok".into(), &true.into()));
    process.signal("TERM");
    assert_eq!(process.ended(), (0, String::new()));
}

#[test]
fn serving_needs_no_command() {
    let folder = Folder::new();
    let command = idouble(&folder.0, &["--port=0", "--ready-json"]);
    let process = Process::start_with(command, folder);
    let ready: serde_json::Value = serde_json::from_str(&process.ready).expect("JSON");
    let port = ready["port"].as_u64().expect("a port");
    assert_eq!(ready["ready"], true);
    assert_eq!(ready["url"], format!("http://127.0.0.1:{port}"));
    assert_eq!(ready["pid"], process.pid());
    assert_eq!(
        Client::of(ready["url"].as_str().expect("a URL")).control("GET /health", "").status,
        200
    );
}

#[test]
fn the_port_is_written_down() {
    let folder = Folder::new();
    let path = folder.0.join("port");
    let process = Process::start(&["--port-file", path.to_str().expect("text")]);
    let port = fs::read_to_string(&path).expect("it is there once ready");
    assert!(process.endpoint().ends_with(&format!(":{}", port.trim())), "{port}");
    assert_eq!(
        fs::read_dir(&folder.0).expect("it is there").count(),
        1,
        "nothing is left beside it"
    );
    let nowhere = folder.0.join("no/port");
    let (code, out, error) =
        output(&folder.0, &["--port", "0", "--port-file", nowhere.to_str().expect("text")]);
    assert_eq!((code, out.as_str()), (1, ""));
    assert!(error.contains("no/port"), "{error}");
}

#[test]
fn signals_end_it_after_what_is_under_way() {
    // A server that inherits an ignored SIGHUP, as under `nohup`, keeps ignoring it.
    let hangup = (!crate::common::is_hangup_ignored()).then_some("HUP");
    for name in ["TERM", "INT"].into_iter().chain(hangup) {
        let mut process = Process::start(&[]);
        let mut idle = process.client();
        assert_eq!(idle.control("GET /health", "").status, 200);
        let mut busy = half_sent(&process);
        process.signal(name);
        assert_eq!(idle.end(), End::Closed);
        busy.send("{}");
        assert!(busy.reply().status >= 400, "a body alone is no request of either service");
        assert_eq!(process.ended().0, 0);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_hangup_that_the_parent_ignores_does_not_stop_the_server() {
    let folder = Folder::new();
    let mut command = Command::new("sh");
    // As `nohup` does.
    command.args(["-c", "trap '' HUP; exec \"$0\" --port 0", BINARY]).current_dir(&folder.0);
    let mut process = Process::start_with(command, folder);
    process.signal("HUP");
    assert_eq!(process.client().control("GET /health", "").status, 200);
    process.signal("TERM");
    assert_eq!(process.ended().0, 0);
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let mut process = Process::start(&[]);
    let _busy = half_sent(&process);
    process.signal("INT");
    process.wait_for_log("stopping");
    let begun = Instant::now();
    process.signal("INT");
    assert_eq!(process.ended().0, 1);
    assert!(begun.elapsed() < DRAIN, "{:?}", begun.elapsed());
}

#[test]
fn it_ends_with_its_standard_input_where_asked_to() {
    let mut process = Process::start(&["--exit-with-stdin"]);
    let _busy = half_sent(&process);
    let begun = Instant::now();
    drop(process.stdin.take());
    assert_eq!(process.ended().0, 0);
    assert!(begun.elapsed() < DRAIN / 2, "{:?}", begun.elapsed());

    let mut process = Process::start(&[]);
    drop(process.stdin.take());
    assert_eq!(process.client().control("GET /health", "").status, 200);
}

#[test]
fn wrong_usage_is_2_and_wrong_files_are_3() {
    let folder = Folder::new();
    let port = ["--port", "99999"];
    for args in [&["--nonsense"][..], &port, &["nonsense"], &["--fault", "aws:Nope=throttle"]] {
        let (code, out, error) = output(&folder.0, args);
        assert_eq!((code, out.as_str()), (2, ""), "{args:?}");
        assert!(error.starts_with("error: "), "{error}");
    }
    let config = folder.write("bad.toml", "seed = 7\nprot = 1\n\n[[fault]]\non = \"aws:Nope\"\n");
    let config = config.to_str().expect("text");
    for command in ["serve", "check"] {
        let (code, out, error) = output(&folder.0, &[command, "--config", config]);
        assert_eq!((code, out.as_str()), (3, ""));
        assert!(error.contains("bad.toml:2:1: ") && error.contains("2 | prot = 1"), "{error}");
        assert!(error.contains("^^^^"), "{error}");
    }
    let rules = folder.write("rules.toml", "[[fault]]\non = \"aws:Nope\"\ndo = \"throttle\"\n");
    let (code, _, error) = output(&folder.0, &["check", "--config", rules.to_str().expect("text")]);
    assert_eq!(code, 3);
    assert!(error.contains("rules.toml:2:"), "{error}");
    let rule = "[[fault]]\nid = \"twice\"\non = \"read\"\ndo = \"throttle\"\n";
    let rules = folder.write("rules.toml", &rule.repeat(2));
    let (code, _, error) = output(&folder.0, &["check", "--config", rules.to_str().expect("text")]);
    assert_eq!(code, 3);
    assert!(error.contains("rules.toml:6:6: two rules are called `twice`"), "{error}");
}

#[test]
fn an_invalid_fixture_is_reported_before_a_port_in_use() {
    let folder = Folder::new();
    folder.write("bad.toml", "[[store]]\nid = 1\n");
    folder.write("good.toml", "[[store]]\nid = \"d-00000000aa\"\n");
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port can be had");
    let port = taken.local_addr().expect("it has an address").port().to_string();
    for (file, expected) in [("missing.toml", 3), ("bad.toml", 3), ("good.toml", 5)] {
        let (code, out, error) = output(&folder.0, &["--port", &port, "--fixture", file]);
        assert_eq!((code, out.as_str()), (expected, ""), "{error}");
        assert_eq!(error.contains(file), expected == 3, "{error}");
    }
}

#[test]
fn a_taken_port_is_5() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port can be had");
    let port = taken.local_addr().expect("it has an address").port().to_string();
    let (code, out, error) = output(&Folder::new().0, &["--port", &port]);
    assert_eq!((code, out.as_str()), (5, ""));
    assert!(error.contains(&format!("127.0.0.1:{port} is taken")), "{error}");
}

#[test]
fn ipv4_mapped_loopback_address_is_loopback() {
    let mut process = Process::start(&["--host", "::ffff:127.0.0.1"]);
    assert_eq!(process.client().control("GET /health", "").status, 200);
    process.signal("TERM");
    let log = process.log();
    assert!(!log.contains("WARN"), "{log}");
    assert_eq!(process.ended().0, 0);
}

#[test]
fn listening_beyond_this_machine_is_warned_of() {
    let mut process = Process::start(&["--host", "0.0.0.0"]);
    process.wait_for_log("WARN");
    assert_eq!(process.client().control("GET /health", "").status, 200);
    process.signal("TERM");
    assert_eq!(process.ended().0, 0);
}

#[test]
fn variables_that_look_like_ours_and_are_not_are_warned_of() {
    let folder = Folder::new();
    let mut command = idouble(&folder.0, &["--port=0"]);
    command.env("IDOUBLE_PROT", "1");
    Process::start_with(command, folder).wait_for_log("did you mean IDOUBLE_PORT?");
}

/// Asks for what the log might tell of: control characters in a path, a signature, a password.
fn ask_for_trouble(process: &Process) {
    let headers = [
        ("X-Amz-Target", "AWSIdentityStore.CreateUser\u{9b}31m"),
        ("Content-Type", "application/x-amz-json-1.1"),
        ("Authorization", "AWS4-HMAC-SHA256 Credential=AKID/x, Signature=sig-secret"),
        ("X-Amz-Security-Token", "token-secret"),
        ("X-Idouble-Fault", "nonsense\u{9b}31m"),
    ];
    process.client().request("POST /", &headers, br#"{"Password":"body-secret\u001b[31m\n"}"#);
    process.client().request("GET /%1b%0a%0d", &headers[2..], b"");
    let mut client = process.client();
    client.send("GET /\u{1b}[31m HTTP/1.1\r\nHost: \u{1b}\r\n\r\n");
    client.rest();
}

#[test]
fn the_log_is_of_lines_without_secrets_or_control_characters() {
    for format in ["text", "json"] {
        let mut process = Process::start(&["--log=trace", "--log-format", format]);
        ask_for_trouble(&process);
        process.signal("TERM");
        let log = process.log();
        assert_eq!(process.ended().0, 0);
        assert!(!log.contains("secret"), "{log}");
        assert!(!log.chars().any(|letter| letter.is_control() && letter != '\n'), "{log:?}");
        assert!(log.contains("answered"), "{log}");
        if format == "json" {
            for line in log.lines() {
                let event: serde_json::Value = serde_json::from_str(line).expect(line);
                assert!(event["level"].is_string() && event["message"].is_string(), "{line}");
            }
        }
    }
}

#[test]
fn check_tells_what_it_checked_and_starts_nothing() {
    let folder = Folder::new();
    folder
        .write("idouble.toml", "port = 1\n[[fault]]\non = \"aws:UpdateUser\"\ndo = \"throttle\"\n");
    let (code, out, error) = output(&folder.0, &["check", "--fault", "read=internal@0.1"]);
    assert_eq!((code, error.as_str()), (0, ""));
    assert!(out.contains("configuration: ok") && out.contains("fault rules: ok, 2 rules"), "{out}");
}

#[test]
fn config_show_names_the_source_of_each_value() {
    let folder = Folder::new();
    folder.write("idouble.toml", "seed = 9\n");
    let mut command = idouble(&folder.0, &["config", "show", "--port", "1"]);
    let out = command.env("IDOUBLE_LOG", "debug").output().expect("the binary can be run");
    let out = String::from_utf8(out.stdout).expect("text");
    let line = |start: &str| out.lines().find(|line| line.starts_with(start)).expect(start);
    assert!(line("port = 1 ").ends_with("# --port"), "{out}");
    assert!(line("log = \"debug\"").ends_with("# IDOUBLE_LOG"), "{out}");
    assert!(line("seed = 9").contains("idouble.toml"), "{out}");
    assert!(line("host = ").ends_with("# default"), "{out}");
}

#[test]
fn env_is_for_a_shell_to_evaluate() {
    let folder = Folder::new();
    let shell = |args: &str, name: &str| {
        let script = format!("eval \"$('{BINARY}' env {args})\"; printf %s \"${name}\"");
        let out = Command::new("sh").args(["-c", &script]).current_dir(&folder.0).output();
        String::from_utf8(out.expect("a shell can be run").stdout).expect("text")
    };
    let (aws, huawei) =
        ("AWS_ENDPOINT_URL_IDENTITYSTORE", "HUAWEICLOUD_SDK_REGION_IDENTITYCENTERSTORE_CN_NORTH_4");
    assert_eq!(shell("--port 1234", aws), "http://127.0.0.1:1234");
    assert_eq!(shell("--url 'http://a; touch b'", huawei), "http://a; touch b");
    assert!(!folder.0.join("b").exists());
    folder.write("idouble.toml", "port = 4321\n");
    assert_eq!(shell("", huawei), "http://127.0.0.1:4321");
    for name in [
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_REGION",
        "HUAWEICLOUD_SDK_AK",
        "HUAWEICLOUD_SDK_SK",
    ] {
        assert_ne!(shell("", name), "", "{name}");
    }
}

#[test]
fn healthcheck_asks_the_server() {
    let process = Process::start(&[]);
    let port = process.endpoint().rsplit(':').next().expect("it has a port").to_owned();
    let folder = Folder::new();
    let (code, out, _) = output(&folder.0, &["healthcheck", "--port", &port]);
    assert_eq!(code, 0);
    assert!(out.contains("\"ready\":true"), "{out}");
    let (code, _, _) = output(&folder.0, &["healthcheck", "--url", process.endpoint()]);
    assert_eq!(code, 0);

    // Where a free port was taken, it is where the server has written it.
    folder.write("port", &format!("{port}\n"));
    folder.write("idouble.toml", "port = 0\nport_file = \"port\"\n");
    assert_eq!(output(&folder.0, &["healthcheck"]).0, 0);

    drop(process);
    let (code, out, error) = output(&folder.0, &["healthcheck", "--port", &port]);
    assert_eq!((code, out.as_str()), (1, ""));
    assert!(error.contains(&port), "{error}");
    assert_eq!(output(&folder.0, &["healthcheck", "--url", "ftp://x"]).0, 2);
}

/// Something that takes connections and never answers.
fn mute() -> (u16, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port can be had");
    let port = listener.local_addr().expect("it has an address").port();
    let thread = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("the health check comes");
        let _ = stream.read_to_end(&mut Vec::new());
    });
    (port, thread)
}

#[test]
fn healthcheck_does_not_wait_for_ever() {
    let (port, thread) = mute();
    let begun = Instant::now();
    let folder = Folder::new();
    assert_eq!(output(&folder.0, &["healthcheck", "--port", &port.to_string()]).0, 1);
    assert!(begun.elapsed() < PATIENCE);
    thread.join().expect("nothing fails there");
}

#[test]
fn running_out_of_files_is_survived() {
    // How many files it has open follows from the machine's processors and from whoever started it.
    let calm = Process::start(&[]);
    let open = fs::read_dir(format!("/proc/{}/fd", calm.pid())).map_or(60, Iterator::count);
    let folder = Folder::new();
    let mut command = Command::new("sh");
    let script = format!("ulimit -n {}; exec \"$0\" --port 0", open + 4);
    command.args(["-c", &script, BINARY]).current_dir(&folder.0);
    let mut process = Process::start_with(command, folder);
    let crowd: Vec<_> = (0..80).map(|_| process.client()).collect();
    process.wait_for_log("cannot accept");
    drop(crowd);
    assert_eq!(process.client().control("GET /health", "").status, 200);
    process.signal("TERM");
    process.log();
    assert_eq!(process.ended().0, 0);
}
