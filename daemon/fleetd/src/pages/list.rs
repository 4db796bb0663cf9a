//! The list of rooms: searched, filtered, by pages.

use super::bits::{Field, light, moment, place, troubles};
use super::frame::page;
use crate::acts::{Filter, Sight};
use crate::rooms::{Card, Light};
use crate::web::Ask;
use crate::words::{count, say};
use maud::{Markup, html};
use url::form_urlencoded::Serializer;

pub(crate) fn rooms(ask: &Ask) -> Markup {
    let l = ask.language;
    let filter = Filter::of(ask);
    let sight = Sight::of(ask, &filter);
    let body = html! {
        (search(ask, &filter))
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
            p { a.button href=(address(ask, next.as_str())) { (say(l, "rooms-next")) } }
        }
    };
    page(ask, &say(l, "menu-rooms"), Some(""), body)
}

fn search(ask: &Ask, filter: &Filter) -> Markup {
    let l = ask.language;
    html! {
        form.search method="get" action="/rooms" role="search" {
            (Field { kind: "search", ..Field::text("q", say(l, "rooms-search"), ask.field("q")) }.draw("rooms"))
            div.field {
                label for="rooms-light" { (say(l, "rooms-state")) }
                select #rooms-light name="light" {
                    option value="" { (say(l, "rooms-every")) }
                    @for one in Light::ALL {
                        option value=(one.word()) selected[filter.light == Some(one)] {
                            (say(l, &format!("light-{}", one.word())))
                        }
                    }
                }
            }
            (Field::text("site", say(l, "place-site"), &filter.site).draw("rooms"))
            (Field::text("building", say(l, "place-building"), &filter.building).draw("rooms"))
            button type="submit" { (say(l, "rooms-find")) }
        }
    }
}

fn row(ask: &Ask, card: &Card) -> Markup {
    let l = ask.language;
    let (is, why) = card.light();
    html! {
        tr {
            td { (light(l, is)) }
            th scope="row" { a href={ "/rooms/" (card.room.id) } { (card.room.name.as_str()) } " " small { (card.room.id) } }
            td { (place(card)) }
            td { (troubles(l, &why)) }
            td { @if let Some(since) = card.since_ms() { (moment(l, since, ask.fleet.now_ms())) } }
        }
    }
}

fn address(ask: &Ask, after: &str) -> String {
    let mut query = Serializer::new(String::new());
    for name in ["q", "light", "site", "building"] {
        if !ask.field(name).is_empty() {
            query.append_pair(name, ask.field(name));
        }
    }
    query.append_pair("after", after);
    format!("/rooms?{}", query.finish())
}
