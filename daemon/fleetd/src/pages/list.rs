//! The list of rooms: searched, filtered, kept as views, told together, by pages.

use super::bits::{Field, aged, choice, moment, place, troubles};
use super::frame::{page, token};
use crate::acts::{Choices, Done, Filter, NONE, Sight, needs, query};
use crate::bulk::VERBS;
use crate::rooms::{Card, Light};
use crate::views::SavedView;
use crate::web::Ask;
use crate::words::{count, fault, say};
use axum::response::IntoResponse;
use maud::{Markup, html};

pub(crate) async fn rooms(ask: &Ask) -> Done {
    let l = ask.language;
    let filter = Filter::of(ask);
    let asked = query(|key| ask.field(key).to_owned());
    let views = ask.fleet.views.of(ask.tenant(), ask.name()).await?;
    let sight = Sight::of(ask, &filter);
    let body = html! {
        (own_views(ask, &views, &asked))
        (search(ask, &filter, &sight.choices))
        p.found role="status" { (count(l, "rooms-found", sight.found as u64)) }
        @if !sight.cards.is_empty() {
            div.scroll tabindex="0" role="region" aria-label=(say(l, "menu-rooms")) { table {
                thead { tr {
                    th scope="col" { (say(l, "rooms-state")) }
                    th scope="col" { (say(l, "rooms-room")) }
                    th scope="col" { (say(l, "rooms-place")) }
                    th scope="col" { (say(l, "rooms-why")) }
                    th scope="col" { (say(l, "rooms-since")) }
                } }
                tbody { @for card in &sight.cards { (row(ask, card)) } }
            } }
        }
        @if let Some(next) = &sight.next {
            @let more = if asked.is_empty() { String::new() } else { format!("{asked}&") };
            p { a.button rel="next" href={ "/rooms?" (more) "after=" (next) } { (say(l, "rooms-next")) } }
        }
        @if sight.found > 0 { (together(ask, &asked)) }
    };
    Ok(page(ask, &say(l, "menu-rooms"), Some(""), body).into_response())
}

/// What a person keeps, and a form to keep what is shown.
fn own_views(ask: &Ask, views: &[SavedView], asked: &str) -> Markup {
    let l = ask.language;
    let shown = views.iter().find(|view| view.query == asked);
    html! {
        @if !views.is_empty() {
            nav.views aria-label=(say(l, "views")) { ul {
                @for view in views {
                    @let here = shown.is_some_and(|shown| shown.name == view.name);
                    li { a href={ "/rooms?" (view.query) } aria-current=[here.then_some("true")] { (view.name) } }
                }
            } }
        }
        @match shown {
            Some(shown) => {
                form.inline method="post" action="/rooms/views/drop" {
                    (token(ask)) (carried(ask))
                    input type="hidden" name="name" value=(shown.name);
                    button.tool type="submit" { (say(l, "views-drop")) }
                }
            }
            None if !asked.is_empty() => {
                form.inline method="post" action="/rooms/views" {
                    (token(ask)) (carried(ask))
                    (Field { required: true, ..Field::text("name", say(l, "views-name"), "") }.draw("view"))
                    button type="submit" { (say(l, "views-keep")) }
                }
            }
            None => {}
        }
    }
}

/// What was asked for, for a form that is about it.
fn carried(ask: &Ask) -> Markup {
    let asked = query(|key| ask.field(key).to_owned());
    let pairs = url::form_urlencoded::parse(asked.as_bytes()).into_owned();
    let pairs: Vec<(String, String)> = pairs.collect();
    html! { @for (name, value) in &pairs { input type="hidden" name=(name) value=(value); } }
}

fn search(ask: &Ask, filter: &Filter, choices: &Choices) -> Markup {
    let l = ask.language;
    let places = [
        ("site", say(l, "place-site"), &choices.sites, &filter.site),
        (
            "building",
            say(l, "place-building"),
            &choices.buildings,
            &filter.building,
        ),
        (
            "floor",
            say(l, "place-floor"),
            &choices.floors,
            &filter.floor,
        ),
        ("kind", say(l, "place-kind"), &choices.kinds, &filter.kind),
    ];
    let lights = Light::ALL.map(|one| (one.word(), say(l, &format!("light-{}", one.word()))));
    let lights = lights.map(|(word, text)| (word.to_owned(), text));
    let light = filter.light.map(Light::word).unwrap_or_default();
    let faults = choices.faults.iter();
    let faults: Vec<_> = faults.map(|code| (code.clone(), fault(l, code))).collect();
    html! {
        form.search method="get" action="/rooms" role="search" {
            (Field { kind: "search", ..Field::text("q", say(l, "rooms-search"), ask.field("q")) }.draw("rooms"))
            (choice(l, ("light", say(l, "rooms-state")), &lights, light))
            @for (name, label, names, chosen) in places {
                @let named = names.iter().map(|name| (name.clone(), name.clone()));
                @let options: Vec<_> = [(NONE.to_owned(), say(l, "place-none"))].into_iter().chain(named).collect();
                (choice(l, (name, label), &options, chosen))
            }
            (choice(l, ("fault", say(l, "rooms-fault")), &faults, &filter.fault))
            label.tick { input type="checkbox" name="tomorrow" value="risk" checked[filter.tomorrow]; " " (say(l, "overview-tomorrow-short")) }
            div.verbs {
                button.primary type="submit" { (say(l, "rooms-find")) }
                a.button href="/rooms" { (say(l, "rooms-reset")) }
            }
        }
    }
}

fn row(ask: &Ask, card: &Card) -> Markup {
    let l = ask.language;
    let (_, why) = card.light();
    html! {
        tr {
            td { (aged(ask, card)) }
            th scope="row" { a href={ "/rooms/" (card.room.id) } { (card.room.name.as_str()) } " " small { (card.room.id) } }
            td { (place(card)) }
            td { (troubles(l, &why)) }
            td { @if let Some(since) = card.since_ms() { (moment(l, since, ask.fleet.now_ms())) } }
        }
    }
}

/// One verb for everything that was found.
fn together(ask: &Ask, asked: &str) -> Markup {
    let l = ask.language;
    let caller = ask.who.caller();
    let may = |verb: &&str| caller.is_some_and(|caller| caller.may_somewhere(needs(verb)));
    let verbs: Vec<&str> = VERBS.iter().copied().filter(may).collect();
    if verbs.is_empty() {
        return html! {};
    }
    html! {
        section.card aria-labelledby="together" {
            h2 #together { (say(l, "bulk")) }
            p.hint { (say(l, if asked.is_empty() { "bulk-text-all" } else { "bulk-text" })) }
            form.inline method="post" action="/rooms/bulk" {
                (token(ask)) (carried(ask))
                div.field {
                    label for="bulk-verb" { (say(l, "bulk-verb-label")) }
                    select #bulk-verb name="verb" {
                        @for verb in verbs { option value=(verb) { (say(l, &format!("verb-{verb}"))) } }
                    }
                }
                button type="submit" { (say(l, "bulk-show")) }
            }
        }
    }
}
