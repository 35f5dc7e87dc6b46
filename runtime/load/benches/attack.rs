//! Requests per second of CPU time: this engine, `hey` and `wrk` against the same small server, in turns.
//!
//! Server and engine run in processes of their own (this binary, started again), so that each one's CPU time can
//! be told apart. Only ratios of one run mean something.
#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, reason = "a benchmark talks to people")]

use std::error::Error;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use servo_load::{Options, Pace, Target, attack};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

const ROUNDS: usize = 5;
const SECONDS: u64 = 3;
const CONNECTIONS: usize = 16;
/// Of the comparison at one rate, far below what the machine can do.
const RATE: usize = 4000;
const ANSWER: &[u8] =
    b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 13\r\n\r\nHello, world!";
/// What `/proc` counts CPU time in, on every Linux that matters.
const TICKS_PER_SECOND: f64 = 100.0;

type Failure = Box<dyn Error>;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["serve"] => serve(),
        ["attack", url, workers, pace] => attack_once(url, workers.parse()?, pace),
        _ => compare(),
    }
}

/// One way to make load.
struct Contender {
    name: &'static str,
    program: String,
    arguments: Vec<String>,
    /// Requests, from what the program printed.
    count: fn(&str) -> Option<f64>,
    /// The median latency, likewise and in the program's own words.
    latency: fn(&str) -> Option<String>,
    results: Vec<(f64, f64)>,
    last_latency: Option<String>,
}

fn compare() -> Result<(), Failure> {
    let (mut server, url) = start_server()?;
    let result = rounds(&url);
    server.kill()?;
    server.wait()?;
    result
}

fn rounds(url: &str) -> Result<(), Failure> {
    let mut closed = vec![
        ours(url, "ours", "1", "closed")?,
        ours(url, "ours, 2 threads", "2", "closed")?,
        hey(url, "hey", &[]),
        hey(url, "hey -cpus 1", &["-cpus", "1"]),
        wrk(url),
    ];
    let each = (RATE / CONNECTIONS).to_string();
    let rate = format!("{RATE}/1s");
    let mut open = vec![ours(url, "ours", "1", &rate)?, hey(url, "hey", &["-q", &each])];
    println!("closed loop, {CONNECTIONS} connections, one small GET, {ROUNDS} rounds of {SECONDS} s");
    match run_and_print(&mut closed)? {
        Some(ratio) if ratio >= 2.0 => println!("  bar met: {ratio:.2}x hey, at least 2x asked"),
        Some(ratio) => println!("  bar NOT met: {ratio:.2}x hey, at least 2x asked"),
        None => println!("  bar not judged, because hey is missing"),
    }
    println!("{RATE} requests per second (ours: open loop, latency from the due moment; hey: -q)");
    println!(
        "  at such a rate every request wakes a sleeping thread, which is what most of the CPU time goes into"
    );
    run_and_print(&mut open)?;
    Ok(())
}

/// How often ours is better than `hey` in its better form; nothing without `hey`.
fn run_and_print(contenders: &mut Vec<Contender>) -> Result<Option<f64>, Failure> {
    contenders.retain(|contender| {
        let found = installed(&contender.program);
        if !found {
            println!("  {} is not installed and left out: apt-get install hey wrk", contender.name);
        }
        found
    });
    for _ in 0..ROUNDS {
        for contender in contenders.iter_mut() {
            measure(contender)?;
        }
    }
    let ours = contenders.first().map_or(0.0, Contender::per_cpu_second);
    for contender in contenders.iter() {
        let own = contender.per_cpu_second();
        let (rate, name) = (contender.per_second(), contender.name);
        let ratio = ours / own;
        let latency = contender.last_latency.as_deref().unwrap_or("unknown");
        println!(
            "  {name:<16} {own:>9.0} requests/CPU second {rate:>9.0} requests/s  median {latency:<11} ours is {ratio:.2}x"
        );
    }
    let best = contenders.iter().filter(|contender| contender.program == "hey");
    let best = best.map(Contender::per_cpu_second).fold(0.0, f64::max);
    Ok((best > 0.0).then_some(ours / best))
}

fn installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

impl Contender {
    fn per_cpu_second(&self) -> f64 {
        median(self.results.iter().map(|(requests, cpu)| requests / cpu))
    }

    fn per_second(&self) -> f64 {
        median(self.results.iter().map(|(requests, _)| requests / SECONDS as f64))
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

fn ours(url: &str, name: &'static str, workers: &str, pace: &str) -> Result<Contender, Failure> {
    let program = std::env::current_exe()?.to_string_lossy().into_owned();
    let arguments = ["attack", url, workers, pace].map(str::to_owned).to_vec();
    let count = |text: &str| text.split_whitespace().next()?.parse().ok();
    let latency = |text: &str| text.split_whitespace().nth(1).map(str::to_owned);
    Ok(Contender { name, program, arguments, count, latency, results: Vec::new(), last_latency: None })
}

fn hey(url: &str, name: &'static str, more: &[&str]) -> Contender {
    let (seconds, connections) = (format!("{SECONDS}s"), CONNECTIONS.to_string());
    let mut arguments = vec!["-z", &seconds, "-c", &connections, "-disable-compression"];
    arguments.extend_from_slice(more);
    arguments.push(url);
    let arguments = arguments.into_iter().map(str::to_owned).collect();
    let count = |text: &str| word_after(text, "[200]")?.parse().ok();
    let latency = |text: &str| {
        let seconds: f64 = word_after(text, " 50% in")?.parse().ok()?;
        Some(format!("{:?}", Duration::from_secs_f64(seconds)))
    };
    let program = "hey".to_owned();
    Contender { name, program, arguments, count, latency, results: Vec::new(), last_latency: None }
}

fn wrk(url: &str) -> Contender {
    let (seconds, connections) = (format!("-d{SECONDS}s"), format!("-c{CONNECTIONS}"));
    let arguments = ["-t1", &connections, &seconds, "--latency", url].map(str::to_owned).to_vec();
    let count = |text: &str| {
        let line = text.lines().find(|line| line.contains(" requests in "))?;
        line.split_whitespace().next()?.parse().ok()
    };
    let latency = |text: &str| word_after(text, " 50%").map(str::to_owned);
    let (name, program) = ("wrk", "wrk".to_owned());
    Contender { name, program, arguments, count, latency, results: Vec::new(), last_latency: None }
}

fn word_after<'a>(text: &'a str, label: &str) -> Option<&'a str> {
    text.split_once(label)?.1.split_whitespace().next()
}

/// Runs once and keeps requests and seconds of CPU time.
fn measure(contender: &mut Contender) -> Result<(), Failure> {
    let before = children_cpu()?;
    let output = Command::new(&contender.program).args(&contender.arguments).output()?;
    let cpu = children_cpu()? - before;
    let text = String::from_utf8_lossy(&output.stdout);
    let requests = (contender.count)(&text).ok_or_else(|| {
        let errors = String::from_utf8_lossy(&output.stderr);
        format!("{}: no count in\n{text}{errors}", contender.name)
    })?;
    contender.results.push((requests, cpu));
    contender.last_latency = (contender.latency)(&text);
    Ok(())
}

/// CPU seconds of the children that have ended.
fn children_cpu() -> Result<f64, Failure> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let (_, fields) = stat.rsplit_once(") ").ok_or("unknown form of /proc/self/stat")?;
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let ticks = |index: usize| fields.get(index).and_then(|field| field.parse::<f64>().ok());
    let (user, system) = ticks(13).zip(ticks(14)).ok_or("too few fields in /proc/self/stat")?;
    Ok((user + system) / TICKS_PER_SECOND)
}

fn start_server() -> Result<(Child, String), Failure> {
    let mut child = Command::new(std::env::current_exe()?)
        .arg("serve")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let output = child.stdout.take().ok_or("the server has no output")?;
    let mut line = String::new();
    BufReader::new(output).read_line(&mut line)?;
    Ok((child, format!("http://{}/", line.trim())))
}

fn serve() -> Result<(), Failure> {
    // Its end is the end of whoever started the server, in whatever way.
    std::thread::spawn(|| {
        let _ = std::io::stdin().read_line(&mut String::new());
        std::process::exit(0);
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        println!("{}", listener.local_addr()?);
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            tokio::spawn(answer(stream));
        }
    })
}

/// One request at a time, as all contenders send them: what ends a read ends a request.
async fn answer(mut stream: TcpStream) {
    let mut buffer = [0; 4096];
    while matches!(stream.read(&mut buffer).await, Ok(read) if read > 0) {
        if stream.write_all(ANSWER).await.is_err() {
            break;
        }
    }
}

fn attack_once(url: &str, workers: usize, pace: &str) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let duration = Duration::from_secs(SECONDS);
    let options = match pace {
        "closed" => Options { pace: Pace::Closed, connections: CONNECTIONS, ..Options::default() },
        rate => Options { pace: Pace::Constant(rate.parse()?), ..Options::default() },
    };
    let options = Options { workers, duration, ..options };
    let targets = [Target::get(url.parse()?)];
    let (progress, _) = tokio::sync::mpsc::channel(1);
    let report = runtime.block_on(attack(options, &targets, progress, CancellationToken::new()))?;
    // Late requests are the machine's doing while it is shared; they count, from when they were due.
    if report.success < 1.0 || report.missed > 0 {
        return Err(report.to_string().into());
    }
    println!("{} {:?}", report.requests, report.latencies.p50);
    Ok(())
}
