# What a commissioning asks, checks and reports, in English. Every key stands in de.ftl too, with the same placeholders.

## Questions

ask-name = What is the room called?
    .hint = As it stands on every display, for example: Council chamber 2
ask-help = Whom shall people in the room call when something fails?
    .hint = For example: Facility team, 2 47 11. Leave it empty to name nobody.
ask-join = Who starts a conference?
    .hint = Either way microphone and camera are closed until somebody in the room opens them.
ask-hosts = Which conference services may the room open?
    .hint = As HOST=SERVICE, with commas between, for example: bbb.city.example=bbb, *.meet.city.example=jitsi. The room never opens any other host. Services: { $services }
ask-calendar = Where are the room's bookings?
    .hint = A link (https://…), caldav: and the server's address (caldav:https://…), or a file (/…). Leave it empty while the room has no calendar.
ask-calendar-user = Which account reads the calendar?
    .hint = The name alone; its password is asked apart and stands in no answer.
ask-front = Which camera shows the people in the room?
    .hint = Wave in front of the front camera: with “?” this program says in which picture something moves.
    .page = Wave in front of the front camera, and choose the picture in which you see yourself.
ask-main = Which display is the main one?
    .hint = The displays are of one size, or do not tell it.
ask-loudspeaker = Which loudspeaker do you hear?
    .hint = With "?" this program plays a short, soft sound on each, one after another. If you hear none, answer "none".
    .page = Have each one sound once, and choose the one that you hear in the room. The sound is short and soft.
ask-microphone = Which microphone hears you?
    .hint = Speak at the table: with "?" this program listens to each for a second and names the one that hears you loudest. Nothing is recorded.
    .page = Speak at the table, and choose the microphone whose level moves with your voice. Nothing is recorded.
ask-roles = Is this right?
    .hint = { $roles }
    Press Enter to take it, or name the roles to be left out, with commas between.
    .page = Untick what is not right: it is not used then.
ask-roles-nothing = Nothing was found that is plugged in. Shall it go on like this?
ask-roles-nothing-terminal = Press Enter to go on. What is on the network is named in the command: --try, --display.
ask-roles-nothing-page = Check plugs and power, or name below what is on the network.
ask-fittings = Are lamps or buttons wired to the board's header?
    .hint = lamp= lamp at the door, mic-lamp= lamp of the microphone, button= button of the microphone, main-button= the big one; for example: lamp=pin 11, button=pin 13. Leave it empty if not. Lines: { $lines }
ask-presets = Which presets shall the camera “{ $name }” know?
    .hint = Names with commas between, for example: Overview, Podium, Lectern. Leave it empty for none.
ask-aimed = Please turn the camera “{ $name }” to “{ $preset }”. Is it there?
    .hint = By its remote control or with `roomctl ptz`. With “yes” the preset is stored, with “no” left out.
    .page = Turn it by its remote control. “Yes” stores the place, “No” leaves it out.
ask-lamp-seen = Is the lamp “{ $name }” lit?
    .hint = It was switched on for some seconds.
ask-display-seen = Does the display “{ $name }” show this machine's picture?
    .hint = It does not say itself that it shows an HDMI input. If it shows something else, choose this machine's input there.

join-on-press = Somebody in the room presses.
join-by-itself = The room joins by itself at the booked time.

loudspeaker-none = I hear none of them.

role-line = { $role }: { $device } at { $place } – { $why }
role-line-place = { $role }: { $place } – { $why }

refused-empty = An answer is needed here.
refused-yes-no = “{ $said }” is neither yes nor no.
refused-choice = “{ $said }” is not among the choices, which are: { $choices }
refused-host = “{ $said }” is no entry; write HOST=SERVICE, each host once.
refused-fitting = “{ $said }” is no entry; write lamp=pin 11 for example, each word once.
refused-role = No role “{ $said }” was proposed.

## Reasons

reason-only = there is no other
reason-largest-picture = its picture is the largest
reason-looks-at-the-room = the others are part of a speakerphone and look at the table
reason-largest-display = it is the largest
reason-person = said so when the room was commissioned
reason-template = it sits where the template's room has it
reason-next = comes next
reason-answered = it answered
reason-speakerphone = a speakerphone is made for a room's voices
reason-before-webcam = it hears more than a camera's microphone
reason-last-resort = there is nothing better
reason-same-device = the same device listens and takes its own echo out

## The room's file

file-head = The file of this room. Written by `roomctl commission`; it may be changed by hand.
    `roomd check` reads it, `roomd reference` explains every key.
file-board = Recognised: { $board }.
file-join-on-press = The room waits for a press.
file-join-by-itself = The room joins by itself, with microphone and camera closed.
file-no-hosts = No conference service is allowed yet; the room opens none. Table: [hosts]
file-hosts = No other host is ever opened.
file-no-calendar = No calendar yet. Table: [calendars.bookings]
file-found = Found: { $device }, at { $place }, serial number { $serial }.
file-chosen = Chosen: { $why }.
file-not-in-calls = It looks at the table and is not for conferences.

## Checks

proof-store = Preset { $number } of the camera “{ $name }” stored
proof-puck = Table button “{ $name }” pressed
    .please = Please press a key of the table button “{ $name }” now.
proof-button = Button “{ $name }” pressed
    .please = Please press the button “{ $name }” now.
proof-lamp = Lamp “{ $name }” seen
    .please = The lamp “{ $name }” is lit now for some seconds.
proof-display = Display “{ $name }” woken and asked
proof-picture = Picture of the camera “{ $name }”
proof-head = Camera “{ $name }” turned and read back
proof-path = Way to { $name }
proof-calendar = Calendar read
proof-clock = Clock
proof-sound = Sound
proof-call = Practice conference with a second device
    .please = Please join the practice conference with a phone or tablet.

commission-not-pressed = No press came from “{ $name }”.
    .fix = Check wire and socket; then `roomctl commission` once more.
commission-lamp-not-seen = The lamp “{ $name }” was not seen lit.
    .fix = Check wire, resistor and the direction (active) in the room's file.
commission-display-not-seen = The display “{ $name }” does not show this machine's picture.
    .fix = Check the cable, and choose this machine's input at the display.
commission-preset-not-stored = The camera “{ $name }” did not take preset { $number }.
    .fix = Try `roomctl ptz … preset store { $number }`; it says what the camera answers.
commission-calendar-unreadable = The calendar cannot be read.
    .fix = `roomctl calendar` with the same address says why: address, account or network.
commission-calendar-empty = Nothing is booked in the next two weeks; whether links arrive is not proven.
    .fix = Book a trial meeting with a conference link and run `roomctl doctor`.
commission-links-stripped =
    { $by ->
        [one] The only booked meeting has no conference link: the room's mailbox probably deletes the text of the invitation.
       *[other] Of { $by } booked meetings none has a conference link: the room's mailbox probably deletes the text of invitations.
    }
    .fix = With Exchange: Set-CalendarProcessing -Identity ROOM -DeleteComments $false -DeleteSubject $false -AddOrganizerToSubject $false -ProcessExternalMeetingMessages $true. It holds for new invitations only.
commission-loudspeaker-not-heard = No loudspeaker was heard when the room was commissioned.
    .fix = Switch the loudspeaker on, connect it, look at the volume on the device itself; then `roomctl commission` again.
commission-clock-free = Nothing keeps this machine's clock right.
    .fix = Switch time synchronisation on: timedatectl set-ntp true; the time server must be reachable.
commission-password-missing = The calendar's password is missing.
    .fix = Write the password into the first line of /etc/roomd/secrets/calendar, readable to root and the group roomd alone.
commission-not-in-call = The room did not get into the practice conference.
    .fix = `systemctl status roomd-browser roomd`: does Chromium run, is there a graphical session?
commission-call-audio-in = In the practice conference the room did not hear the other device.
    .fix = Was the microphone open there? Then check loudspeaker and network: both devices must reach each other (UDP).
commission-call-audio-out = In the practice conference the room could not be heard.
    .fix = Was the microphone open in the room (key on the table or panel)? Then check `roomctl sound list` and the plugs.
commission-call-video-in = In the practice conference the room did not see the other device.
    .fix = Was the camera open there? Then check the network: both devices must reach each other (UDP).
commission-call-video-out = In the practice conference the room could not be seen.
    .fix = Was the camera open in the room (key on the table or panel)? Then check `roomctl camera list` and the plugs.

left-person = left for later
left-nothing-there = not possible on this machine
left-whole-domain = an entry for a whole domain names no host to try

figure-width = Width
figure-height = Height
figure-turned = turned by
figure-took = after
figure-meetings = Meetings in two weeks
figure-linked = with a link
figure-input = Input

## The report

report-title = Installation report
report-commissioned = Commissioned
report-machine = Machine
report-board = Board
report-answers = Answers needed
report-duration = Time taken
report-all-good = Everything was checked, nothing was found.
report-open-count =
    { $by ->
        [one] One point is open.
       *[other] { $by } points are open.
    }
report-open = Open points
report-not-described = “{ $device }” could not be described in the room's file and is not used.
report-not-used = “{ $device }” at { $place } has no task.
report-no-answer = Nobody answered at { $line }.
report-pictures = Pictures
report-picture-of = Picture of the camera “{ $name }”
report-picture-note = Taken when the room was commissioned. They must not show people who have not agreed to that.
report-cables = What sits where
report-place = Socket
report-device = Device
report-role = Task
report-serial = Serial number
report-firmware = Firmware
report-checks = Checks
report-check = Check
report-result = Result
report-figures = Figures
report-not-tried = not checked
report-sound = Sound at the commissioning
report-limits = Set in the room's file
report-key = Key
report-value = Value
report-signed = Handover
report-installer = Installed by
report-operator = Taken over by
report-date = Date
report-signature = Signature
report-none = none

## Compared with the report

doctor-title = { $room }, compared with the report of { $when }
doctor-same = Nothing has changed.
doctor-missing = { $device } ({ $role }) is missing; it sat at { $place }.
    .fix = Check plug and power.
doctor-moved = { $device } ({ $role }) sits at { $to } now instead of { $from }.
    .fix = Plug it back, or take it up anew with `roomctl commission`.
doctor-other-serial = At { $place } ({ $role }) sits another unit: serial number { $is } instead of { $was }.
    .fix = If it was exchanged on purpose: take it up anew with `roomctl commission`.
doctor-other-device = At { $place } ({ $role }) sits { $is } now instead of { $was }.
    .fix = If it was exchanged on purpose: take it up anew with `roomctl commission`.
doctor-new = { $device } at { $place } is new.
    .fix = `roomctl commission` gives it a task.
doctor-firmware = { $device } ({ $role }) has firmware { $is } now instead of { $was }.
    .fix = For your information; look here first when something new fails.
doctor-input = { $device } ({ $role }) hangs on input { $is } now instead of { $was }.
    .fix = Plug the cable back, or take it up anew with `roomctl commission`.
doctor-board = This is another machine: { $is } instead of { $was }.
    .fix = Does the report belong to this room? If not, commission it anew.
doctor-limit = { $key } is “{ $is }” now instead of “{ $was }”.
    .fix = The room's file was changed since; if that was wanted, commission it anew.
doctor-unread = The room's file cannot be read or is wrong.
    .fix = `roomd check` shows each mistake with its place.
doctor-worse = New: { $what }
doctor-better = No longer so: { $what }
    .fix = Nothing to be done.
