//! A chip with a host that a test plays by hand, in the chip's own time.
#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]
#![allow(dead_code, reason = "each test uses a part")]

use puck_rig::{Build, Colour, Kit, Lacks, Order, Pace, Rig, Said};
use std::time::Duration;
use wire::{
    Decoder, Face, Frame, HostHello, HostToPuck, Key, Light, Mic, PuckToHost, Received, Ring,
    Scene, Text, Tongue,
};

pub const MS: Duration = Duration::from_millis(1);
pub const SESSION: u32 = 77;

/// The image for this display and line, or why this test cannot run. Never silent, and a failure when all tests were asked for.
pub fn kit(build: Build) -> Option<Kit> {
    or_skipped(Kit::find(build))
}

pub fn or_skipped(found: Result<Kit, Lacks>) -> Option<Kit> {
    match found {
        Ok(kit) => Some(kit),
        Err(lacks) => {
            assert!(
                std::env::var("ROOMD_TESTS").as_deref() != Ok("all"),
                "all tests were asked for, but this one {}",
                lacks.0
            );
            eprintln!("SKIPPED: the table button's image: {}", lacks.0);
            None
        }
    }
}

pub struct Host {
    pub rig: Rig,
    decoder: Decoder<PuckToHost>,
    pub said: Vec<(Duration, Said)>,
    pub frames: Vec<(Duration, PuckToHost)>,
    pub now: Duration,
}

impl Host {
    /// Power, and a host that said nothing yet.
    pub async fn start(kit: &Kit, build: Build) -> Host {
        Host::around(Rig::start(kit, build, Pace::Stepped).unwrap())
    }

    fn around(rig: Rig) -> Host {
        Host {
            rig,
            decoder: Decoder::new(),
            said: Vec::new(),
            frames: Vec::new(),
            now: Duration::ZERO,
        }
    }

    /// Power, a session, and a room that is free.
    pub async fn open(kit: &Kit, build: Build) -> Host {
        Host::start(kit, build).await.opened().await
    }

    /// The same with a chip whose clock runs at `rate` times of the host's.
    pub async fn skewed(kit: &Kit, build: Build, rate: f64) -> Host {
        let rig = Rig::skewed(kit, build, Pace::Stepped, rate).unwrap();
        Host::around(rig).opened().await
    }

    async fn opened(mut self) -> Host {
        self.run(250 * MS).await;
        self.greet(SESSION).await;
        self.show(face(Ring::Off, Mic::Closed)).await;
        self.run(100 * MS).await;
        self.forget();
        self
    }

    pub async fn run(&mut self, time: Duration) {
        for (at, said) in self.rig.run(time).await.unwrap() {
            if let Said::Bytes(bytes) = &said {
                for byte in bytes {
                    if let Some(Ok(Received::Message(message))) = self.decoder.push(*byte) {
                        self.frames.push((at, message));
                    }
                }
            }
            self.said.push((at, said));
        }
        self.now += time;
    }

    /// As a host does, with a sign of life each half second.
    pub async fn live(&mut self, time: Duration) {
        let mut left = time;
        while left > Duration::ZERO {
            let step = left.min(400 * MS);
            self.say(&HostToPuck::Alive).await;
            self.run(step).await;
            left -= step;
        }
    }

    pub async fn bytes(&mut self, bytes: &[u8]) {
        self.rig.order(&Order::Send(bytes.to_vec())).await.unwrap();
    }

    pub async fn say(&mut self, message: &HostToPuck) {
        self.bytes(Frame::of(message).unwrap().bytes()).await;
    }

    pub async fn greet(&mut self, session: u32) {
        self.say(&HostToPuck::Hello(HostHello::new(session))).await;
        self.run(50 * MS).await;
    }

    pub async fn show(&mut self, face: Face) {
        self.say(&HostToPuck::Face(face)).await;
    }

    pub async fn key(&mut self, key: Key, down: bool, bounce: &[u64]) {
        let bounce = bounce.iter().map(|us| Duration::from_micros(*us)).collect();
        self.rig
            .order(&Order::Key { key, down, bounce })
            .await
            .unwrap();
    }

    pub fn forget(&mut self) {
        self.said.clear();
        self.frames.clear();
    }

    pub fn keys(&self) -> Vec<(Key, wire::KeyKind, u16)> {
        let mut keys = Vec::new();
        for (_, frame) in &self.frames {
            if let PuckToHost::Key { key, kind, count } = frame {
                let press = (*key, *kind, *count);
                // Until the host has heard of it, a press is said again.
                if keys.last() != Some(&press) {
                    keys.push(press);
                }
            }
        }
        keys
    }

    pub fn troubles(&self) -> Vec<Text> {
        let troubles = self.frames.iter().filter_map(|(_, frame)| match frame {
            PuckToHost::Trouble(why) => Some(*why),
            _ => None,
        });
        troubles.collect()
    }

    pub fn rings(&self) -> Vec<(Duration, Vec<Colour>)> {
        let rings = self.said.iter().filter_map(|(at, said)| match said {
            Said::Ring(colours) => Some((*at, colours.clone())),
            _ => None,
        });
        rings.collect()
    }

    pub fn first(&self, fits: impl Fn(&Said) -> bool) -> Option<Duration> {
        let found = self.said.iter().find(|(_, said)| fits(said));
        found.map(|(at, _)| *at)
    }
}

pub fn face(ring: Ring, mic: Mic) -> Face {
    Face {
        ring,
        mic,
        scene: Scene::Call,
        tongue: Tongue::German,
        light: Light::Full,
        minutes: Some(12),
        headline: Text::cut("Übergabe läuft"),
        detail: Text::cut("09:00 – 10:30"),
        action: Text::EMPTY,
        trouble: Text::EMPTY,
    }
}

pub fn is_green(colours: &[Colour]) -> bool {
    colours.iter().any(|[r, g, b]| g > r && g > b)
}

pub fn is_red(colours: &[Colour]) -> bool {
    colours.iter().any(|[r, g, b]| *r > 0 && *g == 0 && *b == 0)
}

pub fn is_amber(colours: &[Colour]) -> bool {
    colours.iter().any(|[r, g, b]| r > g && *g > 0 && *b == 0)
}
