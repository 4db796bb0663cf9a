//! Owns the choice among everything that an invitation says: which conference, which of its links, and which passcode
//! belongs to it. Each choice has a reason that can be said.

use super::{
    Chosen, Invitation, Known, Origin, Target, Why,
    fields::{Field, fields, one_tap},
    hosts::ServiceId,
    links,
    pack::Pack,
    sip::{self, Dial},
    threads::{Threads, said_to_be_old},
    verdict::{Meeting, Verdict, judge},
    vocabulary::Kind,
};
use crate::private::{ConferenceId, Secret};

/// How far a place is trusted; the smaller the more. First whether it is older than the newest message, then the
/// property, then how old.
type Trust = (bool, Origin, u8);

/// One property's text.
struct Text<'i> {
    origin: Origin,
    text: &'i str,
    threads: Threads,
}

impl Text<'_> {
    fn trust(&self, place: usize) -> Trust {
        let age = self.threads.age(place);
        (age > 0, self.origin, age)
    }
}

/// A link that is a conference, and where it stood.
struct Hit {
    trust: Trust,
    /// Index of the text, and where the link begins in it.
    place: (usize, usize),
    /// Of its message; `trust` may be worse.
    age: u8,
    found: Meeting,
}

impl Hit {
    fn is_same(&self, other: &Hit) -> bool {
        self.found.service() == other.found.service()
            && self.found.key == other.found.key
            && self.found.listed == other.found.listed
    }
}

/// A link that is none, and where it stood.
struct Miss {
    trust: Trust,
    /// None for a SIP address: people carry those in their signatures.
    place: Option<(usize, usize)>,
    why: Why,
}

/// Everything that was found.
struct Reading<'i> {
    texts: Vec<Text<'i>>,
    hits: Vec<Hit>,
    misses: Vec<Miss>,
    dials: Vec<Dial>,
}

pub(super) fn recognise_with(invitation: &Invitation, known: Known<'_>) -> (Option<Target>, Why) {
    let reading = Reading::of(invitation, known);
    let best = reading
        .hits
        .iter()
        .min_by_key(|hit| (hit.trust, !hit.found.listed, hit.place));
    if let Some(hit) = best {
        return match reading.outranked(hit.trust) {
            Some(why) => (None, why),
            None => reading.target(hit),
        };
    }
    let dial = reading
        .dials
        .iter()
        .min_by_key(|dial| (reading.trust(dial.place), dial.place));
    match dial {
        Some(dial) => match reading.outranked(reading.trust(dial.place)) {
            Some(why) => (None, why),
            None => (Some(reading.sip_target(dial)), Why::RecognisedSip),
        },
        None => (None, reading.worst(invitation)),
    }
}

impl<'i> Reading<'i> {
    fn of(invitation: &'i Invitation, known: Known<'_>) -> Self {
        let texts = invitation.texts().into_iter().map(|(origin, text)| Text {
            origin,
            text,
            threads: Threads::of(text),
        });
        let mut reading = Self {
            texts: texts.collect(),
            hits: Vec::new(),
            misses: Vec::new(),
            dials: Vec::new(),
        };
        for (index, text) in reading.texts.iter().enumerate() {
            for link in links::candidates(text.text) {
                let place = (index, link.start);
                let age = text.threads.age(link.start);
                let trust = if said_to_be_old(text.text, link.start) {
                    (true, text.origin, age.saturating_add(1))
                } else {
                    text.trust(link.start)
                };
                match judge_tolerantly(&link.text, known) {
                    Verdict::Meeting(found) => {
                        let above = reading.hits.iter().rfind(|hit| hit.place.0 == index);
                        let known = above.is_some_and(|hit| hit.found.service() == found.service());
                        if !(known && links::follows(text.text, link.start, &found.pack.also)) {
                            reading.hits.push(Hit {
                                trust,
                                place,
                                age,
                                found: *found,
                            });
                        }
                    }
                    Verdict::Not(why) => reading.misses.push(Miss {
                        trust,
                        place: Some(place),
                        why,
                    }),
                    Verdict::Nothing => {}
                }
            }
            let found = sip::addresses(index, text.text, known);
            reading.dials.extend(found.dials);
            reading.misses.extend(found.unknown.map(|host| Miss {
                trust: text.trust(0),
                place: None,
                why: Why::UnknownHost {
                    host,
                    looks_like: known.all.plain_sip().cloned(),
                },
            }));
        }
        reading
    }

    fn trust(&self, (index, place): (usize, usize)) -> Trust {
        self.texts[index].trust(place)
    }

    /// What the newest message names, when a conference was only found in an older one or in a signature: that one is
    /// never joined in its place.
    fn outranked(&self, trust: Trust) -> Option<Why> {
        let older = trust.0;
        let newer = |miss: &&Miss| {
            older && !miss.trust.0 && miss.place.is_some() && miss.why.names_a_conference()
        };
        let newer = self.misses.iter().filter(newer);
        newer
            .min_by_key(|miss| miss.trust)
            .map(|miss| miss.why.clone())
    }

    /// The reason that explains most, when nothing was recognised.
    fn worst(&self, invitation: &Invitation) -> Why {
        let mut worst = if invitation.is_empty() {
            Why::NoText
        } else {
            Why::NoLink
        };
        for miss in &self.misses {
            if miss.why.rank() > worst.rank() {
                worst = miss.why.clone();
            }
        }
        worst
    }

    fn target(&self, best: &Hit) -> (Option<Target>, Why) {
        let same = || self.hits.iter().filter(|hit| hit.is_same(best));
        // One of an older message may carry a token that is no longer valid.
        let longest = same()
            .filter(|hit| hit.trust.0 == best.trust.0)
            .max_by_key(|hit| (hit.found.url.reveal().len(), std::cmp::Reverse(hit.place)))
            .unwrap_or(best);
        let pack = best.found.pack;
        let said = self.said(pack, best.place, |hit| hit.is_same(best));
        let first = |kind| said.iter().find(|field| field.kind == kind);
        let id = best
            .found
            .id
            .clone()
            .or_else(|| first(Kind::Id).map(|field| ConferenceId::new(&field.value)));
        let dial = self.dial_beside(best, id.as_ref());
        let in_link = same().find_map(|hit| hit.found.passcode.clone());
        let (prose, sip_prose) = passcodes(&said, dial, in_link.is_some(), self);
        let passcode = in_link.or(prose);
        let number = first(Kind::Number).map(|field| field.value.as_str());
        let sip_passcode = sip_prose
            .or_else(|| dial.and_then(|dial| dial.passcode.as_deref().map(Secret::new)))
            .or_else(|| self.one_tap(id.as_ref()))
            .or_else(|| {
                passcode
                    .clone()
                    .filter(|code| dial.is_some() && is_number(code))
            });
        let target = Target {
            service: best.found.service().clone(),
            url: Some(longest.found.url.clone()),
            sip: dial.map(|dial| dial.address(number)),
            id,
            passcode,
            sip_passcode,
            listed: best.found.listed,
            sip_listed: dial.is_some_and(|dial| dial.listed),
        };
        let (others, chosen) = self.others(best);
        let from = best.trust.1;
        let why = Why::Recognised {
            from,
            others,
            chosen,
        };
        (Some(target), why)
    }

    /// How many other conferences there are, and what speaks for the best one.
    fn others(&self, best: &Hit) -> (u8, Chosen) {
        let mut others: Vec<(&ServiceId, &str)> = Vec::new();
        let mut chosen = Chosen::Only;
        for hit in self.hits.iter().filter(|hit| !hit.is_same(best)) {
            let name = (hit.found.service(), hit.found.key.as_str());
            if name == (best.found.service(), best.found.key.as_str()) {
                continue;
            }
            let reason = match (hit.trust, best.trust) {
                (theirs, ours) if theirs.0 != ours.0 => Chosen::Newest,
                (theirs, ours) if theirs.1 != ours.1 => Chosen::Field,
                (theirs, ours) if theirs.2 != ours.2 => Chosen::Newest,
                _ if hit.found.listed != best.found.listed => Chosen::Listed,
                _ => Chosen::Topmost,
            };
            chosen = chosen.max(reason);
            if !others.contains(&name) {
                others.push(name);
            }
        }
        (u8::try_from(others.len()).unwrap_or(u8::MAX), chosen)
    }

    /// The SIP address of the same conference: of the same service, or any that the operator allows, in a message that
    /// is as new as the link's.
    fn dial_beside(&self, best: &Hit, id: Option<&ConferenceId>) -> Option<&Dial> {
        let rank = |dial: &&Dial| {
            let own = dial.pack.service == best.found.pack.service;
            let named = id.is_some_and(|id| dial.id.as_deref() == Some(id.reveal()));
            let here = dial.place.0 == best.place.0;
            (!named, !own, !here, dial.place)
        };
        self.dials
            .iter()
            .filter(|dial| {
                let own = dial.pack.service == best.found.pack.service;
                own || dial.pack.links.is_empty()
            })
            .filter(|dial| self.trust(dial.place).0 == best.trust.0)
            .filter(|dial| self.owner(dial.place).is_none_or(|hit| hit.is_same(best)))
            .min_by_key(rank)
    }

    fn one_tap(&self, id: Option<&ConferenceId>) -> Option<Secret> {
        let id = id?.reveal();
        let code = self.texts.iter().find_map(|text| one_tap(text.text, id));
        code.map(Secret::new)
    }

    fn sip_target(&self, dial: &Dial) -> Target {
        let said = self.said(dial.pack, dial.place, |_| false);
        let first = |kind| said.iter().find(|field| field.kind == kind);
        let code = |kind| first(kind).map(|field: &Field| Secret::new(&field.value));
        let passcode = code(Kind::Passcode);
        let number = first(Kind::Number).map(|field| field.value.as_str());
        let user = dial
            .address(None)
            .reveal()
            .split('@')
            .next()
            .map(str::to_owned);
        let id = dial
            .id
            .clone()
            .or_else(|| first(Kind::Id).map(|field| field.value.clone()))
            .or(user);
        let sip_passcode = code(Kind::SipPasscode)
            .or_else(|| dial.passcode.as_deref().map(Secret::new))
            .or_else(|| passcode.clone().filter(is_number));
        Target {
            service: dial.pack.service.clone(),
            url: None,
            sip: Some(dial.address(number)),
            id: id.map(ConferenceId::new),
            passcode,
            sip_passcode,
            listed: dial.listed,
            sip_listed: dial.listed,
        }
    }

    /// What the labels say of one conference, the nearest first: behind its link, in front of it, in other texts.
    fn said(
        &self,
        pack: &Pack,
        place: (usize, usize),
        is_own: impl Fn(&Hit) -> bool,
    ) -> Vec<Field> {
        let age = self.trust(place).0;
        let mut all: Vec<((bool, bool, bool, usize), Field)> = Vec::new();
        for (index, text) in self.texts.iter().enumerate() {
            for field in fields(text.text, pack) {
                let at = (index, field.place);
                if text.trust(field.place).0 && !age || self.is_foreign(at) {
                    continue;
                }
                let owner = self.owner(at);
                let ours = match owner {
                    Some(hit) => is_own(hit),
                    None => text.trust(field.place).0 == age,
                };
                if ours {
                    let here = index == place.0;
                    let order = (owner.is_none(), !here, here && field.place < place.1, index);
                    all.push((
                        order,
                        Field {
                            place: field.place,
                            ..field
                        },
                    ));
                }
            }
        }
        all.sort_by_key(|(order, field)| (*order, field.place));
        all.into_iter().map(|(_, field)| field).collect()
    }

    /// The conference to which a place belongs: the one whose link stands last in front of it, else the next one, in
    /// the same text and of the same age.
    fn owner(&self, (index, place): (usize, usize)) -> Option<&Hit> {
        let text = &self.texts[index];
        let age = text.threads.age(place);
        let near = || {
            self.hits
                .iter()
                .filter(move |hit| hit.place.0 == index)
                .filter(move |hit| hit.age == age)
        };
        near()
            .rfind(|hit| hit.place.1 <= place)
            .or_else(|| near().next())
    }

    /// True when a place stands on the line of, or right below, a link that has nothing to do with conferences: the
    /// password of a file share is not that of the conference.
    fn is_foreign(&self, (index, place): (usize, usize)) -> bool {
        let text = self.texts[index].text;
        let line = text[..place].rfind('\n').map_or(0, |at| at + 1);
        let above = text[..line.saturating_sub(1)]
            .rfind('\n')
            .map_or(0, |at| at + 1);
        let within = |at: usize, from: usize| at >= from && at < place;
        let stranger = |miss: &&Miss| {
            let unknown = matches!(
                miss.why,
                Why::UnknownHost {
                    looks_like: None,
                    ..
                }
            );
            let here = |at: (usize, usize)| at.0 == index && within(at.1, above);
            unknown && miss.place.is_some_and(here)
        };
        let ours = |hit: &Hit| hit.place.0 == index && within(hit.place.1, above);
        self.misses.iter().any(|miss| stranger(&miss)) && !self.hits.iter().any(ours)
    }
}

/// The passcode for people and the one for video systems. In a block about video systems, behind the SIP address or a
/// heading, a passcode of digits is theirs when there is another one.
fn passcodes(
    said: &[Field],
    dial: Option<&Dial>,
    in_link: bool,
    reading: &Reading<'_>,
) -> (Option<Secret>, Option<Secret>) {
    let block = dial.map(|dial| {
        let (index, place) = dial.place;
        let text = reading.texts[index].text;
        let heading = ["H.323", "SIP"]
            .iter()
            .filter_map(|word| text.find(word))
            .min();
        heading.map_or(place, |heading| heading.min(place))
    });
    let codes = |kind| said.iter().filter(move |field| field.kind == kind);
    let own = codes(Kind::SipPasscode).next();
    let in_block =
        |field: &&Field| block.is_some_and(|block| field.place > block) && is_digits(&field.value);
    let outside = codes(Kind::Passcode).find(|field| !in_block(field));
    let inside = codes(Kind::Passcode).find(in_block);
    let passcode = outside.or(if in_link { None } else { inside });
    let sip = own.or(inside);
    let secret = |field: &Field| Secret::new(&field.value);
    (passcode.map(secret), sip.map(secret))
}

/// Judges a link, and once more without what a sentence glued to it: `https://.../j/123,Kenncode`.
fn judge_tolerantly(link: &str, known: Known<'_>) -> Verdict {
    let verdict = judge(link, known);
    if matches!(verdict, Verdict::Meeting(_)) {
        return verdict;
    }
    match link.split_once([',', ';']) {
        Some((head, _)) => match judge(head, known) {
            Verdict::Meeting(found) => Verdict::Meeting(found),
            Verdict::Not(_) | Verdict::Nothing => verdict,
        },
        None => verdict,
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_number(code: &Secret) -> bool {
    is_digits(code.reveal())
}
