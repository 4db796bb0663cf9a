//! One room: how it is, why, how it shall be set, what it can be told, what it was told, how it was.

use super::bits::{Field, aged, exactly, moment, place, troubles};
use super::frame::{page, token};
use super::plot::{band, patterns, usage};
use crate::acts::{BUTTONS, Done, canary, needs};
use crate::commands::Order;
use crate::history::Turn;
use crate::people::Right;
use crate::rooms::{CLOCKS_APART_MS, Card, Link, Misdeed, Times};
use crate::secrets::secret;
use crate::twin::{DesiredDoc, Merged};
use crate::uploads::Wanted;
use crate::web::Ask;
use crate::words::{count, failure, fault, fill, remedy, say};
use axum::response::IntoResponse;
use fleet_proto::{Code, Fault, RoomState, Settled, SwitchNow};
use maud::{Markup, html};
use texts::Language;

/// Turns of a busy week; the list below the picture shows the first of them.
const TURNS: usize = 400;
const TURNS_LISTED: usize = 30;
const ORDERS: usize = 20;

pub(crate) async fn room(ask: &Ask) -> Done {
    let card = ask.room(Right::Look)?;
    let (fleet, tenant, id) = (&ask.fleet, ask.tenant(), &card.room.id);
    let orders = fleet.commands.of_room(tenant, id).await?;
    let turns = fleet.history(tenant, id, TURNS).await?;
    let files = fleet.uploads.of_room(tenant, id).await?;
    let merged = fleet.twin.merged(tenant, &card.room).await.ok();
    let desired = fleet.twin.desired(tenant, id).await?;
    let rings = fleet.rollouts.rings(tenant).await?;
    let live = format!("room={id}");
    let body = html! {
        (patterns())
        (head(ask, &card))
        @if let Some(state) = &card.seen.state { (now(ask, state)) (faults(ask, state)) }
        (verbs(ask, &card))
        (told(ask, &orders))
        (settings(ask, &card, merged.as_ref(), desired.as_ref()))
        @if !files.is_empty() { (came(ask, &card, &files)) }
        (history(ask, &card, &turns))
        @if ask.may(Right::Set, Some(&card.room.place.site)) { (super::rollouts::ring_form(ask, &card.room, &rings)) }
        @if ask.may(Right::Install, Some(&card.room.place.site)) { (placing(ask, &card)) }
        @if ask.may(Right::Rule, Some(&card.room.place.site)) { (out(ask, &card)) }
    };
    Ok(page(ask, card.room.name.as_str(), Some(&live), body).into_response())
}

fn head(ask: &Ask, card: &Card) -> Markup {
    let l = ask.language;
    let now_ms = ask.fleet.now_ms();
    let (_, why) = card.light();
    let seen = &card.seen;
    html! {
        section.card.live aria-labelledby="state" {
            h2 #state { (say(l, "room-state")) }
            p.big { (aged(ask, card)) @if !why.is_empty() { " – " (troubles(l, &why)) } }
            dl {
                dt { (say(l, "room-id")) } dd { code { (card.room.id) } }
                dt { (say(l, "rooms-place")) } dd { (place(card)) }
                dt { (say(l, "room-line")) }
                dd { @match seen.presence.link() {
                    Link::Never => (say(l, "line-never")),
                    Link::Up { since_ms } => { (say(l, "line-up")) " " (moment(l, since_ms, now_ms)) }
                    Link::Down { since_ms } => { (say(l, "line-down")) " " (moment(l, since_ms, now_ms)) }
                } }
                @if seen.state.is_some() {
                    dt { (say(l, "room-heard")) } dd { (moment(l, seen.heard_ms, now_ms)) }
                }
                @if !seen.software.as_str().is_empty() {
                    dt { (say(l, "room-software")) } dd { (seen.software.as_str()) }
                }
                @if seen.clock_ahead_ms.saturating_abs() > CLOCKS_APART_MS {
                    dt { (say(l, "room-clock")) } dd { (fill(l, "room-clock-ahead", &[("seconds", (seen.clock_ahead_ms / 1000).to_string())])) }
                }
                dt { (say(l, "room-certificate")) }
                dd { (exactly(i64::try_from(card.room.certificate.ends_s).unwrap_or(i64::MAX / 1000) * 1000)) }
            }
            @if !matches!(seen.presence.link(), Link::Up { .. }) && seen.state.is_some() {
                p.notice { (say(l, "room-old")) }
            }
            @for (what, times) in seen.misdeeds.each() { (misdeed(ask, what, times)) }
        }
    }
}

/// What was done with the room's key, and what to do about it.
fn misdeed(ask: &Ask, what: Misdeed, times: Times) -> Markup {
    let (l, word) = (ask.language, what.word());
    let does = match what {
        Misdeed::TwoBoards => "misdeed-do-two-boards",
        _ => "misdeed-do",
    };
    html! {
        div.notice role="note" {
            p { strong { (say(l, &format!("misdeed-{word}"))) } " (" code { (word) } ")" }
            p { (count(l, "misdeed-times", times.count)) " " (moment(l, times.last_ms, ask.fleet.now_ms())) }
            p { (say(l, does)) }
        }
    }
}

pub(super) fn word<T: serde::Serialize>(value: T) -> String {
    let value = serde_json::to_value(value).unwrap_or_default();
    value.as_str().unwrap_or_default().to_owned()
}

fn now(ask: &Ask, state: &RoomState) -> Markup {
    let l = ask.language;
    let now_ms = ask.fleet.now_ms();
    let switch = |seen: SwitchNow| say(l, &format!("switch-{}", word(seen)));
    html! {
        section.card aria-labelledby="now" {
            h2 #now { (say(l, "room-now")) }
            dl {
                dt { (say(l, "room-phase")) }
                dd { (say(l, &format!("phase-{}", word(state.phase)))) " · " (moment(l, state.phase_since_ms, now_ms)) }
                dt { (say(l, "room-microphone")) } dd { (switch(state.microphone)) }
                dt { (say(l, "room-camera")) } dd { (switch(state.camera)) }
                @if let Some(next) = state.next_meeting_ms {
                    dt { (say(l, "room-next")) } dd { (exactly(next)) }
                }
                @if let Some(day) = &state.tomorrow {
                    dt { (say(l, "room-tomorrow")) }
                    dd { (fill(l, "room-tomorrow-text", &[
                        ("meetings", day.meetings.to_string()), ("red", day.red.to_string()), ("yellow", day.yellow.to_string()),
                    ])) }
                }
                @if let Some(proof) = &state.proof {
                    dt { (say(l, "room-proof")) }
                    dd { (say(l, &format!("light-{}", word(proof.verdict)))) " · " (moment(l, proof.at_ms, now_ms)) }
                }
            }
            @if !state.devices.is_empty() {
                details {
                    summary { (say(l, "room-devices")) }
                    ul.plain { @for device in &state.devices { li {
                        code { (device.kind) } " " (device.role.as_str()) ": "
                        (say(l, match device.here { Some(true) => "device-here", Some(false) => "device-gone", None => "device-unknown" }))
                        @if let Some(model) = &device.model { " (" (model.as_str()) ")" }
                    } } }
                }
            }
        }
    }
}

fn faults(ask: &Ask, state: &RoomState) -> Markup {
    let l = ask.language;
    let failure = state.call.as_ref().and_then(|call| call.failure.as_ref());
    html! {
        section.card aria-labelledby="faults" {
            h2 #faults { (say(l, "room-faults")) }
            @if state.faults.is_empty() && failure.is_none() { p { (say(l, "room-no-faults")) } }
            ul.plain {
                @if let Some(code) = failure { (failure_line(ask, state, code)) }
                @for one in &state.faults { (fault_line(ask, one)) }
            }
        }
    }
}

/// What kept the room out of its meeting: nobody in the room may have said it.
fn failure_line(ask: &Ask, state: &RoomState, code: &Code) -> Markup {
    let l = ask.language;
    html! {
        li.finding {
            p { strong { (say(l, "trouble-call-failed")) } }
            p { (fault(l, code.as_str())) }
            @if let Some(remedy) = remedy(l, code.as_str()) { p { (remedy) } }
            p.hint { code { (code) } " · " (moment(l, state.phase_since_ms, ask.fleet.now_ms())) }
        }
    }
}

fn fault_line(ask: &Ask, one: &Fault) -> Markup {
    let l = ask.language;
    html! {
        li.finding {
            p { strong { (fault(l, one.code.as_str())) } @if let Some(about) = &one.about { " (" (about.as_str()) ")" } }
            @if let Some(cause) = &one.cause { p { (fault(l, cause.as_str())) } }
            @if let Some(remedy) = remedy(l, one.code.as_str()) { p { (remedy) } }
            p.hint {
                code { (one.code) } " · " (moment(l, one.since_ms, ask.fleet.now_ms()))
            }
        }
    }
}

fn verbs(ask: &Ask, card: &Card) -> Markup {
    let l = ask.language;
    let site = Some(&card.room.place.site);
    let known = |button: &str| card.seen.verbs.iter().any(|verb| verb.as_str() == button);
    let may = |button: &&str| known(button) && ask.may(needs(button), site);
    let up = matches!(card.seen.presence.link(), Link::Up { .. });
    let canaries = card.seen.verbs.iter().map(Code::as_str);
    let canaries = canaries.filter(|verb| canary(verb).is_some());
    let buttons = BUTTONS.iter().copied().chain(canaries);
    let buttons: Vec<&str> = buttons.filter(may).collect();
    if buttons.is_empty() {
        return html! {};
    }
    html! {
        section.card aria-labelledby="verbs" {
            h2 #verbs { (say(l, "room-verbs")) }
            p.hint { (say(l, if up { "room-verbs-text" } else { "room-verbs-offline" })) }
            div.verbs { @for button in buttons {
                // The form's own number makes a second press the same command.
                form method="post" action={ "/rooms/" (card.room.id) "/tell" }
                    data-confirm=[asks_first(button).then(|| say(l, "room-verbs-sure"))] {
                    (token(ask))
                    input type="hidden" name="verb" value=(button);
                    input type="hidden" name="command" value=(&secret()[..24]);
                    button type="submit" disabled[!up] { (verb_text(l, button)) }
                }
            } }
        }
    }
}

/// Whether people in the room notice at once; what needs a grant has a page of its own for that.
fn asks_first(button: &str) -> bool {
    needs(button) == Right::Operate && button != "screenshot"
}

fn verb_text(l: Language, button: &str) -> String {
    match button.strip_prefix("canary-") {
        Some(name) => fill(l, "verb-canary", &[("name", name.to_owned())]),
        None => say(l, &format!("verb-{button}")),
    }
}

fn told(ask: &Ask, orders: &[Order]) -> Markup {
    let l = ask.language;
    html! {
        section.card #commands aria-labelledby="told" {
            h2 #told { (say(l, "room-told")) }
            @if orders.is_empty() { p { (say(l, "room-told-nothing")) } }
            ul.plain { @for order in orders.iter().take(ORDERS) { li {
                code { (order.command.verb.name()) } " · "
                strong { (say(l, &format!("standing-{}", order.standing.word()))) }
                @match &order.standing {
                    crate::commands::Standing::Refused { why } => { " (" (say(l, &format!("refusal-{}", word(*why)))) ")" }
                    crate::commands::Standing::Failed { code } => { " – " (failure(l, code.as_str())) }
                    _ => {}
                }
                span.hint { " · " (order.by) " · " (moment(l, order.command.issued_ms, ask.fleet.now_ms())) }
            } } }
        }
    }
}

fn settings(
    ask: &Ask,
    card: &Card,
    merged: Option<&Merged>,
    desired: Option<&DesiredDoc>,
) -> Markup {
    let l = ask.language;
    let reported = card.seen.reported.as_ref();
    let wanted = desired.map(|doc| doc.desired.revision);
    let level = format!("room/{}", card.room.id);
    html! {
        section.card aria-labelledby="settings" {
            h2 #settings { (say(l, "room-settings")) }
            p { @match (wanted, reported) {
                (None, _) => (say(l, "settings-own")),
                (Some(wanted), Some(reported)) if reported.revision == wanted => @match &reported.settled {
                    Settled::Applied { later } => {
                        (fill(l, "settings-applied", &[("revision", wanted.to_string())]))
                        @if !later.is_empty() { " " (say(l, "settings-later")) }
                    }
                    Settled::Refused { .. } => strong { (fill(l, "settings-refused", &[("revision", wanted.to_string())])) },
                },
                (Some(wanted), _) => (fill(l, "settings-waiting", &[("revision", wanted.to_string())])),
            } }
            @if let Some(Settled::Refused { problems }) = reported.map(|reported| &reported.settled) {
                ol.problems { @for problem in problems { li {
                    @if let Some(line) = problem.line { (fill(l, "settings-line", &[("line", line.to_string())])) " " }
                    (problem.message.as_str())
                    @if let Some(help) = &problem.help { p.hint { (help.as_str()) } }
                } } }
            }
            @if let Some(merged) = merged.filter(|merged| !merged.settings.is_empty()) {
                div.scroll tabindex="0" role="region" aria-label=(say(l, "settings-value")) { table {
                    thead { tr {
                        th scope="col" { (say(l, "settings-setting")) }
                        th scope="col" { (say(l, "settings-value")) }
                        th scope="col" { (say(l, "settings-from")) }
                    } }
                    tbody { @for (setting, (value, from)) in &merged.settings { tr {
                        th scope="row" { code { (setting) } }
                        td { code { (value) } }
                        td { (super::levels::name(l, from)) }
                    } } }
                } }
            }
            @if ask.may(Right::Set, Some(&card.room.place.site)) {
                p { a.button href={ "/settings/level?of=" (level) } { (say(l, "settings-edit")) } }
            }
        }
    }
}

fn came(ask: &Ask, card: &Card, files: &[(String, Wanted)]) -> Markup {
    let l = ask.language;
    html! {
        section.card aria-labelledby="files" {
            h2 #files { (say(l, "room-files")) }
            ul.plain { @for (token, wanted) in files { li {
                a href={ "/rooms/" (card.room.id) "/files/" (token) } { (say(l, &format!("verb-{}", wanted.what))) }
                span.hint { " · " (moment(l, wanted.at_ms, ask.fleet.now_ms())) }
            } } }
        }
    }
}

fn history(ask: &Ask, card: &Card, turns: &[Turn]) -> Markup {
    let l = ask.language;
    let now_ms = ask.fleet.now_ms();
    html! {
        section.card aria-labelledby="history" {
            h2 #history { (say(l, "room-history")) }
            (band(l, turns, now_ms))
            (usage(l, &card.seen.usage.days(now_ms)))
            h3 { (say(l, "room-turns")) }
            @if turns.is_empty() { p { (say(l, "room-history-nothing")) } }
            ul.plain { @for turn in turns.iter().take(TURNS_LISTED) { li {
                strong { (say(l, &format!("light-{}", if turn.light == "offline" { "unknown" } else { &turn.light }))) }
                " " (turn.faults.join(", "))
                span.hint { " · " (moment(l, turn.at_ms, now_ms)) }
            } } }
        }
    }
}

/// The fields of a place, for this form.
pub(super) fn place_fields(ask: &Ask, form: &str, place: &crate::rooms::Place) -> Markup {
    let l = ask.language;
    html! {
        (Field::text("site", say(l, "place-site"), place.site.as_str()).draw(form))
        (Field::text("building", say(l, "place-building"), place.building.as_str()).draw(form))
        (Field::text("floor", say(l, "place-floor"), place.floor.as_str()).draw(form))
        (Field::text("kind", say(l, "place-kind"), place.kind.as_str()).draw(form))
    }
}

fn placing(ask: &Ask, card: &Card) -> Markup {
    let l = ask.language;
    html! {
        section.card aria-labelledby="placing" {
            h2 #placing { (say(l, "room-placing")) }
            form.grid method="post" action={ "/rooms/" (card.room.id) "/place" } {
                (token(ask))
                (Field { required: true, ..Field::text("name", say(l, "place-name"), card.room.name.as_str()) }.draw("place"))
                (place_fields(ask, "place", &card.room.place))
                button type="submit" { (say(l, "room-place")) }
            }
        }
    }
}

fn out(ask: &Ask, card: &Card) -> Markup {
    let l = ask.language;
    html! {
        section.card aria-labelledby="out" {
            h2 #out { (say(l, "room-out")) }
            p { (say(l, "room-out-text")) }
            form.grid method="post" action={ "/rooms/" (card.room.id) "/out" } {
                (token(ask))
                (Field { required: true, ..Field::text("sure", fill(l, "room-out-sure", &[("id", card.room.id.to_string())]), "") }.draw("out"))
                button.danger type="submit" { (say(l, "room-out-do")) }
            }
        }
    }
}
