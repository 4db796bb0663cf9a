# Alle Texte der Bedienseiten auf Deutsch. Jeder Schlüssel steht auch in en.ftl, mit denselben Platzhaltern.

## Seiten

page-panel = Bedienung – { $room }
page-display = { $room }
page-pair = Gerät koppeln – { $room }
page-noscript = Diese Seite braucht JavaScript. Bitte schalten Sie es für diese Adresse ein.
page-loading = Verbindung zum Raum wird aufgebaut …
skip-to-controls = Zur Bedienung springen
lang-other = English
lang-other-label = Switch to English
theme-light = Hell
theme-dark = Dunkel
theme-label = Darstellung umschalten, zur Zeit: { $theme }
theme-auto = Automatisch
region-now = Jetzt
region-sound = Ton und Bild
region-more = Termine, Kamera und Meldungen
help-call = Hilfe: { $number }

## Verbindung der Seite

stale-title = Keine Verbindung zum Raum
stale-text = Diese Anzeige ist nicht aktuell; ob das Mikrofon offen ist, weiß sie nicht. Eine laufende Konferenz geht weiter. Die Verbindung wird laufend neu versucht.
stale-back = Die Verbindung zum Raum ist wieder da.
error-offline = Der Raum hat nicht geantwortet. Bitte noch einmal drücken.

## Was der Raum tut

phase-free = Der Raum ist frei
phase-free-until = Frei bis { $time }
phase-standby-text = Mikrofon und Kamera sind geschlossen.
phase-announced-begins = Beginnt um { $time }, { $when }.
phase-announced-running = Läuft seit { $time }.
phase-announced-by-itself = Der Raum tritt um { $time } von selbst bei. Mikrofon und Kamera bleiben dabei geschlossen.
phase-announced-on-press = Zum Beitreten drücken. Mikrofon und Kamera bleiben dabei geschlossen.
phase-joining = Der Raum tritt bei …
phase-joining-opening = Die Konferenzseite wird geladen.
phase-joining-filling-in = Name und Geräte werden eingetragen.
phase-joining-knocking = Der Raum klopft an.
phase-joining-sip = Der Raum wählt die Konferenz über SIP an.
# $why ist der Satz zu der Störung, die den ersten Weg verschlossen hat.
way-instead = Der erste Weg ging nicht: { $why } Der Raum versucht den anderen.
phase-joining-step = Schritt { $step } von { $steps }
phase-waiting-host = Die Konferenz hat noch nicht begonnen
    .text = Die Gastgeberin oder der Gastgeber hat noch nicht gestartet.
    .do = Der Raum wartet und tritt dann von selbst bei. Dauert es zu lange, rufen Sie bitte die einladende Person an.
phase-waiting-lobby = Der Raum wartet im Warteraum
    .text = Jemand in der Konferenz muss den Raum hereinlassen.
    .do = Bitten Sie eine Person in der Konferenz, „{ $room }“ zuzulassen.
phase-waiting-hold = Die Gegenstelle hält den Anruf
    .text = Sie hört und sieht den Raum zurzeit nicht.
    .do = Der Raum bleibt verbunden. Nach dem Halten sind Mikrofon und Kamera geschlossen; öffnen Sie sie bei Bedarf wieder.
phase-waiting-since = Wartet seit { $duration }.
phase-passcode = Kenncode eingeben
    .text = Die Konferenz verlangt einen Kenncode. Er steht meist in der Einladung.
phase-passcode-rejected = Der Kenncode war falsch
    .text = Bitte prüfen Sie den Kenncode in der Einladung und geben Sie ihn noch einmal ein.
phase-person-captcha = Die Konferenzseite will einen Menschen sehen
    .text = Sie stellt eine Prüfaufgabe, die der Raum nicht lösen darf.
    .do = Drücken Sie „Seite bedienen“ und lösen Sie die Aufgabe. Oder brechen Sie ab und rufen Sie die Hilfe an.
phase-person-login = Die Konferenz verlangt eine Anmeldung
    .text = Der Raum hat dort kein Benutzerkonto. Eine Anmeldung gilt hier nur für diese Konferenz und wird danach gelöscht.
    .do = Melden Sie sich über „Seite bedienen“ an. Oder bitten Sie die einladende Person, Gäste zuzulassen.
phase-person-registration = Die Konferenz verlangt eine Registrierung
    .text = Für diesen Termin muss man sich mit Namen und Adresse eintragen.
    .do = Tragen Sie sich über „Seite bedienen“ ein. Oder bitten Sie die einladende Person um einen Zugang ohne Registrierung.
phase-person-consent = Die Konferenz bittet um Zustimmung
    .text = Der große Bildschirm zeigt, worum es geht, zum Beispiel eine Aufzeichnung.
    .do = Der Raum entscheidet das nicht für Sie: Lesen Sie den Text und drücken Sie „Seite bedienen“. Oder brechen Sie ab.
phase-person-consent-recording = Die Konferenz bittet um Zustimmung zur Aufzeichnung
    .text = Bild oder Ton sollen aufgezeichnet oder übertragen werden. Der große Bildschirm zeigt den Wortlaut.
    .do = Der Raum entscheidet das nicht für Sie: Lesen Sie den Text und drücken Sie „Seite bedienen“. Oder brechen Sie ab.
phase-person-consent-transcript = Die Konferenz bittet um Zustimmung zur Mitschrift
    .text = Ein Programm soll mitschreiben oder zusammenfassen, was gesagt wird. Der große Bildschirm zeigt den Wortlaut.
    .do = Der Raum entscheidet das nicht für Sie: Lesen Sie den Text und drücken Sie „Seite bedienen“. Oder brechen Sie ab.
phase-person-consent-terms = Die Konferenz bittet um Zustimmung zu Nutzungsbedingungen
    .text = Der große Bildschirm zeigt die Bedingungen oder den Datenschutzhinweis.
    .do = Der Raum entscheidet das nicht für Sie: Lesen Sie den Text und drücken Sie „Seite bedienen“. Oder brechen Sie ab.
phase-person-bot-wall = Die Konferenz hält den Raum für ein Programm
    .text = Der Dienst lässt den Raum so nicht hinein. Der Raum umgeht solche Sperren nie.
    .do = Zeigen Sie über „Seite bedienen“, dass Menschen hier sind. Oder nehmen Sie mit einem eigenen Gerät teil.
phase-person-breakout = Die Konferenz lädt in einen Gruppenraum ein
    .text = Der Raum wechselt nicht von selbst und bleibt vorerst in der gemeinsamen Konferenz.
    .do = Drücken Sie „Seite bedienen“ und entscheiden Sie.
phase-person-presence = Die Konferenz fragt, ob noch jemand da ist
    .text = Antwortet niemand, beendet der Dienst die Teilnahme des Raums.
    .do = Drücken Sie „Seite bedienen“ und bestätigen Sie, dass Sie noch da sind.
phase-in-call-standing = Hauskonferenz
phase-in-call-since = Seit { $duration }
phase-in-call-leaves-booked-end = Der Raum verlässt die Konferenz um { $time }, weil die gebuchte Zeit endet.
phase-in-call-leaves-alone = Niemand sonst ist da. Der Raum verlässt die Konferenz um { $time }.
phase-in-call-leaves-next-meeting = Der Raum verlässt die Konferenz um { $time }, weil der nächste Termin beginnt.
phase-reconnecting = Die Verbindung kommt wieder
phase-reconnecting-network = Die Verbindung zur Konferenz ist unterbrochen. Die anderen hören und sehen den Raum zur Zeit nicht sicher.
phase-reconnecting-frozen = Die Konferenzseite antwortet nicht.
phase-reconnecting-page-crashed = Die Konferenzseite ist abgestürzt und wird neu geöffnet.
phase-reconnecting-sound-lost = Der Ton war ausgefallen. Der Raum tritt der Konferenz neu bei, mit geschlossenem Mikrofon.
phase-reconnecting-do = Bitte warten Sie einen Augenblick. Der Raum versucht es von selbst weiter.
phase-reconnecting-attempt = Versuch { $attempt }.
phase-leaving = Der Raum verlässt die Konferenz …
phase-failed-works = Was noch geht
phase-failed-do = Was Sie tun können
phase-failed-code = Kennung für die IT: { $code }
recognition-contract = Die Erkennung der Seiten von { $service } folgt der Schnittstelle des Anbieters (Stand: { $seen }).
recognition-vendor-test-ids = Die Erkennung der Seiten von { $service } folgt den Kennungen und Wortlauten aus dem Programm des Anbieters (Stand: { $seen }).
recognition-seen-in-public-code = Die Erkennung der Seiten von { $service } ist aus anderen Programmen bekannt (Stand: { $seen }).
recognition-unverified = Die Erkennung der Seiten von { $service } ist ungeprüft (Stand: { $seen }).
recognition-undated = unbekannt
phase-ended-by-host = Die Konferenz wurde beendet
    .text = Die Gastgeberin oder der Gastgeber hat sie für alle beendet.
phase-ended-removed = Der Raum wurde aus der Konferenz entfernt
    .text = Er kehrt nicht von selbst zurück. War es ein Versehen, bitten Sie um eine neue Einladung und treten Sie wieder bei.
phase-ended-time-limit = Die Konferenz ist an ihre Zeitgrenze gestoßen
    .text = Der Dienst hat sie beendet. Treten Sie wieder bei, wenn es weitergehen soll.
phase-ended-alone = Der Raum hat die Konferenz verlassen
    .text = Es war niemand sonst mehr da.
phase-ended-booked-end = Der Raum hat die Konferenz verlassen
    .text = Die gebuchte Zeit ist zu Ende.
phase-ended-by-fleet = Die IT hat die Konferenz für diesen Raum beendet
    .text = Sie können ihr erneut beitreten, wenn es weitergehen soll.

people-none = Sonst ist niemand in der Konferenz
people-one = 1 weitere Person
people-other = { $count } weitere Personen
media-audio-out = Ihr Ton geht gerade nicht hinaus, obwohl das Mikrofon offen ist.
media-video-out = Ihr Bild geht gerade nicht hinaus, obwohl die Kamera offen ist.
media-audio-in = Von den anderen kommt gerade kein Ton an.

## Zeiten

time-now = jetzt
time-in-one = in 1 Minute
time-in-other = in { $count } Minuten
time-minutes-none = weniger als 1 Minute
time-minutes-one = 1 Minute
time-minutes-other = { $count } Minuten
time-hours = { $hours } Std. { $minutes } Min.
time-range = { $start } bis { $end }
time-today = Heute
time-tomorrow = Morgen
time-all-day = Ganztägig

## Tasten

do-join = { $time } { $title } beitreten
do-join-short = Beitreten
do-join-label = { $title }, { $time }: beitreten
do-join-standing = Hauskonferenz beitreten
do-leave = Verlassen
do-cancel = Abbrechen
do-extend = Länger bleiben
do-retry = Noch einmal versuchen
do-dismiss = Verstanden
do-operate-page = Seite bedienen

## Mikrofon und Kamera

mic-label = Mikrofon
mic-open = An
    .text = Man hört Sie
mic-closed = Aus
    .text = Niemand hört Sie
mic-unknown = Unbekannt
    .text = Vielleicht hört man Sie
mic-becoming-open = Wird eingeschaltet …
mic-becoming-closed = Wird ausgeschaltet …
mic-do-open = Einschalten
mic-do-closed = Ausschalten
camera-label = Kamera
camera-open = An
    .text = Man sieht Sie
camera-closed = Aus
    .text = Niemand sieht Sie
camera-unknown = Unbekannt
    .text = Vielleicht sieht man Sie
camera-becoming-open = Wird eingeschaltet …
camera-becoming-closed = Wird ausgeschaltet …
camera-do-open = Einschalten
camera-do-closed = Ausschalten
switch-only-in-call = Nur in einer Konferenz
switch-full = { $what } { $state }: { $text }.

mic-note-muted = Das Mikrofon wurde in der Konferenz stummgeschaltet. Zum Sprechen schalten Sie es wieder ein.
mic-note-asked-to-unmute = Jemand in der Konferenz bittet Sie zu sprechen. Das Mikrofon geht nur an, wenn Sie es einschalten.
agreed-recording = Aufzeichnung: vom Betreiber zugestimmt
agreed-transcript = Mitschrift durch ein Programm: vom Betreiber zugestimmt
agreed-terms = Nutzungsbedingungen: vom Betreiber zugestimmt

## Die Konferenzseite bedienen

hand-close = Zurück zum Bedienpult
hand-how = Tippen und schieben Sie auf dem Bild wie auf der Seite selbst. Einen Regler halten Sie kurz, dann ziehen Sie ihn. Mikrofon und Kamera schalten Sie nur am Bedienpult. Was Sie eingeben, wird nicht aufbewahrt.
hand-picture = Bild der Konferenzseite. Es kann nicht vorgelesen werden.
hand-no-picture = Das Bild der Seite kommt gerade nicht an. Bitte warten Sie einen Augenblick.
hand-not-passed = Die letzte Eingabe kam nicht an. Bitte noch einmal.
hand-keys = Tasten für die Seite
hand-key-back-tab = Voriges Feld
hand-key-tab = Nächstes Feld
hand-key-enter = Bestätigen
hand-key-space = Ankreuzen
hand-key-left = Links
hand-key-right = Rechts
hand-key-backspace = Löschen
hand-key-escape = Schließen
hand-up = Hinauf
hand-down = Hinunter
hand-space = Leerzeichen
hand-text-label = Text für das gewählte Feld der Seite
hand-text-submit = In die Seite eingeben
hand-blind = Das Bild der Seite kann nicht vorgelesen werden. Wer es nicht sehen kann, bittet eine Person im Raum oder die Hilfe um Unterstützung.

## Lautstärke

volume-label = Lautstärke
volume-value = { $percent } %
volume-unknown = unbekannt
volume-up = Lauter
volume-down = Leiser
volume-limit = höchstens { $limit } %
sound-label = Ton
sound-reset = Ton neu aufbauen
sound-resetting = Der Ton wird neu aufgebaut …
sound-microphone = Mikrofon: { $name }
sound-loudspeaker = Lautsprecher: { $name }
sound-second = Zweiter Ausgang: { $name }
sound-instead = { $text } (statt { $name })
sound-missing = { $name } fehlt
sound-looking = wird gesucht
sound-level-microphone = Mikrofon:
sound-level-loudspeaker = Lautsprecher:
sound-heard-silent = nichts zu hören
sound-heard-soft = leise
sound-heard-well = gut zu hören
sound-heard-too-loud = übersteuert
sound-echo-device = Echo unterdrückt das Gerät
sound-echo-browser = Echo unterdrückt die Konferenz
sound-echo-room = Echo unterdrückt der Raum
sound-echo-nobody = Echo wird nicht unterdrückt
sound-why-operator = (so eingestellt).
sound-why-device-has-one = (die letzte Prüfung hat das bestätigt).
sound-why-device-unproven = (ob das Gerät es selbst kann, ist noch nicht geprüft).
sound-why-device-fails = (das Gerät lässt Echo durch).
sound-why-device-has-none = (das Gerät kann es nicht selbst).
sound-why-device-unknown = (ob das Gerät es selbst kann, ist nicht bekannt).
sound-why-no-browser = (die Verbindung über SIP kann es nicht).
preflight-label = Prüfung des Raums
preflight-start = Raum jetzt prüfen
preflight-stop = Prüfung abbrechen
preflight-runs = Der Raum wird geprüft; dabei sind kurze Töne zu hören.
preflight-runs-silent = Der Raum wird geprüft; dabei ist nichts zu hören.
preflight-none = Der Raum wurde noch nicht geprüft.
preflight-green = Geprüft um { $time } Uhr: alles in Ordnung.
preflight-ahead = So nicht erreichbar sind Konferenzen: { $when }. Bitte die Einladung prüfen lassen.
preflight-yellow = Geprüft um { $time } Uhr: geht, aber etwas sollte nachgesehen werden.
preflight-red = Geprüft um { $time } Uhr: So wird die Konferenz nicht gelingen.

## Kamera bewegen

tab-agenda = Termine
tab-camera = Kamera
tab-tone = Ton
tab-faults = Meldungen
tab-faults-count = Meldungen ({ $count })
head-pick = Welche Kamera
head-presets = Blickrichtungen
head-presets-none = Für diese Kamera sind keine Blickrichtungen gespeichert.
head-move = Kamera bewegen
head-hold = Gedrückt halten; sie hält beim Loslassen.
head-up = Nach oben
head-up-left = Nach links oben
head-up-right = Nach rechts oben
head-left = Nach links
head-right = Nach rechts
head-down = Nach unten
head-down-left = Nach links unten
head-down-right = Nach rechts unten
head-home = Grundstellung
head-zoom-in = Näher
head-zoom-out = Weiter weg
head-state-unknown = Noch nicht gesehen
head-state-gone = Nicht erreichbar
head-state-asleep = In Bereitschaft
head-state-still = Steht
head-state-moving = Bewegt sich …
head-at-preset = Steht auf „{ $name }“
head-none = In diesem Raum lässt sich keine Kamera bewegen.

## Termine

agenda-empty = Heute und morgen sind keine Termine eingetragen.
agenda-never = Der Kalender wurde noch nicht gelesen.
agenda-stale = Stand des Kalenders: { $time }
agenda-private = Privater Termin
agenda-organizer = { $name } lädt ein
agenda-tentative = Unter Vorbehalt
agenda-service = über { $service }
why-cancelled = Abgesagt.
why-exempt = Von der Konferenztechnik ausgenommen; der Raum tritt nicht bei.
why-no-link = Keine Konferenz in der Einladung.
why-unknown-host = Der Server „{ $host }“ ist in diesem Haus nicht freigegeben. Die IT kann ihn freigeben.
why-refused = Der Verweis auf „{ $host }“ ist nicht sicher und wird nicht geöffnet.
why-not-joinable = Diese Besprechung ist bei { $service }; dieser Raum kann dort nicht teilnehmen. Bitte mit einem eigenen Gerät teilnehmen.
why-page-registration = Der Verweis führt zu einer Registrierung bei { $service } und nicht in die Besprechung.
why-page-recording = Der Verweis führt zu einer Aufzeichnung bei { $service } und nicht in eine Besprechung.
why-page-sign-in = Der Verweis führt zu einer Anmeldeseite von { $service } und nicht in eine Besprechung.
why-page-other = Der Verweis führt zu einer Informationsseite von { $service } und nicht in eine Besprechung.
why-sealed = Der Mailfilter „{ $host }“ hat den Verweis ersetzt; das Ziel ist nicht erkennbar. Die IT kann ihn für Konferenzen abschalten.

## Kenncode

passcode-label = Kenncode
passcode-show = Zeigen
passcode-hide = Verbergen
passcode-delete = Zeichen löschen
passcode-letters = ABC
passcode-letters-label = Buchstaben zeigen
passcode-digits = 123
passcode-digits-label = Ziffern zeigen
passcode-shift = Groß/klein
passcode-submit = Eingeben
passcode-count-one = 1 Zeichen eingegeben
passcode-count-other = { $count } Zeichen eingegeben

## Störungen

faults-none = Keine Störungen.
faults-since = Seit { $time }
faults-works = Was noch geht: { $text }
faults-do = Was zu tun ist: { $text }
faults-code = Kennung: { $code }
faults-subject = Betrifft: { $subject }
faults-more = Alle Meldungen zeigen ({ $count })

browser-gone = Das Konferenzprogramm läuft nicht.
    .works = Termine und Bedienung sind weiter da. Eine unterbrochene Konferenz wird von selbst wieder aufgenommen.
    .do = Bitte einen Augenblick warten. Kommt es nicht wieder, rufen Sie die Hilfe an.
mic-disobeys = Das Mikrofon folgt dem Tastendruck nicht und kann offen sein.
    .works = Bild, Lautsprecher und Kamera gehen weiter.
    .do = Sprechen Sie nichts Vertrauliches. Verlassen Sie die Konferenz, wenn niemand mithören darf.
camera-disobeys = Die Kamera folgt dem Tastendruck nicht.
    .works = Ton und Bild der anderen gehen weiter.
    .do = Drücken Sie die Taste noch einmal. Soll niemand den Raum sehen, verlassen Sie die Konferenz.
camera-another = Die Konferenz benutzt eine andere Kamera als die des Raums.
    .works = Die Konferenz läuft weiter, mit dem Bild der anderen Kamera.
    .do = Prüfen Sie, ob die Kamera des Raums angesteckt ist, und treten Sie der Konferenz neu bei.
volume-disobeys = Die Lautstärke lässt sich gerade nicht ändern.
    .works = Die Konferenz läuft weiter.
    .do = Stellen Sie die Lautstärke am Lautsprecher oder Bildschirm ein.
mic-unclear = Mikrofon, Tonverbindung und Konferenz sind sich nicht einig; das Mikrofon gilt als eingeschaltet.
    .works = Bild, Lautsprecher und Kamera gehen weiter.
    .do = Sprechen Sie nichts Vertrauliches. Drücken Sie die Mikrofontaste noch einmal oder bauen Sie den Ton neu auf.
mic-forced = Das Mikrofon wurde an der Anlage vorbei eingeschaltet; der Raum hat es sofort wieder ausgeschaltet.
    .works = Alles geht weiter. Das Mikrofon schalten nur Sie hier im Raum ein.
    .do = Geben Sie der IT Bescheid. Sprechen Sie bis dahin nichts Vertrauliches.
mic-gone = Kein Mikrofon ist angeschlossen; die anderen hören diesen Raum nicht.
    .works = Bild und Lautsprecher gehen weiter.
    .do = Stecken Sie das Mikrofon an. Der Raum benutzt es von selbst wieder.
mic-fallback = Das beste Mikrofon des Raums fehlt; ein anderes wird benutzt.
    .works = Die Konferenz läuft mit dem anderen Mikrofon weiter.
    .do = Prüfen Sie, ob das Mikrofon angesteckt ist. Der Raum wechselt von selbst zurück.
speaker-gone = Kein Lautsprecher ist angeschlossen; in diesem Raum hört man die anderen nicht.
    .works = Mikrofon und Bild gehen weiter.
    .do = Prüfen Sie Strom und Kabel des Lautsprechers. Der Raum benutzt ihn von selbst wieder.
speaker-fallback = Der beste Lautsprecher des Raums fehlt; ein anderer wird benutzt.
    .works = Die Konferenz läuft mit dem anderen Lautsprecher weiter.
    .do = Prüfen Sie, ob der Lautsprecher angesteckt ist. Der Raum wechselt von selbst zurück.
second-output-gone = Der zweite Tonausgang (etwa die Höranlage) fehlt.
    .works = Mikrofon und Lautsprecher des Raums gehen weiter.
    .do = Prüfen Sie das Kabel des zweiten Ausgangs. Wer die Höranlage braucht, hört gerade nichts darüber.
sound-server-gone = Der Ton des Raums ist ausgefallen; er wird von selbst neu gestartet.
    .works = Bild und Bedienung gehen weiter.
    .do = Bitte einen Augenblick warten. Kommt der Ton nicht wieder, rufen Sie die Hilfe an.
call-without-sound = Die Konferenz hat den Ton des Raums verloren; das Mikrofon lässt sich nicht öffnen.
    .works = Bild und Bedienung gehen weiter.
    .do = Bitte einen Augenblick warten; der Raum tritt von selbst neu bei. Dauert es länger, verlassen Sie die Konferenz und treten Sie neu bei.
sound-reset-failed = Der Ton ließ sich nicht rechtzeitig neu aufbauen.
    .works = Die Konferenz läuft weiter, vielleicht ohne Ton.
    .do = Versuchen Sie es noch einmal. Hilft es nicht, rufen Sie die Hilfe an.
canceller-gone = Die Echounterdrückung des Raums ist ausgefallen; die anderen hören sich vielleicht selbst.
    .works = Die Konferenz läuft weiter; Mikrofon und Lautsprecher gehen.
    .do = Bitte einen Augenblick warten; sie wird von selbst neu gestartet. Stellen Sie bis dahin den Ton leiser.
sound-dead = Vom Mikrofon kommt gar nichts; die anderen hören diesen Raum nicht.
    .works = Bild und Lautsprecher gehen weiter.
    .do = Prüfen Sie, ob am Mikrofon selbst ein Schalter geschlossen ist, und bauen Sie dann den Ton neu auf.
sound-clipping = Das Mikrofon ist übersteuert; die anderen hören den Raum verzerrt.
    .works = Die Konferenz läuft weiter.
    .do = Sprechen Sie mit mehr Abstand oder rücken Sie das Mikrofon weg. Bleibt es so, geben Sie der Hilfe Bescheid.
sound-hum = Im Mikrofon brummt das Stromnetz.
    .works = Die Konferenz läuft weiter.
    .do = Legen Sie das Kabel des Mikrofons weg von Netzteilen und geben Sie der Hilfe Bescheid.
sound-noisy = Im Raum oder auf der Leitung rauscht es stark.
    .works = Die Konferenz läuft weiter.
    .do = Schließen Sie Fenster und Türen und schalten Sie laute Geräte ab.
sound-quiet = Wer spricht, ist bei den anderen kaum zu hören.
    .works = Die Konferenz läuft weiter.
    .do = Sprechen Sie näher am Mikrofon oder rücken Sie es in die Mitte des Tisches.
sound-dropouts = Der Ton setzt immer wieder aus.
    .works = Die Konferenz läuft weiter.
    .do = Bauen Sie den Ton neu auf. Hilft es nicht, geben Sie der Hilfe Bescheid.
sound-wrong-channel = Ein Tonkanal fehlt oder ist vertauscht.
    .works = Die Konferenz läuft weiter, vielleicht leiser.
    .do = Geben Sie der Hilfe Bescheid: Die Verkabelung des Tons muss geprüft werden.
sound-echo = Die anderen hören sich selbst aus diesem Raum.
    .works = Die Konferenz läuft weiter.
    .do = Stellen Sie den Ton leiser und rücken Sie Mikrofon und Lautsprecher auseinander.
preflight-failed = Die Prüfung des Raums hat einen Fehler gefunden; die nächste Konferenz wird so nicht gelingen.
    .works = Bedienung und Kalender gehen weiter.
    .do = Geben Sie jetzt der Hilfe Bescheid, nicht erst in der Konferenz. Danach lässt sich die Prüfung hier wiederholen.
head-gone = Eine Kamera antwortet nicht; sie lässt sich nicht bewegen.
    .works = Die Konferenz läuft weiter, meist auch das Bild in der letzten Stellung.
    .do = Prüfen Sie Strom und Steuerkabel der Kamera. Bleibt es so, rufen Sie die Hilfe an.
head-refused = Eine Kamera hat eine Bewegung nicht ausgeführt.
    .works = Alles andere.
    .do = Drücken Sie die Taste noch einmal.
puck-gone = Eine Tischtaste fehlt.
    .works = Alles lässt sich an dieser Bedienseite schalten.
    .do = Stecken Sie die Tischtaste wieder an oder geben Sie der Hilfe Bescheid.
puck-foreign = Die Software einer Tischtaste passt nicht zu der des Raums.
    .works = Alles lässt sich an dieser Bedienseite schalten.
    .do = Lassen Sie sie angesteckt: Ist ihre Software älter, bekommt sie von selbst neue. Bleibt es so, geben Sie der IT Bescheid.
puck-updating = Eine Tischtaste bekommt neue Software.
    .works = Alles lässt sich an dieser Bedienseite schalten.
    .do = Lassen Sie sie angesteckt; sie ist gleich wieder da.
puck-update-failed = Eine Tischtaste hat ihre neue Software nicht bekommen.
    .works = Meist arbeitet sie mit der bisherigen weiter; alles lässt sich an dieser Bedienseite schalten.
    .do = Geben Sie der IT Bescheid. Leuchtet die Taste nicht, ziehen Sie ihr Kabel und stecken Sie es wieder an.
display-gone = Ein Bildschirm antwortet nicht; der Raum kann ihn nicht schalten.
    .works = Ton und Bedienung gehen weiter. Von Hand lässt sich der Bildschirm meist einschalten.
    .do = Schalten Sie ihn mit der Fernbedienung ein und wählen Sie den Eingang des Raums. Prüfen Sie Strom und Steuerkabel.
display-refused = Ein Bildschirm tut nicht, was der Raum verlangt.
    .works = Ton und Bedienung gehen weiter.
    .do = Schalten Sie ihn mit der Fernbedienung ein oder um, und geben Sie der Hilfe Bescheid.
camera-gone = Eine Kamera fehlt oder lässt sich nicht verwenden.
    .works = Ton, Bildschirm und die anderen Kameras gehen weiter.
    .do = Prüfen Sie, ob ihr Kabel steckt. Bleibt es so, rufen Sie die Hilfe an.
camera-picture = Das Bild einer Kamera ist unbrauchbar.
    .works = Ton und Bildschirm gehen weiter.
    .do = Prüfen Sie, ob etwas vor der Linse ist oder die Abdeckung geschlossen ist. Bleibt es so, rufen Sie die Hilfe an.
fitting-gone = Eine Lampe, eine Taste oder eine Anzeige des Raums fällt aus.
    .works = Die Konferenz und diese Bedienseite gehen weiter.
    .do = Verlassen Sie sich auf die Anzeige an dieser Bedienseite und geben Sie der Hilfe Bescheid.
key-stuck = Eine Taste des Raums ist dauernd gedrückt.
    .works = Alles lässt sich an dieser Bedienseite schalten.
    .do = Prüfen Sie, ob etwas auf der Taste liegt. Bleibt es so, geben Sie der Hilfe Bescheid.
calendar-stale = Der Kalender ist gerade nicht erreichbar; gezeigt wird der letzte Stand.
    .works = Bekannte Termine bleiben und lassen sich beitreten.
    .do = Neue oder verschobene Termine fehlen vielleicht: Bitte mit der Einladung vergleichen.
calendar-never = Es wurde noch kein Kalender gelesen.
    .works = Die Hauskonferenz und die Kamera lassen sich bedienen.
    .do = Rufen Sie die Hilfe an, wenn hier nach einigen Minuten noch keine Termine stehen.
clock-wrong = Die Uhr des Raums geht falsch; der Raum tritt nichts von selbst bei.
    .works = Beitreten per Tastendruck geht.
    .do = Treten Sie von Hand bei und geben Sie der Hilfe Bescheid.
double-booking = Zwei Termine wollen den Raum zur selben Zeit.
    .works = Beide lassen sich beitreten; keiner beginnt von selbst.
    .do = Wählen Sie in der Liste den Termin aus, der stattfinden soll.
screen-disobeys = Der große Bildschirm zeigt nicht, was er zeigen soll.
    .works = Ton und Bedienung gehen weiter.
    .do = Prüfen Sie, ob der Bildschirm an ist und der richtige Eingang gewählt ist.

## Warum eine Konferenz nicht ging

call-unreachable = Die Konferenz ist nicht erreichbar.
    .works = Der Raum selbst ist in Ordnung; andere Konferenzen können gehen.
    .do = Versuchen Sie es noch einmal. Geht es wieder nicht, fragen Sie die IT nach dem Netz oder die einladende Person nach dem Server.
call-no-answer = Die Konferenzseite hat nicht rechtzeitig geantwortet.
    .works = Der Raum selbst ist in Ordnung; andere Konferenzen können gehen.
    .do = Versuchen Sie es in einer Minute noch einmal. Geht es wieder nicht, nehmen Sie mit einem eigenen Gerät teil und geben Sie der IT Bescheid.
call-unknown-screen = Die Konferenz zeigt eine Seite, die der Raum nicht kennt.
    .works = Andere Konferenzen gehen. Die IT kann die Seite ansehen.
    .do = Versuchen Sie es noch einmal, oder nehmen Sie mit einem eigenen Gerät teil.
call-not-found = Diese Konferenz gibt es nicht, oder sie ist abgelaufen.
    .works = Der Raum und andere Konferenzen gehen.
    .do = Bitten Sie die einladende Person um eine neue Einladung.
call-full = Die Konferenz ist voll.
    .works = Der Raum und andere Konferenzen gehen.
    .do = Bitten Sie jemanden in der Konferenz, einen Platz frei zu machen, und versuchen Sie es noch einmal.
call-locked = Die Konferenz ist für neue Teilnehmende gesperrt.
    .works = Der Raum und andere Konferenzen gehen.
    .do = Bitten Sie die Gastgeberin oder den Gastgeber, die Sperre aufzuheben, und versuchen Sie es noch einmal.
call-wrong-passcode = Der Kenncode wurde nicht angenommen.
    .works = Der Raum und andere Konferenzen gehen.
    .do = Prüfen Sie den Kenncode in der Einladung und versuchen Sie es noch einmal.
call-passcode-timeout = Es wurde kein Kenncode eingegeben.
    .works = Der Raum ist bereit.
    .do = Versuchen Sie es noch einmal und halten Sie den Kenncode bereit.
call-denied = Der Raum wurde nicht hereingelassen.
    .works = Der Raum und andere Konferenzen gehen. Von selbst klopft der Raum nicht noch einmal an.
    .do = Rufen Sie die einladende Person an und versuchen Sie es dann noch einmal.
call-lobby-timeout = Niemand hat den Raum aus dem Warteraum hereingelassen.
    .works = Der Raum ist bereit.
    .do = Rufen Sie eine Person in der Konferenz an und versuchen Sie es noch einmal.
call-host-timeout = Die Konferenz wurde nicht begonnen.
    .works = Der Raum ist bereit.
    .do = Rufen Sie die einladende Person an und versuchen Sie es noch einmal.
call-login-needed = Die Konferenz lässt nur angemeldete Personen zu.
    .works = Andere Konferenzen gehen.
    .do = Versuchen Sie es noch einmal und melden Sie sich am Bedienpult an. Oder bitten Sie die einladende Person, Gäste zuzulassen, oder nehmen Sie mit einem eigenen Gerät teil.
call-registration-needed = Die Konferenz lässt nur registrierte Personen zu.
    .works = Andere Konferenzen gehen.
    .do = Versuchen Sie es noch einmal und tragen Sie sich am Bedienpult ein. Oder bitten Sie die einladende Person um einen Zugang ohne Registrierung.
call-captcha-needed = Die Konferenz verlangt eine Prüfaufgabe, die nur ein Mensch lösen darf.
    .works = Andere Konferenzen gehen.
    .do = Versuchen Sie es noch einmal und lösen Sie die Aufgabe am Bedienpult, oder nehmen Sie mit einem eigenen Gerät teil.
call-bot-wall = Der Konferenzdienst hält den Raum für ein Programm und sperrt ihn aus.
    .works = Andere Konferenzen gehen.
    .do = Nehmen Sie mit einem eigenen Gerät oder per Telefon teil und geben Sie der IT Bescheid.
call-consent-missing = Die verlangte Zustimmung wurde nicht gegeben.
    .works = Der Raum ist bereit; andere Konferenzen gehen.
    .do = Möchten Sie zustimmen, versuchen Sie es noch einmal und entscheiden Sie am Bedienpult. Sonst sprechen Sie mit der einladenden Person.
call-browser-refused = Der Konferenzdienst unterstützt das Programm dieses Raums nicht.
    .works = Andere Konferenzen gehen.
    .do = Nehmen Sie mit einem eigenen Gerät teil und geben Sie der IT Bescheid.
call-no-media = Ton und Bild kamen nicht zustande.
    .works = Die Konferenz selbst ist erreichbar; nur die Übertragung wird vermutlich vom Netz gesperrt.
    .do = Versuchen Sie es noch einmal und geben Sie der IT Bescheid.
call-connection-lost = Die Verbindung ging verloren und kam nicht wieder.
    .works = Der Raum ist bereit.
    .do = Versuchen Sie es noch einmal. Geht es wieder nicht, fragen Sie die IT nach dem Netz.
call-browser-broken = Das Konferenzprogramm des Raums lässt sich nicht starten.
    .works = Termine und Kamera lassen sich ansehen und bedienen.
    .do = Rufen Sie die Hilfe an und nehmen Sie so lange mit einem eigenen Gerät teil.
call-key-refused = Der Konferenzserver nimmt den Schlüssel dieses Raums nicht an.
    .works = Andere Konferenzen gehen.
    .do = Nehmen Sie mit einem eigenen Gerät teil und geben Sie der IT Bescheid. Sie kann den Schlüssel erneuern.
call-no-pack = Für diesen Konferenzdienst ist der Raum nicht eingerichtet.
    .works = Andere Konferenzen gehen.
    .do = Nehmen Sie mit einem eigenen Gerät teil. Die IT kann den Dienst nachrüsten.
call-stray-host = Die Konferenzseite wollte auf einen nicht freigegebenen Server wechseln.
    .works = Der Raum ist sicher geblieben; andere Konferenzen gehen.
    .do = Geben Sie der IT Bescheid. Sie kann den Server prüfen und freigeben.
call-action-failed = Eine Taste der Konferenzseite hat nicht gewirkt.
    .works = Der Raum ist bereit.
    .do = Versuchen Sie es noch einmal. Kommt es wieder vor, geben Sie der IT Bescheid.
call-busy = Die Gegenstelle ist besetzt.
    .works = Der Raum ist bereit.
    .do = Versuchen Sie es in einigen Minuten noch einmal.
call-declined = Die Gegenstelle hat den Anruf abgelehnt.
    .works = Der Raum ist bereit; andere Konferenzen gehen.
    .do = Bitten Sie die einladende Person, den Raum zuzulassen, und versuchen Sie es dann noch einmal.
call-not-allowed = Die Gegenstelle nimmt von diesem Raum keine Anrufe an.
    .works = Der Raum ist bereit; andere Konferenzen gehen.
    .do = Geben Sie der IT Bescheid. Vielleicht fehlt der einladenden Person die Berechtigung für Videosysteme.
call-not-there = Die Gegenstelle ist zurzeit nicht erreichbar.
    .works = Der Raum ist bereit.
    .do = Versuchen Sie es in einigen Minuten noch einmal.
call-media-refused = Raum und Gegenstelle haben kein gemeinsames Format für Ton, Bild oder Verschlüsselung.
    .works = Der Raum ist bereit; andere Konferenzen gehen.
    .do = Geben Sie der IT Bescheid.
call-service-down = Der Konferenzdienst kann den Anruf gerade nicht annehmen.
    .works = Der Raum ist bereit; andere Konferenzen gehen.
    .do = Versuchen Sie es in einigen Minuten noch einmal.
call-tls-refused = Es kam keine gesicherte Verbindung zum Konferenzdienst zustande.
    .works = Der Raum ist sicher geblieben; andere Konferenzen gehen.
    .do = Geben Sie der IT Bescheid. Sie kann das Zertifikat des Dienstes prüfen.
call-sip-broken = Das Programm für SIP-Anrufe läuft nicht.
    .works = Konferenzen im Browser gehen.
    .do = Versuchen Sie es noch einmal. Kommt es wieder vor, geben Sie der IT Bescheid.

## Warum eine Kamera sich nicht bewegt

head-line-absent = Das Steuerkabel der Kamera fehlt.
    .works = Das Bild der Kamera kann trotzdem gehen.
    .do = Stecken Sie das Steuerkabel an.
head-line-denied = Der Raum darf die Steuerleitung der Kamera nicht öffnen.
    .works = Das Bild der Kamera kann trotzdem gehen.
    .do = Geben Sie der IT Bescheid.
head-line-busy = Ein anderes Programm benutzt die Steuerleitung der Kamera.
    .works = Das Bild der Kamera kann trotzdem gehen.
    .do = Geben Sie der IT Bescheid.
head-no-answer = Die Kamera antwortet nicht.
    .works = Das Bild der Kamera kann trotzdem gehen.
    .do = Prüfen Sie Strom und Steuerkabel der Kamera.
head-not-now = Die Kamera nimmt gerade keine Befehle an.
    .works = Das Bild bleibt.
    .do = Schließen Sie ein offenes Kameramenü, und versuchen Sie es noch einmal.
head-not-supported = Die Kamera kennt diesen Befehl nicht.
    .works = Die anderen Tasten gehen.
    .do = Nehmen Sie eine andere Blickrichtung, und geben Sie der IT Bescheid.
head-garbled = Die Antworten der Kamera sind gestört.
    .works = Das Bild der Kamera kann trotzdem gehen.
    .do = Prüfen Sie das Steuerkabel der Kamera.
head-timeout = Die Kamera hat die Bewegung nicht rechtzeitig beendet.
    .works = Das Bild bleibt.
    .do = Prüfen Sie, ob etwas die Kamera blockiert, und versuchen Sie es noch einmal.
head-wrong-baud = Von der Kamera kommt nur Rauschen; wahrscheinlich ist eine andere Übertragungsrate eingestellt.
    .works = Das Bild der Kamera kann trotzdem gehen.
    .do = Geben Sie der IT Bescheid: Kamera und Raumsteuerung müssen auf dieselbe Übertragungsrate eingestellt sein.
head-no-preset = Diese Blickrichtung gibt es bei der Kamera nicht.
    .works = Die anderen Tasten gehen.
    .do = Nehmen Sie eine andere Blickrichtung, und geben Sie der IT Bescheid.

## Warum ein Bildschirm nicht tut, was er soll

display-line-absent = Die Steuerleitung des Bildschirms fehlt.
    .works = Das Bild geht weiter; von Hand lässt sich der Bildschirm schalten.
    .do = Stecken Sie sein Steuerkabel oder seinen Adapter an.
display-line-denied = Der Raum darf die Steuerleitung des Bildschirms nicht öffnen.
    .works = Das Bild geht weiter; von Hand lässt sich der Bildschirm schalten.
    .do = Geben Sie der IT Bescheid.
display-line-busy = Ein anderes Programm benutzt die Steuerleitung des Bildschirms.
    .works = Das Bild geht weiter; von Hand lässt sich der Bildschirm schalten.
    .do = Geben Sie der IT Bescheid.
display-no-answer = Der Bildschirm antwortet nicht.
    .works = Ton und Bedienung gehen weiter.
    .do = Prüfen Sie seinen Strom und sein Steuerkabel, und schalten Sie ihn mit der Fernbedienung ein.
display-wrong-password = Der Bildschirm verlangt ein anderes Kennwort.
    .works = Das Bild geht weiter; von Hand lässt sich der Bildschirm schalten.
    .do = Geben Sie der IT Bescheid: Das Kennwort in der Raumdatei stimmt nicht mehr.
display-not-supported = Der Bildschirm kennt diesen Befehl nicht.
    .works = Von Hand lässt sich der Bildschirm schalten.
    .do = Geben Sie der IT Bescheid: In der Raumdatei steht wahrscheinlich ein anderes Modell.
display-disobeys = Der Bildschirm nimmt den Befehl an und führt ihn nicht aus.
    .works = Ton und Bedienung gehen weiter.
    .do = Schalten Sie ihn mit der Fernbedienung.
display-garbled = Die Antworten des Bildschirms sind gestört.
    .works = Das Bild geht weiter; von Hand lässt sich der Bildschirm schalten.
    .do = Prüfen Sie sein Steuerkabel.

## Warum sich eine Kamera nicht verwenden lässt

camera-absent = Die Kamera ist nicht angesteckt.
    .works = Ton, Bildschirm und die anderen Kameras gehen weiter.
    .do = Stecken Sie ihr Kabel an.
camera-denied = Der Raum darf die Kamera nicht öffnen.
    .works = Ton, Bildschirm und die anderen Kameras gehen weiter.
    .do = Geben Sie der IT Bescheid.
camera-no-camera = An der Stelle der Kamera ist ein anderes Gerät angesteckt.
    .works = Ton, Bildschirm und die anderen Kameras gehen weiter.
    .do = Stecken Sie die Kamera wieder dort an, wo sie war.
camera-no-bandwidth = Am USB-Anschluss ist kein Platz für das Bild der Kamera.
    .works = Ton, Bildschirm und die anderen Kameras gehen weiter.
    .do = Stecken Sie die Kamera an einen anderen Anschluss, ohne Verteiler dazwischen, und geben Sie der IT Bescheid.
camera-broken = Die Kamera ist angesteckt und gibt kein Bild.
    .works = Ton, Bildschirm und die anderen Kameras gehen weiter.
    .do = Ziehen Sie ihr Kabel, und stecken Sie es wieder an.

## Warum eine Lampe, eine Taste oder eine Anzeige ausfällt

fitting-absent = Das Gerät ist nicht da.
    .works = Alles lässt sich an dieser Bedienseite sehen und schalten.
    .do = Prüfen Sie, ob sein Kabel steckt.
fitting-denied = Der Raum darf das Gerät nicht öffnen.
    .works = Alles lässt sich an dieser Bedienseite sehen und schalten.
    .do = Geben Sie der IT Bescheid.
fitting-busy = Ein anderes Programm benutzt das Gerät.
    .works = Alles lässt sich an dieser Bedienseite sehen und schalten.
    .do = Geben Sie der IT Bescheid.
fitting-stuck = Etwas drückt die Taste, oder ihr Kabel ist beschädigt.
    .works = Alles lässt sich an dieser Bedienseite schalten.
    .do = Nehmen Sie weg, was auf der Taste liegt.
fitting-broken = Das Gerät ist da und arbeitet nicht.
    .works = Alles lässt sich an dieser Bedienseite sehen und schalten.
    .do = Ziehen Sie sein Kabel, und stecken Sie es wieder an.

## Warum eine Tischtaste keine neue Software bekommt

firmware-no-loader = Die Tischtaste hat sich auf die neue Software nicht eingestellt.
    .works = Sie arbeitet mit der bisherigen weiter.
    .do = Ziehen Sie ihr Kabel, und stecken Sie es wieder an. Der Raum versucht es später noch einmal.
firmware-disk = Der Raum darf der Tischtaste die neue Software nicht schreiben.
    .works = Alles lässt sich an dieser Bedienseite schalten.
    .do = Geben Sie der IT Bescheid. Bis dahin: Ziehen Sie ihr Kabel, und stecken Sie es wieder an.
firmware-other-version = Die neue Software ist geschrieben, aber die Tischtaste meldet sich nicht damit.
    .works = Alles lässt sich an dieser Bedienseite schalten.
    .do = Ziehen Sie ihr Kabel, und stecken Sie es wieder an. Bleibt es so, geben Sie der IT Bescheid.
firmware-no-answer = Wie es der Tischtaste mit der neuen Software ging, ist nicht bekannt.
    .works = Alles lässt sich an dieser Bedienseite schalten.
    .do = Geben Sie der IT Bescheid.

## Großer Bildschirm

display-next = Nächste Termine
display-no-meetings = Heute keine weiteren Termine
display-how = So treten Sie bei
display-how-panel = Am Bedienpult den Termin drücken
display-how-standing = Am Bedienpult „Hauskonferenz beitreten“ drücken
display-how-button = oder die Taste auf dem Tisch
display-how-itself = Der Raum tritt um { $time } von selbst bei
display-dark = Mikrofon und Kamera bleiben geschlossen, bis jemand im Raum sie öffnet.
display-fleet-code = Die IT nimmt diesen Raum in ihre Verwaltung auf. Code zum Vergleichen:
display-trial = Techniktest läuft, Mikrofon und Kamera bleiben geschlossen
display-practice = Technik ausprobieren
display-pair = Telefon oder Tablet als Bedienpult
display-pair-code = Code
display-pair-locked = Nach zu vielen falschen Codes gesperrt bis { $time }
display-in-call = Konferenz läuft
display-passcode = Bitte geben Sie den Kenncode am Bedienpult ein.
display-afar-identify = Die IT sucht diesen Raum
    .text = Lampen und Tisch-Taste blinken. Ein Druck im Raum beendet das.
display-afar-picture = Die IT nimmt ein Bild dieser Anzeige auf
    .text = Worum es in Besprechungen geht, steht solange nicht darauf. Es wird nichts gehört und niemand gesehen.
display-stale = Anzeige nicht aktuell

## Zeile über der Konferenz

notice-mic-open = Mikrofon an
notice-mic-closed = Mikrofon aus
notice-mic-unknown = Mikrofon: Stand unbekannt, vielleicht an
notice-mic-becoming-open = Mikrofon wird eingeschaltet
notice-mic-becoming-closed = Mikrofon wird ausgeschaltet
notice-camera-open = Kamera an
notice-camera-closed = Kamera aus
notice-camera-unknown = Kamera: Stand unbekannt
notice-camera-becoming-open = Kamera wird eingeschaltet
notice-camera-becoming-closed = Kamera wird ausgeschaltet
notice-person = Bitte am Bedienpult entscheiden
notice-mic-note-muted = In der Konferenz stummgeschaltet
notice-mic-note-asked-to-unmute = Sie werden gebeten zu sprechen
notice-sought = Die IT sucht diesen Raum
notice-reconnecting = Verbindung unterbrochen, wird wieder aufgenommen
notice-leaves-now = Der Raum verlässt die Konferenz jetzt
notice-leaves-one-booked-end = Die gebuchte Zeit endet in 1 Minute
notice-leaves-other-booked-end = Die gebuchte Zeit endet in { $count } Minuten
notice-leaves-one-alone = Niemand sonst ist da; der Raum geht in 1 Minute
notice-leaves-other-alone = Niemand sonst ist da; der Raum geht in { $count } Minuten
notice-leaves-one-next-meeting = Der nächste Termin beginnt; der Raum geht in 1 Minute
notice-leaves-other-next-meeting = Der nächste Termin beginnt; der Raum geht in { $count } Minuten

## Kleine Anzeigen an der Tür

small-sought = IT sucht den Raum
small-free = Frei
small-free-until = Frei bis { $time }
small-begins = Beginnt um { $time }
small-running = Läuft seit { $time }
small-joining = Wird verbunden
small-waiting = Wartet auf Einlass
small-passcode = Kenncode am Bedienpult eingeben
small-person = Bitte am Bedienpult entscheiden
small-in-call = In einer Konferenz
small-reconnecting = Verbindung kommt wieder
small-leaving = Wird beendet
small-failed = Es hat nicht geklappt
small-ended = Konferenz beendet
small-until = Bis { $time }
small-mic-unknown = Mikrofon unbekannt

## Tischtaste

button-join = Beitreten
button-stay = Länger bleiben
button-retry = Noch einmal
button-waiting-host = Noch nicht begonnen
button-waiting-hold = Wird gehalten
button-removed = Aus Konferenz entfernt
button-leaves-booked-end = Gebuchte Zeit endet
button-leaves-alone = Niemand sonst ist da
button-leaves-next-meeting = Nächster Termin beginnt
button-mic-disobeys = Mikrofon gehorcht nicht
button-double-booking = Zwei Termine zugleich
button-clock-wrong = Uhr geht falsch
button-failed-not-found = Konferenz nicht gefunden
button-failed-not-let-in = Nicht eingelassen
button-failed-passcode = Kenncode fehlt
button-failed-nobody = Niemand hat geöffnet
button-failed-network = Kein Netz
button-see-panel = Siehe Bedienpult

## Koppeln

pair-title = Dieses Gerät als Bedienpult
pair-text = Geben Sie den sechsstelligen Code ein, der auf dem großen Bildschirm in diesem Raum steht.
pair-code = Code
pair-stays = Dieses Gerät gehört zum Raum und soll gekoppelt bleiben
pair-submit = Koppeln
pair-hours = Sonst endet die Kopplung nach zwölf Stunden.
pair-done = Gekoppelt. Die Bedienung wird geöffnet.

## Absagen der Schnittstelle

error-bad-request = Diese Anfrage versteht der Raum nicht.
error-token-needed = Diese Seite ist veraltet. Bitte laden Sie sie neu.
error-pairing-needed = Dieses Gerät ist nicht mit dem Raum gekoppelt.
error-wrong-code = Der Code stimmt nicht. Bitte lesen Sie ihn noch einmal vom großen Bildschirm ab.
error-wrong-host = Unter dieser Adresse ist der Raum nicht bekannt.
error-cross-origin = Anfragen anderer Webseiten werden nicht angenommen.
error-only-in-room = Mikrofon und Kamera öffnen und die Konferenzseite bedienen können nur Menschen im Raum.
error-not-found = Diese Adresse gibt es nicht.
error-unknown-name = Diesen Termin, diese Kamera oder diese Blickrichtung gibt es hier nicht.
error-wrong-method = So lässt sich diese Adresse nicht aufrufen.
error-only-console = Das ist nur an der Befehlszeile des Geräts im Raum möglich.
error-room-busy = Der Raum wird gerade genutzt, ein Termin steht bevor oder ein anderer Techniktest läuft.
error-not-offered = Das geht in diesem Augenblick nicht.
error-too-large = Die Anfrage ist zu lang.
error-not-json = Die Anfrage muss als JSON gekennzeichnet sein.
error-slow-down = Zu viele Versuche. Bitte warten Sie { $seconds } Sekunden.
error-too-many = Zu viele Geräte sind gleichzeitig verbunden.
error-not-answered = Der Raum hat nicht rechtzeitig geantwortet. Bitte noch einmal drücken.

## Namen der Dienste

service-bbb = BigBlueButton
service-cms = Cisco Meeting Server
service-goto = GoTo Meeting
service-jitsi = Jitsi
service-meet = Google Meet
service-pexip = Pexip
service-teams = Microsoft Teams
service-webex = Webex
service-zoom = Zoom
service-practice = Übungskonferenz

## Ein Gerät ohne Raum

page-codes = Was ein Code bedeutet · roomd
codes-back = Zurück zum Bedienfeld
codes-all = Alle Codes
page-setup = Einrichten · roomd
practice-call = Probekonferenz der Installation
setup-title = Dieser Raum ist noch nicht eingerichtet.
setup-phone = Mit Telefon oder Tablet einrichten
setup-do = Oder an diesem Gerät: sudo roomctl commission --language de
setup-begins = Die Einrichtung wird gestartet …
setup-open = Mit einem Telefon oder Tablet im Netz dieses Raums öffnen:
setup-pair = Dort diesen Code eingeben:
setup-locked = Zu viele falsche Codes wurden versucht. Gleich erscheint ein neuer.
setup-code = Kennung dieses Geräts
