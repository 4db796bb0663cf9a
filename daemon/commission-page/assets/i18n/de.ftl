# Was die Seite der Inbetriebnahme neben den Fragen selbst sagt, auf Deutsch. Jeder Schlüssel steht auch in en.ftl, mit denselben
# Platzhaltern.

title = Raum einrichten
language-other = English
kit = Kennung dieses Geräts: { $code }
lost = Keine Verbindung zum Raum. Die Seite verbindet sich von selbst wieder; nichts geht verloren.
refused-elsewhere = Diese Anfrage kam nicht von einer Seite dieses Raums. Öffnen Sie die Adresse, die auf dem Bildschirm des Raums steht.

pair-title = Mit dem Raum verbinden
pair-text = Auf dem Bildschirm des Raums steht ein Code mit sechs Ziffern.
pair-code = Code vom Bildschirm
pair-submit = Verbinden
pair-wrong = Dieser Code stimmt nicht. Auf dem Bildschirm steht der gültige; er wechselt alle fünf Minuten.
pair-locked = Zu viele falsche Codes. Bitte { $seconds } Sekunden warten und dann den Code eingeben, der auf dem Bildschirm steht.

progress = { $done } von { $all } Schritten erledigt
tried = Geprüft
what-to-check = Was zu prüfen ist
go-on = Weiter
yes = Ja
no = Nein
play = Klingen lassen
plays-not = Dieser Lautsprecher gibt gerade keinen Klang her: Stecker prüfen, oder ein anderes Programm hat ihn.
level = Pegel

device-title = Fehlt etwas, das am Netz hängt?
device-hint = Kameras mit Motor und Bildschirme, die über das Netz geschaltet werden, findet niemand von selbst. Nennen Sie jedes Gerät mit der Adresse, die es von der IT hat, zum Beispiel 192.0.2.7; bei einem Bildschirm muss das Netz auch im Bereitschaftsbetrieb an sein.
device-what = Was ist es?
device-heads = Kamerakopf
device-head = Kamerakopf ({ $by })
device-displays = Bildschirm oder Beamer
device-address = Seine Adresse
device-look = Danach suchen
device-tried = Bisher genannt
device-taken = { $line }: übernommen; es wird mit allen anderen geprüft.
device-silent = Unter { $line } antwortet niemand. Prüfen Sie Strom, Netzkabel und Adresse; vielleicht ist es eine andere Art von Gerät.
device-no-address = „{ $line }“ ist keine Adresse. Schreiben Sie sie wie 192.0.2.7 oder kamera.stadt.example, mit Port dahinter, wenn die IT einen nennt.

looking = Es wird nachgesehen, was angeschlossen ist …
writing = Die Datei des Raums wird geschrieben und übernommen …
secret = Wie lautet das Kennwort des Kalenders?
secret-hint = Es wird auf diesem Gerät im Raum abgelegt und nirgends angezeigt. Leer lassen, um es später zu hinterlegen.

call-title = Probekonferenz: gesehen und gehört, in beiden Richtungen
call-open = Treten Sie mit diesem Gerät der Probekonferenz bei. Sie öffnet sich in einem eigenen Fenster; lassen Sie diese Seite offen.
call-join = Konferenz öffnen
call-open-both = Öffnen Sie dort Mikrofon und Kamera und sprechen Sie.
call-room = Öffnen Sie im Raum Mikrofon und Kamera, mit der Taste am Tisch oder am Bedienfeld. Von hier aus geht das nicht: das kann nur jemand im Raum.
call-later = Für später lassen
call-inside = Der Raum ist in der Konferenz
call-audio-in = Der Raum hört dieses Gerät
call-audio-out = Dieses Gerät hört den Raum
call-video-in = Der Raum sieht dieses Gerät
call-video-out = Dieses Gerät sieht den Raum
seen = festgestellt
not-yet = noch nicht

finished = „{ $room }“ ist eingerichtet.
finished-good = Alles ist geprüft, nichts wurde gefunden.
finished-one = Ein Punkt ist offen; er steht im Bericht.
finished-open = { $by } Punkte sind offen; sie stehen im Bericht.
report-open = Installationsbericht ansehen
report-print = Drucken oder als PDF sichern: im Menü des Browsers. Der Bericht bleibt auch auf dem Gerät im Raum.
finish = Fertig
stopped = Die Einrichtung ist unterbrochen.
stopped-nobody = Lange hat niemand geantwortet. Was bisher gesagt und geprüft ist, bleibt erhalten: am Bildschirm des Raums noch einmal beginnen, dann geht es dort weiter.
stopped-not-looked = Was angeschlossen ist, ließ sich nicht feststellen. Stecker prüfen, Gerät neu starten und am Bildschirm des Raums noch einmal beginnen.
stopped-not-kept = Der Stand ließ sich nicht ablegen: vermutlich ist der Speicher voll oder nur lesbar. Bitte die IT verständigen; danach am Bildschirm des Raums noch einmal beginnen.
stopped-not-written = Die Datei des Raums ließ sich nicht schreiben oder übernehmen. Alle Antworten bleiben erhalten. Bitte die IT verständigen; danach am Bildschirm des Raums noch einmal beginnen.
stopped-other = Was bisher gesagt und geprüft ist, bleibt erhalten. Am Bildschirm des Raums noch einmal beginnen; bleibt es dabei, hilft der IT die folgende Zeile.
