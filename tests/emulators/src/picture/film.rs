//! The file that Chromium reads as its camera, kept in step with the emulated head.
//! Draws only when the head has turned; at rest it writes prepared frames that differ by noise.

use super::lens::{Camera, Frame, HEIGHT, WIDTH};
use crate::visca::CameraHandle;
use anyhow::{Context, Result};
use room_core::units::Position;
use std::fs::{File, Permissions};
use std::io::Write;
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How often Chromium delivers the picture.
pub const FRAMES_PER_SECOND: u32 = 20;
/// Between looks at the head, and between frames while it turns.
const LOOK: Duration = Duration::from_millis(40);
/// Between frames of a head at rest.
const REST: Duration = Duration::from_millis(200);
/// Prepared frames of a head at rest.
const NOISES: u32 = 4;
const FRAME: &[u8] = b"FRAME\n";

/// A Y4M file of one frame that is rewritten in place: its readers see the change at their next frame.
#[derive(Debug)]
pub struct PictureFile {
    file: File,
    start: u64,
}

impl PictureFile {
    /// Makes the file, in one step, with this first frame; other users may read it.
    ///
    /// # Errors
    /// The file cannot be made there.
    pub fn create(path: &Path, first: &Frame) -> Result<PictureFile> {
        let header =
            format!("YUV4MPEG2 W{WIDTH} H{HEIGHT} F{FRAMES_PER_SECOND}:1 Ip A1:1 C420jpeg\n");
        let mut fresh = path.as_os_str().to_owned();
        fresh.push(format!(".{}", std::process::id()));
        let fresh = Path::new(&fresh);
        let doing = || format!("making the picture {}", path.display());
        let mut file = File::create(fresh).with_context(doing)?;
        file.set_permissions(Permissions::from_mode(0o644))
            .with_context(doing)?;
        file.write_all(&[header.as_bytes(), FRAME, first.as_bytes()].concat())
            .with_context(doing)?;
        std::fs::rename(fresh, path).with_context(doing)?;
        Ok(PictureFile {
            file,
            start: (header.len() + FRAME.len()) as u64,
        })
    }

    /// Puts another picture into the file.
    ///
    /// # Errors
    /// The disk is full or gone.
    pub fn write(&self, frame: &Frame) -> std::io::Result<()> {
        self.file.write_all_at(frame.as_bytes(), self.start)
    }
}

/// Films what an emulated camera sees, until dropped. The file stays.
#[derive(Debug)]
pub struct Film {
    ending: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Film {
    /// Makes the file and begins. A place in memory (such as `/dev/shm`) spares the disk 1.7 MB a second.
    ///
    /// # Errors
    /// The file cannot be made there.
    pub fn start(camera: CameraHandle, path: &Path) -> Result<Film> {
        let file = PictureFile::create(path, &Frame::dark())?;
        let ending = Arc::new(AtomicBool::new(false));
        let mut work = Work {
            lens: Camera::default(),
            camera,
            file,
            shown: None,
            at_rest: Vec::new(),
            written: 0,
            ending: Arc::clone(&ending),
        };
        let thread = std::thread::Builder::new()
            .name("film".into())
            .spawn(move || work.run())?;
        Ok(Film {
            ending,
            thread: Some(thread),
        })
    }
}

impl Drop for Film {
    fn drop(&mut self) {
        self.ending.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// What decides the picture: where the head looks; nothing while it is asleep.
type View = Option<Position>;

struct Work {
    lens: Camera,
    camera: CameraHandle,
    file: PictureFile,
    shown: Option<View>,
    at_rest: Vec<Frame>,
    written: u32,
    ending: Arc<AtomicBool>,
}

impl Work {
    fn run(&mut self) {
        let mut last = Instant::now();
        while !self.ending.load(Ordering::Relaxed) {
            let now = self.camera.elapsed();
            let view = self
                .camera
                .look(|camera| camera.is_on().then(|| camera.position(now)));
            let turned = self.shown != Some(view);
            if turned || last.elapsed() >= REST {
                last = Instant::now();
                if let Err(error) = self.show(view, turned) {
                    tracing::warn!(%error, "the picture cannot be written");
                    return;
                }
            }
            std::thread::sleep(LOOK);
        }
    }

    fn show(&mut self, view: View, turned: bool) -> std::io::Result<()> {
        if turned {
            self.shown = Some(view);
            self.at_rest.clear();
            let frame = self.draw(view);
            return self.file.write(&frame);
        }
        if self.at_rest.is_empty() {
            let frame = self.draw(view);
            self.at_rest = (0..NOISES).map(|seed| frame.noisy(seed + 1)).collect();
        }
        self.written = (self.written + 1) % NOISES;
        self.file.write(&self.at_rest[self.written as usize])
    }

    fn draw(&self, view: View) -> Frame {
        view.map_or_else(Frame::dark, |position| self.lens.see(position))
    }
}
