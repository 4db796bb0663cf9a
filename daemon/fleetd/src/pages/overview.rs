//! The overview: a map of buildings by state, and what tomorrow holds. Each building says in words what its bar shows.

use super::frame::page;
use super::plot::{patterns, shares_bar};
use crate::acts::{NONE, groups};
use crate::rooms::{Counts, Light};
use crate::web::Ask;
use crate::words::{count, say};
use maud::{Markup, html};
use std::collections::BTreeMap;
use url::form_urlencoded::Serializer;

/// A site's buildings by name.
type Site = BTreeMap<String, Counts>;

pub(crate) fn overview(ask: &Ask) -> Markup {
    let l = ask.language;
    let mut all = Counts::default();
    let mut sites: BTreeMap<String, Site> = BTreeMap::new();
    for ((site, building), counts) in groups(ask) {
        all.join(&counts);
        sites.entry(site).or_default().insert(building, counts);
    }
    let body = html! {
        @if all.all() == 0 {
            div.card {
                p { (say(l, "overview-empty")) }
                p.hint { (say(l, "overview-empty-how")) }
            }
        } @else {
            (patterns())
            ul.tiles {
                @for (light, number) in Light::ALL.iter().zip(all.lights) {
                    li { a.tile href={ "/rooms?light=" (light.word()) } {
                        strong { (number) }
                        (super::bits::light(l, *light))
                    } }
                }
            }
            @let at_risk = all.tomorrow_red + all.tomorrow_yellow;
            @if at_risk > 0 {
                p.notice { a href="/rooms?tomorrow=risk" { (count(l, "overview-tomorrow", u64::from(at_risk))) } }
            }
            @for (site, buildings) in &sites { (map(ask, site, buildings)) }
        }
    };
    page(ask, &say(l, "menu-overview"), Some(""), body)
}

fn link(site: &str, building: Option<&str>) -> String {
    let named = |name: &str| {
        if name.is_empty() {
            NONE.to_owned()
        } else {
            name.to_owned()
        }
    };
    let mut query = Serializer::new(String::new());
    query.append_pair("site", &named(site));
    if let Some(building) = building {
        query.append_pair("building", &named(building));
    }
    format!("/rooms?{}", query.finish())
}

fn map(ask: &Ask, site: &str, buildings: &Site) -> Markup {
    let l = ask.language;
    let mut whole = Counts::default();
    buildings.values().for_each(|counts| whole.join(counts));
    let id = format!("site-{site}");
    let name = if site.is_empty() {
        say(l, "place-none")
    } else {
        site.to_owned()
    };
    html! {
        section.site aria-labelledby=(id) {
            h2 id=(id) { a href=(link(site, None)) { (name) } " " small { (count(l, "overview-rooms", u64::from(whole.all()))) } }
            ul.map { @for (building, counts) in buildings { (block(ask, (site, building), counts)) } }
        }
    }
}

fn block(ask: &Ask, (site, building): (&str, &str), counts: &Counts) -> Markup {
    let l = ask.language;
    let worst = [Light::Red, Light::Yellow, Light::Unknown];
    let index = |light: Light| Light::ALL.iter().position(|one| *one == light).unwrap_or(0);
    let worst = worst
        .into_iter()
        .find(|light| counts.lights[index(*light)] > 0);
    let at_risk = counts.tomorrow_red + counts.tomorrow_yellow;
    html! {
        li { a class={ "block " (worst.unwrap_or(Light::Green).word()) } href=(link(site, Some(building))) {
            strong { @if building.is_empty() { (say(l, "overview-no-building")) } @else { (building) } }
            (shares_bar(counts))
            span.counts {
                @for (light, number) in Light::ALL.iter().zip(counts.lights).filter(|(_, number)| *number > 0) {
                    span { (super::bits::light(l, *light)) " " b { (number) } }
                }
            }
            @if at_risk > 0 { span.risk { (count(l, "overview-block-tomorrow", u64::from(at_risk))) } }
        } }
    }
}
