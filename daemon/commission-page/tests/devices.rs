//! Devices on the network as a phone names them: what reaches whoever runs the interview, and what does not.
#![allow(clippy::unwrap_used, reason = "a test may end where it stands")]

mod common;

use commission::{Form, Named, Topic};
use commission_page::{Came, Said, Screen};
use common::{Phone, Rig, asks, choices};
use reqwest::StatusCode;

fn roles() -> Screen {
    let roles = choices(&[("camera-front", "HD Pro Webcam C920")]);
    asks(Topic::Roles, Form::LeaveOut(roles))
}

async fn name(phone: &Phone, what: &str, address: &str) {
    let (token, step) = phone.form().await;
    let fields = [
        ("token", token.as_str()),
        ("step", step.as_str()),
        ("what", what),
        ("address", address),
    ];
    let answer = phone.post("/device", &fields).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
}

async fn page(phone: &Phone) -> String {
    phone.get("/").await.text().await.unwrap()
}

#[tokio::test]
async fn what_is_named_reaches_the_interview_and_its_answer_the_page() {
    let rig = Rig::start();
    rig.desk.knows(choices(&[("pjlink", "Any projector")]));
    let phone = rig.paired().await;
    rig.desk.show(roles());
    assert!(page(&phone).await.contains("display:pjlink"));
    name(&phone, "tcp", "192.0.2.7").await;
    let named = Named::read("tcp", "192.0.2.7").unwrap();
    assert!(rig.desk.wait() == Said::Device(named.clone()));
    rig.desk.tried(&named.to_string(), Came::Silent);
    let shown = page(&phone).await;
    assert!(shown.contains("data-came=\"device-silent\""), "{shown}");
    assert!(shown.contains("value=\"tcp://192.0.2.7\""), "for mending");

    name(&phone, "display:pjlink", "beamer.example:4352").await;
    let named = Named::read("display:pjlink", "beamer.example:4352").unwrap();
    assert!(rig.desk.wait() == Said::Device(named.clone()));
    rig.desk.tried(&named.to_string(), Came::Taken);
    let shown = page(&phone).await;
    assert!(shown.contains("data-came=\"device-taken\""), "{shown}");
    assert!(!shown.contains("network\" open"), "nothing is to be mended");
}

#[tokio::test]
async fn what_is_no_address_is_said_at_once_and_reaches_nobody() {
    let rig = Rig::start();
    let phone = rig.paired().await;
    rig.desk.show(roles());
    for (what, address) in [
        ("tcp", "<b>Beamer</b>"),
        ("ftp", "192.0.2.7"),
        ("display:", "192.0.2.7"),
    ] {
        name(&phone, what, address).await;
        assert!(rig.desk.heard().is_none(), "{what} {address}");
    }
    let shown = page(&phone).await;
    assert!(shown.contains("data-came=\"device-no-address\""), "{shown}");
    assert!(!shown.contains("<b>Beamer"), "{shown}");
}

#[tokio::test]
async fn a_device_is_named_where_roles_are_asked_and_by_paired_phones_alone() {
    let rig = Rig::start();
    let phone = rig.paired().await;
    rig.desk.show(roles());
    let (token, step) = phone.form().await;
    let fields = [
        ("token", token.as_str()),
        ("step", step.as_str()),
        ("what", "tcp"),
        ("address", "192.0.2.7"),
    ];
    Phone::new(&rig).post("/device", &fields).await;
    assert!(rig.desk.heard().is_none(), "nobody paired this one");
    for screen in [asks(Topic::Name, Form::Text), Screen::Secret] {
        rig.desk.show(screen);
        assert!(!page(&phone).await.contains("details"));
        name(&phone, "tcp", "192.0.2.7").await;
        assert!(rig.desk.heard().is_none(), "it is not asked for");
    }
}
