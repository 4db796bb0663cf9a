# What commissioning's page says beside the questions themselves, in English. Each key stands in de.ftl too, with the same places.

title = Set up the room
language-other = Deutsch
kit = This machine's code: { $code }
lost = No connection to the room. The page connects again by itself; nothing is lost.
refused-elsewhere = This request did not come from a page of this room. Open the address that stands on the room's display.

pair-title = Connect with the room
pair-text = The room's display shows a code of six digits.
pair-code = Code on the display
pair-submit = Connect
pair-wrong = This code is not right. The valid one stands on the display; it changes every five minutes.
pair-locked = Too many wrong codes. Please wait { $seconds } seconds, then type the code that stands on the display.

progress = { $done } of { $all } steps done
tried = Checked
what-to-check = What to check
go-on = Continue
yes = Yes
no = No
play = Play the sound
plays-not = This loudspeaker gives no sound now: look at its plug, or another program has it.
level = Level

device-title = Is something missing that hangs on the network?
device-hint = Cameras with a motor and displays that are switched by network are found by nobody. Name each one by the address that it has from IT, such as 192.0.2.7; a display's network must stay on in standby.
device-what = What is it?
device-heads = Camera head
device-head = Camera head ({ $by })
device-displays = Display or projector
device-address = Its address
device-look = Look for it
device-tried = Named so far
device-taken = { $line }: taken; it is proven with all others.
device-silent = Nobody answers at { $line }. Check its power, its network cable and the address; the kind may be another one.
device-no-address = “{ $line }” is no address. Write it like 192.0.2.7 or camera.city.example, with a port behind it if IT names one.

looking = Looking at what is plugged in …
writing = The room's file is being written and taken up …
secret = What is the calendar's password?
secret-hint = It is kept on the machine in the room and shown nowhere. Leave it empty to put it there later.

call-title = Practice conference: seen and heard, both ways
call-open = Join the practice conference with this device. It opens in a window of its own; leave this page open.
call-join = Open the conference
call-open-both = Open microphone and camera there, and speak.
call-room = Open microphone and camera in the room, by the key on the table or on the panel. From here it cannot be done: only a person in the room can.
call-later = Leave for later
call-inside = The room is in the conference
call-audio-in = The room hears this device
call-audio-out = This device hears the room
call-video-in = The room sees this device
call-video-out = This device sees the room
seen = seen
not-yet = not yet

finished = “{ $room }” is set up.
finished-good = Everything is checked, nothing was found.
finished-one = One point is open; it stands in the report.
finished-open = { $by } points are open; they stand in the report.
report-open = See the installation report
report-print = To print or keep it as PDF, use the browser's menu. The report also stays on the machine in the room.
finish = Done
stopped = Setting up is interrupted.
stopped-nobody = Nobody answered for a long time. What was said and proven so far is kept: begin once more at the room's display, and it goes on from there.
stopped-not-looked = What is plugged in could not be found out. Check the plugs, restart the machine, and begin once more at the room's display.
stopped-not-kept = The state could not be kept: probably the storage is full or can only be read. Please tell IT; then begin once more at the room's display.
stopped-not-written = The room's file could not be written or taken up. All answers are kept. Please tell IT; then begin once more at the room's display.
stopped-other = What was said and proven so far is kept. Begin once more at the room's display; if it stops again, the following line helps IT.
