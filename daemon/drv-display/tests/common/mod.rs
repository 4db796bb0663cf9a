//! What must hold of the whole driver over every real line: the list, and the room it runs in. Included by `lines.rs` and
//! `kernel.rs`.

use drv_display::codec::Login;
use drv_display::model::Times;
use drv_display::{
    Address, DisplayConfig, DisplayModel, Handle, LinkConfig, LinkSetup, channel, supervise,
};
use emulators::display::{Body, Lies, PowerState, Request};
use room_core::effect::DisplayCommand;
use room_core::event::{DisplayInput, DisplayPower, DisplaySeen, Event};
use room_core::failure::DisplayFailure;
use room_core::ids::DisplayId;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};

/// Generous: a machine under load is no fault of the driver.
pub const SOON: Duration = Duration::from_secs(20);

/// The display at the other end, as somebody in the room sees it.
pub trait Set {
    /// Looks at it, or changes it.
    fn with(&self, what: &mut dyn FnMut(&mut Body, Duration));

    /// Its power.
    fn power(&self) -> PowerState {
        let mut power = PowerState::Standby;
        self.with(&mut |body, now| power = body.power(now));
        power
    }

    /// Somebody uses the remote control.
    fn by_hand(&self, request: &Request) {
        self.with(&mut |body, now| body.by_hand(now, request));
    }

    /// It misbehaves like this from now on.
    fn lie(&self, lies: Lies) {
        self.with(&mut |body, _| body.lies = lies);
    }

    /// How often it was told anything. On a bus others speak too: what no table names is not ours.
    fn commands(&self) -> usize {
        let mut count = 0;
        let ours = |request: &Request| !request.is_question() && *request != Request::Unknown;
        self.with(&mut |body, _| count = body.count(ours));
        count
    }
}

/// A driver and what it said.
pub struct Room {
    pub display: Handle,
    events: mpsc::Receiver<Event>,
    driver: JoinHandle<()>,
}

impl Drop for Room {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

impl Room {
    pub fn new(links: Vec<LinkConfig>) -> Room {
        let config = DisplayConfig {
            id: DisplayId::new("main"),
            links,
        };
        let (display, inbox) = channel();
        let (out, events) = mpsc::channel(8);
        let driver = tokio::spawn(supervise(config, inbox, out));
        Room {
            display,
            events,
            driver,
        }
    }

    pub async fn until(&mut self, what: DisplaySeen) {
        let deadline = Instant::now() + SOON;
        let mut passed = Vec::new();
        loop {
            match timeout_at(deadline, self.events.recv()).await {
                Ok(Some(Event::Display(_, seen))) if seen == what => return,
                Ok(Some(event)) => passed.push(event),
                Ok(None) | Err(_) => panic!("no {what:?}; instead {passed:?}"),
            }
        }
    }
}

/// A link to a model, with times for tests.
pub fn link(address: &str, model: &str, password: &str) -> LinkConfig {
    let model = DisplayModel::built_in(model).unwrap().unwrap();
    let room_input = model.input("hdmi1");
    let ms = Duration::from_millis;
    LinkConfig {
        setup: LinkSetup {
            address: address.parse::<Address>().unwrap(),
            model: DisplayModel {
                times: Times {
                    answer: ms(1000),
                    gap: ms(20),
                    settle: ms(200),
                    warm_up: ms(2000),
                    cool_down: ms(2000),
                    poll: ms(400),
                },
                ..model
            },
            id: 1,
            login: Login {
                user: "admin1".into(),
                password: password.into(),
            },
            wake: None,
        },
        room_input,
    }
}

/// The list: the driver and the display over a line that both have, from "found" to "named as one that does not obey".
pub async fn the_list(room: &mut Room, set: &impl Set, shows_input: bool) {
    set.with(&mut |body, _| {
        body.warm_up = Duration::from_millis(600);
        body.cool_down = Duration::from_millis(400);
    });
    // It is found asleep, and told nothing.
    room.until(DisplaySeen::Here).await;
    room.until(DisplaySeen::Power(DisplayPower::Standby)).await;
    assert_eq!(set.commands(), 0);

    // It shows the room.
    room.display.send(DisplayCommand::Show);
    room.until(DisplaySeen::Power(DisplayPower::On)).await;
    assert_eq!(set.power(), PowerState::On);
    if shows_input {
        room.until(DisplaySeen::Input(DisplayInput::Room)).await;
    }

    // A hand at the remote control is seen and not fought.
    set.by_hand(&Request::Power(false));
    room.until(DisplaySeen::Power(DisplayPower::Standby)).await;
    let told = set.commands();
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(set.commands(), told);

    // It shows the room again, and rests.
    room.display.send(DisplayCommand::Show);
    room.until(DisplaySeen::Power(DisplayPower::On)).await;
    room.display.send(DisplayCommand::Standby);
    room.until(DisplaySeen::Power(DisplayPower::Standby)).await;

    // One that says yes and does nothing is named.
    set.lie(Lies {
        idle: true,
        ..Lies::default()
    });
    room.display.send(DisplayCommand::Show);
    room.until(DisplaySeen::Refused(DisplayFailure::Disobeys))
        .await;
    set.lie(Lies::default());
}
