//! Signing in by a provider, through the real router and over real sockets: who gets in as what, and what administrators set.

use crate::common::provider::{CLIENT, Kind, Provider, SECRET};
use crate::common::{Browser, PASSWORD, Rig};
use fleetd::people::{Right, Role};
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};

/// A server that knows the provider, and its administrator.
pub struct Stage {
    pub rig: Rig,
    pub provider: Provider,
    pub admin: Browser,
}

pub const TABLE: &str = "admins -> admin\noperators -> operator @ nord\nviewers -> viewer";

impl Stage {
    pub async fn set() -> Stage {
        let rig = Rig::start().await;
        let admin = rig.person("chief", Role::Admin, None).await;
        let provider = Provider::start().await;
        let stage = Stage {
            rig,
            provider,
            admin,
        };
        assert_eq!(stage.write(&[]).await.status(), StatusCode::SEE_OTHER);
        stage
    }

    /// The form as it is, with some fields another way.
    pub async fn write(&self, other: &[(&str, &str)]) -> Response {
        let issuer = self.provider.issuer.clone();
        let mut fields = vec![
            ("label", "Stadtkonto"),
            ("issuer", &*issuer),
            ("client-id", CLIENT),
            ("client-secret", SECRET),
            ("claim", "groups"),
            ("scopes", "openid profile"),
            ("mappings", TABLE),
        ];
        for (name, value) in other {
            let at = fields.iter_mut().find(|(known, _)| known == name).unwrap();
            at.1 = value;
        }
        self.admin.act("/people/sign-in", &fields).await
    }

    /// Somebody with an empty browser, who uses the server by its name.
    pub fn visitor(&self) -> Browser {
        Browser::with(&self.rig.fleet.base(), None)
    }

    /// Over the provider and back, as a browser goes.
    pub async fn walk(&self, who: &Browser) -> Response {
        self.come(who, &self.way(who).await).await
    }

    /// The address with which the provider sends somebody back.
    pub async fn way(&self, who: &Browser) -> String {
        let away = who.get("/sign-in/with").await;
        assert_eq!(away.status(), StatusCode::SEE_OTHER);
        let to = location(&away);
        assert!(to.starts_with(&self.provider.issuer), "{to}");
        let plain = Browser::with("", None);
        let back = location(&plain.get(&to).await);
        let base = format!("{}/sign-in/back?", self.rig.fleet.base());
        assert!(back.starts_with(&base), "{back}");
        back[self.rig.fleet.base().len()..].to_owned()
    }

    /// Comes back as a browser does that another site sent.
    pub async fn come(&self, who: &Browser, way: &str) -> Response {
        let back = who
            .request(Method::GET, way)
            .header("sec-fetch-site", "cross-site")
            .header("sec-fetch-mode", "navigate")
            .header("sec-fetch-dest", "document")
            .header("accept-language", "en");
        back.send().await.unwrap()
    }

    pub async fn log(&self) -> Vec<Value> {
        let (ledger, tenant) = (&self.rig.fleet.ledger, &self.rig.fleet.tenant);
        let all = ledger.read(tenant, 0, 500).await.unwrap();
        let lines = all
            .iter()
            .map(|entry| serde_json::from_str(&entry.line()).unwrap());
        lines.collect()
    }

    /// The newest act, whole.
    pub async fn last(&self) -> Value {
        self.log().await.pop().unwrap()
    }
}

pub fn location(answer: &Response) -> String {
    answer.headers()["location"].to_str().unwrap().to_owned()
}

async fn is_in(who: &Browser) -> bool {
    who.get("/").await.status() == StatusCode::OK
}

#[tokio::test]
async fn a_person_of_a_mapped_group_comes_in_with_that_role_on_that_site() {
    let stage = Stage::set().await;
    stage.rig.room("saal-1", "nord").await;
    stage.rig.room("saal-2", "sued").await;
    let anna = stage.visitor();
    assert!(
        anna.page("/sign-in")
            .await
            .contains("href=\"/sign-in/with\"")
    );
    for (kind, subject) in [(Kind::Rsa, "0815"), (Kind::Ec, "4711")] {
        stage.provider.set().kind = kind;
        stage
            .provider
            .is(subject, "anna@stadt.example", &["operators", "others"]);
        let anna = stage.visitor();
        let back = stage.walk(&anna).await;
        assert_eq!(back.status(), StatusCode::OK);
        assert_eq!(back.headers()["refresh"], "0; url=/");
        let cookies: Vec<&str> = back
            .headers()
            .get_all("set-cookie")
            .iter()
            .map(|c| c.to_str().unwrap())
            .collect();
        let session = cookies
            .iter()
            .find(|cookie| cookie.starts_with("__Host-fleetd="))
            .unwrap();
        assert!(
            session.ends_with("; Path=/; Secure; HttpOnly; SameSite=Strict"),
            "{session}"
        );
        assert!(
            cookies
                .iter()
                .any(|cookie| cookie.starts_with("__Host-fleetd-oidc=; Path=/; Max-Age=0;"))
        );
        assert!(anna.page("/rooms").await.contains("saal-1"));
        assert!(!anna.page("/rooms").await.contains("saal-2"));
        assert_eq!(anna.get("/people").await.status(), StatusCode::FORBIDDEN);
        let noted = stage.last().await;
        assert_eq!(noted["what"], "signed-in");
        assert_eq!(noted["more"]["by"], "oidc");
        assert_eq!(noted["more"]["subject"], subject);
        assert!(
            noted["who"].as_str().unwrap().starts_with("anna_"),
            "{noted}"
        );
        anna.act("/sign-out", &[]).await;
        assert!(!is_in(&anna).await);
    }
    let page = stage.admin.page("/people").await;
    assert!(
        page.contains("anna@stadt.example at the sign-in service")
            || page.contains("anna@stadt.example beim Anmeldedienst")
    );
}

#[tokio::test]
async fn the_cookie_on_the_way_comes_back_from_another_site_and_is_nobody_elses() {
    let stage = Stage::set().await;
    let away = stage.visitor().get("/sign-in/with").await;
    let cookie = away.headers()["set-cookie"].to_str().unwrap();
    assert!(cookie.starts_with("__Host-fleetd-oidc="), "{cookie}");
    assert!(
        cookie.ends_with("; Path=/; Max-Age=600; Secure; HttpOnly; SameSite=Lax"),
        "{cookie}"
    );
    let to = url::Url::parse(&location(&away)).unwrap();
    let query: std::collections::HashMap<_, _> = to.query_pairs().into_owned().collect();
    assert_eq!(
        query["redirect_uri"],
        format!("{}/sign-in/back", stage.rig.fleet.base())
    );
    assert_eq!(query["code_challenge_method"], "S256");
    assert_eq!(query["code_challenge"].len(), 43);
    assert!(query["nonce"].len() == 64 && query["state"].len() == 68);
    let secret = cookie.split(['=', ';']).nth(1).unwrap();
    assert!(!location(&away).contains(secret) && !location(&away).contains("secret"));
}

#[tokio::test]
async fn the_secret_goes_as_the_provider_takes_it() {
    let stage = Stage::set().await;
    stage.provider.is("1", "anna", &["viewers"]);
    for methods in [
        json!(["client_secret_post"]),
        json!(["private_key_jwt", "client_secret_basic"]),
    ] {
        stage.provider.set().more = json!({ "token_endpoint_auth_methods_supported": methods });
        stage.write(&[]).await;
        let anna = stage.visitor();
        stage.walk(&anna).await;
        assert!(is_in(&anna).await, "{methods}");
    }
}

#[tokio::test]
async fn who_has_no_mapped_group_is_let_in_nowhere_and_told_so() {
    let stage = Stage::set().await;
    stage
        .provider
        .is("1", "otto", &["Admins", "viewers ", "people"]);
    let otto = stage.visitor();
    let back = stage.walk(&otto).await;
    assert_eq!(back.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let page = back.text().await.unwrap();
    assert!(
        page.contains("Ihrer Gruppen") || page.contains("none of your groups"),
        "{page}"
    );
    assert!(!is_in(&otto).await);
    let noted = stage.last().await;
    assert_eq!(
        (&noted["what"], &noted["who"]),
        (&json!("sign-in-refused"), &json!("otto"))
    );
    assert_eq!(noted["more"]["why"], "oidc-nothing");
    assert!(
        !stage.admin.page("/people").await.contains("otto"),
        "no account is made"
    );
    for (person, code, words) in [
        (json!({}), "oidc-groups-missing", "which groups you are in"),
        (
            json!({ "groups": 7 }),
            "oidc-groups-missing",
            "which groups you are in",
        ),
        (
            json!({ "_claim_names": { "groups": "src1" } }),
            "oidc-groups-many",
            "more groups than",
        ),
    ] {
        stage.provider.set().person = person;
        let otto = stage.visitor();
        otto.get("/language?to=en&back=/").await;
        let page = stage.walk(&otto).await.text().await.unwrap();
        assert!(page.contains(words), "{code}: {page}");
        assert_eq!(stage.last().await["more"]["why"], code);
        assert!(!is_in(&otto).await);
    }
}

#[tokio::test]
async fn grants_follow_the_token_and_what_is_taken_away_ends_in_running_sessions() {
    let stage = Stage::set().await;
    stage.provider.is("1", "anna", &["admins"]);
    let first = stage.visitor();
    stage.walk(&first).await;
    assert_eq!(first.get("/people").await.status(), StatusCode::OK);
    stage.provider.is("1", "anna.neu", &["viewers"]);
    let second = stage.visitor();
    stage.walk(&second).await;
    for who in [&first, &second] {
        assert_eq!(who.get("/rooms").await.status(), StatusCode::OK);
        assert_eq!(who.get("/people").await.status(), StatusCode::FORBIDDEN);
    }
    let people = stage
        .rig
        .fleet
        .people
        .accounts(&stage.rig.fleet.tenant)
        .await
        .unwrap();
    let outside: Vec<_> = people
        .iter()
        .filter_map(|account| account.outside.as_ref())
        .collect();
    assert_eq!(
        (outside.len(), &*outside[0].shown),
        (1, "anna.neu"),
        "one account, by its subject"
    );
    stage.provider.is("1", "anna", &[]);
    let refused = stage.walk(&stage.visitor()).await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(first.get("/rooms").await.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_local_account_of_the_same_name_is_somebody_else() {
    let stage = Stage::set().await;
    let local = stage.rig.person("anna", Role::Viewer, None).await;
    stage.provider.is("1", "anna", &["admins"]);
    let outside = stage.visitor();
    stage.walk(&outside).await;
    assert_eq!(outside.get("/people").await.status(), StatusCode::OK);
    assert_eq!(local.get("/people").await.status(), StatusCode::FORBIDDEN);
    let name = stage.last().await["who"].as_str().unwrap().to_owned();
    for password in [PASSWORD, "", " "] {
        let fields = [("name", &*name), ("password", password), ("digits", "")];
        let refused = stage.rig.stranger().post("/sign-in", &fields).await;
        assert_eq!(
            refused.status(),
            StatusCode::UNPROCESSABLE_ENTITY,
            "it has no password"
        );
    }
    let invited = [("name", &*name), ("role", "admin"), ("site", "")];
    let refused = stage.admin.act("/people/invite", &invited).await;
    assert_eq!(
        refused.status(),
        StatusCode::UNPROCESSABLE_ENTITY,
        "no invitation makes its name"
    );
    let signed = [("name", "anna"), ("password", PASSWORD), ("digits", "")];
    let tried = stage.rig.stranger().post("/sign-in", &signed).await;
    assert_ne!(tried.status(), StatusCode::INTERNAL_SERVER_ERROR);
    let grants = stage
        .rig
        .fleet
        .people
        .accounts(&stage.rig.fleet.tenant)
        .await
        .unwrap();
    let anna = grants
        .iter()
        .find(|account| account.name == "anna")
        .unwrap();
    assert_eq!(anna.grants[0].role, Role::Viewer);
}

#[tokio::test]
async fn the_same_subject_of_another_provider_is_somebody_else() {
    let stage = Stage::set().await;
    stage.provider.is("1", "anna", &["viewers"]);
    stage.walk(&stage.visitor()).await;
    let first = stage.last().await["who"].clone();
    let other = Provider::start().await;
    other.is("1", "anna", &["viewers"]);
    let moved = Stage {
        provider: other,
        ..stage
    };
    moved.write(&[]).await;
    let anna = moved.visitor();
    moved.walk(&anna).await;
    assert!(is_in(&anna).await);
    assert_ne!(moved.last().await["who"], first);
}

#[tokio::test]
async fn a_closed_account_stays_out_and_the_last_local_administrator_stays() {
    let stage = Stage::set().await;
    stage.provider.is("1", "anna", &["admins"]);
    let anna = stage.visitor();
    stage.walk(&anna).await;
    let name = stage.last().await["who"].as_str().unwrap().to_owned();
    let shut = anna.act("/people/chief/close", &[("closed", "yes")]).await;
    assert_eq!(
        shut.status(),
        StatusCode::UNPROCESSABLE_ENTITY,
        "the way in without the provider"
    );
    let token = anna
        .act("/people/tokens", &[("name", "mine"), ("scope", "look")])
        .await;
    assert_eq!(
        token.status(),
        StatusCode::UNPROCESSABLE_ENTITY,
        "it would outlast the provider's word"
    );
    stage
        .admin
        .act(&format!("/people/{name}/close"), &[("closed", "yes")])
        .await;
    assert!(!is_in(&anna).await);
    let again = stage.walk(&stage.visitor()).await;
    assert_eq!(again.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(stage.last().await["more"]["why"], "oidc-closed");
}

#[tokio::test]
async fn the_secret_is_kept_for_its_provider_and_shown_nowhere() {
    let stage = Stage::set().await;
    stage.provider.is("1", "anna", &["viewers"]);
    let kept = stage
        .write(&[("client-secret", ""), ("label", "Konto")])
        .await;
    assert_eq!(kept.status(), StatusCode::SEE_OTHER);
    let anna = stage.visitor();
    stage.walk(&anna).await;
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

#[tokio::test]
async fn the_page_that_goes_on_and_the_form_that_stays_know_no_address_but_their_own() {
    let stage = Stage::set().await;
    stage.provider.is("1", "anna", &["viewers"]);
    let anna = stage.visitor();
    let way = stage.way(&anna).await;
    let back = stage
        .come(
            &anna,
            &format!("{way}&back=https://evil.example&url=//evil.example"),
        )
        .await;
    assert_eq!(back.headers()["refresh"], "0; url=/");
    let code = way.split(['=', '&']).nth(1).unwrap();
    let bad = format!("{way}&error=%3Cscript%3E");
    for page in [
        back.text().await.unwrap(),
        stage.come(&anna, &bad).await.text().await.unwrap(),
    ] {
        assert!(
            !page.contains("evil") && !page.contains(code) && !page.contains("%3Cscript"),
            "{page}"
        );
    }
    let away = stage
        .visitor()
        .get("/sign-in/with?back=https://evil.example")
        .await;
    assert!(location(&away).starts_with(&stage.provider.issuer));
    assert!(!location(&away).contains("evil"));
}
