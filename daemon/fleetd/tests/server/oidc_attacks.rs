//! Attacks on signing in by a provider, each by its name: nobody is in afterwards, and the log says why without filling up.

use crate::common::Browser;
use crate::common::provider::Twist;
use crate::oidc::{Stage, location};
use reqwest::{Method, StatusCode};

async fn is_out(who: &Browser) -> bool {
    who.get("/").await.status() == StatusCode::SEE_OTHER
}

/// A token that is broken in one way, for somebody who would be an administrator.
async fn refused(twist: Twist, why: &str) {
    let stage = Stage::set().await;
    stage.provider.is("1", "eve", &["admins"]);
    stage.provider.set().twist = twist;
    let eve = stage.visitor();
    let back = stage.walk(&eve).await;
    assert_eq!(back.status(), StatusCode::UNPROCESSABLE_ENTITY, "{twist:?}");
    assert!(!back.headers().contains_key("refresh"), "{twist:?}");
    assert!(is_out(&eve).await, "{twist:?}");
    let noted = stage.last().await;
    assert_eq!(noted["what"], "sign-in-refused", "{twist:?}");
    assert_eq!(noted["more"]["why"], why, "{twist:?}");
    let people = stage
        .rig
        .fleet
        .people
        .accounts(&stage.rig.fleet.tenant)
        .await
        .unwrap();
    assert!(
        people.iter().all(|account| account.outside.is_none()),
        "{twist:?}"
    );
    stage.provider.set().twist = Twist::Nothing;
    stage.walk(&eve).await;
    assert!(
        !is_out(&eve).await,
        "the same without the twist gets in: {twist:?}"
    );
}

macro_rules! attacks {
    ($($name:ident: $twist:ident, $why:literal;)*) => {
        $(#[tokio::test]
        async fn $name() {
            refused(Twist::$twist, $why).await;
        })*
    };
}

attacks! {
    wrong_nonce: Nonce, "token-nonce";
    no_nonce: NoNonce, "token-nonce";
    wrong_audience: Audience, "token-audience";
    an_audience_beside_ours_without_a_word_for_whom: SeveralAudiences, "token-audience";
    issued_to_another_party: AnotherParty, "token-audience";
    wrong_issuer: Issuer, "token-issuer";
    our_issuer_among_others: IssuerAmongOthers, "token-shape";
    expired: Expired, "token-expired";
    from_the_future: Early, "token-early";
    without_an_end: NoExpiry, "token-shape";
    without_a_subject: NoSubject, "token-subject";
    algorithm_none: Unsigned, "token-shape";
    algorithm_none_without_a_signature: UnsignedWithoutSignature, "token-shape";
    hs256_with_the_public_key: HmacWithPublicKey, "token-shape";
    signed_by_somebody_else: ForeignSignature, "token-signature";
    changed_after_it_was_signed: ChangedAfterwards, "token-signature";
    key_unknown: UnknownKey, "token-key";
    another_algorithm_than_the_keys: OtherAlgorithmThanTheKeys, "token-key";
    brings_its_own_key: CarriesItsKey, "token-key";
    encrypted_to_nobody: Encrypted, "token-shape";
}

#[tokio::test]
async fn wrong_state() {
    let stage = Stage::set().await;
    stage.provider.is("1", "eve", &["admins"]);
    let eve = stage.visitor();
    let way = stage.way(&eve).await;
    let (code, rest) = way.split_once("&state=").unwrap();
    let (state, rest) = rest.split_once('&').unwrap();
    let turned: String = state.chars().rev().collect();
    for other in [
        String::new(),
        turned,
        format!("{}.{}", &state[..3], "0".repeat(64)),
    ] {
        let back = stage
            .come(&eve, &format!("{code}&state={other}&{rest}"))
            .await;
        assert_eq!(back.status(), StatusCode::UNPROCESSABLE_ENTITY, "{other}");
        assert!(is_out(&eve).await);
    }
    assert_eq!(
        stage.provider.asked().tokens,
        0,
        "the provider is not asked"
    );
    stage.come(&eve, &way).await;
    assert!(
        !is_out(&eve).await,
        "a wrong one does not spend the right one"
    );
}

#[tokio::test]
async fn replayed_state() {
    let stage = Stage::set().await;
    stage.provider.is("1", "anna", &["viewers"]);
    let anna = stage.visitor();
    let way = stage.way(&anna).await;
    assert_eq!(stage.come(&anna, &way).await.status(), StatusCode::OK);
    anna.act("/sign-out", &[]).await;
    let again = stage.come(&anna, &way).await;
    assert_eq!(again.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(is_out(&anna).await);
    assert_eq!(stage.provider.asked().tokens, 1);
}

#[tokio::test]
async fn replayed_state_with_a_new_code() {
    let stage = Stage::set().await;
    stage.provider.is("1", "anna", &["viewers"]);
    let anna = stage.visitor();
    let (first, second) = (stage.way(&anna).await, stage.way(&anna).await);
    stage.come(&anna, &first).await;
    let code = second.split_once("&state=").unwrap().0;
    let state = first.split_once("&state=").unwrap().1;
    anna.act("/sign-out", &[]).await;
    let mixed = stage.come(&anna, &format!("{code}&state={state}")).await;
    assert_eq!(mixed.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(stage.provider.asked().tokens, 1);
}

#[tokio::test]
async fn somebody_elses_sign_in_put_into_a_browser() {
    let stage = Stage::set().await;
    stage.provider.is("666", "eve", &["viewers"]);
    let (eve, victim) = (stage.visitor(), stage.visitor());
    let way = stage.way(&eve).await;
    stage.way(&victim).await;
    let put = stage.come(&victim, &way).await;
    assert_eq!(put.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        is_out(&victim).await,
        "nobody works in an attacker's account"
    );
    stage.come(&eve, &way).await;
    assert!(is_out(&eve).await, "and it is spent");
    assert_eq!(stage.provider.asked().tokens, 0);
}

#[tokio::test]
async fn code_of_somebody_else() {
    let stage = Stage::set().await;
    stage.provider.is("1", "chief", &["admins"]);
    let (chief, eve) = (stage.visitor(), stage.visitor());
    let (stolen, own) = (stage.way(&chief).await, stage.way(&eve).await);
    let code = stolen.split_once("&state=").unwrap().0;
    let state = own.split_once("&state=").unwrap().1;
    let back = stage.come(&eve, &format!("{code}&state={state}")).await;
    assert_eq!(back.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(is_out(&eve).await, "its verifier is in another sign-in");
    assert_eq!(stage.last().await["more"]["why"], "code");
}

#[tokio::test]
async fn another_providers_answer() {
    let stage = Stage::set().await;
    stage.provider.is("1", "anna", &["viewers"]);
    for iss in ["http://127.0.0.1:1", ""] {
        stage.provider.set().more =
            serde_json::json!({ "authorization_response_iss_parameter_supported": true });
        stage.write(&[]).await;
        let anna = stage.visitor();
        let way = stage.way(&anna).await;
        let (way, _) = way.split_once("&iss=").unwrap();
        let back = stage.come(&anna, &format!("{way}&iss={iss}")).await;
        assert_eq!(back.status(), StatusCode::UNPROCESSABLE_ENTITY, "{iss}");
        assert_eq!(stage.last().await["more"]["why"], "token-issuer");
    }
    assert_eq!(stage.provider.asked().tokens, 0);
}

#[tokio::test]
async fn a_sign_in_that_was_begun_with_another_provider() {
    let stage = Stage::set().await;
    stage.provider.is("1", "anna", &["viewers"]);
    let anna = stage.visitor();
    let way = stage.way(&anna).await;
    let other = crate::common::provider::Provider::start().await;
    let issuer = other.issuer.clone();
    stage.write(&[("issuer", &issuer)]).await;
    let back = stage.come(&anna, &way).await;
    assert_eq!(back.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(is_out(&anna).await);
    assert_eq!(
        other.asked().tokens,
        0,
        "the other one is not given the code"
    );
}

#[tokio::test]
async fn a_refusal_of_the_provider_is_one() {
    let stage = Stage::set().await;
    let anna = stage.visitor();
    let way = stage.way(&anna).await;
    let state = way.split_once("&state=").unwrap().1;
    let back = stage
        .come(
            &anna,
            &format!("/sign-in/back?error=access_denied%0A&state={state}"),
        )
        .await;
    assert_eq!(back.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(stage.last().await["more"]["why"], "denied-access_denied");
}

#[tokio::test]
async fn a_key_that_was_rotated_is_fetched_and_an_unknown_one_does_not_hammer() {
    let stage = Stage::set().await;
    stage.provider.is("1", "anna", &["viewers"]);
    stage.walk(&stage.visitor()).await;
    let before = stage.provider.asked();
    assert_eq!((before.discovery, before.keys), (1, 1));
    stage.walk(&stage.visitor()).await;
    assert_eq!(
        stage.provider.asked().keys,
        1,
        "what is known is not asked again"
    );
    stage.provider.rotates("second");
    let anna = stage.comes().await;
    assert!(!is_out(&anna).await);
    let after = stage.provider.asked();
    assert_eq!((after.discovery, after.keys), (1, 2));
    stage.provider.set().twist = Twist::UnknownKey;
    for _ in 0..3 {
        let eve = stage.visitor();
        stage.walk(&eve).await;
        assert!(is_out(&eve).await);
    }
    assert_eq!(stage.provider.asked().keys, 2, "once a minute and no more");
}

#[tokio::test]
async fn sign_ins_without_an_end_and_wrong_ones_are_braked() {
    let stage = Stage::set().await;
    let eve = stage.visitor();
    let mut begun = 0;
    while eve.get("/sign-in/with").await.status() == StatusCode::SEE_OTHER {
        begun += 1;
        assert!(begun <= 50, "places of one network have an end");
    }
    assert_eq!(begun, 50);
    let full = eve.get("/sign-in/with").await;
    assert_eq!(full.status(), StatusCode::TOO_MANY_REQUESTS);
    for _ in 0..5 {
        let wrong = stage.come(&eve, "/sign-in/back?code=x&state=001.00").await;
        assert_eq!(wrong.status(), StatusCode::UNPROCESSABLE_ENTITY);
    }
    let braked = stage.come(&eve, "/sign-in/back?code=x&state=001.00").await;
    assert_eq!(braked.status(), StatusCode::TOO_MANY_REQUESTS);
    stage
        .rig
        .person("anna", fleetd::people::Role::Viewer, None)
        .await;
    let fields = [
        ("name", "anna"),
        ("password", "falsch geraten"),
        ("digits", ""),
    ];
    let local = stage.rig.stranger().post("/sign-in", &fields).await;
    assert_eq!(
        local.status(),
        StatusCode::UNPROCESSABLE_ENTITY,
        "local accounts have a brake of their own"
    );
    let log = stage.log().await;
    assert!(
        log.iter().all(|act| act["what"] != "sign-in-refused"),
        "nobody fills the log"
    );
}

#[tokio::test]
async fn another_sites_page_begins_nothing_and_another_name_leads_to_the_own() {
    let stage = Stage::set().await;
    let base = stage.rig.fleet.base();
    for (who, site) in [
        (stage.visitor(), "cross-site"),
        (stage.visitor(), "same-site"),
        (stage.rig.stranger(), "same-origin"),
    ] {
        let asked = who
            .request(Method::GET, "/sign-in/with")
            .header("sec-fetch-site", site)
            .header("sec-fetch-mode", "navigate")
            .header("sec-fetch-dest", "document");
        let answer = asked.send().await.unwrap();
        assert_eq!(location(&answer), format!("{base}/sign-in"), "{site}");
        assert!(!answer.headers().contains_key("set-cookie"));
    }
    let framed = stage
        .visitor()
        .request(Method::GET, "/sign-in/back?code=x&state=y")
        .header("sec-fetch-site", "cross-site")
        .header("sec-fetch-mode", "navigate")
        .header("sec-fetch-dest", "iframe");
    assert_eq!(framed.send().await.unwrap().status(), StatusCode::FORBIDDEN);
    assert_eq!(stage.provider.asked().discovery, 0);
}

#[tokio::test]
async fn whoever_reloads_a_page_is_not_braked() {
    let stage = Stage::set().await;
    stage.provider.is("1", "anna", &["viewers"]);
    let anna = stage.visitor();
    let way = stage.way(&anna).await;
    stage.come(&anna, &way).await;
    for _ in 0..8 {
        stage.way(&anna).await;
        let again = stage.come(&anna, &way).await;
        assert_eq!(again.status(), StatusCode::UNPROCESSABLE_ENTITY);
    }
}

#[tokio::test]
async fn refusals_of_one_network_do_not_fill_the_log() {
    let stage = Stage::set().await;
    let eve = stage.visitor();
    for _ in 0..60 {
        let away = eve.get("/sign-in/with").await;
        if away.status() == StatusCode::TOO_MANY_REQUESTS {
            break;
        }
        let to = url::Url::parse(&location(&away)).unwrap();
        let state = to
            .query_pairs()
            .find(|(name, _)| name == "state")
            .unwrap()
            .1;
        let back = format!("/sign-in/back?error=access_denied&state={state}");
        stage.come(&eve, &back).await;
    }
    let log = stage.log().await;
    let refused = log.iter().filter(|act| act["what"] == "sign-in-refused");
    assert_eq!(refused.count(), 50);
}
