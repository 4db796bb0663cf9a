//! `roomctl display`: switches and looks at one display over one line, without a daemon. Owns words and patience; what a
//! display is told and when it is believed is its driver's business.

mod words;

use crate::{Found, print};
use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand, ValueEnum};
use drv_display::codec::{Login, Protocol};
use drv_display::model::BUILT_IN;
use drv_display::words::{Answer, Heard, Muted, Power, Request, Turn};
use drv_display::{
    Address, DisplayModel, Goal, Kind, LinkCommand, LinkEvent, LinkSetup, Mac, Report, search, talk,
};
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, interval_at, timeout_at};
use words::{given_up, seen, words};

const HELP: &str = "\
Examples:
  roomctl display --port /dev/ttyUSB0 --model samsung-signage status
  roomctl display --port tcp://192.0.2.20 --protocol pjlink --password-file /root/projector on
  roomctl display --port cec:/dev/cec0 --protocol cec --trace on
  roomctl display --port i2c:/dev/i2c-4 --protocol ddc input hdmi1
  roomctl display --models
  roomctl display --search      projectors of this network that speak PJLink

Without a display, against an emulated one:
  cargo run -p emulators --bin display -- --protocol samsung-mdc --link /tmp/display &
  roomctl display --port /tmp/display --model samsung-signage --trace on

The daemon of a room keeps its lines for itself: stop it, or take a line that it does not use.";

/// Switches a display, or says what it is, over one line and without the daemon. What is printed was read back.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct DisplayArgs {
    /// The line: /dev/ttyUSB0, tcp://HOST or tcp://HOST:PORT, cec:/dev/cec0, i2c:/dev/i2c-4 or output:HDMI-A-1.
    #[arg(long, value_name = "LINE", required_unless_present_any = ["models", "search"])]
    port: Option<Address>,
    /// What the display is: a name from --models, or a file of your own.
    #[arg(long, value_name = "NAME|FILE")]
    model: Option<String>,
    /// What the display speaks, when its model is not known: the first model that speaks it is taken.
    #[arg(long, value_name = "NAME", conflicts_with = "model")]
    protocol: Option<String>,
    /// The display's number, where several are on one line.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=26))]
    id: u8,
    /// The line's speed in bits per second, when it is not the model's.
    #[arg(long)]
    baud: Option<u32>,
    /// The account, where the display has accounts.
    #[arg(long, default_value = "admin1")]
    user: String,
    /// A file whose first line is the display's password.
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// The hardware address that wakes it, where its network sleeps with it.
    #[arg(long, value_name = "00:11:22:33:44:55", value_parser = mac)]
    wake: Option<Mac>,
    /// Print each frame both ways, with its meaning.
    #[arg(long)]
    trace: bool,
    /// List the models that come with the program.
    #[arg(long, exclusive = true)]
    models: bool,
    /// Ask the network for projectors with PJLink, class 2: everybody, or those behind this address.
    #[arg(long, exclusive = true, value_name = "ADDRESS[:PORT]", num_args = 0..=1, default_missing_value = "255.255.255.255")]
    search: Option<String>,
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Switches it on, and waits for the picture.
    On,
    /// Sends it to sleep.
    Off,
    /// Chooses an input, by its name in the model's file.
    Input {
        /// Such as `hdmi1`.
        name: String,
    },
    /// Sets its loudness.
    Volume {
        /// Percent.
        #[arg(value_parser = clap::value_parser!(u8).range(0..=100))]
        percent: u8,
    },
    /// Silences it, or lets it be heard.
    Mute {
        /// Whether it shall be silent.
        #[arg(default_value = "on")]
        to: Silent,
    },
    /// Says what it is.
    Status,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Silent {
    /// Silent.
    On,
    /// To be heard.
    Off,
}

fn mac(text: &str) -> Result<Mac, String> {
    text.parse()
        .map_err(|()| "six pairs of hex digits with colons between them are needed".to_owned())
}

/// Does it and says what was seen.
///
/// # Errors
/// When the display cannot be reached, does not know the thing, or does not do it.
pub async fn run(args: DisplayArgs) -> Result<()> {
    if args.models {
        return print(&models());
    }
    if let Some(target) = &args.search {
        return find(target).await;
    }
    let Some(port) = args.port.clone() else {
        bail!("say which line: --port");
    };
    let Some(what) = &args.what else {
        bail!("say what to do: on, off, input, volume, mute or status");
    };
    let setup = setup(&args, port)?;
    let goal = goal(what, &setup.model)?;
    let (commands, to_link) = mpsc::unbounded_channel();
    let (out, events) = mpsc::channel(64);
    let limit = patience(&setup.model);
    let mut watch = Watch {
        address: setup.address.to_string(),
        trace: args.trace,
        events,
        began: Instant::now(),
        limit,
    };
    let link = tokio::spawn(talk(setup, to_link, out));
    let ended = match goal {
        Some(goal) => {
            // The link's task ends only with the other end of this channel.
            let _ = commands.send(LinkCommand::Want(goal.clone()));
            watch.until_done(&goal).await
        }
        None => {
            for kind in [Kind::Input, Kind::Volume, Kind::Muted, Kind::Troubles] {
                let _ = commands.send(LinkCommand::Look(kind));
            }
            watch.status().await
        }
    };
    link.abort();
    ended
}

async fn find(target: &str) -> Result<()> {
    const WAIT: Duration = Duration::from_secs(3);
    let whole = target.parse::<SocketAddr>().ok();
    let bare = target
        .parse::<IpAddr>()
        .map(|ip| SocketAddr::new(ip, search::PORT));
    let address = whole.or(bare.ok());
    let address = address.with_context(|| format!("`{target}` is no address"))?;
    eprintln!("listening for {} s", WAIT.as_secs());
    let found = search::search(address, WAIT).await;
    let found = found.with_context(|| format!("cannot ask {address}"))?;
    if found.is_empty() {
        eprintln!(
            "nobody answered; only projectors with PJLink class 2 do, and only in this network"
        );
        return Err(Found.into());
    }
    for projector in found {
        print(&format!(
            "tcp://{}  --wake {}",
            projector.address, projector.mac
        ))?;
    }
    Ok(())
}

fn models() -> String {
    let mut text = String::new();
    for (name, file) in BUILT_IN {
        if let Ok(model) = DisplayModel::read(name, file) {
            let inputs: Vec<&str> = model.inputs.keys().map(String::as_str).collect();
            let protocol = model.protocol.name();
            text += &format!("{name:<20} {protocol:<20} {}\n", model.title);
            if !inputs.is_empty() {
                text += &format!("{:<41} inputs: {}\n", "", inputs.join(", "));
            }
        }
    }
    text
}

fn setup(args: &DisplayArgs, address: Address) -> Result<LinkSetup> {
    let mut model = model(args.model.as_deref(), args.protocol.as_deref())?;
    if let Some(baud) = args.baud {
        model.baud = baud;
    }
    let password = args.password_file.as_deref().map(password).transpose()?;
    Ok(LinkSetup {
        address,
        model,
        id: args.id,
        login: Login {
            user: args.user.clone(),
            password: password.unwrap_or_default(),
        },
        wake: args.wake,
    })
}

fn model(model: Option<&str>, protocol: Option<&str>) -> Result<DisplayModel> {
    let own = |name: &str| {
        let known: Vec<&str> = BUILT_IN.iter().map(|(name, _)| *name).collect();
        DisplayModel::built_in(name)
            .with_context(|| format!("there is no model `{name}`; there are {}", known.join(", ")))
    };
    match (model, protocol) {
        (Some(file), _) if file.contains('/') || file.ends_with(".toml") => {
            let text =
                std::fs::read_to_string(file).with_context(|| format!("cannot read {file}"))?;
            let name = Path::new(file).file_stem().unwrap_or_default();
            Ok(DisplayModel::read(&name.to_string_lossy(), &text)?)
        }
        (Some(name), _) => Ok(own(name)??),
        (None, Some("ascii")) => {
            bail!("the words of ascii stand in a model's file: say --model NAME (see --models)")
        }
        (None, Some(name)) => {
            let names: Vec<&str> = Protocol::ALL.iter().map(|(name, _)| *name).collect();
            let protocol = Protocol::named(name).with_context(|| {
                format!(
                    "there is no protocol `{name}`; there are {}",
                    names.join(", ")
                )
            })?;
            let models = BUILT_IN
                .iter()
                .map(|(name, text)| DisplayModel::read(name, text));
            let found = models.flatten().find(|model| model.protocol == protocol);
            found.with_context(|| format!("no model speaks {name}"))
        }
        (None, None) => {
            bail!("say what the display is: --model NAME (see --models) or --protocol NAME")
        }
    }
}

fn password(file: &Path) -> Result<String> {
    let place = file.display();
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {place}"))?;
    let line = text.lines().next().unwrap_or_default();
    anyhow::ensure!(
        !line.is_empty(),
        "the first line of {place} is empty: the password belongs there"
    );
    Ok(line.to_owned())
}

/// `None` for looking alone.
fn goal(what: &What, model: &DisplayModel) -> Result<Option<Goal>> {
    let request = match what {
        What::On => Request::Power(Turn::On),
        What::Off => Request::Power(Turn::Standby),
        What::Input { name } => Request::Input(model.input(name).with_context(|| {
            let known: Vec<&str> = model.inputs.keys().map(String::as_str).collect();
            format!(
                "{} has no input `{name}`; it has {}",
                model.title,
                known.join(", ")
            )
        })?),
        What::Volume { percent } => Request::volume(*percent),
        What::Mute { to: Silent::On } => Request::Muted(Muted::Yes),
        What::Mute { to: Silent::Off } => Request::Muted(Muted::No),
        What::Status => return Ok(None),
    };
    Ok(Goal::new(request))
}

/// The driver gives up by itself after its tries; this is longer.
fn patience(model: &DisplayModel) -> Duration {
    let times = model.times;
    (times.warm_up + times.cool_down) * 4 + times.answer * 10
}

struct Watch {
    address: String,
    trace: bool,
    events: mpsc::Receiver<LinkEvent>,
    began: Instant,
    limit: Duration,
}

impl Watch {
    /// The next report; says every few seconds that it is still waiting.
    async fn next(&mut self) -> Result<Report> {
        const TELL: Duration = Duration::from_secs(3);
        let mut tell = interval_at(Instant::now() + TELL, TELL);
        let deadline = self.began + self.limit;
        loop {
            let event = tokio::select! {
                event = timeout_at(deadline, self.events.recv()) => match event {
                    Ok(Some(event)) => event,
                    Ok(None) | Err(_) => bail!("nothing came of it in {} s", self.limit.as_secs()),
                },
                _ = tell.tick() => {
                    eprintln!("waiting for {}, {} s", self.address, self.began.elapsed().as_secs());
                    continue;
                }
            };
            match event {
                LinkEvent::Report(report) => return Ok(report),
                LinkEvent::Fault(failure) => bail!(self.fault(failure.code())),
                LinkEvent::Sent(bytes, request) if self.trace => {
                    let meaning = request.map_or("answer".to_owned(), |r| format!("{r:?}"));
                    self.show("->", &bytes, &meaning)?;
                }
                LinkEvent::Received(bytes, heard) if self.trace => {
                    let meaning = match heard {
                        Heard::Answer(answer) => format!("{answer:?}"),
                        other => format!("{other:?}"),
                    };
                    self.show("<-", &bytes, &meaning)?;
                }
                LinkEvent::Sent(..) | LinkEvent::Received(..) => {}
            }
        }
    }

    fn show(&self, way: &str, bytes: &[u8], meaning: &str) -> Result<()> {
        let hex: Vec<String> = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
        let text: String = bytes
            .iter()
            .map(|byte| {
                if byte.is_ascii_graphic() || *byte == b' ' {
                    char::from(*byte)
                } else {
                    '.'
                }
            })
            .collect();
        let seconds = self.began.elapsed().as_secs_f32();
        print(&format!(
            "{seconds:7.3} {way} {}  |{text}|  {meaning}",
            hex.join(" ")
        ))
    }

    fn fault(&self, code: &str) -> String {
        let line = &self.address;
        let advice = match code {
            "display-line-absent" => {
                "there is no such line; is the adapter plugged in? /dev/serial/by-id lists serial ones"
            }
            "display-line-denied" => {
                "this user may not open it; groups that may are dialout, video and i2c"
            }
            "display-line-busy" => "another program has it; is it the room's daemon?",
            _ => "the line does not work",
        };
        format!("{line}: {advice} ({code})")
    }

    fn trouble(&self, report: &Report) -> Option<String> {
        let line = &self.address;
        match report {
            Report::Silent => Some(format!(
                "{line}: nobody answers; check the cable, the speed (--baud), the display's number (--id), and whether its \
                 menu allows this kind of control, also in standby (display-no-answer)"
            )),
            Report::Garbled => Some(format!(
                "{line}: what comes back makes no sense; another speed (--baud) or another protocol? (display-garbled)"
            )),
            Report::Locked => Some(format!(
                "{line}: the display does not accept the password; see --password-file (display-wrong-password)"
            )),
            _ => None,
        }
    }

    async fn until_done(&mut self, goal: &Goal) -> Result<()> {
        loop {
            let report = self.next().await?;
            if let Some(trouble) = self.trouble(&report) {
                bail!(trouble);
            }
            match report {
                Report::Reached(reached) if reached == *goal => {
                    return print(&format!("{}: seen", words(goal.request())));
                }
                Report::Told(told) if told == *goal => {
                    return print(&format!(
                        "{}: told; this cannot be read back",
                        words(goal.request())
                    ));
                }
                Report::GivenUp(given, why) if given == *goal => {
                    bail!("{}: {}", words(goal.request()), given_up(why));
                }
                Report::Seen(answer) => print(&seen(&answer))?,
                _ => {}
            }
        }
    }

    async fn status(&mut self) -> Result<()> {
        let mut open = vec![Kind::Input, Kind::Volume, Kind::Muted, Kind::Troubles];
        // What a display evades is left out after this.
        self.limit = self.limit.min(Duration::from_secs(15));
        let mut known = false;
        loop {
            let report = match self.next().await {
                Ok(report) => report,
                Err(_) if known => return Ok(()),
                Err(error) => return Err(error),
            };
            if let Some(trouble) = self.trouble(&report) {
                bail!(trouble);
            }
            match report {
                Report::Seen(answer) => {
                    print(&seen(&answer))?;
                    known = true;
                    match answer {
                        Answer::Power(Power::On) => {}
                        // Asleep or on its way, it answers for nothing else.
                        Answer::Power(_) => return Ok(()),
                        Answer::Input(_) => open.retain(|kind| *kind != Kind::Input),
                        Answer::Volume(_) => open.retain(|kind| *kind != Kind::Volume),
                        Answer::Muted(_) => open.retain(|kind| *kind != Kind::Muted),
                        _ => open.retain(|kind| *kind != Kind::Troubles),
                    }
                }
                Report::Unknowable(Kind::Power) => {
                    print("power: the display does not say")?;
                    return Err(Found.into());
                }
                Report::Unknowable(kind) => open.retain(|other| *other != kind),
                _ => {}
            }
            if known && open.is_empty() {
                return Ok(());
            }
        }
    }
}
