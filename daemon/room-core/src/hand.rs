//! What a person does on the call's own page, what the operator agreed to beforehand, and what the conference asks of the
//! room's microphone. Knows no pixel and no service.
//!
//! Invariant: hands reach the page only when asked: in a call by page, from the room, while a person is needed there, and at no other time.
//! Invariant: a hand on the page opens nothing: what the page opens under it, the room closes again.
//! Invariant: the room agrees only as the operator said, for that service and that kind.
//! Invariant: being asked opens nothing: only a press in the room opens a microphone.

use crate::call::{Stage, Visit};
use crate::effect::CallCommand;
use crate::event::{JoinStep, Origin, PersonNeeded};
use crate::ids::CallId;
use crate::limits;
use crate::meeting::By;
use crate::room::Room;
use crate::units::{Mono, Switch};
use crate::view::MicNote;
use core::fmt;
use serde::{Deserialize, Serialize};

/// What a hand does on the page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Hand {
    /// Taps.
    Tap(Spot),
    /// Turns what lies there.
    Scroll {
        /// Where.
        at: Spot,
        /// How far, in hundredths of the page's visible height; positive shows what stands below.
        by: i16,
    },
    /// Takes what lies there and puts it elsewhere, such as a slider's knob.
    Drag {
        /// Where it is taken.
        from: Spot,
        /// Where it is let go.
        to: Spot,
    },
    /// Types text into whatever has the focus.
    Type(Typed),
    /// Presses a key.
    Key(PageKey),
}

/// A place on the page, in ten-thousandths of its visible width and height from the upper left.
/// Prints and records as nothing: taps on a page's own number pad would tell a PIN.
#[derive(Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Spot {
    #[serde(skip)]
    x: u16,
    #[serde(skip)]
    y: u16,
}

impl Spot {
    /// The far corner.
    pub const WHOLE: u16 = 10_000;

    /// A place; beyond the page means its edge.
    pub fn new(x: u16, y: u16) -> Spot {
        Spot {
            x: x.min(Self::WHOLE),
            y: y.min(Self::WHOLE),
        }
    }

    /// From the left, in ten-thousandths; only for the page itself.
    pub fn x(self) -> u16 {
        self.x
    }

    /// From above, likewise.
    pub fn y(self) -> u16 {
        self.y
    }
}

impl fmt::Debug for Spot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<spot>")
    }
}

/// Text on its way to the page. Prints and records as nothing, not even as a mark that tells equal from different:
/// of texts as short as one letter that would be telling.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Typed {
    #[serde(skip)]
    text: String,
}

impl Typed {
    /// Wraps the text.
    pub fn new(text: impl Into<String>) -> Typed {
        Typed { text: text.into() }
    }

    /// The text itself, for the page alone.
    pub fn reveal(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for Typed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<typed>")
    }
}

/// Keys that pass to the page. No letters among them, and the blank only onto something that has the focus: services open
/// microphones by such.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum PageKey {
    /// To the next field.
    Tab,
    /// To the field before.
    BackTab,
    /// Activates what has the focus.
    Enter,
    /// Closes what stands in front.
    Escape,
    /// Deletes the character before.
    Backspace,
    /// Deletes the one after.
    Delete,
    /// One up.
    Up,
    /// One down.
    Down,
    /// One to the left.
    Left,
    /// One to the right.
    Right,
    /// Ticks or presses what has the focus; nothing where nothing has it.
    Space,
}

/// What a conference may want consent for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Consent {
    /// Sound or picture are recorded or streamed.
    Recording,
    /// What is said is written down or summed up by a machine.
    Transcript,
    /// Terms of use or a privacy notice of the service.
    Terms,
}

impl Consent {
    /// Every kind.
    pub const ALL: &'static [Consent] = &[Self::Recording, Self::Transcript, Self::Terms];

    /// The word that files, packs, faces and logs use.
    pub fn code(self) -> &'static str {
        match self {
            Self::Recording => "recording",
            Self::Transcript => "transcript",
            Self::Terms => "terms",
        }
    }

    /// The kind of a word.
    pub fn of_code(word: &str) -> Option<Consent> {
        Self::ALL.iter().copied().find(|kind| kind.code() == word)
    }
}

/// What was agreed to in a visit, and how often the room did so in this call.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Agreed {
    pub kinds: Vec<Consent>,
    pub times: u8,
}

impl Room {
    /// Whether a hand may reach the page. What is asked inside has no limit: it ends with the question or the call.
    pub(crate) fn hand_may(&self) -> bool {
        let page = |visit: &&Visit| visit.by == By::Page;
        let Some(visit) = self.visit.as_ref().filter(page) else {
            return false;
        };
        let asks = matches!(visit.stage, Stage::PersonNeeded(_));
        let in_time = match visit.inside {
            Some(_) => true,
            None => self.hand_until().is_some_and(|until| self.now < until),
        };
        !self.stopping && asks && in_time
    }

    /// Until when, while a person is needed before the door.
    pub(crate) fn hand_until(&self) -> Option<Mono> {
        let visit = self.visit.as_ref()?;
        let asks = matches!(visit.stage, Stage::PersonNeeded(_));
        visit.patience.person_by.filter(|_| asks)
    }

    /// A person is at it: nobody is cut off in the middle of a form, though not for ever.
    pub(crate) fn hand(&mut self, hand: Hand, origin: Origin) {
        if !origin.in_room() || !self.hand_may() {
            return;
        }
        let now = self.now;
        let Some(visit) = self.visit.as_mut() else {
            return;
        };
        let patience = &mut visit.patience;
        let busy = now.plus(limits::PERSON_BUSY);
        patience.person_by = patience.person_by.map(|by| {
            let most = patience.person_most.unwrap_or(by);
            by.max(busy.min(most))
        });
        let call = visit.call;
        self.command_call(call, CallCommand::Hand(hand));
    }

    /// The page wants consent: given where the operator gave it beforehand, else asked of a person.
    pub(crate) fn consent_asked(&mut self, call: CallId, kind: Consent) {
        let now = self.now;
        let agreed = self.agreed_beforehand(kind);
        let Some(visit) = self.visit.as_mut() else {
            return;
        };
        if !agreed || visit.agreed.times >= limits::AGREE_TIMES {
            self.person_needed(PersonNeeded::Consent(Some(kind)));
            return;
        }
        visit.agreed.times += 1;
        if visit.inside.is_none() {
            visit.enter_stage(Stage::Joining(JoinStep::FillingIn), now);
        }
        self.command_call(call, CallCommand::Agree(kind));
    }

    /// Whether the operator agreed to this at the service of the running call.
    pub(crate) fn agreed_beforehand(&self, kind: Consent) -> bool {
        let target = self.visit.as_ref().and_then(|v| v.target.as_ref());
        target.is_some_and(|target| {
            let lists =
                |(service, said): &(_, Consent)| *service == target.service && *said == kind;
            self.plan.consents.iter().any(lists)
        })
    }

    pub(crate) fn agreed(&mut self, kind: Consent) {
        if let Some(visit) = self.visit.as_mut()
            && !visit.agreed.kinds.contains(&kind)
        {
            visit.agreed.kinds.push(kind);
        }
    }

    /// Somebody in the conference asks the room to speak. It is said, and nothing else.
    pub(crate) fn unmute_asked(&mut self) {
        let now = self.now;
        let closed = self.mic.wanted() == Switch::Closed;
        if let Some(visit) = self.visit.as_mut().filter(|v| v.is_inside() && closed) {
            visit.mic_note = Some((MicNote::AskedToUnmute, now));
        }
    }

    /// The microphone as read back; what closes it without a press in the room is said.
    pub(crate) fn read_mic(&mut self, value: Switch) {
        let now = self.now;
        let was_open = self.mic.wanted() == Switch::Open && self.mic.becoming().is_none();
        self.mic.read(value);
        let closed = value == Switch::Closed && self.mic.wanted() == Switch::Closed;
        if let Some(visit) = self.visit.as_mut().filter(|v| v.is_inside())
            && was_open
            && closed
        {
            visit.mic_note = Some((MicNote::Muted, now));
        }
    }

    /// What is said beside the microphone, as long as it is news and the microphone is closed.
    pub(crate) fn mic_note(&self) -> Option<MicNote> {
        let visit = self.visit.as_ref().filter(|v| v.is_inside())?;
        let (note, since) = visit.mic_note?;
        (self.now < since.plus(limits::NOTE_SHOWN)).then_some(note)
    }

    /// When that goes away by itself.
    pub(crate) fn mic_note_until(&self) -> Option<Mono> {
        let (_, since) = self.visit.as_ref()?.mic_note?;
        Some(since.plus(limits::NOTE_SHOWN))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_hand_is_printed_or_recorded() {
        let hands = [
            Hand::Tap(Spot::new(4711, 815)),
            Hand::Scroll {
                at: Spot::new(4711, 815),
                by: 40,
            },
            Hand::Drag {
                from: Spot::new(4711, 815),
                to: Spot::new(815, 4711),
            },
            Hand::Type(Typed::new("geheim4711815")),
        ];
        for hand in hands {
            let said = format!(
                "{hand:?}{}",
                serde_json::to_string(&hand).expect("serializable")
            );
            for secret in ["4711", "815", "geheim"] {
                assert!(!said.contains(secret), "{said}");
            }
        }
        let record = |text| serde_json::to_string(&Typed::new(text)).expect("serializable");
        assert_eq!(record("a"), record("b"), "not even whether texts are equal");
        let again: Typed = serde_json::from_str(&record("a")).expect("readable");
        assert_eq!(again, Typed::default());
    }

    #[test]
    fn a_spot_beyond_the_page_is_its_edge() {
        let spot = Spot::new(20_000, 3);
        assert_eq!((spot.x(), spot.y()), (Spot::WHOLE, 3));
    }
}
