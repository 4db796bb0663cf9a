//! Owns the search for an account's calendars: the address itself, its principal, its calendar home, and
//! `.well-known/caldav` (RFC 6764) when the address says nothing.

use super::{
    ask::{propfind, understood},
    *,
};
use crate::source::xml::{Node, Resource};

/// What is asked of an address while looking around.
const LOOK: &str = "<d:resourcetype/><d:displayname/><d:current-user-principal/><c:calendar-home-set/><c:supported-calendar-component-set/>";

impl CalDav {
    /// The addresses of all calendars to read.
    pub(super) async fn discover(&mut self) -> Result<Vec<Url>, SourceError> {
        let base = self.base.clone();
        let mut fault = SourceError::NoCalendar;
        let mut calendars = match self.look(&base).await {
            Ok((at, found)) => self.follow(&at, &found).await?,
            // A wrong path on the right server: some say 404, some 403, some show a page.
            Err(
                error @ (SourceError::NotFound
                | SourceError::Denied { status: 403 }
                | SourceError::Server { .. }
                | SourceError::Protocol { .. }),
            ) => {
                if matches!(
                    error,
                    SourceError::Denied { .. } | SourceError::Server { .. }
                ) {
                    fault = error;
                }
                Vec::new()
            }
            Err(error) => return Err(error),
        };
        if calendars.is_empty() {
            calendars = self.well_known().await?;
        }
        if calendars.is_empty() {
            return Err(fault);
        }
        calendars.sort();
        calendars.dedup();
        Ok(calendars)
    }

    async fn well_known(&mut self) -> Result<Vec<Url>, SourceError> {
        let Ok(url) = self.base.join("/.well-known/caldav") else {
            return Ok(Vec::new());
        };
        let answer = self.dav(propfind(&url, "0", LOOK)).await?;
        let at = answer.url.clone();
        match understood(&answer) {
            Ok(found) => self.follow(&at, &found.resources).await,
            Err(error @ SourceError::Denied { status: 401 }) => Err(error),
            Err(_) => Ok(Vec::new()),
        }
    }

    /// What an address says of itself, and the address that answered in the end.
    async fn look(&mut self, url: &Url) -> Result<(Url, Vec<Resource>), SourceError> {
        let answer = self.dav(propfind(url, "0", LOOK)).await?;
        let found = understood(&answer)?.resources;
        let stranger = found
            .first()
            .and_then(|resource| resource.prop(DAV, "current-user-principal"))
            .is_some_and(|principal| principal.child(DAV, "unauthenticated").is_some());
        if stranger && self.http.insist() {
            let answer = self.dav(propfind(url, "0", LOOK)).await?;
            return Ok((answer.url.clone(), understood(&answer)?.resources));
        }
        Ok((answer.url, found))
    }

    /// From what an address says of itself to the calendars behind it.
    async fn follow(&mut self, at: &Url, found: &[Resource]) -> Result<Vec<Url>, SourceError> {
        let Some(own) = found.first() else {
            return Ok(Vec::new());
        };
        if is_calendar(own) {
            return Ok(vec![at.clone()]);
        }
        let mut homes = links(at, own.prop(CALDAV, "calendar-home-set"));
        if homes.is_empty() {
            let principals = links(at, own.prop(DAV, "current-user-principal"));
            for principal in principals {
                let (principal, about) = self.look(&principal).await?;
                let home = about
                    .first()
                    .and_then(|own| own.prop(CALDAV, "calendar-home-set"));
                homes.extend(links(&principal, home));
            }
        }
        if homes.is_empty() {
            // Some servers list calendars without knowing principals.
            homes.push(at.clone());
        }
        let mut calendars = Vec::new();
        for home in homes {
            calendars.extend(self.children(&home).await?);
        }
        Ok(calendars)
    }

    async fn children(&mut self, home: &Url) -> Result<Vec<Url>, SourceError> {
        let answer = self.dav(propfind(home, "1", LOOK)).await?;
        let found = understood(&answer)?;
        Ok(found
            .resources
            .iter()
            .filter(|resource| is_calendar(resource) && self.is_wanted(resource))
            .filter_map(|resource| home.join(&resource.href).ok())
            .collect())
    }

    fn is_wanted(&self, resource: &Resource) -> bool {
        let last = resource
            .href
            .trim_end_matches('/')
            .rsplit('/')
            .next()
            .unwrap_or_default();
        let last = percent_encoding::percent_decode_str(last).decode_utf8_lossy();
        let name = resource.text(DAV, "displayname").unwrap_or_default();
        self.only.is_empty()
            || self
                .only
                .iter()
                .any(|wanted| *wanted == name || *wanted == last)
    }
}

/// True for a calendar that may hold events.
fn is_calendar(resource: &Resource) -> bool {
    let calendar = resource
        .prop(DAV, "resourcetype")
        .is_some_and(|kind| kind.child(CALDAV, "calendar").is_some());
    let events = resource
        .prop(CALDAV, "supported-calendar-component-set")
        .filter(|set| !set.children.is_empty())
        .is_none_or(|set| {
            set.all(CALDAV, "comp").any(|comp| {
                comp.name
                    .as_deref()
                    .is_some_and(|name| name.eq_ignore_ascii_case("VEVENT"))
            })
        });
    calendar && events
}

fn links(at: &Url, node: Option<&Node>) -> Vec<Url> {
    node.into_iter()
        .flat_map(|node| node.all(DAV, "href"))
        .filter_map(|href| at.join(href.text.trim()).ok())
        .filter(|url| url.scheme() == "https" || url.scheme() == at.scheme())
        .take(4)
        .collect()
}
