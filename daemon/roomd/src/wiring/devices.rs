//! Heads, buttons, calendars and the browser: each gets a task, the room's inbox, and what it is told through.

use super::Wiring;
use super::renewed::Renewed;
use crate::buttons::{self, Button, Buttons, Firmware};
use crate::calendars::Reading;
use crate::hands::Hands;
use crate::links::Links;
use crate::meetings::Ways;
use crate::puck_face::Voice;
use crate::{browsing, calendars, cameras, contracts, sip, watchers};
use anyhow::{Context, Result};
use calendar::{WatchConfig, Watcher};
use call_browser::{BrowserConfig, CleaningChoice};
use drv_puck::update::{Attendance, Ward, attend};
use room_core::ids::PuckId;
use room_core::meeting::Meeting;
use room_profile::PuckLink;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use tokio::sync::{mpsc, watch};
use tracing::{info, warn};

/// Checks ask one thing after the other.
const ASKS: usize = 4;

impl Wiring {
    /// Where drivers find what the room's file binds to USB sockets and serial numbers.
    pub(super) fn links(&mut self) -> Result<()> {
        let roles = self.profile.roles.clone();
        if roles.is_empty() {
            return Ok(());
        }
        let folder = &self.profile.links;
        let links = Links::lay(Path::new("/sys"), folder, roles)
            .with_context(|| format!("cannot set links in {}", folder.display()))?;
        self.tasks.run("device links", links.keep());
        Ok(())
    }

    pub(super) fn heads(&mut self, hands: &mut Hands) {
        let presets = self.state.file("heads");
        if let Err(error) = std::fs::create_dir_all(&presets) {
            warn!(%error, "places of USB cameras cannot be kept");
        }
        for line in ptz_setup::lines(&self.profile.heads, Some(&presets)) {
            let (handles, inbox) = drv_ptz::channels(line.heads.len());
            for (head, handle) in line.heads.iter().zip(handles) {
                self.checked.heads.insert(head.id.clone(), handle.clone());
                let hand = move |request, command| handle.send(request, command);
                hands.heads.insert(head.id.clone(), Box::new(hand));
            }
            let (out, forward) = self.checked.heads.tap(self.doors.events.clone());
            self.tasks.run("answers of heads", forward);
            self.tasks.run("head", drv_ptz::supervise(line, inbox, out));
        }
    }

    /// Gives back what people who look after the buttons may ask.
    pub(super) fn pucks(&mut self, hands: &mut Hands) -> Buttons {
        let mut lines = Vec::new();
        let came = buttons::images(&self.machine.button_images);
        let firmware = Firmware::open(came, self.state.file("fleet/firmware"));
        for link in &self.profile.pucks {
            let (handle, inbox) = drv_puck::channel();
            let config = drv_puck::Config {
                id: link.puck.clone(),
                path: link.serial.clone(),
            };
            let driver = drv_puck::supervise(config, inbox, self.doors.events.clone());
            self.tasks.run("table button", driver);
            lines.push(Button {
                id: link.puck.clone(),
                handle,
                display: buttons::display(link.display),
            });
        }
        let (tell, sockets) = watch::channel(BTreeMap::new());
        if !lines.is_empty() {
            let voice = Voice {
                lang: self.lang(),
                zone: self.profile.zone,
            };
            let handles = lines.iter().map(|line| line.handle.clone()).collect();
            let faces = watchers::pucks(self.views.clone(), handles, voice);
            self.tasks.run("table button faces", faces);
            self.button_firmware(hands, (lines.clone(), &firmware), tell);
        }
        Buttons {
            lines,
            firmware,
            sockets,
        }
    }

    fn button_firmware(
        &mut self,
        hands: &mut Hands,
        (lines, firmware): (Vec<Button>, &Firmware),
        sockets: watch::Sender<BTreeMap<PuckId, String>>,
    ) {
        let notes = self.state.file("buttons");
        if let Err(error) = std::fs::create_dir_all(&notes) {
            warn!(%error, "updates of table buttons cannot be continued after a restart");
        }
        let ward = |link: &PuckLink| Ward {
            id: link.puck.clone(),
            link: link.serial.clone(),
            display: buttons::display(link.display),
        };
        let says = move |id: &PuckId| {
            let line = lines.iter().find(|line| line.id == *id);
            line.map(|line| line.handle.acquaintance().built)
                .unwrap_or_default()
        };
        let attendance = Attendance {
            roots: self.machine.usb.clone(),
            wards: self.profile.pucks.iter().map(ward).collect(),
            images: firmware.images(),
            says: Box::new(says),
            notes,
            sockets,
        };
        // The room orders one at a time.
        let (orders, inbox) = mpsc::channel(4);
        let work = attend(attendance, inbox, self.doors.events.clone());
        self.tasks.run("firmware of table buttons", work);
        hands.buttons = Some(Box::new(move |puck| {
            if orders.try_send(puck).is_err() {
                warn!("an update of a table button is not begun: another one still runs");
            }
        }));
    }

    pub(super) fn cameras(&mut self) {
        if self.profile.cameras.is_empty() {
            return;
        }
        let (tell, uses) = watch::channel(drv_camera::Use::Conference);
        self.tasks.run(
            "use of cameras",
            watchers::cameras(self.views.clone(), tell),
        );
        for link in &self.profile.cameras {
            let config = cameras::config(link);
            let (machine, links) = (cameras::machine(&self.profile), self.profile.links.clone());
            let bound = link.link.is_some();
            let (uses, out) = (uses.clone(), self.doors.events.clone());
            let (asks, asked) = mpsc::channel(ASKS);
            self.checked.cameras.push((link.camera.clone(), asks));
            self.tasks.run("camera", async move {
                let around = drv_camera::Surroundings {
                    machine,
                    bell: cameras::bell(bound.then_some(&*links)),
                    uses,
                    asks: asked,
                };
                drv_camera::supervise(config, around, out).await;
            });
        }
    }

    /// Bookings, and the meeting that the room holds with its installer.
    pub(super) fn calendars(&mut self, config: WatchConfig, own: watch::Receiver<Option<Meeting>>) {
        let wanted = self.profile.calendars.len();
        if wanted == 0 {
            let events = self.doors.events.clone();
            self.tasks
                .run("calendars", calendars::feed_own(own, events));
            return;
        }
        let missing = config.sources.len() < wanted;
        let watcher = Watcher::start(config);
        let feed = calendars::feed(
            watcher.subscribe(),
            self.doors.events.clone(),
            self.doubt.clone(),
            Reading {
                ways: Ways::new(&self.profile),
                missing,
                own,
            },
        );
        self.tasks.run("calendars", async move {
            feed.await;
            watcher.stop().await;
        });
    }

    /// Gives back who can make a picture of the main display.
    pub(super) fn browser(
        &mut self,
        hands: &mut Hands,
        own_conferences: &[String],
        renewed: &Renewed,
    ) -> call_browser::Handle {
        let screens = self.state.file("screens");
        let (packs, allowed) = (self.renewal.shelf(), renewed.allowed.clone());
        let cleaning = CleaningChoice::default();
        let kept = (screens, cleaning.clone());
        let config = BrowserConfig {
            keeper_met: Arc::clone(&renewed.keeper_met),
            ..browsing::config(&self.profile, packs, allowed, kept)
        };
        self.tasks
            .run("cleaning", watchers::cleaning(self.views.clone(), cleaning));
        let (handle, mut inbox) = call_browser::channel();
        let (calls, facts, mut desk) = call_contract::channel();
        self.tasks.run("browser", async move {
            let ended = call_browser::run(config, &mut inbox, facts).await;
            info!(why = %ended, "the browser is left alone");
        });
        // Between the room and its browser: servers with a documented interface are asked first.
        let table = contracts::table(&self.profile, own_conferences, renewed.consents.subscribe());
        let out = self.doors.events.clone();
        let hand = handle.clone();
        self.tasks.run("contracts", async move {
            let browser = move |call, command| hand.command(call, command);
            call_contract::run(table, &mut desk, browser, out).await;
        });
        hands.calls.page = Some(Box::new(move |call, command| calls.command(call, command)));
        let hand = handle.clone();
        hands.screen = Some(Box::new(move |screen| hand.screen(screen)));
        let hand = handle.clone();
        hands.browser_sound = Some(Box::new(move || hand.sound_anew()));
        let hand = handle.clone();
        hands.browser = Some(Box::new(move || hand.begin_anew()));
        let hand = handle.clone();
        let say = move |line| hand.notice(line);
        let notices = watchers::notices(self.views.clone(), say, self.lang());
        self.tasks.run("notice bar", notices);
        handle
    }
}

impl Wiring {
    /// The SIP client: a process of its own, found at its control line whenever it is there.
    pub(super) fn sip(&mut self, hands: &mut Hands) {
        let Some(sip) = &self.profile.sip else { return };
        let config = sip::config(sip, self.profile.sound.as_ref());
        let (handle, mut inbox) = call_sip::channel();
        let out = self.doors.events.clone();
        self.tasks.run("SIP client", async move {
            let ended = call_sip::run(config, &mut inbox, out).await;
            info!(why = %ended, "the SIP client is left alone");
        });
        hands.calls.sip = Some(Box::new(move |call, command| handle.command(call, command)));
    }
}
