//! The outside world as tests have it: a map of addresses, with a count of who was asked, and a box of mails.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use latchkey_core::ports::{FetchError, Fetcher, Mail, MailError, Mailer, Posted};
use serde_json::Value;
use tokio::sync::Semaphore;
use url::Url;

/// Answers what it was told to; other addresses don't answer.
#[derive(Default)]
pub struct TestFetcher {
    answers: Mutex<HashMap<String, Result<Vec<u8>, FetchError>>>,
    calls: Mutex<HashMap<String, usize>>,
    /// While there is one, each answer waits for a permit of it.
    gate: Mutex<Option<std::sync::Arc<Semaphore>>>,
    posts: Mutex<Vec<Post>>,
    post_answers: Mutex<HashMap<String, Result<Posted, FetchError>>>,
}

/// What was posted.
#[derive(Clone, Debug)]
pub struct Post {
    pub url: String,
    pub headers: HashMap<&'static str, String>,
    pub body: String,
}

impl TestFetcher {
    /// From now on this address answers so.
    pub fn answer(&self, url: &str, body: &Value) {
        self.answer_bytes(url, body.to_string().as_bytes());
    }

    /// The same, with something that may not even be JSON.
    pub fn answer_bytes(&self, url: &str, body: &[u8]) {
        self.answers.lock().unwrap().insert(url.to_owned(), Ok(body.to_vec()));
    }

    /// From now on this address fails.
    pub fn fail(&self, url: &str, error: FetchError) {
        self.answers.lock().unwrap().insert(url.to_owned(), Err(error));
    }

    /// How often this address was asked.
    pub fn calls(&self, url: &str) -> usize {
        self.calls.lock().unwrap().get(url).copied().unwrap_or_default()
    }

    /// From now on what is posted to this address is answered so; by 204 where nothing was said.
    pub fn answer_posts(&self, url: &str, answer: Result<Posted, FetchError>) {
        self.post_answers.lock().unwrap().insert(url.to_owned(), answer);
    }

    /// Everything that was posted since this was asked last.
    pub fn take_posts(&self) -> Vec<Post> {
        std::mem::take(&mut *self.posts.lock().unwrap())
    }

    /// From now on each answer waits for a permit.
    pub fn hold(&self) -> std::sync::Arc<Semaphore> {
        let gate = std::sync::Arc::new(Semaphore::new(0));
        *self.gate.lock().unwrap() = Some(gate.clone());
        gate
    }
}

#[async_trait]
impl Fetcher for TestFetcher {
    fn check(&self, url: &Url) -> Result<(), FetchError> {
        if url.host_str() == Some("10.0.0.1") { Err(FetchError::NotAllowed) } else { Ok(()) }
    }

    async fn post(&self, url: &Url, headers: &[(&'static str, String)], body: Vec<u8>) -> Result<Posted, FetchError> {
        let headers = headers.iter().cloned().collect();
        let post = Post { url: url.to_string(), headers, body: String::from_utf8(body).unwrap() };
        self.posts.lock().unwrap().push(post);
        let gate = self.gate.lock().unwrap().clone();
        if let Some(gate) = gate {
            gate.acquire().await.unwrap().forget();
        }
        let answers = self.post_answers.lock().unwrap();
        answers.get(url.as_str()).copied().unwrap_or(Ok(Posted { status: 204, retry_after: None }))
    }

    async fn get(&self, url: &Url) -> Result<Vec<u8>, FetchError> {
        *self.calls.lock().unwrap().entry(url.to_string()).or_default() += 1;
        let gate = self.gate.lock().unwrap().clone();
        if let Some(gate) = gate {
            gate.acquire().await.unwrap().forget();
        }
        self.answers.lock().unwrap().get(url.as_str()).cloned().unwrap_or(Err(FetchError::NoAnswer))
    }
}

/// Keeps mails; there is no server until a test says so.
#[derive(Default)]
pub struct TestMailer {
    configured: AtomicBool,
    mails: Mutex<Vec<Mail>>,
    answer: Mutex<Option<MailError>>,
}

impl TestMailer {
    /// From now on there is a server.
    pub fn configure(&self) {
        self.configured.store(true, Ordering::SeqCst);
    }

    /// From now on it says this.
    pub fn fail(&self, error: Option<MailError>) {
        *self.answer.lock().unwrap() = error;
    }

    /// Every mail that it took since this was asked last.
    pub fn take(&self) -> Vec<Mail> {
        std::mem::take(&mut *self.mails.lock().unwrap())
    }
}

#[async_trait]
impl Mailer for TestMailer {
    fn is_configured(&self) -> bool {
        self.configured.load(Ordering::SeqCst)
    }

    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        if let Some(error) = *self.answer.lock().unwrap() {
            return Err(error);
        }
        self.mails.lock().unwrap().push(mail.clone());
        Ok(())
    }
}
