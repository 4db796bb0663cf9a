//! Lines through the kernel's GPIO character device (crate `gpiocdev`): names, bounce and edges are the kernel's.

use super::{Active, Bias, Edge, Hand, Input, Lit, Output, Place, Used, Watched};
use crate::engine::button::Contact;
use crate::error::GpioError;
use gpiocdev::Request;
use gpiocdev::line::{self, EdgeDetection, EdgeKind, Value};
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use room_core::units::Percent;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use std::{fs, io, thread};
use tokio::sync::mpsc;

/// As `gpioinfo` shows who has a line.
const CONSUMER: &str = "roomd";
const DEVICES: &str = "/dev";

/// The kernel's hand.
#[derive(Debug, Clone, Copy)]
pub struct Kernel;

impl Hand for Kernel {
    fn watch(
        &self,
        input: &Input,
        edges: mpsc::Sender<Edge>,
    ) -> Result<Box<dyn Watched>, GpioError> {
        let (chip, offset) = find(&input.line)?;
        let asked = |debounce: Option<Duration>| {
            let mut builder = Request::builder();
            builder
                .on_chip(&chip)
                .with_line(offset)
                .with_consumer(CONSUMER)
                .as_input()
                .with_bias(bias(input.bias))
                .with_edge_detection(EdgeDetection::BothEdges);
            active(&mut builder, input.active);
            if let Some(period) = debounce {
                builder.with_debounce_period(period);
            }
            builder.request()
        };
        // A kernel before 5.10 knows no debouncing; then the engine does it.
        let (request, debounced) = match asked(Some(input.debounce)) {
            Ok(request) => (request, true),
            Err(_) => (
                asked(None).map_err(|e| GpioError::broken(&input.line, e))?,
                false,
            ),
        };
        let request = Arc::new(request);
        let (stop, stopped) = UnixStream::pair().map_err(|e| GpioError::broken(&input.line, e))?;
        let (place, heard) = (input.line.clone(), request.clone());
        thread::Builder::new()
            .name("gpio line".to_owned())
            .spawn(move || listen(&heard, &stopped, &place, &edges))
            .map_err(|e| GpioError::broken(&input.line, e))?;
        Ok(Box::new(Line {
            place: input.line.clone(),
            request,
            debounced,
            stop: Some(stop),
        }))
    }

    fn lamp(&self, output: &Output) -> Result<Box<dyn Lit>, GpioError> {
        let (chip, offset) = find(&output.line)?;
        let mut builder = Request::builder();
        builder
            .on_chip(&chip)
            .with_line(offset)
            .with_consumer(CONSUMER)
            .as_output(Value::Inactive);
        active(&mut builder, output.active);
        let request = builder.request();
        Ok(Box::new(Line {
            place: output.line.clone(),
            request: Arc::new(request.map_err(|e| GpioError::broken(&output.line, e))?),
            debounced: false,
            stop: None,
        }))
    }
}

struct Line {
    place: Place,
    request: Arc<Request>,
    debounced: bool,
    /// The listener ends when this is dropped; a lamp has none.
    stop: Option<UnixStream>,
}

impl Line {
    fn value(&self) -> Result<Value, GpioError> {
        self.request
            .lone_value()
            .map_err(|e| GpioError::broken(&self.place, e))
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        // A chip keeps what was driven last; nobody may take an orphaned lamp for the truth.
        if self.stop.is_none() {
            let _ = self.request.set_lone_value(Value::Inactive);
        }
    }
}

impl Watched for Line {
    fn contact(&mut self) -> Result<Contact, GpioError> {
        Ok(match self.value()? {
            Value::Active => Contact::Closed,
            Value::Inactive => Contact::Open,
        })
    }

    fn debounced(&self) -> bool {
        self.debounced
    }
}

impl Lit for Line {
    fn set(&mut self, duty: Percent) -> Result<(), GpioError> {
        let value = if duty.get() > 0 {
            Value::Active
        } else {
            Value::Inactive
        };
        self.request
            .set_lone_value(value)
            .map_err(|e| GpioError::broken(&self.place, e))
    }

    fn seen(&mut self) -> Result<bool, GpioError> {
        Ok(self.value()? == Value::Active)
    }

    fn dims(&self) -> bool {
        false
    }
}

/// Waits in the kernel, on a thread of its own, until the line is let go or lost.
fn listen(request: &Request, stopped: &UnixStream, place: &Place, edges: &mpsc::Sender<Edge>) {
    loop {
        let mut waited = [
            PollFd::new(request.as_fd(), PollFlags::POLLIN),
            PollFd::new(stopped.as_fd(), PollFlags::POLLIN),
        ];
        if poll(&mut waited, PollTimeout::NONE) == Err(Errno::EINTR) {
            continue;
        }
        let [line, stop] = waited.map(|fd| fd.revents().unwrap_or(PollFlags::POLLERR));
        if !stop.is_empty() {
            return;
        }
        let read = match line.contains(PollFlags::POLLIN) {
            true => request.read_edge_event().map_err(|e| e.to_string()),
            false => Err("the chip is gone".to_owned()),
        };
        let edge = match read {
            Ok(event) => Edge::To {
                at: Duration::from_nanos(event.timestamp_ns),
                contact: match event.kind {
                    EdgeKind::Rising => Contact::Closed,
                    EdgeKind::Falling => Contact::Open,
                },
            },
            Err(why) => Edge::Lost(GpioError::broken(place, why)),
        };
        let lost = matches!(edge, Edge::Lost(_));
        if edges.blocking_send(edge).is_err() || lost {
            return;
        }
    }
}

fn active(builder: &mut gpiocdev::request::Builder, active: Active) {
    match active {
        Active::High => builder.as_active_high(),
        Active::Low => builder.as_active_low(),
    };
}

fn bias(bias: Bias) -> Option<line::Bias> {
    match bias {
        Bias::AsIs => None,
        Bias::PullUp => Some(line::Bias::PullUp),
        Bias::PullDown => Some(line::Bias::PullDown),
    }
}

/// The chip and number of a line that is free. Says by name what stands in the way.
fn find(place: &Place) -> Result<(PathBuf, u32), GpioError> {
    let info = match place {
        Place::At { chip, offset } => {
            let opened = open(chip, place)?;
            let info = opened.line_info(*offset);
            info.map_err(|_| GpioError::Absent(place.clone()))
                .map(|info| (chip.clone(), info))?
        }
        Place::Named(name) => {
            let mut denied = None;
            let mut found = None;
            for chip in chips() {
                match open(&chip, place) {
                    Ok(opened) => {
                        found = found.or(opened.find_line_info(name).map(|info| (chip, info)))
                    }
                    Err(error @ GpioError::Denied(_)) => denied = Some(error),
                    Err(_) => {}
                }
            }
            // Where a chip may not be opened, the line may be there: that is the thing to mend.
            let absent = denied.unwrap_or(GpioError::Absent(place.clone()));
            found.ok_or(absent)?
        }
    };
    let (chip, info) = info;
    match info.used {
        true => Err(GpioError::Busy {
            line: place.clone(),
            by: match info.consumer.as_str() {
                "" => "the kernel".to_owned(),
                consumer => consumer.to_owned(),
            },
        }),
        false => Ok((chip, info.offset)),
    }
}

fn open(chip: &Path, place: &Place) -> Result<gpiocdev::chip::Chip, GpioError> {
    if let Err(error) = fs::File::open(chip) {
        return Err(match error.kind() {
            io::ErrorKind::PermissionDenied => GpioError::Denied(chip.to_owned()),
            _ => GpioError::Absent(place.clone()),
        });
    }
    gpiocdev::chip::Chip::from_path(chip).map_err(|e| GpioError::broken(place, e))
}

fn chips() -> Vec<PathBuf> {
    let entries = fs::read_dir(DEVICES).into_iter().flatten().flatten();
    let names = entries.map(|entry| entry.path());
    let is_chip = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let number = name.strip_prefix("gpiochip");
        number.is_some_and(|number| number.parse::<u32>().is_ok())
    };
    let mut chips: Vec<PathBuf> = names.filter(is_chip).collect();
    chips.sort_by(|a, b| gpiocdev::chip::path_compare(a, b));
    chips
}

/// Every line that may be looked at, chip by chip, and what stands in the way of the others.
pub fn found_lines() -> (Vec<Used>, Vec<GpioError>) {
    let (mut lines, mut problems) = (Vec::new(), Vec::new());
    for chip in chips() {
        let whole = Place::At {
            chip: chip.clone(),
            offset: 0,
        };
        let infos = open(&chip, &whole).and_then(|opened| {
            let infos = opened
                .line_info_iter()
                .map_err(|e| GpioError::broken(&whole, e))?;
            Ok(infos.flatten().collect::<Vec<_>>())
        });
        match infos {
            Ok(infos) => lines.extend(infos.into_iter().map(|info| Used {
                chip: chip.clone(),
                offset: info.offset,
                name: info.name,
                by: info.used.then_some(info.consumer),
                output: info.direction == line::Direction::Output,
            })),
            Err(problem) => problems.push(problem),
        }
    }
    (lines, problems)
}
