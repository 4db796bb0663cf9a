# Texts of the fleet server's pages.

## Every page

title = Room fleet
skip = Skip to content
menu = Pages
menu-overview = Overview
menu-rooms = Rooms
menu-enrolment = Enrolment
menu-settings = Settings
menu-audit = Audit log
menu-people = People
language-other = Deutsch
lost = No connection to the server. What is shown may be out of date.

## Times

ago-now = just now
ago-minutes = { $count ->
    [one] { $count } minute ago
   *[other] { $count } minutes ago
}
ago-hours = { $count ->
    [one] { $count } hour ago
   *[other] { $count } hours ago
}
ago-days = { $count ->
    [one] { $count } day ago
   *[other] { $count } days ago
}

## Signing in

sign-in = Sign in
sign-out = Sign out
sign-in-name = User name
sign-in-password = Password
sign-in-digits = Code from the app (6 digits)
sign-in-wrong = User name, password or code is wrong. A code works only once.
welcome = Set up your account
welcome-text = Your user name is “{ $name }”. Choose a password.
welcome-password = Password (at least 12 characters)
welcome-again = Repeat the password
welcome-submit = Create the account
welcome-gone = This invitation has been used or has expired. Ask for a new one.
second-must = Second factor
second-may = Second factor (optional)
second-text = Scan the picture with an authenticator app, or type the characters. Then enter the code that it shows.
second-picture = QR code for the authenticator app
password-short = The password has fewer than 12 characters.
password-long = The password has more than 200 characters.
password-easy = This password is easy to guess.
password-differs = The two passwords differ.
digits-wrong = The code is not right. Check that the phone’s clock is correct.
sign-in-local = With a local account
oidc-with = Sign in with { $name }
oidc-arrived = You are signed in
oidc-go-on = Continue
oidc-off = Signing in by a provider is not set up on this server. Use a local account.
oidc-state = This sign-in is used, older than ten minutes, or was begun in another browser. Begin it again.
oidc-denied = The sign-in service did not sign you in, or you broke it off there. Begin again; if it happens again, IT looks at the log of the sign-in service.
oidc-code = The sign-in service no longer accepts its own confirmation. Begin again.
oidc-unreachable = This server cannot reach the sign-in service. Try again later or use a local account. IT: the server’s log says why, and so does “Try” under People, Sign-in service.
oidc-answer = The sign-in service answered something that this server cannot use. IT: the server’s log says what, and so does “Try” under People, Sign-in service.
oidc-client = The sign-in service does not accept this server. IT: check client ID and secret under People, Sign-in service; a secret may have expired.
oidc-token = What the sign-in service says about you could not be verified, so nobody was signed in. Begin again. IT: the server’s log names what did not hold.
oidc-clock = The clocks of this server and of the sign-in service differ. IT: check the time on both machines.
oidc-nothing = You are known, but none of your groups has a role on this server. Ask IT to put you in such a group.
oidc-groups-missing = You are known, but the sign-in service did not say which groups you are in. IT: the claim that is set under People, Sign-in service has to be part of the ID token.
oidc-groups-many = You are known, but you are in more groups than the sign-in service hands on. IT: hand on app roles, or only the groups that are assigned to this application.
oidc-closed = Your account on this server is closed. Ask IT.

## Overview

overview-empty = No room has been enrolled yet.
overview-empty-how = A room whose file names this server ([fleet] server) asks by itself and shows a code. It appears under “Enrolment”.
overview-tomorrow = { $count ->
    [one] In { $count } room at least one meeting is at risk tomorrow.
   *[other] In { $count } rooms at least one meeting is at risk tomorrow.
}
overview-tomorrow-short = At risk tomorrow

overview-rooms = { $count ->
    [one] { $count } room
   *[other] { $count } rooms
}
overview-no-building = No building
overview-block-tomorrow = { $count ->
    [one] { $count } room at risk tomorrow
   *[other] { $count } rooms at risk tomorrow
}

## Lights

light-green = All well
light-yellow = Limited
light-red = Faulty
light-unknown = Unknown

light-heard = last heard

## Why a light is not green

trouble-never-seen = has never been connected
trouble-offline = not connected
trouble-silent = has not reported its state yet
trouble-faults = fault reported
trouble-call-failed = a meeting did not come about
trouble-proof = check found something
trouble-settings-refused = settings refused
trouble-clock = clock is wrong
trouble-unwritten = not set up

## What was done with a room’s key

trouble-two-boards = two devices use the same key
trouble-misbehaves = says what no room says
misdeed-two-boards = Two devices are connected with this room’s key.
misdeed-malformed = Something was sent with this room’s key that is no message.
misdeed-too-long = A message was sent with this room’s key that is longer than any may be.
misdeed-too-fast = Far more messages were sent with this room’s key than a room has to send.
misdeed-replayed = Messages that were sent before were sent again with this room’s key.
misdeed-times = { $count ->
    [one] Seen once, last
   *[other] Seen { $count } times, last
}
misdeed-do-two-boards = Its storage was probably copied. Find both devices; enrol the right one anew under this id. The copied key then counts no more.
misdeed-do = The server ended the connection each time; no other room was affected. Check the device. If it may be in wrong hands, turn the room out.

## List of rooms

rooms-search = Search by name, id or place
rooms-state = State
rooms-every = All
rooms-find = Search
rooms-found = { $count ->
    [one] { $count } room found
   *[other] { $count } rooms found
}
rooms-room = Room
rooms-place = Place
rooms-why = Reason
rooms-since = Since
rooms-next = More rooms

rooms-fault = Fault
rooms-reset = Show all
views = Your views
views-name = Keep this view as
views-keep = Keep
views-drop = Delete view
view-name = The name of a view has 1 to 60 characters.
view-full = No more than 40 views can be kept.

## Many rooms at once

bulk = Tell them together
bulk-text = For all rooms that were found, also those on further pages. First you are shown which rooms are reached.
bulk-text-all = For all rooms, since nothing narrows them down. First you are shown which rooms are reached.
bulk-verb-label = Command
bulk-show = Show effect
bulk-title = Command for many rooms: { $verb }
bulk-reaches = { $count ->
    [one] Reaches { $count } room
   *[other] Reaches { $count } rooms
}
bulk-noticed = People in these rooms will notice.
bulk-begin = { $count ->
    [one] Tell { $count } room
   *[other] Tell { $count } rooms
}
bulk-cannot = { $count ->
    [one] { $count } room cannot be told
   *[other] { $count } rooms cannot be told
}
bulk-over = { $over } of { $all } are over
bulk-not-told = not told yet
bulk-look-again = Look again
bulk-go-on = Tell the others
bulk-back = To the rooms
bulk-gone = There is no such plan any more, or somebody else made it.
bulk-verb = This command is not for many rooms.
hindrance-forbidden = Your role does not allow it there
hindrance-unreachable = not connected
hindrance-unknown-verb = the room does not know this command
hindrance-in-use = in a meeting
hindrance-nothing-there = in no meeting

## What needs a grant

grant = Grant
grant-what = Picture of the display of “{ $room }”
grant-notice = The room says on its display that a picture is taken, and hides what meetings are about meanwhile. In a meeting it takes none.
grant-why = What shows the room this server cannot order alone. Whoever has the grant key signs this text to the letter on another computer:
grant-file = Text as a file (grant.txt)
grant-how = With minisign:
grant-until = Valid until
grant-signature = Content of the file grant.txt.minisig
grant-tell = Tell the room
grant-gone = This grant has expired. Ask for the picture again.
grant-shape = This is no signature of minisign.

## Pictures of how it was

plot-band = The last 7 days: { $green } % all well, { $yellow } % limited, { $red } % in trouble, { $unknown } % unknown.
plot-usage = The last { $days } days: { $calls } hours in meetings, { $failed } hours failed. Days are those of UTC.
plot-in-calls = in meetings
plot-failed = failed
plot-figures = As a table
plot-day = Day
room-turns = Changes

## Places

place-name = Name
place-site = Site
place-building = Building
place-floor = Floor
place-kind = Kind of room
place-none = Not given
place-wrong = Places have letters, digits and hyphens, at most 40 characters.

## A room

room-state = State
room-id = Id
room-line = Connection
line-never = has never been connected
line-up = connected, established
line-down = disconnected
room-heard = Last heard
room-software = Version
room-clock = Clock
room-clock-ahead = differs by { $seconds } seconds
room-certificate = Certificate valid until
room-old = The room is not connected. What is shown is what it reported last.
room-now = In the room
room-phase = Activity
room-microphone = Microphone
room-camera = Camera
room-next = Next meeting
room-tomorrow = Tomorrow
room-tomorrow-text = { $meetings } meetings, of which { $red } will not work, { $yellow } only in part
room-proof = Last check
room-devices = Devices
device-here = present
device-gone = missing
device-unknown = not checked
room-faults = Faults
room-no-faults = No faults reported.
fault-unknown = Fault with the code { $code }
room-verbs = Remote actions
room-verbs-text = Only a person in the room can switch on microphone and camera.
room-verbs-offline = The room is not connected.
room-verbs-sure = People in the room will notice this. Really do it?
verb-preflight = Check the room
verb-tomorrow = Check tomorrow’s meetings
verb-identify = Make the room blink
verb-mute = Close the microphone
verb-log-bundle = Request logs
verb-screenshot = Picture of the display
verb-canary = Test meeting “{ $name }”
verb-leave = Leave the meeting
verb-reset-sound = Reset the sound
verb-restart-browser = Restart the browser
verb-restart-daemon = Restart the room controller
room-told = Commands
room-told-nothing = No command yet.
standing-queued = waits for the connection
standing-sent = sent
standing-begun = begun
standing-done = done
standing-refused = refused
standing-failed = failed
standing-offline = room was not connected
standing-expired = expired
standing-unanswered = no answer
refusal-unknown-verb = unknown command
refusal-expired = too late
refusal-no-grant = no grant
refusal-in-use = room is in use
refusal-nothing-there = nothing there
refusal-not-allowed = not allowed in the room
refusal-busy = already running
failed-interrupted = The room's daemon was interrupted.
failed-microphone-not-closed = The microphone was not seen to close.
failed-call-not-left = The room is still in the meeting.
failed-sound-not-back = The sound did not come back.
failed-preflight-not-done = The check came to nothing: somebody ended it, or the room has nothing that it could check.
failed-tomorrow-not-done = The check of tomorrow did not end.
failed-browser-not-back = The browser did not come back.
failed-not-shown = The room did not show itself.
failed-not-uploaded = The file could not be transferred.
failed-picture-not-taken = No picture could be taken.
failed-canary-drifted = The service's pages have changed; its pack does not fit any more.
failed-canary-not-dark = Microphone or camera was open in the test meeting.
failed-canary-not-entered = The room did not get into the test meeting.
command-clash = This number belongs to another command.
command-unknown = There is no such command.
command-by-button = What brings files or needs a grant is told with “button”.
phase-unwritten = not set up
phase-standby = standby
phase-announced = a meeting comes up
phase-joining = joining
phase-waiting = waiting to be admitted
phase-asks-passcode = a passcode is needed in the room
phase-person-needed = a person is needed in the room
phase-in-call = in a meeting
phase-reconnecting = reconnecting
phase-leaving = leaving
phase-failed = joining failed
phase-ended = meeting ended
switch-closed = closed
switch-open = open
switch-unknown = unknown
room-settings = Settings
room-files = Requested files
room-history = History
room-history-nothing = No change yet.
room-placing = Name and place
room-place = Save
room-out = Turn the room out
room-out-text = The room’s certificate then counts no more. It has to be enrolled anew. The room itself goes on working.
room-out-sure = Type the id “{ $id }” to confirm
room-out-do = Turn out
out-not-sure = The id that was typed is not the room’s.

## Enrolment

enrol-text = Compare the code, character by character, with the one that the room shows. If they differ, refuse: then somebody is between room and server.
enrol-nobody = No room asks to be enrolled at the moment.
enrol-how = A room whose file names this server ([fleet] server) asks by itself; each request lasts 30 minutes. A room that was turned out or refused asks anew with “sudo roomctl fleet enrol”.
enrol-room = Request of “{ $name }”
enrol-from = from { $from }, version { $software }
enrol-replaces = Replaces a device that is enrolled under this id
enrol-compared = I have compared the code with the display in the room
enrol-approve = Enrol
enrol-refuse = Refuse
enrol-gone = This request has expired or has been decided.
enrol-taken = A room is enrolled under this id already.
enrol-not-compared = Compare the code with the display in the room first.
enrol-id-wrong = An id has 1 to 40 small letters, digits or hyphens.
enrol-code-differs = The code is another one.

## Settings

settings-text = What is true for many rooms stands on a wide level; the narrower level wins.
settings-level = Level
settings-written = Last changed
settings-nothing = nothing set
level-all = All rooms
level-site = Site { $place }
level-building = Building { $place }
level-floor = Floor { $place }
level-kind = Kind of room { $place }
level-room = Room { $place }
settings-toml = Settings of this level (TOML)
settings-toml-text = As in the room’s file. Each room checks what it takes; a refused text appears on its page with all reasons.
settings-preview = Show the effect
settings-write = Take for all rooms
settings-try = First in these rooms
settings-first = First in these rooms only
settings-first-text = Ids, with commas between. The other rooms keep what they have until you take it for all.
settings-tried = Version { $writing } counts in these rooms only, for now
settings-tried-applied = taken
settings-tried-refused = refused
settings-tried-waiting = not answered yet
settings-open = Take for all rooms
settings-nobody-tries = Name at least one room; a version that no room tries cannot be taken for all.
settings-undo = Restore the previous text
settings-nothing-earlier = There is no earlier text.
settings-effects = { $count ->
    [one] Changes { $count } room
   *[other] Changes { $count } rooms
}
settings-more = { $count ->
    [one] and { $count } more
   *[other] and { $count } more
}
settings-unset = not set
settings-line = Line { $line }:
settings-bad-room = Together with the other levels it does not fit { $room }.
settings-earlier = Versions
settings-writing = Version { $writing } by { $by }
settings-back = All levels
settings-own = The room runs with its own file.
settings-applied = The room runs with version { $revision }.
settings-later = Some of it takes effect at the next start.
settings-refused = The room has refused version { $revision } and keeps the one before:
settings-waiting = Version { $revision } has not been delivered to the room, or not been answered by it.
settings-setting = Setting
settings-value = Value
settings-from = Set at
settings-edit = Change for this room

## Alerts

menu-alerts = Alerts
alerts-open = Open alerts
alerts-none = No alert is open.
alerts-ended = Ended alerts
alert-severity = Severity
alert-cause = Cause
alert-where = Where
alert-rooms-label = Rooms
alert-since = Since
alert-told = Told
alert-told-nobody = nobody yet
alert-told-failed = { $count ->
    [one] { $count } failed attempt
   *[other] { $count } failed attempts
}
alert-rooms = { $count ->
    [one] { $count } room
   *[other] { $count } rooms
}
alert-still = { $still } of { $all } rooms still
alert-more = { $count ->
    [one] and { $count } more room
   *[other] and { $count } more rooms
}
alert-rules = Rules
alert-rules-text = Rooms at one site whose trouble begins within a few minutes and has the same cause make one alert. A rule without a recipient appears on this page only.
alert-rule = Rule for alerts
alert-rule-name = Name of the rule
alert-rule-new = New rule
alert-rule-drop = Remove or reset
alert-rule-drop-text = A rule of your own is removed. A rule that came with the server returns to its original state; to switch it off, remove the tick at “in force”.
alert-everywhere = all sites
alert-after = After minutes
alert-by = Tomorrow’s risks: wanted by (18:00 if empty)
alert-code-label = Code of the fault (empty: every fault)
alert-code = A code has small letters, digits and hyphens.
alert-to = Recipients
alert-to-nobody = There is no recipient yet.
alert-active = in force
alert-yes = yes
alert-no = no
alert-write = Save
alert-back = All alerts
alert-quiet = Quiet hours
alert-quiet-text = Nobody is told during these times. What still persists afterwards is told then.
alert-quiet-from = From (such as 22:00)
alert-quiet-to = To (such as 06:00)
alert-zone = Time zone
alert-weekends = Saturdays and Sundays all day
alert-name = A name has small letters, digits and hyphens, at most 40 characters.
alert-targets = Recipients
alert-targets-text = Addresses and passwords are kept by the server and shown to nobody.
alert-target = Recipient of alerts
alert-target-new = New recipient
target-name = Name of the recipient
target-kind = Kind
target-mail = Mail
target-webhook = Webhook (Alertmanager’s format)
target-alertmanager = Alertmanager
target-secret = The address and the token are shown no more after saving. Leave them empty to keep them.
target-where = Address (https://…; for mail the server: smtps://name:password@host)
target-token = Token (optional)
target-from = Sender (mail)
target-to = Recipients (mail), separated by commas
target-language-label = Language (mail)
target-try = Send a test
target-tried = The test notice was accepted.
target-not-tried = The test notice was not accepted:
target-drop = Remove recipient
target-used = A rule still sends to this recipient.
target-address = An address begins with https:// or http://.
target-server = A mail server is written smtps://name:password@host or smtp://host:587?tls=required.
target-person = A mail address is missing or is none.
target-language = The language is de or en.
severity-info = Information
severity-warning = Warning
severity-critical = Critical
on-offline = Room not connected
on-fault = Fault
on-call-failed = Meeting did not come about
on-settings-refused = Settings refused
on-clock = Clock is wrong
on-two-boards = Two devices with one key
on-misbehaves = Key sends what no room sends
on-release-failed = A release did not prove itself
on-tomorrow = Meetings at risk tomorrow (once a day)
cause-offline = not connected
cause-call-failed = a meeting did not come about
cause-settings-refused = settings were refused
cause-clock = the clock is wrong
cause-two-boards = two devices use the same key
cause-misbehaves = something is sent that no room sends
cause-release-failed = a release did not prove itself, and what was there before is in use again
cause-tomorrow = meetings tomorrow will not work
cause-trial = this is a test, nothing has happened
alert-mail-firing = Alert
alert-mail-resolved = Resolved
alert-mail-tomorrow = At risk tomorrow
alert-mail-since = Since { $time }
alert-mail-until = Until { $time }

## Audit log

audit-text = Each entry holds the hash of the one before. Check an export with “fleetd audit verify FILE”.
audit-export = Export (JSON lines)
audit-number = No.
audit-when = Time
audit-who = Who
audit-what = What
audit-to = To what
audit-more = Details
audit-older = Older entries
audit-hash = Hash of the newest entry shown: { $hash }
act-room-approved = Room enrolled
act-room-provisioned = Room enrolled by a program
act-room-refused = Room refused
act-room-turned-out = Room turned out
act-room-placed = Name or place changed
act-room-told = Command given
act-settings-written = Settings changed
act-settings-tried = Settings tried in some rooms
act-settings-opened = Tried settings taken for all
act-settings-undone = Settings undone
act-rooms-told = Told many rooms
act-grant-asked = Asked for a grant
act-signed-in = Signed in
act-invitation-accepted = Account created
act-alert-rule-written = Rule for alerts changed
act-alert-rule-dropped = Rule for alerts removed or reset
act-alert-target-written = Recipient of alerts changed
act-alert-target-dropped = Recipient of alerts removed
act-alert-target-tried = Test notice sent
act-person-invited = Person invited
act-person-closed = Account closed
act-person-opened = Account opened
act-token-made = Token made
act-token-dropped = Token dropped
act-file-read = File read
act-sign-in-refused = Not signed in
act-provider-written = Sign-in service changed
act-provider-dropped = Sign-in service removed
act-provider-tried = Sign-in service tried
act-bridge-written = Broker (MQTT) changed
act-bridge-dropped = Broker (MQTT) removed

## People

people-name-label = User name
people-role = Role
people-since = Created
people-do = Action
people-closed = closed
people-close = Close
people-open = Open
people-invite = Invite a person
people-invite-text = The link is shown once and works for 72 hours. Hand it to this person only.
people-invite-do = Make an invitation
people-site = Only for the site (empty: everywhere)
people-link = The invitation’s link. It is not shown again:
people-name = This name is taken, or it has more than small letters, digits, dots and hyphens.
people-last = At least one person must keep all rights.
people-tokens = Tokens for programs
people-tokens-text = A program may at most do what the person may who made the token. A token works for one year.
people-token = The token. It is not shown again:
people-token-name = Name of the program
people-token-make = Make a token
people-token-drop = Drop
people-scopes = Rights
token-nothing = Choose at least one right.
role-viewer = Viewer
role-helpdesk = Helpdesk
role-installer = Installer
role-operator = Operator
role-admin = Admin
right-look = See rooms
right-help = Give harmless commands
right-operate = Give commands that people notice
right-install = Enrol rooms
right-set = Change settings
right-audit = Read the audit log
right-rule = Manage people and rooms
people-outside = { $name } at the sign-in service, last
token-outside = Tokens last longer than the sign-in service’s word. Sign in with a local account to make one, or use “fleetd token”.
provider = Sign-in service
provider-text = People can sign in with the accounts that they already have: Keycloak, Entra ID, or another OpenID Connect provider. Their groups decide what they may do. Local accounts go on working.
provider-set = Set up the sign-in service
provider-people = All people
provider-there = In the sign-in service
provider-there-text = Register this server as a confidential client for the authorization code flow (with PKCE, S256), with a second factor required for whoever becomes operator or admin, and with this redirect URI:
provider-here = On this server
provider-label = Name on the button
provider-issuer = Issuer (https://…, written exactly as in the service)
provider-client = Client ID
provider-secret = Client secret
provider-secret-kept = A secret is kept. It is not shown. Leave it empty to keep it; with another issuer or client ID it has to be entered anew.
provider-secret-none = No secret is kept. Leave it empty only for a public client.
provider-claim = Claim with the groups
provider-claim-text = The claim must be part of the ID token: “groups” or “roles”, or a path such as realm_access.roles.
provider-scopes = Scopes
provider-mappings = Who may do what
provider-mappings-text = One line for each group: group -> role, or group -> role @ site. Groups are written exactly as in the token; Entra ID has object IDs there. Roles: { $roles }. Who is in none of these groups is not let in.
provider-kept = What is kept
provider-try = Try
provider-tried = The sign-in service answers and names { $keys } keys. Whether it accepts the secret is seen at the first sign-in. People are sent to:
provider-not-tried = The sign-in service cannot be used:
provider-clock = Its clock differs from this server’s by { $seconds } s. Correct that first, or nobody can sign in.
provider-drop = Remove the sign-in service
provider-drop-sure = Remove the sign-in service? People who sign in by it can no longer do so; sessions that have begun go on to their end.
provider-bad-label = The name on the button is missing or has more than 60 characters.
provider-bad-issuer = The issuer begins with https:// (http:// only on this machine) and has neither ? nor #.
provider-bad-client = The client ID is missing or too long.
provider-bad-claim = The claim is missing or too long.
provider-bad-scopes = Scopes are words between blanks, and openid is one of them.
provider-bad-line = Line { $line } of the groups is not written as group -> role or group -> role @ site.
provider-bad-many = There are more than 500 groups.

## Refusals

refused = That did not work
refused-back = To the overview
refused-sign-in = Please sign in.
refused-forbidden = Your role does not allow this.
refused-elsewhere = The request did not come from a page of this server.
refused-not-found = There is no such thing.
refused-bad = What was sent cannot be understood.
refused-stale = Something has changed meanwhile. Reload the page and check your change.
refused-too-many = { $count ->
    [one] Too many tries. Please try again in { $count } second.
   *[other] Too many tries. Please try again in { $count } seconds.
}
refused-too-large = That is too large.
refused-broken = The server cannot store anything right now. Its log says more.

## Releases

menu-rollouts = Releases
rollouts-under-way = Under way
rollouts-none = No release is under way.
releases-list = What can be released
releases-nothing = Nothing has been published here yet. Releases are signed on another machine: “fleetd release init”, “add”, then “publish”.
releases-good-until = Rooms take something of it until
releases-sign-anew = Rooms take nothing of it. The list has to be signed anew with the keys and published (“fleetd release refresh”, “publish”).
releases-one = Release
releases-offer = Offer it ring by ring
release-join-pack = Service pack { $of }, version { $version } (joining)
release-recognise-pack = Service pack { $of }, version { $version } (recognising)
release-package = Room software { $version } ({ $machines })
release-firmware = Firmware { $version } for table buttons ({ $of })
release-board = Board file { $of }, revision { $version }
rings-title = Rings of the next release
rings-text = In this order. Rooms without a ring belong to the last one. What is under way keeps its rings.
rings-table = Shares and thresholds of the rings
rings-write = Save rings
ring-name = Ring
ring-at-once = At the same time, % of rooms
ring-proven = Proven before the next begins, %
ring-failed = Failures at which it halts: more than %
ring-wait = Then waits, hours
ring-rooms = Rooms of ring “{ $name }”
ring-not-begun = not begun yet
ring-counts = { $proven } of { $all } rooms proven, { $risk } at it, { $failed } failed, { $away } not reachable or not able now
ring-rule = At most { $once } % at the same time; goes on at { $proven } % proven and after { $hours } hours; halts at more than { $failed } % failures.
rollout-ring-named = Ring “{ $name }”
rollout-count-proven = { $count ->
    [one] { $count } room proven
   *[other] { $count } rooms proven
}
rollout-count-failed = { $count ->
    [one] { $count } room failed
   *[other] { $count } rooms failed
}
rollout-standing = Where it stands
rollout-going = goes on
rollout-going-text = Rooms are changed outside of meetings only, and not in the half hour before one.
rollout-paused = paused
rollout-paused-text = Nothing new is offered; what a room has begun it brings to its end.
rollout-halted = halted by itself
rollout-halted-text = Too many rooms of this ring failed. They work on with what they had. Look at the reasons before you go on or stop.
rollout-stopped = stopped
rollout-stopped-text = Nothing is offered any more. What was proven stays in the rooms.
rollout-do-pause = Pause
rollout-do-go-on = Go on
rollout-do-open-next = Open the next ring now
rollout-do-stop = Stop for good
rollout-sure-go-on = Go on with the failures so far?
rollout-sure-open-next = Open the next ring without waiting?
rollout-sure-stop = Stop this release for good?
rollout-back = All releases
rollout-room = Room
rollout-how = Where it stands
rollout-change = Change
rollout-busy = A release of the same thing is under way. Stop that one first.
rollout-over = This release was stopped for good.
rollout-not-now = This cannot be done any more: the room has begun meanwhile, or is ready.
rollout-unknown = This release is not in the signed list.
rollout-rings-wrong = There are 1 to 8 rings with different names; shares of 1 to 100 %, failures of 0 to 99 %, at most 720 hours.
standing-room-away = not reachable or not able
standing-room-in-use = waits: meeting
standing-room-next = its turn as soon as there is a place
standing-room-offered = offered
standing-room-begun = being proven
standing-room-proven = proven
standing-room-failed = failed, back on what it had
standing-room-not-for-it = not for this room
standing-room-taken-out = taken out
wait-in-use = somebody is in the room, or a meeting is on
wait-meeting-near = a meeting begins soon
wait-calendar-unknown = the room does not know its calendar yet
wait-clock-wrong = the room's clock is wrong
wait-busy = the room is proving something else
room-readmit = Try once more
room-take-out = Take out
room-ring = Releases
room-ring-choice = Ring
room-ring-last = as all others (last ring)
room-ring-move = Set ring
failed-release-unreadable = The signed list cannot be read.
failed-release-truncated = Something of the release came cut off.
failed-release-oversized = Something of the release is larger than it may be.
failed-release-expired = The signed list has expired.
failed-release-rolled-back = The server offered an older list than before.
failed-release-mixed = The server mixed parts of different lists.
failed-release-wrongly-signed = The list was changed after it was signed.
failed-release-unknown-key = The list is signed with a key that the room does not trust.
failed-release-too-few-signatures = Signatures are missing from the list.
failed-release-not-next-root = The list of keys does not follow the one before.
failed-release-not-listed = The release is not in the signed list.
failed-release-altered = The release is not the signed one: it was changed or damaged.
failed-release-missing = The server does not have what its list names.
failed-release-unreachable = The room could not fetch the release.
failed-release-no-root = The room's file names no root that it trusts for releases.
failed-release-unknown-kind = The room does not know what to do with a release of this kind.
failed-release-pack-refused = The service pack does not fit: not sealed with a known key, too old, or not readable.
failed-release-not-in-use = The service pack did not come into use.
failed-release-proof-worse = Afterwards the room's check came out worse than before.
failed-release-new-fault = Afterwards the room had a fault that it did not have before.
failed-release-canary = Afterwards the room did not get into its test meeting.
failed-release-needed = The room was needed before it was proven.
failed-release-not-kept = The new state could not be kept.
failed-release-silent = The room did not begin though it could, or was not heard of again.
failed-release-no-way-back = The list does not hold the version that the room runs now, so the room could not go back to it.
failed-release-not-newer = The room runs this version or a newer one.
failed-release-other-package = The package is not the rooms' software.
failed-release-other-machine = The package is for machines of another kind.
failed-release-root-unsafe = The root of the room's trust (/etc/roomd/release-root.json) is missing, or others than root may change it.
failed-release-begun-before = The room has tried this release before.
failed-release-no-helper = The room's own helper for packages did not answer.
failed-release-no-place = The room has no place for the package.
failed-release-not-installed = The package could not be installed; the room is back on what it had.
failed-release-not-proven = The new version did not prove itself in time: it did not come up, or said nothing. The room went back by itself.
failed-release-fleet-lost = The new version did not find back to this server.
failed-release-overtaken = Somebody installed another version by hand meanwhile.
failed-release-no-button = No table button of this kind is plugged in.
failed-release-no-old-firmware = The room does not have the firmware that its table buttons run now, so it could not write that back.
failed-release-firmware-refused = The image is none for table buttons, or another one than the list says.
failed-release-button-not-back = A table button did not come back with the new version; the others are back on what they had.
failed-release-other-board = The room has another board.
failed-release-own-board = The machine has a file of its own for this board, and that counts before any release.
failed-release-board-refused = The board's file is wrong, or another one than the list says.
failed-release-board-unfit = The room's own file does not fit over the board's new file.
failed-release-board-beyond = The board's new file changes more than devices: what other programs of the room read, where calls may lead, or to whom the room belongs.
act-rollout-begun = Release begun
act-rollout-changed = Release changed
act-rollout-room = Room of a release changed
act-rollout-halted = Release halted by itself
act-rollout-ring = The next ring began
act-rings-written = Rings changed
act-room-ring = A room's ring changed
act-releases-published = Signed list published

## Building systems

bridge = Building systems (MQTT)
bridge-text = Shows rooms on an MQTT broker of your own, for instance for Home Assistant: whether a room is ready, in a meeting, has a fault, or is not connected. Never subjects, names or links.
bridge-set = Set up the broker
bridge-back = All alerts
bridge-standing = State
bridge-off = No broker is set; nothing connects.
bridge-not-yet = Not tried yet.
bridge-connected = Connected since
bridge-not-connected = Not connected since
bridge-denied = There is something that the broker does not let this server do. Check its rules for the topic:
bridge-told = Commands carried on: { $count }
bridge-refused = Commands refused:
bridge-here = Settings
bridge-broker = Address (mqtts://host or mqtt://host, with :port where needed)
bridge-plain = mqtt:// is not encrypted: password and states can be read on the network. Better use mqtts://.
bridge-user = User
bridge-password = Password
bridge-password-kept = A password is kept. It is not shown. Leave it empty to keep it; with another address or user it has to be entered anew.
bridge-password-none = No password is kept.
bridge-ca = Certificate of the authority (PEM)
bridge-ca-text = Only if the broker’s certificate is not publicly trusted. Empty: whom this machine trusts.
bridge-topics = Topics begin with
bridge-discovery = Home Assistant’s discovery begins with (empty: none)
bridge-language = Language of names in Home Assistant
bridge-sites = Sites, separated by blanks (empty: all rooms)
bridge-verbs = Take commands: show the room, check the room, close the microphone
bridge-verbs-text = Whoever may write to the rooms’ topics on the broker can then do that. There is no command that opens a microphone or a camera.
bridge-drop = Remove the broker
bridge-drop-sure = Remove the broker? The rooms vanish there.
bridge-failed-unreachable = The broker cannot be reached. Check address, port and firewall.
bridge-failed-tls = No encrypted connection came about. Check the broker’s certificate, its name, and the authority.
bridge-failed-silent = The broker does not answer in time.
bridge-failed-login = The broker does not take user and password.
bridge-failed-refused = The broker refuses this server.
bridge-failed-closed = The broker ended the connection.
bridge-failed-slow = The broker takes nothing any more.
bridge-failed-protocol = Nobody there speaks MQTT 5.
bridge-why-off = commands are switched off
bridge-why-topic = no topic of a room
bridge-why-retained = kept by the broker
bridge-why-verb = no command that is allowed
bridge-why-room = no room that is shown
bridge-why-away = room not connected
bridge-why-again = just said
bridge-why-pace = too many
bridge-bad-broker = The address is mqtts://host or mqtt://host, with a port where needed, without user and path.
bridge-bad-user = A password wants a user; both have at most 1000 characters.
bridge-bad-authority = The certificate is no PEM, or none of an authority.
bridge-bad-prefix = Topics begin with letters, digits, - and _ in parts between slashes; the two beginnings differ.
bridge-bad-language = The language is de or en.
bridge-bad-sites = A site is written as a short name, such as north; at most 500.
bridge-gone = No broker is set.
bridge-entity-phase = State
bridge-entity-in_call = In a meeting
bridge-entity-microphone_live = Microphone open
bridge-entity-fault = Fault
bridge-entity-fault_code = Code of the fault
bridge-entity-preflight = Check
bridge-entity-next_meeting = Next meeting
bridge-entity-connected = Connected
bridge-entity-do_identify = Show the room
bridge-entity-do_preflight = Check the room
bridge-entity-do_mute = Close the microphone
