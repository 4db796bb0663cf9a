//! Owns the list of all services: reads the embedded TOML files and finds the one that a host belongs to. A new
//! service is a new file in `services/` and its line in `FILES`; no other code changes.

use std::collections::HashMap;
use std::sync::{LazyLock, PoisonError, RwLock};

use serde::Deserialize;

use super::{
    hosts::{HostPattern, ServiceId, best_fit},
    looks::Look,
    pack::{App, Inner, Joins, Pack, Pattern, PlainHttp, Shape, SipShape},
    vocabulary::{Kind, Vocabulary},
    why::CannotJoin,
};

/// Every file of `services/` that describes one service; a test compares this list with the folder.
const FILES: &[(&str, &str)] = &[
    ("bbb", include_str!("../../services/bbb.toml")),
    ("cms", include_str!("../../services/cms.toml")),
    ("goto", include_str!("../../services/goto.toml")),
    ("jitsi", include_str!("../../services/jitsi.toml")),
    ("meet", include_str!("../../services/meet.toml")),
    ("pexip", include_str!("../../services/pexip.toml")),
    ("practice", include_str!("../../services/practice.toml")),
    ("sip", include_str!("../../services/sip.toml")),
    ("teams", include_str!("../../services/teams.toml")),
    ("webex", include_str!("../../services/webex.toml")),
    ("zoom", include_str!("../../services/zoom.toml")),
];

/// The file of the services that are only named.
const ELSEWHERE: &str = include_str!("../../services/elsewhere.toml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PackFile {
    service: ServiceId,
    #[serde(default = "first")]
    version: u32,
    name: String,
    hosts: Vec<String>,
    #[serde(default)]
    page_hosts: Vec<String>,
    #[serde(default)]
    plain_http: PlainHttp,
    #[serde(default)]
    decode_twice: bool,
    #[serde(default)]
    also: Vec<String>,
    #[serde(default)]
    link: Vec<LinkFile>,
    #[serde(default)]
    refuse: Vec<RefuseFile>,
    #[serde(default)]
    inner: Vec<InnerFile>,
    #[serde(default)]
    app: Vec<AppFile>,
    passcode: Option<PasscodeFile>,
    id: Option<WordsFile>,
    number: Option<WordsFile>,
    #[serde(default)]
    sip: Vec<SipFile>,
}

fn first() -> u32 {
    1
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LinkFile {
    #[serde(default)]
    hosts: Vec<String>,
    path: String,
    #[serde(default)]
    needs_query: Vec<String>,
    id_query: Option<String>,
    key_query: Option<String>,
    #[serde(default)]
    passcode_query: Vec<String>,
    #[serde(default)]
    keep_fragment: bool,
    #[serde(default)]
    needs_secret: bool,
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
struct InnerFile {
    path: String,
    query: Option<String>,
    #[serde(default)]
    fragment: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AppFile {
    scheme: String,
    host: Option<String>,
    id_query: Option<String>,
    into: Option<String>,
    #[serde(default)]
    keep: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PasscodeFile {
    labels: Vec<String>,
    value: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WordsFile {
    labels: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SipFile {
    domains: Vec<String>,
    #[serde(default)]
    not_domains: Vec<String>,
    user: String,
    dial: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ElsewhereFile {
    service: Vec<NamedFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NamedFile {
    service: ServiceId,
    name: String,
    hosts: Vec<String>,
    path: Option<String>,
    /// A path that gives the service away on any host.
    telling: Option<String>,
    #[serde(default)]
    telling_hosts: Vec<String>,
}

/// What a host of a service is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Conferences.
    Conferences,
    /// Pages for people.
    Pages,
}

/// All services, and the index over their hosts.
pub(crate) struct Catalogue {
    packs: Vec<Pack>,
    by_host: HashMap<String, Vec<(HostPattern, usize, Role)>>,
    looks: Vec<Look>,
}

static BUILT_IN: LazyLock<Catalogue> = LazyLock::new(|| Catalogue::new(built_in()));

/// In place of it; never given back, because targets refer to it. A room renews its packs a few times a year.
static RENEWED: RwLock<Option<&'static Catalogue>> = RwLock::new(None);

/// The services that come with this crate, read anew.
pub(super) fn built_in() -> Vec<Pack> {
    let mut packs: Vec<Pack> = FILES
        .iter()
        .map(|(name, text)| {
            // Invariant: embedded packs are well formed; a test reads each of them.
            read(text).unwrap_or_else(|problem| panic!("service pack {name}: {problem}"))
        })
        .collect();
    // Invariant: the same, for the file of the services that are only named.
    packs.extend(elsewhere(ELSEWHERE).unwrap_or_else(|problem| panic!("elsewhere: {problem}")));
    packs
}

/// All services.
pub(crate) fn catalogue() -> &'static Catalogue {
    let renewed = *RENEWED.read().unwrap_or_else(PoisonError::into_inner);
    renewed.unwrap_or(&BUILT_IN)
}

/// From now on these are all services.
pub(super) fn hold(packs: Vec<Pack>) {
    let new = Box::leak(Box::new(Catalogue::new(packs)));
    *RENEWED.write().unwrap_or_else(PoisonError::into_inner) = Some(new);
}

/// The names of all services that a host can be mapped to.
pub fn service_ids() -> Vec<ServiceId> {
    let joined = catalogue()
        .packs
        .iter()
        .filter(|pack| pack.joins == Joins::Yes);
    joined.map(|pack| pack.service.clone()).collect()
}

/// Every service that is recognised and what people call it, also those that no room joins.
pub fn service_names() -> impl Iterator<Item = (&'static ServiceId, &'static str)> {
    catalogue()
        .packs
        .iter()
        .map(|pack| (&pack.service, pack.name.as_str()))
}

/// What people call a service; its own id when it is not built in.
pub fn service_name(service: &ServiceId) -> &str {
    catalogue()
        .pack(service)
        .map_or(service.as_str(), |pack| pack.name.as_str())
}

impl Catalogue {
    pub(crate) fn new(packs: Vec<Pack>) -> Self {
        let mut by_host: HashMap<String, Vec<(HostPattern, usize, Role)>> = HashMap::new();
        let mut looks = Vec::new();
        for (index, pack) in packs.iter().enumerate() {
            let conferences = pack.hosts.iter().map(|host| (host, Role::Conferences));
            let pages = pack.page_hosts.iter().map(|host| (host, Role::Pages));
            for (pattern, role) in conferences.chain(pages) {
                let known = by_host.entry(pattern.host().to_owned()).or_default();
                known.push((pattern.clone(), index, role));
            }
            if pack.joins == Joins::Yes {
                looks.extend(pack.hosts.iter().map(|host| Look::of(host.host())));
            }
        }
        Self {
            packs,
            by_host,
            looks,
        }
    }

    /// Every service.
    pub(crate) fn packs(&self) -> &[Pack] {
        &self.packs
    }

    /// How the hosts of the services look that a room joins.
    pub(crate) fn looks(&self) -> &[Look] {
        &self.looks
    }

    pub(crate) fn pack(&self, service: &ServiceId) -> Option<&Pack> {
        self.packs.iter().find(|pack| pack.service == *service)
    }

    /// The service of SIP addresses that belong to no other one: it has nothing but addresses.
    pub(crate) fn plain_sip(&self) -> Option<&ServiceId> {
        let only = |pack: &&Pack| pack.links.is_empty() && !pack.sip.is_empty();
        self.packs.iter().find(only).map(|pack| &pack.service)
    }

    /// The service that a host belongs to by its vendor's name.
    pub(crate) fn of_host(
        &self,
        host: &str,
        port: u16,
        default_port: u16,
    ) -> Option<(&Pack, Role)> {
        let ends = std::iter::once(0).chain(host.match_indices('.').map(|(dot, _)| dot + 1));
        let known = ends
            .filter_map(|at| self.by_host.get(&host[at..]))
            .flatten()
            .map(|(pattern, index, role)| (pattern, (*index, *role)));
        let (index, role) = best_fit(known, host, port, default_port)?;
        Some((self.packs.get(index)?, role))
    }

    /// The link that the address of an application stands for.
    pub(crate) fn of_app(&self, scheme: &str, address: &str) -> Option<String> {
        self.packs
            .iter()
            .flat_map(|pack| &pack.apps)
            .find(|app| app.scheme.eq_ignore_ascii_case(scheme))
            .and_then(|app| app.link(address))
    }
}

/// Reads the file of one service.
pub(crate) fn read(text: &str) -> Result<Pack, String> {
    let file: PackFile = toml::from_str(text).map_err(|error| error.to_string())?;
    let mut words = Vec::new();
    let passcode = file.passcode.map(|passcode| {
        words.extend(passcode.labels.into_iter().map(|l| (Kind::Passcode, l)));
        Pattern::new(format!("^(?:{})$", passcode.value))
    });
    let labels = |file: Option<WordsFile>| file.map_or_else(Vec::new, |file| file.labels);
    words.extend(labels(file.id).into_iter().map(|l| (Kind::Id, l)));
    words.extend(labels(file.number).into_iter().map(|l| (Kind::Number, l)));
    Ok(Pack {
        service: file.service,
        version: file.version,
        name: file.name,
        joins: Joins::Yes,
        hosts: patterns(&file.hosts)?,
        page_hosts: patterns(&file.page_hosts)?,
        plain_http: file.plain_http,
        decode_twice: file.decode_twice,
        also: file.also,
        links: file.link.into_iter().map(shape).collect::<Result<_, _>>()?,
        refused: file
            .refuse
            .into_iter()
            .map(|refuse| (Pattern::new(refuse.path), refuse.because))
            .collect(),
        inner: file
            .inner
            .into_iter()
            .map(inner)
            .collect::<Result<_, _>>()?,
        apps: file.app.into_iter().map(app).collect(),
        words: Vocabulary::new(words),
        passcode,
        sip: file.sip.into_iter().map(sip).collect::<Result<_, _>>()?,
    })
}

fn shape(link: LinkFile) -> Result<Shape, String> {
    Ok(Shape {
        hosts: patterns(&link.hosts)?,
        host_starts: Vec::new(),
        path: Pattern::new(link.path),
        needs_query: link.needs_query,
        id_query: link.id_query,
        key_query: link.key_query,
        passcode_query: link.passcode_query,
        keep_fragment: link.keep_fragment,
        needs_secret: link.needs_secret,
        telling: link.telling,
    })
}

fn inner(file: InnerFile) -> Result<Inner, String> {
    if file.fragment == file.query.is_some() {
        return Err("an inner link stands in a query or in the fragment".into());
    }
    Ok(Inner {
        path: Pattern::new(file.path),
        query: file.query,
    })
}

fn app(file: AppFile) -> App {
    App {
        scheme: file.scheme,
        host: file.host,
        id_query: file.id_query,
        into: file.into,
        keep: file.keep,
    }
}

fn sip(file: SipFile) -> Result<SipShape, String> {
    Ok(SipShape {
        domains: patterns(&file.domains)?,
        not_domains: patterns(&file.not_domains)?,
        user: Pattern::new(file.user),
        dial: file.dial,
    })
}

fn elsewhere(text: &str) -> Result<Vec<Pack>, String> {
    let file: ElsewhereFile = toml::from_str(text).map_err(|error| error.to_string())?;
    file.service.into_iter().map(named).collect()
}

fn named(file: NamedFile) -> Result<Pack, String> {
    let link = |path: String, telling, host_starts| Shape {
        hosts: Vec::new(),
        host_starts,
        path: Pattern::new(path),
        needs_query: Vec::new(),
        id_query: None,
        key_query: None,
        passcode_query: Vec::new(),
        keep_fragment: false,
        needs_secret: false,
        telling,
    };
    let own = file.path.unwrap_or_else(|| "^/.".into());
    let mut links = vec![link(own, false, Vec::new())];
    links.extend(
        file.telling
            .map(|path| link(path, true, file.telling_hosts)),
    );
    Ok(Pack {
        service: file.service,
        version: first(),
        name: file.name,
        joins: Joins::No,
        hosts: patterns(&file.hosts)?,
        page_hosts: Vec::new(),
        plain_http: PlainHttp::Never,
        decode_twice: false,
        also: Vec::new(),
        links,
        refused: Vec::new(),
        inner: Vec::new(),
        apps: Vec::new(),
        words: Vocabulary::new(Vec::new()),
        passcode: None,
        sip: Vec::new(),
    })
}

fn patterns(hosts: &[String]) -> Result<Vec<HostPattern>, String> {
    hosts
        .iter()
        .map(|host| HostPattern::parse(host).map_err(|error| error.to_string()))
        .collect()
}

#[cfg(test)]
#[path = "catalogue_tests.rs"]
mod tests;
