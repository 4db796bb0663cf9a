//! Owns a calendar behind a link: asked for only when it has changed (ETag, Last-Modified).

use std::sync::Arc;

use url::Url;

use super::{
    Fetched, HttpLimits, Login, ServerClock, SourceError,
    http::{Http, Request},
    parse_aside,
    store::Memory,
};
#[derive(Debug)]
pub(super) struct UrlSource {
    http: Http,
    link: Url,
    etag: Option<String>,
    last_modified: Option<String>,
}

impl UrlSource {
    pub(super) fn new(
        link: Url,
        login: Option<Login>,
        limits: HttpLimits,
        memory: Option<&Memory>,
    ) -> Result<Self, SourceError> {
        let http = Http::new(&link, login, limits)?;
        let mut source = Self {
            http,
            link,
            etag: None,
            last_modified: None,
        };
        if let Some(memory) = memory {
            source.accept(memory);
        }
        Ok(source)
    }

    pub(super) async fn fetch(&mut self, clock: &mut ServerClock) -> Result<Fetched, SourceError> {
        let mut request = Request::get(self.link.clone());
        request
            .headers
            .push(("Accept", "text/calendar, */*;q=0.5".into()));
        if let Some(etag) = &self.etag {
            request.headers.push(("If-None-Match", etag.clone()));
        }
        if let Some(date) = &self.last_modified {
            request.headers.push(("If-Modified-Since", date.clone()));
        }
        let answer = self.http.send(&request).await?;
        clock.heard(&answer);
        match answer.status {
            304 => Ok(Fetched::Unchanged),
            200..=299 => {
                let memory = Memory::Text {
                    text: answer.text(),
                    etag: answer.header("etag"),
                    last_modified: answer.header("last-modified"),
                };
                Ok(Fetched::Changed {
                    calendar: Arc::new(parse_aside(answer.body).await?),
                    memory: Box::new(memory),
                })
            }
            _ => Err(answer.fault()),
        }
    }

    pub(super) fn accept(&mut self, memory: &Memory) {
        if let Memory::Text {
            etag,
            last_modified,
            ..
        } = memory
        {
            self.etag.clone_from(etag);
            self.last_modified.clone_from(last_modified);
        }
    }
}
