//! `roomctl fleet` without more: how the room stands with IT's fleet server. Owns words; the daemon asks and stays.

use crate::client::Client;
use crate::print;
use anyhow::{Context, Result, bail};
use room_api::{FleetAnswer, FleetStanding};
use std::time::{Duration, Instant};

const STANDING: &str = "/api/v1/fleet";
const ENROL: &str = "/api/v1/fleet/enrol";
/// A server on a slow line is asked within this.
const ASKED: Duration = Duration::from_secs(20);
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// Asks the daemon and prints.
///
/// # Errors
/// No daemon, or a refusal.
pub fn run(client: &Client, json: bool) -> Result<()> {
    let answer: FleetAnswer = client.get(STANDING)?;
    if json {
        return print(&serde_json::to_string_pretty(&answer).context("cannot write the answer")?);
    }
    print(&text(&answer))
}

/// Has the room ask anew, and prints its code.
///
/// # Errors
/// No daemon, a room that belongs nowhere or is connected, or a server that cannot be asked.
pub fn enrol(client: &Client, anew: bool, json: bool) -> Result<()> {
    let before: FleetAnswer = client.get(STANDING)?;
    match before.standing {
        FleetStanding::Nowhere {} => bail!("{}", text(&before)),
        FleetStanding::Member {
            connected: true,
            room,
            ..
        } if !anew => bail!(
            "this room is connected as {room}; --anew gives that up until an administrator agrees again"
        ),
        // A request that waits for an administrator is as good as a new one.
        FleetStanding::Waiting { problem: None, .. } if !anew => return run(client, json),
        _ => {}
    }
    client.post::<FleetAnswer>(ENROL, &())?;
    let end = Instant::now() + ASKED;
    loop {
        let late = Instant::now() >= end;
        // The daemon begins anew for that, and is away for a moment.
        let now: FleetAnswer = match client.get(STANDING) {
            Err(_) if !late => {
                std::thread::sleep(LOOK_EVERY);
                continue;
            }
            answer => answer?,
        };
        let news = now.standing != before.standing;
        match &now.standing {
            FleetStanding::Waiting { .. } if news => return run(client, json),
            FleetStanding::Asking { problem: Some(why) } if news || late => {
                bail!("the room asks, but: {why}")
            }
            _ if late => bail!("{}", text(&now)),
            _ => std::thread::sleep(LOOK_EVERY),
        }
    }
}

fn text(answer: &FleetAnswer) -> String {
    let server = answer.server.as_deref().unwrap_or("no server");
    let because = |problem: &Option<String>| match problem {
        Some(problem) => format!("\n  {problem}"),
        None => String::new(),
    };
    let mut lines = match &answer.standing {
        FleetStanding::Nowhere {} => {
            "The room belongs to no fleet: its file has no [fleet] with a server.".to_owned()
        }
        FleetStanding::Asking { problem } => {
            format!("Asking {server} to take the room in.{}", because(problem))
        }
        FleetStanding::Waiting { code, problem } => format!(
            "{server} was asked to take the room in.\n  Code: {code}\n  \
             An administrator finds the same code there, compares all of it, and agrees. Another code: refuse it, somebody sits between.{}",
            because(problem)
        ),
        FleetStanding::Member {
            room,
            tenant,
            connected,
            problem,
            ..
        } => {
            let link = match connected {
                true => "connected",
                false => "not connected; the room works the same",
            };
            format!(
                "{server}: {link}\n  This room is {room} of {tenant}.{}",
                because(problem)
            )
        }
    };
    if let Some(revision) = answer.settings {
        lines.push_str(&format!(
            "\n  Settings: revision {revision} of the fleet's."
        ));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::text;
    use room_api::{FleetAnswer, FleetStanding};

    fn said(standing: FleetStanding) -> String {
        text(&FleetAnswer {
            server: Some("https://fleet.stadt.example".to_owned()),
            standing,
            settings: Some(4),
        })
    }

    #[test]
    fn the_code_stands_alone_on_its_line_and_what_to_do_below_it() {
        let code = "K7QM-2XPA-9RTC".to_owned();
        let said = said(FleetStanding::Waiting {
            code,
            problem: None,
        });
        assert_eq!(said.lines().nth(1), Some("  Code: K7QM-2XPA-9RTC"));
        assert!(said.contains("compares all of it"), "{said}");
    }

    #[test]
    fn a_room_without_a_connection_says_why_and_that_it_works() {
        let said = said(FleetStanding::Member {
            room: "rathaus-3-14".to_owned(),
            tenant: "stadt".to_owned(),
            connected: false,
            since_ms: 0,
            problem: Some(
                "the fleet server at fleet.stadt.example cannot be reached: refused".to_owned(),
            ),
        });
        for part in [
            "works the same",
            "rathaus-3-14 of stadt",
            "cannot be reached",
            "revision 4",
        ] {
            assert!(said.contains(part), "{part}: {said}");
        }
    }
}
