# Every text of the faces in English. Each key stands in de.ftl too, with the same placeholders.

## Pages

page-panel = Controls – { $room }
page-display = { $room }
page-pair = Pair a device – { $room }
page-noscript = This page needs JavaScript. Please allow it for this address.
page-loading = Connecting to the room …
skip-to-controls = Skip to the controls
lang-other = Deutsch
lang-other-label = Auf Deutsch umschalten
theme-light = Light
theme-dark = Dark
theme-label = Change appearance, now: { $theme }
theme-auto = Automatic
region-now = Now
region-sound = Sound and picture
region-more = Meetings, camera and messages
help-call = Help: { $number }

## The page's connection

stale-title = No connection to the room
stale-text = What you see is not up to date, and it does not know whether the microphone is live. A running meeting goes on. The connection is being tried again and again.
stale-back = The connection to the room is back.
error-offline = The room did not answer. Please press again.

## What the room is doing

phase-free = The room is free
phase-free-until = Free until { $time }
phase-standby-text = Microphone and camera are closed.
phase-announced-begins = Begins at { $time }, { $when }.
phase-announced-running = Running since { $time }.
phase-announced-by-itself = The room joins by itself at { $time }. Microphone and camera stay closed.
phase-announced-on-press = Press to join. Microphone and camera stay closed.
phase-joining = The room is joining …
phase-joining-opening = The conference page is loading.
phase-joining-filling-in = Name and devices are being filled in.
phase-joining-knocking = The room is knocking at the door.
phase-joining-sip = The room is calling the conference by SIP.
# $why is the sentence of the failure that closed the first way.
way-instead = The first way did not work: { $why } The room is trying the other one.
phase-joining-step = Step { $step } of { $steps }
phase-waiting-host = The meeting has not started yet
    .text = The host is not there yet.
    .do = The room waits and then joins by itself. If it takes too long, please call the person who invited.
phase-waiting-lobby = The room is in the waiting room
    .text = Somebody in the meeting must let the room in.
    .do = Ask a person in the meeting to admit “{ $room }”.
phase-waiting-hold = The other side has put the call on hold
    .text = It does not hear or see the room at the moment.
    .do = The room stays connected. After the hold microphone and camera are closed; open them again when needed.
phase-waiting-since = Waiting for { $duration }.
phase-passcode = Enter the passcode
    .text = The meeting asks for a passcode. It is usually in the invitation.
phase-passcode-rejected = The passcode was wrong
    .text = Please check the passcode in the invitation and enter it once more.
phase-person-captcha = The conference page wants to see a human
    .text = It poses a puzzle that the room must not solve.
    .do = Press “Operate the page” and solve it. Or cancel and call for help.
phase-person-login = The meeting asks for a sign-in
    .text = The room has no account there. A sign-in here counts for this meeting only and is deleted afterwards.
    .do = Sign in by “Operate the page”. Or ask the person who invited to allow guests.
phase-person-registration = The meeting asks for a registration
    .text = People must register for it with name and address.
    .do = Register by “Operate the page”. Or ask the person who invited for a way in without registration.
phase-person-consent = The meeting asks for your consent
    .text = The main display says what it is about, for example a recording.
    .do = The room does not decide this for you: read the text and press “Operate the page”. Or cancel.
phase-person-consent-recording = The meeting asks for your consent to a recording
    .text = Sound or picture are to be recorded or streamed. The main display shows the wording.
    .do = The room does not decide this for you: read the text and press “Operate the page”. Or cancel.
phase-person-consent-transcript = The meeting asks for your consent to a transcript
    .text = A machine is to write down or sum up what is said. The main display shows the wording.
    .do = The room does not decide this for you: read the text and press “Operate the page”. Or cancel.
phase-person-consent-terms = The meeting asks for your consent to terms of use
    .text = The main display shows the terms or the privacy notice.
    .do = The room does not decide this for you: read the text and press “Operate the page”. Or cancel.
phase-person-bot-wall = The service takes the room for a robot
    .text = It does not let the room in this way. The room never works around such a barrier.
    .do = Show by “Operate the page” that people are here. Or take part with a device of your own.
phase-person-breakout = The meeting invites you into a breakout room
    .text = The room does not change over by itself and stays in the main meeting for now.
    .do = Press “Operate the page” and decide.
phase-person-presence = The meeting asks whether anybody is still there
    .text = If nobody answers, the service ends the room's participation.
    .do = Press “Operate the page” and confirm that you are still there.
phase-in-call-standing = House conference
phase-in-call-since = For { $duration }
phase-in-call-leaves-booked-end = The room leaves at { $time } because the booked time is over.
phase-in-call-leaves-alone = Nobody else is here. The room leaves at { $time }.
phase-in-call-leaves-next-meeting = The room leaves at { $time } because the next meeting begins.
phase-reconnecting = Reconnecting
phase-reconnecting-network = The connection to the meeting is interrupted. The others may not hear or see the room right now.
phase-reconnecting-frozen = The conference page does not answer.
phase-reconnecting-page-crashed = The conference page crashed and is being opened again.
phase-reconnecting-sound-lost = The sound had failed. The room is joining the meeting again, with its microphone closed.
phase-reconnecting-do = Please wait a moment. The room keeps trying by itself.
phase-reconnecting-attempt = Try { $attempt }.
phase-leaving = The room is leaving the meeting …
phase-failed-works = What still works
phase-failed-do = What you can do
phase-failed-code = Code for IT: { $code }
recognition-contract = The pages of { $service } are recognised by the vendor's interface (as of { $seen }).
recognition-vendor-test-ids = The pages of { $service } are recognised by the vendor's own marks and wordings (as of { $seen }).
recognition-seen-in-public-code = The signs of the pages of { $service } are known from other programs (as of { $seen }).
recognition-unverified = The signs of the pages of { $service } have not been verified (as of { $seen }).
recognition-undated = unknown
phase-ended-by-host = The meeting has ended
    .text = The host ended it for everybody.
phase-ended-removed = The room was removed from the meeting
    .text = It does not return by itself. If that was a mistake, ask to be invited again and join again.
phase-ended-time-limit = The meeting reached its time limit
    .text = The service ended it. Join again if it should go on.
phase-ended-alone = The room has left the meeting
    .text = Nobody else was there any more.
phase-ended-booked-end = The room has left the meeting
    .text = The booked time is over.
phase-ended-by-fleet = IT has ended the meeting for this room
    .text = Join again if it should go on.

people-none = Nobody else is in the meeting
people-one = 1 other person
people-other = { $count } other people
media-audio-out = Your sound is not getting out right now although the microphone is on.
media-video-out = Your picture is not getting out right now although the camera is on.
media-audio-in = No sound is coming in from the others right now.

## Times

time-now = now
time-in-one = in 1 minute
time-in-other = in { $count } minutes
time-minutes-none = less than 1 minute
time-minutes-one = 1 minute
time-minutes-other = { $count } minutes
time-hours = { $hours } h { $minutes } min
time-range = { $start } to { $end }
time-today = Today
time-tomorrow = Tomorrow
time-all-day = All day

## Buttons

do-join = Join { $time } { $title }
do-join-short = Join
do-join-label = { $title }, { $time }: join
do-join-standing = Join the house conference
do-leave = Leave
do-cancel = Cancel
do-extend = Stay longer
do-retry = Try again
do-dismiss = Understood
do-operate-page = Operate the page

## Microphone and camera

mic-label = Microphone
mic-open = On
    .text = Others hear you
mic-closed = Off
    .text = Nobody hears you
mic-unknown = Unknown
    .text = Others may hear you
mic-becoming-open = Switching on …
mic-becoming-closed = Switching off …
mic-do-open = Switch on
mic-do-closed = Switch off
camera-label = Camera
camera-open = On
    .text = Others see you
camera-closed = Off
    .text = Nobody sees you
camera-unknown = Unknown
    .text = Others may see you
camera-becoming-open = Switching on …
camera-becoming-closed = Switching off …
camera-do-open = Switch on
camera-do-closed = Switch off
switch-only-in-call = Only in a meeting
switch-full = { $what } { $state }: { $text }.

mic-note-muted = The microphone was muted from the meeting. Switch it on again to speak.
mic-note-asked-to-unmute = Somebody in the meeting asks you to speak. The microphone goes on only when you switch it on.
agreed-recording = Recording: agreed by the operator
agreed-transcript = Transcript by a machine: agreed by the operator
agreed-terms = Terms of use: agreed by the operator

## Operating the conference page

hand-close = Back to the controls
hand-how = Tap and drag on the picture as on the page itself. Hold a slider for a moment, then drag it. Microphone and camera are switched at the panel only. What you enter is not kept.
hand-picture = Picture of the conference page. It cannot be read out.
hand-no-picture = The picture of the page does not arrive right now. Please wait a moment.
hand-not-passed = The last input did not arrive. Please do it again.
hand-keys = Keys for the page
hand-key-back-tab = Previous field
hand-key-tab = Next field
hand-key-enter = Confirm
hand-key-space = Tick
hand-key-left = Left
hand-key-right = Right
hand-key-backspace = Delete
hand-key-escape = Close
hand-up = Up
hand-down = Down
hand-space = Space
hand-text-label = Text for the chosen field of the page
hand-text-submit = Enter into the page
hand-blind = The picture of the page cannot be read out. If you cannot see it, ask a person in the room or the help desk to assist you.

## Volume

volume-label = Volume
volume-value = { $percent } %
volume-unknown = unknown
volume-up = Louder
volume-down = Quieter
volume-limit = { $limit } % at most
sound-label = Sound
sound-reset = Reset sound
sound-resetting = The sound is being reset …
sound-microphone = Microphone: { $name }
sound-loudspeaker = Loudspeaker: { $name }
sound-second = Second output: { $name }
sound-instead = { $text } (instead of { $name })
sound-missing = { $name } is missing
sound-looking = looking for it
sound-level-microphone = Microphone:
sound-level-loudspeaker = Loudspeaker:
sound-heard-silent = nothing to hear
sound-heard-soft = soft
sound-heard-well = well audible
sound-heard-too-loud = too loud
sound-echo-device = Echo is cancelled by the device
sound-echo-browser = Echo is cancelled by the meeting
sound-echo-room = Echo is cancelled by the room
sound-echo-nobody = Echo is not cancelled
sound-why-operator = (as configured).
sound-why-device-has-one = (the last check confirmed it).
sound-why-device-unproven = (whether the device can has not been checked yet).
sound-why-device-fails = (the device lets echo through).
sound-why-device-has-none = (the device cannot do it by itself).
sound-why-device-unknown = (it is not known whether the device can).
sound-why-no-browser = (a connection by SIP cannot do it).
preflight-label = Check of the room
preflight-start = Check the room now
preflight-stop = Stop the check
preflight-runs = The room is being checked; you will hear short tones.
preflight-runs-silent = The room is being checked; you will hear nothing.
preflight-none = The room has not been checked yet.
preflight-green = Checked at { $time }: everything is fine.
preflight-ahead = Conferences that cannot be reached like this: { $when }. Please have the invitation looked at.
preflight-yellow = Checked at { $time }: works, but something should be seen to.
preflight-red = Checked at { $time }: the meeting will not work like this.

## Moving the camera

tab-agenda = Meetings
tab-camera = Camera
tab-tone = Sound
tab-faults = Messages
tab-faults-count = Messages ({ $count })
head-pick = Which camera
head-presets = Views
head-presets-none = No views are stored for this camera.
head-move = Move the camera
head-hold = Press and hold; it stops when you let go.
head-up = Up
head-up-left = Up and left
head-up-right = Up and right
head-left = Left
head-right = Right
head-down = Down
head-down-left = Down and left
head-down-right = Down and right
head-home = Home position
head-zoom-in = Closer
head-zoom-out = Wider
head-state-unknown = Not seen yet
head-state-gone = Cannot be reached
head-state-asleep = In standby
head-state-still = At rest
head-state-moving = Moving …
head-at-preset = Stands at “{ $name }”
head-none = No camera in this room can be moved.

## Meetings

agenda-empty = No meetings are booked for today and tomorrow.
agenda-never = The calendar has not been read yet.
agenda-stale = Calendar as of { $time }
agenda-private = Private meeting
agenda-organizer = Invited by { $name }
agenda-tentative = Tentative
agenda-service = via { $service }
why-cancelled = Cancelled.
why-exempt = Exempt from conferencing; the room does not join.
why-no-link = No conference in the invitation.
why-unknown-host = The server “{ $host }” is not allowed in this house. IT can allow it.
why-refused = The link to “{ $host }” is not safe and will not be opened.
why-not-joinable = This meeting is on { $service }; this room cannot take part there. Please use a device of your own.
why-page-registration = The link leads to a registration at { $service } and not into the meeting.
why-page-recording = The link leads to a recording at { $service } and not into a meeting.
why-page-sign-in = The link leads to a log-in page of { $service } and not into a meeting.
why-page-other = The link leads to a page of information from { $service } and not into a meeting.
why-sealed = The mail filter “{ $host }” replaced the link, so its target cannot be seen. IT can switch it off for conferences.

## Passcode

passcode-label = Passcode
passcode-show = Show
passcode-hide = Hide
passcode-delete = Delete one character
passcode-letters = ABC
passcode-letters-label = Show letters
passcode-digits = 123
passcode-digits-label = Show digits
passcode-shift = Upper/lower
passcode-submit = Enter
passcode-count-one = 1 character entered
passcode-count-other = { $count } characters entered

## Faults

faults-none = No faults.
faults-since = Since { $time }
faults-works = What still works: { $text }
faults-do = What to do: { $text }
faults-code = Code: { $code }
faults-subject = Concerns: { $subject }
faults-more = Show all messages ({ $count })

browser-gone = The conference program is not running.
    .works = Meetings and controls are still here. An interrupted meeting is taken up again by itself.
    .do = Please wait a moment. If it does not come back, call for help.
mic-disobeys = The microphone does not follow the button and may be live.
    .works = Picture, loudspeaker and camera go on.
    .do = Say nothing confidential. Leave the meeting if nobody may listen.
camera-disobeys = The camera does not follow the button.
    .works = Sound and picture of the others go on.
    .do = Press the button again. If nobody may see the room, leave the meeting.
camera-another = The meeting uses another camera than the room's.
    .works = The meeting goes on, with the other camera's picture.
    .do = Check that the room's camera is plugged in, and join the meeting again.
volume-disobeys = The volume cannot be changed right now.
    .works = The meeting goes on.
    .do = Set the volume at the loudspeaker or display.
mic-unclear = Microphone, sound and meeting do not agree; the microphone counts as live.
    .works = Picture, loudspeaker and camera go on.
    .do = Say nothing confidential. Press the microphone button again, or reset the sound.
mic-forced = Somebody switched the microphone on past the room's controls; the room switched it off again at once.
    .works = Everything goes on. Only you, here in the room, switch the microphone on.
    .do = Tell IT. Until then, say nothing confidential.
mic-gone = No microphone is connected; the others cannot hear this room.
    .works = Picture and loudspeaker go on.
    .do = Plug the microphone in. The room uses it again by itself.
mic-fallback = The room's best microphone is missing; another one is in use.
    .works = The meeting goes on with the other microphone.
    .do = Check that the microphone is plugged in. The room changes back by itself.
speaker-gone = No loudspeaker is connected; nobody in this room can hear the others.
    .works = Microphone and picture go on.
    .do = Check the loudspeaker's power and cable. The room uses it again by itself.
speaker-fallback = The room's best loudspeaker is missing; another one is in use.
    .works = The meeting goes on with the other loudspeaker.
    .do = Check that the loudspeaker is plugged in. The room changes back by itself.
second-output-gone = The second sound output (such as the hearing loop) is missing.
    .works = The room's microphone and loudspeaker go on.
    .do = Check the cable of the second output. Whoever needs the hearing loop hears nothing over it now.
sound-server-gone = The room's sound has failed; it is being started again by itself.
    .works = Picture and controls go on.
    .do = Please wait a moment. If the sound does not come back, call for help.
call-without-sound = The meeting has lost the room's sound; the microphone cannot be opened.
    .works = Picture and controls go on.
    .do = Please wait a moment; the room joins again by itself. If it takes longer, leave the meeting and join it again.
sound-reset-failed = The sound could not be reset in time.
    .works = The meeting goes on, perhaps without sound.
    .do = Try it once more. If that does not help, call for help.
canceller-gone = The room's echo cancelling has failed; the others may hear themselves.
    .works = The meeting goes on; microphone and loudspeaker work.
    .do = Please wait a moment; it is started again by itself. Turn the sound down until then.
sound-dead = Nothing at all comes from the microphone; the others cannot hear this room.
    .works = Picture and loudspeaker go on.
    .do = Check whether a switch on the microphone itself is off, and then reset the sound.
sound-clipping = The microphone is overdriven; the others hear the room distorted.
    .works = The meeting goes on.
    .do = Speak from further away, or move the microphone. If it stays so, tell the help desk.
sound-hum = The mains hums in the microphone.
    .works = The meeting goes on.
    .do = Move the microphone's cable away from power supplies, and tell the help desk.
sound-noisy = The room or the line is very noisy.
    .works = The meeting goes on.
    .do = Close windows and doors, and switch noisy devices off.
sound-quiet = Whoever speaks is hardly heard by the others.
    .works = The meeting goes on.
    .do = Speak closer to the microphone, or move it to the middle of the table.
sound-dropouts = The sound breaks off again and again.
    .works = The meeting goes on.
    .do = Reset the sound. If that does not help, tell the help desk.
sound-wrong-channel = A sound channel is missing or swapped.
    .works = The meeting goes on, perhaps more quietly.
    .do = Tell the help desk: the cabling of the sound has to be checked.
sound-echo = The others hear themselves from this room.
    .works = The meeting goes on.
    .do = Turn the volume down, and move microphone and loudspeaker apart.
preflight-failed = The check of the room found a failure; the next meeting will not work like this.
    .works = Controls and calendar go on.
    .do = Tell the help desk now, not during the meeting. The check can be repeated here afterwards.
head-gone = A camera does not answer; it cannot be moved.
    .works = The meeting goes on, mostly with the picture of the last position.
    .do = Check the camera's power and control cable. If it stays like this, call for help.
head-refused = A camera did not carry out a move.
    .works = Everything else.
    .do = Press the button again.
puck-gone = A table button is missing.
    .works = Everything can be switched on this page.
    .do = Plug the table button in again, or tell the help desk.
puck-foreign = The software of a table button does not match the room's.
    .works = Everything can be switched on this page.
    .do = Leave it plugged in: if its software is older, it gets new software by itself. If it stays like this, tell IT.
puck-updating = A table button is given new software.
    .works = Everything can be switched on this page.
    .do = Leave it plugged in; it will be back in a moment.
puck-update-failed = A table button did not get its new software.
    .works = Mostly it goes on with the software it had; everything can be switched on this page.
    .do = Tell IT. If the button stays dark, pull its cable and plug it in again.
display-gone = A display does not answer; the room cannot switch it.
    .works = Sound and controls go on. The display can usually be switched on by hand.
    .do = Switch it on with its remote control and choose the room's input. Check its power and control cable.
display-refused = A display does not do what the room asks of it.
    .works = Sound and controls go on.
    .do = Switch it with its remote control, and tell the help desk.
camera-gone = A camera is missing or cannot be used.
    .works = Sound, display and the other cameras go on.
    .do = Check that its cable is plugged in. If it stays so, call the help desk.
camera-picture = The picture of a camera is of no use.
    .works = Sound and display go on.
    .do = Check whether something is in front of the lens or its shutter is closed. If it stays so, call the help desk.
fitting-gone = A lamp, a button or an indicator of the room does not work.
    .works = The conference and this panel go on.
    .do = Rely on what this panel shows, and tell the help desk.
key-stuck = A button of the room is held down all the time.
    .works = Everything can be switched at this panel.
    .do = Check whether something lies on the button. If it stays so, tell the help desk.
calendar-stale = The calendar cannot be reached right now; you see its last copy.
    .works = Known meetings stay and can be joined.
    .do = New or moved meetings may be missing: please compare with the invitation.
calendar-never = No calendar has been read yet.
    .works = The house conference and the camera can be used.
    .do = Call for help if no meetings appear here after some minutes.
clock-wrong = The room's clock is wrong; the room joins nothing by itself.
    .works = Joining at a press works.
    .do = Join by hand and tell the help desk.
double-booking = Two meetings want the room at the same time.
    .works = Both can be joined; neither starts by itself.
    .do = Choose the meeting that shall take place from the list.
screen-disobeys = The main display does not show what it should.
    .works = Sound and controls go on.
    .do = Check that the display is on and the right input is chosen.

## Why a call did not work

call-unreachable = The meeting cannot be reached.
    .works = The room itself is fine; other meetings may work.
    .do = Try again. If it fails again, ask IT about the network, or the person who invited about the server.
call-no-answer = The conference page did not answer in time.
    .works = The room itself is fine; other meetings may work.
    .do = Try again in a minute. If it fails again, take part with a device of your own and tell IT.
call-unknown-screen = The meeting shows a page that the room does not know.
    .works = Other meetings work. IT can look at the page.
    .do = Try again, or take part with a device of your own.
call-not-found = This meeting does not exist, or it has expired.
    .works = The room and other meetings work.
    .do = Ask the person who invited for a new invitation.
call-full = The meeting is full.
    .works = The room and other meetings work.
    .do = Ask somebody in the meeting to make room, and try again.
call-locked = The meeting is locked for newcomers.
    .works = The room and other meetings work.
    .do = Ask the host to unlock it, and try again.
call-wrong-passcode = The passcode was not accepted.
    .works = The room and other meetings work.
    .do = Check the passcode in the invitation and try again.
call-passcode-timeout = No passcode was entered.
    .works = The room is ready.
    .do = Try again with the passcode at hand.
call-denied = The room was not let in.
    .works = The room and other meetings work. The room does not knock again by itself.
    .do = Call the person who invited, then try again.
call-lobby-timeout = Nobody let the room in from the waiting room.
    .works = The room is ready.
    .do = Call a person in the meeting and try again.
call-host-timeout = The meeting was never started.
    .works = The room is ready.
    .do = Call the person who invited and try again.
call-login-needed = The meeting admits signed-in people only.
    .works = Other meetings work.
    .do = Try again and sign in at the panel. Or ask the person who invited to allow guests, or take part with a device of your own.
call-registration-needed = The meeting admits registered people only.
    .works = Other meetings work.
    .do = Try again and register at the panel. Or ask the person who invited for a way in without registration.
call-captcha-needed = The meeting asks for a puzzle that only a human may solve.
    .works = Other meetings work.
    .do = Try again and solve it at the panel, or take part with a device of your own.
call-bot-wall = The service takes the room for a robot and shuts it out.
    .works = Other meetings work.
    .do = Take part with a device of your own or by telephone, and tell IT.
call-consent-missing = The consent that was asked for was not given.
    .works = The room is ready; other meetings work.
    .do = If you wish to consent, try again and decide at the panel. Otherwise talk to the person who invited.
call-browser-refused = The service does not support this room's program.
    .works = Other meetings work.
    .do = Take part with a device of your own, and tell IT.
call-no-media = Sound and picture did not come through.
    .works = The meeting itself can be reached; the network probably blocks the transmission.
    .do = Try again, and tell IT.
call-connection-lost = The connection was lost and did not come back.
    .works = The room is ready.
    .do = Try again. If it fails again, ask IT about the network.
call-browser-broken = The room's conference program cannot be started.
    .works = Meetings and camera can still be seen and used.
    .do = Call for help, and take part with a device of your own meanwhile.
call-key-refused = The conference server does not accept this room's key.
    .works = Other meetings work.
    .do = Take part with a device of your own, and tell IT. They can renew the key.
call-no-pack = The room is not set up for this conference service.
    .works = Other meetings work.
    .do = Take part with a device of your own. IT can add the service.
call-stray-host = The conference page wanted to move to a server that is not allowed.
    .works = The room stayed safe; other meetings work.
    .do = Tell IT. They can check the server and allow it.
call-action-failed = A button of the conference page had no effect.
    .works = The room is ready.
    .do = Try again. If it happens again, tell IT.
call-busy = The far end is busy.
    .works = The room is ready.
    .do = Try again in a few minutes.
call-declined = The far end declined the call.
    .works = The room is ready; other meetings work.
    .do = Ask whoever invited you to admit the room, then try again.
call-not-allowed = The far end takes no calls from this room.
    .works = The room is ready; other meetings work.
    .do = Tell IT. Perhaps whoever invited you lacks the licence for video systems.
call-not-there = The far end cannot be reached at present.
    .works = The room is ready.
    .do = Try again in a few minutes.
call-media-refused = The room and the far end have no format for sound, picture or encryption in common.
    .works = The room is ready; other meetings work.
    .do = Tell IT.
call-service-down = The conference service cannot take the call at present.
    .works = The room is ready; other meetings work.
    .do = Try again in a few minutes.
call-tls-refused = No secure connection to the conference service could be made.
    .works = The room stayed safe; other meetings work.
    .do = Tell IT. They can check the service's certificate.
call-sip-broken = The program for SIP calls is not running.
    .works = Meetings in the browser work.
    .do = Try again. If it happens again, tell IT.

## Why a camera does not move

head-line-absent = The camera's control cable is missing.
    .works = The camera's picture may still work.
    .do = Plug the control cable in.
head-line-denied = The room may not open the camera's control line.
    .works = The camera's picture may still work.
    .do = Tell IT.
head-line-busy = Another program uses the camera's control line.
    .works = The camera's picture may still work.
    .do = Tell IT.
head-no-answer = The camera does not answer.
    .works = The camera's picture may still work.
    .do = Check the camera's power and control cable.
head-not-now = The camera takes no commands right now.
    .works = The picture stays.
    .do = Close an open camera menu, and try again.
head-not-supported = The camera does not know this command.
    .works = The other buttons work.
    .do = Use another view, and tell IT.
head-garbled = The camera's answers are disturbed.
    .works = The camera's picture may still work.
    .do = Check the camera's control cable.
head-timeout = The camera did not finish the move in time.
    .works = The picture stays.
    .do = Check that nothing blocks the camera, and try again.
head-wrong-baud = Only noise comes from the camera; it is probably set to another line speed.
    .works = The camera's picture may still work.
    .do = Tell IT: the camera and the room must be set to the same line speed.
head-no-preset = The camera does not have this view.
    .works = The other buttons work.
    .do = Use another view, and tell IT.

## Why a display does not do what it should

display-line-absent = The display's control line is missing.
    .works = The picture goes on; the display can be switched by hand.
    .do = Plug in its control cable or adapter.
display-line-denied = The room may not open the display's control line.
    .works = The picture goes on; the display can be switched by hand.
    .do = Tell IT.
display-line-busy = Another program uses the display's control line.
    .works = The picture goes on; the display can be switched by hand.
    .do = Tell IT.
display-no-answer = The display does not answer.
    .works = Sound and controls go on.
    .do = Check its power and control cable, and switch it on with its remote control.
display-wrong-password = The display wants another password.
    .works = The picture goes on; the display can be switched by hand.
    .do = Tell IT: the password in the room's file is no longer right.
display-not-supported = The display does not know this command.
    .works = The display can be switched by hand.
    .do = Tell IT: the room's file probably names another model.
display-disobeys = The display accepts the command and does not carry it out.
    .works = Sound and controls go on.
    .do = Switch it with its remote control.
display-garbled = The display's answers are garbled.
    .works = The picture goes on; the display can be switched by hand.
    .do = Check its control cable.

## Why a camera cannot be used

camera-absent = The camera is not plugged in.
    .works = Sound, display and the other cameras go on.
    .do = Plug in its cable.
camera-denied = The room may not open the camera.
    .works = Sound, display and the other cameras go on.
    .do = Tell IT.
camera-no-camera = Another device is plugged in where the camera should be.
    .works = Sound, display and the other cameras go on.
    .do = Plug the camera in again where it was.
camera-no-bandwidth = The USB connection has no room for the camera's picture.
    .works = Sound, display and the other cameras go on.
    .do = Plug the camera into another socket, without a hub between, and tell IT.
camera-broken = The camera is plugged in and gives no picture.
    .works = Sound, display and the other cameras go on.
    .do = Pull its cable and plug it in again.

## Why a lamp, a button or a panel fails

fitting-absent = The device is not there.
    .works = Everything can be seen and switched on this panel.
    .do = Check that its cable is plugged in.
fitting-denied = The room may not open the device.
    .works = Everything can be seen and switched on this panel.
    .do = Tell IT.
fitting-busy = Another program uses the device.
    .works = Everything can be seen and switched on this panel.
    .do = Tell IT.
fitting-stuck = Something presses the button, or its cable is damaged.
    .works = Everything can be switched on this panel.
    .do = Take away what lies on the button.
fitting-broken = The device is there and does not work.
    .works = Everything can be seen and switched on this panel.
    .do = Pull its cable and plug it in again.

## Why a table button does not get its new software

firmware-no-loader = The table button did not get ready for its new software.
    .works = It goes on with the software it had.
    .do = Pull its cable and plug it in again. The room will try again later.
firmware-disk = The room may not write the new software to the table button.
    .works = Everything can be switched on this panel.
    .do = Tell IT. Until then: pull its cable and plug it in again.
firmware-other-version = The new software is written, but the table button does not come back with it.
    .works = Everything can be switched on this panel.
    .do = Pull its cable and plug it in again. If it stays like this, tell IT.
firmware-no-answer = How the table button fared with its new software is not known.
    .works = Everything can be switched on this panel.
    .do = Tell IT.

## Main display

display-next = Next meetings
display-no-meetings = No more meetings today
display-how = How to join
display-how-panel = Press the meeting on the panel
display-how-standing = Press “Join the house conference” on the panel
display-how-button = or the button on the table
display-how-itself = The room joins by itself at { $time }
display-dark = Microphone and camera stay closed until somebody in the room opens them.
display-fleet-code = IT is taking this room into its management. Code to compare:
display-trial = A technical test is running; microphone and camera stay closed
display-practice = Try the equipment
display-pair = Phone or tablet as a panel
display-pair-code = Code
display-pair-locked = Locked after too many wrong codes until { $time }
display-in-call = In a meeting
display-passcode = Please enter the passcode on the panel.
display-afar-identify = IT is looking for this room
    .text = Lamps and table button blink. A press in the room ends it.
display-afar-picture = IT is taking a picture of this display
    .text = What meetings are about is not on it meanwhile. Nothing is heard and nobody is seen.
display-stale = Not up to date

## Line above the conference

notice-mic-open = Microphone on
notice-mic-closed = Microphone off
notice-mic-unknown = Microphone: state unknown, may be live
notice-mic-becoming-open = Microphone is being switched on
notice-mic-becoming-closed = Microphone is being switched off
notice-camera-open = Camera on
notice-camera-closed = Camera off
notice-camera-unknown = Camera: state unknown
notice-camera-becoming-open = Camera is being switched on
notice-camera-becoming-closed = Camera is being switched off
notice-person = Please decide at the panel
notice-mic-note-muted = Muted from the meeting
notice-mic-note-asked-to-unmute = You are asked to speak
notice-sought = IT is looking for this room
notice-reconnecting = Connection interrupted, reconnecting
notice-leaves-now = The room is leaving now
notice-leaves-one-booked-end = The booked time ends in 1 minute
notice-leaves-other-booked-end = The booked time ends in { $count } minutes
notice-leaves-one-alone = Nobody else is here; the room leaves in 1 minute
notice-leaves-other-alone = Nobody else is here; the room leaves in { $count } minutes
notice-leaves-one-next-meeting = The next meeting begins; the room leaves in 1 minute
notice-leaves-other-next-meeting = The next meeting begins; the room leaves in { $count } minutes

## Small panels at the door

small-sought = IT seeks this room
small-free = Free
small-free-until = Free until { $time }
small-begins = Begins at { $time }
small-running = Running since { $time }
small-joining = Connecting
small-waiting = Waiting to be let in
small-passcode = Type the passcode at the control panel
small-person = Please decide at the control panel
small-in-call = In a conference
small-reconnecting = Reconnecting
small-leaving = Leaving
small-failed = It did not work
small-ended = Conference ended
small-until = Until { $time }
small-mic-unknown = Microphone unknown

## Table button

button-join = Join
button-stay = Stay longer
button-retry = Try again
button-waiting-host = Waiting for host
button-waiting-hold = On hold
button-removed = Removed from meeting
button-leaves-booked-end = Booked time ends
button-leaves-alone = Nobody else is here
button-leaves-next-meeting = Next meeting begins
button-mic-disobeys = Microphone disobeys
button-double-booking = Two meetings at once
button-clock-wrong = Clock is wrong
button-failed-not-found = Conference not found
button-failed-not-let-in = Not let in
button-failed-passcode = Passcode missing
button-failed-nobody = Nobody opened
button-failed-network = No network
button-see-panel = See control panel

## Pairing

pair-title = Use this device as a panel
pair-text = Enter the six-digit code that stands on the main display in this room.
pair-code = Code
pair-stays = This device belongs to the room and shall stay paired
pair-submit = Pair
pair-hours = Otherwise the pairing ends after twelve hours.
pair-done = Paired. The controls are being opened.

## Refusals of the interface

error-bad-request = The room does not understand this request.
error-token-needed = This page is outdated. Please load it again.
error-pairing-needed = This device is not paired with the room.
error-wrong-code = The code is not right. Please read it from the main display once more.
error-wrong-host = The room is not known by this address.
error-cross-origin = Requests from other web sites are not accepted.
error-only-in-room = Microphone and camera are opened, and the conference page is operated, by people in the room only.
error-not-found = There is no such address.
error-unknown-name = There is no such meeting, camera or view here.
error-wrong-method = This address cannot be called that way.
error-only-console = That is possible only at the command line of the device in the room.
error-room-busy = The room is in use, a meeting is near, or another technical test is running.
error-not-offered = That is not possible at this moment.
error-too-large = The request is too long.
error-not-json = The request must be declared as JSON.
error-slow-down = Too many tries. Please wait { $seconds } seconds.
error-too-many = Too many devices are connected at once.
error-not-answered = The room did not answer in time. Please press again.

## Names of services

service-bbb = BigBlueButton
service-cms = Cisco Meeting Server
service-goto = GoTo Meeting
service-jitsi = Jitsi
service-meet = Google Meet
service-pexip = Pexip
service-teams = Microsoft Teams
service-webex = Webex
service-zoom = Zoom
service-practice = practice conference

## A machine without a room

page-codes = What a code means · roomd
codes-back = Back to the panel
codes-all = All codes
page-setup = Set up · roomd
practice-call = Practice conference of the installation
setup-title = Set me up: this room is not set up yet.
setup-phone = Set up with a phone or tablet
setup-do = Or at this machine: sudo roomctl commission --language en
setup-begins = Setting up is being started …
setup-open = Open on a phone or tablet in this room's network:
setup-pair = Type this code there:
setup-locked = Too many wrong codes were tried. A new one appears in a moment.
setup-code = This machine's code
