//! Builds the daemon from its configuration, top to bottom, and runs it until it is told to end.
//! The only place that knows every part; what each part needs stands in the files below.

mod devices;
mod displays;
mod fittings;
mod fleet;
mod preflight;
mod renewed;
mod served;
mod sound;
mod system;

use crate::boards::Boards;
use crate::calendars;
use crate::clock::{Clock, Doubt};
use crate::event_loop::Loop;
use crate::faces::{Lang, Metrics};
use crate::fleet::Patience;
use crate::hands::Hands;
use crate::inbox::{self, Doors, Inbox};
use crate::practice_room::OwnNames;
use crate::preflight::Devices;
use crate::recorder::Recorder;
use crate::renewal::Renewal;
use crate::state_dir::StateDir;
use crate::story::Story;
use crate::supervisor::Supervisor;
use crate::trials::{self, Trials};
use crate::watchers::Views;
use crate::{panics, watchdog};
use anyhow::Result;
use calendar::HostTable;
use config_files::Files;
use practice::Practice;
use room_core::Room;
use room_core::event::Event;
use room_core::view::View;
use room_profile::{Language, Profile, SourceFile};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;
use tracing::info;

/// What the daemon starts with.
#[derive(Debug)]
pub struct Start {
    /// Where the configuration stands, for reading it anew.
    pub files: Files,
    /// The configuration as checked.
    pub profile: Profile,
    /// Used instead of the profile's.
    pub state_dir: Option<PathBuf>,
    /// Nobody has described the room yet: its display says so, and it begins anew when somebody has.
    pub unwritten: bool,
    /// What came with the daemon, and the kernel's files.
    pub machine: Machine,
}

/// Where things of this machine stand that are elsewhere in tests only.
#[derive(Debug, Clone)]
pub struct Machine {
    /// What the kernel says of USB devices.
    pub usb: drv_puck::update::Roots,
    /// Firmware for table buttons.
    pub button_images: PathBuf,
    /// What a helper of root's and the daemon leave for each other stands below this folder.
    pub system: PathBuf,
    /// The daemon's version, as its fleet and that helper know it.
    pub software: String,
    /// How long a room that was begun anew is waited for before it is judged.
    pub patience: Patience,
}

impl Default for Machine {
    fn default() -> Self {
        Machine {
            usb: drv_puck::update::Roots::default(),
            button_images: crate::buttons::IMAGES.into(),
            system: "/".into(),
            software: env!("CARGO_PKG_VERSION").to_owned(),
            patience: Patience::default(),
        }
    }
}

/// Runs the room.
///
/// # Errors
/// When something that the room cannot do without cannot be had at the start: its state folder, its addresses.
pub async fn run(start: Start) -> Result<()> {
    // The state folder comes first: whoever holds it is this room's daemon, and nobody else touches a device.
    let (mut wiring, ends) = Wiring::take_the_room(start)?;
    let remembered = wiring.state.memory().map(Box::new).map(Event::Restored);

    // Devices: each driver owns its line and looks for it again and again.
    let keeper = Some(wiring.state.keeper()?);
    let mut hands = Hands {
        keeper,
        ..Hands::default()
    };
    wiring.links()?;
    wiring.heads(&mut hands);
    wiring.displays(&mut hands)?;
    let buttons = wiring.pucks(&mut hands);
    wiring.fittings();
    wiring.cameras();
    let sound = wiring.sound(&mut hands);

    // The room's own conference; what the building's network sees carries the room's own certificate.
    let certificate = wiring.certificate()?;
    let practice = wiring.practice(certificate.clone())?;

    // How services are recognised and joined: what came with the daemon, or newer and signed by whom the room trusts.
    wiring.renewal.read(&wiring.profile.packs);

    // Bookings: a calendar is read whenever it can be, and its last good copy serves meanwhile.
    let own_conferences = practice.as_ref().map_or(&[][..], |room| &room.addresses);
    let bookings = calendars::config(
        &wiring.profile,
        own_conferences,
        wiring.state.file("calendars"),
    )?;
    let hosts = bookings.view.hosts.clone();
    let (practice_call, own_meeting) = wiring.practice_call(practice.as_ref());
    wiring.calendars(bookings, own_meeting);

    // Where calls may lead, and what is known of the services, with these packs; both change when packs do.
    let renewed = wiring.renewed()?;

    // The browser: a process of its own, found at its keeper's socket whenever it is there.
    let browser = wiring.browser(&mut hands, own_conferences, &renewed);

    // Calls by SIP, when the room's file has any.
    wiring.sip(&mut hands);

    // The room proves itself: whoever runs the checks asks the owners above.
    let proofs = wiring.preflight(&mut hands, certificate.as_ref());

    // The room itself steps for the first time, so that no face ever shows a room without a past.
    let mut heart = wiring.heart(ends, hands);
    heart.begin(remembered);

    // What IT may try out while nobody uses the room.
    let own = practice.as_ref();
    let own = own.map(|room| (room.practice.clone(), room.here));
    let console = wiring.trials(browser.clone(), hosts, own);

    // Faces: what they show and offer is there by now.
    let (fleet, standing) = fleet::standing(&wiring.profile, wiring.state.path());
    let fleet_anew = Arc::new(Notify::new());
    wiring.faces(served::Parts {
        browser: browser.clone(),
        practice: practice.as_ref(),
        certificate,
        practice_call,
        console: Arc::new(console.clone()),
        proofs,
        known: renewed.known.clone(),
        buttons: buttons.clone(),
        levels: sound.as_ref().map(|sound| sound.levels.clone()),
        fleet: standing,
        fleet_anew: Arc::clone(&fleet_anew),
    })?;

    // IT's fleet: the room belongs to it where its file says so, and works the same without.
    let asks = wiring.fleet((fleet, fleet_anew), (browser, console, buttons));

    // The operating system: signals in, life signs out.
    wiring.system(renewed, sound, asks)?;
    let tasks = wiring.tasks;
    heart.run().await;

    // The room has had its last word; everything else ends with it. Calls are not ours to end.
    info!("roomd ends; a running call goes on");
    watchdog::stopping();
    tasks.stop().await;
    drop(practice);
    drop(wiring.state);
    Ok(())
}

/// What the parts are wired to.
struct Wiring {
    boards: Boards,
    profile: Profile,
    machine: Machine,
    unwritten: bool,
    state: StateDir,
    /// What the room's fleet has set.
    settings: Option<SourceFile>,
    renewal: Renewal,
    names: OwnNames,
    recorder: Recorder,
    doors: Doors,
    views: Views,
    doubt: Doubt,
    metrics: Metrics,
    /// What the room's checks may ask.
    checked: Devices,
    stop: CancellationToken,
    tasks: Supervisor,
}

/// The ends that only the loop holds.
struct Ends {
    room: Room,
    clock: Clock,
    inbox: Inbox,
    views: watch::Sender<Arc<View>>,
}

impl Wiring {
    fn take_the_room(start: Start) -> Result<(Wiring, Ends)> {
        let Start {
            files,
            profile,
            state_dir,
            machine,
            unwritten,
        } = start;
        // Several crates speak TLS; all use the same implementation. A second choice could only be the same one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let state = StateDir::take(state_dir.as_deref().unwrap_or(&profile.state_dir))?;
        let boards = Boards::open(files, state.file("fleet/boards"));
        let profile = boards.start(profile);
        let (profile, settings) = fleet::under_settings(&boards.files(), profile, state.path());
        let name = &profile.plan.name;
        info!(room = name, state = %state.path().display(), version = env!("CARGO_PKG_VERSION"), "roomd starts");

        // From here on a bug leaves a recording behind.
        let recorder = Recorder::default();
        panics::end_the_daemon(recorder.clone(), state.file(RECORDINGS));

        let clock = Clock::start();
        let room = Room::new(profile.plan.clone(), clock.now());
        let (doors, inbox) = inbox::channel();
        let (views_in, views) = watch::channel(Arc::new(room.view()));
        let stop = CancellationToken::new();
        let wiring = Wiring {
            renewal: Renewal::new(state.path()),
            boards,
            profile,
            machine,
            unwritten,
            state,
            settings,
            names: OwnNames::read(),
            recorder,
            doors,
            views,
            doubt: Doubt::default(),
            metrics: Metrics::new(),
            checked: Devices::default(),
            tasks: Supervisor::new(stop.clone()),
            stop,
        };
        Ok((
            wiring,
            Ends {
                room,
                clock,
                inbox,
                views: views_in,
            },
        ))
    }

    fn heart(&self, ends: Ends, hands: Hands) -> Loop {
        Loop {
            room: ends.room,
            clock: ends.clock,
            doubt: self.doubt.clone(),
            inbox: ends.inbox,
            hands,
            views: ends.views,
            metrics: self.metrics.clone(),
            recorder: self.recorder.clone(),
            story: Story::default(),
        }
    }

    fn trials(
        &self,
        browser: call_browser::Handle,
        hosts: HostTable,
        own: Option<(Practice, SocketAddr)>,
    ) -> Trials {
        Trials::new(trials::Parts {
            browser,
            views: self.views.clone(),
            renewal: self.renewal.clone(),
            hosts,
            display_name: self.profile.plan.display_name.clone(),
            canaries: self.profile.canaries.clone(),
            results: self.state.file("canary.json"),
            metrics: self.metrics.clone(),
            own,
        })
    }

    fn lang(&self) -> Lang {
        match self.profile.language {
            Language::German => Lang::De,
            Language::English => Lang::En,
        }
    }
}

/// In the state folder.
const RECORDINGS: &str = "recordings";
