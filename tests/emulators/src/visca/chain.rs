//! Cameras one behind the other: what is meant for all goes through them in turn, what is meant for one reaches it. Pure.

use super::camera::Camera;
use crate::line::Bus;
use std::time::Duration;

const END: u8 = 0xFF;
const BROADCAST: u8 = 0x88;

/// The cameras of a line, the first behind the controller first.
#[derive(Debug)]
pub struct Chain {
    cameras: Vec<Camera>,
    /// The next byte begins a frame.
    begins: bool,
    to_all: bool,
}

impl Chain {
    /// So many cameras as they leave the factory; on a network each has its number already.
    pub fn new(cameras: u8, numbered: bool) -> Chain {
        let camera = |number| {
            let mut camera = Camera::default();
            if numbered {
                camera.set_address(number);
            }
            camera
        };
        Chain {
            cameras: (1..=cameras).map(camera).collect(),
            begins: true,
            to_all: false,
        }
    }

    /// One of them, from 0.
    pub fn camera(&self, at: usize) -> &Camera {
        &self.cameras[at]
    }

    /// The same, to be changed.
    pub fn camera_mut(&mut self, at: usize) -> &mut Camera {
        &mut self.cameras[at]
    }
}

impl Bus for Chain {
    fn receive(&mut self, at: Duration, byte: u8, byte_time: Duration) {
        if self.begins {
            self.to_all = byte == BROADCAST;
        }
        self.begins = byte == END;
        let heard = if self.to_all { 1 } else { self.cameras.len() };
        for camera in self.cameras.iter_mut().take(heard) {
            camera.receive(at, byte, byte_time);
        }
    }

    fn advance(&mut self, now: Duration) -> Vec<Vec<u8>> {
        let mut to_host = Vec::new();
        let last = self.cameras.len().saturating_sub(1);
        for at in 0..self.cameras.len() {
            for frame in self.cameras[at].advance(now) {
                let passes_on = at < last && frame.first() == Some(&BROADCAST) && frame.len() > 3;
                if passes_on {
                    for byte in frame {
                        self.cameras[at + 1].receive(now, byte, Duration::ZERO);
                    }
                } else {
                    to_host.push(frame);
                }
            }
        }
        to_host
    }

    fn next_event(&self) -> Option<Duration> {
        self.cameras.iter().filter_map(Camera::next_event).min()
    }
}
