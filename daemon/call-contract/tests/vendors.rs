//! Our fake servers judged by clients that others wrote: Pexip's own, and a public one for BigBlueButton's API. What a
//! fake says is worth no more than who else understands it. Needs node and, for the first time, npm.
#![allow(
    clippy::unwrap_used,
    reason = "a test says what went wrong by panicking"
)]

use call_contract::bbb::{Checksum, Key};
use emulators::conference::{bbb, pexip};
use room_core::ids::Private;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::OnceLock;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::Command;
use tokio::time::timeout;
use url::Url;

const PACKAGES: [&str; 3] = [
    "@pexip/infinity@20.0.0",
    "@pexip/infinity-api@20.0.0",
    "bigbluebutton-js@0.2.0",
];
const LIMIT: Duration = Duration::from_secs(60);

/// A folder with the judges' packages, fetched once into the target folder.
fn judges() -> Option<&'static Path> {
    static FOLDER: OnceLock<Option<PathBuf>> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("judges");
        let there = || {
            let modules = folder.join("node_modules");
            [
                "@pexip/infinity/dist",
                "@pexip/infinity-api/dist",
                "bigbluebutton-js/src",
            ]
            .iter()
            .all(|name| modules.join(name).is_dir())
        };
        if !there() {
            std::fs::create_dir_all(&folder).unwrap();
            let mut npm = std::process::Command::new("npm");
            npm.args([
                "install",
                "--ignore-scripts",
                "--no-audit",
                "--no-fund",
                "--prefix",
            ]);
            if let Ok(out) = npm.arg(&folder).args(PACKAGES).output()
                && !out.status.success()
            {
                eprintln!("{}", String::from_utf8_lossy(&out.stderr));
            }
        }
        let node = std::process::Command::new("node").arg("--version").output();
        (there() && node.is_ok()).then_some(folder)
    });
    if folder.is_none() {
        let all = std::env::var("ROOMD_TESTS").is_ok_and(|what| what == "all");
        assert!(
            !all,
            "all tests were asked for, but node or the judges' packages are missing"
        );
        eprintln!("SKIPPED: node is not there, or npm could not fetch the judges' packages");
    }
    folder.as_deref()
}

fn node(judge: &str) -> Command {
    let script = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/judges")
        .join(judge);
    let mut node = Command::new("node");
    node.arg(script)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    node
}

#[tokio::test]
async fn pexips_own_client_understands_our_node() {
    let Some(folder) = judges() else {
        return;
    };
    let server = pexip::Pexip::start(pexip::Conference {
        pin: Some("4711".into()),
        expires: 120,
        ..Default::default()
    })
    .await
    .unwrap();
    let mut judge = node("pexip.mjs")
        .arg(folder)
        .arg(server.served.url(""))
        .arg(pexip::ALIAS)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(judge.stdout.take().unwrap()).lines();
    let mut seen: Vec<(String, Value)> = Vec::new();
    let judged = async {
        while let Some(line) = lines.next_line().await.unwrap() {
            let mut line: Value = serde_json::from_str(&line).unwrap();
            match line["what"].as_str().unwrap_or_default() {
                "ready for the host" => server.host_comes(),
                "ready for the end" => {
                    server.disconnects("Conference terminated by another participant")
                }
                what => seen.push((what.to_owned(), line["value"].take())),
            }
        }
        let mut said = String::new();
        judge
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut said)
            .await
            .unwrap();
        (judge.wait().await.unwrap().success(), said)
    };
    let (fine, said) = timeout(LIMIT, judged).await.expect("a judgement in time");
    assert!(fine, "{said}\n{seen:?}");
    let want = [
        ("without a PIN", json!([403, "required", "none"])),
        ("with a wrong PIN", json!([403, "#pex101"])),
        ("nowhere", json!([404, "#pex154"])),
        ("as a guest", json!(["GUEST", "waiting_room"])),
        ("at first", json!([false, true, "Judge"])),
        ("with an old token", json!([403, "#pex113"])),
        ("with the host", json!(["conference"])),
        ("as a host", json!(["HOST", true])),
        ("in the end", json!(["#pex125"])),
    ];
    let want: Vec<(String, Value)> = want.map(|(what, value)| (what.to_owned(), value)).into();
    assert_eq!(seen, want);
}

/// The texts that a node sends are known here and there by the same codes.
#[tokio::test]
async fn pexips_own_client_has_the_same_codes() {
    let Some(folder) = judges() else {
        return;
    };
    let texts: Vec<&str> = call_contract::pexip::Reason::ALL
        .iter()
        .map(|reason| reason.text())
        .collect();
    let script = "import('file://' + process.argv[1] + '/node_modules/@pexip/infinity-api/dist/utils.js')\
        .then((api) => console.log(JSON.stringify(JSON.parse(process.argv[2]).map(api.getErrorCode))))";
    let mut judge = Command::new("node");
    judge
        .args(["-e", script])
        .arg(folder)
        .arg(serde_json::to_string(&texts).unwrap());
    let out = timeout(LIMIT, judge.output())
        .await
        .expect("an answer in time")
        .unwrap();
    let codes: Vec<String> = serde_json::from_slice(&out.stdout).unwrap();
    let ours: Vec<&str> = call_contract::pexip::Reason::ALL
        .iter()
        .map(|reason| reason.code())
        .collect();
    assert_eq!(codes, ours);
}

#[tokio::test]
async fn a_public_client_of_bigbluebutton_signs_as_we_do_and_is_understood() {
    let Some(folder) = judges() else {
        return;
    };
    let secret = "639259d4-9dd8-4b25-bf01-95f9567eaf4b";
    let server = bbb::Bbb::start(bbb::Server {
        secret: secret.into(),
        digits: vec![40],
        meeting: Some(bbb::Meeting {
            id: "rat".into(),
            create_time: 1_700_000_000_123,
            ..Default::default()
        }),
        ..Default::default()
    })
    .await
    .unwrap();
    let api = Url::parse(&server.api()).unwrap();
    let parameters = [
        ("fullName", "Größer & mehr: \"Saal\" 2 + 3/4"),
        ("meetingID", "rat"),
    ];
    let all = [
        Checksum::Sha1,
        Checksum::Sha256,
        Checksum::Sha384,
        Checksum::Sha512,
    ];
    let ours = all.map(|checksum| {
        let key = Key::new(Private::new(secret), Some(checksum));
        key.sign(&api, "join", &parameters).to_string()
    });
    let mut judge = node("bbb.cjs");
    judge
        .arg(folder)
        .arg(server.served.url("/bigbluebutton"))
        .arg(secret)
        .args(ours);
    let out = timeout(LIMIT, judge.output())
        .await
        .expect("a judgement in time")
        .unwrap();
    let said = String::from_utf8_lossy(&out.stderr);
    let judged: Value = serde_json::from_slice(&out.stdout).unwrap_or_else(|_| panic!("{said}"));
    assert_eq!(
        judged["known"],
        json!({ "returncode": "SUCCESS", "createTime": 1_700_000_000_123_u64 }),
        "{said}"
    );
    assert_eq!(judged["sums"], json!([true, true, true, true]));
    assert_eq!(judged["failed"], "notFound");
}
