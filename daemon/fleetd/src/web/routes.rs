//! The table: every address, who may come, what is done there, and a sentence about it for the API's description.
//! Knows no handler.

use super::door::Door;
use crate::people::Right;

/// HTTP's methods that are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// Changes nothing.
    Get,
    /// Does something.
    Post,
    /// Puts something there.
    Put,
    /// Takes something away.
    Delete,
}

/// Whom an address is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// People with a browser.
    Page,
    /// Programs.
    Api,
    /// Rooms.
    Room,
}

/// One address.
#[derive(Debug)]
pub struct Route {
    /// How it is asked.
    pub way: Way,
    /// Its path, with `{parts}`.
    pub path: &'static str,
    /// Who may come.
    pub door: Door,
    /// Whom it is for.
    pub side: Side,
    /// What is done.
    pub act: Act,
    /// A sentence about it.
    pub says: &'static str,
}

macro_rules! routes {
    ($($way:ident $path:literal, $side:ident, $door:expr, $act:ident: $says:literal;)*) => {
        /// Everything that can be asked for.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[allow(missing_docs, reason = "each has its sentence in the table")]
        pub enum Act { $($act),* }

        /// The table.
        pub const ROUTES: &[Route] = &[
            $(Route {
                way: Way::$way,
                path: $path,
                door: $door,
                side: Side::$side,
                act: Act::$act,
                says: $says,
            }),*
        ];
    };
}

use Door::{Anyone, Known, Person, Room as OfRoom};
use Right::{Audit, Install, Look, Rule, Set};

routes! {
    Get "/sign-in", Page, Anyone, SignInPage: "The page to sign in on.";
    Get "/sign-in/with", Page, Anyone, GoToProvider: "Sends a person to the provider to sign in there.";
    Get "/sign-in/back", Page, Anyone, ComeBack: "Where the provider sends a person back to.";
    Post "/sign-in", Page, Anyone, SignIn: "Signs a person in.";
    Post "/sign-out", Page, Known, SignOut: "Ends a session.";
    Get "/welcome", Page, Anyone, WelcomePage: "The page of an invitation.";
    Post "/welcome", Page, Anyone, Welcome: "Makes the account of an invitation.";
    Get "/language", Page, Anyone, Speak: "Changes the language of the pages.";
    Get "/assets/{name}", Page, Anyone, Asset: "Style, script and icon.";
    Get "/events", Page, Person(Look), Events: "Tells a page that something changed.";

    Get "/", Page, Person(Look), Overview: "All rooms by site and building.";
    Get "/rooms", Page, Person(Look), RoomsPage: "Rooms, searched and filtered.";
    Post "/rooms/views", Page, Known, KeepView: "Keeps what was asked for of the list as a view of one's own.";
    Post "/rooms/views/drop", Page, Known, DropView: "Forgets a view.";
    Post "/rooms/bulk", Page, Person(Right::Help), PlanBulk: "Plans one verb for all rooms that were found.";
    Get "/bulk/{batch}", Page, Person(Right::Help), BulkPage: "Which rooms a plan reaches and which not and why, or what became of it.";
    Post "/bulk/{batch}/begin", Page, Person(Right::Help), BeginBulk: "Tells the rooms of a plan.";
    Get "/rooms/{room}", Page, Person(Look), RoomPage: "One room.";
    Get "/rooms/{room}/files/{token}", Page, Person(Right::Help), RoomFile: "What a room was asked for.";
    Post "/rooms/{room}/tell", Page, Person(Right::Help), TellRoom: "Tells a room to do something.";
    Get "/rooms/{room}/grant/{command}", Page, Person(Right::Operate), GrantPage: "What has to be signed before a room does this.";
    Get "/rooms/{room}/grant/{command}/text", Page, Person(Right::Operate), GrantText: "That text as a file.";
    Post "/rooms/{room}/grant/{command}", Page, Person(Right::Operate), Grant: "Tells a room what was signed.";
    Post "/rooms/{room}/place", Page, Person(Install), PlaceRoom: "Says where a room is.";
    Post "/rooms/{room}/out", Page, Person(Rule), TurnOut: "Turns a room out.";
    Get "/enrolment", Page, Person(Install), EnrolPage: "Rooms that want in.";
    Post "/enrolment/{request}/approve", Page, Person(Install), Approve: "Takes a room in.";
    Post "/enrolment/{request}/refuse", Page, Person(Install), RefuseRoom: "Refuses a room.";
    Get "/settings", Page, Person(Set), SettingsPage: "How rooms shall be set, by level.";
    Get "/settings/level", Page, Person(Set), LevelPage: "The text of one level.";
    Post "/settings/level", Page, Person(Set), WriteLevel: "Shows what a text would change, or writes it.";
    Get "/rollouts", Page, Person(Look), RolloutsPage: "Releases: what can be offered, what is on its way, in which rings.";
    Post "/rollouts", Page, Person(Set), Begin: "Begins to offer a release, ring by ring.";
    Post "/rings", Page, Person(Set), WriteRings: "Writes the rings of the next rollout.";
    Get "/rollouts/{rollout}", Page, Person(Look), RolloutPage: "One rollout, with its rings and rooms.";
    Post "/rollouts/{rollout}", Page, Person(Set), ChangeRollout: "Pauses a rollout, goes on with it, opens its next ring, or stops it for good.";
    Post "/rollouts/{rollout}/room", Page, Person(Set), StandRoom: "Takes a room out of a rollout, or lets it try again.";
    Post "/rooms/{room}/ring", Page, Person(Set), MoveToRing: "Says in which ring a room takes releases.";
    Get "/alerts", Page, Person(Look), AlertsPage: "What people are told about, and by which rules.";
    Get "/alerts/rule", Page, Person(Rule), RulePage: "One rule.";
    Post "/alerts/rule", Page, Person(Rule), WriteRule: "Writes a rule.";
    Post "/alerts/rule/{name}/drop", Page, Person(Rule), DropRule: "Takes a rule away, or back to what it was at first.";
    Get "/alerts/target", Page, Person(Rule), TargetPage: "One target of notices.";
    Post "/alerts/target", Page, Person(Rule), WriteTarget: "Writes a target of notices.";
    Post "/alerts/target/{name}/try", Page, Person(Rule), TryTarget: "Sends a notice that means nothing.";
    Post "/alerts/target/{name}/drop", Page, Person(Rule), DropTarget: "Takes a target of notices away.";
    Get "/alerts/mqtt", Page, Person(Rule), BridgePage: "On which MQTT broker building systems read rooms.";
    Post "/alerts/mqtt", Page, Person(Rule), WriteBridge: "Writes the broker.";
    Post "/alerts/mqtt/drop", Page, Person(Rule), DropBridge: "Takes the broker away, and the rooms from it.";
    Get "/audit", Page, Person(Audit), AuditPage: "Who did what.";
    Get "/audit/export", Page, Person(Audit), AuditExport: "The whole log as JSON lines.";
    Get "/people", Page, Person(Rule), PeoplePage: "Who may do what.";
    Get "/people/sign-in", Page, Person(Rule), ProviderPage: "By which provider people sign in.";
    Post "/people/sign-in", Page, Person(Rule), WriteProvider: "Writes the provider.";
    Post "/people/sign-in/try", Page, Person(Rule), TryProvider: "Asks the provider what it says of itself.";
    Post "/people/sign-in/drop", Page, Person(Rule), DropProvider: "Takes the provider away.";
    Post "/people/invite", Page, Person(Rule), Invite: "Invites somebody.";
    Post "/people/{name}/close", Page, Person(Rule), ClosePerson: "Closes an account or opens it again.";
    Post "/people/tokens", Page, Person(Rule), MakeToken: "Makes a token for a program.";
    Post "/people/tokens/{name}/drop", Page, Person(Rule), DropToken: "Takes a token away.";

    Get "/api/v1/openapi.json", Api, Anyone, OpenApi: "This description.";
    Get "/api/v1/rooms", Api, Person(Look), ApiRooms: "Rooms, searched by `q`, filtered by `light`, `site`, `building`, `floor`, `kind`, `fault`, `tomorrow=risk`; `-` is a place without a name; `after` and `limit` page them.";
    Get "/api/v1/rooms/{room}", Api, Person(Look), ApiRoom: "One room, whole, with the age of what is known.";
    Put "/api/v1/rooms/{room}/place", Api, Person(Install), ApiPlace: "Says what a room is called and where it is.";
    Delete "/api/v1/rooms/{room}", Api, Person(Rule), ApiTurnOut: "Turns a room out: its certificate counts no more.";
    Get "/api/v1/rooms/{room}/history", Api, Person(Look), ApiHistory: "How a room was, newest first.";
    Get "/api/v1/rooms/{room}/settings", Api, Person(Look), ApiRoomSettings: "What a room shall be set to, which level each setting comes from, and what became of it.";
    Get "/api/v1/rooms/{room}/commands", Api, Person(Look), ApiCommands: "What a room was told, newest first.";
    Post "/api/v1/rooms/{room}/commands", Api, Person(Right::Help), ApiTell: "Tells a room to do something, as `verb`, or as a page's `button`; with `wait_s` the answer waits for the end. What needs a grant is answered with the text to `sign`, and told when the same `id` comes with its `grant`.";
    Get "/api/v1/rooms/{room}/usage", Api, Person(Look), ApiUsage: "How long a room was in calls, day by day, without a word about whom and what.";
    Get "/api/v1/rooms/{room}/files", Api, Person(Right::Help), ApiFiles: "What a room put here.";
    Get "/api/v1/rooms/{room}/files/{token}", Api, Person(Right::Help), ApiFile: "One of these files.";
    Get "/api/v1/rooms/{room}/commands/{command}", Api, Person(Look), ApiCommand: "One command.";
    Get "/api/v1/enrolment", Api, Person(Install), ApiEnrolment: "Rooms that want in, with their codes.";
    Post "/api/v1/enrolment/{request}/approve", Api, Person(Install), ApiApprove: "Takes a room in; compare the code first.";
    Post "/api/v1/enrolment/{request}/refuse", Api, Person(Install), ApiRefuse: "Refuses a room.";
    Post "/api/v1/enrolment/rooms", Api, Person(Install), ApiProvision: "Takes in up to 100 rooms whose keys the asker made, by their requests for certificates and without codes.";
    Get "/api/v1/settings", Api, Person(Set), ApiSettings: "The texts of all levels.";
    Put "/api/v1/settings", Api, Person(Set), ApiWriteSettings: "Writes a level's text over the writing that was seen; with `preview` nothing is written and the answer is what would change; with `first` only those rooms have it, until it is opened.";
    Post "/api/v1/settings/undo", Api, Person(Set), ApiUndo: "Writes what stood there before.";
    Post "/api/v1/settings/open", Api, Person(Set), ApiOpenSettings: "Opens to all rooms of a level the text that some of them tried first.";
    Get "/api/v1/releases", Api, Person(Look), ApiReleases: "Releases of the signed list, and how long rooms take anything of it.";
    Get "/api/v1/rollouts", Api, Person(Look), ApiRollouts: "Rollouts with their rings and rooms.";
    Post "/api/v1/rollouts", Api, Person(Set), ApiBegin: "Begins to offer the release `target`, ring by ring; the answer is the rollout's `name`.";
    Get "/api/v1/rollouts/{rollout}", Api, Person(Look), ApiRollout: "One rollout.";
    Post "/api/v1/rollouts/{rollout}/{change}", Api, Person(Set), ApiChange: "Changes a rollout: `pause`, `go-on`, `open-next`, or `stop` for good.";
    Post "/api/v1/rollouts/{rollout}/rooms/{room}/{change}", Api, Person(Set), ApiStanding: "Changes a room's part: `take-out`, or `readmit` from the penalty box.";
    Get "/api/v1/rings", Api, Person(Look), ApiRings: "Rings of the next rollout.";
    Put "/api/v1/rings", Api, Person(Set), ApiWriteRings: "Writes them.";
    Put "/api/v1/rooms/{room}/ring", Api, Person(Set), ApiMoveToRing: "Says in which ring a room takes releases.";
    Get "/api/v1/alerts", Api, Person(Look), ApiAlerts: "Alerts, the newest first, with their rooms.";
    Get "/api/v1/alerts/rules", Api, Person(Rule), ApiRules: "Rules by name.";
    Put "/api/v1/alerts/rules/{name}", Api, Person(Rule), ApiWriteRule: "Writes a rule.";
    Delete "/api/v1/alerts/rules/{name}", Api, Person(Rule), ApiDropRule: "Takes a rule away, or back to what it was at first.";
    Get "/api/v1/alerts/targets", Api, Person(Rule), ApiTargets: "Targets of notices by name, without their secrets.";
    Put "/api/v1/alerts/targets/{name}", Api, Person(Rule), ApiWriteTarget: "Writes a target of notices.";
    Post "/api/v1/alerts/targets/{name}/try", Api, Person(Rule), ApiTryTarget: "Sends a notice that means nothing.";
    Delete "/api/v1/alerts/targets/{name}", Api, Person(Rule), ApiDropTarget: "Takes a target of notices away.";
    Get "/api/v1/mqtt", Api, Person(Rule), ApiBridge: "The MQTT broker that building systems read rooms from, without its password, and how it stands.";
    Put "/api/v1/mqtt", Api, Person(Rule), ApiWriteBridge: "Writes the broker; a `password` that is left out stays while `broker` and `user` do.";
    Delete "/api/v1/mqtt", Api, Person(Rule), ApiDropBridge: "Takes the broker away, and the rooms from it.";
    Get "/api/v1/audit", Api, Person(Audit), ApiAudit: "Who did what, as JSON lines, behind `after`.";
    Get "/api/v1/people", Api, Person(Rule), ApiPeople: "Who may do what.";
    Get "/api/v1/sign-in", Api, Person(Rule), ApiProvider: "The OpenID provider that people sign in by, without its secret, and the redirect URI that it has to know.";
    Put "/api/v1/sign-in", Api, Person(Rule), ApiWriteProvider: "Writes the provider; a `secret` that is left out stays while `issuer` and `client_id` do.";
    Delete "/api/v1/sign-in", Api, Person(Rule), ApiDropProvider: "Takes the provider away.";
    Get "/metrics", Api, Person(Look), Metrics: "Figures for Prometheus.";

    Post "/enrol/v1/requests", Room, Anyone, AskIn: "A room asks to be taken in.";
    Get "/enrol/v1/requests/{request}", Room, Anyone, AskedIn: "A room asks how that went.";
    Get "/room/v1/socket", Room, OfRoom, Socket: "A room's line.";
    Post "/room/v1/renew", Room, OfRoom, Renew: "A room's next certificate.";
    Get "/room/v1/releases/{*name}", Room, OfRoom, ReleaseFile: "A file of the signed list, or a release.";
    Put "/room/v1/uploads/{token}", Room, OfRoom, Upload: "What a room was asked for.";
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authority::Peer;
    use crate::people::{Caller, Grant, Role, Session};
    use crate::web::Who;
    use std::collections::BTreeSet;

    fn callers() -> Vec<(Option<Role>, Who)> {
        let person = |role| {
            Who::Person(Session {
                caller: Caller {
                    tenant: "own".parse().unwrap(),
                    name: "anna".to_owned(),
                    grants: vec![Grant { role, site: None }],
                    scopes: None,
                },
                form_token: String::new(),
            })
        };
        let room = Who::Room(Peer {
            tenant: "own".parse().unwrap(),
            room: "saal-2".parse().unwrap(),
            serial: "01".to_owned(),
        });
        let mut all = vec![(None, Who::Nobody), (None, room)];
        all.extend(Role::ALL.map(|role| (Some(role), person(role))));
        all
    }

    #[test]
    fn each_address_lets_those_through_whom_its_door_names_and_nobody_else() {
        for route in ROUTES {
            for (role, who) in callers() {
                let may = match (route.door, role, &who) {
                    (Anyone, ..) => true,
                    (OfRoom, _, who) => matches!(who, Who::Room(_)),
                    (Known, role, _) => role.is_some(),
                    (Person(right), Some(role), _) => role.rights().contains(&right),
                    (Person(_), None, _) => false,
                };
                assert_eq!(route.door.open(&who).is_ok(), may, "{route:?} {who:?}");
            }
        }
    }

    #[test]
    fn only_these_are_open_to_whoever_reaches_the_server() {
        let open: Vec<Act> = ROUTES
            .iter()
            .filter(|route| route.door == Anyone)
            .map(|route| route.act)
            .collect();
        use Act::{AskIn, AskedIn, Asset, OpenApi, SignIn, SignInPage, Speak, WelcomePage};
        let known = [
            SignInPage,
            Act::GoToProvider,
            Act::ComeBack,
            SignIn,
            WelcomePage,
            Act::Welcome,
            Speak,
            Asset,
            OpenApi,
            AskIn,
            AskedIn,
        ];
        assert_eq!(open, known);
    }

    #[test]
    fn whoever_only_looks_changes_nothing() {
        for route in ROUTES.iter().filter(|route| route.way != Way::Get) {
            assert_ne!(route.door, Person(Look), "{route:?}");
        }
    }

    #[test]
    fn each_act_has_one_address_and_each_address_one_act() {
        let acts: BTreeSet<String> = ROUTES.iter().map(|r| format!("{:?}", r.act)).collect();
        let places: BTreeSet<(Way, &str)> = ROUTES.iter().map(|r| (r.way, r.path)).collect();
        assert_eq!((acts.len(), places.len()), (ROUTES.len(), ROUTES.len()));
    }
}
