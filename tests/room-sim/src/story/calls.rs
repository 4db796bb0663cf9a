//! What a call reports, as words, both ways.

use super::words::{
    CONSENT, Doubt, END, NEED, STEP, SWITCH, TROUBLE, WHOM, Words, read_percent, word_of,
};
use room_core::event::{CallSeen, EndSeen, Flow, LensSeen, MediaSeen, SoundEnd};
use room_core::failure::CallFailure;

const LENS: &[(&str, LensSeen)] = &[
    ("the-rooms", LensSeen::TheRooms),
    ("another", LensSeen::Another),
];

const END_OF_SOUND: &[(&str, SoundEnd)] = &[
    ("microphone", SoundEnd::Microphone),
    ("loudspeaker", SoundEnd::Loudspeaker),
];

const SOUND: &[(&str, EndSeen)] = &[
    ("the-rooms", EndSeen::TheRooms),
    ("another", EndSeen::Another),
];

const FLOW: &[(&str, Flow)] = &[("runs", Flow::Runs), ("stands", Flow::Stands)];

/// Reads the words after the call's name.
pub fn read(words: &mut Words) -> Result<CallSeen, Doubt> {
    Ok(match words.next("what was seen")? {
        "warm" => CallSeen::Warm,
        "entering" => CallSeen::Entering(words.pick("step", STEP)?),
        "waiting" => CallSeen::Waiting(words.pick("whom", WHOM)?),
        "asks-passcode" => CallSeen::PasscodeAsked {
            rejected: words.eat("again"),
        },
        "needs" => CallSeen::PersonNeeded(words.pick("need", NEED)?),
        "wants-consent" => CallSeen::ConsentAsked(words.pick("consent", CONSENT)?),
        "agreed" => CallSeen::Agreed(words.pick("consent", CONSENT)?),
        "asks-to-unmute" => CallSeen::UnmuteAsked,
        "inside" => CallSeen::Inside,
        "mic" => CallSeen::Mic(words.pick("switch", SWITCH)?),
        "camera" => CallSeen::Camera(words.pick("switch", SWITCH)?),
        "lens" => CallSeen::Lens(words.pick("lens", LENS)?),
        "sound" => CallSeen::Sound(
            words.pick("end", END_OF_SOUND)?,
            words.pick("sound", SOUND)?,
        ),
        "volume" => CallSeen::Volume(words.read("volume", read_percent)?),
        "people" => CallSeen::People(words.read("number", |w| w.parse().ok())?),
        "media" => CallSeen::Media(MediaSeen {
            audio_in: words.pick("flow", FLOW)?,
            video_in: words.pick("flow", FLOW)?,
            audio_out: words.pick("flow", FLOW)?,
            video_out: words.pick("flow", FLOW)?,
        }),
        "trouble" => CallSeen::Trouble(words.pick("trouble", TROUBLE)?),
        "recovered" => CallSeen::Recovered,
        "over" => CallSeen::Over(words.pick("end", END)?),
        "failed" => CallSeen::Failed(words.read("failure", |word| {
            CallFailure::ALL.iter().copied().find(|f| f.code() == word)
        })?),
        word => return Err(format!("no call says {word:?}")),
    })
}

/// Prints the words after the call's name.
pub fn print(seen: &CallSeen) -> String {
    match seen {
        CallSeen::Warm => "warm".to_owned(),
        CallSeen::Entering(step) => format!("entering {}", word_of(STEP, step)),
        CallSeen::Waiting(whom) => format!("waiting {}", word_of(WHOM, whom)),
        CallSeen::PasscodeAsked { rejected: false } => "asks-passcode".to_owned(),
        CallSeen::PasscodeAsked { rejected: true } => "asks-passcode again".to_owned(),
        CallSeen::PersonNeeded(need) => format!("needs {}", word_of(NEED, need)),
        CallSeen::ConsentAsked(kind) => format!("wants-consent {}", word_of(CONSENT, kind)),
        CallSeen::Agreed(kind) => format!("agreed {}", word_of(CONSENT, kind)),
        CallSeen::UnmuteAsked => "asks-to-unmute".to_owned(),
        CallSeen::Inside => "inside".to_owned(),
        CallSeen::Mic(value) => format!("mic {}", word_of(SWITCH, value)),
        CallSeen::Camera(value) => format!("camera {}", word_of(SWITCH, value)),
        CallSeen::Lens(lens) => format!("lens {}", word_of(LENS, lens)),
        CallSeen::Sound(end, seen) => {
            format!(
                "sound {} {}",
                word_of(END_OF_SOUND, end),
                word_of(SOUND, seen)
            )
        }
        CallSeen::Volume(value) => format!("volume {}", value.get()),
        CallSeen::People(count) => format!("people {count}"),
        CallSeen::Media(m) => {
            let flows = [m.audio_in, m.video_in, m.audio_out, m.video_out];
            format!("media {}", flows.map(|f| word_of(FLOW, &f)).join(" "))
        }
        CallSeen::Trouble(trouble) => format!("trouble {}", word_of(TROUBLE, trouble)),
        CallSeen::Recovered => "recovered".to_owned(),
        CallSeen::Over(reason) => format!("over {}", word_of(END, reason)),
        CallSeen::Failed(failure) => format!("failed {}", failure.code()),
    }
}
