//! Owns the service packs: reads the embedded TOML files and keeps them ready. A new service is a new file in
//! `services/` and its line in `FILES`; no other code changes.

use std::ops::Deref;
use std::sync::{LazyLock, OnceLock};

use regex::Regex;
use serde::Deserialize;

use super::{
    hosts::{HostPattern, ServiceId},
    why::CannotJoin,
};

/// Every file of `services/`; a test compares this list with the folder.
const FILES: &[(&str, &str)] = &[
    ("bbb", include_str!("../../services/bbb.toml")),
    ("jitsi", include_str!("../../services/jitsi.toml")),
    ("practice", include_str!("../../services/practice.toml")),
];

/// Whether a service may be reached without TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum PlainHttp {
    /// Never.
    #[default]
    Never,
    /// On names of this machine that stand on the operator's table.
    Loopback,
}

/// A regular expression of a pack, compiled when it is first needed: most rooms meet few services, and compiling all at
/// the start is most of a daemon's start.
#[derive(Debug)]
pub(crate) struct Pattern {
    text: String,
    compiled: OnceLock<Regex>,
}

impl Pattern {
    fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            compiled: OnceLock::new(),
        }
    }
}

impl Deref for Pattern {
    type Target = Regex;

    fn deref(&self) -> &Regex {
        self.compiled.get_or_init(|| {
            // Invariant: embedded packs are well formed; a test compiles each of their patterns.
            Regex::new(&self.text).unwrap_or_else(|problem| panic!("service pack: {problem}"))
        })
    }
}

/// What is known of one service.
#[derive(Debug)]
pub(crate) struct Pack {
    pub service: ServiceId,
    pub hosts: Vec<HostPattern>,
    pub plain_http: PlainHttp,
    pub links: Vec<Shape>,
    pub refused: Vec<(Pattern, CannotJoin)>,
    pub passcode: Option<Pattern>,
    pub sip: Option<SipShape>,
}

/// A link that leads into a conference.
#[derive(Debug)]
pub(crate) struct Shape {
    pub path: Pattern,
    pub needs_query: Vec<String>,
    pub id_query: Option<String>,
    pub passcode_query: Vec<String>,
    pub keep_fragment: bool,
    /// The shape alone gives the service away, also on a host that nobody knows.
    pub telling: bool,
}

/// A SIP address that leads into a conference of the service.
#[derive(Debug)]
pub(crate) struct SipShape {
    pub domains: Vec<HostPattern>,
    pub user: Pattern,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PackFile {
    service: ServiceId,
    #[expect(dead_code, reason = "the name is for people who read the file")]
    name: String,
    hosts: Vec<String>,
    #[serde(default)]
    plain_http: PlainHttp,
    #[serde(default)]
    link: Vec<LinkFile>,
    #[serde(default)]
    refuse: Vec<RefuseFile>,
    passcode: Option<PasscodeFile>,
    sip: Option<SipFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LinkFile {
    path: String,
    #[serde(default)]
    needs_query: Vec<String>,
    id_query: Option<String>,
    #[serde(default)]
    passcode_query: Vec<String>,
    #[serde(default)]
    keep_fragment: bool,
    #[serde(default)]
    telling: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RefuseFile {
    path: String,
    because: CannotJoin,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PasscodeFile {
    labels: Vec<String>,
    value: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SipFile {
    domains: Vec<String>,
    user: String,
}

static PACKS: LazyLock<Vec<Pack>> = LazyLock::new(|| {
    FILES
        .iter()
        .map(|(name, text)| {
            // Invariant: embedded packs are well formed; a test reads each of them.
            read(text).unwrap_or_else(|problem| panic!("service pack {name}: {problem}"))
        })
        .collect()
});

/// All packs.
pub(crate) fn packs() -> &'static [Pack] {
    &PACKS
}

/// The service of this name, if there is one.
pub(crate) fn service(name: &str) -> Option<&'static ServiceId> {
    packs()
        .iter()
        .map(|pack| &pack.service)
        .find(|service| service.as_str() == name)
}

/// The names of all services that can be recognised.
pub fn service_ids() -> Vec<ServiceId> {
    packs().iter().map(|pack| pack.service.clone()).collect()
}

/// Reads one pack.
pub(crate) fn read(text: &str) -> Result<Pack, String> {
    let file: PackFile = toml::from_str(text).map_err(|error| error.to_string())?;
    Ok(Pack {
        service: file.service,
        hosts: patterns(&file.hosts)?,
        plain_http: file.plain_http,
        links: file.link.into_iter().map(shape).collect(),
        refused: file
            .refuse
            .into_iter()
            .map(|refuse| (Pattern::new(refuse.path), refuse.because))
            .collect(),
        passcode: file.passcode.map(passcode),
        sip: file
            .sip
            .map(|sip| {
                Ok::<_, String>(SipShape {
                    domains: patterns(&sip.domains)?,
                    user: Pattern::new(sip.user),
                })
            })
            .transpose()?,
    })
}

fn shape(link: LinkFile) -> Shape {
    Shape {
        path: Pattern::new(link.path),
        needs_query: link.needs_query,
        id_query: link.id_query,
        passcode_query: link.passcode_query,
        keep_fragment: link.keep_fragment,
        telling: link.telling,
    }
}

fn patterns(hosts: &[String]) -> Result<Vec<HostPattern>, String> {
    hosts
        .iter()
        .map(|host| HostPattern::parse(host).map_err(|error| error.to_string()))
        .collect()
}

/// `Label for somebody (remark): value`, in any case, the value perhaps on the next line or set in bold.
fn passcode(file: PasscodeFile) -> Pattern {
    let mut labels: Vec<String> = file
        .labels
        .iter()
        .map(|label| regex::escape(label))
        .collect();
    labels.sort_by_key(|label| std::cmp::Reverse(label.len()));
    Pattern::new(format!(
        r#"(?i)(?:^|[^\p{{L}}\p{{N}}-])(?:{labels})(?:[ \u{{a0}}][^\s\u{{a0}}\d:=()<>*_,;.]{{2,24}}){{0,3}}(?:[\s\u{{a0}}]*\([^)\n]{{0,60}}\))?[*_\s\u{{a0}}]*(?:[:=]|lautet:?|ist:|is:)[*_\s\u{{a0}}]*(?P<value>{value})(?:[\s\u{{a0}},;.!)<*_"']|$)"#,
        labels = labels.join("|"),
        value = file.value,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_folder_is_embedded_and_well_formed() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/services");
        let mut names: Vec<String> = std::fs::read_dir(folder)
            .expect("services/")
            .map(|entry| entry.expect("an entry").path())
            .map(|path| {
                path.file_stem()
                    .expect("a name")
                    .to_string_lossy()
                    .into_owned()
            })
            .collect();
        names.sort();
        let embedded: Vec<&str> = FILES.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, embedded);
        for (name, text) in FILES {
            let pack = read(text).unwrap_or_else(|problem| panic!("{name}: {problem}"));
            assert_eq!(pack.service.as_str(), *name);
            assert!(!pack.links.is_empty(), "{name} recognises nothing");
            let links = pack.links.iter().map(|shape| &shape.path);
            let refused = pack.refused.iter().map(|(pattern, _)| pattern);
            let sip = pack.sip.iter().map(|sip| &sip.user);
            for pattern in links.chain(refused).chain(&pack.passcode).chain(sip) {
                Regex::new(&pattern.text).unwrap_or_else(|problem| panic!("{name}: {problem}"));
            }
            for shape in &pack.links {
                let anchored = shape.path.text.starts_with('^') && shape.path.text.ends_with('$');
                assert!(anchored, "{name}: {} is not anchored", shape.path.text);
            }
        }
    }

    #[test]
    fn an_unknown_key_in_a_pack_is_an_error() {
        let text = "service = 'x'\nname = 'X'\nhosts = []\nhost = ['typo']\n";
        assert!(read(text).is_err());
    }
}
