//! Signing in by a provider, through the real router and over real sockets: who gets in as what. What administrators set is in
//! `oidc_settings`, what must not succeed in `oidc_attacks`.

use crate::common::provider::{CLIENT, Kind, Provider, SECRET};
use crate::common::{Browser, PASSWORD, Rig};
use fleetd::people::{Account, Role};
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

    /// Whoever the provider says it is, after the whole way, whatever came of it.
    pub async fn comes(&self) -> Browser {
        let somebody = self.visitor();
        self.walk(&somebody).await;
        somebody
    }

    pub async fn accounts(&self) -> Vec<Account> {
        let (people, tenant) = (&self.rig.fleet.people, &self.rig.fleet.tenant);
        people.accounts(tenant).await.unwrap()
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

pub async fn is_in(who: &Browser) -> bool {
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
    let first = stage.comes().await;
    assert_eq!(first.get("/people").await.status(), StatusCode::OK);
    stage.provider.is("1", "anna.neu", &["viewers"]);
    let second = stage.comes().await;
    for who in [&first, &second] {
        assert_eq!(who.get("/rooms").await.status(), StatusCode::OK);
        assert_eq!(who.get("/people").await.status(), StatusCode::FORBIDDEN);
    }
    let people = stage.accounts().await;
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
    let outside = stage.comes().await;
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
    let grants = stage.accounts().await;
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
    let anna = moved.comes().await;
    assert!(is_in(&anna).await);
    assert_ne!(moved.last().await["who"], first);
}

#[tokio::test]
async fn a_closed_account_stays_out_and_the_last_local_administrator_stays() {
    let stage = Stage::set().await;
    stage.provider.is("1", "anna", &["admins"]);
    let anna = stage.comes().await;
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
