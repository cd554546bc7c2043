//! Answering CloudFormation: one PUT to a pre-signed URL.

use std::time::Duration;

use http::Request;
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use yakei_host::run::{Failure, Why};

const TRIES: u32 = 3;
const PAUSE: Duration = Duration::from_secs(1);

/// Puts the body to the URL.
///
/// # Errors
/// [`Failure`] `NotAnswered` when the URL took it in none of three tries; Lambda then runs the event again.
pub async fn put(url: &str, body: &str) -> Result<(), Failure> {
    let mut last = Failure::new(Why::NotAnswered, "never tried");
    for attempt in 1..=TRIES {
        match once(url, body).await {
            Ok(()) => return Ok(()),
            Err(failure) => {
                tracing::warn!(%failure, attempt, "CloudFormation was not answered");
                last = failure;
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
    Err(last)
}

async fn once(url: &str, body: &str) -> Result<(), Failure> {
    let failed = |why: &dyn std::fmt::Display| {
        Failure::new(Why::NotAnswered, format_args!("CloudFormation's response URL: {why}"))
    };
    let tls = rustls::crypto::ring::default_provider();
    let connector = HttpsConnectorBuilder::new().with_provider_and_native_roots(tls).map_err(|e| failed(&e))?;
    let client = Client::builder(TokioExecutor::new()).build(connector.https_or_http().enable_http1().build());
    // The URL is signed for an empty content type.
    let request = Request::put(url).header("content-type", "").body(body.to_owned()).map_err(|e| failed(&e))?;
    let answer = tokio::time::timeout(Duration::from_secs(5), client.request(request)).await;
    let answer = answer.map_err(|e| failed(&e))?.map_err(|e| failed(&e))?;
    if answer.status().is_success() { Ok(()) } else { Err(failed(&answer.status())) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read as _, Write as _};

    /// Takes one request and answers with the status.
    fn serve(status: &'static str, times: usize) -> (String, std::thread::JoinHandle<Vec<String>>) {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/stack?signature=x", listener.local_addr().unwrap());
        let served = std::thread::spawn(move || {
            let take = |_| {
                let (mut stream, _) = listener.accept().unwrap();
                let (mut text, mut buffer) = (String::new(), [0; 4096]);
                while !text.ends_with("{}") {
                    let read = stream.read(&mut buffer).unwrap();
                    text.push_str(&String::from_utf8_lossy(&buffer[..read]));
                }
                write!(stream, "HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").unwrap();
                text
            };
            (0..times).map(take).collect()
        });
        (url, served)
    }

    #[tokio::test]
    async fn the_answer_is_put_without_a_content_type() {
        let (url, served) = serve("200 OK", 1);
        put(&url, "{}").await.unwrap();
        let request = served.join().unwrap().remove(0);
        assert!(request.starts_with("PUT /stack?signature=x HTTP/1.1\r\n"), "{request}");
        assert!(request.contains("content-type: \r\n"), "{request}");
    }

    #[tokio::test]
    async fn a_refusal_is_told() {
        let (url, served) = serve("403 Forbidden", 1);
        let failure = once(&url, "{}").await.unwrap_err();
        served.join().unwrap();
        assert!(failure.message.contains("403"), "{failure}");
        assert!(once("http://127.0.0.1:1/", "{}").await.is_err());
        assert!(once("no url", "{}").await.is_err());
    }
}
