//! From what the keys say to the room as a whole: what must fit together is checked here.
//! Goes on after a problem so that all are found; its result counts only when there was none.

use crate::layers::Sources;
use crate::machine;
use crate::problem::Problem;
use crate::profile::{
    Account, AllowedHost, Browser, CalendarPlace, CalendarSource, Faces, Practice,
    PracticeConference, Profile, service_of,
};
use crate::scalars::{FilePath, Link, Listen, Slug};
use crate::section::At;
use crate::sections::{
    BrowserSection, CalendarSection, ConferenceSection, FacesSection, HeadSection, PolicySection,
    PracticeSection, StandingSection, WholeFile,
};
use crate::upkeep;
use crate::usb::Bindings;
use room_core::ids::{HeadId, HostName, Private, PuckId};
use room_core::meeting::Target;
use room_core::plan::{AtEnd, HeadPlan, Policy, PresetPlan, RoomPlan};
use room_core::units::{Percent, PresetNumber};
use std::path::PathBuf;

/// Puts the room together.
pub(crate) fn assemble(
    mut file: WholeFile,
    sources: &Sources,
    problems: &mut Vec<Problem>,
) -> Profile {
    machine::resolve_pins(&mut file, problems);
    let mut build = Build { sources, problems };
    let hosts = build.hosts(&file.hosts.0);
    let consents = build.consents(&file.consent.0);
    let room = &file.room.0;
    let name = room.name.value.0.clone();
    let display = room
        .display_name
        .as_ref()
        .map_or_else(|| name.clone(), |d| d.value.0.clone());
    let faces = build.faces(&file.faces.0);
    let practice = build.practice(&file.practice.0);
    let packs = upkeep::packs(&file.packs.0, sources);
    let canaries = upkeep::canaries(&file.canary.0, &hosts, sources, build.problems);
    build.no_address_twice(&file);
    let links = faces.socket.with_file_name("devices");
    let mut bindings = Bindings::new(&file.places.0, links.clone());
    let heads = build.head_links(&mut bindings, &file.heads.0);
    let pucks = bindings.pucks(&mut build, &file.pucks.0);
    let cameras = build.camera_links(&mut bindings, &file.cameras.0);
    let fittings = build.fittings(&mut bindings, &file);
    let sound = build.sound(&mut bindings, &file);
    let preflight = build.preflight_hours(&file);
    Profile {
        plan: RoomPlan {
            name,
            display_name: display,
            consents,
            standing: file
                .standing
                .as_ref()
                .and_then(|s| build.standing(&s.0, &hosts)),
            heads: file
                .heads
                .0
                .iter()
                .map(|(role, head)| build.head(role, head))
                .collect(),
            pucks: file
                .pucks
                .0
                .iter()
                .map(|(role, _)| PuckId::new(build.role(role)))
                .collect(),
            displays: file
                .displays
                .0
                .iter()
                .map(|(role, display)| build.display(role, display))
                .collect(),
            cameras: build.cameras(&file.cameras.0),
            fittings: fittings.ids(),
            sound: sound.as_ref().map(|sound| sound.plan.clone()),
            preflight: build.preflight_plan(&file),
            policy: build.policy(&file.policy.0),
        },
        board: file.board.as_ref().map(|board| board.value.0.clone()),
        language: room.language.value.0,
        zone: room.zone.value.0,
        help: room.help.as_ref().map(|h| h.value.0.clone()),
        state_dir: build.path(&room.state_dir),
        calendars: file
            .calendars
            .0
            .iter()
            .map(|(name, c)| build.calendar(name, c))
            .collect(),
        places: bindings.places(),
        roles: bindings.roles,
        links,
        heads,
        pucks,
        displays: build.display_links(&file.displays.0),
        cameras,
        sound,
        preflight,
        ways: build.ways(&file.ways.0),
        sip: file.sip.as_ref().map(|sip| build.sip(&sip.0)),
        fittings,
        browser: build.browser(&file.browser.0, &faces),
        faces,
        practice,
        packs,
        canaries,
        fleet: file.fleet.as_ref().and_then(|fleet| build.fleet(&fleet.0)),
        hosts,
    }
}

pub(crate) struct Build<'a> {
    pub sources: &'a Sources,
    pub problems: &'a mut Vec<Problem>,
}

impl Build<'_> {
    pub fn wrong<T>(&mut self, at: &At<T>, message: impl Into<String>, help: impl Into<String>) {
        if !at.bad {
            self.problems
                .push(Problem::new(at.place.clone(), message, Some(help.into())));
        }
    }

    pub fn path(&self, path: &At<FilePath>) -> PathBuf {
        self.sources.folder.join(&path.value.0)
    }

    pub(crate) fn role(&mut self, key: &At<String>) -> String {
        if !Slug::fits(&key.value) {
            let message = format!("`{}` cannot be a name here", key.value);
            self.wrong(
                key,
                message,
                "use small letters, digits and hyphens, at most 32",
            );
        }
        key.value.clone()
    }

    fn standing(&mut self, section: &StandingSection, hosts: &[AllowedHost]) -> Option<Target> {
        let url = section.link.value.0.as_ref()?;
        let host = url.host_str()?.to_lowercase();
        let port = url.port_or_known_default().unwrap_or(443);
        let Some(service) = service_of(hosts, &host, port).cloned() else {
            let help = format!("add `\"{host}\" = \"<service>\"` to `[hosts]`");
            self.wrong(
                &section.link,
                format!("the host `{host}` is not in the allow-list"),
                help,
            );
            return None;
        };
        Some(Target::page(
            service,
            HostName::new(host),
            private(&section.link),
            section.passcode.as_ref().map(|p| p.value.0.clone()),
        ))
    }

    fn head(&mut self, role: &At<String>, head: &HeadSection) -> HeadPlan {
        let id = self.role(role);
        let mut presets: Vec<PresetPlan> = Vec::new();
        for preset in &head.presets.0 {
            let number = PresetNumber(byte(preset.number.value.0));
            if presets.iter().any(|p| p.number == number) {
                let message = format!("preset {} stands here twice", number.0);
                self.wrong(
                    &preset.number,
                    message,
                    "give each preset of a head its own number",
                );
            }
            presets.push(PresetPlan {
                number,
                name: preset.name.value.0.clone(),
            });
        }
        let at_start = head
            .at_start
            .as_ref()
            .map(|at| PresetNumber(byte(at.value.0)));
        if let (Some(number), Some(at)) = (at_start, &head.at_start)
            && !presets.iter().any(|p| p.number == number)
        {
            let message = format!("preset {} is not among `presets`", number.0);
            self.wrong(at, message, "add it to `presets` or name another");
        }
        let name = head
            .name
            .as_ref()
            .map_or_else(|| id.clone(), |n| n.value.0.clone());
        HeadPlan {
            id: HeadId::new(id),
            name,
            presets,
            at_start,
        }
    }

    fn policy(&mut self, section: &PolicySection) -> Policy {
        let limit = Percent::new(byte(section.volume_limit.value.0));
        let start = Percent::new(byte(section.volume_at_start.value.0));
        if !section.volume_limit.bad && start > limit {
            let message = format!("a call would begin at {start}, above `volume_limit` ({limit})");
            self.wrong(
                &section.volume_at_start,
                message,
                "lower it, or raise `volume_limit`",
            );
        }
        if !section.announce_before.bad
            && section.join_before.value.0 > section.announce_before.value.0
        {
            let at = &section.join_before;
            self.wrong(
                at,
                "the room would join before the meeting is announced",
                "make `join_before` at most `announce_before`",
            );
        }
        Policy {
            join: section.join.value.0,
            announce_before: section.announce_before.value.0,
            warm_before: section.warm_before.value.0,
            join_before: section.join_before.value.0,
            join_late_limit: section.join_late_limit.value.0,
            alone_after: section.alone_after.value.0,
            at_end: section
                .leave_after_end
                .value
                .0
                .map_or(AtEnd::Stay, AtEnd::LeaveAfter),
            extend_by: section.extend_by.value.0,
            join_limit: section.join_limit.value.0,
            wait_limit: section.wait_limit.value.0,
            reconnect_limit: section.reconnect_limit.value.0,
            rejoin_tries: byte(section.rejoin_tries.value.0),
            after_crash: section.after_crash.value.0,
            display_off_after: section.display_off_after.value.0,
            update_buttons: section.update_buttons.value,
            volume_at_start: start,
            volume_limit: limit,
        }
    }

    fn calendar(&mut self, name: &At<String>, section: &CalendarSection) -> CalendarSource {
        let name_text = self.role(name);
        let given = [
            section.file.is_some(),
            section.url.is_some(),
            section.caldav.is_some(),
        ];
        if given.iter().filter(|g| **g).count() != 1 {
            let message =
                format!("calendar `{name_text}` needs exactly one of `file`, `url` and `caldav`");
            self.wrong(
                name,
                message,
                "keep the one that says where the calendar is",
            );
        }
        if let (Some(only), None) = (&section.only, &section.caldav) {
            self.wrong(only, "`only` goes with `caldav`", "remove it");
        }
        CalendarSource {
            name: name_text,
            place: self.calendar_place(section),
            account: self.account(
                section.user.as_ref(),
                section.password_file.as_ref(),
                "user",
            ),
            address: section.address.as_ref().map(|a| a.value.0.clone()),
            every: section.every.value.0,
        }
    }

    fn calendar_place(&self, section: &CalendarSection) -> CalendarPlace {
        if let Some(link) = &section.url {
            return CalendarPlace::Link(private(link));
        }
        if let Some(base) = &section.caldav {
            let only = section.only.as_ref().map(|o| o.value.0.clone());
            return CalendarPlace::Caldav {
                base: private(base),
                only,
            };
        }
        CalendarPlace::File(
            section
                .file
                .as_ref()
                .map(|f| self.path(f))
                .unwrap_or_default(),
        )
    }

    pub fn account<T: AsRef<str>>(
        &mut self,
        user: Option<&At<T>>,
        password_file: Option<&At<FilePath>>,
        key: &str,
    ) -> Option<Account> {
        match (user, password_file) {
            (Some(user), Some(file)) => Some(Account {
                user: user.value.as_ref().to_owned(),
                password_file: self.path(file),
            }),
            (None, None) => None,
            (Some(user), None) => {
                self.wrong(
                    user,
                    format!("`{key}` without `password_file`"),
                    "name the file that holds the password",
                );
                None
            }
            (None, Some(file)) => {
                let message = format!("`password_file` without `{key}`");
                self.wrong(file, message, "name the account");
                None
            }
        }
    }

    fn browser(&self, section: &BrowserSection, faces: &Faces) -> Browser {
        let beside = || faces.socket.with_file_name("browser.sock");
        Browser {
            program: section.program.as_ref().map(|p| self.path(p)),
            socket: section
                .socket
                .as_ref()
                .map_or_else(beside, |s| self.path(s)),
            user: section.user.as_ref().map(|user| user.value.0.clone()),
            guest_mail: section.guest_mail.as_ref().map(|mail| mail.value.0.clone()),
            policy_dir: self.path(&section.policy_dir),
            headless: section.headless.value,
            fake_camera: section.fake_camera.as_ref().map(|f| self.path(f)),
            fake_microphone: section.fake_microphone.as_ref().map(|f| self.path(f)),
            width: u32::try_from(section.width.value.0).unwrap_or(1920),
            height: u32::try_from(section.height.value.0).unwrap_or(1080),
        }
    }

    pub fn loopback(&mut self, at: &At<Listen>) {
        if !at.value.0.ip().is_loopback() {
            let message = format!(
                "`{}` is not an address of this machine alone",
                at.value.0.ip()
            );
            self.wrong(at, message, "use 127.0.0.1 here and `lan` for the network");
        }
    }

    fn faces(&mut self, section: &FacesSection) -> Faces {
        self.loopback(&section.listen);
        Faces {
            listen: section.listen.value.0,
            lan: section.lan.as_ref().map(|lan| lan.value.0),
            socket: self.path(&section.socket),
            mirror: section.mirror.value,
        }
    }

    fn practice(&mut self, section: &PracticeSection) -> Option<Practice> {
        self.loopback(&section.listen);
        let conferences = &section.conferences.0;
        let practice = Practice {
            listen: section.listen.value.0,
            lan: section.lan.as_ref().map(|lan| lan.value.0),
            on_demand: section.on_demand.value,
            conferences: conferences
                .iter()
                .map(|(id, c)| self.conference(id, c))
                .collect(),
        };
        section.enabled.value.then_some(practice)
    }

    fn conference(&mut self, id: &At<String>, section: &ConferenceSection) -> PracticeConference {
        for (flag, key) in [
            (&section.lobby, "lobby"),
            (&section.needs_host, "needs_host"),
        ] {
            if flag.value && section.host_code.is_none() {
                let message = format!("`{key}` without `host_code`: nobody could ever enter");
                self.wrong(flag, message, "add `host_code = \"…\"`");
            }
        }
        let code =
            |code: &Option<At<crate::scalars::Passcode>>| code.as_ref().map(|c| c.value.0.clone());
        PracticeConference {
            id: self.role(id),
            passcode: code(&section.passcode),
            host_code: code(&section.host_code),
            lobby: section.lobby.value,
            needs_host: section.needs_host.value,
        }
    }

    fn no_address_twice(&mut self, file: &WholeFile) {
        let (faces, practice) = (&file.faces.0, &file.practice.0);
        let practice_ones = [Some(&practice.listen), practice.lan.as_ref()];
        let used: Vec<_> = [Some(&faces.listen), faces.lan.as_ref()]
            .into_iter()
            .chain(practice_ones.into_iter().filter(|_| practice.enabled.value))
            .flatten()
            .collect();
        for (index, at) in used.iter().enumerate() {
            let address = at.value.0;
            let clash = |other: &&&At<Listen>| {
                let other = other.value.0;
                let same_ip = other.ip() == address.ip()
                    || other.ip().is_unspecified()
                    || address.ip().is_unspecified();
                other.port() == address.port() && address.port() != 0 && same_ip
            };
            if let Some(other) = used[..index].iter().find(clash).filter(|other| !other.bad) {
                let message = format!("{address} is taken by {} already", other.value.0);
                self.wrong(at, message, "choose another port");
            }
        }
    }
}

pub(crate) const HOST_HELP: &str = "write a name such as \"meet.example.org\", without https:// and path; \
     \"*.example.org\" means every host below it, \"meet.example.org:8443\" another port than usual";

fn private(link: &At<Link>) -> Private {
    Private::new(
        link.value
            .0
            .as_ref()
            .map(url::Url::as_str)
            .unwrap_or_default(),
    )
}

fn byte(number: i64) -> u8 {
    u8::try_from(number).unwrap_or(u8::MAX)
}
