//! The shape of a pack's file, before anything is checked. Unknown keys are errors here already.

use super::{Certainty, ClickBy, MediaSource, PageState, Text};
use room_core::hand::Consent;
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct PackFile {
    pub(super) service: String,
    pub(super) version: u32,
    pub(super) name: NameFile,
    #[serde(default)]
    pub(super) certainty: Certainty,
    pub(super) seen: Option<String>,
    #[serde(default)]
    pub(super) sources: Vec<String>,
    #[serde(default)]
    pub(super) link: LinkFile,
    pub(super) own_page: Option<OwnPageFile>,
    #[serde(default)]
    pub(super) media: MediaSource,
    #[serde(default)]
    pub(super) controls_hide: bool,
    #[serde(default)]
    pub(super) hosts: HostsFile,
    #[serde(default)]
    pub(super) open: Vec<OpenFile>,
    #[serde(default)]
    pub(super) limits: LimitsFile,
    pub(super) rule: Vec<RuleFile>,
    #[serde(default)]
    pub(super) step: BTreeMap<String, StepFile>,
    #[serde(default)]
    pub(super) control: ControlsFile,
    #[serde(default)]
    pub(super) leave: Vec<String>,
    pub(super) people: Option<PeopleFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NameFile {
    pub(super) de: String,
    pub(super) en: String,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct LinkFile {
    #[serde(default)]
    pub(super) query: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OwnPageFile {
    pub(super) file: String,
    pub(super) at: String,
    #[serde(default)]
    pub(super) speaks: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct HostsFile {
    #[serde(default)]
    pub(super) rooms: Vec<String>,
    #[serde(default)]
    pub(super) passage: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OpenFile {
    pub(super) host: String,
    pub(super) path: String,
    pub(super) to: String,
    #[serde(default)]
    pub(super) keep: Vec<String>,
    #[serde(default)]
    pub(super) add: BTreeMap<String, String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct LimitsFile {
    pub(super) first_screen_ms: Option<u64>,
    pub(super) unknown_ms: Option<u64>,
    pub(super) lost_ms: Option<u64>,
    pub(super) effect_ms: Option<u64>,
    pub(super) tries: Option<u8>,
    pub(super) alone_ms: Option<u64>,
    pub(super) still_ms: Option<u64>,
    pub(super) leave_ms: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RuleFile {
    pub(super) id: String,
    pub(super) state: PageState,
    pub(super) certainty: Option<Certainty>,
    #[serde(default)]
    pub(super) until_inside: bool,
    pub(super) after_ms: Option<u64>,
    pub(super) when: SignsFile,
    #[serde(default)]
    pub(super) prepare: Vec<String>,
    #[serde(default)]
    pub(super) enter: Vec<String>,
    pub(super) consent: Option<ConsentFile>,
    #[serde(default)]
    pub(super) agree: Vec<String>,
    pub(super) dark: Option<SignsFile>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "kebab-case")]
pub(super) enum ConsentFile {
    Recording,
    Transcript,
    Terms,
}

impl From<ConsentFile> for Consent {
    fn from(file: ConsentFile) -> Self {
        match file {
            ConsentFile::Recording => Consent::Recording,
            ConsentFile::Transcript => Consent::Transcript,
            ConsentFile::Terms => Consent::Terms,
        }
    }
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct SignsFile {
    #[serde(default)]
    pub(super) all: Vec<SignFile>,
    #[serde(default)]
    pub(super) any: Vec<SignFile>,
    #[serde(default)]
    pub(super) none: Vec<SignFile>,
    #[serde(default)]
    pub(super) text: Vec<TextFile>,
    #[serde(default)]
    pub(super) sealed: Vec<WordsFile>,
    #[serde(default)]
    pub(super) host: Vec<String>,
    #[serde(default)]
    pub(super) path: Vec<String>,
}

#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "a CSS selector, or a table of css, visible and enabled"
)]
pub(super) enum SignFile {
    Css(String),
    Full(FullSignFile),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FullSignFile {
    pub(super) css: String,
    #[serde(default = "yes")]
    pub(super) visible: bool,
    #[serde(default)]
    pub(super) enabled: bool,
}

fn yes() -> bool {
    true
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TextFile {
    pub(super) within: String,
    pub(super) de: Vec<String>,
    pub(super) en: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WordsFile {
    pub(super) de: Vec<String>,
    pub(super) en: Vec<String>,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq, Debug)]
#[serde(rename_all = "kebab-case")]
pub(super) enum DoFile {
    Click,
    Fill,
    Type,
    Check,
    Uncheck,
    Wait,
    Key,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct StepFile {
    pub(super) r#do: DoFile,
    pub(super) at: String,
    pub(super) says: Option<WordsFile>,
    pub(super) unless: Option<String>,
    pub(super) by: Option<ClickBy>,
    pub(super) with: Option<Text>,
    pub(super) key: Option<String>,
    pub(super) within_ms: Option<u64>,
    #[serde(default)]
    pub(super) optional: bool,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct ControlsFile {
    pub(super) microphone: Option<ControlFile>,
    pub(super) camera: Option<ControlFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct ControlFile {
    pub(super) open: SignsFile,
    pub(super) closed: SignsFile,
    pub(super) to_open: WayFile,
    pub(super) to_close: WayFile,
    pub(super) give_up: Option<String>,
    pub(super) within_ms: Option<u64>,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "a CSS selector, or a list of them")]
pub(super) enum WayFile {
    One(String),
    Several(Vec<String>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PeopleFile {
    pub(super) each: Option<String>,
    pub(super) number: Option<String>,
    #[serde(default)]
    pub(super) own: u16,
}
