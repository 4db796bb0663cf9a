//! Rooms that want in: each with the code to compare, and where it shall be.

use super::bits::{Field, moment};
use super::frame::{page, token};
use super::room::place_fields;
use crate::acts::Done;
use crate::enrol::Waiting;
use crate::rooms::{Place, Slug};
use crate::store::Kept;
use crate::web::Ask;
use crate::words::{fill, say};
use axum::response::IntoResponse;
use maud::{Markup, html};

pub(crate) async fn enrolment(ask: &Ask) -> Done {
    let l = ask.language;
    let fleet = &ask.fleet;
    let open = fleet.enrol.open(ask.tenant(), fleet.now_ms()).await?;
    let body = html! {
        p { (say(l, "enrol-text")) }
        @if open.is_empty() {
            div.card { p { (say(l, "enrol-nobody")) } p.hint { (say(l, "enrol-how")) } }
        }
        @for kept in &open { (request(ask, kept)) }
    };
    Ok(page(ask, &say(l, "menu-enrolment"), Some(""), body).into_response())
}

/// A proposal for an id, out of what the room is called.
fn proposed(waiting: &Waiting) -> String {
    let slug = Slug::of(waiting.name.as_str()).unwrap_or_default();
    slug.as_str().trim_matches('-').to_owned()
}

fn request(ask: &Ask, kept: &Kept<Waiting>) -> Markup {
    let l = ask.language;
    let waiting = &kept.value;
    let form = format!("r{}", &kept.name[..8.min(kept.name.len())]);
    let proposal = proposed(waiting);
    html! {
        section.card aria-labelledby=(form) {
            h2 id=(form) { (fill(l, "enrol-room", &[("name", waiting.name.as_str().to_owned())])) }
            p.code.big { (waiting.code) }
            p.hint {
                (fill(l, "enrol-from", &[("from", waiting.from.to_string()), ("software", waiting.software.as_str().to_owned())]))
                " · " (moment(l, waiting.at_ms, ask.fleet.now_ms()))
            }
            form.grid method="post" action={ "/enrolment/" (kept.name) "/approve" } {
                (token(ask))
                (Field { required: true, ..Field::text("id", say(l, "room-id"), &proposal) }.draw(&form))
                (Field { required: true, ..Field::text("name", say(l, "place-name"), waiting.name.as_str()) }.draw(&form))
                (place_fields(ask, &form, &Place::default()))
                label.tick { input type="checkbox" name="replaces" value="yes"; " " (say(l, "enrol-replaces")) }
                label.tick { input type="checkbox" name="compared" value="yes" required; " " (say(l, "enrol-compared")) }
                button.primary type="submit" { (say(l, "enrol-approve")) }
            }
            form method="post" action={ "/enrolment/" (kept.name) "/refuse" } {
                (token(ask))
                button type="submit" { (say(l, "enrol-refuse")) }
            }
        }
    }
}
