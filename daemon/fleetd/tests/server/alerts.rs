//! Alerts from the room's line to the people who are told: by webhook, by Alertmanager's API and by mail; over a restart; and who may
//! say what they are about.

use crate::common::{Rig, state, until};
use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode as Said;
use fleetd::people::{Grant, Invite, Role};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;

/// What came to a made-up receiver, by the last part of the path.
#[derive(Clone, Default)]
pub(super) struct Receiver {
    came: Arc<Mutex<Vec<(String, Value)>>>,
    refuses: Arc<Mutex<u32>>,
}

impl Receiver {
    pub(super) async fn start(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let own = self.clone();
        let take = async move |Path(path): Path<String>, Json(body): Json<Value>| {
            let mut refuses = own.refuses.lock().unwrap();
            if *refuses > 0 {
                *refuses -= 1;
                return Said::SERVICE_UNAVAILABLE;
            }
            own.came.lock().unwrap().push((path, body));
            Said::OK
        };
        let router = axum::Router::new().route("/{*path}", axum::routing::post(take));
        tokio::spawn(async move { axum::serve(listener, router).await });
        base
    }

    pub(super) fn of(&self, path: &str) -> Vec<Value> {
        let came = self.came.lock().unwrap();
        let of = came.iter().filter(|(at, _)| at == path);
        of.map(|(_, body)| body.clone()).collect()
    }
}

/// A mail server that takes everything; what it took.
async fn mail_server() -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    let mails = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&mails);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let kept = Arc::clone(&kept);
            tokio::spawn(async move {
                let (read, mut write) = stream.into_split();
                let mut lines = BufReader::new(read).lines();
                let _ = write.write_all(b"220 mail\r\n").await;
                let (mut data, mut mail) = (false, String::new());
                while let Ok(Some(line)) = lines.next_line().await {
                    if data && line != "." {
                        mail += &line;
                        mail.push('\n');
                        continue;
                    }
                    let answer: &[u8] = match line.as_str() {
                        "." => {
                            kept.lock().unwrap().push(std::mem::take(&mut mail));
                            data = false;
                            b"250 ok\r\n"
                        }
                        "DATA" => {
                            data = true;
                            b"354 go on\r\n"
                        }
                        _ => b"250 ok\r\n",
                    };
                    let _ = write.write_all(answer).await;
                }
            });
        }
    });
    (format!("smtp://{at}"), mails)
}

pub(super) struct Chief<'a> {
    rig: &'a Rig,
    token: String,
}

impl Chief<'_> {
    pub(super) async fn of(rig: &Rig) -> Chief<'_> {
        let grants = vec![Grant {
            role: Role::Admin,
            site: None,
        }];
        let name = format!("chief-{}", rig.at.port());
        let invite = Invite { name, grants };
        let (people, tenant) = (&rig.fleet.people, &rig.fleet.tenant);
        let token = people.program(tenant, invite, (rig.fleet.now_ms(), i64::MAX));
        let token = token.await.unwrap();
        Chief { rig, token }
    }

    async fn ask(&self, method: Method, path: &str, body: Value) -> (StatusCode, Value) {
        let path = format!("/api/v1/alerts{path}");
        let request = self.rig.stranger().request(method, &path);
        let request = request.bearer_auth(&self.token).json(&body);
        let answer = request.send().await.unwrap();
        (answer.status(), answer.json().await.unwrap())
    }

    pub(super) async fn put(&self, path: &str, body: Value) {
        let (status, said) = self.ask(Method::PUT, path, body).await;
        assert_eq!(status, StatusCode::OK, "{path}: {said}");
    }
}

/// A rule that waits for nothing.
pub(super) fn rule(to: &[&str]) -> Value {
    json!({ "on": "fault", "severity": "critical", "after_s": 0, "to": to })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fault_is_told_once_to_everybody_and_so_is_its_end_over_a_restart() {
    let rig = Rig::start().await;
    let (receiver, (mail, mails)) = (Receiver::default(), mail_server().await);
    let base = receiver.start().await;
    let chief = Chief::of(&rig).await;
    let hook = json!({ "kind": "webhook", "url": format!("{base}/hook") });
    chief.put("/targets/chat", hook).await;
    let manager = json!({ "kind": "alertmanager", "url": format!("{base}/am"), "token": "geheim" });
    chief.put("/targets/manager", manager).await;
    let people = json!({
        "kind": "mail", "server": mail, "from": "fleet@stadt.example", "to": ["it@stadt.example"], "language": "en",
    });
    chief.put("/targets/it", people).await;
    chief
        .put("/rules/faults", rule(&["chat", "manager", "it"]))
        .await;

    let (one, two) = (
        rig.room("saal-1", "nord").await,
        rig.room("saal-2", "nord").await,
    );
    let (mut first, mut second) = (one.line().await, two.line().await);
    first.say(&state(1, &["mic-gone"])).await;
    second.say(&state(1, &["mic-gone"])).await;
    until("all three were told", async || {
        !receiver.of("hook").is_empty()
            && !receiver.of("am/api/v2/alerts").is_empty()
            && !mails.lock().unwrap().is_empty()
    })
    .await;
    let hook = receiver.of("hook");
    assert_eq!((hook.len(), &hook[0]["version"]), (1, &json!("4")));
    assert_eq!(hook[0]["status"], "firing");
    assert_eq!(hook[0]["alerts"][0]["labels"]["cause"], "fault.mic-gone");
    assert_eq!(hook[0]["alerts"][0]["labels"]["severity"], "critical");
    let posted = receiver.of("am/api/v2/alerts");
    assert_eq!(posted[0][0]["labels"]["alertname"], "roomd-fault");
    assert!(posted[0][0]["startsAt"].is_string() && posted[0][0]["endsAt"].is_string());
    let text = mails.lock().unwrap()[0].clone();
    assert!(
        text.contains("Subject: Alert: ") && text.contains("To: it@stadt.example"),
        "{text}"
    );
    assert!(text.contains("/rooms/saal-1"), "{text}");
    let page = rig
        .person("anna", Role::Viewer, None)
        .await
        .page("/alerts")
        .await;
    assert!(
        page.contains("fault.mic-gone") && !page.contains("geheim"),
        "{page}"
    );

    let rig = Rig::start_in(rig.end().await).await;
    let chief = Chief::of(&rig).await;
    let (_, said) = chief.ask(Method::GET, "", Value::Null).await;
    assert_eq!(said["alerts"].as_array().unwrap().len(), 1, "{said}");
    for room in ["saal-1", "saal-2"] {
        rig.fleet
            .turn_out(&rig.fleet.tenant, &room.parse().unwrap(), "test")
            .await
            .unwrap();
    }
    until("all three heard of the end", async || {
        let resolved = |all: Vec<Value>| all.iter().any(|one| one["status"] == "resolved");
        resolved(receiver.of("hook")) && mails.lock().unwrap().len() == 2
    })
    .await;
    let firing = receiver.of("hook");
    let firing = firing.iter().filter(|one| one["status"] == "firing");
    assert_eq!(firing.count(), 1, "a restart tells nothing twice");
    let last = mails.lock().unwrap()[1].clone();
    assert!(last.contains("Subject: Resolved: "), "{last}");
    let (_, said) = chief.ask(Method::GET, "", Value::Null).await;
    assert!(said["alerts"][0]["ended_ms"].is_i64(), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receiver_that_was_down_is_told_when_it_is_back() {
    let rig = Rig::start().await;
    let receiver = Receiver::default();
    *receiver.refuses.lock().unwrap() = 1;
    let base = receiver.start().await;
    let chief = Chief::of(&rig).await;
    let hook = json!({ "kind": "webhook", "url": format!("{base}/hook") });
    chief.put("/targets/chat", hook).await;
    chief.put("/rules/faults", rule(&["chat"])).await;
    let room = rig.room("saal-1", "nord").await;
    let mut line = room.line().await;
    line.say(&state(1, &["mic-gone"])).await;
    until("the first try came to nothing", async || {
        let (_, said) = chief.ask(Method::GET, "", Value::Null).await;
        said["alerts"][0]["told"]["chat"]["failed"] == 1
    })
    .await;
    let end = tokio::time::Instant::now() + 6 * crate::common::LIMIT;
    while receiver.of("hook").is_empty() {
        assert!(tokio::time::Instant::now() < end, "never told again");
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn only_administrators_write_rules_and_each_writing_is_noted_without_its_secrets() {
    let rig = Rig::start().await;
    let chief = Chief::of(&rig).await;
    let target =
        json!({ "kind": "webhook", "url": "https://chat.example/geheim", "token": "geheim" });
    chief.put("/targets/chat", target).await;
    let (_, said) = chief.ask(Method::GET, "/targets", Value::Null).await;
    assert_eq!(said["targets"]["chat"]["host"], "chat.example");
    chief.put("/rules/faults", rule(&["chat"])).await;
    let (status, _) = chief
        .ask(Method::PUT, "/rules/faults", rule(&["nobody"]))
        .await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let (status, _) = chief
        .ask(Method::DELETE, "/targets/chat", Value::Null)
        .await;
    assert_eq!(
        status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "a rule sends to it"
    );
    let (status, _) = chief
        .ask(Method::DELETE, "/rules/faults", Value::Null)
        .await;
    assert_eq!(status, StatusCode::OK);
    let (_, said) = chief.ask(Method::GET, "/rules", Value::Null).await;
    assert_eq!(
        said["rules"]["faults"]["to"],
        json!([]),
        "as it was at first"
    );
    let (status, _) = chief
        .ask(Method::DELETE, "/targets/chat", Value::Null)
        .await;
    assert_eq!(status, StatusCode::OK);
    for bad in [
        json!({ "kind": "webhook", "url": "file:///etc/passwd" }),
        json!({ "kind": "mail", "server": "smtp://mail.example", "from": "x", "to": [] }),
    ] {
        let (status, _) = chief.ask(Method::PUT, "/targets/bad", bad).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let all = rig
        .fleet
        .ledger
        .read(&rig.fleet.tenant, 0, 100)
        .await
        .unwrap();
    let lines: Vec<String> = all.iter().map(|entry| entry.line()).collect();
    let text = lines.join("\n");
    for act in [
        "alert-target-written",
        "alert-rule-written",
        "alert-rule-dropped",
        "alert-target-dropped",
    ] {
        assert!(text.contains(act), "{act}");
    }
    assert!(!text.contains("geheim"), "{text}");
}

#[tokio::test]
async fn an_administrator_writes_rule_and_recipient_by_the_pages_and_tries_it() {
    let rig = Rig::start().await;
    let receiver = Receiver::default();
    let base = receiver.start().await;
    let anna = rig.person("anna", Role::Admin, None).await;
    let address = format!("{base}/hook");
    let target = [
        ("name", "chat"),
        ("kind", "webhook"),
        ("address", address.as_str()),
    ];
    let written = anna.act("/alerts/target", &target).await;
    assert_eq!(written.status(), StatusCode::SEE_OTHER);
    let page = anna
        .act("/alerts/target/chat/try", &[])
        .await
        .text()
        .await
        .unwrap();
    assert!(
        page.contains("Die Probemeldung wurde angenommen."),
        "{page}"
    );
    assert_eq!(receiver.of("hook")[0]["commonLabels"]["cause"], "trial");
    // The address is not shown again, and an empty field keeps it.
    let page = anna.page("/alerts/target?of=chat").await;
    assert!(!page.contains(&base), "{page}");
    let target = [("name", "chat"), ("kind", "webhook"), ("address", "")];
    anna.act("/alerts/target", &target).await;
    anna.act("/alerts/target/chat/try", &[]).await;
    assert_eq!(receiver.of("hook").len(), 2);
    let rule = [
        ("name", "nacht"),
        ("on", "offline"),
        ("after", "2,5"),
        ("severity", "warning"),
        ("site", "Nord"),
        ("to", "chat"),
        ("quiet-from", "22:00"),
        ("quiet-to", "06:00"),
        ("zone", "Europe/Berlin"),
        ("active", "yes"),
    ];
    let written = anna.act("/alerts/rule", &rule).await;
    assert_eq!(written.status(), StatusCode::SEE_OTHER);
    let rules = rig.fleet.alerts.rules(&rig.fleet.tenant).await.unwrap();
    let (_, rule) = rules
        .iter()
        .find(|(name, _)| name.as_str() == "nacht")
        .unwrap();
    assert_eq!((rule.after_s, rule.site.as_str()), (150, "nord"));
    assert!(anna.page("/alerts/rule?of=nacht").await.contains("22:00"));
    let viewer = rig.person("vera", Role::Viewer, None).await;
    let page = viewer.page("/alerts").await;
    assert!(
        !page.contains("nacht"),
        "rules are the administrators' business"
    );
}
