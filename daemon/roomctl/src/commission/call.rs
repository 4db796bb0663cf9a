//! The trial call: the room joins a practice conference of its own with the installer's device, and its own figures say what
//! was seen and heard. Opens no microphone and no camera: only a person in the room can.

use super::ask::Who;
use crate::client::Client;
use anyhow::Result;
use commission::{Finding, Left, Measure, Proof, Proven, Way};
use commission_page::desk::Said;
use commission_page::{Heard, Screen};
use room_api::{Media, Phase, PracticeCallAnswer, PracticeCallRequest, PressRequest};
use std::time::{Duration, Instant};

/// A daemon that begins anew with its room is back within this, its browser with it.
const BACK: Duration = Duration::from_secs(60);
/// The room is in a conference of its own within this, or never.
const INSIDE: Duration = Duration::from_secs(60);
/// For a person to join with a phone, and to open microphone and camera at both ends.
const BOTH_WAYS: Duration = Duration::from_secs(600);
/// Figures are of the last seconds; a look each second misses nothing.
const LOOK: Duration = Duration::from_secs(1);

/// Holds the call; what keeps it from being held is said, and nothing is left behind.
pub async fn prove(who: &Who, client: &Client) -> Proven {
    let proof = Proof::Call;
    // By script there is nobody with a second device.
    if !who.is_person() {
        return Proven::left(proof, Left::Person);
    }
    let opened = match open(client).await {
        Ok(opened) => opened,
        Err(error) => {
            eprintln!("roomctl: {error:#}");
            return Proven::left(proof, Left::NothingThere);
        }
    };
    let (Some(meeting), Some(link)) = (opened.meeting, opened.link) else {
        return Proven::left(proof, Left::NothingThere);
    };
    if who.page().is_none() {
        let minutes = BOTH_WAYS.as_secs() / 60;
        eprintln!("  {}", link.reveal());
        eprintln!(
            "  join there, open microphone and camera at both ends, and speak; it waits for {minutes} minutes"
        );
    }
    let mut call = Call {
        who,
        client,
        link: link.reveal().to_owned(),
        heard: Heard::default(),
    };
    let came = call.hold(meeting).await;
    let _ = client.press(&PressRequest::Leave {});
    let _: Result<PracticeCallAnswer> = client.post(PATH, &PracticeCallRequest { open: false });
    judge(came, call.heard)
}

const PATH: &str = "/api/v1/practice-call";

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Came {
    /// Everything ran, after so long.
    Whole(Duration),
    /// Time was up, or the person had enough.
    Short,
    /// The person left it for later.
    Later,
}

fn judge(came: Came, heard: Heard) -> Proven {
    let proof = Proof::Call;
    match came {
        Came::Whole(took) => return Proven::of(proof).with(Measure::Took, took.as_secs_f64()),
        Came::Later if heard == Heard::default() => return Proven::left(proof, Left::Person),
        Came::Short | Came::Later => {}
    }
    if !heard.inside {
        return Proven::found(proof, Finding::NotInCall);
    }
    let ways = [
        (heard.audio_in, Way::AudioIn),
        (heard.audio_out, Way::AudioOut),
        (heard.video_in, Way::VideoIn),
        (heard.video_out, Way::VideoOut),
    ];
    let missing = ways.into_iter().filter(|(seen, _)| !seen);
    Proven {
        findings: missing.map(|(_, way)| Finding::NothingCame(way)).collect(),
        ..Proven::of(proof)
    }
}

/// The conference, as soon as the daemon is there with its room.
async fn open(client: &Client) -> Result<PracticeCallAnswer> {
    let until = Instant::now() + BACK;
    loop {
        let asked = client.post(PATH, &PracticeCallRequest { open: true });
        match asked {
            // One that begins anew leaves its socket's file behind for a moment; where there is none, nobody comes.
            Err(_) if Instant::now() < until && client.was_here() => {
                tokio::time::sleep(LOOK).await;
            }
            asked => return asked,
        }
    }
}

struct Call<'a> {
    who: &'a Who,
    client: &'a Client,
    link: String,
    heard: Heard,
}

impl Call<'_> {
    async fn hold(&mut self, meeting: String) -> Came {
        let began = Instant::now();
        self.show();
        let join = PressRequest::Join {
            meeting: Some(meeting),
        };
        let mut joined = self.client.press(&join).is_ok();
        loop {
            let _: Result<PracticeCallAnswer> =
                self.client.post(PATH, &PracticeCallRequest { open: true });
            if !joined {
                joined = self.client.press(&join).is_ok();
            }
            self.look();
            self.show();
            let Heard {
                inside,
                audio_in,
                audio_out,
                video_in,
                video_out,
            } = self.heard;
            if audio_in && audio_out && video_in && video_out {
                return Came::Whole(began.elapsed());
            }
            let limit = if inside { BOTH_WAYS } else { INSIDE };
            if began.elapsed() > limit {
                return Came::Short;
            }
            tokio::time::sleep(LOOK).await;
            // Before the screen changes, which forgets what was said to the one before.
            if let Some(page) = self.who.page()
                && let Some(Said::Enough) = page.desk().heard()
            {
                return Came::Later;
            }
        }
    }

    /// What was seen once counts: people open one thing after another.
    fn look(&mut self) {
        let Ok(state) = self.client.state() else {
            return;
        };
        self.heard.inside |= matches!(state.phase, Phase::InCall { .. });
        if let Some(Media {
            audio_in,
            video_in,
            audio_out,
            video_out,
        }) = state.media
        {
            self.heard.audio_in |= audio_in;
            self.heard.video_in |= video_in;
            self.heard.audio_out |= audio_out;
            self.heard.video_out |= video_out;
        }
    }

    fn show(&self) {
        if let Some(page) = self.who.page() {
            page.desk().show(Screen::Call {
                link: self.link.clone(),
                heard: self.heard,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole() -> Heard {
        Heard {
            inside: true,
            audio_in: true,
            video_in: true,
            audio_out: true,
            video_out: true,
        }
    }

    #[test]
    fn what_did_not_come_is_named_and_nothing_else() {
        let deaf = Heard {
            audio_in: false,
            ..whole()
        };
        let proven = judge(Came::Short, deaf);
        assert_eq!(proven.findings, [Finding::NothingCame(Way::AudioIn)]);
        let proven = judge(Came::Whole(Duration::from_secs(9)), whole());
        assert!(proven.findings.is_empty() && proven.left.is_none());
        assert_eq!(
            judge(Came::Short, Heard::default()).findings,
            [Finding::NotInCall]
        );
    }

    #[test]
    fn a_call_for_later_is_no_failure_unless_it_began() {
        assert_eq!(
            judge(Came::Later, Heard::default()).left,
            Some(Left::Person)
        );
        let inside = Heard {
            inside: true,
            ..Heard::default()
        };
        assert_eq!(judge(Came::Later, inside).findings.len(), 4);
    }
}
