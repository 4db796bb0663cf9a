//! What a display is, whatever it speaks: it warms up and cools down, remembers its input, and may lie.
//! Time is an argument: how long the emulator has been running.

use std::time::Duration;

/// Power as the display itself knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PowerState {
    /// It shows a picture.
    On,
    /// It sleeps.
    Standby,
    /// On its way to on.
    Warming,
    /// On its way to standby.
    Cooling,
}

/// What a controller said, whatever the protocol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// What is your power?
    AskPower,
    /// Which input?
    AskInput,
    /// How loud?
    AskVolume,
    /// Silenced?
    AskMuted,
    /// What is wrong with you?
    AskTroubles,
    /// Be on or asleep.
    Power(bool),
    /// Show this input.
    Input(String),
    /// Be this loud.
    Volume(u8),
    /// Be silent or heard.
    Muted(bool),
    /// Something that no table names.
    Unknown,
    /// The password was wrong.
    Stranger,
}

impl Request {
    /// Whether it only asks.
    pub fn is_question(&self) -> bool {
        use Request::{AskInput, AskMuted, AskPower, AskTroubles, AskVolume};
        matches!(
            self,
            AskPower | AskInput | AskVolume | AskMuted | AskTroubles
        )
    }
}

/// What the display made of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It accepts.
    Done,
    /// Its power.
    Power(PowerState),
    /// Its input.
    Input(String),
    /// Its loudness.
    Volume(u8),
    /// Whether it is silenced.
    Muted(bool),
    /// Fan, lamp, temperature, cover, filter, other: 0 good, 1 warning, 2 error.
    Troubles([u8; 6]),
    /// It does not know that.
    Unknown,
    /// Not in this state.
    NotNow,
    /// Who are you?
    Stranger,
}

/// Ways of being a bad display, or on a bad line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Lies {
    /// Answers come so much later.
    pub late: Duration,
    /// Does what it is told and never answers.
    pub mute: bool,
    /// Hears nothing: unplugged, or without power.
    pub deaf: bool,
    /// Hears and says nothing while it sleeps.
    pub deaf_asleep: bool,
    /// Says everything twice.
    pub doubled: bool,
    /// Noise on the line before each answer.
    pub noise: bool,
    /// Says that it does, and does nothing.
    pub idle: bool,
    /// Refuses commands while it warms up or cools down.
    pub refuses_between: bool,
    /// Hears nothing of so many next requests.
    pub losses: u32,
    /// Says nothing when it is asked for its input, as if it had not heard.
    pub ignores_input: bool,
    /// Closes the connection after each answer.
    pub closes: bool,
}

/// See the file's head.
#[derive(Debug, Clone)]
pub struct Body {
    power: PowerState,
    /// When it is where it goes.
    arrives: Duration,
    input: String,
    volume: u8,
    muted: bool,
    troubles: [u8; 6],
    /// How long it takes to show a picture.
    pub warm_up: Duration,
    /// How long it takes to sleep.
    pub cool_down: Duration,
    /// How it misbehaves.
    pub lies: Lies,
    heard: Vec<Request>,
}

impl Body {
    /// A display that sleeps, on this input.
    pub fn new(input: &str) -> Body {
        Body {
            power: PowerState::Standby,
            arrives: Duration::ZERO,
            input: input.to_owned(),
            volume: 20,
            muted: false,
            troubles: [0; 6],
            warm_up: Duration::from_millis(2500),
            cool_down: Duration::from_millis(1500),
            lies: Lies::default(),
            heard: Vec::new(),
        }
    }

    /// Its power now.
    pub fn power(&mut self, now: Duration) -> PowerState {
        if now >= self.arrives {
            self.power = match self.power {
                PowerState::Warming => PowerState::On,
                PowerState::Cooling => PowerState::Standby,
                settled => settled,
            };
        }
        self.power
    }

    /// Its input.
    pub fn input(&self) -> &str {
        &self.input
    }

    /// Its loudness, and whether it is silenced.
    pub fn sound(&self) -> (u8, bool) {
        (self.volume, self.muted)
    }

    /// Everything that it heard.
    pub fn heard(&self) -> &[Request] {
        &self.heard
    }

    /// How often it was told something like this.
    pub fn count(&self, like: impl Fn(&Request) -> bool) -> usize {
        self.heard.iter().filter(|request| like(request)).count()
    }

    /// Somebody uses the remote control.
    pub fn by_hand(&mut self, now: Duration, request: &Request) {
        self.power(now);
        self.carry_out(now, request);
    }

    /// Says what is wrong with it from now on.
    pub fn set_troubles(&mut self, troubles: [u8; 6]) {
        self.troubles = troubles;
    }

    /// A request came over the wire; `None` when it is not answered.
    pub fn obey(&mut self, now: Duration, request: &Request) -> Option<Outcome> {
        let power = self.power(now);
        let asleep = power == PowerState::Standby && self.lies.deaf_asleep;
        if self.lies.deaf || asleep && *request != Request::Power(true) {
            return None;
        }
        if self.lies.ignores_input && *request == Request::AskInput {
            return None;
        }
        if self.lies.losses > 0 {
            self.lies.losses -= 1;
            return None;
        }
        self.heard.push(request.clone());
        let between = matches!(power, PowerState::Warming | PowerState::Cooling);
        if between && self.lies.refuses_between && !request.is_question() {
            return Some(Outcome::NotNow);
        }
        let outcome = if self.lies.idle && !request.is_question() {
            Outcome::Done
        } else {
            self.carry_out(now, request)
        };
        (!self.lies.mute).then_some(outcome)
    }

    fn carry_out(&mut self, now: Duration, request: &Request) -> Outcome {
        let is_on = self.power == PowerState::On;
        match request {
            Request::AskPower => Outcome::Power(self.power),
            Request::AskInput => Outcome::Input(self.input.clone()),
            Request::AskVolume => Outcome::Volume(self.volume),
            Request::AskMuted => Outcome::Muted(self.muted),
            Request::AskTroubles => Outcome::Troubles(self.troubles),
            Request::Power(on) => {
                let (settled, between, takes) = match on {
                    true => (PowerState::On, PowerState::Warming, self.warm_up),
                    false => (PowerState::Standby, PowerState::Cooling, self.cool_down),
                };
                if self.power != settled && self.power != between {
                    self.power = between;
                    self.arrives = now + takes;
                }
                Outcome::Done
            }
            Request::Input(_) | Request::Volume(_) | Request::Muted(_) if !is_on => Outcome::NotNow,
            Request::Input(code) => {
                self.input.clone_from(code);
                Outcome::Done
            }
            Request::Volume(volume) => {
                self.volume = *volume;
                Outcome::Done
            }
            Request::Muted(muted) => {
                self.muted = *muted;
                Outcome::Done
            }
            Request::Unknown => Outcome::Unknown,
            Request::Stranger => Outcome::Stranger,
        }
    }
}
