//! Pages before somebody is known: signing in, and accepting an invitation.

use super::bits::Field;
use super::frame::{bare, sentence};
use crate::people::{Invitation, Second};
use crate::web::{Ask, Refused};
use crate::words::{fill, say};
use maud::{Markup, PreEscaped, html};
use qrcodegen::{QrCode, QrCodeEcc};

fn trouble(ask: &Ask, refused: Option<&Refused>) -> Markup {
    html! {
        p #trouble.trouble role="alert" {
            @if let Some(refused) = refused { (sentence(ask.language, refused)) }
        }
    }
}

fn digits(label: String, required: bool) -> Markup {
    html! {
        div.field {
            label for="digits" { (label) }
            input #digits.code name="digits" inputmode="numeric" autocomplete="one-time-code" maxlength="9"
                required[required];
        }
    }
}

/// `with` is what the provider is called, if there is one.
pub(crate) fn sign_in(ask: &Ask, with: Option<&str>, refused: Option<&Refused>) -> Markup {
    let l = ask.language;
    let name = Field {
        required: true,
        complete: "username",
        ..Field::text("name", say(l, "sign-in-name"), ask.field("name"))
    };
    let password = Field {
        kind: "password",
        required: true,
        complete: "current-password",
        ..Field::text("password", say(l, "sign-in-password"), "")
    };
    let body = html! {
        (trouble(ask, refused))
        @if let Some(with) = with {
            p { a.button.primary href="/sign-in/with" { (fill(l, "oidc-with", &[("name", with.to_owned())])) } }
            h2 { (say(l, "sign-in-local")) }
        }
        form.card method="post" action="/sign-in" {
            (name.draw("sign-in"))
            (password.draw("sign-in"))
            (digits(say(l, "sign-in-digits"), false))
            button.primary type="submit" { (say(l, "sign-in")) }
        }
    };
    bare(ask, &say(l, "sign-in"), body)
}

/// Somebody came back from the provider; their browser goes on by itself.
pub(crate) fn arrived(ask: &Ask) -> Markup {
    let l = ask.language;
    let body = html! { p { a.button.primary href="/" { (say(l, "oidc-go-on")) } } };
    bare(ask, &say(l, "oidc-arrived"), body)
}

pub(crate) fn welcome(ask: &Ask, invitation: &Invitation, refused: Option<&Refused>) -> Markup {
    let l = ask.language;
    let needs = invitation
        .grants
        .iter()
        .any(|grant| grant.role.needs_second());
    let second = Second::of(&invitation.second);
    let host = ask.fleet.names.first().map_or("fleetd", String::as_str);
    let link = second.map(|second| second.link(&invitation.name, host));
    let new = |name, label| Field {
        kind: "password",
        required: true,
        complete: "new-password",
        ..Field::text(name, label, "")
    };
    let body = html! {
        form.card method="post" action="/welcome" {
            p { (fill(l, "welcome-text", &[("name", invitation.name.clone())])) }
            (trouble(ask, refused))
            input type="hidden" name="link" value=(ask.field("link"));
            input type="hidden" name="name" value=(invitation.name) autocomplete="username";
            (new("password", say(l, "welcome-password")).draw("welcome"))
            (new("again", say(l, "welcome-again")).draw("welcome"))
            section aria-labelledby="second" {
                h2 #second { (say(l, if needs { "second-must" } else { "second-may" })) }
                p { (say(l, "second-text")) }
                @if let Some(link) = &link { (picture(&say(l, "second-picture"), link)) }
                p.code { (grouped(&invitation.second)) }
                (digits(say(l, "sign-in-digits"), needs))
            }
            button.primary type="submit" { (say(l, "welcome-submit")) }
        }
    };
    bare(ask, &say(l, "welcome"), body)
}

/// Four letters and a gap, so that they can be typed.
fn grouped(secret: &str) -> String {
    let letters: Vec<char> = secret.chars().collect();
    let groups = letters
        .chunks(4)
        .map(|group| group.iter().collect::<String>());
    groups.collect::<Vec<_>>().join(" ")
}

/// Black on white in both schemes: a phone's camera reads it so.
fn picture(label: &str, link: &str) -> Markup {
    let Ok(code) = QrCode::encode_text(link, QrCodeEcc::Medium) else {
        return html! {};
    };
    let size = code.size();
    let mut path = String::new();
    for y in 0..size {
        for x in (0..size).filter(|x| code.get_module(*x, y)) {
            path.push_str(&format!("M{},{}h1v1h-1z", x + 4, y + 4));
        }
    }
    let side = size + 8;
    html! {
        svg.picture role="img" aria-label=(label) viewBox={ "0 0 " (side) " " (side) } {
            rect.white width=(side) height=(side) {}
            path.black d=(PreEscaped(path)) {}
        }
    }
}
