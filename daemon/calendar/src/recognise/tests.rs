//! Invitations as people get them, half of them German, and what a room must make of each.

use super::*;

fn table() -> HostTable {
    [
        ("bbb.stadt.example", "bbb"),
        ("*.uni.example", "bbb"),
        ("meet.stadt.example", "jitsi"),
        ("konferenz.büro.example", "jitsi"),
        ("raum12.local:8443", "practice"),
        ("127.0.0.1", "practice"),
        ("localhost", "jitsi"),
    ]
    .into_iter()
    .fold(HostTable::new(), |table, (host, service)| {
        table.with(host, service).expect("a host")
    })
}

/// `service id passcode url`, or the code of the reason.
fn outcome(invitation: &Invitation) -> String {
    let (target, why) = recognise(invitation, &table());
    let Some(target) = target else {
        return why.code().to_owned();
    };
    let id = target.id.map_or("-".into(), |id| id.reveal().to_owned());
    let passcode = target
        .passcode
        .map_or("-".into(), |secret| secret.reveal().to_owned());
    let url = target.url.map_or("-".into(), |url| url.reveal().to_owned());
    format!("{} {id} {passcode} {url}", target.service)
}

fn body(text: &str) -> Invitation {
    Invitation::new().description(Some(text.to_owned()))
}

#[test]
fn invitations_in_their_description() {
    let table: &[(&str, &str)] = &[
        // Jitsi
        (
            "Beitreten: https://meet.jit.si/Amt50Jourfixe",
            "jitsi Amt50Jourfixe - https://meet.jit.si/Amt50Jourfixe",
        ),
        (
            "Klicken Sie auf den folgenden Link, um am Meeting teilzunehmen:\nhttps://meet.jit.si/Rat-Sitzung.\n\nPasswort: Kn0bl4uch!",
            "jitsi Rat-Sitzung Kn0bl4uch https://meet.jit.si/Rat-Sitzung",
        ),
        (
            "Click <https://meet.jit.si/DailyStandup#config.startWithAudioMuted=false> to join",
            "jitsi DailyStandup - https://meet.jit.si/DailyStandup",
        ),
        (
            "(https://meet.stadt.example/amt-50/Runde)",
            "jitsi amt-50/Runde - https://meet.stadt.example/amt-50/Runde",
        ),
        (
            "Zur Konferenz: https://meet.stadt.example/Geb%C3%BChren Kennwort lautet: sommer26",
            "jitsi Gebühren sommer26 https://meet.stadt.example/Geb%C3%BChren",
        ),
        (
            "Token link https://meet.stadt.example/Runde?jwt=eyJhbGciOi.x.y",
            "jitsi Runde - https://meet.stadt.example/Runde?jwt=eyJhbGciOi.x.y",
        ),
        (
            "Wir treffen uns auf „https://konferenz.xn--bro-hoa.example/Team“.",
            "jitsi Team - https://konferenz.xn--bro-hoa.example/Team",
        ),
        (
            "Wir treffen uns auf https://konferenz.büro.example/Team",
            "jitsi Team - https://konferenz.xn--bro-hoa.example/Team",
        ),
        (
            "https://meet.jit.si/static/dialInInfo.html?room=Amt50",
            "cannot-join-help-page",
        ),
        ("Infos: https://meet.jit.si/", "cannot-join-help-page"),
        (
            "Einwahl https://meet.jit.si/static/dialInInfo.html?room=Amt50 oder https://meet.jit.si/Amt50",
            "jitsi Amt50 - https://meet.jit.si/Amt50",
        ),
        ("Der Link folgt. Passwort: siehe Anhang", "no-link"),
        (
            "Raum https://meet.jit.si/Amt50\nPasswort: siehe Anhang",
            "jitsi Amt50 - https://meet.jit.si/Amt50",
        ),
        // BigBlueButton
        (
            "An der Konferenz teilnehmen: https://bbb.stadt.example/b/mei-x4k-9qz-abc\nZugangscode: 384756",
            "bbb mei-x4k-9qz-abc 384756 https://bbb.stadt.example/b/mei-x4k-9qz-abc",
        ),
        (
            "https://bbb.stadt.example/b/joh-abc-def",
            "bbb joh-abc-def - https://bbb.stadt.example/b/joh-abc-def",
        ),
        (
            "https://bbb.stadt.example/gl/joh-abc-def",
            "bbb joh-abc-def - https://bbb.stadt.example/gl/joh-abc-def",
        ),
        (
            "Bitte treten Sie bei: https://bbb.stadt.example/rooms/abc-def-ghi-jkl/join (Zugangscode für Teilnehmende: x7k2m9)",
            "bbb abc-def-ghi-jkl x7k2m9 https://bbb.stadt.example/rooms/abc-def-ghi-jkl/join",
        ),
        (
            "https://bbb.stadt.example/rooms/abc-def-ghi/join?viewerCode=q1w2e3&joinFormName=Raum",
            "bbb abc-def-ghi q1w2e3 https://bbb.stadt.example/rooms/abc-def-ghi/join?viewerCode=q1w2e3&joinFormName=Raum",
        ),
        (
            "Kurzlink https://bbb.stadt.example/abc-def-ghi",
            "bbb abc-def-ghi - https://bbb.stadt.example/abc-def-ghi",
        ),
        (
            "PILOS: https://konferenz.uni.example/rooms/k7m-p2x-q9r\nZugangscode\n123-456-789",
            "bbb k7m-p2x-q9r 123456789 https://konferenz.uni.example/rooms/k7m-p2x-q9r",
        ),
        (
            "PILOS: https://konferenz.uni.example/rooms/k7m-p2x-q9r\nZugangscode:\n123456789",
            "bbb k7m-p2x-q9r 123456789 https://konferenz.uni.example/rooms/k7m-p2x-q9r",
        ),
        (
            "https://konferenz.uni.example/rooms/k7m-p2x-q9r/dRgT5mWq8ZkLp0YbV3nXcH7aJ2sFe9uIo1Kt6GhBvNzQlMwE4r",
            "bbb k7m-p2x-q9r - https://konferenz.uni.example/rooms/k7m-p2x-q9r/dRgT5mWq8ZkLp0YbV3nXcH7aJ2sFe9uIo1Kt6GhBvNzQlMwE4r",
        ),
        (
            "https://bbb.stadt.example/html5client/join?sessionToken=abc123",
            "bbb - - https://bbb.stadt.example/html5client/join?sessionToken=abc123",
        ),
        (
            "https://bbb.stadt.example/bigbluebutton/api/join?fullName=Raum%2012&meetingID=rat-26&role=VIEWER&checksum=0a1b2c",
            "bbb rat-26 - https://bbb.stadt.example/bigbluebutton/api/join?fullName=Raum%2012&meetingID=rat-26&role=VIEWER&checksum=0a1b2c",
        ),
        (
            "https://bbb.stadt.example/bigbluebutton/api/join?meetingID=rat-26",
            "cannot-join-not-a-meeting-page",
        ),
        (
            "https://bbb.stadt.example/bigbluebutton/api/end?meetingID=rat-26&checksum=0",
            "cannot-join-not-a-meeting-page",
        ),
        (
            "Aufzeichnung: https://bbb.stadt.example/playback/presentation/2.3/abc",
            "cannot-join-recording",
        ),
        ("https://bbb.stadt.example/signin", "cannot-join-sign-in"),
        ("https://bbb.stadt.example/", "cannot-join-help-page"),
        ("https://bbb.andere.example/b/mei-x4k-9qz", "unknown-host"),
        // Practice
        (
            "Probe: https://raum12.local:8443/practice/demo?code=4711",
            "practice demo 4711 https://raum12.local:8443/practice/demo?code=4711",
        ),
        (
            "Probe: https://raum12.local:8443/practice/demo\nKenncode: 4711",
            "practice demo 4711 https://raum12.local:8443/practice/demo",
        ),
        (
            "Practice http://127.0.0.1:40123/practice/demo-1 passcode: 0042",
            "practice demo-1 0042 http://127.0.0.1:40123/practice/demo-1",
        ),
        ("https://raum12.local:9999/practice/demo", "unknown-host"),
        ("https://raum13.local:8443/practice/demo", "unknown-host"),
        (
            "http://raum12.local:8443/practice/demo",
            "refused-plain-http",
        ),
        (
            "https://raum12.local:8443/practice/",
            "cannot-join-not-a-meeting-page",
        ),
        // Tricks
        ("http://meet.jit.si/Amt50", "refused-plain-http"),
        ("http://localhost/Amt50", "refused-plain-http"),
        (
            "https://meet.jit.si@evil.example/Amt50",
            "refused-user-info",
        ),
        (
            "https://meet.jit.si:443@evil.example/Amt50",
            "refused-user-info",
        ),
        ("https://@meet.jit.si/Amt50", "refused-user-info"),
        (
            "https://meet.jit.si.evil.example/Amt50",
            "refused-look-alike",
        ),
        ("https://meet-jit-si.example/Amt50", "refused-look-alike"),
        ("https://meet.jlt.si/Amt50", "refused-look-alike"),
        ("https://meet.jitt.si/Amt50", "refused-look-alike"),
        (
            "https://bbb.stadt.exarnple/b/mei-x4k-9qz",
            "refused-look-alike",
        ),
        ("https://meet.jіt.si/Amt50", "refused-foreign-letters"),
        (
            "https://meet.jit.si\\@evil.example/Amt50",
            "refused-malformed",
        ),
        ("https:\\\\meet.jit.si\\Amt50", "refused-malformed"),
        ("https://meet.jit.si:8443/Amt50", "unknown-host"),
        (
            "javascript:alert(1) file:///etc/passwd data:text/html,x",
            "no-link",
        ),
        ("Unterlagen: https://www.stadt.example/rat", "unknown-host"),
        ("https://aka.ms/JoinTeamsMeeting", "cannot-join-help-page"),
        ("Tel. +49 30 1234, Raum 12", "no-link"),
        ("meet.jit.si/Amt50", "no-link"),
        // Wrappers and HTML
        (
            "https://eur03.safelinks.protection.outlook.com/?url=https%3A%2F%2Fmeet.jit.si%2FAmt50&data=05",
            "jitsi Amt50 - https://meet.jit.si/Amt50",
        ),
        (
            "Hier klicken, um teilzunehmen<https://eur03.safelinks.protection.outlook.com/ap/t-59584e83/?url=https%3A%2F%2Fbbb.stadt.example%2Fb%2Fmei-x4k-9qz&data=05%7C02>",
            "bbb mei-x4k-9qz - https://bbb.stadt.example/b/mei-x4k-9qz",
        ),
        (
            "https://nam02.safelinks.protection.outlook.com/?url=http%3A%2F%2Fmeet.jit.si%2FAmt50",
            "refused-plain-http",
        ),
        (
            "https://www.google.com/url?q=https://meet.jit.si/Amt50&sa=D&source=calendar",
            "jitsi Amt50 - https://meet.jit.si/Amt50",
        ),
        (
            "<p>Zur <a href=\"https://bbb.stadt.example/rooms/abc-def-ghi/join?viewerCode=a1b2c3&amp;x=1\">Konferenz</a></p>",
            "bbb abc-def-ghi a1b2c3 https://bbb.stadt.example/rooms/abc-def-ghi/join?viewerCode=a1b2c3&x=1",
        ),
        (
            "<b>Zugangscode:</b>&nbsp;<i>778899</i><br><a href='https://bbb.stadt.example/b/mei-x4k-9qz'>Raum</a>",
            "bbb mei-x4k-9qz 778899 https://bbb.stadt.example/b/mei-x4k-9qz",
        ),
        // Several links
        (
            "https://bbb.stadt.example/rooms/abc-def-ghi/join\nmit Code: https://bbb.stadt.example/rooms/abc-def-ghi/join?viewerCode=a1b2c3",
            "bbb abc-def-ghi a1b2c3 https://bbb.stadt.example/rooms/abc-def-ghi/join?viewerCode=a1b2c3",
        ),
        (
            "Neu: https://meet.jit.si/Neu\n\n-----Ursprüngliche Nachricht-----\nhttps://meet.jit.si/Alt",
            "jitsi Neu - https://meet.jit.si/Neu",
        ),
        (
            "Neu: https://meet.jit.si/Neu Passwort: neu123\n-- \nhttps://meet.jit.si/Alt Passwort: alt123",
            "jitsi Neu neu123 https://meet.jit.si/Neu",
        ),
    ];
    for (text, want) in table {
        assert_eq!(outcome(&body(text)), *want, "{text}");
    }
}

#[test]
fn structured_properties_come_before_url_location_description_and_html() {
    let link = |name: &str| Some(format!("https://meet.jit.si/{name}"));
    let all = Invitation::new()
        .conference(link("Conference"))
        .url(link("Url"))
        .location(link("Location"))
        .description(link("Description"))
        .html(link("Html"));
    let order = [
        (Origin::Conference, "Conference"),
        (Origin::Url, "Url"),
        (Origin::Location, "Location"),
        (Origin::Description, "Description"),
        (Origin::Html, "Html"),
    ];
    let mut invitation = all;
    for (index, (origin, id)) in order.into_iter().enumerate() {
        let (target, why) = recognise(&invitation, &HostTable::new());
        let others = u8::try_from(order.len() - index - 1).expect("a few");
        let chosen = match others {
            0 => Chosen::Only,
            _ => Chosen::Field,
        };
        assert_eq!(
            why,
            Why::Recognised {
                from: origin,
                others,
                chosen
            }
        );
        assert_eq!(
            target.and_then(|target| target.id).expect("an id").reveal(),
            id
        );
        match origin {
            Origin::Conference => invitation.conference.clear(),
            Origin::Url => invitation.url = None,
            Origin::Location => invitation.location = None,
            Origin::Description => invitation.description = None,
            Origin::Html => {}
        }
    }
}

#[test]
fn a_telephone_conference_does_not_hide_the_link() {
    let invitation = Invitation::new()
        .conference(["tel:+49301234,,987#".to_owned()])
        .location(Some("Microsoft Teams-Besprechung".into()))
        .html(Some(
            "<a href='https://bbb.stadt.example/b/mei-x4k-9qz'>Raum</a>".into(),
        ));
    assert_eq!(
        outcome(&invitation),
        "bbb mei-x4k-9qz - https://bbb.stadt.example/b/mei-x4k-9qz"
    );
}

#[test]
fn the_passcode_may_stand_in_another_property_than_the_link() {
    let invitation =
        body("Zugangscode: 135790").url(Some("https://bbb.stadt.example/b/mei-x4k-9qz".into()));
    assert_eq!(
        outcome(&invitation),
        "bbb mei-x4k-9qz 135790 https://bbb.stadt.example/b/mei-x4k-9qz"
    );
}

#[test]
fn a_host_of_the_table_is_told_from_one_of_a_pack() {
    for (link, listed) in [
        ("https://meet.jit.si/x", false),
        ("https://meet.stadt.example/x", true),
    ] {
        let (target, _) = recognise(&body(link), &table());
        assert_eq!(target.expect("a target").listed, listed, "{link}");
    }
}

#[test]
fn an_unknown_host_says_which_service_its_link_looks_like() {
    let (_, why) = recognise(&body("https://bbb.andere.example/b/mei-x4k-9qz"), &table());
    let sentence = why.sentence();
    assert_eq!(
        sentence.en,
        "The link looks like BigBlueButton, but bbb.andere.example is not on the operator's table."
    );
    assert_eq!(
        sentence.de,
        "Der Link sieht nach BigBlueButton aus, aber bbb.andere.example steht nicht in der Liste des Betreibers."
    );
}

#[test]
fn a_link_that_nobody_signed_leads_in_where_the_room_has_the_servers_secret() {
    let link = "https://bbb.stadt.example/bigbluebutton/api/join?meetingID=rat-26&fullName=Gast";
    let invitation = Invitation::new().description(Some(format!("Sitzung: {link}")));
    let mut hosts = HostTable::new();
    for (signing, target, why) in [
        (true, Some("rat-26"), "recognised-in-description"),
        (false, None, "cannot-join-not-a-meeting-page"),
    ] {
        match signing {
            true => hosts.add_signing("bbb.stadt.example", "bbb").unwrap(),
            false => hosts.add("bbb.stadt.example", "bbb").unwrap(),
        }
        let (found, reason) = recognise(&invitation, &hosts);
        let id = found.as_ref().and_then(|target| target.id.as_ref());
        assert_eq!(id.map(|id| id.reveal()), target);
        assert_eq!(reason.code(), why);
    }
    // Of another host of the same service the room has no secret, and none is given to a stranger.
    hosts.add_signing("bbb.stadt.example", "bbb").unwrap();
    hosts.add("*.uni.example", "bbb").unwrap();
    for (host, why) in [
        ("bbb.uni.example", "cannot-join-not-a-meeting-page"),
        ("bbb.fremd.example", "unknown-host"),
    ] {
        let link = link.replace("bbb.stadt.example", host);
        let (found, reason) = recognise(&Invitation::new().url(Some(link)), &hosts);
        assert!(found.is_none());
        assert_eq!(reason.code(), why, "{host}");
    }
}

#[test]
fn the_telling_reason_wins_over_the_harmless_one() {
    let text = "https://www.stadt.example/ https://bbb.andere.example/b/mei-x4k-9qz http://meet.jit.si/x https://x.example/";
    assert_eq!(outcome(&body(text)), "refused-plain-http");
}

#[test]
fn no_sentence_holds_a_link_or_a_passcode() {
    for text in [
        "http://meet.jit.si/Geheim?pwd=s3cret",
        "https://x:s3cret@meet.jit.si/Geheim",
        "https://nobody.example/Geheim?pwd=s3cret",
    ] {
        let (_, why) = recognise(&body(text), &table());
        let shown = format!("{:?} {:?}", why, why.sentence());
        assert!(
            !shown.contains("Geheim") && !shown.contains("s3cret"),
            "{shown}"
        );
    }
}

#[test]
fn a_megabyte_of_noise_is_looked_at_quickly() {
    for noise in [
        "https://",
        "<a href=",
        "Passwort: (",
        "&amp;",
        "<",
        "https://safelinks.protection.outlook.com/?url=",
    ] {
        let text = noise.repeat((1 << 20) / noise.len());
        let begun = std::time::Instant::now();
        let _ = recognise(&body(&text).html(Some(text.clone())), &table());
        assert!(
            begun.elapsed().as_secs() < 10,
            "{noise}: {:?}",
            begun.elapsed()
        );
    }
}

/// What a later service looks like: a number in the query, a page behind the fragment, a SIP address.
const LATER: &str = r#"
service = "later"
name = "A later service"
hosts = ["*.later.example"]

[[link]]
path = '^/app/$'
needs_query = ["m"]
id_query = "m"
passcode_query = ["pin"]
keep_fragment = true

[[refuse]]
path = '^/register/'
because = "registration"

[passcode]
labels = ["Kenncode"]
value = '[0-9]{4,10}'

[[sip]]
domains = ["sip.later.example"]
user = '^[0-9]{9,11}$'
"#;

#[test]
fn a_new_service_is_nothing_but_data() {
    let later = catalogue::read(LATER).expect("a pack");
    let all: &'static _ = Box::leak(Box::new(catalogue::Catalogue::new(vec![later])));
    let hosts = HostTable::new();
    let known = Known { hosts: &hosts, all };
    let see = |text: &str| {
        let (target, why) = reading::recognise_with(&body(text), known);
        let Some(target) = target else {
            return why.code().to_owned();
        };
        let shown = |text: Option<&str>| text.unwrap_or("-").to_owned();
        [
            shown(target.url.as_ref().map(|url| url.reveal())),
            shown(target.sip.as_ref().map(|sip| sip.reveal())),
            shown(target.id.as_ref().map(|id| id.reveal())),
            shown(target.passcode.as_ref().map(|secret| secret.reveal())),
        ]
        .join(" ")
    };
    for (text, want) in [
        (
            "https://amt.later.example/app/?m=123456789&pin=0007#/room",
            "https://amt.later.example/app/?m=123456789&pin=0007#/room - 123456789 0007",
        ),
        (
            "https://amt.later.example/app/?m=123456789 SIP: sip:123456789@sip.later.example Kenncode: 4711",
            "https://amt.later.example/app/?m=123456789 123456789@sip.later.example 123456789 4711",
        ),
        (
            "Einwahl sip:123456789@sip.later.example",
            "- 123456789@sip.later.example 123456789 -",
        ),
        (
            "sip:123456789@evil.example sip:amt@sip.later.example",
            "unknown-host",
        ),
        (
            "https://amt.later.example/app/",
            "cannot-join-not-a-meeting-page",
        ),
        (
            "https://amt.later.example/register/9",
            "cannot-join-registration",
        ),
        ("https://later.example/app/?m=1", "unknown-host"),
    ] {
        assert_eq!(see(text), want, "{text}");
    }
}
