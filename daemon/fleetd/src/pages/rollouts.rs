//! Releases on their way: what can be offered, rings, how far each rollout is, each room's part. Layout only.

use super::bits::{exactly, moment};
use super::frame::{page, token};
use crate::acts::{Done, Shown, asked, now};
use crate::people::Right;
use crate::rollouts::{Catalogue, Facts, Is, Phase, Release, Ring, Tally, word_of};
use crate::web::Ask;
use crate::words::{count, failure, fill, say};
use axum::response::IntoResponse;
use maud::{Markup, html};
use releases::Version;
use std::collections::BTreeSet;

/// Rooms of a ring that are named one by one.
const NAMED: usize = 200;

pub(crate) async fn rollouts(ask: &Ask) -> Done {
    let l = ask.language;
    let fleet = &ask.fleet;
    let catalogue = fleet.repository.catalogue(now(ask)).await?;
    let rings = fleet.rollouts.rings(ask.tenant()).await?;
    let mut all = fleet.rollouts.all(ask.tenant());
    all.sort_by_key(|kept| {
        (
            kept.value.phase == Phase::Stopped,
            std::cmp::Reverse(kept.value.at_ms),
        )
    });
    let may = ask.may(Right::Set, None);
    let shown: Vec<Shown> = all.into_iter().map(|kept| Shown::of(ask, kept)).collect();
    let body = html! {
        section.card aria-labelledby="under-way" {
            h2 #under-way { (say(l, "rollouts-under-way")) }
            @if shown.is_empty() { p { (say(l, "rollouts-none")) } }
            ul.plain { @for one in &shown { (line(ask, one)) } }
        }
        (offered(ask, &catalogue, may))
        (ring_table(ask, &rings, may))
    };
    Ok(page(ask, &say(l, "menu-rollouts"), Some(""), body).into_response())
}

fn line(ask: &Ask, shown: &Shown) -> Markup {
    let l = ask.language;
    let rollout = &shown.kept.value;
    let proven: u32 = shown.tallies.iter().map(|tally| tally.proven).sum();
    let failed: u32 = shown.tallies.iter().map(|tally| tally.failed).sum();
    html! {
        li {
            a href={ "/rollouts/" (shown.kept.name) } { (named(ask, (&rollout.of, &rollout.version), &rollout.architectures)) }
            " · " strong { (say(l, &format!("rollout-{}", rollout.phase.word()))) }
            " · " (ring_of(ask, rollout.rings.get(rollout.open)))
            " · " (count(l, "rollout-count-proven", u64::from(proven)))
            " · " (count(l, "rollout-count-failed", u64::from(failed)))
        }
    }
}

/// What a release is of, in words: such as `join-pack/zoom`.
fn named(ask: &Ask, (of, version): (&str, &Version), machines: &BTreeSet<String>) -> String {
    let (kind, of) = of.split_once('/').unwrap_or_default();
    let machines: Vec<&str> = machines.iter().map(String::as_str).collect();
    let values = [
        ("of", of.to_owned()),
        ("version", version.to_string()),
        ("machines", machines.join(", ")),
    ];
    fill(ask.language, &format!("release-{kind}"), &values)
}

fn release_name(ask: &Ask, release: &Release) -> String {
    let of = format!("{}/{}", release.is.kind.word(), release.is.of);
    named(ask, (&of, &release.is.version), &release.architectures)
}

fn ring_of(ask: &Ask, ring: Option<&Ring>) -> String {
    let name = ring.map_or("", |ring| ring.name.as_str()).to_owned();
    fill(ask.language, "rollout-ring-named", &[("name", name)])
}

fn offered(ask: &Ask, catalogue: &Catalogue, may: bool) -> Markup {
    let l = ask.language;
    html! {
        section.card aria-labelledby="list" {
            h2 #list { (say(l, "releases-list")) }
            @if let Some(code) = catalogue.problem {
                div.notice role="note" { p { (failure(l, code)) } p.code { (code) } p { (say(l, "releases-sign-anew")) } }
            }
            @match catalogue.good_until_ms {
                Some(end) => p { (say(l, "releases-good-until")) " " (exactly(end)) },
                None if catalogue.problem.is_none() => p { (say(l, "releases-nothing")) },
                None => {}
            }
            @if may && !catalogue.releases.is_empty() {
                form.inline method="post" action="/rollouts" {
                    (token(ask))
                    div.field {
                        label for="offer-target" { (say(l, "releases-one")) }
                        select id="offer-target" name="target" { @for release in &catalogue.releases {
                            option value=(release.target) { (release_name(ask, release)) }
                        } }
                    }
                    button.primary type="submit" { (say(l, "releases-offer")) }
                }
            } @else {
                ul.plain { @for release in &catalogue.releases {
                    li { (release_name(ask, release)) }
                } }
            }
        }
    }
}

/// Columns of the table of rings: a field's name, its label, its limits.
const COLUMNS: [(&str, &str, u32, u32); 4] = [
    ("at_once", "ring-at-once", 1, 100),
    ("proven", "ring-proven", 1, 100),
    ("failed", "ring-failed", 0, 99),
    ("wait_hours", "ring-wait", 0, 720),
];

fn figures(ring: &Ring) -> [u32; 4] {
    [
        u32::from(ring.at_once),
        u32::from(ring.proven),
        u32::from(ring.failed),
        ring.wait_min / 60,
    ]
}

fn ring_table(ask: &Ask, rings: &[Ring], may: bool) -> Markup {
    let l = ask.language;
    let table = html! {
        div.scroll tabindex="0" role="region" aria-label=(say(l, "rings-table")) { table {
            thead { tr {
                th scope="col" { (say(l, "ring-name")) }
                @for (_, label, ..) in COLUMNS { th scope="col" { (say(l, label)) } }
            } }
            tbody { @for (place, ring) in rings.iter().enumerate() { tr {
                th scope="row" {
                    @if may { input name="name" value=(ring.name.as_str()) aria-label=(say(l, "ring-name")) autocomplete="off"; }
                    @else { (ring.name.as_str()) }
                }
                @for ((name, label, least, most), figure) in COLUMNS.into_iter().zip(figures(ring)) { td.number {
                    @if may {
                        input type="number" name=(name) value=(figure) min=(least) max=(most) required
                            aria-label={ (say(l, label)) ", " (ring.name.as_str()) " (" (place + 1) ")" };
                    } @else { (figure) }
                } }
            } } }
        } }
    };
    html! {
        section.card aria-labelledby="rings" {
            h2 #rings { (say(l, "rings-title")) }
            p.hint { (say(l, "rings-text")) }
            @if may {
                form.rings method="post" action="/rings" { (token(ask)) (table) p { button type="submit" { (say(l, "rings-write")) } } }
            } @else { (table) }
        }
    }
}

pub(crate) async fn rollout(ask: &Ask) -> Done {
    let l = ask.language;
    let shown = asked(ask)?;
    let rollout = &shown.kept.value;
    let may = ask.may(Right::Set, None) && rollout.phase != Phase::Stopped;
    let title = named(ask, (&rollout.of, &rollout.version), &rollout.architectures);
    let rings = rollout.rings.iter().zip(&shown.tallies).enumerate();
    let body = html! {
        section.card aria-labelledby="standing" {
            h2 #standing { (say(l, "rollout-standing")) }
            p.big role="status" {
                strong { (say(l, &format!("rollout-{}", rollout.phase.word()))) }
                " · " (ring_of(ask, rollout.rings.get(rollout.open)))
            }
            p { (say(l, &format!("rollout-{}-text", rollout.phase.word()))) }
            p.hint { code { (rollout.target) } " · " (rollout.by) " · " (moment(l, rollout.at_ms, ask.fleet.now_ms())) }
            @if may { (changes(ask, &shown)) }
        }
        @for (place, (ring, tally)) in rings { (one_ring(ask, &shown, (place, ring, tally))) }
        p { a href="/rollouts" { (say(l, "rollout-back")) } }
    };
    Ok(page(ask, &title, Some(""), body).into_response())
}

fn changes(ask: &Ask, shown: &Shown) -> Markup {
    let l = ask.language;
    let rollout = &shown.kept.value;
    let last = rollout.open + 1 >= rollout.rings.len();
    let going = rollout.phase == Phase::Going;
    let wanted = [
        ("pause", going),
        ("go-on", !going),
        ("open-next", going && !last),
        ("stop", true),
    ];
    html! {
        div.verbs { @for (word, _) in wanted.into_iter().filter(|(_, is)| *is) {
            form method="post" action={ "/rollouts/" (shown.kept.name) }
                data-confirm=[(word != "pause").then(|| say(l, &format!("rollout-sure-{word}")))] {
                (token(ask))
                input type="hidden" name="do" value=(word);
                button.danger[word == "stop"] type="submit" { (say(l, &format!("rollout-do-{word}"))) }
            }
        } }
    }
}

fn one_ring(ask: &Ask, shown: &Shown, (place, ring, tally): (usize, &Ring, &Tally)) -> Markup {
    let l = ask.language;
    let id = format!("ring-{place}");
    let mut rooms: Vec<&Facts> = shown
        .rooms
        .iter()
        .filter(|facts| facts.ring == place)
        .collect();
    rooms.sort_by_key(|facts| interest(facts));
    let begun = place <= shown.kept.value.open;
    let counts = [
        ("all", tally.rooms.to_string()),
        ("proven", tally.proven.to_string()),
        ("risk", tally.at_risk.to_string()),
        ("failed", tally.failed.to_string()),
        ("away", tally.away.to_string()),
    ];
    html! {
        section.card aria-labelledby=(id) {
            h2 id=(id) { (ring_of(ask, Some(ring))) @if !begun { " – " (say(l, "ring-not-begun")) } }
            p { (fill(l, "ring-counts", &counts)) }
            progress aria-labelledby=(id) value=(tally.proven) max=(tally.rooms.max(1)) {}
            p.hint { (fill(l, "ring-rule", &[
                ("once", ring.at_once.to_string()), ("proven", ring.proven.to_string()),
                ("failed", ring.failed.to_string()), ("hours", (ring.wait_min / 60).to_string()),
            ])) }
            @if !rooms.is_empty() {
                div.scroll tabindex="0" role="region"
                    aria-label=(fill(l, "ring-rooms", &[("name", ring.name.as_str().to_owned())])) { table {
                    thead { tr {
                        th scope="col" { (say(l, "rollout-room")) }
                        th scope="col" { (say(l, "rollout-how")) }
                        th scope="col" { (say(l, "rollout-change")) }
                    } }
                    tbody { @for facts in rooms.iter().take(NAMED) { (room_row(ask, shown, facts)) } }
                } }
                @if rooms.len() > NAMED { p.hint { (count(l, "settings-more", (rooms.len() - NAMED) as u64)) } }
            }
        }
    }
}

/// Which rooms are looked for first: the list is cut off, and in a large fleet most of a ring has nothing to do yet.
fn interest(facts: &Facts) -> u8 {
    match (&facts.standing.is, facts.able) {
        (Is::Failed { .. }, _) => 0,
        (Is::Begun { .. }, _) => 1,
        (Is::Offered { .. }, _) => 2,
        (Is::Proven { .. }, _) => 3,
        (Is::TakenOut {}, _) => 4,
        (Is::Free {}, true) => 5,
        (Is::NotForIt { .. }, _) => 6,
        (Is::Free {}, false) => 7,
    }
}

fn room_row(ask: &Ask, shown: &Shown, facts: &Facts) -> Markup {
    let l = ask.language;
    let standing = &facts.standing;
    let stopped = shown.kept.value.phase == Phase::Stopped;
    let may = ask.may(Right::Set, None) && !stopped;
    let change = match standing.is {
        Is::Failed { .. } | Is::NotForIt { .. } | Is::TakenOut {} => Some("readmit"),
        Is::Free {} | Is::Offered { .. } => Some("take-out"),
        Is::Begun { .. } | Is::Proven { .. } => None,
    };
    html! {
        tr {
            th scope="row" { a href={ "/rooms/" (facts.room) } { (facts.room) } }
            td {
                (say(l, &format!("standing-room-{}", word_of(standing, facts.able, facts.quiet))))
                @match &standing.is {
                    Is::Failed { code, at_ms } | Is::NotForIt { code, at_ms } => {
                        " – " (failure(l, code.as_str())) " " code { (code) } " · " (moment(l, *at_ms, ask.fleet.now_ms()))
                    }
                    Is::Offered { why: Some(why), .. } => { " – " (say(l, &format!("wait-{}", why.word()))) }
                    Is::Proven { at_ms } => { " · " (moment(l, *at_ms, ask.fleet.now_ms())) }
                    _ => {}
                }
            }
            td { @if let Some(word) = change.filter(|_| may) {
                form method="post" action={ "/rollouts/" (shown.kept.name) "/room" } {
                    (token(ask))
                    input type="hidden" name="room" value=(facts.room);
                    input type="hidden" name="do" value=(word);
                    button type="submit" aria-label={ (say(l, &format!("room-{word}"))) ": " (facts.room) } { (say(l, &format!("room-{word}"))) }
                }
            } }
        }
    }
}

/// The form that says in which ring a room is.
pub(super) fn ring_form(ask: &Ask, room: &crate::rooms::Room, rings: &[Ring]) -> Markup {
    let l = ask.language;
    let unknown = !room.ring.is_empty() && !rings.iter().any(|ring| ring.name == room.ring);
    html! {
        section.card aria-labelledby="ring" {
            h2 #ring { (say(l, "room-ring")) }
            form.inline method="post" action={ "/rooms/" (room.id) "/ring" } {
                (token(ask))
                div.field {
                    label for="ring-choice" { (say(l, "room-ring-choice")) }
                    select id="ring-choice" name="ring" {
                        option value="" selected[room.ring.is_empty()] { (say(l, "room-ring-last")) }
                        @if unknown { option value=(room.ring.as_str()) selected { (room.ring.as_str()) } }
                        @for ring in rings {
                            option value=(ring.name.as_str()) selected[ring.name == room.ring] { (ring.name.as_str()) }
                        }
                    }
                }
                button type="submit" { (say(l, "room-ring-move")) }
            }
        }
    }
}
