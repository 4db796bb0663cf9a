//! The overview: all rooms by site and building, and what tomorrow holds.

use super::frame::page;
use crate::acts::groups;
use crate::rooms::{Counts, Light};
use crate::web::Ask;
use crate::words::{count, say};
use maud::{Markup, html};

pub(crate) fn overview(ask: &Ask) -> Markup {
    let l = ask.language;
    let groups = groups(ask);
    let mut all = Counts::default();
    for counts in groups.values() {
        all.join(counts);
    }
    let body = html! {
        @if all.all() == 0 {
            div.card {
                p { (say(l, "overview-empty")) }
                p.hint { (say(l, "overview-empty-how")) }
            }
        } @else {
            ul.tiles {
                @for (light, number) in Light::ALL.iter().zip(all.lights) {
                    li { a.tile href={ "/rooms?light=" (light.word()) } {
                        strong { (number) }
                        (super::bits::light(l, *light))
                    } }
                }
            }
            @if all.tomorrow_red + all.tomorrow_yellow > 0 {
                p.notice { (count(l, "overview-tomorrow", u64::from(all.tomorrow_red + all.tomorrow_yellow))) }
            }
            div.scroll tabindex="0" role="region" aria-label=(say(l, "overview-groups")) { table {
                caption { (say(l, "overview-groups")) }
                thead { tr {
                    th scope="col" { (say(l, "place-site")) }
                    th scope="col" { (say(l, "place-building")) }
                    @for light in Light::ALL { th.number scope="col" { (say(l, &format!("light-{}", light.word()))) } }
                    th.number scope="col" { (say(l, "overview-tomorrow-short")) }
                } }
                tbody {
                    @for ((site, building), counts) in &groups { (group(ask, site, building, counts)) }
                }
            } }
        }
    };
    page(ask, &say(l, "menu-overview"), Some(""), body)
}

fn group(ask: &Ask, site: &str, building: &str, counts: &Counts) -> Markup {
    let l = ask.language;
    let none = say(l, "place-none");
    let shown = |name: &str| match name {
        "" => none.clone(),
        name => name.to_owned(),
    };
    let link = format!("/rooms?site={site}&building={building}");
    html! {
        tr {
            th scope="row" { a href=(link) { (shown(site)) } }
            td { (shown(building)) }
            @for (light, number) in Light::ALL.iter().zip(counts.lights) {
                td class={ "number " (if number > 0 { light.word() } else { "none" }) } { (number) }
            }
            td.number { (counts.tomorrow_red + counts.tomorrow_yellow) }
        }
    }
}
