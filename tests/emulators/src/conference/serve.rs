//! A server on loopback that ends with its value, and the diary of what it was asked.

use anyhow::{Context, Result};
use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::net::TcpListener;
use tokio::task::AbortHandle;

/// What a server was asked, in order: method and path, without any query.
#[derive(Debug, Clone, Default)]
pub struct Diary(Arc<Mutex<Vec<String>>>);

impl Diary {
    /// All of it.
    pub fn all(&self) -> Vec<String> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// How many lines end so.
    pub fn count(&self, end: &str) -> usize {
        self.all().iter().filter(|line| line.ends_with(end)).count()
    }

    fn note(&self, request: &Request) {
        let line = format!("{} {}", request.method(), request.uri().path());
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(line);
    }
}

/// A server that runs until this is dropped.
#[derive(Debug)]
pub struct Served {
    /// Where.
    pub at: SocketAddr,
    /// What it was asked.
    pub diary: Diary,
    task: AbortHandle,
}

impl Served {
    /// Serves on a free port.
    ///
    /// # Errors
    /// When there is none.
    pub async fn start(router: Router) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .context("a free port")?;
        let at = listener.local_addr()?;
        let diary = Diary::default();
        let notes = diary.clone();
        let noted = from_fn(move |request: Request, next: Next| {
            notes.note(&request);
            async move { next.run(request).await as Response }
        });
        let task = tokio::spawn(async move { axum::serve(listener, router.layer(noted)).await });
        Ok(Self {
            at,
            diary,
            task: task.abort_handle(),
        })
    }

    /// An address on it.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.at)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.task.abort();
    }
}
