//! Builds the daemon from its configuration, top to bottom, and runs it until it is told to end.
//! The only place that knows every part.

use crate::clock::{Clock, Doubt};
use crate::config::Files;
use crate::event_loop::Loop;
use crate::faces::{self, FacesConfig, LanFace, Lang, Metrics, Mirror};
use crate::hands::Hands;
use crate::inbox::{self, Doors};
use crate::practice_room::{self, OwnNames, PracticeRoom};
use crate::puck_face::Voice;
use crate::recorder::Recorder;
use crate::reload::reload;
use crate::signals::{Signals, Told};
use crate::state_dir::StateDir;
use crate::story::Story;
use crate::supervisor::Supervisor;
use crate::watchers::{self, Views};
use crate::{browsing, calendars, panics, watchdog};
use anyhow::{Context, Result};
use calendar::Watcher;
use practice::tls::OwnCertificate;
use room_core::Room;
use room_core::event::Event;
use room_profile::{Language, Profile, Protocol, PtzAxis, PtzModel};
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

/// What the daemon starts with.
#[derive(Debug)]
pub struct Start {
    /// Where the configuration stands, for reading it anew.
    pub files: Files,
    /// The configuration as checked.
    pub profile: Profile,
    /// Used instead of the profile's.
    pub state_dir: Option<PathBuf>,
}

/// A daemon that has not ended so long after being told to ends without ceremony.
const FAREWELL: Duration = Duration::from_millis(1500);

/// Runs the room.
///
/// # Errors
/// When something that the room cannot do without cannot be had at the start: its state folder, its addresses.
pub async fn run(start: Start) -> Result<()> {
    let Start {
        files,
        profile,
        state_dir,
    } = start;
    // Several crates speak TLS; all use the same implementation. A second choice could only be the same one.
    let _ = rustls::crypto::ring::default_provider().install_default();

    // The state folder comes first: whoever holds it is this room's daemon, and nobody else touches a device.
    let state = StateDir::take(state_dir.as_deref().unwrap_or(&profile.state_dir))?;
    let remembered = state.memory().map(Event::Restored);
    info!(room = profile.plan.name, state = %state.path().display(), version = env!("CARGO_PKG_VERSION"), "roomd starts");

    // From here on a bug leaves a recording behind.
    let recorder = Recorder::default();
    let recordings = state.file("recordings");
    panics::end_the_daemon(recorder.clone(), recordings.clone());

    // The room itself: nothing but state, stepped by the loop alone.
    let clock = Clock::start();
    let room = Room::new(profile.plan.clone(), clock.now());
    let (doors, inbox) = inbox::channel();
    let (views_in, views) = watch::channel(Arc::new(room.view()));
    let metrics = Metrics::new();
    let stop = CancellationToken::new();
    let mut tasks = Supervisor::new(stop.clone());
    let mut hands = Hands {
        keeper: Some(state.keeper()?),
        ..Hands::default()
    };

    // Devices: each driver owns its line and looks for it again and again.
    heads(&profile, &doors, &mut hands, &mut tasks);
    pucks(&profile, &doors, &views, &mut tasks);

    // What the building's network sees carries the room's own certificate.
    let names = OwnNames::read();
    let certificate = match needs_certificate(&profile) {
        true => Some(practice_room::certificate(&state, &names)?),
        false => None,
    };
    let practice = practice(
        &profile,
        &state,
        certificate.clone().map(|own| (own, &names)),
    )?;

    // Bookings: a calendar is read whenever it can be, and its last good copy serves meanwhile.
    let doubt = Doubt::default();
    calendars(
        &profile,
        &state,
        Bookings {
            practice: practice.as_ref(),
            doors: &doors,
            doubt: &doubt,
        },
        &mut tasks,
    )?;

    // The browser: a process of its own, found at its keeper's socket whenever it is there.
    let picture = browser(
        &profile,
        &names,
        Browsing {
            outlines: state.file("screens"),
            doors: &doors,
            views: &views,
        },
        &mut hands,
        &mut tasks,
    )?;

    // The loop remembers first, so that no face ever shows a room without a past.
    let mut heart = Loop {
        room,
        clock,
        doubt,
        inbox,
        hands,
        views: views_in,
        metrics: metrics.clone(),
        recorder: recorder.clone(),
        story: Story::default(),
    };
    heart.begin(remembered);

    // Faces last: what they show and offer is there by now.
    let config = faces_config(
        &profile,
        &state,
        FacesParts {
            picture,
            practice: practice.as_ref(),
            certificate,
            names: &names,
        },
    )?;
    let bound = faces::bind(
        config.clone(),
        views.clone(),
        doors.presses.clone(),
        metrics.clone(),
        stop.clone(),
    )?;
    info!(panel = %format!("http://{}/", bound.loopback_addr()), "the panel is served");
    faces_task(
        bound,
        config,
        &mut tasks,
        Faces {
            views: views.clone(),
            doors: doors.clone(),
            metrics: metrics.clone(),
            stop: stop.clone(),
        },
    );

    // The operating system: signals in, life signs out.
    tasks.run(
        "signals",
        signals(
            Signals::listen()?,
            Reloading {
                files,
                profile,
                doors,
                recorder: recorder.clone(),
                recordings,
            },
        ),
    );
    tasks.run("status", watchers::status(views));
    watchdog::ready("standby");

    heart.run().await;

    // The room has had its last word; everything else ends with it. Calls are not ours to end.
    info!("roomd ends; a running call goes on");
    watchdog::stopping();
    tasks.stop().await;
    drop(practice);
    Ok(())
}

struct Browsing<'a> {
    outlines: PathBuf,
    doors: &'a Doors,
    views: &'a Views,
}

/// Gives back who can make a picture of the main display.
fn browser(
    profile: &Profile,
    names: &OwnNames,
    parts: Browsing<'_>,
    hands: &mut Hands,
    tasks: &mut Supervisor,
) -> Result<call_browser::Handle> {
    let config = browsing::config(profile, names, parts.outlines)?;
    let (handle, mut inbox) = call_browser::channel();
    let out = parts.doors.events.clone();
    tasks.run("browser", async move {
        let ended = call_browser::run(config, &mut inbox, out).await;
        info!(why = %ended, "the browser is left alone");
    });
    let hand = handle.clone();
    hands.call = Some(Box::new(move |call, command| hand.command(call, command)));
    let hand = handle.clone();
    hands.screen = Some(Box::new(move |screen| hand.screen(screen)));
    let hand = handle.clone();
    let say = move |line| hand.notice(line);
    tasks.run(
        "notice bar",
        watchers::notices(parts.views.clone(), say, lang(profile)),
    );
    Ok(handle)
}

fn heads(profile: &Profile, doors: &Doors, hands: &mut Hands, tasks: &mut Supervisor) {
    for link in &profile.heads {
        let (handle, inbox) = drv_ptz::channel();
        let Protocol::Visca = link.protocol;
        let config = drv_ptz::HeadConfig {
            id: link.head.clone(),
            path: link.serial.clone(),
            baud: link.baud,
            address: drv_ptz::Address::new(link.address).unwrap_or(drv_ptz::Address::FIRST),
            model: ptz_model(link.model),
        };
        tasks.run(
            "head",
            drv_ptz::supervise(config, inbox, doors.events.clone()),
        );
        hands.heads.insert(
            link.head.clone(),
            Box::new(move |request, command| handle.send(request, command)),
        );
    }
}

fn ptz_model(model: PtzModel) -> drv_ptz::HeadModel {
    let axis = |axis: PtzAxis| drv_ptz::AxisScale {
        steps: axis.steps,
        centidegrees: axis.centidegrees,
        least: axis.least,
        most: axis.most,
    };
    drv_ptz::HeadModel {
        pan: axis(model.pan),
        tilt: axis(model.tilt),
        zoom_most: model.zoom_most,
        pan_speed: model.pan_speed,
        tilt_speed: model.tilt_speed,
    }
}

fn pucks(profile: &Profile, doors: &Doors, views: &Views, tasks: &mut Supervisor) {
    let mut handles = Vec::new();
    for link in &profile.pucks {
        let (handle, inbox) = drv_puck::channel();
        let config = drv_puck::Config {
            id: link.puck.clone(),
            path: link.serial.clone(),
        };
        tasks.run(
            "table button",
            drv_puck::supervise(config, inbox, doors.events.clone()),
        );
        handles.push(handle);
    }
    if !handles.is_empty() {
        let voice = Voice {
            lang: lang(profile),
            zone: profile.zone,
        };
        tasks.run(
            "table button faces",
            watchers::pucks(views.clone(), handles, voice),
        );
    }
}

fn lang(profile: &Profile) -> Lang {
    match profile.language {
        Language::German => Lang::De,
        Language::English => Lang::En,
    }
}

fn needs_certificate(profile: &Profile) -> bool {
    let practice = profile
        .practice
        .as_ref()
        .is_some_and(|practice| practice.lan.is_some());
    practice || profile.faces.lan.is_some()
}

fn practice(
    profile: &Profile,
    state: &StateDir,
    lan: Option<(OwnCertificate, &OwnNames)>,
) -> Result<Option<PracticeRoom>> {
    let Some(plan) = &profile.practice else {
        return Ok(None);
    };
    let room = practice_room::open(plan, state, lan)?;
    info!(here = %room.here, building = room.url, "practice conferences are served");
    Ok(Some(room))
}

struct Bookings<'a> {
    practice: Option<&'a PracticeRoom>,
    doors: &'a Doors,
    doubt: &'a Doubt,
}

fn calendars(
    profile: &Profile,
    state: &StateDir,
    parts: Bookings<'_>,
    tasks: &mut Supervisor,
) -> Result<()> {
    if profile.calendars.is_empty() {
        return Ok(());
    }
    let practice = parts
        .practice
        .map_or(&[][..], |practice| &practice.addresses);
    let config = calendars::config(profile, practice, state.file("calendars"))?;
    let missing = config.sources.len() < profile.calendars.len();
    let watcher = Watcher::start(config);
    let (snapshots, events, doubt) = (
        watcher.subscribe(),
        parts.doors.events.clone(),
        parts.doubt.clone(),
    );
    tasks.run("calendars", async move {
        calendars::feed(snapshots, events, doubt, missing).await;
        watcher.stop().await;
    });
    Ok(())
}

struct FacesParts<'a> {
    picture: call_browser::Handle,
    practice: Option<&'a PracticeRoom>,
    certificate: Option<OwnCertificate>,
    names: &'a OwnNames,
}

fn faces_config(profile: &Profile, state: &StateDir, parts: FacesParts<'_>) -> Result<FacesConfig> {
    let faces = &profile.faces;
    make_folder(faces.socket.parent().unwrap_or(Path::new("/")))?;
    let lan = match (&faces.lan, parts.certificate) {
        (Some(lan), Some(certificate)) => Some(LanFace {
            addr: lan.listen,
            tls: certificate.listener_config().get_inner(),
            names: parts.names.all(),
            url: parts.names.url("https", lan.listen.port()),
        }),
        _ => None,
    };
    let mirror: Option<Mirror> = faces.mirror.then(|| {
        let handle = parts.picture;
        let picture: Mirror = Arc::new(move || {
            let handle = handle.clone();
            Box::pin(async move { handle.mirror().await })
        });
        picture
    });
    let url = |room: &PracticeRoom| {
        room.url
            .clone()
            .unwrap_or_else(|| format!("http://{}/", room.here))
    };
    Ok(FacesConfig {
        loopback: faces.listen,
        lan,
        socket: Some(faces.socket.clone()),
        lang: lang(profile),
        zone: profile.zone,
        help: profile.help.clone(),
        practice_url: parts.practice.map(url),
        mirror,
        pairings: Some(state.file("pairings.json")),
        ..FacesConfig::default()
    })
}

fn make_folder(path: &Path) -> Result<()> {
    let made = DirBuilder::new().recursive(true).mode(0o750).create(path);
    made.with_context(|| {
        format!(
            "cannot make the folder {} for the control socket",
            path.display()
        )
    })
}

struct Faces {
    views: Views,
    doors: Doors,
    metrics: Metrics,
    stop: CancellationToken,
}

fn faces_task(bound: faces::Bound, config: FacesConfig, tasks: &mut Supervisor, parts: Faces) {
    let mut bound = Some(bound);
    tasks.keep("faces", move || {
        let first = bound.take();
        let (config, views, presses) = (
            config.clone(),
            parts.views.clone(),
            parts.doors.presses.clone(),
        );
        let (metrics, stop) = (parts.metrics.clone(), parts.stop.clone());
        async move {
            match first {
                Some(bound) => bound.run().await,
                None => faces::serve(config, views, presses, metrics, stop).await,
            }
        }
    });
}

struct Reloading {
    files: Files,
    profile: Profile,
    doors: Doors,
    recorder: Recorder,
    recordings: PathBuf,
}

async fn signals(mut signals: Signals, mut parts: Reloading) {
    loop {
        match signals.next().await {
            Told::Reload => {
                watchdog::reloading();
                if let Some(event) = reload(&parts.files, &mut parts.profile)
                    && parts.doors.events.send(event).await.is_err()
                {
                    return;
                }
                watchdog::ready("reloaded");
            }
            Told::Dump => match parts.recorder.dump(&parts.recordings, "asked") {
                Ok(path) => info!(path = %path.display(), "the last steps were written down"),
                Err(error) => {
                    warn!(error = %format!("{error:#}"), "the last steps could not be written down")
                }
            },
            Told::End => {
                // When the loop ends, so does this task; what follows is for a loop that does not.
                let by = tokio::time::Instant::now() + FAREWELL;
                let _ = tokio::time::timeout_at(by, parts.doors.events.send(Event::Stopping)).await;
                tokio::time::sleep_until(by).await;
                error!("a bug: the daemon did not end in time");
                std::process::exit(1);
            }
        }
    }
}
