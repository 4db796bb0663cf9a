//! Decides how one conference is entered, watched, operated and left. Pure and total: facts and commands in, things to
//! do and to report out; the clock is an argument. Knows no browser, only what a page was seen to show.
//!
//! Invariant: entering waits for the signs that microphone and camera will be closed.
//! Invariant: a command for a device is a wanted state, tried a bounded number of times, never a change of state.
//! Invariant: a hand reaches the page only while the page needs a person, so that a late one cannot press what came after.
//! Invariant: steps that agree are done only on command, for exactly the kind that was commanded.
//! Invariant: after the call is over nothing more is reported.

mod devices;
mod screens;
#[cfg(test)]
mod tests;
mod trouble;

use crate::pack::{Act, Pack, PageState, Text};
pub use devices::Device;
use devices::Devices;
use room_core::effect::{CallCommand, CallRequest};
use room_core::event::{CallSeen, EndReason, EndSeen, JoinStep, LensSeen, MediaSeen, SoundEnd};
use room_core::failure::CallFailure;
use room_core::hand::Hand;
use room_core::ids::Private;
use room_core::units::{Mono, Percent, Switch};
use screens::Run;
use std::collections::BTreeMap;
use std::sync::Arc;
use trouble::Health;

/// Something that happened.
#[derive(Debug, Clone)]
pub enum Input {
    /// The room asks.
    Command(CallCommand),
    /// The page is there and shows a document of the link.
    Opened,
    /// The page of an earlier daemon was found and is watched again.
    Found,
    /// There is no page, or none any more.
    Vanished,
    /// The page could not be loaded, or shows an error of the network.
    Unreachable,
    /// The page went to a host that is not allowed.
    Strayed,
    /// The browser would not give us a page.
    BrowserRefused,
    /// What the page shows now.
    Saw(View),
    /// What flows now.
    Media(Sample),
    /// How loud the page is now.
    Volume(Percent),
    /// Which camera the page was given.
    Lens(LensSeen),
    /// Which microphone or loudspeaker the page has.
    Sound(SoundEnd, EndSeen),
    /// A step or a turn ended.
    Did(Ticket, Did),
    /// The page's process died.
    Crashed,
    /// The page does not answer.
    Froze,
    /// The page answers again.
    Thawed,
    /// Page and profile are destroyed.
    Closed,
    /// A deadline is due.
    Tick,
}

/// Something to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Open the link in a fresh profile; answered by `Opened`, `Unreachable`, `Strayed` or `BrowserRefused`.
    Open,
    /// Find the page of an earlier daemon; answered by `Found` or `Vanished`.
    Find,
    /// Carry out a step of the pack; answered by `Did`.
    Step(StepOrder),
    /// Bring a device of the page into a state; answered by `Did`.
    Turn(Ticket, Device, Switch),
    /// Let through what the page captures from a device, or nothing of it, whatever the page itself believes. In every
    /// fresh document nothing is let through.
    Gate(Device, Switch),
    /// Pass this on to the page as real input.
    Hand(Hand),
    /// Measure the media now instead of at the next second.
    Sample,
    /// Make the page this loud.
    SetVolume(Percent),
    /// Destroy page and profile; answered by `Closed`.
    Close(Evidence),
    /// Report.
    Say(CallSeen),
}

/// A step to carry out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepOrder {
    /// The answer carries it.
    pub ticket: Ticket,
    /// The step's name.
    pub step: String,
    /// The rule on whose screen it is done: the frame that showed it is the place.
    pub rule: Option<usize>,
    /// The text to put in.
    pub text: Option<Private>,
    /// The script's way had no effect; press with real mouse events.
    pub insist: bool,
}

/// Names one thing that is being done; an answer with an old ticket is ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ticket(pub u64);

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Did {
    /// Done, as far as the element itself shows.
    Done,
    /// There was no text to put in, and the field holds something already.
    Filled,
    /// Its element did not come, or was not visible and enabled in time.
    Absent,
    /// Its element does not take what was put in.
    Refused,
}

/// Whether a screenshot and an outline are kept before the page is destroyed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evidence {
    /// Keep them.
    Keep,
    /// There is nothing to learn from them.
    Nothing,
}

/// What a page shows, over all its frames.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct View {
    /// Rules that match, by index.
    pub rules: Vec<usize>,
    /// Rules whose signs of a dark entry hold, by index.
    pub dark: Vec<usize>,
    /// The microphone, as the page shows it.
    pub mic: Option<Switch>,
    /// The camera, as the page shows it.
    pub camera: Option<Switch>,
    /// Other people.
    pub others: Option<u16>,
    /// Whether the list of people shows anybody at all, the room itself counted.
    pub anybody: bool,
    /// The document is there (not blank, not still loading).
    pub ready: bool,
    /// The server's answer to the page's address; 0 when unknown.
    pub status: u16,
}

/// What the media statistics say, over all frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// What flows.
    pub seen: MediaSeen,
    /// Peer connections that were set up.
    pub links: u16,
    /// Those of them that are connected.
    pub up: u16,
    /// Whether anything at all came from the far ends since the last sample, be it only a sign of life.
    pub pulse: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Goal {
    /// Up to the point before entering.
    Warm,
    /// In the call.
    Inside,
    /// Out of it.
    Out,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Nothing was asked yet.
    Idle,
    /// The page is being opened or looked for.
    Opening,
    /// The page is there.
    Open,
    /// Page and profile are being destroyed; then this is said.
    Closing { say_left: bool },
    /// Nothing more will happen.
    Over,
}

/// One attempt to be in a conference.
#[derive(Debug)]
pub struct Call {
    pack: Arc<Pack>,
    now: Mono,
    goal: Goal,
    stage: Stage,
    /// Taken over from an earlier daemon: what the devices do there was decided before.
    adopted: bool,
    display_name: String,
    /// A passcode that was not tried yet.
    code: Option<Private>,
    code_tried: bool,
    /// What is given where a mail address is asked for.
    mail: Option<Private>,
    view: View,
    top: Option<usize>,
    top_since: Mono,
    run: Run,
    tries: u8,
    leave_until: Option<Mono>,
    inside_since: Option<Mono>,
    inside: bool,
    devices: Devices,
    health: Health,
    said: Said,
    last_ticket: u64,
    /// A person acted on the page: what they typed there may stand in a picture of it.
    touched: bool,
    wake: Option<Mono>,
    out: Vec<Output>,
}

/// What was reported last, so that only changes are.
#[derive(Debug, Default)]
struct Said {
    stage: Option<CallSeen>,
    mic: Option<Switch>,
    camera: Option<Switch>,
    volume: Option<Percent>,
    lens: Option<LensSeen>,
    sound: BTreeMap<SoundEnd, EndSeen>,
    people: Option<u16>,
    media: Option<MediaSeen>,
    unmute: bool,
}

impl Call {
    /// A call that nothing was asked of yet.
    pub fn new(pack: Arc<Pack>, now: Mono) -> Self {
        Self {
            pack,
            now,
            goal: Goal::Warm,
            stage: Stage::Idle,
            adopted: false,
            display_name: String::new(),
            code: None,
            code_tried: false,
            mail: None,
            view: View::default(),
            top: None,
            top_since: now,
            run: Run::Fresh,
            tries: 0,
            leave_until: None,
            inside_since: None,
            inside: false,
            devices: Devices::default(),
            health: Health::new(now),
            said: Said::default(),
            last_ticket: 0,
            touched: false,
            wake: None,
            out: Vec::new(),
        }
    }

    /// What to give where a mail address is asked for.
    pub fn giving(mut self, mail: Option<Private>) -> Self {
        self.mail = mail;
        self
    }

    /// Takes what happened and says what is to be done.
    pub fn step(&mut self, now: Mono, input: Input) -> Vec<Output> {
        self.now = now;
        self.wake = None;
        if self.stage == Stage::Over {
            return Vec::new();
        }
        match (self.stage, input) {
            (Stage::Closing { .. }, Input::Closed) => self.closed(),
            (Stage::Closing { .. }, Input::Command(CallCommand::Drop)) => {
                self.stage = Stage::Closing { say_left: false };
            }
            (Stage::Closing { .. }, _) => {}
            (_, input) => {
                self.take(input);
                self.settle();
            }
        }
        std::mem::take(&mut self.out)
    }

    /// When [`Input::Tick`] is to come at the latest.
    pub fn deadline(&self) -> Option<Mono> {
        self.wake
    }

    /// Whether nothing more will happen.
    pub fn over(&self) -> bool {
        self.stage == Stage::Over
    }

    /// The rule that knows the screen that is shown now, by index.
    pub fn screen(&self) -> Option<usize> {
        self.top
    }

    /// Whether the page should be asked for signs of life.
    pub fn watched(&self) -> bool {
        self.stage == Stage::Open
    }

    fn take(&mut self, input: Input) {
        match input {
            Input::Command(command) => self.command(command),
            Input::Opened | Input::Found => self.opened(),
            Input::Vanished => self.end(EndReason::PageGone),
            Input::Unreachable if self.inside => {
                self.fail(CallFailure::ConnectionLost, Evidence::Nothing)
            }
            Input::Unreachable => self.fail(CallFailure::Unreachable, Evidence::Nothing),
            Input::Strayed => self.fail(CallFailure::StrayHost, Evidence::Nothing),
            Input::BrowserRefused => self.fail(CallFailure::BrowserBroken, Evidence::Nothing),
            Input::Saw(view) => self.view = view,
            Input::Media(sample) => self.measured(sample),
            Input::Volume(level) => {
                if self.said.volume.replace(level) != Some(level) {
                    self.say(CallSeen::Volume(level));
                }
            }
            Input::Lens(lens) => self.lens(lens),
            Input::Sound(end, seen) => self.sound(end, seen),
            Input::Did(ticket, did) => self.did(ticket, did),
            Input::Crashed => self.crashed(),
            Input::Froze => self.froze(),
            Input::Thawed => self.thawed(),
            Input::Closed | Input::Tick => {}
        }
    }

    fn command(&mut self, command: CallCommand) {
        match command {
            CallCommand::Warm(request) => self.begin(request, Goal::Warm, Output::Open),
            CallCommand::Join(request) => self.begin(request, Goal::Inside, Output::Open),
            CallCommand::Adopt(request) => {
                self.adopted = true;
                self.devices.adopt();
                self.begin(request, Goal::Warm, Output::Find);
            }
            CallCommand::Passcode(code) => {
                self.code = Some(code);
                self.said.stage = None;
                self.tries = 0;
                self.run = Run::Fresh;
            }
            CallCommand::Agree(kind) => self.agree(kind),
            CallCommand::Hand(hand) if self.needs_a_person() => {
                self.touched = true;
                self.out.push(Output::Hand(hand));
            }
            // A page's sound is the browser's as a whole.
            CallCommand::Hand(_) | CallCommand::SoundAnew => {}
            CallCommand::Mic(wanted) => self.want_device(Device::Mic, wanted),
            CallCommand::Camera(wanted) => self.want_device(Device::Camera, wanted),
            CallCommand::Volume(level) => {
                self.devices.volume = Some(level);
                if self.stage == Stage::Open {
                    self.out.push(Output::SetVolume(level));
                }
            }
            CallCommand::Leave => self.goal = Goal::Out,
            CallCommand::Drop => {
                self.stage = Stage::Closing { say_left: false };
                self.out.push(Output::Close(Evidence::Nothing));
            }
        }
    }

    fn begin(&mut self, request: CallRequest, goal: Goal, how: Output) {
        if self.goal == Goal::Warm && goal == Goal::Inside && self.top.is_some() {
            // What the prepared page showed was no news then; now it is.
            self.said.stage = None;
            if let Some(lens) = self.said.lens.take() {
                self.lens(lens);
            }
            for (end, seen) in core::mem::take(&mut self.said.sound) {
                self.sound(end, seen);
            }
        }
        if self.goal != Goal::Out {
            self.goal = goal;
        }
        if self.stage != Stage::Idle {
            return;
        }
        self.stage = Stage::Opening;
        self.code = request.way().and_then(|way| way.passcode().cloned());
        self.display_name = request.display_name;
        if how == Output::Open {
            self.say_stage(CallSeen::Entering(JoinStep::Opening));
        }
        self.out.push(how);
    }

    fn opened(&mut self) {
        if self.stage != Stage::Opening {
            return;
        }
        self.stage = Stage::Open;
        self.top_since = self.now;
        self.health = Health::new(self.now);
        if let Some(level) = self.devices.volume {
            self.out.push(Output::SetVolume(level));
        }
    }

    fn closed(&mut self) {
        if let Stage::Closing { say_left } = self.stage {
            self.stage = Stage::Over;
            if say_left {
                self.say(CallSeen::Over(EndReason::Left));
            }
        }
    }

    /// Compares what is wanted with what is seen and does the next thing.
    fn settle(&mut self) {
        match self.stage {
            Stage::Idle if self.goal == Goal::Out => self.leave_now(),
            Stage::Opening if self.goal == Goal::Out => self.leave_now(),
            Stage::Open => {
                self.look_at_screen();
                self.settle_devices();
                self.settle_health();
            }
            Stage::Idle | Stage::Opening | Stage::Closing { .. } | Stage::Over => {}
        }
    }

    /// Whether the page shows what only a person may act on; then it may be shown to people in the room and touched by them.
    pub fn needs_a_person(&self) -> bool {
        let needs = self.state().is_some_and(PageState::needs_a_person);
        needs && self.stage == Stage::Open && self.goal != Goal::Out
    }

    fn state(&self) -> Option<PageState> {
        self.top.map(|rule| self.pack.rules[rule].state)
    }

    /// Reports and destroys the page; nothing is reported after it.
    fn end(&mut self, reason: EndReason) {
        if matches!(self.stage, Stage::Closing { .. } | Stage::Over) {
            return;
        }
        if self.goal == Goal::Out {
            return self.leave_now();
        }
        self.say(CallSeen::Over(reason));
        self.close(Evidence::Nothing, false);
    }

    fn fail(&mut self, failure: CallFailure, evidence: Evidence) {
        if matches!(self.stage, Stage::Closing { .. } | Stage::Over) {
            return;
        }
        if self.goal == Goal::Out {
            return self.leave_now();
        }
        let evidence = if self.touched {
            Evidence::Nothing
        } else {
            evidence
        };
        self.say(CallSeen::Failed(failure));
        self.close(evidence, false);
    }

    fn leave_now(&mut self) {
        if !matches!(self.stage, Stage::Closing { .. } | Stage::Over) {
            self.close(Evidence::Nothing, true);
        }
    }

    fn close(&mut self, evidence: Evidence, say_left: bool) {
        self.stage = Stage::Closing { say_left };
        self.out.push(Output::Close(evidence));
    }

    fn say(&mut self, seen: CallSeen) {
        self.out.push(Output::Say(seen));
    }

    fn lens(&mut self, lens: LensSeen) {
        if self.said.lens.replace(lens) != Some(lens) {
            self.say(CallSeen::Lens(lens));
        }
    }

    fn sound(&mut self, end: SoundEnd, seen: EndSeen) {
        if self.said.sound.insert(end, seen) != Some(seen) {
            self.say(CallSeen::Sound(end, seen));
        }
    }

    fn say_stage(&mut self, seen: CallSeen) {
        if self.said.stage.as_ref() != Some(&seen) {
            self.said.stage = Some(seen.clone());
            self.say(seen);
        }
    }

    fn ticket(&mut self) -> Ticket {
        self.last_ticket += 1;
        Ticket(self.last_ticket)
    }

    /// Asks to be woken at this moment; says whether it has come already.
    fn due(&mut self, at: Mono) -> bool {
        if self.now >= at {
            return true;
        }
        self.wake = Some(self.wake.map_or(at, |wake| wake.min(at)));
        false
    }

    /// The text that a step puts into a field.
    fn text_of(&self, step: &str) -> Option<Text> {
        match self.pack.steps.get(step)?.act {
            Act::Fill { with, .. } => Some(with),
            Act::Click { .. } | Act::Check { .. } | Act::Wait { .. } | Act::Key { .. } => None,
        }
    }

    /// Whether a step needs a passcode.
    fn needs_code(&self, step: &str) -> bool {
        self.text_of(step) == Some(Text::Passcode)
    }
}
