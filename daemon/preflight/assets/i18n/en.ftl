# What a check of the room says, in English. Every key stands in de.ftl too, with the same placeholders.

## Findings, and what one can do

sound-unreachable = The sound could not be checked: “{ $name }” is not there.
    .fix = Check the plugs of microphone and loudspeaker; then press “Reset sound”.
sound-busy = The sound could not be measured: the device was too busy.
    .fix = Check again when nothing else is running; if it stays so, restart the device.
sound-disturbed = The sound could not be measured: something else was playing at the loudspeaker “{ $name }”.
    .fix = End what else is playing, and check again.
camera-missing = The camera “{ $name }” is missing.
    .fix = Check the camera's USB plug and power.
camera-silent = The camera “{ $name }” gives no picture.
    .fix = Check the camera's USB plug and power.
camera-taken = The camera “{ $name }” is used by another program.
    .fix = End the other program, or restart the device.
picture-frozen = The picture of the camera “{ $name }” stands still.
    .fix = Take the camera off its power for a moment.
picture-covered = The camera “{ $name }” is covered or shows only black.
    .fix = Open the camera's cover.
picture-blurred = The picture of the camera “{ $name }” is out of focus.
    .fix = Clean the lens and check the focus.
head-silent = The control of the camera “{ $name }” does not answer.
    .fix = Check the camera's control line and address.
head-astray = The camera “{ $name }” did not reach its stored position.
    .fix = See whether something hinders its movement; store the position anew.
display-silent = The display “{ $name }” does not answer.
    .fix = Check the display's power and control line.
display-dark = The display “{ $name }” stays dark.
    .fix = Check the display's power and control line.
display-wrong-input = The display “{ $name }” shows another input.
    .fix = The room switches over when the conference begins; else choose this device's input at the display.
path-name-unknown = The conference service's address is not known in the network.
    .fix = Check the network cable and name service (DNS); else the invitation's link.
path-closed = The conference service accepts no connection.
    .fix = Check firewall and proxy: port { $port } must be open.
path-silent = The conference service does not answer.
    .fix = Check firewall and proxy: port { $port } must be open.
path-certificate-untrusted = The conference service's certificate cannot be trusted.
    .fix = See whether a proxy breaks the connection open; its certificate then belongs on this device.
path-certificate-over = The conference service's certificate is not valid.
    .fix = Check this device's clock first, then tell whoever runs the service.
path-certificate-ends =
    { $by ->
        [one] The conference service's certificate ends in one day.
       *[other] The conference service's certificate ends in { $by } days.
    }
    .fix = Tell whoever runs the service.
path-tls-fails = No encrypted connection to the conference service comes about.
    .fix = See whether a proxy or firewall disturbs encryption.
path-clock-wrong = The clock of this device is wrong by { $by } seconds.
    .fix = Check the time service (NTP).
path-slow = The way to the conference service is long: { $by } ms there and back.
    .fix = Use a network cable instead of Wi-Fi; check the load of the line.
path-uneven = The connection varies by { $by } ms; sound may break up.
    .fix = Use a network cable instead of Wi-Fi; check the load of the line.
path-lossy = { $by } of 100 attempts to connect were lost.
    .fix = Use a network cable instead of Wi-Fi; check the load of the line.
path-narrow = The connection carries only { $by } kbit/s; the picture will suffer.
    .fix = End other transfers on the line, or take part without picture.
sip-silent = The telephony service (SIP) cannot be reached.
    .fix = Check the SIP service's address and the firewall.
sip-untrusted = The telephony service's (SIP) certificate cannot be trusted.
    .fix = Have the service's certificate renewed, or name its authority under [sip] in the room's file.
meeting-unknown = The invitation has no conference link that the room knows.
    .fix = Ask the organiser for a conference link.
meeting-not-allowed = The invitation's conference service is not allowed in this room.
    .fix = Ask IT to allow the service under [hosts].
meeting-no-pack = The room does not know the pages of the conference service “{ $name }”.
    .fix = Ask IT to renew the descriptions of services.
browser-gone = The room's browser does not answer.
    .fix = Restart the device; if it stays so, call IT.
fitting-silent = “{ $name }” does not answer.
    .fix = Check plug and power.
check-late = The check “{ $name }” did not finish in time.
    .fix = Repeat the check; if it stays so, restart the device.
sound-cut-off = The recording of the microphone “{ $name }” broke off.
    .fix = Press “Reset sound”; check the microphone's USB plug.
sound-dead-microphone = No signal comes from the microphone “{ $name }”.
    .fix = Check the microphone's plug and mute switch.
sound-deaf-microphone = The microphone “{ $name }” hears no loudspeaker.
    .fix = See whether the microphone is covered, moved or set too low.
sound-silent-loudspeaker = The loudspeaker “{ $name }” is silent.
    .fix = Check this loudspeaker's power, cable and volume.
sound-nothing-heard = Nothing was heard from any loudspeaker.
    .fix = Is the amplifier on? Check its volume and cables.
sound-loudspeakers-swapped = The loudspeakers “{ $name }” and “{ $other }” are swapped.
    .fix = Exchange the two plugs.
sound-microphones-swapped = The microphones “{ $name }” and “{ $other }” are swapped.
    .fix = Exchange the two plugs.
sound-quieter = { $where }, the sound is { $by } dB quieter than at installation.
    .fix = Check this device's cable, control and place.
    .fix-room = Has someone turned the amplifier down?
sound-louder = { $where }, the sound is { $by } dB louder than at installation.
    .fix = Has someone turned a control up? Turn it back, or echo threatens.
sound-later = { $where }, the sound comes { $by } ms later than at installation.
    .fix = Switch off delay in the display or mixer; else press “Reset sound”.
sound-muffled = { $where }, it sounds muffled: high tones lack { $by } dB.
    .fix = Remove what covers it; else the tweeter is probably broken.
sound-thin = { $where }, it sounds thin: low tones lack { $by } dB.
    .fix = Check cable and tone control.
sound-distorted = { $where }, it sounds distorted ({ $by } %).
    .fix = Turn it down; if it stays, the loudspeaker is probably broken.
sound-reversed = { $where }, plus and minus are swapped.
    .fix = Exchange the two wires at its terminal.
sound-clipped = The microphone “{ $name }” is overdriven.
    .fix = Turn down the microphone's gain.
sound-gaps = { $where }, the sound was interrupted (dropouts: { $by }).
    .fix = Connect USB without a hub; press “Reset sound”.
sound-hum = The microphone “{ $name }” picks up mains hum of { $hertz } Hz ({ $by } dBFS).
    .fix = Check power supplies and cable screens; keep sound and power cables apart.
sound-noisy = The microphone “{ $name }” hears noise ({ $by } dBFS).
    .fix = Check ventilation, windows and projector.
sound-reverberant = The room rings for { $by } seconds.
    .fix = Curtains, carpet or absorbers help; speak closer to the microphone.
sound-echo-returns = The device “{ $name }” should cancel echo by itself but lets it through (only { $by } dB of loss).
    .fix = Until the next check, the meeting or the room cancels it. Check the device's settings and its volume.
sound-echo-remains = The room's echo cancelling lets echo through (only { $by } dB of loss).
    .fix = Turn the loudspeaker down or move it away from the microphone; if it stays, call IT.
sound-canceller-away = The room's echo cancelling is not running; the others would hear themselves.
    .fix = Call IT: “systemctl status roomd-canceller” shows why the program is not running.

## Where

place-room = In the whole room
place-loudspeaker = At the loudspeaker “{ $name }”
place-microphone = At the microphone “{ $name }”

role-loudspeaker = room loudspeaker
role-microphone = room microphone

check-meeting = Invitation
check-path = Network path
check-sip = Telephony (SIP)
check-displays = Displays
check-picture = Camera picture
check-heads = Camera control
check-people = Buttons and panels
check-sound = Sound

measure-name = Name look-up
measure-round-trip = Round trip
measure-jitter = Jitter
measure-loss = Loss
measure-tls = Encryption
measure-rate = Rate
measure-certificate-days = Certificate valid, days
measure-clock-ahead = Clock ahead
measure-brightness = Brightness
measure-sharpness = Sharpness
measure-echo-loss = Echo loss
measure-echo-loss-by-room = Echo loss with the room's canceller

verdict-green = All well
verdict-yellow = Works, but …
verdict-red = Will not work

verdict-means-green = The room is ready.
verdict-means-yellow = The room can be used, but not everything is as it should be.
verdict-means-red = The next meeting will not succeed like this.

skipped-nothing-there = Not checked: nothing of the kind is set up or named.
skipped-stopped = Not checked: the run ended before.
skipped-daemon-only = Not checked: only the room's running service can do this.
skipped-quiet = Not checked: these are quiet hours, in which nothing shall be heard.

note-echo-by-conference = Echo loss in meetings on web pages: not measured here, because there the meeting cancels echo.
note-echo-by-nobody = Echo loss: not measured, because by the room's file nobody cancels echo.
note-echo-by-daemon = Echo loss: not measured; only the room's running daemon knows who cancels echo.
note-echo-turned-down = Echo loss: not measured, because the room is turned down.
note-echo-unheard = Echo loss: cannot be measured, because too little of the loudspeaker reached the microphone.

stop-press = The run was ended by a press.
stop-occupied = The run was ended because somebody is in the room.
stop-call = The run was ended because a call begins.

repair-reset-sound = The sound is being reset.
repair-reopen-camera = The camera is being opened anew.
repair-reopen-head = The camera's control is being opened anew.
repair-wake-display = The display is being woken.
tried-reset-sound = sound reset
tried-reopen-camera = camera opened anew
tried-reopen-head = camera control opened anew
tried-wake-display = display woken

verdict-none = Not checked
verdict-means-none = Nothing is known of this room, because no check ran.

## The report

report-title = Room check
report-result = Result
report-findings = What was found
report-checks = Checks
report-check = Check
report-figures = Figures
report-not-checked = Not checked
report-tried = Tried: { $what }
report-ways = Ways from loudspeaker to microphone
report-now = Now
report-installation = At installation
report-tolerance = Allowed
report-response = Frequency response
report-gain = Level (300 Hz to 3.4 kHz)
report-delay = Delay
report-decay = Reverberation time
report-distortion = Distortion
report-noise = Noise
report-history = History
report-history-is = Level and result of the last checks, the newest on the right.
report-tomorrow = Meetings on the next day
report-begin = Begin
report-nothing-found = Nothing found
report-signed = Acceptance
report-date = Date
report-name = Name
report-signature = Signature
unheard-cut-off = The recording broke off.
unheard-dead = No signal comes from the microphone.
unheard-silence = Nothing was heard of the loudspeaker.
