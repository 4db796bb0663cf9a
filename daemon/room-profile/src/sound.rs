//! The room's sound as the file says: microphones and loudspeakers in order of preference, the second output, who cancels echo,
//! where the sound server is. Knows no driver; whether a device is there is not the file's business.

use crate::assemble::Build;
use crate::problem::{Kind, Problem};
use crate::scalars::{FilePath, Line, Slug, choice};
use crate::section::{At, section};
use crate::sections::WholeFile;
use crate::suggest;
use crate::usb::{Bindings, UsbKeys};
use room_core::ids::SoundId;
use room_core::sound::{EchoPolicy, OwnCanceller, SoundDevicePlan, SoundPlan};
use std::path::PathBuf;

/// The room's sound: what the core plans with, which device each role means, and where the sound server is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SoundLinks {
    /// For the core.
    pub plan: SoundPlan,
    /// For the driver: each role's device.
    pub devices: Vec<SoundLink>,
    /// The folder of the sound server's own socket, `pipewire-0`.
    pub server: PathBuf,
    /// The folder of the socket for pages and the SIP client, `native`.
    pub clients: PathBuf,
}

/// Which device a role means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SoundLink {
    /// The role.
    pub id: SoundId,
    /// Whether the role hears or plays.
    pub hears: bool,
    /// Where its device is.
    pub place: SoundPlace,
}

/// Where a device of the room's sound is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SoundPlace {
    /// A sound card: everything that is given must fit.
    Card {
        /// The link in `Profile::links` that leads to it, when it is bound to USB.
        link: Option<String>,
        /// Its name or its lasting id, as `roomctl sound list` shows them.
        called: Option<String>,
    },
    /// No device at all: the sound server invents it.
    StandIn,
}

choice! {
    /// Whether a device cancels echo.
    enum CancelsWord: OwnCanceller {
        "yes" => OwnCanceller::Yes,
        "no" => OwnCanceller::No,
        "unknown" => OwnCanceller::Unknown,
    }

    /// Who cancels echo.
    enum EchoWord: EchoPolicy {
        "auto" => EchoPolicy::Auto,
        "device" => EchoPolicy::Device,
        "browser" => EchoPolicy::Browser,
        "room" => EchoPolicy::Room,
        "off" => EchoPolicy::Off,
    }
}

section! {
    /// A microphone under the name of its role: bound to its USB socket or serial number, or known by its name. The first one in
    /// the file is used; the next ones when those before are not there.
    struct MicrophoneSection as "ROLE" {
        /// What people call it; without it, its role.
        name: Option<At<Line<40>>>,
        /// Its USB device.
        usb: UsbKeys,
        /// Its name or its lasting id, as `roomctl sound list` shows them, where no USB socket says which. The id tells two of one
        /// model apart.
        device: Option<At<Line<120>>>,
        /// Its model: the name of a file in `boards/devices/audio/`, without `.toml`. Without it, the file that lists its
        /// `usb_model`.
        model: Option<At<Slug>>,
        /// Whether it cancels echo by itself, as good speakerphones do; without it, what its model says. Two cancellers in a row
        /// cut off people who speak at once.
        cancels_echo: Option<At<CancelsWord>>,
        /// No device at all: the sound server invents a microphone that hears silence. For the demo and tests.
        stand_in: At<bool> = false,
    }

    /// A loudspeaker under the name of its role, found and used in the same order.
    struct LoudspeakerSection as "ROLE" {
        /// What people call it; without it, its role.
        name: Option<At<Line<40>>>,
        /// Its USB device: the same keys as the microphone's, when both are one.
        usb: UsbKeys,
        /// Its name or its lasting id, as `roomctl sound list` shows them, where no USB socket says which.
        device: Option<At<Line<120>>>,
        /// No device at all: the sound server invents a loudspeaker that nobody hears. For the demo and tests.
        stand_in: At<bool> = false,
    }

    /// What holds for the room's sound as a whole. How loud it begins and may be stands in `[policy]`.
    struct SoundSection {
        /// Who cancels echo. "auto": the device when it does so by itself and a check of the room has heard it, else the
        /// conference's page, else the room.
        echo: At<EchoWord> = "auto",
        /// The loudspeaker that is the second output (hearing loop, recorder, foyer): plays what the others play, always.
        second: Option<At<Slug>>,
        /// The folder of the sound server's own socket, for the daemon alone.
        server: At<FilePath> = "/run/roomd-sound",
        /// The folder of the socket that the conference's page and the SIP client use.
        clients: At<FilePath> = "/run/roomd-sound-clients",
    }
}

/// What a section says about one device.
struct Said<'a> {
    role: &'a At<String>,
    name: Option<&'a At<Line<40>>>,
    usb: &'a UsbKeys,
    device: Option<&'a At<Line<120>>>,
    stand_in: &'a At<bool>,
    hears: bool,
}

impl Build<'_> {
    /// The room's sound; `None` where the file names no device.
    pub(crate) fn sound(
        &mut self,
        bindings: &mut Bindings<'_>,
        file: &WholeFile,
    ) -> Option<SoundLinks> {
        let (microphones, loudspeakers) = (&file.microphones.0, &file.loudspeakers.0);
        let section = &file.sound.0;
        let mut links = SoundLinks {
            plan: SoundPlan {
                echo: section.echo.value.0,
                ..SoundPlan::default()
            },
            devices: Vec::new(),
            server: self.path(&section.server),
            clients: self.path(&section.clients),
        };
        for (role, section) in microphones {
            let said = Said {
                role,
                name: section.name.as_ref(),
                usb: &section.usb,
                device: section.device.as_ref(),
                stand_in: &section.stand_in,
                hears: true,
            };
            let mut plan = self.sound_device(bindings, &said, &mut links);
            let model = self.sound_model(section.model.as_ref(), section.usb.model());
            plan.cancels = match &section.cancels_echo {
                Some(own) => own.value.0,
                None => model.map_or(OwnCanceller::Unknown, |model| model.cancels),
            };
            links.plan.microphones.push(plan);
        }
        let second = section.second.as_ref();
        for (role, section) in loudspeakers {
            let said = Said {
                role,
                name: section.name.as_ref(),
                usb: &section.usb,
                device: section.device.as_ref(),
                stand_in: &section.stand_in,
                hears: false,
            };
            let plan = self.sound_device(bindings, &said, &mut links);
            match second {
                Some(second) if second.value.0 == role.value => links.plan.second = Some(plan),
                Some(_) | None => links.plan.loudspeakers.push(plan),
            }
        }
        if let Some(second) = second.filter(|_| links.plan.second.is_none()) {
            let message = format!("there is no loudspeaker `{}`", second.value.0);
            let known = loudspeakers.iter().map(|(role, _)| role.value.as_str());
            self.wrong(second, message, suggest::among(&second.value.0, known));
        }
        (!links.devices.is_empty()).then_some(links)
    }

    fn sound_device(
        &mut self,
        bindings: &mut Bindings<'_>,
        said: &Said<'_>,
        links: &mut SoundLinks,
    ) -> SoundDevicePlan {
        let id = SoundId::new(self.role(said.role));
        if links.devices.iter().any(|other| other.id == id) {
            let message = format!("`{id}` is a microphone and a loudspeaker");
            self.wrong(
                said.role,
                message,
                "give each a role of its own, such as `table-speaker`",
            );
        }
        let place = self.sound_place(bindings, said);
        links.devices.push(SoundLink {
            id: id.clone(),
            hears: said.hears,
            place,
        });
        let name = said.name.map(|name| name.value.0.clone());
        SoundDevicePlan {
            name: name.unwrap_or_else(|| id.to_string()),
            id,
            cancels: OwnCanceller::Unknown,
        }
    }

    fn sound_place(&mut self, bindings: &mut Bindings<'_>, said: &Said<'_>) -> SoundPlace {
        let called = said.device.map(|device| device.value.0.clone());
        let bound = Bindings::says(said.usb);
        if said.stand_in.value {
            if bound || called.is_some() {
                let message = "a stand-in is no device, and another key says which device it is";
                self.wrong(said.stand_in, message, "keep the one that is right");
            }
            return SoundPlace::StandIn;
        }
        if !bound && called.is_none() {
            let message = format!("nothing says which device `{}` is", said.role.value);
            let help = "add `usb = \"…\"` with the socket that `roomctl sound list` shows, or `device = \"…\"` with its name or id";
            let problem = Problem::new(said.role.place.clone(), message, Some(help.to_owned()));
            self.problems.push(problem.of(Kind::Missing));
        }
        let link = bindings.sound(self, said.role, said.usb);
        SoundPlace::Card { link, called }
    }
}
