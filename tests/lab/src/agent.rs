//! The line to the agent in a guest: runs one program at a time there and gives back what it said. Each wait has a limit.
//! The other side is `image/agent`.

use anyhow::{Context, Result};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// What the agent needs beside the program's own time: starting it, killing it, saying so.
const MARGIN: Duration = Duration::from_secs(20);
/// `timeout`'s status for a program that it ended.
const TIMED_OUT: i32 = 124;

/// How a program in the guest ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// By itself with this status.
    Status(i32),
    /// Its time was over.
    TimedOut,
    /// The guest broke down meanwhile, or no longer answers.
    GuestLost,
}

/// The agent of one guest.
#[derive(Debug)]
pub struct Agent {
    line: UnixStream,
    said: Receiver<String>,
}

impl Agent {
    /// Waits until the guest is up.
    ///
    /// # Errors
    /// It is not up within `limit`.
    pub fn greet(line: UnixStream, limit: Duration) -> Result<Agent> {
        let (sender, said) = channel();
        let reading = line.try_clone()?;
        std::thread::spawn(move || {
            // What a test prints need not be text.
            for bytes in BufReader::new(reading).split(b'\n').map_while(Result::ok) {
                if sender
                    .send(String::from_utf8_lossy(&bytes).into_owned())
                    .is_err()
                {
                    return;
                }
            }
        });
        let agent = Agent { line, said };
        let deadline = Instant::now() + limit;
        while agent
            .next(deadline)
            .with_context(|| format!("the guest is not up after {} s", limit.as_secs()))?
            != "ready"
        {}
        Ok(agent)
    }

    fn next(&self, deadline: Instant) -> Result<String, RecvTimeoutError> {
        self.said
            .recv_timeout(deadline.saturating_duration_since(Instant::now()))
    }

    /// Runs a program with arguments, none of which may hold a blank; its output line by line, and its end.
    pub fn run(
        &mut self,
        limit: Duration,
        program: &str,
        arguments: &[&str],
    ) -> (Vec<String>, Ended) {
        let mut output = Vec::new();
        let line = format!("{} {program} {}\n", limit.as_secs(), arguments.join(" "));
        if self.line.write_all(line.as_bytes()).is_err() {
            return (output, Ended::GuestLost);
        }
        let deadline = Instant::now() + limit + MARGIN;
        while let Ok(line) = self.next(deadline) {
            if let Some(text) = line.strip_prefix("| ") {
                output.push(text.to_owned());
            } else if let Some(status) = line.strip_prefix("= ") {
                let ended = match status.trim().parse() {
                    Ok(TIMED_OUT) => Ended::TimedOut,
                    Ok(status) => Ended::Status(status),
                    Err(_) => Ended::GuestLost,
                };
                return (output, ended);
            }
        }
        (output, Ended::GuestLost)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail loudly")]
    use super::*;
    use std::io::Read;

    const SOON: Duration = Duration::from_secs(10);

    /// An agent whose guest says this after the first word from the host, and then ends.
    fn agent(says: &'static str) -> Agent {
        let (ours, mut guest) = UnixStream::pair().unwrap();
        guest.write_all(b"boot noise\nready\n").unwrap();
        std::thread::spawn(move || {
            let _ = guest.read(&mut [0; 256]);
            let _ = guest.write_all(says.as_bytes());
        });
        Agent::greet(ours, SOON).unwrap()
    }

    #[test]
    fn output_and_status_are_told_apart() {
        let (output, ended) = agent("| = 7\n| two\n\n= 3\n").run(SOON, "/bin/x", &[]);
        assert_eq!(output, ["= 7", "two"]);
        assert_eq!(ended, Ended::Status(3));
    }

    #[test]
    fn a_program_out_of_time_is_named() {
        assert_eq!(
            agent("| half\n= 124\n").run(SOON, "/bin/x", &[]).1,
            Ended::TimedOut
        );
    }

    #[test]
    fn a_guest_that_ends_in_the_middle_is_lost_and_what_it_said_is_kept() {
        let (output, ended) = agent("| half a sen\n").run(SOON, "/bin/x", &[]);
        assert_eq!(output, ["half a sen"]);
        assert_eq!(ended, Ended::GuestLost);
    }

    #[test]
    fn a_guest_that_never_comes_up_is_an_error() {
        let (ours, guest) = UnixStream::pair().unwrap();
        drop(guest);
        assert!(Agent::greet(ours, SOON).is_err());
    }
}
