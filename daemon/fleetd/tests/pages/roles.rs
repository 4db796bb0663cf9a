//! What somebody of each role does most on the pages: a story each, with the mouse and with the keys.

use super::*;

/// A room that does what it is told, however long nobody tells it anything.
async fn obeys(mut line: Line, told: tokio::sync::mpsc::UnboundedSender<Verb>) {
    while let Some(Ok(message)) = line.0.next().await {
        let said = message.to_text().ok().map(fleet_proto::read);
        let Some(Ok(FromFleet::Command(command))) = said else {
            continue;
        };
        for outcome in [Outcome::Begun {}, Outcome::Done {}] {
            let id = command.id.clone();
            line.say(&FromRoom::Answer(Answer { id, outcome })).await;
        }
        let _ = told.send(command.verb.clone());
    }
}

/// What somebody of each role does most, with the mouse and with the keys.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_role_finds_what_it_may_do_and_nothing_else() {
    let Some(chrome) = Chrome::start().await else {
        return;
    };
    let rig = Rig::start().await;
    let mut people = Vec::new();
    for role in Role::ALL {
        let person = rig.person(role.word(), role, None).await;
        people.push(signed_in(&chrome, &rig, person.cookie.as_deref(), "en").await);
    }
    let [viewer, helpdesk, installer, operator, admin] = &people[..] else {
        panic!("five roles");
    };
    let room = rig.room("saal-2", "nord").await;
    let mut line = room.line_that_knows(&VERBS).await;
    line.say(&state(1, &["mic-gone"])).await;
    let (told, mut heard) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(obeys(line, told));
    common::until("the room is red", async || {
        let at = "saal-2".parse().unwrap();
        let card = rig.fleet.roster.card(&rig.fleet.tenant, &at);
        card.is_some_and(|card| card.seen.state.is_some())
    })
    .await;

    looks(viewer, &rig).await;
    helps(helpdesk, &rig).await;
    assert_eq!(heard.recv().await, Some(Verb::Identify { seconds: 60 }));
    takes_in(installer, &rig).await;
    tells_many(operator, &rig).await;
    assert_eq!(heard.recv().await, Some(Verb::Mute {}));
    invites(admin, &rig).await;
    for tab in &people {
        let errors = tab.errors();
        assert!(errors.is_empty(), "{errors:?}");
    }
}

/// From the map to a building's rooms, and a view of one's own.
async fn looks(tab: &Tab, rig: &Rig) {
    open(tab, rig, "/").await;
    tab.click(".map .block").await;
    tab.until(
        "location.search.includes('site=nord') && document.documentElement.dataset.ready === ''",
    )
    .await;
    tab.eval("document.querySelector('#view-name').value = 'North'; undefined")
        .await;
    tab.click("form[action='/rooms/views'] button").await;
    tab.until("document.querySelector('.views a')?.textContent === 'North' && document.documentElement.dataset.ready === ''")
        .await;
    tab.click("th a[href='/rooms/saal-2']").await;
    tab.until("document.querySelector('#history') !== null")
        .await;
    let may = tab.eval("document.querySelectorAll('main form[action^=\"/rooms/saal-2/\"]').length");
    assert_eq!(may.await, json!(0), "whoever looks tells nothing");
    let drawn = "document.querySelectorAll('.plot svg[role=img][aria-label]').length";
    assert_eq!(
        tab.eval(drawn).await,
        json!(2),
        "both pictures say what they show"
    );
}

/// Finds a room by a word and lets it blink, without the mouse.
async fn helps(tab: &Tab, rig: &Rig) {
    open(tab, rig, "/rooms").await;
    tab.eval(
        "const q = document.querySelector('#rooms-q'); q.value = 'saal'; q.focus(); undefined",
    )
    .await;
    tab.key("rawKeyDown", "Enter").await;
    tab.key("keyUp", "Enter").await;
    tab.until(
        "location.search.includes('q=saal') && document.documentElement.dataset.ready === ''",
    )
    .await;
    open(tab, rig, "/rooms/saal-2").await;
    let leave = "document.querySelector('[name=verb][value=leave]')";
    assert_eq!(
        tab.eval(leave).await,
        json!(null),
        "what people notice is not the helpdesk's"
    );
    tab.eval("document.querySelector('[name=verb][value=identify]').form.querySelector('button').focus(); undefined").await;
    tab.key("rawKeyDown", "Enter").await;
    tab.key("keyUp", "Enter").await;
    tab.until("document.querySelector('#commands')?.innerText.includes('identify')")
        .await;
}

async fn takes_in(tab: &Tab, rig: &Rig) {
    let mut new = TestRoom::new(rig.at, "saal-9");
    new.ask().await;
    open(tab, rig, "/enrolment").await;
    tab.until(&format!("main.innerText.includes('{}')", new.code))
        .await;
    tab.click("[name=compared]").await;
    tab.click("form[action$=approve] button[type=submit]").await;
    common::until("the room is taken in", async || {
        let at = "saal-9".parse().unwrap();
        rig.fleet.roster.card(&rig.fleet.tenant, &at).is_some()
    })
    .await;
    tab.until("[...document.querySelectorAll('nav[aria-label] a')].map((a) => a.getAttribute('href')).join() === '/,/rooms,/enrolment,/rollouts,/alerts'").await;
}

/// Sees whom a verb reaches and whom not and why, and only then tells them.
async fn tells_many(tab: &Tab, rig: &Rig) {
    open(tab, rig, "/rooms").await;
    tab.until("document.documentElement.dataset.live === ''")
        .await;
    tab.eval("document.querySelector('#bulk-verb').value = 'mute'; undefined")
        .await;
    rig.fleet.roster.ring();
    tab.until("performance.getEntriesByType('resource').filter((r) => r.name.endsWith('/rooms')).length > 0")
        .await;
    let chosen = tab.eval("document.querySelector('#bulk-verb').value").await;
    assert_eq!(
        chosen,
        json!("mute"),
        "a choice outlives the page's following of its rooms"
    );
    tab.click("form[action='/rooms/bulk'] button").await;
    tab.until("document.querySelector('#reached')?.textContent === 'Reaches 1 room'")
        .await;
    let cannot = tab.eval("document.querySelector('#cannot').closest('section').innerText");
    let cannot = cannot.await;
    let cannot = cannot.as_str().unwrap();
    assert!(
        cannot.contains("not connected") && cannot.contains("saal-9"),
        "{cannot}"
    );
    tab.click("form[action$=begin] button").await;
    tab.until("document.querySelector('#ends') !== null").await;
    common::until("the batch is over", async || {
        tab.eval("document.querySelector('.verbs a.button')?.click(); undefined")
            .await;
        let over = "document.querySelector('#ends')?.textContent ?? ''";
        tab.eval(over).await == json!("1 of 1 are over")
    })
    .await;
}

/// An operator offers a signed pack, watches it reach a room, pauses with the keyboard, goes on, and stops for good.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operator_rolls_a_pack_out_watches_pauses_and_stops_it() {
    let Some(chrome) = Chrome::start().await else {
        return;
    };
    let rig = Rig::start().await;
    Publisher::new().publish(&rig).await;
    let person = rig.person("otto", Role::Operator, None).await;
    let tab = signed_in(&chrome, &rig, person.cookie.as_deref(), "de").await;
    let room = rig.room("saal-2", "nord").await;
    let mut line = room.line_that_knows(&[fleet_proto::TAKES_PACKS]).await;
    line.say(&state(1, &[])).await;

    // The room goes into the first ring, on its own page.
    open(&tab, &rig, "/rooms/saal-2").await;
    tab.eval("document.querySelector('#ring-choice').value = 'canary'; undefined")
        .await;
    tab.click("form[action$='/ring'] button").await;
    tab.until("document.querySelector('#ring-choice')?.value === 'canary' && document.querySelector('#ring-choice option[selected]').value === 'canary'")
        .await;
    open(&tab, &rig, "/rollouts").await;
    tab.click("form[action='/rollouts'] button").await;
    tab.until("location.pathname === '/rollouts/join-pack-practice-901' && document.documentElement.dataset.live === ''")
        .await;
    let offers = loop {
        if let FromFleet::Offers(offers) = line.hear().await {
            break offers.offers;
        }
    };
    let said = fleet_proto::ReleaseNow {
        offer: offers[0].clone(),
        stage: fleet_proto::Stage::Begun {},
    };
    line.say(&FromRoom::Release(said)).await;
    tab.until("document.querySelector('main').innerText.includes('wird erprobt')")
        .await;

    // Paused without the mouse.
    let pause = "document.querySelector('[name=do][value=pause]').form.querySelector('button')";
    tab.eval(&format!("{pause}.focus(); undefined")).await;
    tab.key("rawKeyDown", "Enter").await;
    tab.key("keyUp", "Enter").await;
    let status = "document.querySelector('p.big[role=status]')?.innerText ?? ''";
    tab.until(&format!("({status}).startsWith('angehalten')"))
        .await;
    tab.until("document.documentElement.dataset.ready === ''")
        .await;
    tab.eval("window.confirm = () => true; undefined").await;
    tab.click("form:has([name=do][value=go-on]) button").await;
    tab.until(&format!("({status}).startsWith('läuft')")).await;
    tab.until("document.documentElement.dataset.ready === ''")
        .await;
    tab.eval("window.confirm = () => true; undefined").await;
    tab.click("form:has([name=do][value=stop]) button").await;
    tab.until(&format!("({status}).startsWith('beendet')"))
        .await;
    let left = tab
        .eval("document.querySelectorAll('main form').length")
        .await;
    assert_eq!(left, json!(0), "what is over has nothing to press");
    let log = rig.fleet.ledger.read(&rig.fleet.tenant, 0, 500).await;
    let log: Vec<String> = log.unwrap().iter().map(|entry| entry.line()).collect();
    assert!(
        log.iter()
            .any(|line| line.contains("rollout-changed") && line.contains("stop"))
    );
    let errors = tab.errors();
    assert!(errors.is_empty(), "{errors:?}");
}

async fn invites(tab: &Tab, rig: &Rig) {
    open(tab, rig, "/people").await;
    tab.eval("document.querySelector('#invite-name').value = 'nora'; undefined")
        .await;
    tab.click("form[action='/people/invite'] button").await;
    tab.until("document.querySelector('#once')?.textContent.includes('/welcome?link=')")
        .await;
}
