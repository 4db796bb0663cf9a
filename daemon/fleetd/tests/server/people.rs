//! Signing in, invitations, tokens, and that everything done stands in the log.

use crate::common::{PASSWORD, Rig, field};
use fleetd::audit::verify;
use fleetd::people::{Role, Second};
use reqwest::{Method, StatusCode};

async fn invited(rig: &Rig, name: &str, role: &str) -> String {
    let admin = rig.person("chief", Role::Admin, None).await;
    let fields = [("name", name), ("role", role), ("site", "")];
    let page = admin
        .act("/people/invite", &fields)
        .await
        .text()
        .await
        .unwrap();
    let link = page.split("/welcome?link=").nth(1).unwrap();
    link.split('<').next().unwrap().to_owned()
}

#[tokio::test]
async fn an_invitation_makes_one_account_and_digits_count_once() {
    let rig = Rig::start().await;
    let link = invited(&rig, "anna", "operator").await;
    let anna = rig.stranger();
    let page = anna.page(&format!("/welcome?link={link}")).await;
    assert!(
        page.contains("<svg class=\"picture\""),
        "a picture for the app"
    );
    let invitation = rig
        .fleet
        .people
        .invitation(&rig.fleet.tenant, &link, 0)
        .await;
    let second = Second::of(&invitation.unwrap().second).unwrap();
    let digits = second.digits(rig.fleet.now_ms());
    let send = async |password: &str, again: &str, digits: &str| {
        let fields = [
            ("link", &*link),
            ("password", password),
            ("again", again),
            ("digits", digits),
        ];
        anna.post("/welcome", &fields).await
    };
    for (password, again, digits) in [
        ("kurz", "kurz", &*digits),
        (PASSWORD, "anders", &*digits),
        (PASSWORD, PASSWORD, "000000"),
        (PASSWORD, PASSWORD, ""),
    ] {
        let refused = send(password, again, digits).await;
        assert_eq!(
            refused.status(),
            StatusCode::UNPROCESSABLE_ENTITY,
            "{password}"
        );
    }
    let done = send(PASSWORD, PASSWORD, &digits).await;
    let cookie = done.headers()["set-cookie"].to_str().unwrap().to_owned();
    for part in [
        "__Host-fleetd=",
        "Secure",
        "HttpOnly",
        "SameSite=Strict",
        "Path=/",
    ] {
        assert!(cookie.contains(part), "{part}: {cookie}");
    }
    let twice = send(PASSWORD, PASSWORD, &digits).await;
    assert_eq!(
        twice.status(),
        StatusCode::UNPROCESSABLE_ENTITY,
        "the link is spent"
    );
    let sign_in = async |digits: &str| {
        let fields = [("name", "anna"), ("password", PASSWORD), ("digits", digits)];
        rig.stranger().post("/sign-in", &fields).await.status()
    };
    assert_eq!(
        sign_in(&digits).await,
        StatusCode::UNPROCESSABLE_ENTITY,
        "used digits"
    );
    assert_eq!(
        sign_in("").await,
        StatusCode::UNPROCESSABLE_ENTITY,
        "no digits"
    );
    let later = second.digits(rig.fleet.now_ms() + 30_000);
    assert_eq!(sign_in(&later).await, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn guesses_are_braked_and_tell_nothing() {
    let rig = Rig::start().await;
    rig.person("anna", Role::Viewer, None).await;
    let guess = async |name: &str| {
        let fields = [
            ("name", name),
            ("password", "falsch geraten"),
            ("digits", ""),
        ];
        let answer = rig.stranger().post("/sign-in", &fields).await;
        (
            answer.status(),
            answer.text().await.unwrap().replace(name, "NAME"),
        )
    };
    let (known, unknown) = (guess("anna").await, guess("nobody").await);
    assert_eq!(known, unknown, "whether a name exists is not told");
    for _ in 0..3 {
        guess("anna").await;
    }
    assert_eq!(guess("anna").await.0, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn a_closed_account_is_out_at_once_and_the_last_ruler_stays() {
    let rig = Rig::start().await;
    let admin = rig.person("chief", Role::Admin, None).await;
    let anna = rig.person("anna", Role::Viewer, None).await;
    assert_eq!(anna.get("/").await.status(), StatusCode::OK);
    admin.act("/people/anna/close", &[("closed", "yes")]).await;
    assert_eq!(anna.get("/").await.headers()["location"], "/sign-in");
    let alone = admin.act("/people/chief/close", &[("closed", "yes")]).await;
    assert_eq!(alone.status(), StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_token_does_what_its_scopes_say_and_no_cookie_changes_anything_through_the_api() {
    let rig = Rig::start().await;
    let admin = rig.person("chief", Role::Admin, None).await;
    rig.room("saal-2", "nord").await;
    let fields = [("name", "monitor"), ("scope", "look")];
    let page = admin
        .act("/people/tokens", &fields)
        .await
        .text()
        .await
        .unwrap();
    let token = page.split("id=\"once\">").nth(1).unwrap();
    let token = token.split('<').next().unwrap();
    let asked = async |method: Method, path: &str| {
        let request = rig.stranger().request(method, path).bearer_auth(token);
        request.send().await.unwrap().status()
    };
    assert_eq!(asked(Method::GET, "/api/v1/rooms").await, StatusCode::OK);
    assert_eq!(asked(Method::GET, "/metrics").await, StatusCode::OK);
    assert_eq!(
        asked(Method::GET, "/api/v1/people").await,
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        asked(Method::DELETE, "/api/v1/rooms/saal-2").await,
        StatusCode::FORBIDDEN
    );
    let by_cookie = admin.request(Method::DELETE, "/api/v1/rooms/saal-2");
    let by_cookie = by_cookie.header("sec-fetch-site", "same-origin");
    assert_eq!(
        by_cookie.send().await.unwrap().status(),
        StatusCode::UNAUTHORIZED
    );
    admin.act("/people/tokens/monitor/drop", &[]).await;
    assert_eq!(
        asked(Method::GET, "/api/v1/rooms").await,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn everything_done_stands_in_a_log_that_holds() {
    let rig = Rig::start().await;
    let admin = rig.person("chief", Role::Admin, None).await;
    rig.room("saal-2", "nord").await;
    let place = [("name", "Saal 2"), ("site", "sued")];
    admin.act("/rooms/saal-2/place", &place).await;
    admin
        .act(
            "/rooms/saal-2/tell",
            &[("verb", "mute"), ("command", "mute-0001")],
        )
        .await;
    admin.act("/rooms/saal-2/out", &[("sure", "saal-2")]).await;
    let log = admin.page("/audit/export").await;
    verify(log.lines()).unwrap();
    let acts: Vec<String> = log
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["what"].to_string())
        .collect();
    let expected = [
        "room-approved",
        "room-placed",
        "room-told",
        "room-turned-out",
    ];
    assert_eq!(acts, expected.map(|act| format!("\"{act}\"")));
    assert!(admin.page("/audit").await.contains("saal-2"));
    let page = admin.page("/").await;
    assert!(!page.contains(&field(&page, "token").repeat(2)));
}
