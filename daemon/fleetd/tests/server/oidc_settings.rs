//! What administrators and programs set of a provider: by page and API, what is refused with its place, and that nothing secret comes out.

use crate::common::provider::SECRET;
use crate::oidc::{Stage, is_in};
use fleetd::people::Right;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

#[tokio::test]
async fn the_secret_is_kept_for_its_provider_and_shown_nowhere() {
    let stage = Stage::set().await;
    stage.provider.is("1", "anna", &["viewers"]);
    let kept = stage
        .write(&[("client-secret", ""), ("label", "Konto")])
        .await;
    assert_eq!(kept.status(), StatusCode::SEE_OTHER);
    let anna = stage.comes().await;
    assert!(is_in(&anna).await, "a field left empty keeps it");
    let api = stage.admin.page("/api/v1/sign-in").await;
    let told: Value = serde_json::from_str(&api).unwrap();
    assert_eq!(told["provider"]["has_secret"], true);
    assert_eq!(
        told["redirect_uri"],
        format!("{}/sign-in/back", stage.rig.fleet.base())
    );
    let shown = [
        stage.admin.page("/people/sign-in").await,
        stage.admin.page("/audit/export").await,
        api,
    ];
    for text in shown {
        let said = format!(
            "{text} {:?}",
            stage.rig.fleet.oidc.provider(&stage.rig.fleet.tenant).await
        );
        assert!(!said.contains(SECRET) && !said.contains("a+b"), "{said}");
    }
    let away = stage
        .write(&[("client-secret", ""), ("issuer", "https://evil.example")])
        .await;
    assert_eq!(away.status(), StatusCode::SEE_OTHER);
    let now = stage
        .rig
        .fleet
        .oidc
        .provider(&stage.rig.fleet.tenant)
        .await
        .unwrap()
        .unwrap();
    assert!(now.secret.is_empty(), "it goes to no other provider");
    stage.admin.act("/people/sign-in/drop", &[]).await;
    assert!(
        !stage
            .visitor()
            .page("/sign-in")
            .await
            .contains("/sign-in/with")
    );
    let off = stage.visitor().get("/sign-in/with").await;
    assert_eq!(off.status(), StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn what_is_no_setting_is_said_with_its_place_and_the_form_stays() {
    let stage = Stage::set().await;
    for (other, words) in [
        (("issuer", "http://login.stadt.example"), "https://"),
        (("mappings", "a -> viewer\nb -> boss"), "2"),
        (("scopes", "profile"), "openid"),
        (("label", ""), "60"),
    ] {
        let refused = stage.write(&[other]).await;
        assert_eq!(
            refused.status(),
            StatusCode::UNPROCESSABLE_ENTITY,
            "{other:?}"
        );
        let page = refused.text().await.unwrap();
        let said = page
            .split("role=\"alert\">")
            .last()
            .unwrap()
            .split("</p>")
            .next()
            .unwrap();
        assert!(said.contains(words), "{said}");
        assert!(page.contains("viewer"), "what was typed stays");
        assert!(!page.contains("a+b"), "but for the secret");
    }
    let acts = stage.log().await;
    let written = acts.iter().filter(|act| act["what"] == "provider-written");
    assert_eq!(written.count(), 1, "only what was taken is noted");
}

#[tokio::test]
async fn programs_set_it_with_a_token_that_may() {
    let stage = Stage::set().await;
    let tenant = &stage.rig.fleet.tenant;
    for (scopes, allowed) in [
        (vec![Right::Rule], true),
        (vec![Right::Look, Right::Set], false),
    ] {
        let token = fleetd::people::Token {
            name: "setup".to_owned(),
            of: "chief".to_owned(),
            scopes,
            until_ms: i64::MAX,
        };
        let word = stage
            .rig
            .fleet
            .people
            .make_token(tenant, &token)
            .await
            .unwrap();
        let said = json!({
            "label": "Entra", "issuer": "https://login.example/v2.0", "client_id": "x", "secret": "geheim",
            "claim": "roles", "mappings": [{ "group": "Fleet.Admin", "role": "admin" }],
        });
        let put = stage
            .rig
            .stranger()
            .request(Method::PUT, "/api/v1/sign-in")
            .bearer_auth(word)
            .json(&said);
        assert_eq!(
            put.send().await.unwrap().status() == StatusCode::OK,
            allowed
        );
    }
    let now = stage
        .rig
        .fleet
        .oidc
        .provider(tenant)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (&*now.claim, &*now.scopes, now.secret.is_empty()),
        ("roles", "openid profile", false)
    );
}

#[tokio::test]
async fn trying_says_what_is_wrong_with_the_provider() {
    let stage = Stage::set().await;
    let tried = async || {
        let page = stage
            .admin
            .act("/people/sign-in/try", &[])
            .await
            .text()
            .await
            .unwrap();
        page.split("role=\"status\">")
            .nth(1)
            .unwrap()
            .split("</div>")
            .next()
            .unwrap()
            .to_owned()
    };
    assert!(tried().await.contains("/authorize"));
    stage.provider.set().calls_itself = Some("https://login.stadt.example/".to_owned());
    assert!(tried().await.contains("https://login.stadt.example/"));
    stage.provider.set().calls_itself = None;
    stage.provider.set().more = json!({ "token_endpoint": "http://login.stadt.example/token" });
    assert!(tried().await.contains("not https"));
    stage.provider.set().more = json!({});
    stage.provider.set().rambles = true;
    assert!(tried().await.contains("more than such an answer has"));
    stage.write(&[("issuer", "http://127.0.0.1:9")]).await;
    assert!(tried().await.contains("127.0.0.1 cannot be reached"));
    stage.write(&[("issuer", &stage.rig.fleet.base())]).await;
    let unknown = tried().await;
    assert!(
        unknown.contains("localhost cannot be reached") && unknown.contains("certificate"),
        "{unknown}"
    );
    stage.write(&[("issuer", "http://127.0.0.1:9")]).await;
    let away = stage.visitor().get("/sign-in/with").await;
    assert_eq!(away.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let page = away.text().await.unwrap();
    assert!(
        page.contains("Anmeldedienst nicht") && page.contains("name=\"password\""),
        "local accounts go on"
    );
}

#[tokio::test]
async fn a_wrong_secret_is_said_as_one() {
    let stage = Stage::set().await;
    stage.provider.is("1", "anna", &["viewers"]);
    stage.provider.set().secret = "another".to_owned();
    let anna = stage.visitor();
    anna.get("/language?to=en&back=/").await;
    let back = stage.walk(&anna).await;
    assert_eq!(back.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        back.text()
            .await
            .unwrap()
            .contains("check client ID and secret")
    );
    assert_eq!(stage.last().await["more"]["why"], "client");
}
