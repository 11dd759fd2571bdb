//! The baseline of the benchmark: a bare hyper server that reads the body and returns a given response.
//!
//! `bare_hyper ANSWERS`: a JSON file with a list of `{"status", "content_type", "body"}`, given in turn
//! on each connection. On the same threads and the same allocator as ours. Prints its address; ends
//! when its standard input does.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use idouble::internal::server::Workers;
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};

/// As in the binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

struct Answer {
    status: StatusCode,
    content_type: Option<String>,
    body: Bytes,
}

impl Answer {
    fn read(file: &str) -> std::io::Result<Arc<[Self]>> {
        let output: Vec<serde_json::Value> = serde_json::from_slice(&std::fs::read(file)?)?;
        let answer = |output: serde_json::Value| {
            let status = output["status"].as_u64().and_then(|status| u16::try_from(status).ok());
            let status = StatusCode::from_u16(status.expect("a number")).expect("a status");
            let content_type = output["content_type"].as_str().map(str::to_owned);
            let body = Bytes::from(output["body"].as_str().expect("a text").to_owned());
            Self { status, content_type, body }
        };
        Ok(output.into_iter().map(answer).collect())
    }

    fn response(&self) -> Response<Full<Bytes>> {
        let mut response = Response::builder().status(self.status);
        if let Some(content_type) = &self.content_type {
            response = response.header("content-type", content_type);
        }
        response.body(Full::new(self.body.clone())).expect("a response")
    }
}

async fn serve(stream: TcpStream, answers: Arc<[Answer]>) {
    let _ = stream.set_nodelay(true);
    let turn = AtomicUsize::new(0);
    let answer = async |request: Request<Incoming>| {
        let body = request.into_body().collect().await;
        std::hint::black_box(body.map(|body| body.to_bytes().len()).unwrap_or_default());
        let turn = turn.fetch_add(1, Ordering::Relaxed) % answers.len();
        Ok::<_, Infallible>(answers[turn].response())
    };
    let connection = hyper::server::conn::http1::Builder::new();
    let _ = connection.serve_connection(TokioIo::new(stream), service_fn(answer)).await;
}

async fn accept(listener: TcpListener, mut workers: Workers, answers: Arc<[Answer]>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let answers = answers.clone();
        let thread = workers.next_thread();
        workers.serve(thread, stream, |stream| serve(stream, answers));
    }
}

fn main() -> std::io::Result<()> {
    let file = std::env::args().nth(1).expect("a file of answers");
    let answers = Answer::read(&file)?;
    let threads = std::thread::available_parallelism().map_or(1, Into::into);
    let workers = Workers::start(threads)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        println!("bare hyper ready on http://{}", listener.local_addr()?);
        tokio::spawn(accept(listener, workers, answers));
        let mut rest = Vec::new();
        tokio::io::stdin().read_to_end(&mut rest).await.map(|_| ())
    })
}
