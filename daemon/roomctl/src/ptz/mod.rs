//! `roomctl ptz`: a camera head by hand, without the daemon. Owns words and flags; the driver speaks to the head.

mod talk;

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand, ValueEnum};
use drv_ptz::LineConfig;
use room_core::effect::HeadCommand;
use room_core::event::Drive;
use room_core::ids::HeadId;
use room_core::units::{Position, PresetNumber, Speed, Switch};
use room_profile::{HeadAt, HeadLink, OWN_PTZ_MODELS, Protocol, PtzModel, SourceFile, ptz_model};
use std::path::{Path, PathBuf};
use std::time::Duration;

pub(crate) use talk::{Swept, store, sweep};

const ABOUT: &str = "\
Speaks to a camera head directly, without the daemon: to find out which port, protocol and
model are right before they go into the room's file, and to see on the wire what is wrong.
The daemon must not have the line at the same time.

Examples:
  roomctl ptz --port /dev/ttyUSB0 inquire       who is there, and where does it look?
  roomctl ptz --port /dev/ttyUSB0 --address 2 preset recall 3
                                                the second camera of a chain
  roomctl ptz --port tcp://10.0.0.7 --model ptzoptics-g2 drive --pan 40 --for 2
  roomctl ptz --port sony://10.0.0.8 --model sony-brc-x400 --trace home
  roomctl ptz --port /dev/ttyS1 --protocol pelco-d --baud 2400 drive --tilt -30
  roomctl ptz --port /dev/video2 goto --pan -20 --tilt 5 --zoom 30
  roomctl ptz models                            the models that are known

A move ends by itself: after --for, or when this command ends. Ctrl-C stops the head.";

/// A camera head by hand, without the daemon.
#[derive(Args)]
#[command(long_about = ABOUT)]
pub struct PtzArgs {
    /// Where it is: a serial line, `/dev/videoN`, or `tcp://HOST`, `udp://HOST`, `sony://HOST`, with `:PORT` if not the model's own.
    #[arg(long, global = true, value_name = "PORT")]
    port: Option<String>,
    /// What it speaks; without it, `uvc` at /dev/video*, else `visca`.
    #[arg(long, global = true, value_enum)]
    protocol: Option<Word>,
    /// Its model: a name that `roomctl ptz models` lists, or a file.
    #[arg(long, global = true, value_name = "MODEL")]
    model: Option<String>,
    /// Its number on the line: 1 to 7 for VISCA, 1 to 255 for Pelco.
    #[arg(long, global = true, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u8).range(1..))]
    address: u8,
    /// The serial line's speed; without it, the one that the model comes with.
    #[arg(long, global = true, value_name = "BAUD", value_parser = clap::value_parser!(u32).range(1200..=230_400))]
    baud: Option<u32>,
    /// The file where places of a USB camera are kept, which stores none itself.
    #[arg(long, global = true, value_name = "FILE")]
    presets: Option<PathBuf>,
    /// Show each frame both ways, with its meaning.
    #[arg(long, global = true)]
    trace: bool,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Word {
    Visca,
    PelcoD,
    PelcoP,
    Uvc,
}

#[derive(Subcommand)]
enum Action {
    /// Says who is there, whether it is on, and where it looks.
    Inquire,
    /// Goes to a stored place, or stores the present one.
    #[command(subcommand)]
    Preset(Preset),
    /// Turns and zooms for a moment; speeds are percent of the fastest.
    Drive {
        /// Right; left when negative.
        #[arg(long, default_value_t = 0, allow_negative_numbers = true, value_parser = clap::value_parser!(i8).range(-100..=100))]
        pan: i8,
        /// Up; down when negative.
        #[arg(long, default_value_t = 0, allow_negative_numbers = true, value_parser = clap::value_parser!(i8).range(-100..=100))]
        tilt: i8,
        /// In; out when negative.
        #[arg(long, default_value_t = 0, allow_negative_numbers = true, value_parser = clap::value_parser!(i8).range(-100..=100))]
        zoom: i8,
        /// For so many seconds, at most 30.
        #[arg(long = "for", default_value_t = 1.0, value_name = "SECONDS", value_parser = seconds)]
        time: f64,
    },
    /// Stops everything that moves.
    Stop,
    /// Turns to the home position.
    Home,
    /// Zooms to a share of its range, and turns nothing.
    Zoom {
        /// 0 is widest.
        #[arg(value_parser = clap::value_parser!(u8).range(0..=100))]
        percent: u8,
    },
    /// Turns to a place.
    Goto {
        /// Degrees from the middle, right positive.
        #[arg(long, default_value_t = 0.0, allow_negative_numbers = true, value_parser = degrees)]
        pan: f64,
        /// Degrees from the horizon, up positive.
        #[arg(long, default_value_t = 0.0, allow_negative_numbers = true, value_parser = degrees)]
        tilt: f64,
        /// Percent of the zoom's range; 0 is widest.
        #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=100))]
        zoom: u8,
    },
    /// Wakes it, or sends it to standby.
    Power {
        /// What it shall be.
        to: super::OnOff,
    },
    /// Lists the models that are known.
    Models,
}

#[derive(Subcommand)]
enum Preset {
    /// Turns to a stored place.
    Recall {
        /// Its number.
        number: u8,
    },
    /// Stores where it looks now; an older place of that number is lost.
    Store {
        /// Its number.
        number: u8,
    },
}

fn seconds(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(seconds) if (0.05..=30.0).contains(&seconds) => Ok(seconds),
        _ => Err("expected seconds from 0.05 to 30".to_owned()),
    }
}

fn degrees(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(degrees) if (-360.0..=360.0).contains(&degrees) => Ok(degrees),
        _ => Err("expected degrees from -360 to 360".to_owned()),
    }
}

impl From<Word> for Protocol {
    fn from(word: Word) -> Protocol {
        match word {
            Word::Visca => Protocol::Visca,
            Word::PelcoD => Protocol::PelcoD,
            Word::PelcoP => Protocol::PelcoP,
            Word::Uvc => Protocol::Uvc,
        }
    }
}

/// What to ask of the head.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Wish {
    Look,
    Command(HeadCommand),
    /// The zoom alone: where pan and tilt stand is read first.
    ZoomOnly(u16),
}

/// Does it and prints how it ended.
///
/// # Errors
/// What does not fit together, a line that cannot be opened, a head that does not do it.
pub fn run(args: PtzArgs) -> Result<()> {
    if matches!(args.action, Action::Models) {
        return super::print(&models()?);
    }
    let wish = wish(&args.action);
    let config = config(&args)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start")?;
    let said = runtime.block_on(talk::talk(config, wish, args.trace));
    // A read of a line that nobody answers must not hold the end up.
    runtime.shutdown_background();
    super::print(&said?)
}

/// Whether a head answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    /// It does.
    Answers,
    /// Nobody does.
    Silent,
}

/// Asks for a VISCA camera at a port, as `--port` takes it.
///
/// # Errors
/// When the port is none.
pub(crate) async fn answers(port: &str, baud: Option<u32>) -> Result<Asked> {
    let args = PtzArgs {
        port: Some(port.to_owned()),
        protocol: Some(Word::Visca),
        model: None,
        address: 1,
        baud,
        presets: None,
        trace: false,
        action: Action::Inquire,
    };
    talk::answers(config(&args)?).await
}

fn wish(action: &Action) -> Wish {
    let place = |share: u8| u16::from(share) * 10;
    Wish::Command(match *action {
        Action::Inquire | Action::Models => return Wish::Look,
        Action::Zoom { percent } => return Wish::ZoomOnly(place(percent)),
        Action::Preset(Preset::Recall { number }) => HeadCommand::Recall(PresetNumber(number)),
        Action::Preset(Preset::Store { number }) => HeadCommand::Store(PresetNumber(number)),
        Action::Drive {
            pan,
            tilt,
            zoom,
            time,
        } => HeadCommand::Drive {
            drive: Drive {
                pan: Speed::new(pan),
                tilt: Speed::new(tilt),
                zoom: Speed::new(zoom),
            },
            limit: Duration::from_secs_f64(time),
        },
        Action::Stop => HeadCommand::Stop,
        Action::Home => HeadCommand::Home,
        Action::Goto { pan, tilt, zoom } => HeadCommand::Goto(Position {
            pan: (pan * 100.0).round() as i32,
            tilt: (tilt * 100.0).round() as i32,
            zoom: place(zoom),
        }),
        Action::Power { to } => HeadCommand::Power(match to {
            super::OnOff::On => Switch::Open,
            super::OnOff::Off => Switch::Closed,
        }),
    })
}

fn config(args: &PtzArgs) -> Result<LineConfig> {
    let Some(written) = &args.port else {
        bail!("which head? add --port, such as --port /dev/ttyUSB0 or --port tcp://10.0.0.7");
    };
    let at =
        HeadAt::parse(written).map_err(|(message, help)| anyhow::anyhow!("{message}; {help}"))?;
    let protocol = args
        .protocol
        .map_or_else(|| at.usual_protocol(), Protocol::from);
    let name = args.model.as_deref().unwrap_or(protocol.usual_model());
    let model = model(name)?;
    let port = at.port(protocol, &model, args.baud);
    if !model.protocols.contains(&protocol) {
        let known: Vec<_> = model.protocols.iter().map(|p| p.word()).collect();
        let known = known.join(" and ");
        bail!(
            "`{name}` does not speak {}; it speaks {known}",
            protocol.word()
        );
    }
    if !model.links.contains(&port.kind()) {
        let known: Vec<_> = model.links.iter().map(|l| l.word()).collect();
        let known = known.join(", ");
        bail!(
            "`{name}` is not reached over {}; it is reached over {known}",
            port.kind().word()
        );
    }
    if protocol == Protocol::Visca && args.address > 7 {
        bail!(
            "a VISCA line has no address {}; it has 1 to 7",
            args.address
        );
    }
    let storing = matches!(args.action, Action::Preset(Preset::Store { .. }));
    if protocol == Protocol::Uvc && storing && args.presets.is_none() {
        bail!("this camera stores no places itself: name a file for them with --presets FILE");
    }
    let link = HeadLink {
        head: HeadId::new("head"),
        protocol,
        port,
        address: args.address,
        model,
    };
    let mut lines = ptz_setup::lines(&[link], None);
    let mut line = lines.pop().context("there is no line")?;
    if let drv_ptz::Port::Video { presets, .. } = &mut line.port {
        presets.clone_from(&args.presets);
    }
    Ok(line)
}

/// A model by its name, of this machine or of the project, or by its file.
fn model(name: &str) -> Result<PtzModel> {
    let own = OWN_PTZ_MODELS.iter().find(|(own, _)| *own == name);
    let on_disk = Path::new("/etc/roomd/boards/devices/ptz").join(format!("{name}.toml"));
    let file = if name.contains('/') || name.ends_with(".toml") {
        read(Path::new(name))?
    } else if on_disk.exists() {
        read(&on_disk)?
    } else if let Some((_, text)) = own {
        SourceFile::new(name, *text)
    } else {
        let names: Vec<_> = OWN_PTZ_MODELS.iter().map(|(own, _)| *own).collect();
        bail!("there is no model `{name}`; known are {}", names.join(", "));
    };
    ptz_model(&file).map_err(|problems| anyhow::anyhow!("{}", problems.lines().join("\n")))
}

fn read(path: &Path) -> Result<SourceFile> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(SourceFile::new(path.to_string_lossy().as_ref(), text))
}

fn models() -> Result<String> {
    let mut lines = Vec::new();
    for (name, _) in OWN_PTZ_MODELS {
        let model = model(name)?;
        let speaks: Vec<_> = model.protocols.iter().map(|p| p.word()).collect();
        let over: Vec<_> = model.links.iter().map(|l| l.word()).collect();
        lines.push(format!(
            "{name:<18} {} ({} over {})",
            model.title,
            speaks.join(" and "),
            over.join(", ")
        ));
    }
    Ok(lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        ptz: PtzArgs,
    }

    fn refused(line: &str) -> String {
        let args = line.split(' ');
        match Cli::try_parse_from(["ptz"].into_iter().chain(args)) {
            Ok(cli) => match config(&cli.ptz) {
                Ok(config) => format!("{} {:?}", config.port, config.protocol),
                Err(error) => error.to_string(),
            },
            Err(error) => error
                .to_string()
                .lines()
                .next()
                .unwrap_or_default()
                .to_owned(),
        }
    }

    #[test]
    fn what_does_not_fit_is_said_with_what_would() {
        assert_eq!(refused("--port tcp://a home"), "tcp://a:5678 Visca");
        assert_eq!(refused("--port /dev/video3 stop"), "/dev/video3 Uvc");
        assert_eq!(
            refused("--port sony://a --model sony-brc-x400 home"),
            "sony://a:52381 Visca"
        );
        assert!(refused("home").starts_with("which head?"));
        assert!(refused("--port tpc://a home").ends_with("did you mean `tcp`?"));
        assert_eq!(
            refused("--port sony://a --model ptzoptics-g2 home"),
            "`ptzoptics-g2` is not reached over sony; it is reached over serial, tcp, udp"
        );
        assert_eq!(
            refused("--port /dev/a --protocol pelco-d --model sony-evi-d70 home"),
            "`sony-evi-d70` does not speak pelco-d; it speaks visca"
        );
        assert!(
            refused("--port /dev/a --model nonsense home")
                .starts_with("there is no model `nonsense`")
        );
        assert_eq!(
            refused("--port /dev/a --address 8 home"),
            "a VISCA line has no address 8; it has 1 to 7"
        );
        assert!(refused("--port /dev/video0 preset store 1").contains("--presets FILE"));
        assert!(refused("--port /dev/a drive --pan 101").contains("101"));
    }

    #[test]
    fn every_model_of_the_project_is_listed() {
        let list = models().unwrap_or_else(|error| panic!("{error:#}"));
        assert_eq!(list.lines().count(), OWN_PTZ_MODELS.len());
        assert!(list.contains("Sony EVI-D70"));
    }
}
