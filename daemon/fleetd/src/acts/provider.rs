//! The provider's settings, from a form and from programs. Each change is noted before it is done, without the secret.

use super::{Done, to};
use crate::oidc::{BadProvider, OidcError, Provider, mappings_of};
use crate::pages::{self, ProviderSaid, ProviderSheet};
use crate::people::Right;
use crate::secrets::Hidden;
use crate::web::{Act, Ask, Refused};
use axum::Json;
use axum::response::IntoResponse;
use serde_json::{Value, json};

pub(super) async fn api(act: Act, ask: &Ask) -> Done {
    ask.must(Right::Rule, None)?;
    match act {
        Act::ApiProvider => {
            let provider = ask.fleet.oidc.provider(ask.tenant()).await?;
            let seen = provider.map_or(Value::Null, |provider| provider.seen());
            let redirect = super::outside::redirect(ask);
            let said = json!({ "provider": seen, "redirect_uri": redirect });
            return Ok(Json(said).into_response());
        }
        Act::ApiWriteProvider => keep(ask, kept_secret(ask, ask.json()?).await?).await?,
        Act::ApiDropProvider => lose(ask).await?,
        _ => return Err(Refused::NotFound),
    }
    Ok(Json(json!({})).into_response())
}

async fn keep(ask: &Ask, provider: Provider) -> Result<(), Refused> {
    provider.check().map_err(OidcError::from)?;
    let (fleet, tenant) = (&ask.fleet, ask.tenant());
    let act = (ask.name(), "provider-written", provider.issuer.as_str());
    let said = provider.seen().to_string();
    fleet.note(tenant, act, &[("said", &said)]).await?;
    Ok(fleet.oidc.write(tenant, &provider).await?)
}

async fn lose(ask: &Ask) -> Result<(), Refused> {
    let (fleet, tenant) = (&ask.fleet, ask.tenant());
    let act = (ask.name(), "provider-dropped", "");
    fleet.note(tenant, act, &[]).await?;
    Ok(fleet.oidc.drop_provider(tenant).await?)
}

/// A secret that is left out stays as it was, because no page shows it; but it goes to no other provider than it was given for.
async fn kept_secret(ask: &Ask, mut provider: Provider) -> Result<Provider, Refused> {
    let before = ask.fleet.oidc.provider(ask.tenant()).await?;
    let same = |before: &Provider| {
        before.issuer == provider.issuer && before.client_id == provider.client_id
    };
    if let Some(before) = before.filter(same)
        && provider.secret.is_empty()
    {
        provider.secret = before.secret;
    }
    Ok(provider)
}

pub(super) async fn page(ask: Ask) -> Done {
    let sheet = as_it_is(&ask).await?;
    pages::provider(&ask, &sheet).await
}

async fn as_it_is(ask: &Ask) -> Result<ProviderSheet, Refused> {
    let provider = ask.fleet.oidc.provider(ask.tenant()).await?;
    Ok(ProviderSheet {
        is_set: provider.is_some(),
        lines: provider.as_ref().map(Provider::lines).unwrap_or_default(),
        provider: provider.unwrap_or_else(empty),
        said: ProviderSaid::Nothing,
    })
}

fn empty() -> Provider {
    Provider {
        label: String::new(),
        issuer: String::new(),
        client_id: String::new(),
        secret: Hidden::default(),
        claim: "groups".to_owned(),
        scopes: "openid profile".to_owned(),
        mappings: Vec::new(),
    }
}

pub(super) async fn write(ask: Ask) -> Done {
    ask.must(Right::Rule, None)?;
    let text = |name: &str| ask.field(name).to_owned();
    let mut typed = Provider {
        label: text("label"),
        issuer: text("issuer"),
        client_id: text("client-id"),
        secret: Hidden::of(ask.field("client-secret")),
        claim: text("claim"),
        scopes: ask
            .field("scopes")
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" "),
        mappings: Vec::new(),
    };
    let lines = ask.raw("mappings").replace("\r\n", "\n");
    let read = mappings_of(&lines).and_then(|mappings| {
        typed.mappings = mappings;
        typed.check()
    });
    match read {
        Ok(()) => {
            keep(&ask, kept_secret(&ask, typed).await?).await?;
            Ok(to("/people/sign-in"))
        }
        Err(bad) => again(&ask, (typed, lines), bad).await,
    }
}

/// The form as it was typed, with what is wrong about it; only the secret has to be typed again.
async fn again(ask: &Ask, (typed, lines): (Provider, String), bad: BadProvider) -> Done {
    let sheet = ProviderSheet {
        is_set: ask.fleet.oidc.provider(ask.tenant()).await?.is_some(),
        provider: typed,
        lines,
        said: ProviderSaid::Wrong(bad),
    };
    let page = pages::provider(ask, &sheet).await?;
    Ok((axum::http::StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

pub(super) async fn try_it(ask: Ask) -> Done {
    ask.must(Right::Rule, None)?;
    let (fleet, tenant) = (&ask.fleet, ask.tenant());
    let act = (ask.name(), "provider-tried", "");
    fleet.note(tenant, act, &[]).await?;
    let said = match fleet.oidc.try_provider(tenant).await {
        Ok(tried) => ProviderSaid::Tried(tried),
        Err(OidcError::Wire(error)) => ProviderSaid::Failed(error),
        Err(other) => return Err(other.into()),
    };
    let sheet = ProviderSheet {
        said,
        ..as_it_is(&ask).await?
    };
    pages::provider(&ask, &sheet).await
}

pub(super) async fn drop(ask: Ask) -> Done {
    ask.must(Right::Rule, None)?;
    lose(&ask).await?;
    Ok(to("/people/sign-in"))
}
