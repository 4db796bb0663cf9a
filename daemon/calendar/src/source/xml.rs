//! Owns the reading of WebDAV answers: XML to a small tree, and the parts of a multistatus. Pure; bounded in depth
//! and size; knows no HTTP.

use quick_xml::{
    events::{BytesStart, Event},
    name::ResolveResult,
    reader::NsReader,
};

pub(super) const DAV: &str = "DAV:";
pub(super) const CALDAV: &str = "urn:ietf:params:xml:ns:caldav";
pub(super) const CALENDARSERVER: &str = "http://calendarserver.org/ns/";

/// Deepest nesting of an answer.
const MAX_DEPTH: usize = 32;
/// Most elements of an answer.
const MAX_NODES: usize = 500_000;

/// An element with its namespace resolved.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Node {
    space: String,
    local: String,
    /// Attribute `name`, which CalDAV's component sets use.
    pub name: Option<String>,
    pub text: String,
    pub children: Vec<Node>,
}

impl Node {
    pub(super) fn is(&self, space: &str, local: &str) -> bool {
        self.space == space && self.local == local
    }

    pub(super) fn child(&self, space: &str, local: &str) -> Option<&Node> {
        self.children.iter().find(|child| child.is(space, local))
    }

    pub(super) fn all<'n>(
        &'n self,
        space: &'n str,
        local: &'n str,
    ) -> impl Iterator<Item = &'n Node> {
        self.children
            .iter()
            .filter(move |child| child.is(space, local))
    }

    /// The href inside, as `current-user-principal` and its like hold one.
    pub(super) fn href(&self) -> Option<&str> {
        let href = self.child(DAV, "href")?.text.trim();
        (!href.is_empty()).then_some(href)
    }
}

/// Reads an answer.
///
/// # Errors
/// With what is wrong, when it is no XML, too deep or too large.
pub(super) fn read(text: &str) -> Result<Node, String> {
    let mut reader = NsReader::from_str(text);
    let mut open: Vec<Node> = vec![Node::default()];
    let mut nodes = 0;
    loop {
        let (space, event) = reader
            .read_resolved_event()
            .map_err(|error| error.to_string())?;
        let space = match space {
            ResolveResult::Bound(space) => space.as_ref().to_owned(),
            ResolveResult::Unbound | ResolveResult::Unknown(_) => String::new(),
        };
        match event {
            Event::Start(start) => {
                nodes += 1;
                open.push(element(space, &start));
                if open.len() > MAX_DEPTH || nodes > MAX_NODES {
                    return Err("the answer is too deep or too large".into());
                }
            }
            Event::Empty(start) => {
                nodes += 1;
                let node = element(space, &start);
                last(&mut open)?.children.push(node);
            }
            Event::End(_) => {
                let node = open.pop().ok_or("an element ends that never began")?;
                last(&mut open)?.children.push(node);
            }
            Event::Text(text) => last(&mut open)?.text.push_str(&text.xml10_content()),
            Event::CData(text) => last(&mut open)?.text.push_str(&text.xml10_content()),
            Event::GeneralRef(reference) => {
                let known = match reference.resolve_char_ref() {
                    Ok(Some(c)) => c,
                    _ => predefined(&reference).ok_or("an unknown entity")?,
                };
                last(&mut open)?.text.push(known);
            }
            Event::Eof => break,
            _ => {}
        }
    }
    match (open.pop(), open.is_empty()) {
        (Some(mut root), true) if root.children.len() == 1 => Ok(root.children.remove(0)),
        _ => Err("the answer is cut off".into()),
    }
}

fn last(open: &mut [Node]) -> Result<&mut Node, String> {
    open.last_mut()
        .ok_or_else(|| "an element ends that never began".to_owned())
}

fn element(space: String, start: &BytesStart<'_>) -> Node {
    let name = start
        .try_get_attribute("name")
        .ok()
        .flatten()
        .map(|attribute| attribute.value.into_owned());
    Node {
        space,
        local: start.local_name().as_ref().to_owned(),
        name,
        ..Node::default()
    }
}

fn predefined(name: &str) -> Option<char> {
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        _ => return None,
    })
}

/// One resource of a multistatus.
#[derive(Debug, Clone)]
pub(super) struct Resource {
    /// As the server wrote it.
    pub href: String,
    /// Status of the whole resource, where one is given: 404 for a removed one.
    pub status: Option<u16>,
    /// The properties that were found.
    pub props: Node,
}

impl Resource {
    pub(super) fn prop(&self, space: &str, local: &str) -> Option<&Node> {
        self.props.child(space, local)
    }

    pub(super) fn text(&self, space: &str, local: &str) -> Option<String> {
        let text = self.prop(space, local)?.text.trim().to_owned();
        (!text.is_empty()).then_some(text)
    }
}

/// A multistatus (RFC 4918 13, RFC 6578 6).
#[derive(Debug, Clone, Default)]
pub(super) struct Multistatus {
    pub resources: Vec<Resource>,
    pub sync_token: Option<String>,
}

/// Takes a multistatus apart.
///
/// # Errors
/// With what is wrong, when the answer is none.
pub(super) fn multistatus(text: &str) -> Result<Multistatus, String> {
    let root = read(text)?;
    if !root.is(DAV, "multistatus") {
        return Err(format!("a multistatus was expected, <{}> came", root.local));
    }
    let resources = root
        .all(DAV, "response")
        .filter_map(|response| {
            let mut props = Node::default();
            for propstat in response.all(DAV, "propstat") {
                let found = propstat
                    .child(DAV, "status")
                    .and_then(|node| status(&node.text));
                if found.is_none_or(|code| (200..300).contains(&code))
                    && let Some(prop) = propstat.child(DAV, "prop")
                {
                    props.children.extend(prop.children.iter().cloned());
                }
            }
            Some(Resource {
                href: response.href()?.to_owned(),
                status: response
                    .child(DAV, "status")
                    .and_then(|node| status(&node.text)),
                props,
            })
        })
        .collect();
    let sync_token = root
        .child(DAV, "sync-token")
        .map(|node| node.text.trim().to_owned())
        .filter(|token| !token.is_empty());
    Ok(Multistatus {
        resources,
        sync_token,
    })
}

/// The number out of `HTTP/1.1 404 Not Found`.
fn status(line: &str) -> Option<u16> {
    line.split_whitespace().nth(1)?.parse().ok()
}

/// True when an error answer says that a sync token is no longer good.
pub(super) fn is_bad_token(text: &str) -> bool {
    read(text)
        .is_ok_and(|root| root.is(DAV, "error") && root.child(DAV, "valid-sync-token").is_some())
}

/// Text made safe to stand in XML.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_multistatus_is_read_whatever_its_prefixes() {
        let text = r#"<?xml version="1.0"?><!-- x --><d:multistatus xmlns:d="DAV:" xmlns:cal="urn:ietf:params:xml:ns:caldav">
            <d:response><d:href>/a%20b.ics</d:href><d:propstat><d:prop><d:getetag>&quot;1&#x41;&quot;</d:getetag>
            <cal:calendar-data><![CDATA[BEGIN:VCALENDAR & so]]></cal:calendar-data></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat>
            <d:propstat><d:prop><d:displayname>no</d:displayname></d:prop><d:status>HTTP/1.1 404 Not Found</d:status></d:propstat></d:response>
            <d:response><d:href>/gone.ics</d:href><d:status>HTTP/1.1 404 Not Found</d:status></d:response>
            <d:sync-token>t&amp;1</d:sync-token></d:multistatus>"#;
        let found = multistatus(text).expect("a multistatus");
        assert_eq!(found.sync_token.as_deref(), Some("t&1"));
        assert_eq!(
            found.resources[0].text(DAV, "getetag").as_deref(),
            Some("\"1A\"")
        );
        assert_eq!(
            found.resources[0].text(CALDAV, "calendar-data").as_deref(),
            Some("BEGIN:VCALENDAR & so")
        );
        assert_eq!(found.resources[0].prop(DAV, "displayname"), None);
        assert_eq!(
            (found.resources[1].href.as_str(), found.resources[1].status),
            ("/gone.ics", Some(404))
        );
    }

    #[test]
    fn what_is_no_answer_is_an_error_and_never_a_panic() {
        for text in [
            "",
            "<html>",
            "<a></b>",
            "no xml",
            "<a>&unknown;</a>",
            "<!DOCTYPE x [<!ENTITY e 'boom'>]><a>&e;</a>",
            "<a/><b/>",
        ] {
            assert!(multistatus(text).is_err(), "{text}");
        }
        let deep = "<a>".repeat(1000);
        assert!(multistatus(&deep).is_err());
    }
}
