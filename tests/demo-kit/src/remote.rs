//! The far end: a person called Remote with a browser of her own, host of the practice conference.
//! Counts what really arrives there. Knows the practice page's markers; nothing of the room but its name.

use crate::page::Page;
use crate::wait::{Unseen, until};
use anyhow::Result;
use emulators::picture::{BAND_ROWS, HEIGHT, hue_of_rgb};
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::time::Duration;

/// What stands on her door plate.
pub const NAME: &str = "Remote";

/// What the far end counted about the room.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct FromRoom {
    /// The room is in the list of participants.
    pub there: bool,
    /// How many of that name are in the list: one that crashed stays for a while beside the one that came back.
    pub seats: u32,
    /// State of the newest peer connection.
    pub connection: String,
    /// Name of the peer connection: another one after a rejoin.
    pub pc: String,
    /// Microphone as the room's own page says.
    pub says_mic: String,
    /// Camera as the room's own page says.
    pub says_camera: String,
    /// Audio packets received.
    pub audio_packets: u64,
    /// Energy of the sound received, ever growing.
    pub audio_energy: f64,
    /// Sound samples that were taken out of the buffer to be played: grows while the far end's loudspeaker runs.
    pub audio_played: u64,
    /// Samples of them that were made up, because none had arrived.
    pub audio_made_up: u64,
    /// Video packets received.
    pub video_packets: u64,
    /// Video frames decoded.
    pub frames: u64,
    /// How often the door was opened to the room.
    pub admitted: u32,
}

/// The far end.
#[derive(Debug)]
pub struct Remote {
    page: Page,
    room: String,
}

impl Remote {
    /// Takes the browser behind `socket`; `room` is the name that the room carries in conferences.
    ///
    /// # Errors
    /// The browser does not start.
    pub async fn at(socket: &Path, room: &str) -> Result<Remote> {
        let page = Page::first(socket).await?;
        let room = room.to_owned();
        Ok(Remote { page, room })
    }

    /// Goes in as host with microphone and camera open, and lets the room in whenever it knocks.
    ///
    /// # Errors
    /// A step of it was not possible in time; says which.
    pub async fn join(&self, conference: &str, host_code: &str, language: &str) -> Result<()> {
        let address = format!("{conference}?name={NAME}&host={host_code}&lang={language}");
        self.page.prepare(COLLECTING).await?;
        self.page.open(&address).await?;
        for choice in ["choice-mic", "choice-camera"] {
            self.page.click(&format!("[data-test={choice}]")).await?;
        }
        self.page.click("[data-test=submit-join]").await?;
        let limit = Duration::from_secs(15);
        until(
            "the far end in its conference, microphone and camera open",
            limit,
            async || {
                let own: Own = self.look("practiceStats()").await?;
                let inside = own.at == "call" && own.mic == "open" && own.camera == "open";
                inside.then_some(()).ok_or_else(|| format!("{own:?}"))
            },
        )
        .await?;
        self.page.evaluate::<()>(&self.doorkeeper()).await
    }

    /// What arrived from the room so far.
    ///
    /// # Errors
    /// The far end's page does not answer.
    pub async fn counts(&self) -> Result<FromRoom> {
        self.page.evaluate(&self.counting()).await
    }

    /// Waits until what arrived fits.
    ///
    /// # Errors
    /// Not seen in time.
    pub async fn until(
        &self,
        wanted: &str,
        limit: Duration,
        fits: impl Fn(&FromRoom) -> bool,
    ) -> Result<FromRoom, Unseen> {
        until(wanted, limit, async || {
            let counts: FromRoom = self.look(&self.counting()).await?;
            if fits(&counts) {
                Ok(counts)
            } else {
                Err(words(&counts))
            }
        })
        .await
    }

    /// The colour along the lower edge of the room's picture as it is shown here, in degrees; nothing when there is
    /// no picture, or a grey one. The emulated camera's picture has a band there whose hue is the head's direction.
    ///
    /// # Errors
    /// The far end's page does not answer.
    pub async fn hue(&self) -> Result<Option<f64>> {
        let mean: Option<[u8; 3]> = self.page.evaluate(&self.looking()).await?;
        Ok(mean.and_then(hue_of_rgb))
    }

    /// Another window of this browser, for whoever wants to look at another page.
    ///
    /// # Errors
    /// The browser opens none.
    pub async fn window(&self, size: (u32, u32)) -> Result<Page> {
        self.page.window(size).await
    }

    /// What the far end sees, as JPEG.
    ///
    /// # Errors
    /// The browser gives no picture.
    pub async fn picture(&self) -> Result<Vec<u8>> {
        self.page.picture().await
    }

    /// Ends the conference for everybody, as hosts can.
    ///
    /// # Errors
    /// The page does not offer it.
    pub async fn leave(&self) -> Result<()> {
        self.page
            .click("[data-test=screen-call] [data-test=leave]")
            .await
    }

    async fn look<T: serde::de::DeserializeOwned>(&self, expression: &str) -> Result<T, String> {
        self.page
            .evaluate(expression)
            .await
            .map_err(|error| format!("{error:#}"))
    }

    fn counting(&self) -> String {
        format!("({COUNTING})({:?})", self.room)
    }

    fn looking(&self) -> String {
        let band = BAND_ROWS as f64 / HEIGHT as f64;
        format!("({LOOKING})({:?}, {band})", self.room)
    }

    fn doorkeeper(&self) -> String {
        format!("({DOORKEEPER})({:?})", self.room)
    }
}

#[derive(Debug, Deserialize)]
struct Own {
    at: String,
    mic: String,
    camera: String,
}

/// The page's own report leaves out how sound is played; its connections are kept where they can be asked.
const COLLECTING: &str = r"window.allConnections = [];
window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(...all) { super(...all); window.allConnections.push(this); }
};";

/// Media of people not in the list (any more) is counted, too, so that "nothing arrives" cannot be said too early.
const COUNTING: &str = r"async name => {
    const seats = document.querySelectorAll(`[data-test=participant][data-name='${name}']`);
    const seat = [...seats].at(-1);
    const stats = await practiceStats();
    const peer = stats.peers.filter(p => p.name === name).at(-1);
    const audio = peer?.inbound.audio ?? {}, video = peer?.inbound.video ?? {};
    let played = {};
    const live = (window.allConnections ?? []).filter(pc => pc.connectionState === 'connected').at(-1);
    for (const item of (await live?.getStats())?.values() ?? []) {
        if (item.type === 'inbound-rtp' && item.kind === 'audio') played = item;
    }
    return {
        there: !!seat, seats: seats.length, says_mic: seat?.dataset.mic ?? '', says_camera: seat?.dataset.camera ?? '',
        connection: peer?.connection ?? 'none', pc: peer?.pc ?? '',
        audio_packets: audio.packets ?? 0, audio_energy: audio.totalAudioEnergy ?? 0,
        audio_played: played.jitterBufferEmittedCount ?? 0, audio_made_up: played.concealedSamples ?? 0,
        video_packets: video.packets ?? 0, frames: video.frames ?? 0,
        admitted: window.roomAdmitted ?? 0,
    };
}";

/// The middle half of the band, so that its soft edges do not count.
const LOOKING: &str = r"(name, band) => {
    const tile = [...document.querySelectorAll('[data-test=tile]')].find(t => t.dataset.name === name);
    const video = tile?.querySelector('video'), w = video?.videoWidth, h = video?.videoHeight;
    if (!w || video.hidden) return null;
    const brush = new OffscreenCanvas(16, 4).getContext('2d', {willReadFrequently: true});
    brush.drawImage(video, w * 0.1, h * (1 - band * 0.75), w * 0.8, h * band * 0.5, 0, 0, 16, 4);
    const dots = brush.getImageData(0, 0, 16, 4).data, sum = [0, 0, 0];
    for (let i = 0; i < dots.length; i += 4) for (let c = 0; c < 3; c++) sum[c] += dots[i + c];
    return sum.map(s => Math.round(s / (dots.length / 4)));
}";

const DOORKEEPER: &str = r"name => {
    window.roomAdmitted ??= 0;
    const open = () => {
        for (const line of document.querySelectorAll('[data-test=lobby-person]')) {
            if (line.dataset.name !== name || line.dataset.opened) continue;
            line.dataset.opened = 'yes';
            window.roomAdmitted++;
            line.querySelector('[data-test=admit]').click();
        }
    };
    new MutationObserver(open).observe(document.body, {subtree: true, childList: true});
    open();
}";

/// What arrived, in a few words.
pub fn words(counts: &FromRoom) -> String {
    let there = if counts.there {
        "the room is there"
    } else {
        "the room is not there"
    };
    format!(
        "{there}, connection {}, {} audio packets (energy {:.4}, {} samples played, {} of them made up), \
         {} video packets, {} frames",
        counts.connection,
        counts.audio_packets,
        counts.audio_energy,
        counts.audio_played,
        counts.audio_made_up,
        counts.video_packets,
        counts.frames
    )
}
