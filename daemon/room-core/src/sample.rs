//! A plan and meetings for the tests beside the code. Times count in minutes from the wall's zero.

use crate::hand::Consent;
use crate::ids::{HeadId, HostName, MeetingId, Private, ServiceId};
use crate::meeting::{Conference, Meeting, MeetingStatus, Target};
use crate::plan::{AfterCrash, AtEnd, HeadPlan, JoinPolicy, Policy, RoomPlan};
use crate::units::{Percent, PresetNumber, Wall};
use core::time::Duration;

const MINUTE: i64 = 60_000;

pub(crate) fn plan() -> RoomPlan {
    let minutes = |n: u64| Duration::from_secs(60 * n);
    RoomPlan {
        name: "Room".to_owned(),
        display_name: "Room".to_owned(),
        standing: None,
        heads: vec![HeadPlan {
            id: HeadId::new("front"),
            name: "Front".to_owned(),
            presets: Vec::new(),
            at_start: Some(PresetNumber(1)),
        }],
        pucks: Vec::new(),
        displays: Vec::new(),
        cameras: Vec::new(),
        fittings: Vec::new(),
        sound: None,
        preflight: None,
        consents: vec![(ServiceId::new("practice"), Consent::Terms)],
        policy: Policy {
            join: JoinPolicy::OnPress,
            announce_before: minutes(15),
            warm_before: minutes(2),
            join_before: minutes(1),
            join_late_limit: minutes(10),
            alone_after: Some(minutes(10)),
            at_end: AtEnd::Stay,
            extend_by: minutes(15),
            join_limit: minutes(1),
            wait_limit: minutes(15),
            reconnect_limit: Duration::from_secs(30),
            rejoin_tries: 3,
            after_crash: AfterCrash::DarkAndSilent,
            display_off_after: Some(minutes(15)),
            update_buttons: true,
            volume_at_start: Percent::new(50),
            volume_limit: Percent::new(80),
        },
    }
}

pub(crate) fn target(link: &str) -> Target {
    Target::page(
        ServiceId::new("practice"),
        HostName::new("practice.example"),
        Private::new(format!("https://practice.example/{link}")),
        None,
    )
}

pub(crate) fn meeting(id: &str, start: i64, end: i64) -> Meeting {
    Meeting {
        id: MeetingId::new(id),
        title: Private::new(id),
        organizer: None,
        start: Wall(start * MINUTE),
        end: Wall(end * MINUTE),
        all_day: false,
        private: false,
        status: MeetingStatus::Confirmed,
        exempt: false,
        join: Some(JoinPolicy::ByItself),
        conference: Conference::At(target(id)),
    }
}

pub(crate) fn at(minutes: i64) -> Wall {
    Wall(minutes * MINUTE)
}
