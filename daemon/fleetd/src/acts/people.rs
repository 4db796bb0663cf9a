//! Forms of people: signing in and out, accepting an invitation, and saying who may do what.

use super::{Done, to};
use crate::pages;
use crate::people::{Grant, Invite, Right, Role, Signing, Token};
use crate::rooms::Slug;
use crate::web::{Ask, COOKIE, Refused, cookies};
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};

const DAY_MS: i64 = 24 * 3_600_000;
const TOKEN_DAYS: i64 = 365;

fn signing<'a>(ask: &'a Ask, name: &'a str) -> Signing<'a> {
    Signing {
        name,
        password: ask.raw("password"),
        digits: ask.field("digits"),
        from: ask.from,
        now_ms: ask.fleet.now_ms(),
    }
}

/// Of somebody who is signed in, however they came.
pub(super) fn session_cookie(cookie: &str) -> String {
    format!("{COOKIE}={cookie}; Path=/; Secure; HttpOnly; SameSite=Strict")
}

fn signed_in(cookie: &str) -> Response {
    let cookie = session_cookie(cookie);
    ([(header::SET_COOKIE, cookie)], Redirect::to("/")).into_response()
}

pub(super) async fn sign_in(ask: Ask) -> Done {
    let (fleet, tenant) = (&ask.fleet, &ask.fleet.tenant);
    let signing = signing(&ask, ask.field("name"));
    let from = ask.from.to_string();
    match fleet.people.sign_in(tenant, signing).await {
        Ok(cookie) => {
            fleet
                .note(
                    tenant,
                    (signing.name, "signed-in", ""),
                    &[("by", "password"), ("from", &from)],
                )
                .await?;
            Ok(signed_in(&cookie))
        }
        Err(error) => {
            let refused = Refused::from(error);
            tracing::info!(from, code = refused.code(), "somebody was not signed in");
            let label = super::outside::label(&ask).await?;
            let page = pages::sign_in(&ask, label.as_deref(), Some(&refused));
            Ok((refused.status(), page).into_response())
        }
    }
}

pub(super) async fn sign_out(ask: Ask) -> Done {
    for cookie in cookies(&ask.parts.headers, COOKIE) {
        ask.fleet.people.sign_out(ask.tenant(), cookie).await?;
    }
    Ok(to("/sign-in"))
}

pub(super) async fn welcome_page(ask: Ask) -> Done {
    let (fleet, link) = (&ask.fleet, ask.field("link"));
    let invited = fleet.people.invitation(&fleet.tenant, link, fleet.now_ms());
    let invitation = invited.await?;
    Ok(pages::welcome(&ask, &invitation, None).into_response())
}

pub(super) async fn welcome(ask: Ask) -> Done {
    let (fleet, tenant, link) = (&ask.fleet, &ask.fleet.tenant, ask.field("link"));
    let invited = fleet.people.invitation(tenant, link, fleet.now_ms());
    let invitation = invited.await?;
    let same = ask.raw("password") == ask.raw("again");
    let accepted = match same {
        true => {
            let signing = signing(&ask, &invitation.name);
            let cookie = fleet.people.accept(tenant, link, signing).await;
            cookie.map_err(Refused::from)
        }
        false => Err(Refused::Wrong("password-differs")),
    };
    match accepted {
        Ok(cookie) => {
            let act = (&*invitation.name, "invitation-accepted", "");
            fleet.note(tenant, act, &[]).await?;
            Ok(signed_in(&cookie))
        }
        Err(refused) => {
            let page = pages::welcome(&ask, &invitation, Some(&refused));
            Ok((refused.status(), page).into_response())
        }
    }
}

pub(super) async fn invite(ask: Ask) -> Done {
    ask.must(Right::Rule, None)?;
    let role = Role::of_word(ask.field("role")).ok_or(Refused::NotFound)?;
    let site = Slug::of(ask.field("site")).ok_or(Refused::Wrong("place-wrong"))?;
    let grant = Grant {
        role,
        site: Some(site).filter(|site| !site.is_empty()),
    };
    let name = ask.field("name").to_owned();
    let more = [
        ("role", role.word()),
        ("site", grant.site.as_ref().map_or("", Slug::as_str)),
    ];
    let (fleet, tenant) = (&ask.fleet, ask.tenant());
    fleet
        .note(tenant, (ask.name(), "person-invited", &name), &more)
        .await?;
    let invite = Invite {
        name,
        grants: vec![grant],
    };
    let link = fleet.people.invite(tenant, invite, fleet.now_ms()).await?;
    pages::people(&ask, Some(pages::Once::Link(link))).await
}

pub(super) async fn close(ask: Ask) -> Done {
    ask.must(Right::Rule, None)?;
    let (name, closed) = (ask.part("name"), ask.field("closed") == "yes");
    let what = match closed {
        true => "person-closed",
        false => "person-opened",
    };
    let (fleet, tenant) = (&ask.fleet, ask.tenant());
    fleet.note(tenant, (ask.name(), what, name), &[]).await?;
    fleet.people.close(tenant, name, closed).await?;
    Ok(to("/people"))
}

pub(super) async fn make_token(ask: Ask) -> Done {
    ask.must(Right::Rule, None)?;
    if !ask.fleet.people.is_local(ask.tenant(), ask.name()).await? {
        return Err(Refused::Wrong("token-outside"));
    }
    let asked = ask.fields_of("scope");
    let scopes: Vec<Right> = asked.filter_map(Right::of_word).collect();
    let name = Slug::of(ask.field("name")).filter(|name| !name.is_empty());
    let name = String::from(name.ok_or(Refused::Wrong("people-name"))?);
    if scopes.is_empty() {
        return Err(Refused::Wrong("token-nothing"));
    }
    let (fleet, tenant) = (&ask.fleet, ask.tenant());
    let words: Vec<&str> = scopes.iter().map(|scope| scope.word()).collect();
    let act = (ask.name(), "token-made", &*name);
    fleet
        .note(tenant, act, &[("scopes", &words.join(" "))])
        .await?;
    let token = Token {
        name: name.clone(),
        of: ask.name().to_owned(),
        scopes,
        until_ms: fleet.now_ms() + TOKEN_DAYS * DAY_MS,
    };
    let word = fleet.people.make_token(tenant, &token).await?;
    pages::people(&ask, Some(pages::Once::Token(word))).await
}

pub(super) async fn drop_token(ask: Ask) -> Done {
    ask.must(Right::Rule, None)?;
    let name = ask.part("name");
    let (fleet, tenant) = (&ask.fleet, ask.tenant());
    fleet
        .note(tenant, (ask.name(), "token-dropped", name), &[])
        .await?;
    fleet.people.drop_token(tenant, name).await?;
    Ok(to("/people"))
}
