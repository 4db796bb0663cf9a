# Was eine Inbetriebnahme fragt, prüft und berichtet, auf Deutsch. Jeder Schlüssel steht auch in en.ftl, mit denselben Platzhaltern.

## Fragen

ask-name = Wie heißt der Raum?
    .hint = So steht er auf allen Anzeigen, zum Beispiel: Sitzungssaal 2
ask-help = Wen sollen Menschen im Raum anrufen, wenn etwas nicht geht?
    .hint = Zum Beispiel: Haustechnik, 2 47 11. Leer lassen, wenn niemand genannt werden soll.
ask-join = Wer beginnt eine Konferenz?
    .hint = In beiden Fällen sind Mikrofon und Kamera geschlossen, bis jemand im Raum sie öffnet.
ask-hosts = Welche Konferenzdienste darf der Raum öffnen?
    .hint = Als HOST=DIENST, durch Kommas getrennt, zum Beispiel: bbb.stadt.example=bbb, *.meet.stadt.example=jitsi. Andere Hosts öffnet der Raum nie. Dienste: { $services }
ask-calendar = Wo stehen die Buchungen des Raums?
    .hint = Ein Link (https://…), caldav: und die Adresse des Servers (caldav:https://…), oder eine Datei (/…). Leer lassen, wenn der Raum noch keinen Kalender hat.
ask-calendar-user = Mit welchem Konto wird der Kalender gelesen?
    .hint = Nur der Name; das Kennwort wird getrennt erfragt und steht in keiner Antwort.
ask-front = Welche Kamera zeigt die Menschen im Raum?
    .hint = Winken Sie vor der vorderen Kamera: mit „?“ zeigt dieses Programm, in welchem Bild sich etwas bewegt.
    .page = Winken Sie vor der vorderen Kamera, und wählen Sie das Bild, in dem Sie sich sehen.
ask-main = Welcher Bildschirm ist der Hauptbildschirm?
    .hint = Die Bildschirme sind gleich groß oder nennen ihre Größe nicht.
ask-loudspeaker = Welchen Lautsprecher hören Sie?
    .hint = Mit „?“ spielt dieses Programm auf jedem nacheinander einen kurzen, leisen Klang. Hören Sie keinen, antworten Sie „none“.
    .page = Lassen Sie jeden einmal klingen, und wählen Sie den, den Sie im Raum hören. Der Klang ist kurz und leise.
ask-microphone = Welches Mikrofon hört Sie?
    .hint = Sprechen Sie am Tisch: mit „?“ hört dieses Programm bei jedem eine Sekunde lang zu und nennt das, bei dem Sie am lautesten sind. Nichts wird aufgezeichnet.
    .page = Sprechen Sie am Tisch, und wählen Sie das Mikrofon, dessen Pegel sich dabei bewegt. Nichts wird aufgezeichnet.
ask-roles = Stimmt diese Aufteilung?
    .hint = { $roles }
    Mit Eingabe übernehmen, oder die Rollen nennen, die weggelassen werden, durch Kommas getrennt.
    .page = Was nicht stimmt, abwählen: es wird dann nicht benutzt.
ask-roles-nothing = Es wurde nichts gefunden, was angeschlossen ist. Soll es so weitergehen?
ask-roles-nothing-terminal = Mit Eingabe geht es weiter. Was am Netz hängt, wird im Befehl genannt: --try, --display.
ask-roles-nothing-page = Stecker und Strom prüfen, oder unten nennen, was am Netz hängt.
ask-fittings = Sind Lampen oder Taster an die Stiftleiste angeschlossen?
    .hint = lamp= Lampe an der Tür, mic-lamp= Lampe des Mikrofons, button= Taster für das Mikrofon, main-button= großer Taster; zum Beispiel: lamp=pin 11, button=pin 13. Leer lassen, wenn nicht. Leitungen: { $lines }
ask-presets = Welche Stellungen soll die Kamera „{ $name }“ kennen?
    .hint = Namen, durch Kommas getrennt, zum Beispiel: Übersicht, Podium, Rednerpult. Leer lassen, wenn keine.
ask-aimed = Bitte richten Sie die Kamera „{ $name }“ auf „{ $preset }“. Steht sie richtig?
    .hint = Mit ihrer Fernbedienung oder mit `roomctl ptz`. Mit „yes“ wird die Stellung gespeichert, mit „no“ weggelassen.
    .page = Drehen Sie sie mit ihrer Fernbedienung. Mit „Ja“ wird die Stellung gespeichert, mit „Nein“ weggelassen.
ask-lamp-seen = Leuchtet die Lampe „{ $name }“?
    .hint = Sie ist für einige Sekunden eingeschaltet worden.
ask-display-seen = Zeigt der Bildschirm „{ $name }“ das Bild dieses Geräts?
    .hint = Er sagt nicht selbst, dass er einen HDMI-Eingang zeigt. Zeigt er etwas anderes, wählen Sie dort den Eingang dieses Geräts.

join-on-press = Jemand im Raum drückt.
join-by-itself = Der Raum tritt zur gebuchten Zeit von selbst bei.

loudspeaker-none = Ich höre keinen.

role-line = { $role }: { $device } an { $place } – { $why }
role-line-place = { $role }: { $place } – { $why }

refused-empty = Hier wird eine Antwort gebraucht.
refused-yes-no = „{ $said }“ ist weder yes noch no.
refused-choice = „{ $said }“ steht nicht zur Wahl; möglich sind: { $choices }
refused-host = „{ $said }“ ist kein Eintrag; schreiben Sie HOST=DIENST, jeden Host einmal.
refused-fitting = „{ $said }“ ist kein Eintrag; schreiben Sie zum Beispiel lamp=pin 11, jedes Wort einmal.
refused-role = Eine Rolle „{ $said }“ wurde nicht vorgeschlagen.

## Gründe

reason-only = es gibt kein anderes
reason-largest-picture = ihr Bild ist das größte
reason-looks-at-the-room = die anderen gehören zu einer Freisprecheinrichtung und sehen auf den Tisch
reason-largest-display = er ist der größte
reason-person = so gesagt bei der Inbetriebnahme
reason-template = er sitzt, wo er im Raum der Vorlage sitzt
reason-next = kommt als nächstes
reason-answered = hat geantwortet
reason-speakerphone = eine Freisprecheinrichtung ist für die Stimmen eines Raums gemacht
reason-before-webcam = hört mehr als das Mikrofon einer Kamera
reason-last-resort = es gibt nichts Besseres
reason-same-device = dasselbe Gerät hört zu und nimmt sein eigenes Echo heraus

## Datei des Raums

file-head = Die Datei dieses Raums. Geschrieben von `roomctl commission`; sie darf von Hand geändert werden.
    `roomd check` liest sie, `roomd reference` erklärt jeden Schlüssel.
file-board = Erkannt: { $board }.
file-join-on-press = Der Raum wartet auf einen Druck.
file-join-by-itself = Der Raum tritt von selbst bei, mit geschlossenem Mikrofon und geschlossener Kamera.
file-no-hosts = Noch kein Konferenzdienst ist erlaubt; der Raum öffnet keinen. Tabelle: [hosts]
file-hosts = Nur diese Hosts werden je geöffnet.
file-no-calendar = Noch kein Kalender. Tabelle: [calendars.bookings]
file-found = Gefunden: { $device }, an { $place }, Seriennummer { $serial }.
file-chosen = Gewählt: { $why }.
file-not-in-calls = Sie sieht auf den Tisch und ist nicht für Konferenzen.

## Prüfungen

proof-store = Stellung { $number } der Kamera „{ $name }“ gespeichert
proof-puck = Tischtaster „{ $name }“ gedrückt
    .please = Bitte drücken Sie jetzt eine Taste des Tischtasters „{ $name }“.
proof-button = Taster „{ $name }“ gedrückt
    .please = Bitte drücken Sie jetzt den Taster „{ $name }“.
proof-lamp = Lampe „{ $name }“ gesehen
    .please = Die Lampe „{ $name }“ leuchtet jetzt für einige Sekunden.
proof-display = Bildschirm „{ $name }“ eingeschaltet und abgefragt
proof-picture = Bild der Kamera „{ $name }“
proof-head = Kamera „{ $name }“ bewegt und zurückgelesen
proof-path = Weg zu { $name }
proof-calendar = Kalender gelesen
proof-clock = Uhr
proof-sound = Ton
proof-call = Probekonferenz mit einem zweiten Gerät
    .please = Bitte treten Sie der Probekonferenz mit einem Telefon oder Tablet bei.

commission-not-pressed = Von „{ $name }“ kam kein Druck an.
    .fix = Leitung und Steckplatz prüfen; dann `roomctl commission` noch einmal.
commission-lamp-not-seen = Die Lampe „{ $name }“ wurde nicht leuchten gesehen.
    .fix = Leitung, Vorwiderstand und die Richtung (active) in der Datei des Raums prüfen.
commission-display-not-seen = Der Bildschirm „{ $name }“ zeigt das Bild dieses Geräts nicht.
    .fix = Kabel prüfen und am Bildschirm den Eingang dieses Geräts wählen.
commission-preset-not-stored = Die Kamera „{ $name }“ hat die Stellung { $number } nicht angenommen.
    .fix = Mit `roomctl ptz … preset store { $number }` noch einmal versuchen; dort steht, was die Kamera antwortet.
commission-calendar-unreadable = Der Kalender ist nicht lesbar.
    .fix = `roomctl calendar` mit derselben Adresse sagt, woran es liegt: Adresse, Konto oder Netz.
commission-calendar-empty = In den nächsten zwei Wochen ist nichts gebucht; ob Links ankommen, ist nicht geprüft.
    .fix = Eine Probebesprechung mit Konferenzlink buchen und `roomctl doctor` aufrufen.
commission-links-stripped =
    { $by ->
        [one] Die einzige gebuchte Besprechung hat keinen Konferenzlink: wahrscheinlich löscht das Raumpostfach den Text der Einladung.
       *[other] Von { $by } gebuchten Besprechungen hat keine einen Konferenzlink: wahrscheinlich löscht das Raumpostfach den Text der Einladungen.
    }
    .fix = Bei Exchange: Set-CalendarProcessing -Identity RAUM -DeleteComments $false -DeleteSubject $false -AddOrganizerToSubject $false -ProcessExternalMeetingMessages $true. Das gilt nur für neue Einladungen.
commission-loudspeaker-not-heard = Bei der Inbetriebnahme wurde kein Lautsprecher gehört.
    .fix = Lautsprecher einschalten und anschließen, Lautstärke am Gerät prüfen; dann `roomctl commission` noch einmal.
commission-clock-free = Nichts stellt die Uhr dieses Geräts nach.
    .fix = Den Zeitdienst einschalten: timedatectl set-ntp true; der Zeitserver muss erreichbar sein.
commission-password-missing = Das Kennwort des Kalenders fehlt.
    .fix = Das Kennwort in die erste Zeile von /etc/roomd/secrets/calendar schreiben; lesbar nur für root und die Gruppe roomd.
commission-not-in-call = Der Raum kam nicht in die Probekonferenz.
    .fix = `systemctl status roomd-browser roomd`: läuft Chromium, gibt es eine grafische Sitzung?
commission-call-audio-in = In der Probekonferenz hörte der Raum das andere Gerät nicht.
    .fix = War das Mikrofon dort offen? Dann Lautsprecher und Netz prüfen: beide Geräte müssen einander erreichen (UDP).
commission-call-audio-out = In der Probekonferenz war der Raum nicht zu hören.
    .fix = War das Mikrofon im Raum offen (Taste am Tisch oder Bedienfeld)? Dann `roomctl sound list` und Stecker prüfen.
commission-call-video-in = In der Probekonferenz sah der Raum das andere Gerät nicht.
    .fix = War die Kamera dort offen? Dann das Netz prüfen: beide Geräte müssen einander erreichen (UDP).
commission-call-video-out = In der Probekonferenz war der Raum nicht zu sehen.
    .fix = War die Kamera im Raum offen (Taste am Tisch oder Bedienfeld)? Dann `roomctl camera list` und Stecker prüfen.

left-person = auf später verschoben
left-nothing-there = auf diesem Gerät nicht möglich
left-whole-domain = ein Eintrag für eine ganze Domäne nennt keinen Host, der geprüft werden könnte

figure-width = Breite
figure-height = Höhe
figure-turned = gedreht um
figure-took = nach
figure-meetings = Besprechungen in zwei Wochen
figure-linked = davon mit Link
figure-input = Eingang

## Bericht

report-title = Installationsbericht
report-commissioned = In Betrieb genommen
report-machine = Gerät
report-board = Platine
report-answers = Antworten gebraucht
report-duration = Dauer
report-all-good = Alles geprüft, nichts gefunden.
report-open-count =
    { $by ->
        [one] Ein Punkt ist offen.
       *[other] { $by } Punkte sind offen.
    }
report-open = Offene Punkte
report-not-described = „{ $device }“ ließ sich in der Datei des Raums nicht beschreiben und wird nicht benutzt.
report-not-used = „{ $device }“ an { $place } hat keine Aufgabe.
report-no-answer = An { $line } hat niemand geantwortet.
report-pictures = Bilder
report-picture-of = Bild der Kamera „{ $name }“
report-picture-note = Aufgenommen bei der Inbetriebnahme. Auf den Bildern dürfen keine Menschen zu sehen sein, die dem nicht zugestimmt haben.
report-cables = Was wo steckt
report-place = Steckplatz
report-device = Gerät
report-role = Aufgabe
report-serial = Seriennummer
report-firmware = Firmware
report-checks = Prüfungen
report-check = Prüfung
report-result = Ergebnis
report-figures = Werte
report-not-tried = nicht geprüft
report-sound = Ton bei der Inbetriebnahme
report-limits = Festgelegt in der Datei des Raums
report-key = Schlüssel
report-value = Wert
report-signed = Übergabe
report-installer = Eingerichtet von
report-operator = Übernommen von
report-date = Datum
report-signature = Unterschrift
report-none = keine

## Vergleich mit dem Bericht

doctor-title = { $room }, verglichen mit dem Bericht vom { $when }
doctor-same = Nichts hat sich geändert.
doctor-missing = { $device } ({ $role }) fehlt; es steckte an { $place }.
    .fix = Stecker und Stromversorgung prüfen.
doctor-moved = { $device } ({ $role }) steckt jetzt an { $to } statt an { $from }.
    .fix = Umstecken, oder mit `roomctl commission` neu aufnehmen.
doctor-other-serial = An { $place } ({ $role }) steckt ein anderes Exemplar: Seriennummer { $is } statt { $was }.
    .fix = Wenn der Tausch gewollt war: mit `roomctl commission` neu aufnehmen.
doctor-other-device = An { $place } ({ $role }) steckt jetzt { $is } statt { $was }.
    .fix = Wenn der Tausch gewollt war: mit `roomctl commission` neu aufnehmen.
doctor-new = { $device } an { $place } ist neu.
    .fix = Mit `roomctl commission` bekommt es eine Aufgabe.
doctor-firmware = { $device } ({ $role }) hat jetzt Firmware { $is } statt { $was }.
    .fix = Nur zur Kenntnis; bei neuen Fehlern hier zuerst suchen.
doctor-input = { $device } ({ $role }) hängt jetzt an Eingang { $is } statt { $was }.
    .fix = Kabel umstecken, oder mit `roomctl commission` neu aufnehmen.
doctor-board = Das ist ein anderes Gerät: { $is } statt { $was }.
    .fix = Gehört der Bericht zu diesem Raum? Sonst neu in Betrieb nehmen.
doctor-limit = { $key } ist jetzt „{ $is }“ statt „{ $was }“.
    .fix = Die Datei des Raums wurde seither geändert; wenn das gewollt war, neu aufnehmen.
doctor-unread = Die Datei des Raums ist nicht lesbar oder falsch.
    .fix = `roomd check` zeigt jeden Fehler mit seiner Stelle.
doctor-worse = Neu: { $what }
doctor-better = Nicht mehr so: { $what }
    .fix = Nichts zu tun.
