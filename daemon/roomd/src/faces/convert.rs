//! The core's view as the API's state, and the API's presses as the core's. By hand, so that a change on
//! either side must be thought about here. Knows no connection and no language.

use super::config::PackKnown;
use super::equipment;
use super::sound;
use call_browser::pack::Certainty;
use room_api as api;
use room_core::event::{ClockHealth, Press, Trouble, WaitingFor};
use room_core::event::{Drive, Flow, HeadPress, JoinStep, MediaSeen, PersonNeeded};
use room_core::failure::CallFailure;
use room_core::hand::{Consent, Hand, PageKey, Spot, Typed};
use room_core::ids::{HeadId, MeetingId, Private, PuckId};
use room_core::meeting::{By, CalendarHealth, MeetingStatus, Page};
use room_core::units::{Percent, PresetNumber, Speed, Switch, Wall};
use room_core::view::{AfarView, EndedWhy, Fault, HeadState, HeadView, Joinable, LeaveWhy};
use room_core::view::{MeetingView, MicNote, Offer, Phase, SwitchView, View, WayView};
use std::collections::BTreeMap;

/// What stands in a state beside the view.
pub(super) struct Frame<'a> {
    pub boot: &'a str,
    pub revision: u64,
    pub now: Wall,
    pub zone: &'a str,
    pub help: Option<&'a str>,
    pub practice_url: Option<&'a str>,
    pub trial: bool,
    pub fleet_code: Option<String>,
    pub pairing: Option<api::Pairing>,
    pub packs: &'a BTreeMap<String, PackKnown>,
}

/// The view as every face gets it.
pub(super) fn state(view: &View, frame: Frame<'_>) -> api::PanelState {
    // Whoever reads the code off a picture would count as being in the room.
    let pictured = view.afar == Some(AfarView::Picture);
    api::PanelState {
        version: api::VERSION,
        boot: frame.boot.to_owned(),
        revision: frame.revision,
        now_ms: frame.now.0,
        zone: frame.zone.to_owned(),
        room: view.room.clone(),
        phase: phase(view, frame.packs),
        way: view.way.map(way),
        current: view.current.as_ref().map(meeting),
        meetings: view.meetings.iter().map(meeting).collect(),
        mic: switch_state(view.mic),
        camera: switch_state(view.camera),
        volume: api::Volume {
            seen: view.volume.seen.known().map(Percent::get),
            limit: view.volume.limit.get(),
        },
        sound: view.sound.as_ref().map(sound::sound),
        preflight: view.preflight.as_ref().map(sound::preflight),
        people: view.people,
        media: view.media.map(media),
        mic_note: view.mic_note.map(|note| match note {
            MicNote::Muted => api::MicNote::Muted,
            MicNote::AskedToUnmute => api::MicNote::AskedToUnmute,
        }),
        agreed: view.agreed.iter().copied().map(consent).collect(),
        heads: view.heads.iter().map(head).collect(),
        buttons: view.pucks.iter().map(equipment::button).collect(),
        displays: view.displays.iter().map(equipment::display).collect(),
        cameras: view.cameras.iter().map(equipment::camera).collect(),
        faults: view.faults.iter().map(fault).collect(),
        offers: view.offers.iter().map(offer).collect(),
        calendar: match view.calendar {
            CalendarHealth::Never => api::Calendar::Never {},
            CalendarHealth::Fresh => api::Calendar::Fresh {},
            CalendarHealth::StaleSince(since) => api::Calendar::Stale { since_ms: since.0 },
        },
        clock: match view.clock {
            ClockHealth::Good => api::Clock::Good,
            ClockHealth::Wrong => api::Clock::Wrong,
        },
        help: frame.help.map(str::to_owned),
        practice_url: frame.practice_url.filter(|_| !pictured).map(str::to_owned),
        trial: frame.trial,
        afar: view.afar.map(afar),
        fleet_code: frame.fleet_code,
        pairing: frame.pairing.filter(|_| !pictured),
    }
}

fn afar(afar: AfarView) -> api::Afar {
    match afar {
        AfarView::Identify => api::Afar::Identify,
        AfarView::Picture => api::Afar::Picture,
    }
}

fn way(way: WayView) -> api::Way {
    api::Way {
        by: match way.by {
            By::Page => api::By::Page,
            By::Sip => api::By::Sip,
        },
        instead_of: way.instead_of.map(|failure| failure.code().to_owned()),
    }
}

fn phase(view: &View, packs: &BTreeMap<String, PackKnown>) -> api::Phase {
    match &view.phase {
        Phase::Standby => api::Phase::Standby {},
        Phase::Announced { joins_at, warm } => api::Phase::Announced {
            joins_at_ms: joins_at.map(|at| at.0),
            warm: *warm,
        },
        Phase::Joining(step) => api::Phase::Joining {
            step: match step {
                JoinStep::Asking | JoinStep::Opening => api::JoinStep::Opening,
                JoinStep::FillingIn => api::JoinStep::FillingIn,
                JoinStep::Knocking => api::JoinStep::Knocking,
            },
        },
        Phase::Waiting { whom, since } => api::Phase::Waiting {
            whom: match whom {
                WaitingFor::Host => api::WaitingFor::Host,
                WaitingFor::Lobby => api::WaitingFor::Lobby,
                WaitingFor::Hold => api::WaitingFor::Hold,
            },
            since_ms: since.0,
        },
        Phase::AsksPasscode { rejected } => api::Phase::AsksPasscode {
            rejected: *rejected,
        },
        Phase::PersonNeeded(need) => api::Phase::PersonNeeded {
            need: person_need(*need),
        },
        Phase::InCall { since, leaves } => api::Phase::InCall {
            since_ms: since.0,
            leaves: leaves.map(|(at, why)| api::Leaves {
                at_ms: at.0,
                why: leave_why(why),
            }),
        },
        Phase::Reconnecting { trouble, attempt } => api::Phase::Reconnecting {
            trouble: match trouble {
                Trouble::Network => api::Trouble::Network,
                Trouble::Frozen => api::Trouble::Frozen,
                Trouble::PageCrashed => api::Trouble::PageCrashed,
                Trouble::SoundLost => api::Trouble::SoundLost,
            },
            attempt: *attempt,
        },
        Phase::Leaving => api::Phase::Leaving {},
        Phase::Failed { failure, retry } => api::Phase::Failed {
            failure: failure.code().to_owned(),
            retry: *retry,
            recognition: recognition(*failure, view, packs),
        },
        Phase::Ended(why) => api::Phase::Ended {
            why: ended_why(*why),
        },
    }
}

/// How well the service's pages are known, for failures that may come from not knowing them.
fn recognition(
    failure: CallFailure,
    view: &View,
    packs: &BTreeMap<String, PackKnown>,
) -> Option<api::Recognition> {
    use CallFailure as F;
    if !matches!(failure, F::UnknownScreen | F::NoAnswer | F::ActionFailed) {
        return None;
    }
    let Joinable::Yes(service) = &view.current.as_ref()?.joinable else {
        return None;
    };
    let known = packs.get(service.as_str())?;
    Some(api::Recognition {
        service: service.as_str().to_owned(),
        certainty: match known.certainty {
            Certainty::Contract => api::Certainty::Contract,
            Certainty::VendorTestIds => api::Certainty::VendorTestIds,
            Certainty::SeenInPublicCode => api::Certainty::SeenInPublicCode,
            Certainty::Unverified => api::Certainty::Unverified,
        },
        seen: known.seen.map(|month| month.to_string()),
    })
}

/// Which question only a person may answer.
pub(crate) fn person_need(need: PersonNeeded) -> api::PersonNeed {
    match need {
        PersonNeeded::Captcha => api::PersonNeed::Captcha,
        PersonNeeded::Login => api::PersonNeed::Login,
        PersonNeeded::Registration => api::PersonNeed::Registration,
        PersonNeeded::Consent(None) => api::PersonNeed::Consent,
        PersonNeeded::Consent(Some(Consent::Recording)) => api::PersonNeed::ConsentRecording,
        PersonNeeded::Consent(Some(Consent::Transcript)) => api::PersonNeed::ConsentTranscript,
        PersonNeeded::Consent(Some(Consent::Terms)) => api::PersonNeed::ConsentTerms,
        PersonNeeded::BotWall => api::PersonNeed::BotWall,
        PersonNeeded::Breakout => api::PersonNeed::Breakout,
        PersonNeeded::Presence => api::PersonNeed::Presence,
    }
}

fn consent(kind: Consent) -> api::Consent {
    match kind {
        Consent::Recording => api::Consent::Recording,
        Consent::Transcript => api::Consent::Transcript,
        Consent::Terms => api::Consent::Terms,
    }
}

fn leave_why(why: LeaveWhy) -> api::LeaveWhy {
    match why {
        LeaveWhy::BookedEnd => api::LeaveWhy::BookedEnd,
        LeaveWhy::Alone => api::LeaveWhy::Alone,
        LeaveWhy::NextMeeting => api::LeaveWhy::NextMeeting,
    }
}

fn ended_why(why: EndedWhy) -> api::EndedWhy {
    match why {
        EndedWhy::ByHost => api::EndedWhy::ByHost,
        EndedWhy::Removed => api::EndedWhy::Removed,
        EndedWhy::TimeLimit => api::EndedWhy::TimeLimit,
        EndedWhy::Alone => api::EndedWhy::Alone,
        EndedWhy::BookedEnd => api::EndedWhy::BookedEnd,
        EndedWhy::ByFleet => api::EndedWhy::ByFleet,
    }
}

fn meeting(meeting: &MeetingView) -> api::Meeting {
    let open = |text: &Private| api::Private::new(text.reveal());
    api::Meeting {
        id: meeting.id.as_str().to_owned(),
        title: meeting.title.as_ref().map(open),
        organizer: meeting.organizer.as_ref().map(open),
        start_ms: meeting.start.0,
        end_ms: meeting.end.0,
        all_day: meeting.all_day,
        status: match meeting.status {
            MeetingStatus::Confirmed => api::MeetingStatus::Confirmed,
            MeetingStatus::Tentative => api::MeetingStatus::Tentative,
            MeetingStatus::Cancelled => api::MeetingStatus::Cancelled,
        },
        joinable: joinable(&meeting.joinable),
    }
}

fn joinable(joinable: &Joinable) -> api::Joinable {
    match joinable {
        Joinable::Yes(service) => api::Joinable::Yes {
            service: service.as_str().to_owned(),
        },
        Joinable::Cancelled => api::Joinable::Cancelled {},
        Joinable::Exempt => api::Joinable::Exempt {},
        Joinable::NoLink => api::Joinable::NoLink {},
        Joinable::UnknownHost(host) => api::Joinable::UnknownHost {
            host: host.as_str().to_owned(),
        },
        Joinable::Refused(host) => api::Joinable::Refused {
            host: host.as_str().to_owned(),
        },
        Joinable::NotJoinable(service) => api::Joinable::NotJoinable {
            service: service.as_str().to_owned(),
        },
        Joinable::Page(service, page) => api::Joinable::Page {
            service: service.as_str().to_owned(),
            page: match page {
                Page::Registration => api::Page::Registration,
                Page::Recording => api::Page::Recording,
                Page::SignIn => api::Page::SignIn,
                Page::Other => api::Page::Other,
            },
        },
        Joinable::Sealed(host) => api::Joinable::Sealed {
            host: host.as_str().to_owned(),
        },
    }
}

fn switch_state(view: SwitchView) -> api::SwitchState {
    api::SwitchState {
        seen: view.seen.known().map(switch),
        becoming: view.becoming.map(switch),
    }
}

fn switch(switch: Switch) -> api::Switch {
    match switch {
        Switch::Open => api::Switch::Open,
        Switch::Closed => api::Switch::Closed,
    }
}

fn media(media: MediaSeen) -> api::Media {
    let runs = |flow: Flow| match flow {
        Flow::Runs => true,
        Flow::Stands => false,
    };
    api::Media {
        audio_in: runs(media.audio_in),
        video_in: runs(media.video_in),
        audio_out: runs(media.audio_out),
        video_out: runs(media.video_out),
    }
}

fn head(head: &HeadView) -> api::Head {
    let (state, failure) = match head.state {
        HeadState::Unknown => (api::HeadState::Unknown, None),
        HeadState::Gone(failure) => (api::HeadState::Gone, Some(failure.code().to_owned())),
        HeadState::Asleep => (api::HeadState::Asleep, None),
        HeadState::Still => (api::HeadState::Still, None),
        HeadState::Moving => (api::HeadState::Moving, None),
    };
    let preset = |preset: &room_core::plan::PresetPlan| api::Preset {
        number: preset.number.0,
        name: preset.name.clone(),
    };
    api::Head {
        id: head.id.as_str().to_owned(),
        name: head.name.clone(),
        presets: head.presets.iter().map(preset).collect(),
        state,
        failure,
        position: head.position.map(|at| api::Position {
            pan_cdeg: at.pan,
            tilt_cdeg: at.tilt,
            zoom_permille: at.zoom,
        }),
        at_preset: head.at_preset.map(|number| number.0),
    }
}

fn fault(fault: &Fault) -> api::Fault {
    api::Fault {
        code: fault.code.code().to_owned(),
        subject: fault.subject.clone(),
        cause: fault.cause.map(|cause| cause.code().to_owned()),
        since_ms: fault.since.0,
    }
}

fn offer(offer: &Offer) -> api::Offer {
    match offer {
        Offer::Join(id) => api::Offer::Join {
            meeting: id.as_str().to_owned(),
        },
        Offer::JoinStanding => api::Offer::JoinStanding {},
        Offer::Leave => api::Offer::Leave {},
        Offer::Extend => api::Offer::Extend {},
        Offer::MicAndCamera => api::Offer::MicAndCamera {},
        Offer::Passcode => api::Offer::Passcode {},
        Offer::Retry => api::Offer::Retry {},
        Offer::Dismiss => api::Offer::Dismiss {},
        Offer::OperatePage => api::Offer::OperatePage {},
        Offer::ResetSound => api::Offer::ResetSound {},
        Offer::Preflight => api::Offer::Preflight {},
        Offer::StopPreflight => api::Offer::StopPreflight {},
    }
}

/// The press in the core's words.
pub(super) fn press(request: api::PressRequest) -> Press {
    use api::PressRequest as R;
    match request {
        R::Join { meeting } => Press::Join(meeting.map(MeetingId::new)),
        R::JoinStanding {} => Press::JoinStanding,
        R::Leave {} => Press::Leave,
        R::Extend {} => Press::Extend,
        R::Mic { to } => Press::Mic(to_core(to)),
        R::Camera { to } => Press::Camera(to_core(to)),
        R::Volume { percent } => Press::Volume(Percent::new(percent)),
        R::ResetSound {} => Press::ResetSound,
        R::Preflight {} => Press::Preflight,
        R::StopPreflight {} => Press::StopPreflight,
        R::Passcode { code } => Press::Passcode(Private::new(code.reveal())),
        R::Retry {} => Press::Retry,
        R::Dismiss {} => Press::Dismiss,
        R::HeadPreset { head, number } => {
            Press::Head(HeadId::new(head), HeadPress::Preset(PresetNumber(number)))
        }
        R::HeadDrive {
            head,
            pan,
            tilt,
            zoom,
        } => Press::Head(
            HeadId::new(head),
            HeadPress::Drive(Drive {
                pan: Speed::new(pan),
                tilt: Speed::new(tilt),
                zoom: Speed::new(zoom),
            }),
        ),
        R::HeadStop { head } => Press::Head(HeadId::new(head), HeadPress::Stop),
        R::HeadHome { head } => Press::Head(HeadId::new(head), HeadPress::Home),
        R::ButtonUpdate { button } => Press::UpdatePuck(PuckId::new(button)),
        R::PageTap { x, y } => Press::Hand(Hand::Tap(Spot::new(x, y))),
        R::PageScroll { x, y, by } => Press::Hand(Hand::Scroll {
            at: Spot::new(x, y),
            by,
        }),
        R::PageDrag { x, y, to_x, to_y } => Press::Hand(Hand::Drag {
            from: Spot::new(x, y),
            to: Spot::new(to_x, to_y),
        }),
        R::PageType { text } => Press::Hand(Hand::Type(Typed::new(text.reveal()))),
        R::PageKey { key } => Press::Hand(Hand::Key(page_key(key))),
    }
}

fn page_key(key: api::PageKey) -> PageKey {
    match key {
        api::PageKey::Tab => PageKey::Tab,
        api::PageKey::BackTab => PageKey::BackTab,
        api::PageKey::Enter => PageKey::Enter,
        api::PageKey::Escape => PageKey::Escape,
        api::PageKey::Backspace => PageKey::Backspace,
        api::PageKey::Delete => PageKey::Delete,
        api::PageKey::Up => PageKey::Up,
        api::PageKey::Down => PageKey::Down,
        api::PageKey::Left => PageKey::Left,
        api::PageKey::Right => PageKey::Right,
        api::PageKey::Space => PageKey::Space,
    }
}

fn to_core(switch: api::Switch) -> Switch {
    match switch {
        api::Switch::Open => Switch::Open,
        api::Switch::Closed => Switch::Closed,
    }
}

/// The press's name for the metrics.
pub(super) fn name(press: &Press) -> &'static str {
    match press {
        Press::Join(_) => "join",
        Press::JoinStanding => "join-standing",
        Press::Leave => "leave",
        Press::Extend => "extend",
        Press::Mic(Switch::Open) => "mic-open",
        Press::Mic(Switch::Closed) => "mic-closed",
        Press::Camera(Switch::Open) => "camera-open",
        Press::Camera(Switch::Closed) => "camera-closed",
        Press::Volume(_) => "volume",
        Press::ResetSound => "reset-sound",
        Press::Preflight => "preflight",
        Press::StopPreflight => "stop-preflight",
        Press::LookAhead => "look-ahead",
        Press::Identify(_) => "identify",
        Press::Picture => "picture",
        Press::PictureTaken => "picture-taken",
        Press::RestartBrowser => "restart-browser",
        Press::Passcode(_) => "passcode",
        Press::Retry => "retry",
        Press::Dismiss => "dismiss",
        Press::Head(_, HeadPress::Preset(_)) => "head-preset",
        Press::Head(_, HeadPress::Drive(_)) => "head-drive",
        Press::Head(_, HeadPress::Stop) => "head-stop",
        Press::Head(_, HeadPress::Home) => "head-home",
        Press::Key(..) => "key",
        Press::UpdatePuck(_) => "button-update",
        Press::Hand(_) => "page",
    }
}
