//! A release of the file of the room's board: fetched, judged, used on trial, by a new start of the daemon where it takes one, and kept
//! when the room works as before. Which file counts, and what is used once only, `boards` knows.

use super::packages::LOOK;
use super::proving::{Before, Proving, Said, Stop, not_fetched, now};
use super::{Ask, BoardChange};
use crate::boards::Boards;
use crate::reload::words;
use config_files::{BoardFile, BoardFrom, MAX_BYTES, Released, judge_board};
use fleet_proto::Offer;
use releases::{Kind, TargetName};
use tokio::sync::{mpsc, oneshot};
use tokio::time::sleep;
use tracing::warn;

impl Proving {
    pub(super) async fn take_board(
        &self,
        offer: &Offer,
        say: &mpsc::Sender<Said>,
    ) -> Result<(), Stop> {
        let target: TargetName = offer
            .target
            .as_str()
            .parse()
            .map_err(|_| Stop::refused("release-not-listed"))?;
        if let Some(before) = &self.cut_off {
            return self.after_a_start(&target, before).await;
        }
        let in_use = self.boards.in_use();
        let in_use = in_use.ok_or(Stop::refused("release-other-board"))?;
        if name_of(&in_use).as_ref() == Some(&target) {
            return Ok(());
        }
        let released = self.fetch_board(&target, &in_use).await?;
        let before = self.before().await?;
        self.still(offer)?;
        self.begin(offer, before.clone(), say).await?;
        self.kept.forget_verdict();
        if let Err(why) = self.change_board(BoardChange::Try(released)).await {
            warn!(why, "the board's file of a release cannot be used");
            self.boards.give_up();
            return Err(Stop::refused("release-board-unfit"));
        }
        self.prove_board(&before).await
    }

    /// What a new start of the daemon belongs to, or cut off.
    async fn after_a_start(&self, target: &TargetName, before: &Before) -> Result<(), Stop> {
        if let Some(verdict) = self.kept.verdict() {
            match is(&self.boards, target) {
                true => self.go_back(&verdict).await,
                false => self.kept.forget_verdict(),
            }
            return Err(verdict);
        }
        match (is(&self.boards, target), self.boards.on_trial()) {
            (true, Some(_)) => self.prove_board(before).await,
            // It was proven, and nobody heard of it.
            (true, None) => Ok(()),
            (false, _) => Err(Stop::failed("interrupted")),
        }
    }

    /// The file, where the room could use it.
    async fn fetch_board(&self, target: &TargetName, in_use: &BoardFile) -> Result<Released, Stop> {
        let of = target.as_str().split('/').nth(1);
        if of != Some(in_use.board.as_str()) {
            return Err(Stop::refused("release-other-board"));
        }
        if in_use.from == BoardFrom::Machine {
            return Err(Stop::refused("release-own-board"));
        }
        let list = self.list().await?;
        let found = list
            .release(&self.dialler, (target, MAX_BYTES), now())
            .await;
        let (bytes, listed) = found.map_err(not_fetched)?;
        let custom = listed.custom.filter(|custom| custom.kind == Kind::Board);
        let custom = custom.ok_or(Stop::refused("release-unknown-kind"))?;
        let refused = || Stop::refused("release-board-refused");
        let text = String::from_utf8(bytes).map_err(|_| refused())?;
        let released = Released::new(&in_use.board, &text);
        let named = TargetName::board(&released.board, &released.revision().to_string());
        if named.as_ref() != Ok(target) || custom.of != released.board {
            return Err(refused());
        }
        if let Err(error) = judge_board(&released) {
            let problem = words(&error);
            warn!(problem, "the board's file of a release is refused");
            return Err(refused());
        }
        if released.revision() <= in_use.revision() {
            return Err(Stop::refused("release-not-newer"));
        }
        self.boards.fits(&released).map_err(|unfit| {
            warn!(%unfit, "the board's file of a release does not fit this room");
            Stop::refused(unfit.code())
        })?;
        Ok(released)
    }

    /// Whether the room works as before with it; else it is gone back from.
    async fn prove_board(&self, before: &Before) -> Result<(), Stop> {
        let works = match self.settled(before).await {
            Ok(()) => self.as_before(before).await,
            Err(stop) => Err(stop),
        };
        let kept = works.and_then(|()| {
            self.boards.keep().map_err(|error| {
                let error = format!("{error:#}");
                warn!(error, "a proven file of the board cannot be kept");
                Stop::failed("release-not-kept")
            })
        });
        if let Err(stop) = &kept {
            self.go_back(stop).await;
        }
        kept
    }

    /// Returns when the room is back without a new start of the daemon; else that start says why.
    async fn go_back(&self, stop: &Stop) {
        if let Err(error) = self.kept.keep_verdict(stop) {
            let error = format!("{error:#}");
            warn!(error, "why a board's file is gone back from cannot be kept");
        }
        self.boards.give_up();
        // A new start ends no call, and still nobody who uses the room shall notice it.
        while self.is_needed() {
            sleep(LOOK).await;
        }
        if let Err(why) = self.change_board(BoardChange::GiveUp).await {
            warn!(
                why,
                "the board's file before cannot be used until the next start"
            );
        }
        self.kept.forget_verdict();
    }

    async fn change_board(&self, change: BoardChange) -> Result<(), String> {
        let (done, answer) = oneshot::channel();
        self.answered(Ask::Board { change, done }, answer).await
    }
}

fn name_of(file: &BoardFile) -> Option<TargetName> {
    TargetName::board(&file.board, &file.revision().to_string()).ok()
}

/// Whether this release is the file that counts.
fn is(boards: &Boards, target: &TargetName) -> bool {
    let in_use = boards.in_use();
    in_use.and_then(|file| name_of(&file)).as_ref() == Some(target)
}
