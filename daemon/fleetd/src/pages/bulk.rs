//! A verb for many rooms: whom it reaches and whom not and why, before it is begun; afterwards what became of it.

use super::frame::{page, token};
use crate::acts::needs;
use crate::bulk::{Batch, Hindrance};
use crate::commands::Standing;
use crate::people::Right;
use crate::web::Ask;
use crate::words::{count, failure, fill, say};
use fleet_proto::RoomId;
use maud::{Markup, html};
use std::collections::BTreeMap;

/// Rooms of one kind that are named one by one.
const SHOWN: usize = 200;

/// A batch as the asker may see it.
pub(crate) struct Told {
    pub name: String,
    pub batch: Batch,
    /// How each room's command stands; `None` where it was not told yet.
    pub ends: Vec<(RoomId, Option<Standing>)>,
    /// Whether the asker planned it.
    pub own: bool,
}

pub(crate) fn bulk(ask: &Ask, told: &Told) -> Markup {
    let l = ask.language;
    let plan = &told.batch.plan;
    let verb = say(l, &format!("verb-{}", plan.verb));
    let title = fill(l, "bulk-title", &[("verb", verb)]);
    let body = html! {
        @match told.batch.begun_ms {
            None => (preview(ask, told)),
            Some(_) => (progress(ask, told)),
        }
        (cannot(ask, &plan.cannot))
        p { a href="/rooms" { (say(l, "bulk-back")) } }
    };
    page(ask, &title, None, body)
}

fn preview(ask: &Ask, told: &Told) -> Markup {
    let l = ask.language;
    let plan = &told.batch.plan;
    let sure = needs(&plan.verb) == Right::Operate && !plan.rooms.is_empty();
    html! {
        section.card aria-labelledby="reached" {
            div role="status" { h2 #reached { (count(l, "bulk-reaches", plan.rooms.len() as u64)) } }
            @if sure { p.notice { (say(l, "bulk-noticed")) } }
            (names(ask, &plan.rooms))
            @if told.own && !plan.rooms.is_empty() {
                form method="post" action={ "/bulk/" (told.name) "/begin" } {
                    (token(ask))
                    button.primary type="submit" { (count(l, "bulk-begin", plan.rooms.len() as u64)) }
                }
            }
        }
    }
}

fn names(ask: &Ask, rooms: &[RoomId]) -> Markup {
    html! {
        ul.names { @for room in rooms.iter().take(SHOWN) { li { a href={ "/rooms/" (room) } { (room) } } } }
        @if rooms.len() > SHOWN { p.hint { (count(ask.language, "settings-more", (rooms.len() - SHOWN) as u64)) } }
    }
}

fn cannot(ask: &Ask, rooms: &[(RoomId, Hindrance)]) -> Markup {
    let l = ask.language;
    let mut by_reason: BTreeMap<Hindrance, Vec<RoomId>> = BTreeMap::new();
    for (room, why) in rooms {
        by_reason.entry(*why).or_default().push(room.clone());
    }
    html! {
        @if !rooms.is_empty() {
            section.card aria-labelledby="cannot" {
                h2 #cannot { (count(l, "bulk-cannot", rooms.len() as u64)) }
                @for (why, rooms) in &by_reason {
                    h3 { (say(l, &format!("hindrance-{}", why.word()))) " (" (rooms.len()) ")" }
                    (names(ask, rooms))
                }
            }
        }
    }
}

/// How a command stands, as a text that rooms of one kind share.
fn said(ask: &Ask, standing: Option<&Standing>) -> String {
    let l = ask.language;
    let Some(standing) = standing else {
        return say(l, "bulk-not-told");
    };
    let word = say(l, &format!("standing-{}", standing.word()));
    match standing {
        Standing::Refused { why } => {
            let why = say(l, &format!("refusal-{}", super::room::word(*why)));
            format!("{word} ({why})")
        }
        Standing::Failed { code } => format!("{word} – {}", failure(l, code.as_str())),
        _ => word,
    }
}

fn progress(ask: &Ask, told: &Told) -> Markup {
    let l = ask.language;
    let mut by_end: BTreeMap<String, Vec<RoomId>> = BTreeMap::new();
    for (room, standing) in &told.ends {
        let end = said(ask, standing.as_ref());
        by_end.entry(end).or_default().push(room.clone());
    }
    let over = told.ends.iter().filter(|(_, standing)| {
        let standing = standing.as_ref();
        standing.is_some_and(Standing::is_over)
    });
    let (over, all) = (over.count(), told.ends.len());
    let untold = told.ends.iter().any(|(_, standing)| standing.is_none());
    let counts = [("over", over.to_string()), ("all", all.to_string())];
    html! {
        section.card aria-labelledby="ends" {
            div role="status" { h2 #ends { (fill(l, "bulk-over", &counts)) } }
            progress aria-labelledby="ends" value=(over) max=(all) {}
            @for (end, rooms) in &by_end {
                h3 { (end) " (" (rooms.len()) ")" }
                (names(ask, rooms))
            }
            div.verbs {
                a.button href={ "/bulk/" (told.name) } { (say(l, "bulk-look-again")) }
                @if untold && told.own {
                    form method="post" action={ "/bulk/" (told.name) "/begin" } {
                        (token(ask))
                        button type="submit" { (say(l, "bulk-go-on")) }
                    }
                }
            }
        }
    }
}
