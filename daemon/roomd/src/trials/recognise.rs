//! From what IT pasted to a conference, by the room's own packs and allow-list. Opens nothing.

use super::Parts;
use crate::meetings;
use crate::renewal::certainty;
use calendar::UnixMs;
use room_api::{By, LookLine};
use room_core::ids::ServiceId;
use room_core::meeting::Target;

/// What was recognised.
pub(super) struct Found {
    /// To be opened in the browser; `None`: nothing is.
    pub target: Option<Target>,
    /// For the one who asked.
    pub line: LookLine,
}

pub(super) fn recognise(text: &str, parts: &Parts) -> Found {
    let now = UnixMs(crate::clock::wall().0);
    let (target, why) = calendar::pasted(text, &parts.hosts, now);
    let to_open = target.as_ref().and_then(meetings::target);
    let service = target
        .as_ref()
        .map(|target| ServiceId::new(target.service.as_str()));
    let pack = service.and_then(|service| parts.renewal.shelf().of(&service));
    let has_link = target.as_ref().is_some_and(|target| target.url.is_some());
    let has_sip = target.as_ref().is_some_and(|target| target.sip.is_some());
    let way = match (has_link, has_sip) {
        (true, _) => Some(By::Page),
        (false, true) => Some(By::Sip),
        (false, false) => None,
    };
    let line = LookLine::Recognised {
        service: target
            .as_ref()
            .map(|target| target.service.as_str().to_owned()),
        host: to_open
            .as_ref()
            .map(|target| target.host.as_str().to_owned()),
        way,
        allowed: target.as_ref().is_some_and(|target| target.listed),
        passcode: target
            .as_ref()
            .is_some_and(|target| target.passcode.is_some()),
        why: why.sentence().en,
        code: why.code().to_owned(),
        hosts_line: why.hosts_line(),
        version: pack.as_ref().map(|pack| pack.version),
        certainty: pack.as_ref().map(|pack| certainty(pack.certainty)),
    };
    let listed = target.as_ref().is_some_and(|target| target.listed);
    Found {
        target: to_open.filter(|_| listed && pack.is_some()),
        line,
    }
}
