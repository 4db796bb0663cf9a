//! Forms that change rooms: telling, placing, turning out, taking in. Each looks whether its right counts on the room's site.

use super::{Done, granted, to, verbs};
use crate::commands::Wish;
use crate::enrol::{Approval, Decision};
use crate::people::Right;
use crate::rooms::{Card, Place, Slug};
use crate::secrets::secret;
use crate::web::{Ask, Refused};
use fleet_proto::{BoundedText, CommandId, Upload, Verb};
use std::time::Duration;

/// A command of a button is meant for now.
pub(super) const LASTS: Duration = Duration::from_secs(120);

pub(super) async fn tell(ask: Ask) -> Done {
    let name = ask.field("verb").to_owned();
    let card = ask.room(verbs::needs(&name))?;
    let id = command_id(ask.field("command"))?;
    let at = (ask.tenant(), &card.room.id);
    let done = to(&format!("/rooms/{}#commands", card.room.id));
    // Each bundle has a place of its own, so that the same form again would be another command.
    if ask.fleet.commands.get(at, &id).await?.is_some() {
        return Ok(done);
    }
    let verb = match (verbs::verb(&name), name.as_str()) {
        (Some(verb), _) => verb,
        (None, "log-bundle") => Verb::LogBundle {
            to: wanted(&ask, &card, "log-bundle").await?,
        },
        (None, "screenshot") => return granted::ask_for(&ask, &card, id).await,
        (None, _) => return Err(Refused::NotFound),
    };
    let wish = Wish {
        // The form's own number: a button that is pressed twice, or a form that is sent again, means one command.
        id,
        verb,
        lasts: LASTS,
        until_ms: None,
        waits: false,
        grant: None,
        by: ask.name().to_owned(),
    };
    ask.fleet.tell(at, wish).await?;
    Ok(done)
}

/// A place for something that a room is asked for.
pub(super) async fn wanted(ask: &Ask, card: &Card, what: &str) -> Result<Upload, Refused> {
    let at = (ask.tenant(), &card.room.id);
    let now_ms = ask.fleet.now_ms();
    Ok(ask.fleet.uploads.want(at, what, now_ms).await?)
}

/// An id that programs and forms send, or a new one.
pub(super) fn command_id(text: &str) -> Result<CommandId, Refused> {
    let text = match text {
        "" => secret()[..24].to_owned(),
        text => text.to_owned(),
    };
    text.parse()
        .map_err(|error| Refused::Bad(format!("command: {error}")))
}

/// The place that a form says.
fn placed(ask: &Ask) -> Result<Place, Refused> {
    let slug = |name: &str| Slug::of(ask.field(name)).ok_or(Refused::Wrong("place-wrong"));
    Ok(Place {
        site: slug("site")?,
        building: slug("building")?,
        floor: slug("floor")?,
        kind: slug("kind")?,
    })
}

pub(super) async fn place(ask: Ask) -> Done {
    let card = ask.room(Right::Install)?;
    let place = placed(&ask)?;
    move_to(&ask, &card, BoundedText::new(ask.field("name")), place).await?;
    Ok(to(&format!("/rooms/{}", card.room.id)))
}

/// Moves a room; whoever does may do so on both sites.
pub(super) async fn move_to(
    ask: &Ask,
    card: &Card,
    name: BoundedText,
    place: Place,
) -> Result<(), Refused> {
    ask.must(Right::Install, Some(&place.site))?;
    let what = (&card.room.id, name, place);
    ask.fleet.place(ask.tenant(), what, ask.name()).await?;
    Ok(())
}

pub(super) async fn turn_out(ask: Ask) -> Done {
    let card = ask.room(Right::Rule)?;
    if ask.field("sure") != card.room.id.as_str() {
        return Err(Refused::Wrong("out-not-sure"));
    }
    let fleet = &ask.fleet;
    fleet
        .turn_out(ask.tenant(), &card.room.id, ask.name())
        .await?;
    Ok(to("/rooms"))
}

pub(super) async fn approve(ask: Ask) -> Done {
    if ask.field("compared") != "yes" {
        return Err(Refused::Wrong("enrol-not-compared"));
    }
    let approval = Approval {
        room: ask
            .field("id")
            .parse()
            .map_err(|_| Refused::Wrong("enrol-id-wrong"))?,
        name: BoundedText::new(ask.field("name")),
        place: placed(&ask)?,
        replaces: ask.field("replaces") == "yes",
    };
    let room = take_in(&ask, approval).await?;
    Ok(to(&format!("/rooms/{room}")))
}

/// The request of the address.
fn on(ask: &Ask) -> Decision<'_> {
    Decision {
        tenant: ask.tenant(),
        request: ask.part("request"),
        now_ms: ask.fleet.now_ms(),
    }
}

/// Takes a room in on a site where the asker installs. One that takes another's place must be placed where that was.
pub(super) async fn take_in(ask: &Ask, approval: Approval) -> Result<fleet_proto::RoomId, Refused> {
    ask.must(Right::Install, Some(&approval.place.site))?;
    if let Some(card) = ask.fleet.roster.card(ask.tenant(), &approval.room) {
        ask.must(Right::Install, Some(&card.room.place.site))?;
    }
    let fleet = &ask.fleet;
    let room = fleet.approve(on(ask), approval, ask.name()).await?;
    Ok(room.id)
}

pub(super) async fn refuse(ask: Ask) -> Done {
    turn_away(&ask).await?;
    Ok(to("/enrolment"))
}

pub(super) async fn turn_away(ask: &Ask) -> Result<(), Refused> {
    let (fleet, request) = (&ask.fleet, ask.part("request"));
    let act = (ask.name(), "room-refused", request);
    fleet.note(ask.tenant(), act, &[]).await?;
    fleet.enrol.refuse(on(ask)).await?;
    Ok(())
}
