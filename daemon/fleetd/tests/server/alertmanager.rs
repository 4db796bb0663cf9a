//! Debian's real Alertmanager as a target: it takes our alerts, forgets them when they have ended, and its own webhook judges ours.

use super::alerts::{Chief, Receiver, rule};
use crate::common::{Rig, state, until};
use emulators::ports::HeldPort;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

const PROGRAM: &str = "prometheus-alertmanager";

/// Ends when dropped.
struct Manager {
    child: Child,
    base: String,
    _held: HeldPort,
    _folder: TempDir,
}

impl Drop for Manager {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Manager {
    /// One that tells a webhook at once; `None` where there is no such program. Never silent, and a failure when all tests are asked for.
    async fn start(hook: &str) -> Option<Manager> {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("config.yml");
        let text = format!(
            "route:\n  receiver: hook\n  group_wait: 0s\n  group_interval: 1s\nreceivers:\n- name: hook\n  webhook_configs:\n  - url: {hook}\n"
        );
        std::fs::write(&config, text).unwrap();
        let held = HeldPort::take().unwrap();
        let at = held.at();
        let child = Command::new(PROGRAM)
            .arg(format!("--config.file={}", config.display()))
            .arg(format!("--storage.path={}", folder.path().display()))
            .arg(format!("--web.listen-address={at}"))
            .arg("--cluster.listen-address=")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let Ok(child) = child else {
            let all = std::env::var("ROOMD_TESTS").as_deref() == Ok("all");
            assert!(!all, "all tests were asked for, but {PROGRAM} is not there");
            eprintln!("SKIPPED: needs {PROGRAM}");
            return None;
        };
        let manager = Manager {
            child,
            base: format!("http://{at}"),
            _held: held,
            _folder: folder,
        };
        until("Alertmanager is ready", async || {
            let ready = reqwest::get(format!("{}/-/ready", manager.base)).await;
            ready.is_ok_and(|ready| ready.status().is_success())
        })
        .await;
        Some(manager)
    }

    async fn alerts(&self) -> Vec<Value> {
        let path = format!("{}/api/v2/alerts", self.base);
        reqwest::get(path).await.unwrap().json().await.unwrap()
    }
}

fn keys(value: &Value) -> BTreeSet<String> {
    value.as_object().unwrap().keys().cloned().collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_real_alertmanager_takes_an_alert_and_its_end_and_sends_what_we_send() {
    let rig = Rig::start().await;
    let receiver = Receiver::default();
    let base = receiver.start().await;
    let Some(manager) = Manager::start(&format!("{base}/theirs")).await else {
        return;
    };
    let chief = Chief::of(&rig).await;
    let target = json!({ "kind": "alertmanager", "url": manager.base });
    chief.put("/targets/manager", target).await;
    let hook = json!({ "kind": "webhook", "url": format!("{base}/ours") });
    chief.put("/targets/hook", hook).await;
    chief.put("/rules/faults", rule(&["manager", "hook"])).await;
    let room = rig.room("saal-1", "nord").await;
    let mut line = room.line().await;
    line.say(&state(1, &["mic-gone"])).await;
    until("Alertmanager has the alert", async || {
        !manager.alerts().await.is_empty()
    })
    .await;
    let taken = manager.alerts().await;
    assert_eq!(taken.len(), 1, "{taken:?}");
    assert_eq!(taken[0]["status"]["state"], "active");
    assert_eq!(taken[0]["labels"]["alertname"], "roomd-fault");
    until("both webhooks came", async || {
        !receiver.of("theirs").is_empty() && !receiver.of("ours").is_empty()
    })
    .await;
    let (theirs, ours) = (
        receiver.of("theirs").remove(0),
        receiver.of("ours").remove(0),
    );
    assert_eq!(keys(&theirs), keys(&ours), "{theirs}\n{ours}");
    let (theirs, ours) = (&theirs["alerts"][0], &ours["alerts"][0]);
    assert_eq!(keys(theirs), keys(ours), "{theirs}\n{ours}");
    for same in ["labels", "annotations", "status", "endsAt", "generatorURL"] {
        let (theirs, ours) = (&theirs[same], &ours[same]);
        // Told by an Alertmanager, an alert that goes on has no end.
        assert_eq!(theirs, ours, "{same}");
    }

    let id = "saal-1".parse().unwrap();
    rig.fleet
        .turn_out(&rig.fleet.tenant, &id, "test")
        .await
        .unwrap();
    until("Alertmanager knows of the end", async || {
        let resolved = receiver.of("theirs");
        resolved.iter().any(|one| one["status"] == "resolved")
    })
    .await;
    assert_eq!(manager.alerts().await, Vec::<Value>::new());
}
