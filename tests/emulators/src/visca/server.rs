//! Cameras on a line of any kind, as others see and handle them. The line itself is `crate::line`.

use super::camera::Camera;
use super::chain::Chain;
use super::log::{FrameKind, FrameSeen};
use super::quirks::Quirks;
use super::state::State;
use crate::line::{LineHandle, LineServer, NumberQuirks, Site};
use anyhow::Result;
use room_core::units::Position;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// Where and how a camera sits alone on a serial line.
#[derive(Debug, Clone)]
pub struct Options {
    /// The link that leads to the line, whichever pty that is.
    pub link: PathBuf,
    /// Bits a second that the line really takes; `None` for a line without delay.
    pub baud: Option<u32>,
}

/// Running cameras. Dropping it hangs up the line and removes the link.
pub struct CameraServer {
    line: LineServer<Chain>,
    first: CameraHandle,
}

/// A running camera as others see and handle it. Cheap to clone.
#[derive(Clone)]
pub struct CameraHandle {
    line: LineHandle<Chain>,
    at: usize,
}

impl CameraServer {
    /// Puts a camera onto a fresh serial line.
    ///
    /// # Errors
    /// No pty, or the link cannot be made.
    pub fn start(options: Options) -> Result<CameraServer> {
        CameraServer::chain(options, 1)
    }

    /// Puts so many cameras onto a fresh serial line, one behind the other.
    ///
    /// # Errors
    /// No pty, or the link cannot be made.
    pub fn chain(options: Options, cameras: u8) -> Result<CameraServer> {
        let site = Site::Pty {
            link: options.link,
            baud: options.baud,
        };
        CameraServer::at(site, Chain::new(cameras, false))
    }

    /// Puts a camera onto a port of loopback; its number is 1.
    ///
    /// # Errors
    /// The port is taken.
    pub fn on_network(site: Site) -> Result<CameraServer> {
        CameraServer::at(site, Chain::new(1, true))
    }

    fn at(site: Site, chain: Chain) -> Result<CameraServer> {
        let line = LineServer::start(site, chain)?;
        let first = CameraHandle {
            line: (*line).clone(),
            at: 0,
        };
        Ok(CameraServer { line, first })
    }

    /// Its port on loopback; a pty has none.
    pub fn address(&self) -> Option<SocketAddr> {
        self.line.address()
    }

    /// A handle of the first camera that can be given away.
    pub fn handle(&self) -> CameraHandle {
        self.first.clone()
    }

    /// A handle of one camera of a chain, from 0.
    pub fn camera(&self, at: usize) -> CameraHandle {
        CameraHandle {
            at,
            ..self.first.clone()
        }
    }
}

impl std::ops::Deref for CameraServer {
    type Target = CameraHandle;

    fn deref(&self) -> &CameraHandle {
        &self.first
    }
}

impl CameraHandle {
    /// The emulator's clock.
    pub fn elapsed(&self) -> Duration {
        self.line.elapsed()
    }

    /// Looks at the camera.
    pub fn look<T>(&self, look: impl FnOnce(&Camera) -> T) -> T {
        self.line.look(|chain| look(chain.camera(self.at)))
    }

    fn touch<T>(&self, touch: impl FnOnce(&mut Camera) -> T) -> T {
        self.line.touch(|chain| touch(chain.camera_mut(self.at)))
    }

    /// What somebody outside sees now.
    pub fn state(&self) -> State {
        let now = self.elapsed();
        self.look(|camera| camera.state(now))
    }

    /// Where it looks now.
    pub fn position(&self) -> Position {
        let now = self.elapsed();
        self.look(|camera| camera.position(now))
    }

    /// Whether anything turns now.
    pub fn is_moving(&self) -> bool {
        let now = self.elapsed();
        self.look(|camera| camera.is_moving(now))
    }

    /// How many frames of this kind came.
    pub fn count(&self, kind: FrameKind) -> u64 {
        self.look(|camera| camera.log().count(kind))
    }

    /// How many frames came.
    pub fn total(&self) -> u64 {
        self.look(|camera| camera.log().total())
    }

    /// The frames after the first `already` ones.
    pub fn frames_since(&self, already: u64) -> Vec<FrameSeen> {
        self.look(|camera| camera.log().since(already).cloned().collect())
    }

    /// Bytes that the host has handed to the line and that have not all reached the camera.
    pub fn arriving(&self) -> Vec<u8> {
        self.line.arriving()
    }

    /// As [`LineHandle::hold`].
    pub fn hold(&self) {
        self.line.hold();
    }

    /// As [`LineHandle::let_go`].
    pub fn let_go(&self) {
        self.line.let_go();
    }

    /// Misbehaves like this from now on.
    pub fn set_quirks(&self, quirks: Quirks) {
        self.touch(|camera| camera.set_quirks(quirks));
    }

    /// Misbehaves like this with Sony's numbers from now on.
    pub fn set_number_quirks(&self, quirks: NumberQuirks) {
        self.line.set_number_quirks(quirks);
    }

    /// Has this number from an earlier life, for hosts that give none.
    pub fn number(&self, number: u8) {
        self.touch(|camera| camera.set_address(number));
    }

    /// Loses power for a moment.
    pub fn power_cycle(&self) {
        let now = self.elapsed();
        self.touch(|camera| camera.power_cycle(now));
    }

    /// Pulls the adapter: the line hangs up, the link is gone. The camera itself goes on.
    pub fn unplug(&self) {
        self.line.unplug();
    }

    /// Plugs the adapter in again: another pty behind the same link.
    pub fn plug(&self) {
        self.line.plug();
    }

    /// Waits until the camera satisfies `what`; looks after each frame and change. Says whether it came to that in time.
    pub async fn wait(&self, limit: Duration, what: impl Fn(&CameraHandle) -> bool) -> bool {
        self.line.wait_until(limit, || what(self)).await
    }
}
