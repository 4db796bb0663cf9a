//! The operating system: what signals mean, and what systemd shows.

use super::renewed::Renewed;
use super::sound::Sound;
use super::{RECORDINGS, Wiring};
use crate::boards::{Boards, Use};
use crate::faces::Metrics;
use crate::fleet::{self, Ask, BoardChange, PackChange};
use crate::inbox::Doors;
use crate::practice_room::OwnNames;
use crate::recorder::Recorder;
use crate::reload::{Taken, reload, tell, words};
use crate::renewal::Renewal;
use crate::signals::{Signals, Told};
use crate::{sound, watchdog, watchers};
use anyhow::Result;
use fleet_proto::{Desired, Settled};
use room_core::event::Event;
use room_profile::{Profile, SourceFile};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout_at};
use tracing::{error, info, warn};

/// A daemon that has not ended so long after being told to ends without ceremony.
const FAREWELL: Duration = Duration::from_millis(1500);

struct Answering {
    boards: Boards,
    profile: Profile,
    unwritten: bool,
    doors: Doors,
    recorder: Recorder,
    renewal: Renewal,
    metrics: Metrics,
    names: OwnNames,
    renewed: Renewed,
    sound: Option<Sound>,
    recordings: PathBuf,
    /// What the fleet asks.
    asks: mpsc::Receiver<Ask>,
    /// What the fleet has set.
    settings: Option<SourceFile>,
}

impl Wiring {
    /// Begins to listen to signals, and tells systemd that the room is ready.
    pub(super) fn system(
        &mut self,
        renewed: Renewed,
        sound: Option<Sound>,
        asks: mpsc::Receiver<Ask>,
    ) -> Result<()> {
        let answering = Answering {
            boards: self.boards.clone(),
            profile: self.profile.clone(),
            unwritten: self.unwritten,
            doors: self.doors.clone(),
            recorder: self.recorder.clone(),
            renewal: self.renewal.clone(),
            metrics: self.metrics.clone(),
            names: self.names.clone(),
            renewed,
            sound,
            recordings: self.state.file(RECORDINGS),
            asks,
            settings: self.settings.clone(),
        };
        self.tasks
            .run("signals", answering.answer(Signals::listen()?));
        self.tasks
            .run("status", watchers::status(self.views.clone()));
        watchdog::ready("standby");
        Ok(())
    }
}

impl Answering {
    async fn answer(mut self, mut signals: Signals) {
        loop {
            tokio::select! {
                told = signals.next() => match told {
                    Told::Reload => self.reload().await,
                    Told::Dump => self.dump(),
                    Told::End => self.end().await,
                },
                () = self.renewed.keeper_met.notified() => self.renewed.keeper_met(&self.profile),
                Some(ask) = self.asks.recv() => match ask {
                    Ask::Settings { desired, settled } => {
                        // Whoever asked has given up when nobody listens.
                        let _ = settled.send(self.settle(&desired).await);
                    }
                    Ask::Anew => {
                        info!("the fleet asked for a new start of the daemon");
                        self.begin_anew();
                    }
                    Ask::Packs { change, done } => {
                        let _ = done.send(self.change_packs(change).await);
                    }
                    Ask::Board { change, done } => {
                        let _ = done.send(self.change_board(change).await);
                    }
                },
            }
        }
    }

    async fn reload(&mut self) {
        watchdog::reloading();
        let files = self.boards.files();
        if self.unwritten && files.profile().is_ok() {
            info!(file = %files.room.display(), "the room is described now; the daemon begins anew with it");
            self.begin_anew();
        }
        let taken = reload(&files, self.settings.as_ref(), &mut self.profile);
        tell(&files, taken.as_ref());
        self.renew(taken.ok()).await;
        watchdog::ready("reloaded");
    }

    /// The fleet's settings over the room's file, whole or not at all.
    async fn settle(&mut self, desired: &Desired) -> Settled {
        let (files, settings) = (self.boards.files(), fleet::layer(desired));
        let taken = reload(&files, Some(&settings), &mut self.profile);
        tell(&files, taken.as_ref());
        match taken {
            Ok(taken) => {
                self.settings = Some(settings);
                let later = taken.later.iter().map(|part| (*part).into()).collect();
                self.renew(Some(taken)).await;
                Settled::Applied { later }
            }
            Err(error) => Settled::Refused {
                problems: fleet::problems(&error),
            },
        }
    }

    /// Packs that the fleet released: on trial, kept, or given up; calls go where the packs in use lead.
    async fn change_packs(&mut self, change: PackChange) -> Result<(), String> {
        let (wanted, renewal) = (self.profile.packs.clone(), self.renewal.clone());
        match change {
            PackChange::Try(pack) => {
                renewal
                    .try_on(&wanted, pack)
                    .map_err(|problem| problem.to_string())?;
            }
            PackChange::Keep => renewal
                .keep_trial()
                .map_err(|problem| format!("{problem:#}"))?,
            PackChange::GiveUp => renewal.give_up_trial(),
        }
        self.renew(None).await;
        Ok(())
    }

    /// The released file of the room's board: on trial, or given up for what was. What a running daemon cannot take up, a new start does.
    async fn change_board(&mut self, change: BoardChange) -> Result<(), String> {
        let board = self.profile.board.as_deref();
        let wanted = match &change {
            BoardChange::Try(released) => Some(released.clone()),
            BoardChange::GiveUp => board.and_then(|board| self.boards.proven(board)),
        };
        let (files, mut profile) = (self.boards.files_with(wanted.clone()), self.profile.clone());
        let taken = reload(&files, self.settings.as_ref(), &mut profile);
        let taken = taken.map_err(|problem| words(&problem))?;
        let first = match taken.later.is_empty() {
            true => Use::Now,
            false => Use::WithTheNextStart,
        };
        if let BoardChange::Try(released) = &change {
            let noted = self.boards.try_on(released, first);
            noted.map_err(|problem| format!("{problem:#}"))?;
        }
        if first == Use::WithTheNextStart {
            info!("the daemon begins anew with another file of its board");
            self.begin_anew();
            return Err("the daemon cannot begin anew".to_owned());
        }
        self.boards.use_it(wanted);
        self.profile = profile;
        self.renew(Some(taken)).await;
        Ok(())
    }

    /// Everything that follows the configuration, or the disk, while the daemon runs.
    async fn renew(&mut self, taken: Option<Taken>) {
        if let Some(taken) = taken {
            // Without a loop there is nobody to tell.
            let _ = self.doors.events.send(taken.event).await;
        }
        if let (Some(own), Some(links)) = (&self.sound, &self.profile.sound) {
            own.handle
                .renew(sound::config(links, self.profile.plan.policy.volume_limit));
        }
        self.renewal.read(&self.profile.packs);
        let packs = self.renewal.shelf().now();
        self.renewed.renew(&self.profile, &self.names, &packs);
        self.metrics.know_packs(&self.renewed.known.now());
    }

    /// Every part from the beginning. The same process begins again, so that systemd sees
    /// neither an end nor another main process; listeners and the state folder's lock close with it.
    fn begin_anew(&self) {
        let program = std::env::current_exe().unwrap_or_else(|_| PathBuf::from("roomd"));
        let failed = Command::new(program)
            .args(std::env::args_os().skip(1))
            .exec();
        error!(error = %failed, "the daemon cannot begin anew; `systemctl restart roomd` starts the room");
    }

    fn dump(&self) {
        match self.recorder.dump(&self.recordings, "asked") {
            Ok(path) => info!(path = %path.display(), "the last steps were written down"),
            Err(error) => {
                let error = format!("{error:#}");
                warn!(error, "the last steps could not be written down");
            }
        }
    }

    /// When the loop ends, so does this task; what follows is for a loop that does not.
    async fn end(&self) {
        let by = Instant::now() + FAREWELL;
        let _ = timeout_at(by, self.doors.events.send(Event::Stopping)).await;
        sleep_until(by).await;
        error!("a bug: the daemon did not end in time");
        std::process::exit(1);
    }
}
