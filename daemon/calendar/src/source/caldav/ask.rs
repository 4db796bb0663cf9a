//! Owns the single questions that are put to a CalDAV server about one collection, and the reading of their answers.

use std::collections::BTreeMap;

use super::*;

/// How far around the room's own window items are asked for.
const SPAN_MS: (i64, i64) = (-2 * UnixMs::DAY, 16 * UnixMs::DAY);

pub(super) fn propfind(url: &Url, depth: &str, props: &str) -> Request {
    Request {
        method: "PROPFIND",
        url: url.clone(),
        headers: vec![
            ("Depth", depth.to_owned()),
            ("Content-Type", "application/xml; charset=utf-8".into()),
        ],
        body: format!(
            r#"<?xml version="1.0" encoding="utf-8"?><d:propfind xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav" xmlns:s="http://calendarserver.org/ns/"><d:prop>{props}</d:prop></d:propfind>"#
        ),
    }
}

fn report(url: &Url, depth: &str, body: String) -> Request {
    Request {
        method: "REPORT",
        body: format!(r#"<?xml version="1.0" encoding="utf-8"?>{body}"#),
        ..propfind(url, depth, "")
    }
}

pub(super) fn understood(answer: &Answer) -> Result<Multistatus, SourceError> {
    if answer.status != 207 {
        return Err(match answer.status {
            200..=299 => SourceError::Protocol {
                detail: "the server does not speak WebDAV here".into(),
            },
            _ => answer.fault(),
        });
    }
    xml::multistatus(&answer.text()).map_err(|detail| SourceError::Protocol { detail })
}

/// True for answers that mean "I cannot do that", after which another way is tried.
fn is_unsupported(status: u16) -> bool {
    matches!(
        status,
        400 | 403 | 404 | 405 | 409 | 412 | 415 | 422 | 500 | 501
    )
}

impl CalDav {
    /// What the server says of a collection: cheap, and enough to know that nothing changed.
    pub(super) async fn offer(&mut self, url: &Url) -> Result<Offer, SourceError> {
        let props = "<d:sync-token/><s:getctag/><d:supported-report-set/>";
        let answer = self.dav(propfind(url, "0", props)).await?;
        if answer.status == 405 || answer.status == 501 {
            // A plain web server: all that is left is to read the calendar whole.
            return Ok(Offer::default());
        }
        let found = understood(&answer)?;
        let Some(resource) = found.resources.first() else {
            return Ok(Offer::default());
        };
        let reports = resource.prop(DAV, "supported-report-set");
        let can_sync = reports.is_some_and(|set| {
            set.all(DAV, "supported-report")
                .filter_map(|supported| supported.child(DAV, "report"))
                .any(|report| report.child(DAV, "sync-collection").is_some())
        });
        Ok(Offer {
            token: resource.text(DAV, "sync-token"),
            ctag: resource.text(CALENDARSERVER, "getctag"),
            can_sync,
        })
    }

    /// One page of changes since a token; `None` when the server no longer knows the token.
    pub(super) async fn sync_page(
        &mut self,
        url: &Url,
        token: &str,
    ) -> Result<Option<Multistatus>, SourceError> {
        let token = xml::escape(token);
        let body = format!(
            r#"<d:sync-collection xmlns:d="DAV:"><d:sync-token>{token}</d:sync-token><d:sync-level>1</d:sync-level><d:prop><d:getetag/></d:prop></d:sync-collection>"#
        );
        let answer = self.dav(report(url, "0", body)).await?;
        if answer.status == 207 {
            return understood(&answer).map(Some);
        }
        if xml::is_bad_token(&answer.text()) || is_unsupported(answer.status) {
            debug!(status = answer.status, "sync token refused, reading anew");
            return Ok(None);
        }
        Err(answer.fault())
    }

    /// The items of the span with their etags; `None` when the server can list nothing.
    pub(super) async fn list(
        &mut self,
        url: &Url,
        now: UnixMs,
    ) -> Result<Option<BTreeMap<String, Option<String>>>, SourceError> {
        let stamp = |ms: i64| now.plus(ms).utc().format("%Y%m%dT%H%M%SZ");
        let query = format!(
            r#"<c:calendar-query xmlns:d="DAV:" xmlns:c="{CALDAV}"><d:prop><d:getetag/></d:prop><c:filter><c:comp-filter name="VCALENDAR"><c:comp-filter name="VEVENT"><c:time-range start="{}" end="{}"/></c:comp-filter></c:comp-filter></c:filter></c:calendar-query>"#,
            stamp(SPAN_MS.0),
            stamp(SPAN_MS.1),
        );
        let answer = self.dav(report(url, "1", query)).await?;
        if answer.status == 207 {
            return understood(&answer).map(|found| Some(etags(url, &found)));
        }
        if !is_unsupported(answer.status) {
            return Err(answer.fault());
        }
        let props = "<d:getetag/><d:getcontenttype/><d:resourcetype/>";
        let answer = self.dav(propfind(url, "1", props)).await?;
        if answer.status == 207 {
            return understood(&answer).map(|found| Some(etags(url, &found)));
        }
        if is_unsupported(answer.status) {
            Ok(None)
        } else {
            Err(answer.fault())
        }
    }

    /// Path, etag and text of some items; those that vanished meanwhile are missing.
    pub(super) async fn multiget(
        &mut self,
        url: &Url,
        hrefs: &[String],
    ) -> Result<Vec<(String, Option<String>, String)>, SourceError> {
        let list: String = hrefs
            .iter()
            .map(|href| format!("<d:href>{}</d:href>", xml::escape(href)))
            .collect();
        let body = format!(
            r#"<c:calendar-multiget xmlns:d="DAV:" xmlns:c="{CALDAV}"><d:prop><d:getetag/><c:calendar-data/></d:prop>{list}</c:calendar-multiget>"#
        );
        let answer = self.dav(report(url, "1", body)).await?;
        if answer.status != 207 {
            if is_unsupported(answer.status) {
                return self.get_each(url, hrefs).await;
            }
            return Err(answer.fault());
        }
        let found = understood(&answer)?;
        Ok(found
            .resources
            .iter()
            .filter_map(|resource| {
                let text = resource.text(CALDAV, "calendar-data")?;
                Some((
                    href_in(url, &resource.href)?,
                    resource.text(DAV, "getetag"),
                    text,
                ))
            })
            .collect())
    }

    async fn get_each(
        &mut self,
        url: &Url,
        hrefs: &[String],
    ) -> Result<Vec<(String, Option<String>, String)>, SourceError> {
        let mut found = Vec::new();
        for href in hrefs {
            let Ok(item) = url.join(href) else {
                continue;
            };
            match self.get(&item).await {
                Ok(text) => found.push((href.clone(), None, text)),
                Err(SourceError::NotFound) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(found)
    }

    pub(super) async fn get(&mut self, url: &Url) -> Result<String, SourceError> {
        let answer = self.dav(Request::get(url.clone())).await?;
        match answer.status {
            200..=299 => Ok(answer.text()),
            _ => Err(answer.fault()),
        }
    }
}

fn etags(url: &Url, found: &Multistatus) -> BTreeMap<String, Option<String>> {
    found
        .resources
        .iter()
        .filter(|resource| {
            let kind = resource.prop(DAV, "resourcetype");
            kind.is_none_or(|kind| kind.child(DAV, "collection").is_none())
        })
        .filter(|resource| resource.status.is_none_or(|status| status < 300))
        .filter_map(|resource| {
            let href = href_in(url, &resource.href)?;
            (!is_self(url, &href)).then(|| (href, resource.text(DAV, "getetag")))
        })
        .collect()
}
