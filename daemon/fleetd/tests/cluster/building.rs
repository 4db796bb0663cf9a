//! Two fleet servers and one broker: one of them is on it at a time, and the other goes on when that one dies or is cut off.

use crate::broker::Broker;
use crate::common::{TestRoom, state};
use crate::rig::Cluster;
use crate::servers::{Server, token, until};
use reqwest::Method;
use serde_json::json;
use std::time::Duration;

const OWN: &str = "roomd/own/availability";

async fn says(broker: &Broker, word: &str) {
    until(word, async || broker.on(OWN).await == word).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_server_is_on_the_broker_and_another_when_that_is_gone() {
    let (Some(cluster), Some(broker)) = (Cluster::start(1), Broker::start()) else {
        return;
    };
    let token = token(&cluster).await;
    let mut here = Server::start(&cluster, "here");
    let program = here.program(&token);
    let mut room = TestRoom::new(here.at, "saal-2");
    program.approve(&mut room).await;
    let set = serde_json::to_value(broker.settings()).unwrap();
    let written = program.ask(Method::PUT, "/api/v1/mqtt", Some(set)).await;
    assert!(written.is_some());
    says(&broker, "online").await;

    let there = Server::start(&cluster, "there");
    let mut line = room.line_at(there.at, None).await;
    line.say(&state(1, &[])).await;
    let up = "roomd/own/saal-2/availability";
    until("its line is known here, too", async || {
        broker.on(up).await == "online"
    })
    .await;
    here.kill();
    says(&broker, "offline").await;
    says(&broker, "online").await;
    assert_eq!(broker.on(up).await, "online", "its line is there");
    assert_eq!(
        broker.on("roomd/own/saal-2/state").await["phase"],
        "standby"
    );

    // Cut off, it thinks that it still is on the broker; the broker ends that connection before the other speaks.
    here.begin();
    let began = here.program(&token);
    there.stop();
    until("the other takes over", async || {
        let said = began.get("/api/v1/mqtt").await;
        said["status"]["standing"] == json!({ "is": "connected" })
            && broker.on(OWN).await == "online"
            && broker.on(up).await == "offline"
    })
    .await;
    there.go_on();
    // Longer than it looks at its lease.
    tokio::time::sleep(Duration::from_secs(8)).await;
    until("there still is one", async || {
        broker.on(OWN).await == "online"
    })
    .await;
}
