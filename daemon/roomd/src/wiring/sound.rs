//! The room's own sound: one owner for as long as the daemon lives, and what follows from what it tells.

use super::{Wiring, preflight};
use crate::hands::Hands;
use crate::preflight::RoomSound;
use crate::{sound, sound_clients, watchers};
use drv_audio::{Levels, Told};
use preflight_probe::shelf::Shelf;
use room_core::sound::{OwnCanceller, SoundCommand};
use std::sync::Arc;
use tokio::sync::{Mutex, watch};

/// The room's sound, for whoever changes or shows it.
#[derive(Clone)]
pub(super) struct Sound {
    /// Takes other devices.
    pub handle: drv_audio::Handle,
    /// What is heard, in figures.
    pub levels: watch::Receiver<Levels>,
}

impl Wiring {
    /// `None` where the room's file names no sound.
    pub(super) fn sound(&mut self, hands: &mut Hands) -> Option<Sound> {
        let links = self.profile.sound.as_ref()?;
        let server = links.server.clone();
        let limit = self.profile.plan.policy.volume_limit;
        let (config, socket) = (sound::config(links, limit), sound::socket(links));
        let roots = sound::roots(&self.profile);
        let (handle, inbox) = drv_audio::channel();
        let (levels_in, levels) = watch::channel(Levels::default());
        let told = Told {
            events: self.doors.events.clone(),
            levels: levels_in,
        };
        let inbox = Arc::new(Mutex::new(inbox));
        self.tasks.keep("sound", move || {
            let (config, roots, told) = (config.clone(), roots.clone(), told.clone());
            let (socket, inbox) = (socket.clone(), Arc::clone(&inbox));
            async move {
                let mut inbox = inbox.lock().await;
                sound::own(config, (roots, &socket), &mut inbox, told).await
            }
        });
        let hand = handle.clone();
        hands.sound = Some(Box::new(move |command| hand.command(command)));
        let again = handle.clone();
        let microphones = links.plan.microphones.iter();
        let cancels = microphones.filter(|device| device.cancels == OwnCanceller::Yes);
        self.checked.sound = Some(RoomSound::of_conferences(
            server,
            (
                cancels.map(|device| device.id.clone()).collect(),
                self.profile.sip.is_some(),
            ),
            Shelf::new(self.state.file(preflight::FOLDER)),
            move || again.command(SoundCommand::Reset),
        ));
        let (clients, events) = (links.clients.join("native"), self.doors.events.clone());
        let watching = async move { sound_clients::watch(&clients, events).await };
        self.tasks.run("the sound server's clients", watching);
        let figures = watchers::levels(levels.clone(), self.metrics.clone());
        self.tasks.run("figures of sound", figures);
        Some(Sound { handle, levels })
    }
}
