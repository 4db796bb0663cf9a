# Was eine Prüfung des Raums sagt, auf Deutsch. Jeder Schlüssel steht auch in en.ftl, mit denselben Platzhaltern.

## Befunde, und was man tun kann

sound-unreachable = Der Ton ließ sich nicht prüfen: „{ $name }“ ist nicht da.
    .fix = Stecker von Mikrofon und Lautsprecher prüfen; dann „Ton zurücksetzen“ drücken.
sound-busy = Der Ton ließ sich nicht messen: Das Gerät war zu sehr beschäftigt.
    .fix = Die Prüfung wiederholen, wenn nichts anderes läuft; bleibt es dabei, das Gerät neu starten.
sound-disturbed = Der Ton ließ sich nicht messen: Am Lautsprecher „{ $name }“ spielte noch etwas anderes.
    .fix = Die andere Wiedergabe beenden und die Prüfung wiederholen.
camera-missing = Die Kamera „{ $name }“ fehlt.
    .fix = USB-Stecker und Stromversorgung der Kamera prüfen.
camera-silent = Die Kamera „{ $name }“ liefert kein Bild.
    .fix = USB-Stecker und Stromversorgung der Kamera prüfen.
camera-taken = Die Kamera „{ $name }“ wird von einem anderen Programm benutzt.
    .fix = Das andere Programm beenden oder das Gerät neu starten.
picture-frozen = Das Bild der Kamera „{ $name }“ steht still.
    .fix = Kamera kurz vom Strom trennen.
picture-covered = Die Kamera „{ $name }“ ist verdeckt oder zeigt nur Schwarz.
    .fix = Abdeckung der Kamera öffnen.
picture-blurred = Das Bild der Kamera „{ $name }“ ist unscharf.
    .fix = Linse reinigen und die Schärfe prüfen.
head-silent = Die Steuerung der Kamera „{ $name }“ antwortet nicht.
    .fix = Steuerleitung und Adresse der Kamera prüfen.
head-astray = Die Kamera „{ $name }“ hat ihre gespeicherte Stellung nicht erreicht.
    .fix = Prüfen, ob etwas die Bewegung hindert; Stellung neu speichern.
display-silent = Der Bildschirm „{ $name }“ antwortet nicht.
    .fix = Strom und Steuerleitung des Bildschirms prüfen.
display-dark = Der Bildschirm „{ $name }“ bleibt dunkel.
    .fix = Strom und Steuerleitung des Bildschirms prüfen.
display-wrong-input = Der Bildschirm „{ $name }“ zeigt einen anderen Eingang.
    .fix = Zu Beginn der Konferenz schaltet der Raum um; sonst am Bildschirm den Eingang dieses Geräts wählen.
path-name-unknown = Die Adresse des Konferenzdienstes ist im Netz nicht bekannt.
    .fix = Netzwerkkabel und Namensdienst (DNS) prüfen; sonst den Link der Einladung.
path-closed = Der Konferenzdienst nimmt keine Verbindung an.
    .fix = Firewall und Proxy prüfen: Port { $port } muss offen sein.
path-silent = Der Konferenzdienst antwortet nicht.
    .fix = Firewall und Proxy prüfen: Port { $port } muss offen sein.
path-certificate-untrusted = Dem Zertifikat des Konferenzdienstes ist nicht zu trauen.
    .fix = Prüfen, ob ein Proxy die Verbindung aufbricht; dessen Zertifikat gehört dann auf dieses Gerät.
path-certificate-over = Das Zertifikat des Konferenzdienstes ist nicht gültig.
    .fix = Zuerst die Uhr dieses Geräts prüfen, dann den Betreiber des Dienstes verständigen.
path-certificate-ends =
    { $by ->
        [one] Das Zertifikat des Konferenzdienstes läuft in einem Tag ab.
       *[other] Das Zertifikat des Konferenzdienstes läuft in { $by } Tagen ab.
    }
    .fix = Den Betreiber des Dienstes verständigen.
path-tls-fails = Mit dem Konferenzdienst kommt keine verschlüsselte Verbindung zustande.
    .fix = Prüfen, ob ein Proxy oder eine Firewall die Verschlüsselung stört.
path-clock-wrong = Die Uhr dieses Geräts weicht um { $by } Sekunden ab.
    .fix = Zeitdienst (NTP) prüfen.
path-slow = Der Weg zum Konferenzdienst ist lang: { $by } ms hin und zurück.
    .fix = Netzwerkkabel statt WLAN benutzen; Auslastung der Leitung prüfen.
path-uneven = Die Verbindung schwankt um { $by } ms; der Ton kann abreißen.
    .fix = Netzwerkkabel statt WLAN benutzen; Auslastung der Leitung prüfen.
path-lossy = { $by } von 100 Verbindungsversuchen gingen verloren.
    .fix = Netzwerkkabel statt WLAN benutzen; Auslastung der Leitung prüfen.
path-narrow = Die Verbindung trägt nur { $by } kbit/s; das Bild wird schlecht.
    .fix = Andere Übertragungen auf der Leitung beenden oder ohne Bild teilnehmen.
sip-silent = Der Telefonie-Dienst (SIP) ist nicht erreichbar.
    .fix = Adresse und Firewall des SIP-Dienstes prüfen.
sip-untrusted = Dem Zertifikat des Telefonie-Dienstes (SIP) ist nicht zu trauen.
    .fix = Das Zertifikat des Dienstes erneuern lassen, oder seine Zertifizierungsstelle unter [sip] in der Raumdatei nennen.
meeting-unknown = Die Einladung enthält keinen Konferenzlink, den der Raum kennt.
    .fix = Den Organisator um einen Konferenzlink bitten.
meeting-not-allowed = Der Konferenzdienst der Einladung ist für diesen Raum nicht freigegeben.
    .fix = Die IT bitten, den Dienst unter [hosts] freizugeben.
meeting-no-pack = Der Raum kennt die Seiten des Konferenzdienstes „{ $name }“ nicht.
    .fix = Die IT bitten, die Beschreibungen der Dienste zu erneuern.
browser-gone = Der Browser des Raums antwortet nicht.
    .fix = Das Gerät neu starten; bleibt es so, die IT rufen.
fitting-silent = „{ $name }“ antwortet nicht.
    .fix = Stecker und Strom prüfen.
check-late = Die Prüfung „{ $name }“ wurde nicht rechtzeitig fertig.
    .fix = Die Prüfung wiederholen; bleibt es dabei, das Gerät neu starten.
sound-cut-off = Die Aufnahme des Mikrofons „{ $name }“ brach ab.
    .fix = „Ton zurücksetzen“ drücken; USB-Stecker des Mikrofons prüfen.
sound-dead-microphone = Vom Mikrofon „{ $name }“ kommt kein Signal.
    .fix = Stecker und Stummschalter des Mikrofons prüfen.
sound-deaf-microphone = Das Mikrofon „{ $name }“ hört keinen Lautsprecher.
    .fix = Prüfen, ob das Mikrofon verdeckt, verstellt oder zu leise eingestellt ist.
sound-silent-loudspeaker = Der Lautsprecher „{ $name }“ ist stumm.
    .fix = Strom, Kabel und Lautstärke dieses Lautsprechers prüfen.
sound-nothing-heard = Von keinem Lautsprecher war etwas zu hören.
    .fix = Ist der Verstärker eingeschaltet? Lautstärke und Kabel prüfen.
sound-loudspeakers-swapped = Die Lautsprecher „{ $name }“ und „{ $other }“ sind vertauscht.
    .fix = Die beiden Stecker tauschen.
sound-microphones-swapped = Die Mikrofone „{ $name }“ und „{ $other }“ sind vertauscht.
    .fix = Die beiden Stecker tauschen.
sound-quieter = { $where } ist der Ton { $by } dB leiser als bei der Einrichtung.
    .fix = Kabel, Regler und Platz dieses Geräts prüfen.
    .fix-room = Hat jemand den Verstärker leiser gestellt?
sound-louder = { $where } ist der Ton { $by } dB lauter als bei der Einrichtung.
    .fix = Hat jemand einen Regler aufgedreht? Zurückstellen, sonst droht ein Echo.
sound-later = { $where } kommt der Ton { $by } ms später als bei der Einrichtung.
    .fix = Verzögerung in Bildschirm oder Tonmischer abschalten; sonst „Ton zurücksetzen“ drücken.
sound-muffled = { $where } klingt es dumpf: Den Höhen fehlen { $by } dB.
    .fix = Abdeckung entfernen; sonst ist vermutlich der Hochtöner defekt.
sound-thin = { $where } klingt es dünn: Den Tiefen fehlen { $by } dB.
    .fix = Kabel und Klangregler prüfen.
sound-distorted = { $where } klingt es verzerrt ({ $by } %).
    .fix = Leiser stellen; bleibt es dabei, ist der Lautsprecher vermutlich defekt.
sound-reversed = { $where } sind Plus und Minus vertauscht.
    .fix = Die beiden Adern am Anschluss tauschen.
sound-clipped = Das Mikrofon „{ $name }“ ist übersteuert.
    .fix = Empfindlichkeit des Mikrofons verringern.
sound-gaps = { $where } setzte der Ton aus (Aussetzer: { $by }).
    .fix = USB-Kabel ohne Verteiler anschließen; „Ton zurücksetzen“ drücken.
sound-hum = Am Mikrofon „{ $name }“ brummt das Stromnetz mit { $hertz } Hz ({ $by } dBFS).
    .fix = Netzteile und Kabelschirme prüfen; Ton- und Stromkabel trennen.
sound-noisy = Am Mikrofon „{ $name }“ rauscht es ({ $by } dBFS).
    .fix = Lüftung, Fenster und Projektor prüfen.
sound-reverberant = Der Raum hallt { $by } Sekunden nach.
    .fix = Vorhänge, Teppich oder Absorber helfen; näher am Mikrofon sprechen.
sound-echo-returns = Das Gerät „{ $name }“ soll Echo selbst unterdrücken, lässt es aber durch (nur { $by } dB Dämpfung).
    .fix = Bis zur nächsten Prüfung unterdrückt es die Konferenz oder der Raum. Einstellung des Geräts und seine Lautstärke prüfen.
sound-echo-remains = Die Echounterdrückung des Raums lässt Echo durch (nur { $by } dB Dämpfung).
    .fix = Lautsprecher leiser stellen oder weiter vom Mikrofon entfernen; bleibt es dabei, die IT rufen.
sound-canceller-away = Die Echounterdrückung des Raums läuft nicht; die anderen würden sich selbst hören.
    .fix = Die IT rufen: Sie prüft mit „systemctl status roomd-canceller“, warum das Programm nicht läuft.

## Wo

place-room = Im ganzen Raum
place-loudspeaker = Am Lautsprecher „{ $name }“
place-microphone = Am Mikrofon „{ $name }“

role-loudspeaker = Raumlautsprecher
role-microphone = Raummikrofon

check-meeting = Einladung
check-path = Netzwerkweg
check-sip = Telefonie (SIP)
check-displays = Bildschirme
check-picture = Kamerabild
check-heads = Kamerasteuerung
check-people = Bedienteile
check-sound = Ton

measure-name = Namensauflösung
measure-round-trip = Hin und zurück
measure-jitter = Schwankung
measure-loss = Verlust
measure-tls = Verschlüsselung
measure-rate = Datenrate
measure-certificate-days = Zertifikat gültig, Tage
measure-clock-ahead = Uhr geht vor
measure-brightness = Helligkeit
measure-sharpness = Schärfe
measure-echo-loss = Echodämpfung
measure-echo-loss-by-room = Echodämpfung mit der Unterdrückung des Raums

verdict-green = In Ordnung
verdict-yellow = Geht, aber …
verdict-red = Geht nicht

verdict-means-green = Der Raum ist bereit.
verdict-means-yellow = Der Raum kann benutzt werden, aber nicht alles ist in Ordnung.
verdict-means-red = So wird die nächste Besprechung nicht gelingen.

skipped-nothing-there = Nicht geprüft: Dazu ist nichts eingerichtet oder angegeben.
skipped-stopped = Nicht geprüft: Die Prüfung endete vorher.
skipped-daemon-only = Nicht geprüft: Das kann nur der laufende Dienst des Raums.
skipped-quiet = Nicht geprüft: Jetzt sind Ruhezeiten, in denen nichts zu hören sein soll.

note-echo-by-conference = Echodämpfung in Konferenzen auf Webseiten: hier nicht gemessen, denn dort unterdrückt die Konferenz das Echo.
note-echo-by-nobody = Echodämpfung: nicht gemessen, denn nach der Raumdatei unterdrückt niemand das Echo.
note-echo-by-daemon = Echodämpfung: nicht gemessen; wer das Echo unterdrückt, weiß nur der laufende Dienst des Raums.
note-echo-turned-down = Echodämpfung: nicht gemessen, denn der Raum ist leise gestellt.
note-echo-unheard = Echodämpfung: nicht messbar, denn vom Lautsprecher kam zu wenig am Mikrofon an.

stop-press = Die Prüfung wurde durch einen Tastendruck beendet.
stop-occupied = Die Prüfung wurde beendet, weil jemand im Raum ist.
stop-call = Die Prüfung wurde beendet, weil eine Besprechung beginnt.

repair-reset-sound = Der Ton wird zurückgesetzt.
repair-reopen-camera = Die Kamera wird neu geöffnet.
repair-reopen-head = Die Kamerasteuerung wird neu geöffnet.
repair-wake-display = Der Bildschirm wird geweckt.
tried-reset-sound = Ton zurückgesetzt
tried-reopen-camera = Kamera neu geöffnet
tried-reopen-head = Kamerasteuerung neu geöffnet
tried-wake-display = Bildschirm geweckt

verdict-none = Nicht geprüft
verdict-means-none = Über diesen Raum ist nichts bekannt, weil keine Prüfung lief.

## Der Bericht

report-title = Prüfbericht
report-result = Ergebnis
report-findings = Was aufgefallen ist
report-checks = Prüfungen
report-check = Prüfung
report-figures = Messwerte
report-not-checked = Nicht geprüft
report-tried = Versucht: { $what }
report-ways = Wege vom Lautsprecher zum Mikrofon
report-now = Jetzt
report-installation = Bei der Einrichtung
report-tolerance = Zulässig
report-response = Frequenzgang
report-gain = Pegel (300 Hz bis 3,4 kHz)
report-delay = Verzögerung
report-decay = Nachhallzeit
report-distortion = Verzerrung
report-noise = Störgeräusch
report-history = Verlauf
report-history-is = Pegel und Ergebnis der letzten Prüfungen, die neueste rechts.
report-tomorrow = Besprechungen am nächsten Tag
report-begin = Beginn
report-nothing-found = Ohne Befund
report-signed = Abnahme
report-date = Datum
report-name = Name
report-signature = Unterschrift
unheard-cut-off = Die Aufnahme brach ab.
unheard-dead = Vom Mikrofon kommt kein Signal.
unheard-silence = Vom Lautsprecher war nichts zu hören.
