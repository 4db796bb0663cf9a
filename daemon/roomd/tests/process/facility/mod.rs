//! A facility person's whole way by `docs/facility.md`, from the machine's first display to the signed report: the real daemon
//! without a room, the real command that serves the page, an emulated kit of which one part hangs on the network, a power cut in
//! between, a conference seen and heard both ways. What systemd would start or begin anew is started here.

mod machine;
mod phone;

use super::contract::{can_run, later};
use super::kit::{Daemon, until};
use super::practice_call::finger;
use emulators::ports;
use machine::{Commission, Kit, Machine};
use phone::{Person, text};
use serde_json::{Value, json};
use std::time::Duration;

/// More nobody shall need, every press that tells the room something counted: the code, and devices that were named wrong.
const ANSWERS: usize = 12;

#[test]
fn a_facility_person_walks_from_the_first_display_to_the_report() {
    if !can_run() {
        return;
    }
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let machine = Machine::bare();
    let daemon = machine.daemon();
    let browser = machine.browser();
    let display = format!("http://127.0.0.1:{}/display", machine.panel);
    let Some(mut person) = runtime.block_on(Person::comes(&display)) else {
        return;
    };
    let kit = runtime.block_on(Kit::laid(&machine.folder));
    let commission = runtime.block_on(begin(&machine, &mut person));

    // The phone is put away, and somebody pulls the power.
    runtime.block_on(put_away(&person));
    drop((commission, daemon));
    let daemon = machine.daemon();
    let mut commission = runtime.block_on(go_on(&machine, &mut person));
    runtime.block_on(name_devices(&kit, &mut person));
    runtime.block_on(prove(&machine, &kit, &mut person));
    taken_up(&machine, &daemon);

    // As `roomd-described.service` does it: until now the browser knew no room, and none of its conferences.
    drop(browser);
    let _browser = machine.browser();
    runtime.block_on(call(&machine, &daemon, &mut person));
    runtime.block_on(report(&machine, &mut person));
    assert!(commission.ended().success(), "{}", commission.log());
    assert_eq!(daemon.state().room, "Sitzungssaal 2");
    assert!(person.answers.len() <= ANSWERS, "{:?}", person.answers);
}

/// From the display to the questions.
async fn begin(machine: &Machine, person: &mut Person) -> Commission {
    person.enter().await;
    let commission = machine.commission();
    person.opens_the_address("/pair?lang=de").await;
    person.draw(&person.display, "display").await;
    person.pairs().await;
    // The first phone gives the run its language; a question that was asked before comes anew, and takes no answer until then.
    let german = "document.querySelector('main h2').textContent === 'Wie heißt der Raum?'";
    person.phone.until(german).await;
    person.says("name", Some("Sitzungssaal 2")).await;
    person.says("help", Some("Haustechnik, 2 47 11")).await;
    person.says("join", None).await;
    commission
}

/// In the middle of an answer.
async fn put_away(person: &Person) {
    let asked = "document.querySelector('[data-topic=hosts]')";
    person.phone.until(asked).await;
    let away = json!({ "url": "about:blank" });
    person.phone.call("Page.navigate", away).await;
    person.phone.until("location.href === 'about:blank'").await;
}

/// The display's button once more, and the same address: neither the code nor an answer is wanted twice.
async fn go_on(machine: &Machine, person: &mut Person) -> Commission {
    person.enter().await;
    let commission = machine.commission();
    person.opens_the_address("/").await;
    assert_eq!(
        person.phone.eval("document.documentElement.lang").await,
        json!("de")
    );
    person.is_asked("hosts").await;
    let shown = text(&person.phone, "main").await;
    assert!(shown.contains("3 von 12 Schritten erledigt"), "{shown}");
    let host = format!("{}=bbb", machine.service);
    person.says("hosts", Some(&host)).await;
    let calendar = machine.folder.path("room.ics").display().to_string();
    person.says("calendar", Some(&calendar)).await;
    commission
}

/// What hangs on the network is found by nobody.
async fn name_devices(kit: &Kit, person: &mut Person) {
    person.is_asked("roles").await;
    let nobody = format!("127.0.0.1:{}", ports::free());
    let head = "Kamerakopf (VISCA, TCP)";
    person.names(head, &nobody, "device-silent").await;
    person.look("silent").await;
    let display = kit.display.place.clone();
    person
        .names("Samsung signage", &display, "device-taken")
        .await;
    let role = "document.querySelector('[name=keep][value=display-main]')";
    person.phone.until(role).await;
    person.says("roles", None).await;
}

/// What takes a person, and what the room then tries alone.
async fn prove(machine: &Machine, kit: &Kit, person: &mut Person) {
    person.says("presets-front", Some("Podium")).await;
    person.says("aimed-front-0", None).await;
    let please = "main.dataset.screen === 'prove' && main.innerText.includes('drücken Sie jetzt')";
    person.phone.until(please).await;
    person.look("press").await;
    until_pressed(kit, person).await;
    // It shows another input: a person sees that, and takes its remote control.
    person.is_asked("display-seen-main").await;
    kit.choose_input("21");
    person.says("display-seen-main", None).await;
    let written = || {
        machine
            .text("room.toml")
            .contains("Sitzungssaal 2")
            .then_some(())
    };
    until("the room's file", written);
}

async fn until_pressed(kit: &Kit, person: &Person) {
    let waits = "main.dataset.screen === 'prove' && main.innerText.includes('drücken Sie jetzt')";
    let mut again = tokio::time::interval(Duration::from_millis(200));
    while person.phone.eval(waits).await == json!(true) {
        again.tick().await;
        kit.press_the_button().await;
    }
}

/// The daemon that ran without a room begins anew with this one, by itself and in the same process.
fn taken_up(machine: &Machine, daemon: &Daemon) {
    daemon.told("READY=1");
    assert_eq!(daemon.state().room, "Sitzungssaal 2");
    let file = machine.text("room.toml");
    for part in ["Haustechnik, 2 47 11", "Gewählt: ", "samsung-signage"] {
        assert!(file.contains(part), "{part}: {file}");
    }
}

/// The trial call: the phone joins by its page, a finger in the room opens the rest.
async fn call(machine: &Machine, daemon: &Daemon, person: &mut Person) {
    person.phone.until("main.dataset.screen === 'call'").await;
    person.look("call").await;
    let conference = person.joins().await;
    later("the room in the conference", daemon, || {
        matches!(daemon.state().phase, room_api::Phase::InCall { .. }).then_some(())
    });
    let shut = Some(room_api::Switch::Closed);
    let state = daemon.state();
    assert_eq!((state.mic.seen, state.camera.seen), (shut, shut));
    person.draw(&conference, "conference").await;
    finger(daemon, machine.panel, r#"{"press":"mic","to":"open"}"#);
    finger(daemon, machine.panel, r#"{"press":"camera","to":"open"}"#);
    later("the end of the call", daemon, || {
        matches!(daemon.state().phase, room_api::Phase::Standby {}).then_some(())
    });
}

/// The last screen, the report behind it on the screen and on paper, and the room on its display.
async fn report(machine: &Machine, person: &mut Person) {
    person
        .phone
        .until("main.dataset.screen === 'finished'")
        .await;
    person.look("finished").await;
    let finished = text(&person.phone, "main").await;
    let read = person.reads_the_report().await;
    let paper = std::fs::read(machine.folder.path("report.pdf")).unwrap();
    judge(machine, &finished, &read, &person.reads_paper(&paper).await);
    person.phone.click("button[name=enough]").await;
    let room =
        "!document.querySelector('#setup') && document.body.dataset.room === 'Sitzungssaal 2'";
    person.display.until(room).await;
    person.draw(&person.display, "display").await;
}

/// The report names each check with its figures and each open point, and says the same wherever it stands.
fn judge(machine: &Machine, finished: &str, read: &Value, paper: &str) {
    let said = read["said"].as_str().unwrap();
    let rows: Vec<&str> = read["rows"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    let of_service = format!("Weg zu {} Geht nicht", machine.service);
    for check in [
        "Stellung 0 der Kamera „front“ gespeichert In Ordnung",
        "Tischtaster „table“ gedrückt In Ordnung nach: ",
        "Bildschirm „main“ eingeschaltet und abgefragt In Ordnung nach: ",
        "Kamera „front“ bewegt und zurückgelesen In Ordnung gedreht um: 10,0 °",
        &of_service,
        "Kalender gelesen In Ordnung Besprechungen in zwei Wochen: 2davon mit Link: 1",
        "Uhr In Ordnung",
        "Probekonferenz mit einem zweiten Gerät In Ordnung nach: ",
    ] {
        let row = rows.iter().find(|row| row.starts_with(check));
        let row = row.unwrap_or_else(|| panic!("{check}: {rows:#?}"));
        assert!(paper.contains(&close(row)), "{row}: {paper}");
    }
    // What else hangs on the machine that runs this has no task, and is named, too.
    let open = match read["open"].as_u64().unwrap() {
        1 => "Ein Punkt ist offen".to_owned(),
        several => format!("{several} Punkte sind offen"),
    };
    assert!(finished.contains(&open), "{open}: {finished}");
    let record: Value =
        serde_json::from_str(&machine.text("state/commission/record.json")).unwrap();
    let when = machine.time_in_the_room(record["at"].as_i64().unwrap());
    for part in [
        &open,
        &when,
        "Der Konferenzdienst nimmt keine Verbindung an.",
        "path-closed",
        "Antworten gebraucht\n9\n",
        "tcp://127.0.0.1:",
        "samsung-signage",
        "Unterschrift",
    ] {
        assert!(said.contains(part), "{part}: {said}");
        assert!(paper.contains(&close(part)), "{part}: {paper}");
    }
    assert!(!said.contains("rat-tag-amt-neu"), "a link is private");
    let kept = machine.text("state/commission/report.html");
    assert!(kept.contains("path-closed"), "beside the record, for later");
}

/// Without its spaces, as paper is read.
fn close(text: &str) -> String {
    text.split_whitespace().collect()
}
