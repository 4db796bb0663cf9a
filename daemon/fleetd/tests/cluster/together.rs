//! Two fleet servers over one cluster are one server: what is done at one holds at the other, a room is reached wherever its line is,
//! and one that dies or is stopped is noticed truthfully.

use crate::common::{Line, TestRoom, state};
use crate::rig::Cluster;
use crate::servers::{Server, token, until};
use fleet_proto::{Answer, FromFleet, FromRoom, GoodbyeWhy, Outcome, Reported, Settled};
use reqwest::Method;
use serde_json::json;

/// Does what it is told until its line ends; how many commands that were.
async fn obeys(line: &mut Line) -> usize {
    let mut count = 0;
    while let Some(said) = line.next().await {
        match said {
            FromFleet::Command(command) => {
                count += 1;
                let answer = Answer {
                    id: command.id,
                    outcome: Outcome::Done {},
                };
                line.say(&FromRoom::Answer(answer)).await;
            }
            FromFleet::Desired(desired) => {
                let reported = Reported {
                    revision: desired.revision,
                    settled: Settled::Applied { later: Vec::new() },
                };
                line.say(&FromRoom::Reported(reported)).await;
            }
            FromFleet::Goodbye(goodbye) if goodbye.why == GoodbyeWhy::Revoked => return count,
            _ => {}
        }
    }
    count
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_done_at_one_server_holds_at_the_other_and_a_dead_one_is_noticed() {
    let Some(cluster) = Cluster::start(3) else {
        return;
    };
    let token = token(&cluster).await;
    let here = Server::start(&cluster, "here");
    let mut there = Server::start(&cluster, "there");
    let (at_here, at_there) = (here.program(&token), there.program(&token));
    let mut room = TestRoom::new(there.at, "saal-2");
    at_here.approve(&mut room).await;

    // Its line is there; it is told, set and seen from here.
    let mut line = room.line_at(there.at, None).await;
    line.say(&state(1, &["mic-gone"])).await;
    until("its fault is seen here", async || {
        at_here.light("saal-2").await == "red"
    })
    .await;
    let lives = tokio::spawn(async move { obeys(&mut line).await });
    assert_eq!(
        at_here.mute("saal-2", "mute-0001").await.as_deref(),
        Some("done")
    );
    assert_eq!(
        at_there.mute("saal-2", "mute-0001").await.as_deref(),
        Some("done"),
        "said again"
    );
    let text = json!({ "level": "all", "text": "[help]\nphone = \"47 11\"", "over": 0 });
    let written = at_here
        .ask(Method::PUT, "/api/v1/settings", Some(text))
        .await;
    assert!(written.is_some());
    until("it runs with it", async || {
        let room = at_here.get("/api/v1/rooms/saal-2").await;
        room["reported"]["revision"] == json!(1)
    })
    .await;

    // The server that has its line dies: at once the room cannot be reached, and nobody pretends.
    there.kill();
    assert_eq!(
        at_here.mute("saal-2", "mute-0002").await.as_deref(),
        Some("offline")
    );
    until("it is shown so", async || {
        at_here.light("saal-2").await == "unknown"
    })
    .await;
    assert_eq!(lives.await.unwrap(), 1, "each command once");

    // It comes here; its old server comes back, gets it again, and is cut off.
    let mut line = room.line_at(here.at, Some(1)).await;
    line.say(&state(1, &[])).await;
    until("it is well here", async || {
        at_here.light("saal-2").await == "green"
    })
    .await;
    there.begin();
    let at_there = there.program(&token);
    until("and there", async || {
        at_there.light("saal-2").await == "green"
    })
    .await;
    let mut moved = room.line_at(there.at, Some(1)).await;
    assert_eq!(
        line.goodbye().await,
        GoodbyeWhy::Replaced,
        "said by the other server"
    );
    moved.say(&state(2, &[])).await;
    there.stop();
    assert_eq!(
        at_here.mute("saal-2", "mute-0003").await.as_deref(),
        Some("offline")
    );
    until("its silence is noticed", async || {
        at_here.light("saal-2").await == "unknown"
    })
    .await;
    let mut line = room.line_at(here.at, Some(1)).await;
    line.say(&state(1, &[])).await;
    there.go_on();
    assert_eq!(
        moved.goodbye().await,
        GoodbyeWhy::Replaced,
        "the one that was away gives it up"
    );
    until("nothing was taken back", async || {
        at_there.light("saal-2").await == "green"
    })
    .await;
    let lives = tokio::spawn(async move { obeys(&mut line).await });
    assert_eq!(
        at_there.mute("saal-2", "mute-0004").await.as_deref(),
        Some("done")
    );

    // Turned out there, its line here ends, and the log of both is one chain.
    let out = at_there
        .ask(Method::DELETE, "/api/v1/rooms/saal-2", None)
        .await;
    assert!(out.is_some());
    assert_eq!(lives.await.unwrap(), 1);
    let refused = tokio::spawn(async move { room.socket(here.at).await.is_ok() });
    assert!(
        !refused.await.is_ok_and(|opened| opened),
        "it comes no more"
    );
}
