//! What is seen of table buttons as words, both ways: `firmware table runs 0.1.0 newest 0.2.0`, `firmware table waits newest 0.2.0`,
//! `firmware table reverts 0.2.0 to 0.1.0`, `firmware table updated 0.2.0`, `firmware table failed firmware-disk`.

use super::words::{Doubt, Words};
use room_core::event::Event;
use room_core::failure::FirmwareFailure;
use room_core::ids::PuckId;
use room_core::pucks::{Firmware, FirmwareSeen};
use room_core::view::{PuckState, PuckView};

/// Reads what was seen of a button's firmware.
pub fn firmware(words: &mut Words) -> Result<Event, Doubt> {
    let puck = PuckId::new(words.next("button")?);
    let seen = match words.next("state of firmware")? {
        "runs" => FirmwareSeen::Runs {
            version: words.read("version", Firmware::read)?,
            newest: match words.eat("newest") {
                true => Some(words.read("version", Firmware::read)?),
                false => None,
            },
        },
        "waits" if words.eat("newest") => FirmwareSeen::Waits {
            newest: words.read("version", Firmware::read)?,
        },
        "reverts" => {
            let version = words.read("version", Firmware::read)?;
            if !words.eat("to") {
                return Err("a button reverts to something".to_owned());
            }
            let to = words.read("version", Firmware::read)?;
            FirmwareSeen::Reverts { version, to }
        }
        "updated" => FirmwareSeen::Updated(words.read("version", Firmware::read)?),
        "failed" => {
            let failure = |word: &str| {
                let mut all = FirmwareFailure::ALL.iter();
                all.find(|why| why.code() == word).copied()
            };
            FirmwareSeen::Failed(words.read("failure", failure)?)
        }
        word => return Err(format!("no firmware is {word:?}")),
    };
    Ok(Event::Firmware(puck, seen))
}

/// The same line again.
pub fn print_firmware(puck: &PuckId, seen: FirmwareSeen) -> String {
    let seen = match seen {
        FirmwareSeen::Runs {
            version,
            newest: Some(newest),
        } => format!("runs {version} newest {newest}"),
        FirmwareSeen::Runs {
            version,
            newest: None,
        } => format!("runs {version}"),
        FirmwareSeen::Waits { newest } => format!("waits newest {newest}"),
        FirmwareSeen::Updated(version) => format!("updated {version}"),
        FirmwareSeen::Reverts { version, to } => format!("reverts {version} to {to}"),
        FirmwareSeen::Failed(why) => format!("failed {}", why.code()),
    };
    format!("firmware {puck} {seen}")
}

/// What a panel knows of one: `puck table here`, and about its firmware what there is to say.
pub fn phrases(puck: &PuckView) -> Vec<String> {
    let id = &puck.id;
    let here = if puck.here { "here" } else { "gone" };
    let mut all = vec![format!("puck {id} {here}")];
    all.extend(puck.firmware.map(|runs| format!("puck {id} runs {runs}")));
    all.extend(
        puck.offered
            .map(|newer| format!("puck {id} offered {newer}")),
    );
    all.extend(match puck.state {
        PuckState::Usual => None,
        PuckState::Waits => Some(format!("puck {id} waits")),
        PuckState::Updating => Some(format!("puck {id} updating")),
        PuckState::Failed(why) => Some(format!("puck {id} failed {}", why.code())),
    });
    all
}
