//! The far end by itself: two of them meet in a practice conference with real browsers, and one counts the other.
//! Proves the counting before the demo relies on it. Needs Chromium, and its policy installed (root or sudo).
#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

use demo_kit::page::Page;
use demo_kit::remote::{FromRoom, Remote};
use demo_kit::{kit, media, policy, process};
use practice::{
    Code, ConferenceConfig, ConferenceId, Config, Practice, ResumeKey, Rules, Transport,
};
use serde_json::json;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

const SOON: Duration = Duration::from_secs(20);

fn keeper(
    folder: &Path,
    policy: &policy::Policy,
    (name, hue): (&'static str, f32),
) -> process::Process {
    let picture = folder.join(format!("{name}.y4m"));
    let sound = folder.join(format!("{name}.wav"));
    media::picture(&picture, name, hue).unwrap();
    let voice = media::Voice {
        name: "en",
        words: "one two three",
        chirp: 400.0,
    };
    media::voice(&sound, voice).unwrap();
    let words = [
        ("--socket", folder.join(format!("{name}.sock"))),
        ("--profile-dir", folder.join(format!("{name}-profiles"))),
        ("--window", "headless".into()),
        ("--size", "1280x720".into()),
        ("--fake-camera", picture),
        ("--fake-microphone", sound),
    ];
    let words = words
        .into_iter()
        .flat_map(|(key, value)| [key.into(), value.into()]);
    let keeper = kit::built("browser-keeper").unwrap();
    let (file, arguments) = policy.around(keeper, words.collect());
    process::Process::start(process::Program {
        name,
        file,
        arguments,
        environment: vec![("RUST_LOG".into(), "info".into())],
        log: folder.join(format!("{name}.log")),
        when_dead: process::WhenDead::Stay,
    })
    .unwrap()
}

#[tokio::test]
#[ignore = "needs Chromium, its own user and a managed policy; run with --ignored"]
async fn what_one_end_sends_the_other_counts() {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
    let mut config = Config::new(ResumeKey::random());
    let rules = Rules {
        host_code: Some(Code::new("host").unwrap()),
        lobby: true,
        ..Rules::default()
    };
    let id = ConferenceId::new("test").unwrap();
    config.conferences = vec![ConferenceConfig { id, rules }];
    let router = practice::router(Practice::new(config).unwrap());
    let at = "127.0.0.1:0".parse().unwrap();
    let serving = practice::serve(at, Transport::Plain, router).unwrap();
    let origin = format!("http://{}", serving.addr());
    let grants = json!({"AudioCaptureAllowedUrls": [origin], "VideoCaptureAllowedUrls": [origin]});
    let policy =
        policy::Policy::place(&grants.to_string(), &folder.path().join("policies")).unwrap();

    let one = keeper(folder.path(), &policy, ("one", 40.0));
    let two = keeper(folder.path(), &policy, ("two", 200.0));
    let socket = folder.path().join("one.sock");
    let pulse = one.pulse();
    let remote = pulse.while_it_runs(Remote::at(&socket, "Other"));
    let remote = remote.await.unwrap();
    let conference = format!("{origin}/practice/test");
    remote.join(&conference, "host", "de").await.unwrap();
    assert_eq!(remote.counts().await.unwrap().audio_packets, 0);

    let other = Page::first(&folder.path().join("two.sock")).await.unwrap();
    let address = format!("{conference}?name=Other");
    other.open(&address).await.unwrap();
    other.click("[data-test=submit-join]").await.unwrap();
    let met = |c: &FromRoom| c.there && c.connection == "connected";
    let there = remote.until("the other", SOON, met).await.unwrap();
    let packets = (there.audio_packets, there.video_packets);
    assert_eq!((there.admitted, packets), (1, (0, 0)));
    other.click("[data-test=mic-open]").await.unwrap();
    other.click("[data-test=camera-open]").await.unwrap();
    let flows = |c: &FromRoom| c.audio_packets > 50 && c.audio_energy > 1e-4 && c.frames > 20;
    let counts = remote
        .until("sound and picture", SOON, flows)
        .await
        .unwrap();
    eprintln!("{counts:?}");
    assert!(remote.hue().await.unwrap().is_some(), "a coloured picture");
    let picture = remote.picture().await.unwrap();
    assert!(picture.starts_with(&[0xff, 0xd8]));
    other.click("[data-test=leave]").await.unwrap();
    let gone = |c: &FromRoom| !c.there && c.connection == "none";
    remote.until("the other gone", SOON, gone).await.unwrap();
    one.stop().await.unwrap();
    two.stop().await.unwrap();
}
