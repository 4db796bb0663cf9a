//! Who may do what: accounts, invitations, tokens.

use super::bits::{Field, exactly, moment};
use super::frame::{page, token};
use crate::acts::Done;
use crate::people::{Account, Grant, Right, Role, Token};
use crate::rooms::Slug;
use crate::web::Ask;
use crate::words::{fill, say};
use axum::response::IntoResponse;
use maud::{Markup, html};
use texts::Language;

/// Shown once and never again.
pub(crate) enum Once {
    /// The secret of an invitation's link.
    Link(String),
    /// A token.
    Token(String),
}

pub(crate) async fn people(ask: &Ask, once: Option<Once>) -> Done {
    ask.must(Right::Rule, None)?;
    let l = ask.language;
    let accounts = ask.fleet.people.accounts(ask.tenant()).await?;
    let tokens = ask.fleet.people.tokens(ask.tenant()).await?;
    let body = html! {
        @if let Some(once) = &once { (shown(ask, once)) }
        div.scroll tabindex="0" role="region" aria-label=(say(l, "menu-people")) { table {
            thead { tr {
                th scope="col" { (say(l, "people-name-label")) }
                th scope="col" { (say(l, "people-role")) }
                th scope="col" { (say(l, "people-since")) }
                th scope="col" { (say(l, "people-do")) }
            } }
            tbody { @for account in &accounts { (row(ask, account)) } }
        } }
        (outside(ask))
        (inviting(ask))
        (programs(ask, &tokens))
    };
    Ok(page(ask, &say(l, "menu-people"), None, body).into_response())
}

fn shown(ask: &Ask, once: &Once) -> Markup {
    let l = ask.language;
    let host = ask.parts.headers.get(axum::http::header::HOST);
    let host = host.and_then(|host| host.to_str().ok()).unwrap_or_default();
    let (text, word) = match once {
        Once::Link(link) => (
            say(l, "people-link"),
            format!("https://{host}/welcome?link={link}"),
        ),
        Once::Token(word) => (say(l, "people-token"), word.clone()),
    };
    html! {
        div.notice role="status" {
            p { (text) }
            p.code #once { (word) }
        }
    }
}

fn grants(l: Language, grants: &[Grant]) -> String {
    let one = |grant: &Grant| {
        let role = say(l, &format!("role-{}", grant.role.word()));
        match grant.site.as_ref().map(Slug::as_str) {
            Some(site) => format!("{role} ({site})"),
            None => role,
        }
    };
    grants.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn row(ask: &Ask, account: &Account) -> Markup {
    let l = ask.language;
    let own = account.name == ask.name();
    html! {
        tr {
            th scope="row" {
                (account.name)
                @if let Some(outside) = &account.outside {
                    p.hint { (fill(l, "people-outside", &[("name", outside.shown.clone())])) " " (moment(l, outside.last_ms, ask.fleet.now_ms())) }
                }
            }
            td { (grants(l, &account.grants)) @if account.closed { " – " (say(l, "people-closed")) } }
            td { (moment(l, account.made_ms, ask.fleet.now_ms())) }
            td { @if !own {
                form method="post" action={ "/people/" (account.name) "/close" } {
                    (token(ask))
                    input type="hidden" name="closed" value=(if account.closed { "no" } else { "yes" });
                    button type="submit" { (say(l, if account.closed { "people-open" } else { "people-close" })) }
                }
            } }
        }
    }
}

fn outside(ask: &Ask) -> Markup {
    let l = ask.language;
    html! {
        section.card aria-labelledby="outside" {
            h2 #outside { (say(l, "provider")) }
            p { (say(l, "provider-text")) }
            p { a.button href="/people/sign-in" { (say(l, "provider-set")) } }
        }
    }
}

fn inviting(ask: &Ask) -> Markup {
    let l = ask.language;
    html! {
        section.card aria-labelledby="invite" {
            h2 #invite { (say(l, "people-invite")) }
            p { (say(l, "people-invite-text")) }
            form.grid method="post" action="/people/invite" {
                (token(ask))
                (Field { required: true, ..Field::text("name", say(l, "people-name-label"), "") }.draw("invite"))
                div.field {
                    label for="invite-role" { (say(l, "people-role")) }
                    select #invite-role name="role" {
                        @for role in Role::ALL { option value=(role.word()) { (say(l, &format!("role-{}", role.word()))) } }
                    }
                }
                (Field::text("site", say(l, "people-site"), "").draw("invite"))
                button type="submit" { (say(l, "people-invite-do")) }
            }
        }
    }
}

fn programs(ask: &Ask, tokens: &[Token]) -> Markup {
    let l = ask.language;
    html! {
        section.card aria-labelledby="tokens" {
            h2 #tokens { (say(l, "people-tokens")) }
            p { (say(l, "people-tokens-text")) }
            ul.plain { @for one in tokens { li {
                form method="post" action={ "/people/tokens/" (one.name) "/drop" } {
                    (token(ask))
                    strong { (one.name) } " (" (one.of) "): "
                    (one.scopes.iter().map(|right| say(l, &format!("right-{}", right.word()))).collect::<Vec<_>>().join(", "))
                    " · " (exactly(one.until_ms)) " "
                    button type="submit" { (say(l, "people-token-drop")) }
                }
            } } }
            form.grid method="post" action="/people/tokens" {
                (token(ask))
                (Field { required: true, ..Field::text("name", say(l, "people-token-name"), "") }.draw("token"))
                fieldset {
                    legend { (say(l, "people-scopes")) }
                    @for right in Right::ALL {
                        label.tick { input type="checkbox" name="scope" value=(right.word()); " " (say(l, &format!("right-{}", right.word()))) }
                    }
                }
                button type="submit" { (say(l, "people-token-make")) }
            }
        }
    }
}
