//! How rooms shall be set: the levels, and the text of one with what it would change.

use super::bits::moment;
use super::frame::{page, token};
use crate::acts::Done;
use crate::people::Right;
use crate::twin::{BadText, Effect, Level, Template};
use crate::web::Ask;
use crate::words::{count, fill, say};
use axum::response::IntoResponse;
use fleet_proto::{RoomId, Settled};
use maud::{Markup, html};
use std::collections::BTreeSet;
use texts::Language;

/// Rooms of a preview that are shown one by one.
const SHOWN: usize = 20;

/// What a text would do.
pub(crate) enum Preview {
    /// Nobody asked.
    None,
    /// This.
    Effects(Vec<Effect>),
    /// It cannot be taken, perhaps because of one room.
    Bad(Option<RoomId>, BadText),
}

/// The form of a level.
pub(crate) struct Sheet {
    pub level: Level,
    pub template: Template,
    /// What stands in the field.
    pub text: String,
    /// The writing that its author saw.
    pub over: u64,
    pub shown: Preview,
    /// Who is proposed to try it first.
    pub first: Vec<String>,
    /// What the rooms that try the text have said of it.
    pub answers: Vec<(RoomId, Option<Settled>)>,
}

/// A level as people call it.
pub(super) fn name(l: Language, level: &Level) -> String {
    let place = |slugs: &[&str]| slugs.join(" / ");
    match level {
        Level::All => say(l, "level-all"),
        Level::Site(site) => fill(l, "level-site", &[("place", site.as_str().to_owned())]),
        Level::Building(site, building) => {
            let place = place(&[site.as_str(), building.as_str()]);
            fill(l, "level-building", &[("place", place)])
        }
        Level::Floor(site, building, floor) => {
            let place = place(&[site.as_str(), building.as_str(), floor.as_str()]);
            fill(l, "level-floor", &[("place", place)])
        }
        Level::Kind(kind) => fill(l, "level-kind", &[("place", kind.as_str().to_owned())]),
        Level::Room(room) => fill(l, "level-room", &[("place", room.to_string())]),
    }
}

pub(crate) async fn settings(ask: &Ask) -> Done {
    let l = ask.language;
    let written = ask.fleet.twin.templates(ask.tenant()).await?;
    let mut levels: BTreeSet<Level> = written.keys().cloned().collect();
    levels.insert(Level::All);
    crate::acts::each(ask, |card| {
        let of_room = Level::of(&card.room).into_iter();
        levels.extend(of_room.filter(|level| !matches!(level, Level::Room(_))));
    });
    levels.retain(|level| match level {
        Level::Room(id) => {
            let card = ask.fleet.roster.card(ask.tenant(), id);
            card.is_some_and(|card| ask.may(Right::Set, Some(&card.room.place.site)))
        }
        wide => ask.may(Right::Set, wide.site()),
    });
    let body = html! {
        p { (say(l, "settings-text")) }
        div.scroll tabindex="0" role="region" aria-label=(say(l, "menu-settings")) { table {
            thead { tr {
                th scope="col" { (say(l, "settings-level")) }
                th scope="col" { (say(l, "settings-written")) }
            } }
            tbody { @for level in &levels { tr {
                th scope="row" { a href={ "/settings/level?of=" (level) } { (name(l, level)) } }
                td { @match written.get(level) {
                    Some(template) => { (template.by) " · " (moment(l, template.at_ms, ask.fleet.now_ms())) }
                    None => (say(l, "settings-nothing")),
                } }
            } } }
        } }
    };
    Ok(page(ask, &say(l, "menu-settings"), None, body).into_response())
}

pub(crate) fn level(ask: &Ask, sheet: &Sheet) -> Markup {
    let l = ask.language;
    let may_write = matches!(&sheet.shown, Preview::Effects(effects) if !effects.is_empty())
        || matches!(&sheet.shown, Preview::Effects(_)) && sheet.text != sheet.template.text;
    let body = html! {
        @if sheet.template.tried.is_some() { (under_trial(ask, sheet)) }
        form.card method="post" action="/settings/level" {
            (token(ask))
            input type="hidden" name="of" value=(sheet.level);
            input type="hidden" name="over" value=(sheet.over);
            div.field {
                label for="text" { (say(l, "settings-toml")) }
                textarea #text.code name="text" rows="14" spellcheck="false" autocapitalize="off" { (sheet.text) }
            }
            p.hint { (say(l, "settings-toml-text")) }
            (preview(ask, &sheet.shown))
            @if may_write { (first_field(l, &sheet.first)) }
            div.verbs {
                button.primary[!may_write] type="submit" name="do" value="preview" { (say(l, "settings-preview")) }
                @if may_write {
                    button.primary type="submit" name="do" value="try" { (say(l, "settings-try")) }
                    button type="submit" name="do" value="write" { (say(l, "settings-write")) }
                }
                @if sheet.template.writing > 0 && sheet.template.tried.is_none() {
                    button type="submit" name="do" value="undo" { (say(l, "settings-undo")) }
                }
            }
        }
        @if sheet.template.writing > 0 { (earlier(ask, &sheet.template)) }
        p { a href="/settings" { (say(l, "settings-back")) } }
    };
    page(ask, &name(l, &sheet.level), None, body)
}

/// Which rooms try a text first.
fn first_field(l: Language, first: &[String]) -> Markup {
    html! {
        div.field {
            label for="first" { (say(l, "settings-first")) }
            input #first name="first" value=(first.join(", ")) autocapitalize="off" spellcheck="false" aria-describedby="first-text";
            p.hint #first-text { (say(l, "settings-first-text")) }
        }
    }
}

/// How a text does in the rooms that try it.
fn under_trial(ask: &Ask, sheet: &Sheet) -> Markup {
    let l = ask.language;
    html! {
        section.card aria-labelledby="tried" {
            h2 #tried { (fill(l, "settings-tried", &[("writing", sheet.template.writing.to_string())])) }
            ul.plain { @for (room, answer) in &sheet.answers {
                li { a href={ "/rooms/" (room) } { (room) } ": " (say(l, match answer {
                    Some(Settled::Applied { .. }) => "settings-tried-applied",
                    Some(Settled::Refused { .. }) => "settings-tried-refused",
                    None => "settings-tried-waiting",
                })) }
            } }
            form.verbs method="post" action="/settings/level" {
                (token(ask))
                input type="hidden" name="of" value=(sheet.level);
                input type="hidden" name="over" value=(sheet.template.writing);
                button.primary type="submit" name="do" value="open" { (say(l, "settings-open")) }
                button type="submit" name="do" value="undo" { (say(l, "settings-undo")) }
            }
        }
    }
}

fn preview(ask: &Ask, shown: &Preview) -> Markup {
    let l = ask.language;
    match shown {
        Preview::None => html! {},
        Preview::Bad(room, bad) => html! {
            div.trouble role="alert" {
                @if let Some(room) = room { p { (fill(l, "settings-bad-room", &[("room", room.to_string())])) } }
                @if let Some(line) = bad.line { p { (fill(l, "settings-line", &[("line", line.to_string())])) } }
                p.code { (bad.message) }
            }
        },
        Preview::Effects(effects) => html! {
            section role="status" aria-labelledby="effects" {
                h2 #effects { (count(l, "settings-effects", effects.len() as u64)) }
                @for effect in effects.iter().take(SHOWN) {
                    h3 { a href={ "/rooms/" (effect.room) } { (effect.room) } }
                    ul.plain { @for change in &effect.changes { li {
                        code { (change.setting) } ": "
                        @if let Some(before) = &change.before { del { (before) } } @else { (say(l, "settings-unset")) }
                        " → "
                        @if let Some(after) = &change.after { ins { (after) } } @else { (say(l, "settings-unset")) }
                    } } }
                }
                @if effects.len() > SHOWN { p { (count(l, "settings-more", (effects.len() - SHOWN) as u64)) } }
            }
        },
    }
}

fn earlier(ask: &Ask, template: &Template) -> Markup {
    let l = ask.language;
    let now_ms = ask.fleet.now_ms();
    html! {
        section.card aria-labelledby="earlier" {
            h2 #earlier { (say(l, "settings-earlier")) }
            p { (fill(l, "settings-writing", &[("writing", template.writing.to_string()), ("by", template.by.clone())])) " " (moment(l, template.at_ms, now_ms)) }
            @for old in &template.earlier {
                details {
                    summary { (fill(l, "settings-writing", &[("writing", old.writing.to_string()), ("by", old.by.clone())])) " " (moment(l, old.at_ms, now_ms)) }
                    pre tabindex="0" { (old.text) }
                }
            }
        }
    }
}
