//! A service that moved: another host, other pages. A pack that its maker signed is taken up while Chromium runs, and the
//! next call goes through it; nothing is started anew.
#![allow(
    clippy::unwrap_used,
    reason = "a test says what went wrong by panicking"
)]

mod common;

use axum::Router;
use axum::response::Html;
use call_browser::policy::{Table, managed};
use call_browser::{AllowList, Allowed, Pack, Packs, Shelf};
use common::rig::{Rig, SOON, request, room_page, serve};
use common::{Keeper, can_run};
use minisign::KeyPair;
use room_core::effect::CallCommand;
use room_core::event::{CallSeen, EndReason, Event};
use room_core::ids::CallId;
use service_packs::{TrustedKey, verify};
use std::io::Cursor;
use std::time::Duration;

const OLD: &str = include_str!("pages/stage.toml");
/// Chromium reads its policies some seconds after their folder changed.
const TAKEN_UP: Duration = Duration::from_secs(30);
/// Each try opens a page and closes it, which keeps Chromium from what it does only when it has nothing better to do: such as reading
/// its policies.
const AGAIN: Duration = Duration::from_secs(3);

/// The service's pages since it moved: what its call is known by is called otherwise.
fn moved(text: &str) -> String {
    text.replace("\".call\"", "\".conference\"")
        .replace("class=\"call\"", "class=\"conference\"")
        .replace(".call\"", ".conference\"")
}

/// The new pack, as it comes through its seal.
fn renewed() -> Pack {
    let text = moved(OLD).replacen("version = 1", "version = 2", 1);
    let text = text.replacen(
        "[limits]",
        "[hosts]\nrooms = [\"neu.localhost\"]\n\n[limits]",
        1,
    );
    let KeyPair { pk, sk } = KeyPair::generate_unencrypted_keypair().unwrap();
    let claim = "roomd-pack kind=join service=stage version=2";
    let seal = minisign::sign(Some(&pk), &sk, Cursor::new(&text), Some(claim), None).unwrap();
    let keys = [TrustedKey::parse(&pk.to_base64()).unwrap()];
    let trusted = verify(text.as_bytes(), &seal.into_string(), &keys).unwrap();
    let pack = Pack::parse(&trusted.text).unwrap();
    let claim = trusted.claim.kind;
    trusted.must_be(claim, "stage", pack.version).unwrap();
    pack
}

fn policy(services: &[Allowed]) -> String {
    managed(&Table {
        own: vec![Allowed::parse("http://127.0.0.1").unwrap()],
        services: services.to_vec(),
        ..Table::default()
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_renewed_and_signed_pack_joins_at_its_new_host_and_nothing_is_started_anew() {
    if !can_run() {
        return;
    }
    let page = moved(include_str!("pages/stage.html"));
    let base = serve(Router::new().fallback(async move || Html(page.clone()))).await;
    let port = base.rsplit(':').next().unwrap();
    let link = format!("http://neu.localhost:{port}/stage?scene=plain");

    let before = vec![Allowed::parse("http://alt.localhost").unwrap()];
    let keeper = Keeper::start(&policy(&before)).await;
    let mut packs = Packs::default();
    packs.add(Pack::parse(OLD).unwrap());
    let (shelf, allowed) = (Shelf::from(packs), AllowList::from(before));
    let renewable = (shelf.clone(), allowed.clone());
    let mut rig = Rig::start_renewable(&keeper.socket, &room_page().await, renewable, None).await;
    let mut calls = (1..).map(CallId);

    // With the old pack the new host is none of the room's.
    let call = calls.next().unwrap();
    rig.join(call, request("stage", &link, Some("4711")));
    let end = rig.end_of(call, SOON).await;
    assert!(matches!(end, CallSeen::Failed(_)), "{end:?}");

    let pack = renewed();
    let host = pack.hosts.rooms[0].to_string();
    let mut packs = shelf.now();
    packs.add(pack);
    shelf.renew(packs);
    let after = vec![Allowed::parse(&format!("http://{host}")).unwrap()];
    allowed.renew(after.clone());
    keeper.renew_policy(&policy(&after));

    // Chromium takes its policy up some seconds later; until then the host stays shut.
    let until = tokio::time::Instant::now() + TAKEN_UP;
    let call = loop {
        let call = calls.next().unwrap();
        rig.join(call, request("stage", &link, Some("4711")));
        let settled = |event: &Event| matches!(event, Event::Call(c, CallSeen::Inside | CallSeen::Failed(_)) if *c == call);
        match rig.until("inside, or shut", settled, SOON).await {
            Event::Call(_, CallSeen::Inside) => break call,
            shut => assert!(tokio::time::Instant::now() < until, "{shut:?}"),
        }
        tokio::time::sleep(AGAIN).await;
    };
    rig.handle.command(call, CallCommand::Leave);
    let left = CallSeen::Over(EndReason::Left);
    assert_eq!(rig.end_of(call, SOON).await, left);
}
