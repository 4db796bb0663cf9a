//! What somebody with the key has to sign before a room shows itself, and a field for the signature.

use super::bits::exactly;
use super::frame::{page, token};
use crate::commands::Draft;
use crate::rooms::Card;
use crate::web::Ask;
use crate::words::{fill, say};
use maud::{Markup, html};

pub(crate) fn grant(ask: &Ask, card: &Card, draft: &Draft) -> Markup {
    let l = ask.language;
    let here = format!("/rooms/{}/grant/{}", card.room.id, draft.id);
    let room = [("room", card.room.name.as_str().to_owned())];
    let body = html! {
        section.card aria-labelledby="what" {
            h2 #what { (fill(l, "grant-what", &room)) }
            p { (say(l, "grant-notice")) }
            p { (say(l, "grant-why")) }
            pre tabindex="0" { (draft.text()) }
            p { a.button href={ (here) "/text" } { (say(l, "grant-file")) } }
            p { (say(l, "grant-how")) }
            pre tabindex="0" { "minisign -S -s grant.key -m grant.txt" }
            p.hint { (say(l, "grant-until")) " " (exactly(draft.until_ms)) }
        }
        form.card method="post" action=(here) {
            (token(ask))
            div.field {
                label for="signature" { (say(l, "grant-signature")) }
                textarea #signature.code name="signature" rows="5" required spellcheck="false" autocapitalize="off" {}
            }
            button.primary type="submit" { (say(l, "grant-tell")) }
        }
        p { a href={ "/rooms/" (card.room.id) } { (card.room.name.as_str()) } }
    };
    page(ask, &say(l, "grant"), None, body)
}
