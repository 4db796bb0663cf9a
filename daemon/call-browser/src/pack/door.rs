//! Owns how a meeting's link becomes the address that is opened: what is set in its query, and a page of our own that
//! takes the place of one on the service's host, so that the service is spoken to by its contract.
//! Knows no service, opens nothing.
//!
//! Invariant: a page of our own has the origin of the link's host and of no other; the room's own pages stay out of reach.

use super::Pack;
use room_core::ids::Private;
use std::collections::BTreeMap;
use url::Url;

/// Where a page of our own puts the meeting's link, as JSON.
pub(super) const LINK: &str = "{{link}}";
/// Where it puts the number that its script and style are known by.
pub(super) const NONCE: &str = "{{nonce}}";

/// A value in a link's query that stands for the room's name in the conference.
const DISPLAY_NAME: &str = "{display-name}";

/// Who comes through the door.
#[derive(Debug, Clone, Copy)]
pub struct Guest<'a> {
    /// The room's name in the conference.
    pub name: &'a str,
    /// A fresh random word that nobody can guess.
    pub nonce: &'a str,
}

/// A page of our own that stands in front of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnPage {
    /// The path on the link's host that it takes the place of. Nothing of the service may be there.
    pub at: String,
    /// Itself.
    pub html: String,
    /// Words of the service's contract that it uses, so that their absence from a newer one can be noticed.
    pub speaks: Vec<String>,
}

/// What is opened for a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Door {
    /// The address.
    pub address: Private,
    /// What is served there instead of what the host would; `None`: the host's own answer.
    pub own: Option<Served>,
}

/// A page of our own, ready to be served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Served {
    /// Its text.
    pub html: Private,
    /// What it may load and run (`Content-Security-Policy`).
    pub rules: String,
}

impl Pack {
    /// How a link of this service is opened; `None` when it is no address of a host.
    pub fn door(&self, link: &Private, guest: Guest<'_>) -> Option<Door> {
        let link = Url::parse(link.reveal()).ok().filter(Url::has_host)?;
        let mut url = self.address(&link);
        let nonce = guest.nonce;
        set_query(&mut url, &self.query(guest));
        let Some(own) = &self.own_page else {
            return Some(Door {
                address: Private::new(String::from(url)),
                own: None,
            });
        };
        let html = own
            .html
            .replace(LINK, &script_json(&url))
            .replace(NONCE, nonce);
        url.set_path(&own.at);
        url.set_query(None);
        url.set_fragment(None);
        Some(Door {
            address: Private::new(String::from(url)),
            own: Some(Served {
                html: Private::new(html),
                rules: rules(nonce),
            }),
        })
    }
}

impl Pack {
    fn query(&self, guest: Guest<'_>) -> BTreeMap<String, String> {
        let value = |text: &String| match text.as_str() {
            DISPLAY_NAME => guest.name.to_owned(),
            _ => text.clone(),
        };
        let pairs = self.link_query.iter();
        pairs
            .map(|(name, text)| (name.clone(), value(text)))
            .collect()
    }
}

/// Scripts of the service's own host and our one script; frames of that host; nothing else.
fn rules(nonce: &str) -> String {
    format!(
        "default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'nonce-{nonce}'; frame-src 'self'; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
}

/// JSON that can stand inside a script element.
fn script_json(url: &Url) -> String {
    let query: BTreeMap<String, String> = url.query_pairs().into_owned().collect();
    let link = serde_json::json!({ "path": url.path(), "query": query });
    link.to_string().replace('<', "\\u003c")
}

/// Sets these in the query; in the one behind `#` where the page keeps its address there (`/app/#/?room=x`).
fn set_query(url: &mut Url, set: &BTreeMap<String, String>) {
    if set.is_empty() {
        return;
    }
    let fragment = url.fragment().map(str::to_owned);
    match fragment.as_deref().and_then(|text| text.split_once('?')) {
        Some((path, query)) => {
            let query = with(
                url::form_urlencoded::parse(query.as_bytes()).into_owned(),
                set,
            );
            url.set_fragment(Some(&format!("{path}?{query}")));
        }
        None => {
            let query = with(url.query_pairs().into_owned().collect::<Vec<_>>(), set);
            url.set_query(Some(&query));
        }
    }
}

fn with(
    there: impl IntoIterator<Item = (String, String)>,
    set: &BTreeMap<String, String>,
) -> String {
    let kept = there
        .into_iter()
        .filter(|(name, _)| !set.contains_key(name));
    let set = set
        .iter()
        .map(|(name, value)| (name.clone(), value.clone()));
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(kept.chain(set))
        .finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACK: &str = r##"
service = "x"
version = 1
name = { de = "X", en = "X" }
[link]
query = { muteCamera = "true", muteMicrophone = "true" }
[[rule]]
id = "call"
state = "inside"
when.all = ["#call"]
"##;

    const GUEST: Guest<'static> = Guest {
        name: "Raum 2.07 & Foyer",
        nonce: "n0nce",
    };

    fn address(link: &str) -> String {
        let pack = Pack::parse(PACK).unwrap();
        let door = pack.door(&Private::new(link), GUEST).unwrap();
        assert_eq!(door.own, None);
        door.address.reveal().to_owned()
    }

    #[test]
    fn what_a_pack_sets_in_the_query_wins_over_what_the_invitation_says() {
        let table = [
            (
                "https://a.example/webapp3/m/1?pin=2&muteCamera=false",
                "https://a.example/webapp3/m/1?pin=2&muteCamera=true&muteMicrophone=true",
            ),
            (
                "https://a.example/webapp/#/?conference=1&muteMicrophone=false",
                "https://a.example/webapp/#/?conference=1&muteCamera=true&muteMicrophone=true",
            ),
            (
                "https://a.example/m/1#here",
                "https://a.example/m/1?muteCamera=true&muteMicrophone=true#here",
            ),
        ];
        for (link, expected) in table {
            assert_eq!(address(link), expected);
        }
    }

    #[test]
    fn a_link_without_a_pack_that_sets_something_is_opened_as_it_stands() {
        let plain = PACK.replacen("muteCamera = \"true\", muteMicrophone = \"true\"", "", 1);
        let pack = Pack::parse(&plain).unwrap();
        let link = "https://a.example/j/1?pwd=a%2Bb&x=%20y#z?q";
        let door = pack.door(&Private::new(link), GUEST).unwrap();
        assert_eq!(door.address.reveal(), link);
    }

    #[test]
    fn the_rooms_name_can_be_put_into_the_link() {
        let named = PACK.replacen("muteCamera = \"true\"", "name = \"{display-name}\"", 1);
        let pack = Pack::parse(&named).unwrap();
        let door = pack
            .door(&Private::new("https://a.example/m/1"), GUEST)
            .unwrap();
        let expected = "https://a.example/m/1?muteMicrophone=true&name=Raum+2.07+%26+Foyer";
        assert_eq!(door.address.reveal(), expected);
    }

    fn with_page() -> Pack {
        let page = "[own-page]\nfile = \"x.html\"\nat = \"/own\"\n[link]";
        let html = "<script nonce=\"{{nonce}}\"></script><script type=\"application/json\">{{link}}</script>";
        let beside = |name: &str| (name == "x.html").then(|| html.to_owned());
        Pack::parse_with(&PACK.replacen("[link]", page, 1), &beside).unwrap()
    }

    #[test]
    fn a_page_of_our_own_stands_on_the_links_host_and_only_there() {
        let link =
            Private::new("https://meet.example:8443/amt-50/Sitzung?jwt=</script><b>#config.x=1");
        let door = with_page().door(&link, GUEST).unwrap();
        assert_eq!(door.address.reveal(), "https://meet.example:8443/own");
        let served = door.own.unwrap();
        assert!(served.rules.contains("script-src 'self' 'nonce-n0nce'"));
        let html = served.html.reveal();
        assert!(html.contains("<script nonce=\"n0nce\">"), "{html}");
        assert!(html.contains("\"path\":\"/amt-50/Sitzung\""), "{html}");
        assert!(
            !html.contains("<b>") && !html.contains("config.x"),
            "{html}"
        );
    }

    #[test]
    fn nothing_but_an_address_of_a_host_is_opened() {
        for link in ["", "x", "javascript:alert(1)", "data:text/html,x", "/own"] {
            assert_eq!(with_page().door(&Private::new(link), GUEST), None, "{link}");
        }
    }

    #[test]
    fn a_page_that_is_not_there_or_keeps_no_place_for_the_link_is_refused() {
        let page = "[own-page]\nfile = \"x.html\"\nat = \"/own\"\n[link]";
        let text = PACK.replacen("[link]", page, 1);
        let said = |beside: &dyn Fn(&str) -> Option<String>, text: &str| {
            Pack::parse_with(text, beside).unwrap_err().to_string()
        };
        assert!(said(&|_| None, &text).contains("no file \"x.html\" beside the pack"));
        assert!(said(&|_| Some("<p>".to_owned()), &text).contains("{{link}}"));
        for (from, to, word) in [
            ("x.html", "../x.html", "a file's name"),
            ("\"/own\"", "\"own\"", "starts with /"),
        ] {
            let text = text.replacen(from, to, 1);
            let html = |_: &str| Some("{{link}}{{nonce}}".to_owned());
            assert!(said(&html, &text).contains(word), "{to}");
        }
    }
}
