//! The room's sound as the file says: microphones and loudspeakers in order of preference, the second output, who cancels echo.
//! Knows no driver; whether a device is there is not the file's business.

use crate::assemble::Build;
use crate::scalars::{Line, Slug, choice};
use crate::section::{At, section};
use crate::sections::WholeFile;
use crate::suggest;
use room_core::ids::SoundId;
use room_core::sound::{EchoPolicy, OwnCanceller, SoundDevicePlan, SoundPlan};

/// The room's sound: what the core plans with once it is driven, and which device each role means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SoundLinks {
    /// For the core.
    pub plan: SoundPlan,
    /// For the driver: each role's device, by its name or its lasting id as `roomctl sound list` shows them.
    pub devices: Vec<(SoundId, String)>,
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
    /// A microphone under the name of its role. The first one in the file is used; the next ones when those before are not there.
    /// The daemon checks these tables and does not drive them yet: conferences use what the browser finds.
    struct MicrophoneSection as "ROLE" {
        /// What people call it; without it, its role.
        name: Option<At<Line<40>>>,
        /// The device: its name or its lasting id, as `roomctl sound list` shows them. The id tells two of one model apart.
        device: Option<At<Line<120>>>,
        /// Whether it cancels echo by itself, as good speakerphones do. Two cancellers in a row cut off people who speak at once.
        cancels_echo: At<CancelsWord> = "unknown",
    }

    /// A loudspeaker under the name of its role, used in the same order; not driven yet either.
    struct LoudspeakerSection as "ROLE" {
        /// What people call it; without it, its role.
        name: Option<At<Line<40>>>,
        /// The device: its name or its lasting id, as `roomctl sound list` shows them.
        device: Option<At<Line<120>>>,
    }

    /// What holds for the room's sound as a whole. How loud it begins and may be stands in `[policy]`.
    struct SoundSection {
        /// Who cancels echo. "auto": the device when it does so by itself, else the conference's page, else the room.
        echo: At<EchoWord> = "auto",
        /// The loudspeaker that is the second output (hearing loop, recorder, foyer): plays what the others play, always.
        second: Option<At<Slug>>,
    }
}

impl Build<'_> {
    /// The room's sound; `None` where the file names no device.
    pub(crate) fn sound(&mut self, file: &WholeFile) -> Option<SoundLinks> {
        let (microphones, loudspeakers) = (&file.microphones.0, &file.loudspeakers.0);
        let mut links = SoundLinks {
            plan: SoundPlan {
                echo: file.sound.0.echo.value.0,
                ..SoundPlan::default()
            },
            devices: Vec::new(),
        };
        for (role, section) in microphones {
            let said = (section.name.as_ref(), section.device.as_ref());
            let mut plan = self.sound_device(role, said, &mut links);
            plan.cancels = section.cancels_echo.value.0;
            links.plan.microphones.push(plan);
        }
        let second = file.sound.0.second.as_ref();
        for (role, section) in loudspeakers {
            let said = (section.name.as_ref(), section.device.as_ref());
            let plan = self.sound_device(role, said, &mut links);
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
        role: &At<String>,
        (name, device): (Option<&At<Line<40>>>, Option<&At<Line<120>>>),
        links: &mut SoundLinks,
    ) -> SoundDevicePlan {
        let id = SoundId::new(self.role(role));
        if links.devices.iter().any(|(other, _)| *other == id) {
            let message = format!("`{id}` is a microphone and a loudspeaker");
            self.wrong(
                role,
                message,
                "give each a role of its own, such as `table-speaker`",
            );
        }
        match device {
            Some(device) => links.devices.push((id.clone(), device.value.0.clone())),
            None => {
                let message = format!("nothing says which device `{id}` is");
                let help =
                    "add `device = \"…\"` with the name or the id that `roomctl sound list` shows";
                self.wrong(role, message, help);
            }
        }
        SoundDevicePlan {
            name: name.map_or_else(|| id.to_string(), |name| name.value.0.clone()),
            id,
            cancels: OwnCanceller::Unknown,
        }
    }
}
