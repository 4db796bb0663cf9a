//! Links of Pexip's web apps: which conference they lead to, and the same link dressed for a room. Pure.
//! Forms as in the vendor's documentation of app parameters, generations 1 to 3.

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use room_core::ids::Private;
use url::Url;
use url::form_urlencoded::{Serializer, parse};

/// What a room brings along.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guest {
    /// Its name.
    pub name: String,
    /// The PIN that let it in.
    pub pin: Option<Private>,
    /// Without a PIN, in a conference whose guests need none.
    pub as_guest: bool,
}

/// A link to a conference on a Pexip node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PexipLink {
    url: Url,
    alias: Private,
    app: App,
    /// A PIN that stands in the link.
    pin: Option<Private>,
}

/// Where a generation of the app looks for its parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum App {
    /// Generations 1 and 2: in the query.
    Query,
    /// Generations 1 and 2: in the part behind `#`, which has a query of its own.
    Fragment,
    /// Generation 3: in the query; the path says what is skipped.
    Three,
}

impl PexipLink {
    /// `None` when the link names no conference.
    pub fn parse(url: &Url) -> Option<Self> {
        let steps: Vec<&str> = url
            .path()
            .split('/')
            .filter(|step| !step.is_empty())
            .collect();
        let in_query = || value(url.query().unwrap_or_default(), "conference");
        let in_fragment = || {
            let (_, query) = url.fragment()?.split_once('?')?;
            value(query, "conference")
        };
        let plain = |step: &str| percent_decode_str(step).decode_utf8_lossy().into_owned();
        let (alias, app) = match steps[..] {
            [.., "m", alias] | [.., "m", alias, "express" | "step-by-step"] => {
                (Some(plain(alias)), App::Three)
            }
            [.., "m"] => (in_query(), App::Three),
            [.., "conference", alias] => (Some(plain(alias)), App::Query),
            _ => match in_fragment() {
                Some(alias) => (Some(alias), App::Fragment),
                None => (in_query(), App::Query),
            },
        };
        let pins = [
            url.query(),
            url.fragment()
                .and_then(|f| f.split_once('?'))
                .map(|(_, q)| q),
        ];
        let pin = pins
            .into_iter()
            .flatten()
            .find_map(|query| value(query, "pin"));
        Some(Self {
            url: url.clone(),
            alias: Private::new(alias?),
            app,
            pin: pin.map(Private::new),
        })
    }

    /// A PIN that stands in the link.
    pub fn pin(&self) -> Option<&Private> {
        self.pin.as_ref()
    }

    /// An endpoint of the conference, such as `request_token`.
    pub fn endpoint(&self, name: &str) -> Url {
        let mut url = self.root();
        let alias = utf8_percent_encode(self.alias.reveal(), NON_ALPHANUMERIC);
        url.set_path(&format!("/api/client/v2/conferences/{alias}/{name}"));
        url
    }

    /// Whether the node is at work; shows nobody to anybody.
    pub fn node_status(&self) -> Url {
        let mut url = self.root();
        url.set_path("/api/client/v2/status");
        url
    }

    fn root(&self) -> Url {
        let mut url = self.url.clone();
        url.set_query(None);
        url.set_fragment(None);
        url
    }

    /// The link that leads a room in without a question, dark and silent.
    pub fn dressed(&self, guest: &Guest) -> Private {
        let mut url = self.url.clone();
        match self.app {
            App::Query => {
                let query = self.query(url.query().unwrap_or_default(), guest);
                url.set_query(Some(&query));
            }
            App::Fragment => {
                let fragment = url.fragment().unwrap_or_default().to_owned();
                let (path, query) = fragment.split_once('?').unwrap_or((&fragment, ""));
                let dressed = format!("{path}?{}", self.query(query, guest));
                url.set_fragment(Some(&dressed));
            }
            App::Three => {
                let query = self.query(url.query().unwrap_or_default(), guest);
                let path = url.path().trim_end_matches('/').to_owned();
                let ends = ["/express", "/step-by-step", "/m"];
                if !ends.iter().any(|end| path.ends_with(end)) {
                    url.set_path(&format!("{path}/express"));
                }
                url.set_query(Some(&query));
            }
        }
        Private::new(url)
    }

    fn query(&self, before: &str, guest: &Guest) -> String {
        const OURS: [&str; 6] = [
            "name",
            "pin",
            "role",
            "join",
            "muteMicrophone",
            "muteCamera",
        ];
        let mut query = Serializer::new(String::new());
        for (key, value) in parse(before.as_bytes()) {
            if !OURS.contains(&key.as_ref()) {
                query.append_pair(&key, &value);
            }
        }
        query.append_pair("name", &guest.name);
        query.append_pair("muteMicrophone", "true");
        query.append_pair("muteCamera", "true");
        if self.app != App::Three {
            query.append_pair("join", "1");
        }
        match &guest.pin {
            Some(pin) => query.append_pair("pin", pin.reveal()),
            None if guest.as_guest => query.append_pair("role", "guest"),
            None => &mut query,
        };
        // The app reads its parameters behind `#` as addresses are written there: a plus is a plus.
        query.finish().replace('+', "%20")
    }
}

fn value(query: &str, name: &str) -> Option<String> {
    let found = parse(query.as_bytes()).find(|(key, _)| key == name);
    found
        .map(|(_, value)| value.into_owned())
        .filter(|value| !value.is_empty())
}
