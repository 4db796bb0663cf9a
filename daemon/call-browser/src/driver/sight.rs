//! Puts together what the frames of one page report, and keeps where each report came from. Pure; knows the formats of
//! the watcher and the probe.

use crate::call::{Device, Sample, View};
use crate::cdp::{FrameId, SessionId};
use room_core::event::{EndSeen, Flow, LensSeen, MediaSeen, SoundEnd};
use room_core::units::{Percent, Switch};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The watcher's world by name.
pub(super) const WATCHER_WORLD: &str = "roomd";
/// The function by which the watcher reports.
pub(super) const WATCHER_CALLS: &str = "roomdSaw";
/// The function by which the probe reports.
pub(super) const PROBE_CALLS: &str = "roomdMedia";

/// A JavaScript world of a frame.
pub(super) type Place = (SessionId, i64);

/// Everything that is seen of one page.
#[derive(Debug, Default)]
pub(super) struct Sight {
    worlds: BTreeMap<Place, World>,
}

#[derive(Debug)]
struct World {
    frame: Option<FrameId>,
    watcher: bool,
    page: Option<PageReport>,
    flow: Option<FlowReport>,
}

#[derive(Debug, Deserialize)]
struct PageReport {
    rules: Vec<usize>,
    dark: Vec<usize>,
    mic: Option<PageSwitch>,
    camera: Option<PageSwitch>,
    people: Option<u16>,
    top: bool,
    ready: bool,
    empty: bool,
    status: u16,
    broken: Vec<String>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum PageSwitch {
    Open,
    Closed,
}

impl From<PageSwitch> for Switch {
    fn from(seen: PageSwitch) -> Self {
        match seen {
            PageSwitch::Open => Switch::Open,
            PageSwitch::Closed => Switch::Closed,
        }
    }
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
struct FlowReport {
    audio_in: bool,
    video_in: bool,
    audio_out: bool,
    video_out: bool,
    links: u16,
    up: u16,
    pulse: bool,
}

#[derive(Debug, Deserialize)]
struct ProbeReport {
    flow: Option<FlowReport>,
    volume: Option<u8>,
    lens: Option<LensReport>,
    sound: Option<SoundReport>,
}

#[derive(Debug, Deserialize)]
struct LensReport {
    label: String,
    ours: bool,
}

#[derive(Debug, Deserialize)]
struct SoundReport {
    end: PageEnd,
    label: String,
    ours: bool,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum PageEnd {
    Microphone,
    Loudspeaker,
}

impl SoundReport {
    fn seen(&self) -> (SoundEnd, EndSeen) {
        let end = match self.end {
            PageEnd::Microphone => SoundEnd::Microphone,
            PageEnd::Loudspeaker => SoundEnd::Loudspeaker,
        };
        let seen = match self.ours {
            true => EndSeen::TheRooms,
            false => EndSeen::Another,
        };
        (end, seen)
    }
}

impl LensReport {
    fn seen(&self) -> LensSeen {
        match self.ours {
            true => LensSeen::TheRooms,
            false => LensSeen::Another,
        }
    }
}

/// What a report of a world changed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Changed {
    /// What the page shows.
    View,
    /// What flows.
    Media,
    /// How loud it is.
    Volume(Percent),
    /// Which camera it was given.
    Lens(LensSeen),
    /// Which microphone or loudspeaker it has.
    Sound(SoundEnd, EndSeen),
    /// Nothing.
    Nothing,
}

impl Sight {
    /// A world came to life.
    pub fn born(&mut self, place: Place, name: &str, frame: Option<FrameId>) {
        if name.is_empty() || name == WATCHER_WORLD {
            let watcher = name == WATCHER_WORLD;
            self.worlds.insert(
                place,
                World {
                    frame,
                    watcher,
                    page: None,
                    flow: None,
                },
            );
        }
    }

    /// Worlds are gone: one, or all of a session.
    pub fn died(&mut self, session: &SessionId, world: Option<i64>) {
        self.worlds
            .retain(|(of, number), _| of != session || world.is_some_and(|gone| gone != *number));
    }

    /// A frame is gone from a session. One that went to another process says so there, and may have been seen where it is by
    /// then: the two sessions know no order between them (seen with Chromium 156, in one of twenty pages).
    pub fn frame_gone(&mut self, session: &SessionId, frame: &FrameId) {
        self.worlds
            .retain(|(of, _), world| of != session || world.frame.as_ref() != Some(frame));
    }

    /// A report came.
    pub fn heard(&mut self, place: &Place, function: &str, payload: &str) -> Changed {
        let Some(world) = self.worlds.get_mut(place) else {
            return Changed::Nothing;
        };
        match function {
            WATCHER_CALLS if world.watcher => match serde_json::from_str::<PageReport>(payload) {
                Ok(report) => {
                    for css in &report.broken {
                        tracing::error!(%css, "a service pack has a selector that the browser does not understand");
                    }
                    world.page = Some(report);
                    Changed::View
                }
                Err(_) => Changed::Nothing,
            },
            PROBE_CALLS if !world.watcher => match serde_json::from_str::<ProbeReport>(payload) {
                Ok(ProbeReport {
                    flow: Some(flow), ..
                }) => {
                    world.flow = Some(flow);
                    Changed::Media
                }
                Ok(ProbeReport {
                    volume: Some(level),
                    ..
                }) => Changed::Volume(Percent::new(level)),
                Ok(ProbeReport {
                    lens: Some(lens), ..
                }) => {
                    let seen = lens.seen();
                    tracing::debug!(?seen, label = %lens.label.escape_debug(), "a page has a camera");
                    Changed::Lens(seen)
                }
                Ok(ProbeReport {
                    sound: Some(sound), ..
                }) => {
                    let (end, seen) = sound.seen();
                    tracing::debug!(?end, ?seen, label = %sound.label.escape_debug(), "a page has sound");
                    Changed::Sound(end, seen)
                }
                Ok(_) | Err(_) => Changed::Nothing,
            },
            _ => Changed::Nothing,
        }
    }

    fn pages(&self) -> impl Iterator<Item = &PageReport> {
        self.worlds.values().filter_map(|world| world.page.as_ref())
    }

    /// What the page shows, over all frames.
    pub fn view(&self, own: u16) -> View {
        let mut view = View::default();
        for page in self.pages() {
            view.rules.extend(&page.rules);
            view.dark.extend(&page.dark);
            view.mic = louder(view.mic, page.mic);
            view.camera = louder(view.camera, page.camera);
            view.ready |= page.ready && !page.empty;
            if page.top {
                view.status = page.status;
            }
        }
        view.rules.sort_unstable();
        view.rules.dedup();
        let listed = self.pages().filter_map(|page| page.people).max();
        view.anybody = listed.is_some_and(|listed| listed > 0);
        view.others = listed
            .filter(|listed| *listed > 0)
            .map(|listed| listed.saturating_sub(own));
        view
    }

    /// What flows, over all frames; `None` before any frame said.
    pub fn sample(&self) -> Option<Sample> {
        let mut flows = self
            .worlds
            .values()
            .filter_map(|world| world.flow)
            .peekable();
        flows.peek()?;
        let stands = MediaSeen {
            audio_in: Flow::Stands,
            video_in: Flow::Stands,
            audio_out: Flow::Stands,
            video_out: Flow::Stands,
        };
        let mut all = Sample {
            seen: stands,
            links: 0,
            up: 0,
            pulse: false,
        };
        for flow in flows {
            let seen = &mut all.seen;
            for (sum, runs) in [
                (&mut seen.audio_in, flow.audio_in),
                (&mut seen.video_in, flow.video_in),
                (&mut seen.audio_out, flow.audio_out),
                (&mut seen.video_out, flow.video_out),
            ] {
                if runs {
                    *sum = Flow::Runs;
                }
            }
            all.links = all.links.saturating_add(flow.links);
            all.up = all.up.saturating_add(flow.up);
            all.pulse |= flow.pulse;
        }
        Some(all)
    }

    /// The watcher's world in the frame that shows a rule.
    pub fn where_rule(&self, rule: Option<usize>) -> Option<Place> {
        let rule = rule?;
        self.find(|page| page.rules.contains(&rule))
    }

    /// The watcher's world in the frame that shows a device.
    pub fn where_device(&self, device: Device) -> Option<Place> {
        self.find(|page| match device {
            Device::Mic => page.mic.is_some(),
            Device::Camera => page.camera.is_some(),
        })
    }

    fn find(&self, test: impl Fn(&PageReport) -> bool) -> Option<Place> {
        let shows = |world: &World| world.page.as_ref().is_some_and(&test);
        self.worlds
            .iter()
            .find(|(_, world)| shows(world))
            .map(|(place, _)| place.clone())
    }

    /// The pages' own worlds, where the probe lives.
    pub fn probes(&self) -> Vec<Place> {
        self.places(|world| !world.watcher)
    }

    /// Where pages are watched.
    pub fn watchers(&self) -> Vec<Place> {
        self.places(|world| world.watcher)
    }

    fn places(&self, which: impl Fn(&World) -> bool) -> Vec<Place> {
        self.worlds
            .iter()
            .filter(|(_, world)| which(world))
            .map(|(place, _)| place.clone())
            .collect()
    }

    /// The watcher's world of one frame.
    pub fn watcher_of(&self, frame: &str) -> Option<Place> {
        let here = |world: &World| {
            world.watcher && world.frame.as_ref().is_some_and(|f| f.as_str() == frame)
        };
        self.worlds
            .iter()
            .find(|(_, world)| here(world))
            .map(|(place, _)| place.clone())
    }
}

fn louder(one: Option<Switch>, other: Option<PageSwitch>) -> Option<Switch> {
    match (one, other.map(Switch::from)) {
        (Some(Switch::Open), _) | (_, Some(Switch::Open)) => Some(Switch::Open),
        (one, other) => one.or(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(name: &str) -> SessionId {
        serde_json::from_value(name.into()).unwrap()
    }

    fn frame(name: &str) -> Option<FrameId> {
        Some(serde_json::from_value(name.into()).unwrap())
    }

    fn report(rules: &str, mic: &str, people: &str, (top, status): (bool, u16)) -> String {
        format!(
            r#"{{"rules":{rules},"dark":[],"mic":{mic},"camera":null,"people":{people},"top":{top},"ready":true,"empty":false,"status":{status},"broken":[]}}"#
        )
    }

    fn two_frames() -> Sight {
        let mut sight = Sight::default();
        sight.born((session("a"), 1), "roomd", frame("f1"));
        sight.born((session("b"), 1), "roomd", frame("f2"));
        sight.born((session("b"), 2), "", frame("f2"));
        sight.born((session("b"), 3), "something else", frame("f2"));
        sight.heard(
            &(session("a"), 1),
            "roomdSaw",
            &report("[1]", "\"closed\"", "0", (true, 200)),
        );
        sight.heard(
            &(session("b"), 1),
            "roomdSaw",
            &report("[4,1]", "\"open\"", "3", (false, 404)),
        );
        sight
    }

    #[test]
    fn frames_are_seen_as_one_page_and_an_open_microphone_wins() {
        let view = two_frames().view(1);
        assert_eq!(view.rules, [1, 4]);
        assert_eq!(view.mic, Some(Switch::Open));
        assert_eq!(
            (view.others, view.anybody, view.status, view.ready),
            (Some(2), true, 200, true)
        );
    }

    #[test]
    fn what_a_frame_showed_goes_with_it() {
        let mut sight = two_frames();
        assert_eq!(sight.where_rule(Some(4)), Some((session("b"), 1)));
        sight.died(&session("b"), None);
        assert_eq!(sight.where_rule(Some(4)), None);
        assert_eq!(sight.view(1).mic, Some(Switch::Closed));
        assert_eq!(sight.view(1).others, None);
        sight.frame_gone(&session("a"), &frame("f1").unwrap());
        assert_eq!(sight.view(1), View::default());
    }

    #[test]
    fn a_frame_that_went_to_another_process_stays_seen_there() {
        let mut sight = two_frames();
        sight.frame_gone(&session("a"), &frame("f2").unwrap());
        assert_eq!(sight.where_rule(Some(4)), Some((session("b"), 1)));
    }

    #[test]
    fn only_the_right_world_can_report() {
        let mut sight = two_frames();
        let flow = r#"{"flow":{"audioIn":true,"videoIn":false,"audioOut":false,"videoOut":false,"links":1,"up":1,"pulse":true}}"#;
        assert_eq!(
            sight.heard(&(session("b"), 1), "roomdMedia", flow),
            Changed::Nothing
        );
        assert_eq!(
            sight.heard(
                &(session("b"), 2),
                "roomdSaw",
                &report("[0]", "null", "null", (true, 0))
            ),
            Changed::Nothing
        );
        assert_eq!(
            sight.heard(&(session("b"), 3), "roomdMedia", flow),
            Changed::Nothing
        );
        assert_eq!(sight.sample(), None);
        assert_eq!(
            sight.heard(&(session("b"), 2), "roomdMedia", flow),
            Changed::Media
        );
        assert_eq!(sight.sample().unwrap().seen.audio_in, Flow::Runs);
        assert_eq!(
            sight.heard(&(session("b"), 2), "roomdMedia", r#"{"volume":130}"#),
            Changed::Volume(Percent::new(100))
        );
        let lens = r#"{"lens":{"label":"webcam (046d:082d)","ours":false}}"#;
        assert_eq!(
            sight.heard(&(session("b"), 2), "roomdMedia", lens),
            Changed::Lens(LensSeen::Another)
        );
        let sound = r#"{"sound":{"end":"loudspeaker","label":"Room loudspeaker","ours":true}}"#;
        assert_eq!(
            sight.heard(&(session("b"), 2), "roomdMedia", sound),
            Changed::Sound(SoundEnd::Loudspeaker, EndSeen::TheRooms)
        );
        for nonsense in [
            "",
            "{}",
            "[]",
            r#"{"lens":{"ours":1}}"#,
            r#"{"sound":{"end":"ceiling","label":"","ours":true}}"#,
            r#"{"flow":{}}"#,
            r#"{"volume":-1}"#,
        ] {
            assert_eq!(
                sight.heard(&(session("b"), 2), "roomdMedia", nonsense),
                Changed::Nothing
            );
        }
    }
}
