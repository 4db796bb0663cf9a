//! Other ways to the room than loopback: a network where multicast does not pass, and TLS.

use crate::cdp::{Chromium, Look};
use crate::room::{Room, alone, config, connected, join, receives};
use practice::{Practice, ResumeKey, Transport, tls};
use std::process::Command;

const ROUTER: &str = "practice-router";
const GUEST: &str = "practice-guest";

/// The guest's network behind a router, gone when dropped. Routers do not pass multicast on.
struct OtherNetwork;

impl OtherNetwork {
    fn lay() -> Self {
        let laid = Self;
        for line in [
            "ip netns add practice-router",
            "ip netns add practice-guest",
            "ip link add prq0 type veth peer name prq1 netns practice-router",
            "ip -n practice-router link add prq2 type veth peer name prq3 netns practice-guest",
            "ip addr add 10.77.5.1/24 dev prq0",
            "ip -n practice-router addr add 10.77.5.254/24 dev prq1",
            "ip -n practice-router addr add 10.77.6.254/24 dev prq2",
            "ip -n practice-guest addr add 10.77.6.2/24 dev prq3",
            "ip link set prq0 up",
            "ip -n practice-router link set prq1 up",
            "ip -n practice-router link set prq2 up",
            "ip -n practice-guest link set prq3 up",
            "ip -n practice-guest link set lo up",
            "ip route add 10.77.6.0/24 via 10.77.5.254",
            "ip -n practice-guest route add default via 10.77.6.254",
        ] {
            run(&line.split(' ').collect::<Vec<_>>());
        }
        let forward = "echo 1 > /proc/sys/net/ipv4/ip_forward";
        run(&["ip", "netns", "exec", ROUTER, "sh", "-c", forward]);
        laid
    }
}

fn run(words: &[&str]) {
    let done = Command::new(words[0]).args(&words[1..]).status().unwrap();
    assert!(done.success(), "{words:?}");
}

impl Drop for OtherNetwork {
    fn drop(&mut self) {
        for space in [GUEST, ROUTER] {
            let _ = Command::new("ip").args(["netns", "del", space]).output();
        }
        let _ = Command::new("ip").args(["link", "del", "prq0"]).output();
    }
}

/// The room's browser comes over loopback, the guest's from another network, so that neither can resolve
/// the other's hidden address.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs root and iproute2: lays network namespaces"]
async fn two_dark_browsers_meet_where_multicast_does_not_pass() {
    let _alone = alone().await;
    let _network = OtherNetwork::lay();
    let room = Room::open_on(([0, 0, 0, 0], 0).into());
    let behind = ["ip", "netns", "exec", GUEST];
    let (inside, outside) = tokio::join!(Chromium::start(), Chromium::start_with(&behind, &[]));
    let url = |host: &str| format!("http://{host}:{}/practice/open", room.addr.port());
    let anna = inside.page(&url("localhost"), Look::default()).await;
    join(&anna, "Anna").await;
    let ben = outside.page(&url("10.77.5.1"), Look::default()).await;
    join(&ben, "Ben").await;
    tokio::join!(connected(&anna, 1), connected(&ben, 1));
    anna.permit(&format!("http://localhost:{}", room.addr.port()))
        .await;
    anna.press("camera-open").await;
    ben.until(
        15_000,
        "practiceStats().then((s) => s.peers[0].inbound.video?.frames > 5)",
    )
    .await;
    ben.press("mic-open").await;
    ben.see("device-error").await;
    let reason = ben.attribute("device-error", "data-reason").await;
    assert_eq!(
        reason, "mic-insecure",
        "plain http on the network: said, not silent"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rooms_own_certificate_carries_page_line_and_devices() {
    let _alone = alone().await;
    let folder = tempfile::tempdir().unwrap();
    let own = tls::own_certificate(folder.path(), &["127.0.0.1", "localhost"]).unwrap();
    let pin = format!(
        "--ignore-certificate-errors-spki-list={}",
        own.spki_sha256()
    );
    let mut config = config(ResumeKey::random(), folder.path());
    config.ca_der = Some(own.ca_der().to_vec());
    let router = practice::router(Practice::new(config).unwrap());
    let serving = practice::serve(
        ([127, 0, 0, 1], 0).into(),
        Transport::Tls(own.listener_config()),
        router,
    )
    .unwrap();
    let origin = format!("https://{}", serving.addr());
    let browser = Chromium::start_with(&[], &[&pin]).await;
    let mut pages = Vec::new();
    for name in ["Anna", "Ben"] {
        let page = browser
            .page(&format!("{origin}/practice/open"), Look::default())
            .await;
        page.permit(&origin).await;
        assert!(page.eval("isSecureContext").await.as_bool().unwrap());
        join(&page, name).await;
        page.press("mic-open").await;
        page.press("camera-open").await;
        pages.push(page);
    }
    tokio::join!(receives(&pages[0]), receives(&pages[1]));
}
