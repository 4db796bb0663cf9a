//! What to say for a request, in each of the languages that may go unanswered.
//! Must not know when it is said.

use crate::model::{HeadModel, share_of, zoom_move};
use crate::pelco::{self, Answer, Dialect, Query};
use crate::visca::{self, Frame};
use room_core::effect::HeadCommand;
use room_core::event::Drive;
use room_core::failure::HeadFailure;
use room_core::units::{Speed, Switch};

/// A language and the head that is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Speech {
    Pelco(Dialect, pelco::Address),
    Visca(visca::Address),
}

/// Whether a newer request makes this one void.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    Motion,
    Other,
}

/// Frames of one request, in this order.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Words {
    pub sort: Sort,
    pub frames: Vec<Vec<u8>>,
}

impl Speech {
    /// The head's number on its line.
    pub(super) fn address(self) -> u8 {
        match self {
            Speech::Pelco(_, address) => address.get(),
            Speech::Visca(address) => address.get(),
        }
    }

    pub(super) fn can_ask(self) -> bool {
        matches!(self, Speech::Pelco(..))
    }

    pub(super) fn ask(self, query: Query) -> Option<Vec<u8>> {
        match self {
            Speech::Pelco(dialect, address) => {
                let frame = pelco::Command::Ask(query).to(dialect, address);
                Some(frame.as_bytes().to_vec())
            }
            Speech::Visca(_) => None,
        }
    }

    /// Everything that may run is ended.
    pub(super) fn stop(self) -> Vec<Vec<u8>> {
        match self {
            Speech::Pelco(dialect, address) => {
                let frame = pelco::Command::STOP.to(dialect, address);
                vec![frame.as_bytes().to_vec()]
            }
            Speech::Visca(address) => {
                let turn = visca::Command::PanTilt {
                    pan: visca::Motor::Still,
                    tilt: visca::Motor::Still,
                };
                let zoom = visca::Command::Zoom(visca::ZoomMove::Stop);
                [turn, zoom].map(|c| bytes(c.to(address))).to_vec()
            }
        }
    }

    /// The frames for a request that is no stop.
    pub(super) fn say(self, command: HeadCommand, model: &HeadModel) -> Result<Words, HeadFailure> {
        match self {
            Speech::Pelco(dialect, address) => {
                let (sort, command) = pelco_words(command, model)?;
                let frame = command.to(dialect, address);
                Ok(Words {
                    sort,
                    frames: vec![frame.as_bytes().to_vec()],
                })
            }
            Speech::Visca(address) => {
                let (sort, commands) = visca_words(command, model)?;
                let frames = commands.into_iter().map(|c| bytes(c.to(address)));
                Ok(Words {
                    sort,
                    frames: frames.collect(),
                })
            }
        }
    }
}

fn bytes(frame: Frame) -> Vec<u8> {
    frame.as_bytes().to_vec()
}

fn pelco_words(
    command: HeadCommand,
    model: &HeadModel,
) -> Result<(Sort, pelco::Command), HeadFailure> {
    let preset = |number| model.presets.on_wire(number).ok_or(HeadFailure::NoPreset);
    Ok(match command {
        HeadCommand::Drive { drive, .. } => (Sort::Motion, pelco_drive(drive, model)),
        HeadCommand::Stop => (Sort::Motion, pelco::Command::STOP),
        HeadCommand::Recall(number) => {
            (Sort::Motion, pelco::Command::PresetRecall(preset(number)?))
        }
        HeadCommand::Store(number) => (Sort::Other, pelco::Command::PresetStore(preset(number)?)),
        // The protocol has no home; some models keep theirs as a preset.
        HeadCommand::Home => {
            let home = model.home_preset.ok_or(HeadFailure::NotSupported)?;
            (Sort::Motion, pelco::Command::PresetRecall(preset(home)?))
        }
        HeadCommand::Goto(_) => return Err(HeadFailure::NotSupported),
        HeadCommand::Power(Switch::Open) => (Sort::Other, pelco::Command::CameraOn),
        HeadCommand::Power(Switch::Closed) => (Sort::Other, pelco::Command::CameraOff),
    })
}

fn pelco_drive(drive: Drive, model: &HeadModel) -> pelco::Command {
    let motor = |speed: Speed, inverted: bool| {
        let share = share_of(speed, pelco::FASTEST);
        match speed.get() {
            0 => pelco::Motor::Still,
            way if (way > 0) != inverted => pelco::Motor::Plus(share),
            _ => pelco::Motor::Minus(share),
        }
    };
    pelco::Command::Move {
        pan: motor(drive.pan, model.inverted.pan),
        tilt: motor(drive.tilt, model.inverted.tilt),
        zoom: match drive.zoom.get() {
            0 => pelco::Zoom::Still,
            1.. => pelco::Zoom::Tele,
            _ => pelco::Zoom::Wide,
        },
    }
}

fn visca_words(
    command: HeadCommand,
    model: &HeadModel,
) -> Result<(Sort, Vec<visca::Command>), HeadFailure> {
    use visca::Command;
    let preset = |number| model.presets.on_wire(number).ok_or(HeadFailure::NoPreset);
    Ok(match command {
        // Both motors are always said: what ran before is not known.
        HeadCommand::Drive { drive, .. } => {
            let turn = Command::PanTilt {
                pan: model.pan_motor(drive.pan),
                tilt: model.tilt_motor(drive.tilt),
            };
            (
                Sort::Motion,
                vec![turn, Command::Zoom(zoom_move(drive.zoom))],
            )
        }
        HeadCommand::Stop => (Sort::Motion, Vec::new()),
        HeadCommand::Recall(number) => (Sort::Motion, vec![Command::PresetRecall(preset(number)?)]),
        HeadCommand::Store(number) => (Sort::Other, vec![Command::PresetStore(preset(number)?)]),
        HeadCommand::Home => (Sort::Motion, vec![Command::Home]),
        HeadCommand::Goto(place) => {
            let (pan, tilt, zoom) = model.steps(place);
            let turn = Command::PanTiltTo {
                speed: model.move_speed(),
                layout: model.layout,
                pan,
                tilt,
            };
            (Sort::Motion, vec![turn, Command::ZoomTo(zoom)])
        }
        HeadCommand::Power(Switch::Open) => (Sort::Other, vec![Command::PowerOn]),
        HeadCommand::Power(Switch::Closed) => (Sort::Other, vec![Command::Standby]),
    })
}

/// What is listened to on a line where most heads say nothing.
#[derive(Debug)]
pub(super) enum Ears {
    Deaf,
    Pelco(pelco::Deframer),
}

impl Ears {
    pub(super) fn of(speech: Speech) -> Ears {
        match speech {
            Speech::Pelco(dialect, _) => Ears::Pelco(pelco::Deframer::new(dialect)),
            Speech::Visca(_) => Ears::Deaf,
        }
    }

    /// An answer and the number of the head that gave it.
    pub(super) fn push(&mut self, byte: u8) -> Option<(u8, Answer)> {
        let Ears::Pelco(deframer) = self else {
            return None;
        };
        let pelco::Received::Frame(frame) = deframer.push(byte)? else {
            return None;
        };
        Some((frame.address()?.get(), Answer::parse(&frame)?))
    }
}
