//! The camera's side of the conversation: bytes with their times in, bytes with their times out. Pure.
//! Looks at what came once in a vertical period, as real cameras do, and answers then.

use super::bytes::{direction, nibbles, number, signed};
use super::log::{FrameKind, FrameSeen, Log};
use super::motor::{Head, Part, Place, preset_position, steps_of};
use super::quirks::Quirks;
use super::state::State;
use room_core::units::Position;
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

/// 50 pictures a second.
const PERIOD: Duration = Duration::from_millis(20);
/// So many whole frames wait for the camera's look; more are lost.
const UNREAD: usize = 2;
const PRESETS: u8 = 16;
/// Fastest pan and tilt of moves to a preset and home.
const FULL_SPEED: (u8, u8) = (0x16, 0x12);
/// Sony, EVI-D70, a ROM, two sockets.
const VERSION: [u8; 7] = [0x00, 0x01, 0x04, 0x0E, 0x01, 0x00, 0x02];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Power {
    On,
    Standby,
    Waking { until: Duration },
}

/// A command in a socket.
#[derive(Debug, Clone, Copy)]
struct Job {
    part: Option<Part>,
    ends: Duration,
}

/// A camera.
#[derive(Debug)]
pub struct Camera {
    quirks: Quirks,
    address: Option<u8>,
    power: Power,
    wake_time: Duration,
    head: Head,
    presets: BTreeMap<u8, Place>,
    sockets: [Option<Job>; 2],
    partial: Vec<u8>,
    partial_since: Duration,
    unread: VecDeque<(Duration, Vec<u8>)>,
    out: VecDeque<(Duration, Vec<u8>)>,
    looked: Duration,
    overruns: u64,
    log: Log,
}

impl Default for Camera {
    fn default() -> Camera {
        Camera {
            quirks: Quirks::default(),
            address: None,
            power: Power::On,
            wake_time: Duration::from_secs(1),
            head: Head::default(),
            presets: (0..PRESETS)
                .filter_map(|n| Some((n, steps_of(preset_position(n)?))))
                .collect(),
            sockets: [None, None],
            partial: Vec::new(),
            partial_since: Duration::ZERO,
            unread: VecDeque::new(),
            out: VecDeque::new(),
            looked: Duration::ZERO,
            overruns: 0,
            log: Log::default(),
        }
    }
}

impl Camera {
    /// Has this number, as cameras on a network do.
    pub fn set_address(&mut self, number: u8) {
        self.address = Some(number);
    }

    /// Misbehaves like this from now on.
    pub fn set_quirks(&mut self, quirks: Quirks) {
        self.quirks = quirks;
    }

    /// What it heard.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// Frames lost because they came faster than the camera looks.
    pub fn overruns(&self) -> u64 {
        self.overruns
    }

    /// Whether it is awake.
    pub fn is_on(&self) -> bool {
        self.power == Power::On
    }

    /// Where it looks at this moment.
    pub fn position(&self, now: Duration) -> Position {
        self.head.position(now)
    }

    /// Whether anything turns at this moment.
    pub fn is_moving(&self, now: Duration) -> bool {
        self.head.is_moving(now)
    }

    /// Loses its number and everything it was doing, comes back awake, and says so on the line.
    pub fn power_cycle(&mut self, now: Duration) {
        self.head.halt(now, Part::Both);
        self.address = None;
        self.power = Power::On;
        self.sockets = [None, None];
        self.unread.clear();
        self.say(now, &[0x38]);
    }

    /// What somebody outside sees at this moment.
    pub fn state(&self, now: Duration) -> State {
        State {
            power: match self.power {
                Power::On => "on",
                Power::Standby => "standby",
                Power::Waking { .. } => "waking",
            },
            position: self.position(now),
            moving: self.is_moving(now),
            frames: self.log.counts().clone(),
            overruns: self.overruns,
            address: self.address,
            recent: self
                .log
                .since(self.log.total().saturating_sub(40))
                .cloned()
                .collect(),
        }
    }

    /// One byte has arrived; it began `byte_time` before `end`.
    pub fn receive(&mut self, end: Duration, byte: u8, byte_time: Duration) {
        if self.partial.is_empty() {
            self.partial_since = end.saturating_sub(byte_time);
        }
        // One more than a frame may have, so that the length error is seen.
        if self.partial.len() <= 16 {
            self.partial.push(byte);
        }
        if byte != 0xFF {
            return;
        }
        let bytes = std::mem::take(&mut self.partial);
        let kind = FrameKind::of(&bytes);
        self.log.add(FrameSeen {
            kind,
            bytes: bytes.clone(),
            first: self.partial_since,
            last: end,
        });
        self.keep(end, bytes);
    }

    fn keep(&mut self, end: Duration, bytes: Vec<u8>) {
        if self.quirks.losses > 0 {
            self.quirks.losses -= 1;
        } else if self.unread.len() >= UNREAD {
            self.overruns += 1;
        } else if !self.quirks.deaf {
            self.unread.push_back((end, bytes));
        }
    }

    /// When the camera next does something by itself.
    pub fn next_event(&self) -> Option<Duration> {
        let out = self.out.iter().map(|(at, _)| *at).min();
        self.next_look().into_iter().chain(out).min()
    }

    /// The next look at which there is something to see.
    fn next_look(&self) -> Option<Duration> {
        let unread = self.unread.front().map(|(arrived, _)| *arrived);
        let jobs = self.sockets.iter().flatten().map(|job| job.ends);
        let waking = match self.power {
            Power::Waking { until } => Some(until),
            Power::On | Power::Standby => None,
        };
        let after = self.looked + Duration::from_nanos(1);
        jobs.chain(unread)
            .chain(waking)
            .map(|at| look_at_or_after(at.max(after)))
            .min()
    }

    /// Lives until this moment; comes out what it says by then.
    pub fn advance(&mut self, now: Duration) -> Vec<Vec<u8>> {
        while let Some(look) = self.next_look().filter(|look| *look <= now) {
            self.look(look);
        }
        let (due, later) = self.out.drain(..).partition(|(at, _)| *at <= now);
        self.out = later;
        let due: VecDeque<(Duration, Vec<u8>)> = due;
        due.into_iter().map(|(_, bytes)| bytes).collect()
    }

    fn look(&mut self, now: Duration) {
        self.looked = now;
        if let Power::Waking { until } = self.power
            && until <= now
        {
            self.power = Power::On;
        }
        for socket in 1..=2_u8 {
            let slot = &mut self.sockets[usize::from(socket) - 1];
            if slot.is_some_and(|job| job.ends <= now) {
                *slot = None;
                self.say(now, &[0x50 | socket]);
            }
        }
        if self
            .unread
            .front()
            .is_some_and(|(arrived, _)| *arrived <= now)
            && let Some((_, bytes)) = self.unread.pop_front()
        {
            self.hear(now, &bytes);
        }
    }

    fn hear(&mut self, now: Duration, bytes: &[u8]) {
        let Some((header, message)) = bytes
            .split_first()
            .and_then(|(header, rest)| Some((*header, rest.strip_suffix(&[0xFF])?)))
        else {
            return;
        };
        if header == 0x88 {
            return self.hear_broadcast(now, message);
        }
        if self.address.is_none_or(|address| header != 0x80 + address) || message.is_empty() {
            return;
        }
        if bytes.len() > 16 {
            return self.say(now, &[0x60, 0x01]);
        }
        match *message {
            [0x01, 0x00, 0x01] => {
                self.clear(now);
                self.say(now, &[0x50]);
            }
            [cancel @ 0x20..=0x2F] => self.cancel(now, cancel & 0x0F),
            [0x09, ..] => self.asked(now, FrameKind::of(bytes)),
            [0x01, ..] => self.told(now, message),
            _ => self.say(now, &[0x60, 0x02]),
        }
    }

    fn hear_broadcast(&mut self, now: Duration, message: &[u8]) {
        match *message {
            [0x30, number @ 1..=7] => {
                self.address = Some(number);
                self.put(now, vec![0x88, 0x30, number + 1, 0xFF]);
            }
            [0x01, 0x00, 0x01] => {
                self.clear(now);
                self.put(now, vec![0x88, 0x01, 0x00, 0x01, 0xFF]);
            }
            _ => {}
        }
    }

    /// Everything in the sockets is broken off without a word.
    fn clear(&mut self, now: Duration) {
        for job in std::mem::take(&mut self.sockets).into_iter().flatten() {
            if let Some(part) = job.part {
                self.head.halt(now, part);
            }
        }
    }

    fn cancel(&mut self, now: Duration, socket: u8) {
        let job = usize::from(socket)
            .checked_sub(1)
            .and_then(|at| self.sockets.get_mut(at)?.take());
        match job {
            Some(job) => {
                if let Some(part) = job.part {
                    self.head.halt(now, part);
                }
                self.say(now, &[0x60 | socket, 0x04]);
            }
            None => self.say(now, &[0x60 | socket, 0x05]),
        }
    }

    fn asked(&mut self, now: Duration, kind: FrameKind) {
        let (pan, tilt, zoom) = self.head.place(now);
        let answer = match kind {
            FrameKind::AskVersion => [&[0x50], &VERSION[..]].concat(),
            FrameKind::AskPower => vec![0x50, if self.is_on() { 0x02 } else { 0x03 }],
            FrameKind::AskPanTilt | FrameKind::AskZoom if !self.is_on() => vec![0x60, 0x41],
            FrameKind::AskPanTilt => [&[0x50], &nibbles(pan)[..], &nibbles(tilt)[..]].concat(),
            FrameKind::AskZoom => [&[0x50], &nibbles(zoom)[..]].concat(),
            _ => vec![0x60, 0x02],
        };
        self.say(now, &answer);
    }

    fn told(&mut self, now: Duration, message: &[u8]) {
        let power = matches!(message, [0x01, 0x04, 0x00, ..]);
        if !power && (!self.is_on() || self.quirks.menu_open) {
            return self.say(now, &[0x61, 0x41]);
        }
        if self.quirks.full > 0 {
            self.quirks.full -= 1;
            return self.say(now, &[0x60, 0x03]);
        }
        let Some(free) = self.sockets.iter().position(Option::is_none) else {
            return self.say(now, &[0x60, 0x03]);
        };
        let Some(job) = self.start(now, message) else {
            return self.say(now, &[0x60, 0x02]);
        };
        // What moves the same part takes over; the older command ends with the next look.
        for older in self.sockets.iter_mut().flatten() {
            if let (Some(new), Some(old)) = (job.part, older.part)
                && new.touches(old)
            {
                older.ends = older.ends.min(now);
            }
        }
        self.sockets[free] = Some(job);
        if !self.quirks.no_ack {
            self.say(now, &[0x40 | (free as u8 + 1)]);
        }
    }

    /// Does it, and says how long it will take; `None` when the bytes make no sense.
    fn start(&mut self, now: Duration, message: &[u8]) -> Option<Job> {
        let quick = |part| {
            Some(Job {
                part,
                ends: now + PERIOD,
            })
        };
        match *message {
            [0x01, 0x04, 0x00, 0x02] => {
                if !self.is_on() {
                    self.power = Power::Waking {
                        until: now + self.wake_time,
                    };
                    return Some(Job {
                        part: None,
                        ends: now + self.wake_time,
                    });
                }
                quick(None)
            }
            [0x01, 0x04, 0x00, 0x03] => {
                self.head.halt(now, Part::Both);
                self.power = Power::Standby;
                quick(None)
            }
            [
                0x01,
                0x06,
                0x01,
                pan @ 0x01..=0x18,
                tilt @ 0x01..=0x18,
                pp,
                tt,
            ] => {
                let (pan_way, tilt_way) = (direction(pp, 2)?, direction(tt, 1)?);
                if (pan_way, tilt_way) == (0, 0) && self.quirks.ignores_stop > 0 {
                    self.quirks.ignores_stop -= 1;
                } else {
                    self.head.drive(now, (pan_way, pan), (tilt_way, tilt));
                }
                quick(Some(Part::PanTilt))
            }
            [0x01, 0x04, 0x07, how] => {
                let (way, step) = match how {
                    0x00 => (0, 0),
                    0x02 => (1, 3),
                    0x03 => (-1, 3),
                    0x20..=0x27 => (1, how & 7),
                    0x30..=0x37 => (-1, how & 7),
                    _ => return None,
                };
                self.head.drive_zoom(now, way, step);
                quick(Some(Part::Zoom))
            }
            [
                0x01,
                0x06,
                0x02,
                pan @ 0x01..=0x18,
                tilt @ 0x01..=0x18,
                ref place @ ..,
            ] if place.len() == 8 => {
                let to = (signed(&place[..4])?, signed(&place[4..])?);
                let ends = self.head.turn_to(now, to, (pan, tilt));
                Some(Job {
                    part: Some(Part::PanTilt),
                    ends,
                })
            }
            [0x01, 0x04, 0x47, ref place @ ..] if place.len() == 4 => {
                let zoom = number(place)?;
                Some(Job {
                    part: Some(Part::Zoom),
                    ends: self.head.zoom_to(now, zoom),
                })
            }
            [0x01, 0x06, 0x04] => {
                let ends = self.head.turn_to(now, (0, 0), FULL_SPEED);
                Some(Job {
                    part: Some(Part::PanTilt),
                    ends,
                })
            }
            [0x01, 0x04, 0x3F, what @ 0..=2, preset @ 0..PRESETS] => self.preset(now, what, preset),
            _ => None,
        }
    }

    fn preset(&mut self, now: Duration, what: u8, preset: u8) -> Option<Job> {
        match what {
            0 => drop(self.presets.remove(&preset)),
            1 => drop(self.presets.insert(preset, self.head.place(now))),
            _ => {
                // An empty preset is home, as the camera left the factory.
                let (pan, tilt, zoom) = self.presets.get(&preset).copied().unwrap_or((0, 0, 0));
                let turned = self.head.turn_to(now, (pan, tilt), FULL_SPEED);
                let zoomed = self.head.zoom_to(now, zoom);
                return Some(Job {
                    part: Some(Part::Both),
                    ends: turned.max(zoomed),
                });
            }
        }
        Some(Job {
            part: None,
            ends: now + PERIOD,
        })
    }

    /// Says something under its own number.
    fn say(&mut self, now: Duration, message: &[u8]) {
        let number = self.quirks.answers_as.or(self.address).unwrap_or(1);
        let mut frame = vec![0x80 + 0x10 * number];
        frame.extend_from_slice(message);
        frame.push(0xFF);
        self.put(now, frame);
    }

    fn put(&mut self, now: Duration, frame: Vec<u8>) {
        // A camera that says nothing still passes on what is meant for all.
        if self.quirks.deaf || self.quirks.mute && frame.first() != Some(&0x88) {
            return;
        }
        let at = now + self.quirks.late;
        let mut bytes = frame.clone();
        if self.quirks.noise {
            bytes = [&[0x00, 0x13, 0xFF, 0x7F, 0x2A][..], &frame].concat();
        }
        if self.quirks.garbage {
            bytes.iter_mut().for_each(|byte| *byte &= 0x55);
        }
        if self.quirks.doubled {
            self.out.push_back((at, bytes.clone()));
        }
        self.out.push_back((at, bytes));
    }
}

/// The first moment not before this at which the camera looks.
fn look_at_or_after(time: Duration) -> Duration {
    let period = PERIOD.as_nanos() as u64;
    Duration::from_nanos((time.as_nanos() as u64).div_ceil(period) * period)
}
