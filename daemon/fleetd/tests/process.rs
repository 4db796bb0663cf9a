//! The program itself, once through: started on an empty folder, its first administrator made from what it prints, a room enrolled
//! by its code, set, heard, killed without warning, begun again, backed up, and its log checked by its own command.
#![allow(clippy::unwrap_used, reason = "a test may end where it stands")]

mod common;

use common::{Browser, LIMIT, PASSWORD, TestRoom, field, provider, state, until};
use fleet_proto::{FromFleet, FromRoom, Reported, Revision, Settled};
use fleetd::fleet::now_ms;
use fleetd::people::Second;
use std::io::{BufRead, BufReader, Lines};
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Output, Stdio};

/// The program while it serves; killed when dropped.
struct Server {
    child: Child,
    at: SocketAddr,
    lines: Lines<BufReader<ChildStdout>>,
}

fn fleetd(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fleetd"));
    command.args(arguments);
    command
}

impl Server {
    fn start(state: &Path, at: &str) -> Server {
        Server::start_for(state, at, &["--name", "localhost"])
    }

    fn start_for(state: &Path, at: &str, whom: &[&str]) -> Server {
        let state = state.display().to_string();
        let arguments = ["serve", "--state", &state, "--listen", at];
        let mut child = fleetd(&[&arguments, whom].concat())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let serves = lines.next().unwrap().unwrap();
        let port = serves.trim_end_matches('/').rsplit(':').next().unwrap();
        let at = SocketAddr::from(([127, 0, 0, 1], port.parse().unwrap()));
        Server { child, at, lines }
    }

    /// The first administrator's link, which a server without people prints.
    fn link(&mut self) -> String {
        let line = self.lines.next().unwrap().unwrap();
        let at = line.find("/welcome?link=").expect("a first link");
        line[at..].to_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// The first administrator, signed in by the browser's own cookie.
async fn administrator(server: &mut Server) -> Browser {
    let link = server.link();
    let browser = Browser::with(&format!("https://{}", server.at), None);
    let page = browser.page(&link).await;
    let secret = page.split("class=\"code\">").nth(1).unwrap();
    let secret: String = secret.split('<').next().unwrap().replace(' ', "");
    let digits = Second::of(&secret).unwrap().digits(now_ms());
    let word = field(&page, "link");
    let fields = [
        ("link", word.as_str()),
        ("password", PASSWORD),
        ("again", PASSWORD),
        ("digits", &digits),
    ];
    let done = browser.post("/welcome", &fields).await;
    let cookie = done.headers()["set-cookie"].to_str().unwrap();
    let cookie = cookie.split(['=', ';']).nth(1).unwrap().to_owned();
    Browser::with(&format!("https://{}", server.at), Some(&cookie))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_program_carries_a_room_from_its_code_to_its_settings_and_survives_being_killed() {
    provider();
    let folder = tempfile::tempdir().unwrap();
    let state_folder = folder.path().join("fleet");
    let mut server = Server::start(&state_folder, "127.0.0.1:0");
    let admin = administrator(&mut server).await;
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&state_folder), 0o700);
    assert_eq!(mode(&state_folder.join("authority.json")), 0o600);

    let mut room = TestRoom::new(server.at, "saal-2");
    let ticket = room.ask().await;
    assert!(admin.page("/enrolment").await.contains(&room.code));
    let approve = format!("/enrolment/{}/approve", ticket.request);
    let fields = [
        ("id", "saal-2"),
        ("name", "Saal 2"),
        ("site", "nord"),
        ("compared", "yes"),
    ];
    admin.act(&approve, &fields).await;
    assert!(room.fetch(&ticket).await);

    let mut line = room.line().await;
    line.say(&state(1, &["mic-gone"])).await;
    admin.sets_help("all").await;
    let FromFleet::Desired(desired) = line.hear().await else {
        panic!("a document");
    };
    assert!(desired.settings.contains("47 11"));
    line.say(&FromRoom::Reported(Reported {
        revision: desired.revision,
        settled: Settled::Applied { later: Vec::new() },
    }))
    .await;
    let running = "mit Fassung 1";
    until("the room runs with it", async || {
        admin.page("/rooms/saal-2").await.contains(running)
    })
    .await;

    // The power goes.
    let at = server.at.to_string();
    drop(server);
    let server = Server::start(&state_folder, &at);
    let page = admin.page("/rooms/saal-2").await;
    assert!(
        page.contains(running) && page.contains("mic-gone"),
        "{page}"
    );
    let mut line = room.line_at(server.at, Some(1)).await;
    line.say(&state(1, &[])).await;
    until("the room is well", async || {
        !admin.page("/rooms/saal-2").await.contains("mic-gone: ")
            && admin
                .page("/")
                .await
                .contains("/rooms?light=green\"><strong>1<")
    })
    .await;
    assert_eq!(desired.revision, Revision(1));
    commands_of_the_terminal(&state_folder, folder.path(), &admin).await;
}

/// What the command line does beside a running server.
async fn commands_of_the_terminal(state: &Path, folder: &Path, admin: &Browser) {
    let state = state.display().to_string();
    let run = |arguments: &[&str]| {
        let began = std::time::Instant::now();
        let output = fleetd(arguments).output().unwrap();
        assert!(began.elapsed() < LIMIT);
        output
    };
    let log = folder.join("audit.jsonl");
    let exported = run(&["audit", "export", "--state", &state]);
    std::fs::write(&log, &exported.stdout).unwrap();
    assert_eq!(
        admin.page("/audit/export").await.into_bytes(),
        exported.stdout
    );
    let log = log.display().to_string();
    let holds = run(&["audit", "verify", &log]);
    assert!(holds.status.success(), "{}", said(&holds));
    let text = std::fs::read_to_string(&log).unwrap();
    std::fs::write(&log, text.replacen("saal-2", "saal-3", 1)).unwrap();
    let broken = run(&["audit", "verify", &log]);
    assert_eq!(broken.status.code(), Some(1));
    assert!(said(&broken).contains("was changed"), "{}", said(&broken));

    let second = [
        "serve",
        "--state",
        &state,
        "--listen",
        "127.0.0.1:0",
        "--name",
        "localhost",
    ];
    let second = run(&second);
    assert!(
        said(&second).contains("another fleetd"),
        "{}",
        said(&second)
    );

    let copy = folder.join("copy.db").display().to_string();
    let copied = run(&["backup", "--state", &state, &copy]);
    assert!(copied.status.success(), "{}", said(&copied));
    let twice = run(&["backup", "--state", &state, &copy]);
    assert_eq!(twice.status.code(), Some(1), "never over an older one");
    let exported = said(&run(&["export", "--state", &state]));
    assert!(
        exported.contains("\"saal-2\"") && exported.contains("47 11"),
        "{exported}"
    );
    assert!(!exported.contains("argon2") && !exported.contains("PRIVATE"));
    let invited = run(&["invite", "--state", &state, "berta", "--role", "viewer"]);
    let link = said(&invited);
    assert!(admin.page(link.trim()).await.contains("berta"));
    let elsewhere = run(&["backup", "--state", "/nonexistent", &copy]);
    assert!(
        said(&elsewhere).contains("is --state right?"),
        "{}",
        said(&elsewhere)
    );
    let help = said(&run(&["--help"]));
    for taught in ["Examples:", "fleetd serve", "fleetd audit verify"] {
        assert!(help.contains(taught), "{taught}");
    }
    assert!(said(&run(&["authority", "--state", &state])).contains("BEGIN CERTIFICATE"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_programs_own_rooms_connect_two_boards_are_noticed_and_somebody_is_told() {
    provider();
    let folder = tempfile::tempdir().unwrap();
    let state_folder = folder.path().join("fleet");
    let server = Server::start(&state_folder, "127.0.0.1:0");
    let state = state_folder.display().to_string();
    let kept = |name: &str, words: &[&str]| {
        let printed = fleetd(words).args(["--state", &state]).output().unwrap();
        assert!(printed.status.success(), "{}", said(&printed));
        let file = folder.path().join(name);
        std::fs::write(&file, &printed.stdout).unwrap();
        (file, String::from_utf8(printed.stdout).unwrap())
    };
    let (authority, _) = kept("authority", &["authority"]);
    let (token, word) = kept("token", &["token", "tester", "--role", "admin"]);

    let told = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let hook = format!("http://{}/hook", listener.local_addr().unwrap());
    let count = std::sync::Arc::clone(&told);
    let take = async move || {
        count
            .fetch_add(1, std::sync::atomic::Ordering::SeqCst)
            .to_string()
    };
    let router = axum::Router::new().route("/hook", axum::routing::post(take));
    tokio::spawn(async move { axum::serve(listener, router).await });
    let program = Browser::with(&format!("https://{}", server.at), None);
    let put = async |path: &str, body: serde_json::Value| {
        let put = program.request(reqwest::Method::PUT, path);
        let answer = put.bearer_auth(word.trim()).json(&body).send().await;
        let answer = answer.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
    };
    let target = serde_json::json!({ "kind": "webhook", "url": hook });
    put("/api/v1/alerts/targets/chat", target).await;
    let rule = serde_json::json!({ "on": "two-boards", "severity": "critical", "to": ["chat"] });
    put("/api/v1/alerts/rules/two-boards", rule).await;

    let at = format!("https://localhost:{}", server.at.port());
    let mut simulate = fleetd(&["simulate", "--story", "duplicates", "--rooms", "5"]);
    simulate
        .args(["--server", &at, "--authority"])
        .arg(authority);
    simulate.arg("--token").arg(token);
    let played = tokio::task::spawn_blocking(move || simulate.output().unwrap());
    let played = played.await.unwrap();
    assert!(played.status.success(), "{}", said(&played));
    let line: serde_json::Value = serde_json::from_slice(&played.stdout).unwrap();
    assert_eq!(line["noticed"]["seen"], 1, "{line}");
    until("somebody was told", async || {
        told.load(std::sync::atomic::Ordering::SeqCst) > 0
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_providers_tenants_have_a_folder_and_a_first_administrator_each() {
    provider();
    let folder = tempfile::tempdir().unwrap();
    let hosts = ["--host", "halle=halle.test", "--host", "jena=jena.test"];
    let mut server = Server::start_for(folder.path(), "127.0.0.1:0", &hosts);
    let said: Vec<String> = server.lines.by_ref().take(3).map(Result::unwrap).collect();
    let port = server.at.port();
    let first = |name: &str, line: &str| {
        let start = format!("first administrator, once: https://{name}:{port}/welcome?link=");
        assert!(line.starts_with(&start), "{line}");
        line.split_once(&format!(":{port}")).unwrap().1.to_owned()
    };
    let (halle, jena) = (first("halle.test", &said[0]), first("jena.test", &said[2]));
    for (name, own, other) in [("halle.test", &halle, &jena), ("jena.test", &jena, &halle)] {
        let browser = Browser::with(&format!("https://{name}:{port}"), None);
        assert!(browser.page(own).await.contains("class=\"code\""));
        assert!(!browser.get(other).await.status().is_success());
    }
    for tenant in ["halle", "jena"] {
        assert!(folder.path().join(tenant).join("fleet.db").is_file());
    }
}

#[test]
fn tenants_that_cannot_be_told_apart_are_refused_before_anything_is_begun() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().display().to_string();
    for (hosts, why) in [
        (["a=x.test", "a=y.test"], "given twice"),
        (["a=x.test", "b=X.test"], "another tenant has this name"),
        (["a=x.test", "b=127.0.0.1"], "an address is none"),
        (["a=x.test", "b"], "ID=HOST"),
    ] {
        let words = [
            "serve", "--state", &state, "--host", hosts[0], "--host", hosts[1],
        ];
        let refused = fleetd(&words).output().unwrap();
        assert!(!refused.status.success(), "{hosts:?}");
        assert!(
            said(&refused).contains(why),
            "{hosts:?}: {}",
            said(&refused)
        );
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
