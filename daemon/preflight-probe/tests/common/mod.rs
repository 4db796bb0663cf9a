//! Many made-up rooms at one private sound server, each with devices of its own.

#![allow(dead_code, reason = "each test uses its part")]

use preflight::sound::Loop;
use preflight_probe::stage::{Seat, every_way};
use preflight_probe::studio::{Studio, StudioError};
use virtual_room::{Devices, PrivateServer, VirtualRoom};

#[path = "../../../preflight/tests/common/mod.rs"]
pub mod rooms;

pub use rooms::{LOUDSPEAKERS, MICROPHONES, RATE, Room, SIZE, ear};

/// Samples of one turn of the server: ten milliseconds.
const TURN: u32 = RATE / 100;

/// A server, and a room for each of these.
pub struct House {
    pub server: PrivateServer,
    pub rooms: Vec<VirtualRoom>,
}

fn names(all: [&str; 2], room: usize) -> Vec<String> {
    all.map(|name| format!("{name}-{room}")).to_vec()
}

impl House {
    pub fn of(rooms: &[Room]) -> House {
        let all = |of: [&str; 2]| -> Vec<String> {
            let numbers = 0..rooms.len();
            numbers.flat_map(|n| names(of, n)).collect()
        };
        let (loudspeakers, microphones) = (all(LOUDSPEAKERS), all(MICROPHONES));
        let server = PrivateServer::start((RATE, TURN), &loudspeakers, &microphones).unwrap();
        let open = |(n, room): (usize, &Room)| {
            let devices = Devices {
                socket: Some(server.socket()),
                loudspeakers: names(LOUDSPEAKERS, n),
                microphones: names(MICROPHONES, n),
            };
            VirtualRoom::open(room, devices).unwrap()
        };
        let rooms = rooms.iter().enumerate().map(open).collect();
        House { server, rooms }
    }

    pub fn studio(&self) -> Studio {
        Studio::at(self.server.folder().to_path_buf())
    }

    /// All ways of one room.
    pub async fn hear(&self, room: usize) -> Result<Vec<Loop>, StudioError> {
        let seats = |roles: [&str; 2]| {
            let seat = |role: &str| Seat {
                role: role.to_owned(),
                place: format!("{role}-{room}"),
            };
            roles.map(seat).to_vec()
        };
        let (loudspeakers, microphones) = (seats(LOUDSPEAKERS), seats(MICROPHONES));
        let ways = (&loudspeakers[..], &microphones[..]);
        every_way(&mut self.studio(), ways, &ear(), |_| {}).await
    }
}
