//! The cameras of this machine, over the crate `v4l`. Thin: asks and passes on.
//!
//! The crate stops the whole program at names that are no UTF-8, which long ones are that the kernel has cut to 32 bytes, and at
//! kinds of controls that are newer than itself, which Linux 6.14 gives to webcams. What a camera is and what it has are therefore
//! asked in `raw`; the crate has formats and streams.

mod raw;

use crate::control::{Control, ControlId, Takes};
use crate::error::CameraError;
use crate::find::{self, Found};
use crate::frame::Frame;
use crate::machine::{Machine, Probe, Shot, Taken};
use crate::mode::{Mode, Offer, PixelFormat, Rate, Size, Sizes};
use core::time::Duration;
use std::fs;
use std::io;
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};
use std::time::Instant;
use v4l::Device;
use v4l::buffer::{Flags as BufferFlags, Type as BufferType};
use v4l::format::{Format, FourCC};
use v4l::frameinterval::FrameIntervalEnum;
use v4l::framesize::FrameSizeEnum;
use v4l::io::mmap::Stream;
use v4l::io::traits::CaptureStream;
use v4l::video::Capture;

/// Cameras of the running kernel.
#[derive(Debug, Clone)]
pub struct Kernel {
    sys: PathBuf,
    dev: PathBuf,
    links: Option<PathBuf>,
}

impl Kernel {
    /// The same, with the daemon's links in this folder.
    pub fn with_links(links: PathBuf) -> Kernel {
        Kernel {
            links: Some(links),
            ..Kernel::default()
        }
    }
}

impl Default for Kernel {
    fn default() -> Kernel {
        Kernel {
            sys: "/sys".into(),
            dev: "/dev".into(),
            links: None,
        }
    }
}

/// Buffers of a stream: one is filled while one is read, with some to spare for a busy board.
const BUFFERS: u32 = 4;

impl Machine for Kernel {
    fn find(&self) -> Vec<Found> {
        find::find(&self.sys, &self.dev, self.links.as_deref())
    }

    fn probe(&self, node: &Path) -> Result<Probe, CameraError> {
        let open = Open::new(node)?;
        Ok(Probe {
            offers: open.offers()?,
            controls: raw::controls(&open.device).map_err(open.wrong("ask the controls of"))?,
            driver: open.identity.driver,
            card: open.identity.card,
            bus: open.identity.bus,
        })
    }

    fn set(&self, node: &Path, control: ControlId, value: i64) -> Result<Option<i64>, CameraError> {
        let open = Open::new(node)?;
        let known = raw::control(&open.device, control).map_err(open.wrong("ask a control of"))?;
        let given = match known.takes {
            Takes::Switch => v4l::control::Value::Boolean(value != 0),
            Takes::Press => v4l::control::Value::None,
            Takes::Whole { .. } | Takes::Choice(_) | Takes::Other => {
                v4l::control::Value::Integer(value)
            }
        };
        let setting = v4l::Control {
            id: control.0,
            value: given,
        };
        open.device
            .set_control(setting)
            .map_err(open.wrong("set a control of"))?;
        let seen: Control =
            raw::control(&open.device, control).map_err(open.wrong("ask a control of"))?;
        Ok(seen.value)
    }

    fn taken(&self, node: &Path) -> Result<Taken, CameraError> {
        let open = Open::new(node)?;
        let format = open
            .device
            .format()
            .map_err(open.wrong("ask the format of"))?;
        // Drivers give the right to change formats to whoever streams, and say EBUSY to everybody else.
        match open
            .device
            .set_format(&format)
            .map_err(open.wrong("set the format of"))
        {
            Ok(_) => Ok(Taken::No),
            Err(CameraError::InUse(_)) => Ok(Taken::Yes),
            Err(error) => Err(error),
        }
    }

    fn take(&self, node: &Path, shot: Shot) -> Result<Frame, CameraError> {
        let Shot {
            mode,
            settle,
            within,
        } = shot;
        let open = Open::new(node)?;
        let until = Instant::now() + within;
        let got = open.set_mode(mode)?;
        let mut stream = Stream::with_buffers(&open.device, BufferType::VideoCapture, BUFFERS)
            .map_err(open.wrong("take the picture of"))?;
        let mut good = 0;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let late = || CameraError::NoPicture {
                path: node.to_path_buf(),
                seconds: within.as_secs(),
            };
            if left.is_zero() {
                return Err(late());
            }
            stream.set_timeout(left.max(Duration::from_millis(1)));
            let (bytes, meta) = match stream.next() {
                Ok(next) => next,
                Err(error) if error.kind() == io::ErrorKind::TimedOut => return Err(late()),
                Err(error) => return Err(open.wrong("take the picture of")(error)),
            };
            if meta.flags.contains(BufferFlags::ERROR) || meta.bytesused == 0 {
                continue;
            }
            good += 1;
            if good > settle {
                let used = bytes.get(..meta.bytesused as usize).unwrap_or(bytes);
                return Ok(Frame {
                    format: PixelFormat::from_fourcc(got.fourcc.repr),
                    size: Size {
                        width: got.width,
                        height: got.height,
                    },
                    stride: got.stride,
                    bytes: used.to_vec(),
                });
            }
        }
    }
}

/// A node that was opened and is a camera.
struct Open<'a> {
    path: &'a Path,
    device: Device,
    identity: raw::Identity,
}

impl<'a> Open<'a> {
    fn new(path: &'a Path) -> Result<Open<'a>, CameraError> {
        let wrong = |error| CameraError::from_io(path, "open", error);
        let other = |what| CameraError::NoCamera {
            path: path.to_path_buf(),
            what,
        };
        // Opened for nothing else: a serial line would raise its signals.
        let kind = fs::metadata(path).map_err(wrong)?.file_type();
        if !kind.is_char_device() {
            return Err(other("it is no device"));
        }
        let device = Device::with_path(path).map_err(wrong)?;
        let identity =
            raw::identity(&device).map_err(|error| CameraError::from_io(path, "ask", error))?;
        match identity.is() {
            Ok(()) => Ok(Open {
                path,
                device,
                identity,
            }),
            Err(what) => Err(other(what)),
        }
    }

    fn wrong(&self, doing: &'static str) -> impl FnOnce(io::Error) -> CameraError + use<> {
        let path = self.path.to_path_buf();
        move |error| CameraError::from_io(&path, doing, error)
    }

    fn offers(&self) -> Result<Vec<Offer>, CameraError> {
        let mut offers = Vec::new();
        for format in self
            .device
            .enum_formats()
            .map_err(self.wrong("ask the formats of"))?
        {
            let fourcc = format.fourcc;
            // A format without sizes is no mode of its own, and cameras without any exist only when they are broken.
            for size in self.device.enum_framesizes(fourcc).unwrap_or_default() {
                let sizes = match size.size {
                    FrameSizeEnum::Discrete(size) => Sizes::One(Size {
                        width: size.width,
                        height: size.height,
                    }),
                    FrameSizeEnum::Stepwise(steps) => Sizes::Between(
                        Size {
                            width: steps.min_width,
                            height: steps.min_height,
                        },
                        Size {
                            width: steps.max_width,
                            height: steps.max_height,
                        },
                    ),
                };
                let rates = match sizes {
                    Sizes::One(size) => self.rates(fourcc, size),
                    Sizes::Between(..) => Vec::new(),
                };
                offers.push(Offer {
                    format: PixelFormat::from_fourcc(fourcc.repr),
                    sizes,
                    rates,
                });
            }
        }
        Ok(offers)
    }

    fn rates(&self, fourcc: FourCC, size: Size) -> Vec<Rate> {
        let intervals = self
            .device
            .enum_frameintervals(fourcc, size.width, size.height)
            .unwrap_or_default();
        let mut rates: Vec<Rate> = intervals
            .into_iter()
            .map(|interval| match interval.interval {
                FrameIntervalEnum::Discrete(time) => time,
                FrameIntervalEnum::Stepwise(times) => times.min,
            })
            .filter(|time| time.numerator > 0)
            .map(|time| Rate {
                pictures: time.denominator,
                seconds: time.numerator,
            })
            .collect();
        rates.sort_by_key(|rate| core::cmp::Reverse(rate.centi()));
        rates
    }

    /// What the driver made of it: it may take another size, and another format when it has changed its mind.
    fn set_mode(&self, mode: Mode) -> Result<Format, CameraError> {
        let wanted = Format::new(
            mode.size.width,
            mode.size.height,
            FourCC::new(&mode.format.fourcc()),
        );
        let got = self
            .device
            .set_format(&wanted)
            .map_err(self.wrong("set the format of"))?;
        let format = PixelFormat::from_fourcc(got.fourcc.repr);
        match format.readable() {
            true => Ok(got),
            false => Err(CameraError::NoFormat {
                path: self.path.to_path_buf(),
                offers: format.to_string(),
            }),
        }
    }
}
