//! A server process of one test.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, mpsc};

use tempfile::TempDir;

use super::command;
use crate::common::{Client, PATIENCE};

/// A server process. It is killed when this is dropped, or when it takes too long.
pub struct Process {
    child: Arc<Mutex<Child>>,
    stdin: Option<ChildStdin>,
    _alive: mpsc::Sender<()>,
    stdout: BufReader<ChildStdout>,
    stderr: BufReader<ChildStderr>,
    ready: String,
    folder: TempDir,
}

impl Process {
    /// `idouble serve --port 0` in an empty folder.
    #[track_caller]
    pub fn start(args: &[&str]) -> Self {
        Self::start_in(super::folder(&[]), args)
    }

    /// `idouble serve --port 0` in a folder.
    #[track_caller]
    pub fn start_in(folder: TempDir, args: &[&str]) -> Self {
        let command = command(folder.path(), &[&["serve", "--port", "0"], args].concat());
        Self::start_with(command, folder)
    }

    /// A command that prints a ready line.
    #[track_caller]
    pub fn start_with(mut command: Command, folder: TempDir) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the binary can be run");
        let stdin = child.stdin.take();
        let stdout = BufReader::new(child.stdout.take().expect("it is piped"));
        let stderr = BufReader::new(child.stderr.take().expect("it is piped"));
        let child = Arc::new(Mutex::new(child));
        let (alive, is_alive) = mpsc::channel::<()>();
        let watched = child.clone();
        std::thread::spawn(move || {
            if is_alive.recv_timeout(PATIENCE) == Err(mpsc::RecvTimeoutError::Timeout) {
                kill(&watched);
            }
        });
        let ready = String::new();
        let mut process = Self { child, stdin, _alive: alive, stdout, stderr, ready, folder };
        process.stdout.read_line(&mut process.ready).expect("it prints text");
        assert!(process.ready.ends_with('\n'), "no ready line; {}", process.log());
        process
    }

    /// The line that it printed first.
    pub fn ready(&self) -> &str {
        &self.ready
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    #[track_caller]
    pub fn endpoint(&self) -> &str {
        let ready = self.ready.trim_end_matches('\n');
        ready.strip_prefix("idouble ready on ").expect("the ready line names the endpoint")
    }

    #[track_caller]
    pub fn client(&self) -> Client {
        Client::of(self.endpoint())
    }

    pub fn pid(&self) -> u32 {
        self.child.lock().expect("nothing panics with it").id()
    }

    pub fn signal(&self, name: &str) {
        let pid = self.pid().to_string();
        let sent = Command::new("kill").args(["-s", name, &pid]).status();
        assert!(sent.expect("kill can be run").success());
    }

    /// Closes standard input.
    pub fn close_stdin(&mut self) {
        drop(self.stdin.take());
    }

    /// The next line of the log that contains these words, and the lines before it.
    #[track_caller]
    pub fn log_until(&mut self, words: &str) -> String {
        let mut log = String::new();
        loop {
            let start = log.len();
            let count = self.stderr.read_line(&mut log).expect("the log is text");
            assert!(count > 0, "the log ends without {words:?}: {log}");
            if log[start..].contains(words) {
                return log;
            }
        }
    }

    /// The rest of the log. Waits for its end.
    pub fn log(&mut self) -> String {
        let mut log = String::new();
        self.stderr.read_to_string(&mut log).expect("the log is text");
        log
    }

    /// Waits for the end; returns the exit code, and what follows the ready line.
    #[track_caller]
    pub fn ended(&mut self) -> (i32, String) {
        let mut rest = String::new();
        self.stdout.read_to_string(&mut rest).expect("it prints text");
        let status = self.child.lock().expect("nothing panics with it").wait();
        let status = status.expect("it can be waited for");
        (status.code().expect("it was not killed"), rest)
    }
}

impl Process {
    /// Kills the server, and keeps its folder.
    pub fn killed(&mut self) -> TempDir {
        kill(&self.child);
        std::mem::replace(&mut self.folder, super::folder(&[]))
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
