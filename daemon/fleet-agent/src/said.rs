//! What a room says, as text that is never too long. Knows no connection.

use crate::terms::Output;
use fleet_proto::{FromRoom, RoomState, Stamped, Unread, write};

/// The state with as much of its lists as one message takes; its most important faults stand first.
pub(crate) fn fitting(mut said: Stamped<RoomState>) -> Stamped<RoomState> {
    while let Err(Unread::TooLong(_)) = write(&said) {
        let state = &mut said.of;
        let longest = [
            state.devices.len(),
            state.packs.len(),
            state.faults.len(),
            state.proof.as_ref().map_or(0, |proof| proof.findings.len()),
        ];
        let most = longest.into_iter().max().unwrap_or(0) / 2;
        state.devices.truncate(most);
        state.packs.truncate(most);
        state.faults.truncate(most);
        if let Some(proof) = &mut state.proof {
            proof.findings.truncate(most);
        }
        if most == 0 {
            break;
        }
    }
    said
}

/// What cannot be said is not: everything else than a state is short by its types.
pub(crate) fn say(out: &mut Vec<Output>, message: &FromRoom) {
    if let Ok(text) = write(message) {
        out.push(Output::Send(text));
    }
}
