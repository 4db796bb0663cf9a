//! What rooms say: lines that begin and end, states, figures, answers. Each counts only on its room's newest line.

use super::{Fleet, Whose};
use crate::history::Turn;
use crate::rooms::{Card, Late, Seen};
use crate::store::{Revision, StoreError};
use fleet_proto::{
    Answer, Desired, Epoch, Hello, ReleaseNow, Reported, RoomState, Sample, Stamped,
};

impl Fleet {
    /// A line begins: gives it a number, and lets go of the certificate that was renewed. `None` when the room is not welcome.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn line_begins(
        &self,
        whose: &Whose,
        serial: &str,
        hello: &Hello,
    ) -> Result<Option<Epoch>, StoreError> {
        let (tenant, room) = whose;
        if !self.welcomes(whose, serial).await? || !self.promote(whose, serial).await? {
            return Ok(None);
        }
        let now_ms = self.now_ms();
        loop {
            let kept = self.seen.get(tenant, room.as_str()).await?;
            let expected = kept.as_ref().map_or(Revision::ABSENT, |kept| kept.revision);
            let mut seen = match self.roster.card(tenant, room) {
                Some(card) => card.seen,
                None => return Ok(None),
            };
            // What it said at another server may not be in memory yet.
            if let Some(kept) = kept
                && kept.value.presence.epoch() > seen.presence.epoch()
            {
                seen = kept.value;
            }
            let epoch = seen.presence.epoch().next();
            if seen.presence.begin(epoch, now_ms).is_err() {
                continue;
            }
            seen.node = self.cluster.as_ref().map(|cluster| cluster.node.clone());
            seen.software = hello.software.clone();
            seen.verbs.clone_from(&hello.verbs);
            seen.boot = Some(hello.boot.clone());
            seen.clock_ahead_ms = hello.now_ms.saturating_sub(now_ms);
            // What it said on an older line is how it was, and says so by its age.
            match self
                .seen
                .put((tenant, room.as_str()), expected, &seen)
                .await
            {
                Ok(revision) => {
                    seen.kept = revision;
                    self.roster.see(tenant, room, |now| *now = seen);
                    return Ok(Some(epoch));
                }
                Err(StoreError::Conflict(_)) => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// False when the room is not enrolled (any more), which the store knows better than memory.
    async fn promote(&self, (tenant, room): &Whose, serial: &str) -> Result<bool, StoreError> {
        let Some(mut kept) = self.rooms.get(tenant, room).await? else {
            return Ok(false);
        };
        let next = kept.value.next.take_if(|next| next.serial == serial);
        let Some(next) = next else {
            return Ok(kept.value.certificate.serial == serial);
        };
        kept.value.certificate = next;
        match self.rooms.put(tenant, kept.revision, &kept.value).await {
            // Somebody changes the room at this moment; the next line promotes it.
            Err(StoreError::Conflict(_)) => Ok(true),
            Ok(_) => {
                self.roster.place(tenant, kept.value);
                Ok(true)
            }
            Err(error) => Err(error),
        }
    }

    /// A line has ended.
    pub async fn line_ends(&self, whose: &Whose, epoch: Epoch) {
        let now_ms = self.now_ms();
        let (tenant, room) = whose;
        let ended = self
            .roster
            .see(tenant, room, |seen| seen.presence.end(epoch, now_ms));
        if ended == Some(true) {
            if let Err(error) = self.keep_seen(whose, epoch).await {
                tracing::warn!(%error, %room, "what was seen of a room cannot be kept");
            }
            let turn = Turn::new(now_ms, "offline", Vec::new());
            self.remember(whose, turn).await;
        }
    }

    /// Writes what was seen; false when a newer line has the room.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn keep_seen(
        &self,
        (tenant, room): &Whose,
        epoch: Epoch,
    ) -> Result<bool, StoreError> {
        let mut known = None;
        loop {
            let Some(Card { seen, .. }) = self.roster.card(tenant, room) else {
                return Ok(false);
            };
            if seen.presence.epoch() != epoch {
                return Ok(false);
            }
            let (at, expected) = ((tenant, room.as_str()), known.unwrap_or(seen.kept));
            match self.seen.put(at, expected, &seen).await {
                Ok(revision) => {
                    self.roster.kept(tenant, room, revision);
                    return Ok(true);
                }
                // Somebody else wrote it, mostly another server.
                Err(StoreError::Conflict(_)) => {}
                Err(error) => return Err(error),
            }
            let kept = self.seen.get(tenant, room.as_str()).await?;
            if kept
                .as_ref()
                .is_some_and(|kept| kept.value.presence.epoch() > epoch)
            {
                return Ok(false);
            }
            known = Some(kept.map_or(Revision::ABSENT, |kept| kept.revision));
        }
    }

    /// The room, whole. What comes late or twice changes nothing.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn said_state(
        &self,
        whose: &Whose,
        epoch: Epoch,
        mut said: Stamped<RoomState>,
    ) -> Result<Heard, StoreError> {
        let (tenant, room) = whose;
        said.of.faults.truncate(RoomState::FAULTS);
        said.of.devices.truncate(RoomState::DEVICES);
        let Some(before) = self.roster.card(tenant, room) else {
            return Ok(Heard::Passed);
        };
        let now_ms = self.now_ms();
        let heard = self.roster.see(tenant, room, |seen| {
            let taken = seen.state(epoch, said, now_ms);
            Heard::of(taken, seen.presence.epoch() == epoch)
        });
        let heard = heard.unwrap_or(Heard::Passed);
        if heard != Heard::Taken {
            return Ok(heard);
        }
        if let Some(after) = self.roster.card(tenant, room)
            && codes(&before) != codes(&after)
        {
            let (light, faults) = codes(&after);
            self.remember(whose, Turn::new(now_ms, light, faults)).await;
            if self.cluster.is_some() {
                // The other servers show it, too, and not only when it is written anyway.
                self.keep_seen(whose, epoch).await?;
            }
        }
        Ok(Heard::Taken)
    }

    /// Figures; the newest of each name.
    pub fn said_sample(
        &self,
        (tenant, room): &Whose,
        epoch: Epoch,
        said: Stamped<Sample>,
    ) -> Heard {
        let now_ms = self.now_ms();
        let heard = self.roster.see(tenant, room, |seen| {
            let taken = seen.presence.said(epoch, said.seq);
            if taken.is_ok() {
                let figures = said.of.figures.into_iter().take(Sample::MOST);
                seen.figures = figures.map(|(code, v)| (code.to_string(), v)).collect();
                let Seen { usage, figures, .. } = seen;
                usage.note(figures, said.at_ms, now_ms);
            }
            Heard::of(taken, seen.presence.epoch() == epoch)
        });
        heard.unwrap_or(Heard::Passed)
    }

    /// What became of a desired document.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn said_reported(
        &self,
        whose: &Whose,
        epoch: Epoch,
        reported: Reported,
    ) -> Result<(), StoreError> {
        self.roster.see(&whose.0, &whose.1, |seen| {
            let newest = seen.presence.epoch() == epoch;
            let older = seen
                .reported
                .as_ref()
                .is_some_and(|r| r.revision > reported.revision);
            if newest && !older {
                seen.reported = Some(reported);
            }
        });
        self.keep_seen(whose, epoch).await.map(drop)
    }

    /// What became of a command.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn said_answer(&self, whose: &Whose, answer: Answer) -> Result<(), StoreError> {
        let at = (&whose.0, &whose.1);
        let heard = self.commands.hear(at, answer, self.now_ms()).await;
        heard.map(drop)
    }

    /// How far a room got with a release.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn said_release(&self, whose: &Whose, said: &ReleaseNow) -> Result<(), StoreError> {
        let at = (&whose.0, &whose.1);
        let heard = self.rollouts.hear(at, said, self.now_ms()).await?;
        if let Some((rollout, standing)) = heard {
            tracing::info!(room = %whose.1, rollout, is = standing.is.word(), "a room says how far it got with a release");
            self.roster.ring();
        }
        Ok(())
    }

    /// The document that a room shall be given: none when it runs with it or has refused it.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn desired_for(
        &self,
        (tenant, room): &Whose,
        hello: &Hello,
    ) -> Result<Option<Desired>, StoreError> {
        let desired = self.twin.desired(tenant, room).await?;
        let desired = desired.map(|doc| doc.desired);
        Ok(desired.filter(|desired| {
            let has = Some(desired.revision);
            hello.applied != has && hello.refused != has
        }))
    }
}

/// What became of something that has a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// It counts.
    Taken,
    /// It was said on a line that is no longer the newest.
    Passed,
    /// The newest line said it before: no room numbers two things alike.
    Again,
}

impl Heard {
    fn of(taken: Result<(), Late>, newest: bool) -> Heard {
        match (taken, newest) {
            (Ok(()), _) => Heard::Taken,
            (Err(Late), true) => Heard::Again,
            (Err(Late), false) => Heard::Passed,
        }
    }
}

/// A card's light with everything that speaks for it, as history keeps it.
pub(super) fn codes(card: &Card) -> (&'static str, Vec<String>) {
    let (light, _) = card.light();
    let misdeeds = card.seen.misdeeds.each();
    let misdeeds = misdeeds.map(|(what, _)| what.word().to_owned());
    let faults = card.seen.state.iter().flat_map(|state| &state.faults);
    let faults = faults.map(|fault| fault.code.to_string());
    (light.word(), misdeeds.chain(faults).collect())
}
