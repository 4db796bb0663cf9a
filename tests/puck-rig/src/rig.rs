//! The rig as a process of its own. Moves lines; decides nothing.

use crate::place::Kit;
use crate::said::{Order, Said, read};
use anyhow::{Context, Result, bail};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

/// Longer than any answer takes, on a machine with much else to do.
const ANSWERS_WITHIN: Duration = Duration::from_secs(60);

/// Whose time it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// The chip's time passes by [`Order::Run`] only: figures do not depend on the machine.
    Stepped,
    /// The chip's time passes as everybody's does, or slower.
    Real,
    /// As [`Pace::Real`], on a machine that takes at least so many seconds for one of the chip's.
    Laboured(u8),
}

/// Which image the rig expects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Build {
    /// Small display, USB.
    Oled,
    /// Coloured display, USB.
    Tft,
    /// Small display, two wires instead of USB.
    OledUart,
    /// Coloured display, two wires instead of USB.
    TftUart,
}

impl Build {
    /// Every one.
    pub const ALL: [Build; 4] = [Build::Oled, Build::Tft, Build::OledUart, Build::TftUart];

    /// Display and line, as `firmware/build` names them.
    pub fn names(self) -> (&'static str, &'static str) {
        match self {
            Build::Oled => ("oled", "usb"),
            Build::Tft => ("tft", "usb"),
            Build::OledUart => ("oled", "uart"),
            Build::TftUart => ("tft", "uart"),
        }
    }
}

/// One chip with what is wired to it.
#[derive(Debug)]
pub struct Rig {
    orders: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
    _process: Child,
}

impl Rig {
    /// Gives power.
    ///
    /// # Errors
    /// The rig cannot be started.
    pub fn start(kit: &Kit, build: Build, pace: Pace) -> Result<Rig> {
        Rig::skewed(kit, build, pace, 1.0)
    }

    /// Gives power to a chip whose clock runs at `rate` times of everybody's.
    ///
    /// # Errors
    /// The rig cannot be started.
    pub fn skewed(kit: &Kit, build: Build, pace: Pace, rate: f64) -> Result<Rig> {
        let mut command = Command::new("node");
        command
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("rig/rig.mjs"))
            .args([&kit.emulator, &kit.image, &kit.program])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        command.args(["--rate", &rate.to_string()]);
        let (display, line) = build.names();
        command.args(["--display", display, "--line", line]);
        match pace {
            Pace::Stepped => &mut command,
            Pace::Real => command.arg("--paced"),
            Pace::Laboured(effort) => command.args(["--paced", "--effort", &effort.to_string()]),
        };
        let mut process = command.spawn().context("starting the rig")?;
        let orders = process.stdin.take().context("the rig's orders")?;
        let answers = process.stdout.take().context("the rig's answers")?;
        Ok(Rig {
            orders,
            lines: BufReader::new(answers).lines(),
            _process: process,
        })
    }

    /// Tells it something.
    ///
    /// # Errors
    /// It has ended.
    pub async fn order(&mut self, order: &Order) -> Result<()> {
        let line = order.line();
        let sent = self.orders.write_all(line.as_bytes()).await;
        sent.with_context(|| format!("ordering {order:?}"))
    }

    /// What happens next, and when in the chip's own time. May be left and asked again.
    ///
    /// # Errors
    /// It has ended, which includes an image that did what the rig does not know.
    pub async fn next(&mut self) -> Result<(Duration, Said)> {
        let line = self.lines.next_line().await.context("hearing the rig")?;
        read(&line.context("the rig has ended; its last words are on standard error")?)
    }

    /// Lets the chip's time pass; answers what happened meanwhile.
    ///
    /// # Errors
    /// It has ended, or takes far too long.
    pub async fn run(&mut self, time: Duration) -> Result<Vec<(Duration, Said)>> {
        self.order(&Order::Run(time)).await?;
        self.until(&Said::Ran).await
    }

    /// A picture of the display (PNG).
    ///
    /// # Errors
    /// It has no power.
    pub async fn screen(&mut self) -> Result<Vec<u8>> {
        self.order(&Order::Screen).await?;
        loop {
            match timeout(ANSWERS_WITHIN, self.next()).await?? {
                (_, Said::Screen(png)) => return Ok(png),
                (_, Said::Off) => bail!("there is no power"),
                _ => {}
            }
        }
    }

    async fn until(&mut self, last: &Said) -> Result<Vec<(Duration, Said)>> {
        let mut all = Vec::new();
        loop {
            let next = timeout(ANSWERS_WITHIN, self.next()).await;
            let (at, said) = next.context("the rig does not answer")??;
            if said == *last {
                return Ok(all);
            }
            all.push((at, said));
        }
    }
}
