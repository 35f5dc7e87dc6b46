//! Running programs: a clean environment, captured output, a deadline, signals, and no survivors: a program is killed
//! with everything it started when its handle is dropped.

use std::ffi::OsStr;
use std::io::{Read, Write as _};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use crate::eventually::nap;

/// The longest a program runs unless it is told otherwise.
const TIMEOUT: Duration = Duration::from_secs(60);

/// A program that is about to be started. It inherits nothing but `PATH`.
#[derive(Debug)]
#[must_use]
pub struct Program {
    command: Command,
    stdin: Vec<u8>,
    timeout: Duration,
}

/// A program that was started.
#[derive(Debug)]
pub struct Running {
    child: Child,
    stdout: Capture,
    stderr: Capture,
    began: Instant,
    timeout: Duration,
    shown: String,
}

/// How a program ended.
#[derive(Debug, Clone)]
pub struct Finished {
    /// The exit code, unless a signal ended it.
    pub code: Option<i32>,
    /// The number of the signal that ended it.
    pub signal: Option<i32>,
    /// Everything it wrote to stdout.
    pub stdout: String,
    /// Everything it wrote to stderr.
    pub stderr: String,
    /// How long it ran.
    pub took: Duration,
    shown: String,
}

/// The path of the program `name`.
///
/// # Panics
/// When it is neither on `PATH` nor in `/usr/sbin`; the message names the Debian `package` that has it.
#[must_use]
pub fn installed(name: &str, package: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    // Debian keeps servers where only root looks.
    let folders = std::env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]);
    let found = folders.map(|folder| folder.join(name)).find(|path| path.is_file());
    found
        .unwrap_or_else(|| panic!("{name} is not installed: run `apt-get install {package}` or `make setup`"))
}

impl Program {
    /// The program at `path`, in the current directory, without arguments.
    pub fn new(path: impl AsRef<OsStr>) -> Program {
        let mut command = Command::new(path);
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        Program { command, stdin: Vec::new(), timeout: TIMEOUT }
    }

    /// Adds an argument.
    pub fn arg(mut self, argument: impl AsRef<OsStr>) -> Program {
        self.command.arg(argument);
        self
    }

    /// Adds arguments.
    pub fn args(mut self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Program {
        self.command.args(arguments);
        self
    }

    /// Sets an environment variable.
    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Program {
        self.command.env(name, value);
        self
    }

    /// Removes an environment variable.
    pub fn env_remove(mut self, name: impl AsRef<OsStr>) -> Program {
        self.command.env_remove(name);
        self
    }

    /// Sets the directory it runs in.
    pub fn directory(mut self, path: impl AsRef<Path>) -> Program {
        self.command.current_dir(path);
        self
    }

    /// Sets what it reads from stdin; without this it reads nothing.
    pub fn stdin(mut self, text: impl Into<Vec<u8>>) -> Program {
        self.stdin = text.into();
        self
    }

    /// Sets how long it may run before it is killed and the test fails.
    pub fn timeout(mut self, timeout: Duration) -> Program {
        self.timeout = timeout;
        self
    }

    /// Starts it as the leader of its own process group.
    ///
    /// # Panics
    /// When it cannot be started.
    #[track_caller]
    pub fn start(mut self) -> Running {
        let words: Vec<&OsStr> =
            [self.command.get_program()].into_iter().chain(self.command.get_args()).collect();
        let shown = words.join(OsStr::new(" ")).to_string_lossy().into_owned();
        self.command.process_group(0).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.command.spawn().unwrap_or_else(|error| panic!("cannot start {shown}: {error}"));
        let (stdin, text) = (child.stdin.take(), self.stdin);
        // A program that does not read must not stop the test, so this is left to a thread.
        std::thread::spawn(move || stdin.map(|mut stdin| stdin.write_all(&text)));
        let (stdout, stderr) = (Capture::start(child.stdout.take()), Capture::start(child.stderr.take()));
        Running { child, stdout, stderr, began: Instant::now(), timeout: self.timeout, shown }
    }

    /// Starts it and waits for its end.
    ///
    /// # Panics
    /// When it cannot be started or does not end in time.
    #[track_caller]
    pub fn run(self) -> Finished {
        self.start().wait()
    }
}

impl Running {
    /// Its process number.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends it a signal. Nothing happens if it has ended.
    pub fn signal(&self, signal: Signal) {
        let _ = kill_process(self.pid(), signal);
    }

    /// Sends a signal to it and to everything it started: what a terminal does on ctrl-C.
    pub fn signal_group(&self, signal: Signal) {
        let _ = kill_process_group(self.pid(), signal);
    }

    /// What it has written to stdout so far.
    #[must_use]
    pub fn stdout(&self) -> String {
        self.stdout.text()
    }

    /// What it has written to stderr so far.
    #[must_use]
    pub fn stderr(&self) -> String {
        self.stderr.text()
    }

    /// Waits until `probe` finds what it looks for in what the program has written to stdout and stderr so far.
    ///
    /// # Panics
    /// When the program ends or its time is over before that; the message shows its output.
    #[track_caller]
    pub fn wait_for<T>(&mut self, what: &str, mut probe: impl FnMut(&str, &str) -> Option<T>) -> T {
        loop {
            // Asked first, so that what a program writes just before its end is still seen.
            let ended = self.child.try_wait().unwrap().is_some();
            if ended {
                self.stdout.finish();
                self.stderr.finish();
            }
            let (stdout, stderr) = (self.stdout(), self.stderr());
            if let Some(found) = probe(&stdout, &stderr) {
                return found;
            }
            let shown = &self.shown;
            let outputs = || format!("\n--- stdout\n{stdout}\n--- stderr\n{stderr}");
            assert!(!ended, "{shown} ended before {what}{}", outputs());
            assert!(self.began.elapsed() < self.timeout, "{shown}: waited in vain for {what}{}", outputs());
            nap(Duration::from_millis(5));
        }
    }

    /// Waits for its end.
    ///
    /// # Panics
    /// When it does not end in time; the message shows its output.
    #[track_caller]
    pub fn wait(mut self) -> Finished {
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            if self.began.elapsed() >= self.timeout {
                let (stdout, stderr) = (self.stdout(), self.stderr());
                let (shown, timeout) = (&self.shown, self.timeout);
                panic!("{shown} did not end within {timeout:?}\n--- stdout\n{stdout}\n--- stderr\n{stderr}");
            }
            nap(Duration::from_millis(2));
        };
        let took = self.began.elapsed();
        // Whatever it left behind would keep the pipes open.
        self.signal_group(Signal::KILL);
        self.stdout.finish();
        self.stderr.finish();
        Finished {
            code: status.code(),
            signal: status.signal(),
            stdout: self.stdout(),
            stderr: self.stderr(),
            took,
            shown: self.shown.clone(),
        }
    }

    fn pid(&self) -> Pid {
        Pid::from_raw(self.child.id() as i32).expect("a process has a number")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.signal_group(Signal::KILL);
        let _ = self.child.wait();
    }
}

impl Finished {
    /// Itself, if it ended with `code`.
    ///
    /// # Panics
    /// Otherwise; the message shows its output.
    #[track_caller]
    pub fn expect(self, code: i32) -> Finished {
        let Finished { shown, code: found, signal, stdout, stderr, .. } = &self;
        assert!(
            *found == Some(code),
            "{shown}: expected exit code {code}, found {found:?} (signal {signal:?})\n--- stdout\n{stdout}\n--- stderr\n{stderr}"
        );
        self
    }
}

/// The most that is kept of one stream; a program that writes more than this is broken.
const CAPTURE_MAX: usize = 32 * 1024 * 1024;

#[derive(Debug)]
struct Capture {
    bytes: Arc<Mutex<Vec<u8>>>,
    reader: Option<JoinHandle<()>>,
}

impl Capture {
    fn start(stream: Option<impl Read + Send + 'static>) -> Capture {
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&bytes);
        let reader = std::thread::spawn(move || {
            let Some(mut stream) = stream else { return };
            let mut piece = [0; 8 * 1024];
            while let Ok(length @ 1..) = stream.read(&mut piece) {
                let mut kept = kept.lock().unwrap();
                let room = CAPTURE_MAX - kept.len();
                kept.extend_from_slice(&piece[..length.min(room)]);
            }
        });
        Capture { bytes, reader: Some(reader) }
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes.lock().unwrap()).into_owned()
    }

    /// Reads to the end of the stream, unless somebody else holds it open.
    fn finish(&mut self) {
        let began = Instant::now();
        while let Some(reader) = &self.reader {
            if reader.is_finished() || began.elapsed() > Duration::from_secs(2) {
                self.reader = None;
            } else {
                nap(Duration::from_millis(1));
            }
        }
    }
}

#[cfg(test)]
mod tests;
