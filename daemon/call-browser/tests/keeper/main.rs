//! The keeper as a process: with a stand-in for Chromium that speaks the pipe, and with the real one.
#![allow(
    clippy::unwrap_used,
    reason = "a test says what went wrong by panicking"
)]

#[path = "../common/mod.rs"]
mod common;
mod stand_in;

use call_browser::policy::{Table, managed};
use common::far::Browser;
use common::{Keeper, alive, can_run, descendants, open_folder, within};
use nix::sys::signal::{Signal, kill};
use serde_json::json;
use stand_in::{Raw, STAND_IN, StandIn, keeper, refused};
use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;
use tokio::process::Command;

const SOON: Duration = Duration::from_secs(10);

#[tokio::test]
async fn a_client_is_greeted_served_and_followed_by_a_clean_one() {
    let keeper = StandIn::start(STAND_IN).await;
    let mut one = Raw::at(&keeper.socket()).await;
    let hello = one.running().await;
    assert_eq!(
        (&hello["generation"], &hello["product"], &hello["first_id"]),
        (&json!(1), &json!("StandIn/1"), &json!(1))
    );
    let mode = std::fs::metadata(keeper.socket())
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);

    one.say(json!({ "id": 1, "method": "Target.attachToTarget", "params": { "targetId": "t" } }))
        .await;
    assert_eq!(one.hear().await.unwrap()["params"]["sessionId"], "s1");
    assert_eq!(
        one.hear().await.unwrap(),
        json!({ "id": 1, "result": { "sessionId": "s1" } })
    );
    one.say(json!({ "keeper": { "ask": "note", "key": "call-1", "value": "here" } }))
        .await;
    one.say(json!({ "id": 2, "method": "Test.slow" })).await;
    one.say(json!({ "id": 3, "method": "Test.event" })).await;
    assert_eq!(one.hear().await.unwrap()["method"], "Test.happened");

    let mut second = Raw::at(&keeper.socket()).await;
    let words = second.hear().await.unwrap();
    assert!(
        words["keeper"]["why"]
            .as_str()
            .unwrap()
            .contains("another client"),
        "{words}"
    );
    assert_eq!(second.hear().await, None);

    drop(one);
    let mut next = Raw::at(&keeper.socket()).await;
    let hello = next.running().await;
    assert_eq!(hello["first_id"], 4);
    assert_eq!(hello["notes"], json!({ "call-1": "here" }));
    assert!(
        keeper
            .asked()
            .contains(r#""method":"Target.detachFromTarget","params":{"sessionId":"s1"}"#),
        "{}",
        keeper.asked()
    );
    next.say(json!({ "id": 4, "method": "Page.enable" })).await;
    assert_eq!(
        next.hear().await.unwrap()["id"],
        4,
        "the first thing the next client hears is its own answer"
    );
}

#[tokio::test]
async fn what_a_shell_has_left_open_is_in_nobodys_way() {
    let shell = |keeper: Command| {
        let mut shell = Command::new("sh");
        shell
            .args(["-c", "exec \"$@\" 3</dev/null 4</dev/null", "sh"])
            .arg(keeper.as_std().get_program())
            .args(keeper.as_std().get_args())
            .stdin(Stdio::null())
            .kill_on_drop(true);
        shell
    };
    let keeper = StandIn::start_from(STAND_IN, shell).await;
    let hello = Raw::at(&keeper.socket()).await.running().await;
    assert_eq!(hello["product"], "StandIn/1");
}

#[tokio::test]
async fn nonsense_is_answered_and_harms_nobody() {
    let keeper = StandIn::start(STAND_IN).await;
    let mut client = Raw::at(&keeper.socket()).await;
    client.running().await;
    client
        .stream
        .write_all(b"\0\0nonsense\0{\"id\":\0")
        .await
        .unwrap();
    for _ in 0..2 {
        assert!(
            client.hear().await.unwrap()["error"]["message"]
                .as_str()
                .unwrap()
                .starts_with("keeper:")
        );
    }
    client
        .say(json!({ "id": 1, "method": "Page.enable" }))
        .await;
    assert_eq!(client.hear().await.unwrap()["id"], 1);
    let endless = vec![b'x'; 5 << 20];
    let _ = client.stream.write_all(&endless).await;
    assert_eq!(
        client.hear().await,
        None,
        "an endless frame ends the connection"
    );
    Raw::at(&keeper.socket()).await.running().await;
}

#[tokio::test]
async fn a_crash_is_told_and_the_first_restart_is_at_once() {
    let keeper = StandIn::start(STAND_IN).await;
    let mut client = Raw::at(&keeper.socket()).await;
    let first = client.running().await;
    client
        .say(json!({ "keeper": { "ask": "note", "key": "call-1", "value": "here" } }))
        .await;
    client.say(json!({ "id": 1, "method": "Test.end" })).await;
    let gone = client
        .hear_until(|value| value["keeper"]["say"] == "gone")
        .await["keeper"]
        .clone();
    assert_eq!(
        (&gone["generation"], &gone["why"], &gone["restart_in_ms"]),
        (&json!(1), &json!("ended with code 7"), &json!(0))
    );
    let second = client.running().await;
    assert_eq!(second["generation"], 2);
    assert_ne!(second["pid"], first["pid"]);
    assert_eq!(
        second["notes"],
        json!({}),
        "a new Chromium has no pages of the old one"
    );
    assert_eq!(keeper.profiles(), 1, "the old profile is deleted");
}

#[tokio::test]
async fn chromium_begins_anew_when_the_client_asks() {
    let keeper = StandIn::start(STAND_IN).await;
    let mut client = Raw::at(&keeper.socket()).await;
    let first = client.running().await;
    client
        .say(json!({ "keeper": { "ask": "browser-anew" } }))
        .await;
    let gone = client
        .hear_until(|value| value["keeper"]["say"] == "gone")
        .await["keeper"]
        .clone();
    assert_eq!(gone["why"], json!("killed by signal 9"));
    let second = client.running().await;
    assert_eq!(second["generation"], 2);
    assert_ne!(second["pid"], first["pid"]);
    assert_eq!(keeper.profiles(), 1, "the old profile is deleted");
}

#[tokio::test]
async fn only_the_process_for_sound_ends_when_the_sound_begins_anew() {
    let children = "\nfor kind in audio.mojom.AudioService network.mojom.NetworkService; do \
                    bash -c 'sleep 60; :' child --utility-sub-type=$kind 3<&- 4>&- 2>&- & done\nwhile";
    let keeper = StandIn::start(&STAND_IN.replacen("\nwhile", children, 1)).await;
    let mut client = Raw::at(&keeper.socket()).await;
    let chromium = u32::try_from(client.running().await["pid"].as_u64().unwrap()).unwrap();
    let started_as = |kind: &'static str| {
        move || async move {
            let kind = format!("--utility-sub-type={kind}");
            let line =
                |pid: &u32| std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            let is = |pid: &u32| {
                line(pid)
                    .split(|byte| *byte == 0)
                    .any(|arg| arg == kind.as_bytes())
            };
            descendants(chromium).into_iter().find(is)
        }
    };
    let sound = within(
        "a process for sound",
        SOON,
        started_as("audio.mojom.AudioService"),
    )
    .await;
    let network = within("another", SOON, started_as("network.mojom.NetworkService")).await;
    client
        .say(json!({ "keeper": { "ask": "sound-anew" } }))
        .await;
    within("its end", SOON, || async { (!alive(sound)).then_some(()) }).await;
    assert!(alive(network) && alive(chromium));
    client
        .say(json!({ "id": 1, "method": "Page.enable" }))
        .await;
    assert_eq!(
        client.hear().await.unwrap()["id"],
        1,
        "nothing else is said"
    );
}

#[tokio::test]
async fn a_crash_loop_is_slowed_down_and_says_what_was_printed() {
    let keeper = StandIn::start(
        "#!/bin/sh\necho 'no usable display at https://secret.example/j?pwd=x' >&2\nexit 3\n",
    )
    .await;
    let mut client = Raw::at(&keeper.socket()).await;
    let third = client
        .hear_until(|value| value["keeper"]["failures"].as_u64() >= Some(3))
        .await["keeper"]
        .clone();
    let why = third["why"].as_str().unwrap();
    assert!(
        why.starts_with("ended with code 3 before it answered")
            && why.contains("no usable display"),
        "{why}"
    );
    assert!(!why.contains("secret"), "{why}");
    assert!(third["restart_in_ms"].as_u64().unwrap() > 500, "{third}");
}

#[tokio::test]
async fn a_chromium_with_a_banned_flag_is_ended() {
    let flag = ["--no", "-sandbox"].concat();
    let wrapper = STAND_IN.replacen(
        "\nsay()",
        &format!("\n[ -n \"$again\" ] || again=1 exec \"$0\" \"$@\" {flag}\nsay()"),
        1,
    );
    let keeper = StandIn::start(&wrapper).await;
    let mut client = Raw::at(&keeper.socket()).await;
    let gone = client
        .hear_until(|value| value["keeper"]["failures"].as_u64() >= Some(1))
        .await["keeper"]
        .clone();
    assert!(gone["why"].as_str().unwrap().contains(&flag), "{gone}");
}

#[tokio::test]
async fn ending_the_keeper_ends_chromium_and_deletes_its_profile() {
    let mut keeper = StandIn::start(STAND_IN).await;
    let pid = Raw::at(&keeper.socket()).await.running().await["pid"]
        .as_u64()
        .unwrap();
    kill(keeper.pid(), Signal::SIGTERM).unwrap();
    let status = tokio::time::timeout(SOON, keeper.child.wait())
        .await
        .unwrap()
        .unwrap();
    assert!(status.success());
    assert!(!alive(u32::try_from(pid).unwrap()));
    assert_eq!(keeper.profiles(), 0);
    assert!(!keeper.socket().exists());
}

#[tokio::test]
async fn killing_the_keeper_takes_chromium_along_and_the_next_one_clears_up() {
    let mut keeper = StandIn::start(STAND_IN).await;
    let pid = u32::try_from(
        Raw::at(&keeper.socket()).await.running().await["pid"]
            .as_u64()
            .unwrap(),
    )
    .unwrap();
    kill(keeper.pid(), Signal::SIGKILL).unwrap();
    keeper.child.wait().await.unwrap();
    within("Chromium goes with its keeper", SOON, || async {
        (!alive(pid)).then_some(())
    })
    .await;
    assert_eq!(keeper.profiles(), 1);
    keeper.child = self::keeper(keeper.folder.path(), &[]).spawn().unwrap();
    let hello = within("the next keeper", SOON, || async {
        let stream = UnixStream::connect(keeper.socket()).await.ok()?;
        drop(stream);
        Some(())
    });
    hello.await;
    Raw::at(&keeper.socket()).await.running().await;
    assert_eq!(
        keeper.profiles(),
        1,
        "the old profile is deleted, the new one is there"
    );
}

#[tokio::test]
async fn a_chromium_that_is_installed_later_is_waited_for() {
    let folder = open_folder();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o1777)).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_browser-keeper"));
    let socket = folder.path().join("s");
    command
        .args(["--window", "headless"])
        .arg("--socket")
        .arg(&socket);
    command.arg("--profile-dir").arg(folder.path().join("p"));
    if nix::unistd::Uid::effective().is_root() {
        command.args(["--user", "nobody"]);
    }
    command.env("PATH", folder.path()).env("RUST_LOG", "warn");
    command.stderr(Stdio::piped()).kill_on_drop(true);
    let mut keeper = command.spawn().unwrap();
    let mut said = BufReader::new(keeper.stderr.take().unwrap()).lines();
    let line = tokio::time::timeout(SOON, said.next_line()).await;
    let line = line.unwrap().unwrap().unwrap();
    assert!(line.contains("apt install chromium"), "{line}");

    // As a package manager does it: whole, under another name first.
    let (new, program) = (folder.path().join("new"), folder.path().join("chromium"));
    std::fs::write(&new, STAND_IN).unwrap();
    std::fs::set_permissions(&new, std::fs::Permissions::from_mode(0o755)).unwrap();
    std::fs::rename(new, program).unwrap();
    within("the keeper's socket", SOON, || async {
        socket.exists().then_some(())
    })
    .await;
    assert!(keeper.try_wait().unwrap().is_none());
}

#[tokio::test]
async fn mistakes_at_the_start_are_explained() {
    let keeper = StandIn::start(STAND_IN).await;
    let folder = keeper.folder.path();
    assert!(
        refused(folder, &[])
            .await
            .contains("another keeper answers")
    );
    let empty = open_folder();
    assert!(
        refused(empty.path(), &[])
            .await
            .contains("there is no program")
    );
    std::fs::copy(folder.join("chromium"), empty.path().join("chromium")).unwrap();
    assert!(
        refused(empty.path(), &["--fake-camera", "/does/not/exist.y4m"])
            .await
            .contains("/does/not/exist.y4m")
    );
    assert!(
        refused(empty.path(), &["--size", "big"])
            .await
            .contains("1920x1080")
    );
    assert!(
        refused(empty.path(), &["--owner", "nobody-at-all"])
            .await
            .contains("nobody-at-all")
    );
    if nix::unistd::Uid::effective().is_root() {
        let refused_user = async |user: &str| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_browser-keeper"));
            command
                .arg("--chromium")
                .arg(empty.path().join("chromium"))
                .arg("--profile-dir")
                .arg(empty.path());
            command
                .args(["--user", user])
                .arg("--socket")
                .arg(empty.path().join("s"))
                .kill_on_drop(true);
            let output = tokio::time::timeout(SOON, command.output())
                .await
                .unwrap()
                .unwrap();
            assert!(!output.status.success());
            String::from_utf8(output.stderr).unwrap()
        };
        assert!(
            refused_user("no-such-user")
                .await
                .contains("useradd --system")
        );
        assert!(refused_user("root").await.contains("must not run as root"));
    }
}

#[tokio::test]
async fn the_help_teaches() {
    let output = Command::new(env!("CARGO_BIN_EXE_browser-keeper"))
        .arg("--help")
        .output()
        .await
        .unwrap();
    let text = String::from_utf8(output.stdout)
        .unwrap()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    for word in [
        "useradd --system",
        "--socket",
        "--window",
        "--fake-camera",
        "Examples:",
        "policies/managed/roomd.json",
    ] {
        assert!(text.contains(word), "{word}");
    }
}

/// With the real Chromium: a daemon's death changes nothing for a page, and the next finds it as it is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_goes_on_while_clients_come_and_go() {
    if !can_run() {
        return;
    }
    let page = "<script>let n = 0; setInterval(() => n++, 20)</script>";
    let address = common::rig::serve(axum::Router::new().route(
        "/",
        axum::routing::get(async move || axum::response::Html(page)),
    ))
    .await;
    let keeper = Keeper::start(&common::rig::loopback_policy()).await;
    let first = Browser::at(&keeper).await;
    let opened = first.open(&address).await;
    opened.until("n > 5").await;
    let before = opened.eval("n").await.as_u64().unwrap();
    let target = opened.target.clone();
    drop((first, opened));

    let second = Browser::at(&keeper).await;
    assert_eq!(second.hello.generation, 1);
    let targets = second.ask("Target.getTargets", json!({})).await;
    let attached = targets["targetInfos"]
        .as_array()
        .unwrap()
        .iter()
        .any(|t| t["attached"] == true);
    assert!(
        !attached,
        "a session of the dead client is still there: {targets}"
    );
    let page = second.attach(&target).await;

    page.until(&format!("n > {before} + 10")).await;
}

/// The kernel's word that the sandbox is on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sandbox_is_on_for_an_ordinary_account() {
    if !can_run() {
        return;
    }
    let keeper = Keeper::start(&managed(&Table::default())).await;
    let browser = Browser::at(&keeper).await;
    let page = browser.open("about:blank").await;
    assert_eq!(page.eval("navigator.language").await, "de-DE");
    assert_eq!(
        page.eval("navigator.webdriver").await,
        true,
        "a page may know that it is driven"
    );
    let status =
        |pid: &u32| std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line =
        |pid: &u32| std::fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let all = descendants(keeper.pid());
    let renderers: Vec<&u32> = all
        .iter()
        .filter(|pid| line(pid).contains("--type=renderer"))
        .collect();
    assert!(!renderers.is_empty(), "no renderer among {all:?}");
    let own_namespace = std::fs::read_link("/proc/self/ns/user").unwrap();
    for pid in renderers {
        let status = status(pid);
        assert!(
            status.contains("Seccomp:\t2"),
            "no system call filter: {status}"
        );
        assert!(status.contains("CapEff:\t0000000000000000"), "{status}");
        let namespace = std::fs::read_link(format!("/proc/{pid}/ns/user")).unwrap();
        assert_ne!(
            namespace, own_namespace,
            "the renderer has no namespace of its own"
        );
    }
    let browser_status = status(&browser.hello.pid);
    let uid = browser_status
        .lines()
        .find(|line| line.starts_with("Uid:"))
        .unwrap()
        .to_owned();
    assert!(!uid.split_whitespace().any(|id| id == "0"), "{uid}");
}
