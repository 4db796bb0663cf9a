# Texte der Seiten des Flottenservers.

## Every page

title = Raumverwaltung
skip = Zum Inhalt
menu = Seiten
menu-overview = Übersicht
menu-rooms = Räume
menu-enrolment = Aufnahme
menu-settings = Einstellungen
menu-audit = Protokoll
menu-people = Personen
language-other = English
lost = Keine Verbindung zum Server. Der gezeigte Stand kann veraltet sein.

## Times

ago-now = gerade eben
ago-minutes = { $count ->
    [one] vor { $count } Minute
   *[other] vor { $count } Minuten
}
ago-hours = { $count ->
    [one] vor { $count } Stunde
   *[other] vor { $count } Stunden
}
ago-days = { $count ->
    [one] vor { $count } Tag
   *[other] vor { $count } Tagen
}

## Signing in

sign-in = Anmelden
sign-out = Abmelden
sign-in-name = Anmeldename
sign-in-password = Passwort
sign-in-digits = Code aus der App (6 Ziffern)
sign-in-wrong = Anmeldename, Passwort oder Code ist falsch. Ein Code gilt nur einmal.
welcome = Konto einrichten
welcome-text = Ihr Anmeldename ist „{ $name }“. Legen Sie ein Passwort fest.
welcome-password = Passwort (mindestens 12 Zeichen)
welcome-again = Passwort wiederholen
welcome-submit = Konto anlegen
welcome-gone = Diese Einladung wurde bereits verwendet oder ist abgelaufen. Bitten Sie um eine neue.
second-must = Zweiter Faktor
second-may = Zweiter Faktor (freiwillig)
second-text = Lesen Sie das Bild mit einer Authenticator-App ein, oder tippen Sie die Zeichenfolge ab. Geben Sie dann den angezeigten Code ein.
second-picture = QR-Code für die Authenticator-App
password-short = Das Passwort hat weniger als 12 Zeichen.
password-long = Das Passwort hat mehr als 200 Zeichen.
password-easy = Dieses Passwort ist leicht zu erraten.
password-differs = Die beiden Passwörter sind verschieden.
digits-wrong = Der Code stimmt nicht. Prüfen Sie, ob die Uhr des Telefons richtig geht.
sign-in-local = Mit lokalem Konto
oidc-with = Mit { $name } anmelden
oidc-arrived = Sie sind angemeldet
oidc-go-on = Weiter
oidc-off = Auf diesem Server ist kein Anmeldedienst eingerichtet. Nutzen Sie ein lokales Konto.
oidc-state = Diese Anmeldung ist verbraucht, älter als zehn Minuten oder wurde in einem anderen Browser begonnen. Beginnen Sie neu.
oidc-denied = Der Anmeldedienst hat Sie nicht angemeldet, oder Sie haben dort abgebrochen. Beginnen Sie neu; geschieht es wieder, sieht die IT im Protokoll des Anmeldedienstes nach.
oidc-code = Der Anmeldedienst nimmt seine eigene Bestätigung nicht mehr an. Beginnen Sie neu.
oidc-unreachable = Dieser Server erreicht den Anmeldedienst nicht. Versuchen Sie es später oder nutzen Sie ein lokales Konto. Für die IT: Das Protokoll des Servers nennt den Grund, ebenso „Ausprobieren“ unter Personen, Anmeldedienst.
oidc-answer = Der Anmeldedienst hat etwas geantwortet, womit dieser Server nichts anfangen kann. Für die IT: Das Protokoll des Servers sagt, was, ebenso „Ausprobieren“ unter Personen, Anmeldedienst.
oidc-client = Der Anmeldedienst nimmt diesen Server nicht an. Für die IT: Client-ID und Geheimnis unter Personen, Anmeldedienst prüfen; ein Geheimnis kann abgelaufen sein.
oidc-token = Was der Anmeldedienst über Sie sagt, ließ sich nicht prüfen; deshalb wurde niemand angemeldet. Beginnen Sie neu. Für die IT: Das Protokoll des Servers nennt, was nicht stimmte.
oidc-clock = Die Uhren dieses Servers und des Anmeldedienstes gehen verschieden. Für die IT: Uhrzeit auf beiden Maschinen prüfen.
oidc-nothing = Sie sind bekannt, aber keine Ihrer Gruppen hat auf diesem Server eine Rolle. Bitten Sie die IT um Aufnahme in eine solche Gruppe.
oidc-groups-missing = Sie sind bekannt, aber der Anmeldedienst hat nicht gesagt, in welchen Gruppen Sie sind. Für die IT: Der Claim, der unter Personen, Anmeldedienst eingestellt ist, muss im ID-Token stehen.
oidc-groups-many = Sie sind bekannt, aber in mehr Gruppen, als der Anmeldedienst weitergibt. Für die IT: App-Rollen weitergeben, oder nur die Gruppen, die dieser Anwendung zugewiesen sind.
oidc-closed = Ihr Konto auf diesem Server ist gesperrt. Wenden Sie sich an die IT.

## Overview

overview-empty = Noch ist kein Raum aufgenommen.
overview-empty-how = Ein Raum, dessen Datei diesen Server nennt ([fleet] server), meldet sich von selbst und zeigt einen Code an. Er erscheint unter „Aufnahme“.
overview-tomorrow = { $count ->
    [one] In { $count } Raum ist morgen mindestens eine Besprechung gefährdet.
   *[other] In { $count } Räumen ist morgen mindestens eine Besprechung gefährdet.
}
overview-tomorrow-short = Morgen gefährdet

overview-rooms = { $count ->
    [one] { $count } Raum
   *[other] { $count } Räume
}
overview-no-building = Ohne Gebäude
overview-block-tomorrow = { $count ->
    [one] morgen { $count } Raum gefährdet
   *[other] morgen { $count } Räume gefährdet
}

## Lights

light-green = In Ordnung
light-yellow = Eingeschränkt
light-red = Gestört
light-unknown = Unbekannt

light-heard = zuletzt gehört

## Why a light is not green

trouble-never-seen = war noch nie verbunden
trouble-offline = keine Verbindung
trouble-silent = hat noch keinen Zustand gemeldet
trouble-faults = Störung gemeldet
trouble-call-failed = Besprechung kam nicht zustande
trouble-proof = Prüfung mit Befund
trouble-settings-refused = Einstellungen abgelehnt
trouble-clock = Uhr geht falsch
trouble-unwritten = nicht eingerichtet

## What was done with a room’s key

trouble-two-boards = zwei Geräte mit demselben Schlüssel
trouble-misbehaves = sendet, was kein Raum sendet
misdeed-two-boards = Zwei Geräte sind mit dem Schlüssel dieses Raums verbunden.
misdeed-malformed = Mit dem Schlüssel dieses Raums wurde etwas gesendet, das keine Nachricht ist.
misdeed-too-long = Mit dem Schlüssel dieses Raums wurde eine Nachricht gesendet, die länger ist als erlaubt.
misdeed-too-fast = Mit dem Schlüssel dieses Raums wurden weit mehr Nachrichten gesendet, als ein Raum zu senden hat.
misdeed-replayed = Mit dem Schlüssel dieses Raums wurden frühere Nachrichten noch einmal gesendet.
misdeed-times = { $count ->
    [one] Einmal gesehen, zuletzt
   *[other] { $count } Mal gesehen, zuletzt
}
misdeed-do-two-boards = Wahrscheinlich wurde der Speicher kopiert. Suchen Sie beide Geräte und nehmen Sie das richtige unter dieser Kennung neu auf. Der kopierte Schlüssel gilt dann nicht mehr.
misdeed-do = Der Server hat die Verbindung jedes Mal beendet; kein anderer Raum war betroffen. Prüfen Sie das Gerät. Ist es womöglich in falschen Händen, schließen Sie den Raum aus.

## List of rooms

rooms-search = Suche nach Name, Kennung oder Ort
rooms-state = Zustand
rooms-every = Alle
rooms-find = Suchen
rooms-found = { $count ->
    [one] { $count } Raum gefunden
   *[other] { $count } Räume gefunden
}
rooms-room = Raum
rooms-place = Ort
rooms-why = Grund
rooms-since = Seit
rooms-next = Weitere Räume

rooms-fault = Störung
rooms-reset = Alles zeigen
views = Eigene Ansichten
views-name = Diese Ansicht behalten als
views-keep = Behalten
views-drop = Ansicht löschen
view-name = Der Name einer Ansicht hat 1 bis 60 Zeichen.
view-full = Mehr als 40 Ansichten können nicht behalten werden.

## Many rooms at once

bulk = Gemeinsam beauftragen
bulk-text = Gilt für alle gefundenen Räume, auch für die auf weiteren Seiten. Zuerst wird gezeigt, welche Räume erreicht werden.
bulk-text-all = Gilt für alle Räume, da nichts eingegrenzt ist. Zuerst wird gezeigt, welche Räume erreicht werden.
bulk-verb-label = Auftrag
bulk-show = Auswirkung zeigen
bulk-title = Gemeinsamer Auftrag: { $verb }
bulk-reaches = { $count ->
    [one] Erreicht { $count } Raum
   *[other] Erreicht { $count } Räume
}
bulk-noticed = Personen in diesen Räumen werden das bemerken.
bulk-begin = { $count ->
    [one] { $count } Raum beauftragen
   *[other] { $count } Räume beauftragen
}
bulk-cannot = { $count ->
    [one] { $count } Raum kann nicht beauftragt werden
   *[other] { $count } Räume können nicht beauftragt werden
}
bulk-over = { $over } von { $all } erledigt
bulk-not-told = noch nicht beauftragt
bulk-look-again = Stand aktualisieren
bulk-go-on = Übrige beauftragen
bulk-back = Zu den Räumen
bulk-gone = Diesen gemeinsamen Auftrag gibt es nicht mehr, oder eine andere Person hat ihn vorbereitet.
bulk-verb = Diesen Auftrag gibt es für mehrere Räume nicht.
hindrance-forbidden = Ihre Rolle erlaubt es dort nicht
hindrance-unreachable = nicht verbunden
hindrance-unknown-verb = der Raum kennt den Auftrag nicht
hindrance-in-use = in einer Besprechung
hindrance-nothing-there = in keiner Besprechung

## What needs a grant

grant = Freigabe
grant-what = Bild der Raumanzeige von „{ $room }“
grant-notice = Der Raum sagt auf seiner Anzeige, dass ein Bild aufgenommen wird, und blendet solange aus, worum es in Besprechungen geht. In einer Besprechung nimmt er keines auf.
grant-why = Was den Raum zeigt, kann dieser Server nicht allein anordnen. Wer den Freigabeschlüssel hat, unterschreibt diesen Text Zeichen für Zeichen auf einem anderen Rechner:
grant-file = Text als Datei (grant.txt)
grant-how = Mit minisign:
grant-until = Gilt bis
grant-signature = Inhalt der Datei grant.txt.minisig
grant-tell = Auftrag erteilen
grant-gone = Diese Freigabe ist abgelaufen. Fordern Sie das Bild neu an.
grant-shape = Das ist keine Unterschrift von minisign.

## Pictures of how it was

plot-band = Zustand der letzten 7 Tage: { $green } % in Ordnung, { $yellow } % eingeschränkt, { $red } % gestört, { $unknown } % unbekannt.
plot-usage = Letzte { $days } Tage: { $calls } Stunden in Besprechungen, { $failed } Stunden gescheitert. Tage nach Weltzeit (UTC).
plot-in-calls = in Besprechungen
plot-failed = gescheitert
plot-figures = Als Tabelle
plot-day = Tag
room-turns = Änderungen

## Places

place-name = Name
place-site = Liegenschaft
place-building = Gebäude
place-floor = Etage
place-kind = Raumart
place-none = Ohne Angabe
place-wrong = Orte bestehen aus Buchstaben, Ziffern und Bindestrichen, höchstens 40 Zeichen.

## A room

room-state = Zustand
room-id = Kennung
room-line = Verbindung
line-never = war noch nie verbunden
line-up = verbunden, zuletzt aufgebaut
line-down = getrennt
room-heard = Zuletzt gemeldet
room-software = Version
room-clock = Uhr
room-clock-ahead = weicht um { $seconds } Sekunden ab
room-certificate = Zertifikat gültig bis
room-old = Der Raum ist nicht verbunden. Gezeigt wird der letzte gemeldete Stand.
room-now = Im Raum
room-phase = Tätigkeit
room-microphone = Mikrofon
room-camera = Kamera
room-next = Nächste Besprechung
room-tomorrow = Morgen
room-tomorrow-text = { $meetings } Besprechungen, davon { $red } nicht möglich, { $yellow } eingeschränkt
room-proof = Letzte Prüfung
room-devices = Geräte
device-here = vorhanden
device-gone = fehlt
device-unknown = nicht geprüft
room-faults = Störungen
room-no-faults = Keine Störungen gemeldet.
fault-unknown = Störung mit dem Code { $code }
room-verbs = Fernbedienung
room-verbs-text = Mikrofon und Kamera kann nur eine Person im Raum einschalten.
room-verbs-offline = Der Raum ist nicht verbunden.
room-verbs-sure = Personen im Raum werden das bemerken. Wirklich ausführen?
verb-preflight = Raum prüfen
verb-tomorrow = Besprechungen von morgen prüfen
verb-identify = Raum blinken lassen
verb-mute = Mikrofon schließen
verb-log-bundle = Protokolle anfordern
verb-screenshot = Bild der Raumanzeige
verb-canary = Test-Besprechung „{ $name }“
verb-leave = Besprechung verlassen
verb-reset-sound = Ton zurücksetzen
verb-restart-browser = Browser neu starten
verb-restart-daemon = Raumsteuerung neu starten
room-told = Aufträge
room-told-nothing = Noch kein Auftrag.
standing-queued = wartet auf die Verbindung
standing-sent = gesendet
standing-begun = begonnen
standing-done = erledigt
standing-refused = abgelehnt
standing-failed = fehlgeschlagen
standing-offline = Raum war nicht verbunden
standing-expired = abgelaufen
standing-unanswered = keine Antwort
refusal-unknown-verb = unbekannter Auftrag
refusal-expired = zu spät
refusal-no-grant = Freigabe fehlt
refusal-in-use = Raum ist belegt
refusal-nothing-there = nichts vorhanden
refusal-not-allowed = im Raum nicht erlaubt
refusal-busy = läuft bereits
failed-interrupted = Die Raumsteuerung wurde unterbrochen.
failed-microphone-not-closed = Das Mikrofon wurde nicht als geschlossen gesehen.
failed-call-not-left = Der Raum ist noch in der Besprechung.
failed-sound-not-back = Der Ton kam nicht zurück.
failed-preflight-not-done = Die Prüfung kam zu keinem Ergebnis: jemand hat sie beendet, oder der Raum hat nichts, was sie prüfen könnte.
failed-tomorrow-not-done = Die Prüfung von morgen kam nicht zu Ende.
failed-browser-not-back = Der Browser kam nicht zurück.
failed-not-shown = Der Raum hat sich nicht bemerkbar gemacht.
failed-not-uploaded = Die Datei konnte nicht übertragen werden.
failed-picture-not-taken = Es konnte kein Bild aufgenommen werden.
failed-canary-drifted = Die Seiten des Dienstes haben sich geändert; das Dienstpaket passt nicht mehr.
failed-canary-not-dark = Mikrofon oder Kamera war in der Test-Besprechung offen.
failed-canary-not-entered = Der Raum kam nicht in die Test-Besprechung.
command-clash = Diese Nummer gehört zu einem anderen Auftrag.
command-unknown = Diesen Auftrag gibt es nicht.
command-by-button = Was Dateien bringt oder eine Freigabe braucht, wird mit „button“ beauftragt.
phase-unwritten = nicht eingerichtet
phase-standby = bereit
phase-announced = Besprechung steht bevor
phase-joining = tritt bei
phase-waiting = wartet auf Einlass
phase-asks-passcode = Kenncode wird im Raum gebraucht
phase-person-needed = Person im Raum wird gebraucht
phase-in-call = in einer Besprechung
phase-reconnecting = verbindet sich neu
phase-leaving = verlässt die Besprechung
phase-failed = Beitritt gescheitert
phase-ended = Besprechung beendet
switch-closed = geschlossen
switch-open = offen
switch-unknown = unbekannt
room-settings = Einstellungen
room-files = Angeforderte Dateien
room-history = Verlauf
room-history-nothing = Noch keine Änderung.
room-placing = Name und Ort
room-place = Speichern
room-out = Raum ausschließen
room-out-text = Das Zertifikat des Raums gilt dann nicht mehr. Er muss neu aufgenommen werden. Der Raum selbst arbeitet weiter.
room-out-sure = Zur Bestätigung die Kennung „{ $id }“ eingeben
room-out-do = Ausschließen
out-not-sure = Die eingegebene Kennung ist nicht die des Raums.

## Enrolment

enrol-text = Vergleichen Sie den Code Zeichen für Zeichen mit dem, den der Raum anzeigt. Stimmt er nicht überein, lehnen Sie ab: Dann sitzt jemand zwischen Raum und Server.
enrol-nobody = Zurzeit bittet kein Raum um Aufnahme.
enrol-how = Ein Raum, dessen Datei diesen Server nennt ([fleet] server), meldet sich von selbst; jede Anfrage gilt 30 Minuten. Ein Raum, der ausgeschlossen oder abgelehnt wurde, fragt mit „sudo roomctl fleet enrol“ erneut.
enrol-room = Anfrage von „{ $name }“
enrol-from = von { $from }, Version { $software }
enrol-replaces = Ersetzt ein Gerät, das unter dieser Kennung aufgenommen ist
enrol-compared = Ich habe den Code mit der Anzeige im Raum verglichen
enrol-approve = Aufnehmen
enrol-refuse = Ablehnen
enrol-gone = Diese Anfrage ist abgelaufen oder bereits entschieden.
enrol-taken = Unter dieser Kennung ist bereits ein Raum aufgenommen.
enrol-not-compared = Vergleichen Sie zuerst den Code mit der Anzeige im Raum.
enrol-id-wrong = Eine Kennung hat 1 bis 40 Kleinbuchstaben, Ziffern oder Bindestriche.
enrol-code-differs = Der Code ist ein anderer.

## Settings

settings-text = Was für viele Räume gilt, steht auf einer weiten Ebene; die engere Ebene hat Vorrang.
settings-level = Ebene
settings-written = Zuletzt geändert
settings-nothing = nichts festgelegt
level-all = Alle Räume
level-site = Liegenschaft { $place }
level-building = Gebäude { $place }
level-floor = Etage { $place }
level-kind = Raumart { $place }
level-room = Raum { $place }
settings-toml = Einstellungen dieser Ebene (TOML)
settings-toml-text = Wie in der Raumdatei. Was ein Raum davon annimmt, prüft er selbst; eine abgelehnte Fassung erscheint mit allen Gründen auf seiner Seite.
settings-preview = Auswirkung zeigen
settings-write = Für alle Räume übernehmen
settings-try = Zuerst in diesen Räumen
settings-first = Zuerst nur in diesen Räumen
settings-first-text = Kennungen, durch Komma getrennt. Die anderen Räume behalten, was sie haben, bis Sie es für alle übernehmen.
settings-tried = Fassung { $writing } gilt zunächst nur in diesen Räumen
settings-tried-applied = übernommen
settings-tried-refused = abgelehnt
settings-tried-waiting = noch nicht beantwortet
settings-open = Für alle Räume übernehmen
settings-nobody-tries = Nennen Sie mindestens einen Raum; eine Fassung, die kein Raum erprobt, kann nicht für alle übernommen werden.
settings-undo = Vorige Fassung wiederherstellen
settings-nothing-earlier = Es gibt keine frühere Fassung.
settings-effects = { $count ->
    [one] Ändert { $count } Raum
   *[other] Ändert { $count } Räume
}
settings-more = { $count ->
    [one] und { $count } weiterer
   *[other] und { $count } weitere
}
settings-unset = nicht gesetzt
settings-line = Zeile { $line }:
settings-bad-room = Zusammen mit den anderen Ebenen passt es nicht für { $room }.
settings-earlier = Fassungen
settings-writing = Fassung { $writing } von { $by }
settings-back = Alle Ebenen
settings-own = Der Raum läuft mit seiner eigenen Datei.
settings-applied = Der Raum läuft mit Fassung { $revision }.
settings-later = Einiges gilt erst nach dem nächsten Start.
settings-refused = Der Raum hat Fassung { $revision } abgelehnt und behält die vorige:
settings-waiting = Fassung { $revision } ist dem Raum noch nicht zugestellt oder von ihm noch nicht beantwortet.
settings-setting = Einstellung
settings-value = Wert
settings-from = Festgelegt auf
settings-edit = Für diesen Raum ändern

## Alerts

menu-alerts = Meldungen
alerts-open = Offene Meldungen
alerts-none = Keine Meldung ist offen.
alerts-ended = Beendete Meldungen
alert-severity = Schwere
alert-cause = Ursache
alert-where = Wo
alert-rooms-label = Räume
alert-since = Seit
alert-told = Benachrichtigt
alert-told-nobody = noch niemand
alert-told-failed = { $count ->
    [one] { $count } vergeblicher Versuch
   *[other] { $count } vergebliche Versuche
}
alert-rooms = { $count ->
    [one] { $count } Raum
   *[other] { $count } Räume
}
alert-still = noch { $still } von { $all } Räumen
alert-more = { $count ->
    [one] und { $count } weiterer Raum
   *[other] und { $count } weitere Räume
}
alert-rules = Regeln
alert-rules-text = Räume einer Liegenschaft, bei denen binnen weniger Minuten dasselbe beginnt, ergeben eine Meldung. Eine Regel ohne Empfänger erscheint nur auf dieser Seite.
alert-rule = Regel für Meldungen
alert-rule-name = Name der Regel
alert-rule-new = Neue Regel
alert-rule-drop = Entfernen oder zurücksetzen
alert-rule-drop-text = Eine eigene Regel wird entfernt. Eine mitgelieferte Regel wird wieder wie zu Beginn; um sie abzuschalten, entfernen Sie das Häkchen bei „in Kraft“.
alert-everywhere = alle Liegenschaften
alert-after = Nach Minuten
alert-by = Risiken von morgen: gewünscht bis (leer: 18:00)
alert-code-label = Code der Störung (leer: jede Störung)
alert-code = Ein Code hat Kleinbuchstaben, Ziffern und Bindestriche.
alert-to = Empfänger
alert-to-nobody = Es gibt noch keinen Empfänger.
alert-active = in Kraft
alert-yes = ja
alert-no = nein
alert-write = Speichern
alert-back = Alle Meldungen
alert-quiet = Ruhezeiten
alert-quiet-text = In diesen Zeiten wird niemand benachrichtigt. Was danach noch besteht, wird dann gemeldet.
alert-quiet-from = Von (etwa 22:00)
alert-quiet-to = Bis (etwa 06:00)
alert-zone = Zeitzone
alert-weekends = samstags und sonntags ganztägig
alert-name = Ein Name hat Kleinbuchstaben, Ziffern und Bindestriche, höchstens 40 Zeichen.
alert-targets = Empfänger
alert-targets-text = Adressen und Kennwörter verwahrt der Server; angezeigt werden sie niemandem.
alert-target = Empfänger von Meldungen
alert-target-new = Neuer Empfänger
target-name = Name des Empfängers
target-kind = Art
target-mail = E-Mail
target-webhook = Webhook (Format von Alertmanager)
target-alertmanager = Alertmanager
target-secret = Adresse und Token werden nach dem Speichern nicht mehr angezeigt. Leer gelassen bleiben sie, wie sie sind.
target-where = Adresse (https://…; bei E-Mail der Server: smtps://name:kennwort@host)
target-token = Token (freiwillig)
target-from = Absender (E-Mail)
target-to = Empfänger (E-Mail), durch Kommas getrennt
target-language-label = Sprache (E-Mail)
target-try = Probe senden
target-tried = Die Probemeldung wurde angenommen.
target-not-tried = Die Probemeldung wurde nicht angenommen:
target-drop = Empfänger entfernen
target-used = Eine Regel sendet noch an diesen Empfänger.
target-address = Eine Adresse beginnt mit https:// oder http://.
target-server = Ein Mailserver wird als smtps://name:kennwort@host oder smtp://host:587?tls=required geschrieben.
target-person = Eine E-Mail-Adresse fehlt oder ist keine.
target-language = Die Sprache ist de oder en.
severity-info = Hinweis
severity-warning = Warnung
severity-critical = Kritisch
on-offline = Raum nicht verbunden
on-fault = Störung
on-call-failed = Besprechung kam nicht zustande
on-settings-refused = Einstellungen abgelehnt
on-clock = Uhr geht falsch
on-two-boards = Zwei Geräte mit einem Schlüssel
on-misbehaves = Schlüssel sendet, was kein Raum sendet
on-release-failed = Neue Fassung hat sich nicht bewährt
on-tomorrow = Besprechungen von morgen gefährdet (einmal täglich)
cause-offline = nicht verbunden
cause-call-failed = eine Besprechung kam nicht zustande
cause-settings-refused = Einstellungen wurden abgelehnt
cause-clock = die Uhr geht falsch
cause-two-boards = zwei Geräte benutzen denselben Schlüssel
cause-misbehaves = es wird gesendet, was kein Raum sendet
cause-release-failed = eine neue Fassung hat sich nicht bewährt, die vorige ist wieder in Gebrauch
cause-tomorrow = Besprechungen von morgen werden nicht gelingen
cause-trial = dies ist eine Probe, es ist nichts geschehen
alert-mail-firing = Meldung
alert-mail-resolved = Behoben
alert-mail-tomorrow = Morgen gefährdet
alert-mail-since = Seit { $time }
alert-mail-until = Bis { $time }

## Audit log

audit-text = Jeder Eintrag enthält die Prüfsumme des vorigen. Eine Ausfuhr prüfen Sie mit „fleetd audit verify DATEI“.
audit-export = Ausführen (JSON-Zeilen)
audit-number = Nr.
audit-when = Zeitpunkt
audit-who = Wer
audit-what = Was
audit-to = Woran
audit-more = Einzelheiten
audit-older = Ältere Einträge
audit-hash = Prüfsumme des neuesten gezeigten Eintrags: { $hash }
act-room-approved = Raum aufgenommen
act-room-provisioned = Raum durch ein Programm aufgenommen
act-room-refused = Raum abgelehnt
act-room-turned-out = Raum ausgeschlossen
act-room-placed = Name oder Ort geändert
act-room-told = Auftrag erteilt
act-settings-written = Einstellungen geändert
act-settings-tried = Einstellungen in einzelnen Räumen erprobt
act-settings-opened = Erprobte Einstellungen für alle übernommen
act-settings-undone = Einstellungen zurückgenommen
act-rooms-told = Gemeinsamer Auftrag erteilt
act-grant-asked = Freigabe erbeten
act-signed-in = Angemeldet
act-invitation-accepted = Konto angelegt
act-alert-rule-written = Regel für Meldungen geändert
act-alert-rule-dropped = Regel für Meldungen entfernt oder zurückgesetzt
act-alert-target-written = Empfänger von Meldungen geändert
act-alert-target-dropped = Empfänger von Meldungen entfernt
act-alert-target-tried = Probemeldung gesendet
act-person-invited = Person eingeladen
act-person-closed = Konto gesperrt
act-person-opened = Konto freigegeben
act-token-made = Zugangsschlüssel erstellt
act-token-dropped = Zugangsschlüssel gelöscht
act-file-read = Datei abgerufen
act-sign-in-refused = Nicht angemeldet
act-provider-written = Anmeldedienst geändert
act-provider-dropped = Anmeldedienst entfernt
act-provider-tried = Anmeldedienst ausprobiert
act-bridge-written = Broker (MQTT) geändert
act-bridge-dropped = Broker (MQTT) entfernt

## People

people-name-label = Anmeldename
people-role = Rolle
people-since = Angelegt
people-do = Handlung
people-closed = gesperrt
people-close = Sperren
people-open = Freigeben
people-invite = Person einladen
people-invite-text = Der Link wird einmal angezeigt und gilt 72 Stunden. Geben Sie ihn nur an diese Person weiter.
people-invite-do = Einladung erstellen
people-site = Nur für die Liegenschaft (leer: überall)
people-link = Link der Einladung. Er wird nicht noch einmal angezeigt:
people-name = Dieser Name ist vergeben, oder er enthält mehr als Kleinbuchstaben, Ziffern, Punkte und Bindestriche.
people-last = Mindestens eine Person muss alle Rechte behalten.
people-tokens = Zugangsschlüssel für Programme
people-tokens-text = Ein Programm darf höchstens, was die Person darf, die den Schlüssel erstellt hat. Der Schlüssel gilt ein Jahr.
people-token = Zugangsschlüssel. Er wird nicht noch einmal angezeigt:
people-token-name = Name des Programms
people-token-make = Schlüssel erstellen
people-token-drop = Löschen
people-scopes = Rechte
token-nothing = Wählen Sie mindestens ein Recht.
role-viewer = Beobachtung
role-helpdesk = Helpdesk
role-installer = Installation
role-operator = Betrieb
role-admin = Administration
right-look = Räume sehen
right-help = Harmlose Aufträge erteilen
right-operate = Aufträge erteilen, die im Raum bemerkt werden
right-install = Räume aufnehmen
right-set = Einstellungen ändern
right-audit = Protokoll lesen
right-rule = Personen und Räume verwalten
people-outside = { $name } beim Anmeldedienst, zuletzt
token-outside = Zugangsschlüssel gelten länger als das Wort des Anmeldedienstes. Melden Sie sich dafür mit einem lokalen Konto an, oder nutzen Sie „fleetd token“.
provider = Anmeldedienst
provider-text = Personen können sich mit Konten anmelden, die sie schon haben: Keycloak, Entra ID oder ein anderer Dienst mit OpenID Connect. Ihre Gruppen entscheiden, was sie dürfen. Lokale Konten gelten weiter.
provider-set = Anmeldedienst einrichten
provider-people = Alle Personen
provider-there = Im Anmeldedienst
provider-there-text = Tragen Sie diesen Server als vertraulichen Client für den Authorization-Code-Ablauf (mit PKCE, S256) ein, mit einem zweiten Faktor für alle, die Betrieb oder Administration werden, und mit dieser Weiterleitungsadresse (Redirect URI):
provider-here = Auf diesem Server
provider-label = Name auf der Schaltfläche
provider-issuer = Issuer (https://…, genau wie im Dienst geschrieben)
provider-client = Client-ID
provider-secret = Geheimnis (Client Secret)
provider-secret-kept = Ein Geheimnis ist gespeichert. Es wird nicht angezeigt. Leer lassen behält es; mit anderem Issuer oder anderer Client-ID muss es neu eingegeben werden.
provider-secret-none = Es ist kein Geheimnis gespeichert. Nur bei einem öffentlichen Client leer lassen.
provider-claim = Claim mit den Gruppen
provider-claim-text = Der Claim muss im ID-Token stehen: „groups“ oder „roles“, oder ein Pfad wie realm_access.roles.
provider-scopes = Scopes
provider-mappings = Wer was darf
provider-mappings-text = Eine Zeile je Gruppe: Gruppe -> Rolle, oder Gruppe -> Rolle @ Liegenschaft. Gruppen genau wie im Token geschrieben; bei Entra ID stehen dort Objekt-IDs. Rollen: { $roles }. Wer in keiner dieser Gruppen ist, wird nicht eingelassen.
provider-kept = Was gespeichert ist
provider-try = Ausprobieren
provider-tried = Der Anmeldedienst antwortet und nennt { $keys } Schlüssel. Ob er das Geheimnis annimmt, zeigt sich bei der ersten Anmeldung. Personen werden hierhin geleitet:
provider-not-tried = Der Anmeldedienst ist nicht zu gebrauchen:
provider-clock = Seine Uhr weicht von der dieses Servers um { $seconds } s ab. Stellen Sie das zuerst richtig, sonst kann sich niemand anmelden.
provider-drop = Anmeldedienst entfernen
provider-drop-sure = Anmeldedienst entfernen? Wer sich darüber anmeldet, kann das dann nicht mehr; begonnene Sitzungen laufen bis zu ihrem Ende.
provider-bad-label = Der Name auf der Schaltfläche fehlt oder hat mehr als 60 Zeichen.
provider-bad-issuer = Der Issuer beginnt mit https:// (http:// nur auf dieser Maschine) und enthält weder ? noch #.
provider-bad-client = Die Client-ID fehlt oder ist zu lang.
provider-bad-claim = Der Claim fehlt oder ist zu lang.
provider-bad-scopes = Scopes sind Wörter zwischen Leerzeichen, und openid ist eines davon.
provider-bad-line = Zeile { $line } der Gruppen ist nicht geschrieben wie Gruppe -> Rolle oder Gruppe -> Rolle @ Liegenschaft.
provider-bad-many = Es sind mehr als 500 Gruppen.

## Refusals

refused = Das ging nicht
refused-back = Zur Übersicht
refused-sign-in = Bitte melden Sie sich an.
refused-forbidden = Ihre Rolle erlaubt das nicht.
refused-elsewhere = Die Anfrage kam nicht von einer Seite dieses Servers.
refused-not-found = Das gibt es nicht.
refused-bad = Die Angaben sind nicht zu verstehen.
refused-stale = Inzwischen hat sich etwas geändert. Laden Sie die Seite neu und prüfen Sie Ihre Änderung.
refused-too-many = { $count ->
    [one] Zu viele Versuche. Bitte in { $count } Sekunde noch einmal.
   *[other] Zu viele Versuche. Bitte in { $count } Sekunden noch einmal.
}
refused-too-large = Das ist zu groß.
refused-broken = Der Server kann gerade nicht speichern. Das Protokoll des Servers sagt mehr.

## Releases

menu-rollouts = Freigaben
rollouts-under-way = Unterwegs
rollouts-none = Es ist keine Freigabe unterwegs.
releases-list = Was freigegeben werden kann
releases-nothing = Hier wurde noch nichts veröffentlicht. Unterschrieben wird auf einem anderen Gerät: „fleetd release init“, „add“, dann „publish“.
releases-good-until = Räume übernehmen daraus etwas bis
releases-sign-anew = Räume übernehmen daraus nichts. Die Liste muss mit den Schlüsseln neu unterschrieben und veröffentlicht werden („fleetd release refresh“, „publish“).
releases-one = Freigabe
releases-offer = Ring für Ring anbieten
release-join-pack = Dienstpaket { $of }, Version { $version } (Beitreten)
release-recognise-pack = Dienstpaket { $of }, Version { $version } (Erkennen)
release-package = Raumsoftware { $version } ({ $machines })
release-firmware = Firmware { $version } für Tischtasten ({ $of })
release-board = Platinendatei { $of }, Revision { $version }
rings-title = Ringe der nächsten Freigabe
rings-text = In dieser Reihenfolge. Räume ohne Ring gehören zum letzten. Was schon unterwegs ist, behält seine Ringe.
rings-table = Anteile und Schwellen der Ringe
rings-write = Ringe speichern
ring-name = Ring
ring-at-once = Gleichzeitig, % der Räume
ring-proven = Bewährt, ehe der nächste beginnt, %
ring-failed = Ausfälle, bei denen angehalten wird: mehr als %
ring-wait = Wartezeit danach, Stunden
ring-rooms = Räume im Ring „{ $name }“
ring-not-begun = noch nicht begonnen
ring-counts = { $proven } von { $all } Räumen bewährt, { $risk } in Arbeit, { $failed } ausgefallen, { $away } derzeit nicht erreichbar oder nicht geeignet
ring-rule = Höchstens { $once } % zugleich; weiter bei { $proven } % bewährt und nach { $hours } Stunden; angehalten bei mehr als { $failed } % Ausfällen.
rollout-ring-named = Ring „{ $name }“
rollout-count-proven = { $count ->
    [one] { $count } Raum bewährt
   *[other] { $count } Räume bewährt
}
rollout-count-failed = { $count ->
    [one] { $count } Raum ausgefallen
   *[other] { $count } Räume ausgefallen
}
rollout-standing = Stand
rollout-going = läuft
rollout-going-text = Räume werden nur außerhalb von Sitzungen geändert, und nicht in der halben Stunde davor.
rollout-paused = angehalten
rollout-paused-text = Es wird nichts Neues angeboten; was ein Raum begonnen hat, führt er zu Ende.
rollout-halted = von selbst angehalten
rollout-halted-text = In diesem Ring sind zu viele Räume ausgefallen. Sie arbeiten mit ihrem vorherigen Stand weiter. Sehen Sie die Gründe an, ehe Sie fortfahren oder beenden.
rollout-stopped = beendet
rollout-stopped-text = Es wird nichts mehr angeboten. Was sich bewährt hat, bleibt in den Räumen.
rollout-do-pause = Anhalten
rollout-do-go-on = Fortfahren
rollout-do-open-next = Nächsten Ring jetzt öffnen
rollout-do-stop = Endgültig beenden
rollout-sure-go-on = Mit den bisherigen Ausfällen fortfahren?
rollout-sure-open-next = Den nächsten Ring öffnen, ohne abzuwarten?
rollout-sure-stop = Diese Freigabe endgültig beenden?
rollout-back = Alle Freigaben
rollout-room = Raum
rollout-how = Stand
rollout-change = Ändern
rollout-busy = Von demselben ist schon eine Freigabe unterwegs. Beenden Sie diese zuerst.
rollout-over = Diese Freigabe wurde endgültig beendet.
rollout-not-now = Das geht nicht mehr: Der Raum hat inzwischen begonnen oder ist fertig.
rollout-unknown = Diese Freigabe steht nicht in der unterschriebenen Liste.
rollout-rings-wrong = Es sind 1 bis 8 Ringe mit verschiedenen Namen; Anteile von 1 bis 100 %, Ausfälle von 0 bis 99 %, höchstens 720 Stunden.
standing-room-away = nicht erreichbar oder nicht geeignet
standing-room-in-use = wartet: Sitzung
standing-room-next = an der Reihe, sobald Platz ist
standing-room-offered = angeboten
standing-room-begun = wird erprobt
standing-room-proven = bewährt
standing-room-failed = ausgefallen, wieder auf dem vorherigen Stand
standing-room-not-for-it = nichts für diesen Raum
standing-room-taken-out = ausgenommen
wait-in-use = im Raum ist jemand oder läuft eine Sitzung
wait-meeting-near = bald beginnt eine Sitzung
wait-calendar-unknown = der Raum kennt seinen Kalender noch nicht
wait-clock-wrong = die Uhr des Raums stimmt nicht
wait-busy = der Raum erprobt gerade etwas anderes
room-readmit = Noch einmal versuchen
room-take-out = Ausnehmen
room-ring = Freigaben
room-ring-choice = Ring
room-ring-last = wie alle anderen (letzter Ring)
room-ring-move = Ring festlegen
failed-release-unreadable = Die unterschriebene Liste ist nicht lesbar.
failed-release-truncated = Etwas aus der Freigabe ist unvollständig angekommen.
failed-release-oversized = Etwas aus der Freigabe ist größer, als es sein darf.
failed-release-expired = Die unterschriebene Liste ist abgelaufen.
failed-release-rolled-back = Der Server bot eine ältere Liste an als zuvor.
failed-release-mixed = Der Server mischte Teile verschiedener Listen.
failed-release-wrongly-signed = Die Liste wurde nach dem Unterschreiben verändert.
failed-release-unknown-key = Die Liste ist mit einem Schlüssel unterschrieben, dem der Raum nicht traut.
failed-release-too-few-signatures = Der Liste fehlen Unterschriften.
failed-release-not-next-root = Die Liste der Schlüssel folgt nicht auf die bisherige.
failed-release-not-listed = Die Freigabe steht nicht in der unterschriebenen Liste.
failed-release-altered = Die Freigabe ist nicht die unterschriebene: Sie wurde verändert oder beschädigt.
failed-release-missing = Der Server hat nicht, was seine Liste nennt.
failed-release-unreachable = Der Raum konnte die Freigabe nicht abholen.
failed-release-no-root = Die Datei des Raums nennt keine Wurzel, der er bei Freigaben traut.
failed-release-unknown-kind = Der Raum kann mit dieser Art Freigabe nichts anfangen.
failed-release-pack-refused = Das Dienstpaket passt nicht: nicht mit einem bekannten Schlüssel besiegelt, zu alt oder nicht lesbar.
failed-release-not-in-use = Das Dienstpaket kam nicht in Gebrauch.
failed-release-proof-worse = Danach fiel die Prüfung des Raums schlechter aus als davor.
failed-release-new-fault = Danach hatte der Raum eine Störung, die er davor nicht hatte.
failed-release-canary = Danach kam der Raum nicht in seine Testsitzung.
failed-release-needed = Der Raum wurde gebraucht, ehe er fertig geprüft war.
failed-release-not-kept = Der neue Stand konnte nicht gespeichert werden.
failed-release-silent = Der Raum begann nicht, obwohl er konnte, oder meldete sich danach nicht mehr.
failed-release-no-way-back = Die Version, die im Raum läuft, steht nicht in der Liste; der Raum könnte nicht zu ihr zurück.
failed-release-not-newer = Im Raum läuft diese Version oder eine neuere.
failed-release-other-package = Das Paket ist nicht die Software der Räume.
failed-release-other-machine = Das Paket ist für Geräte anderer Bauart.
failed-release-root-unsafe = Die Wurzel des Vertrauens im Raum (/etc/roomd/release-root.json) fehlt, oder andere als root dürfen sie ändern.
failed-release-begun-before = Der Raum hat diese Freigabe schon versucht.
failed-release-no-helper = Der Helfer des Raums für Pakete hat nicht geantwortet.
failed-release-no-place = Der Raum hat keinen Platz für das Paket.
failed-release-not-installed = Das Paket ließ sich nicht einspielen; der Raum ist zurück auf dem, was er hatte.
failed-release-not-proven = Die neue Version hat sich nicht rechtzeitig bewährt: Sie startete nicht oder sagte nichts. Der Raum ging von selbst zurück.
failed-release-fleet-lost = Die neue Version fand nicht zu diesem Server zurück.
failed-release-overtaken = Jemand hat inzwischen von Hand eine andere Version eingespielt.
failed-release-no-button = Keine Tischtaste dieser Art ist angesteckt.
failed-release-no-old-firmware = Der Raum hat die Firmware nicht, mit der seine Tischtasten laufen, und könnte sie nicht zurückschreiben.
failed-release-firmware-refused = Das Abbild ist keines für Tischtasten oder ein anderes, als die Liste sagt.
failed-release-button-not-back = Eine Tischtaste meldet sich nicht mit der neuen Version; die anderen sind wieder auf dem vorherigen Stand.
failed-release-other-board = Der Raum hat eine andere Platine.
failed-release-own-board = Das Gerät hat eine eigene Datei für diese Platine, und die zählt vor jeder Freigabe.
failed-release-board-refused = Die Platinendatei ist falsch oder eine andere, als die Liste sagt.
failed-release-board-unfit = Die eigene Datei des Raums passt nicht über die neue Platinendatei.
failed-release-board-beyond = Die neue Platinendatei ändert mehr als Geräte: was andere Programme des Raums lesen, wohin Gespräche führen dürfen oder wem der Raum gehört.
act-rollout-begun = Freigabe begonnen
act-rollout-changed = Freigabe geändert
act-rollout-room = Raum einer Freigabe geändert
act-rollout-halted = Freigabe von selbst angehalten
act-rollout-ring = Nächster Ring hat begonnen
act-rings-written = Ringe geändert
act-room-ring = Ring eines Raums geändert
act-releases-published = Unterschriebene Liste veröffentlicht

## Building systems

bridge = Gebäudetechnik (MQTT)
bridge-text = Zeigt Räume auf einem eigenen MQTT-Broker, etwa für Home Assistant: ob der Raum bereit ist, in einer Besprechung, gestört oder nicht verbunden. Nie Betreffs, Namen oder Links.
bridge-set = Broker einrichten
bridge-back = Alle Meldungen
bridge-standing = Stand
bridge-off = Es ist kein Broker eingerichtet; nichts wird verbunden.
bridge-not-yet = Noch nicht versucht.
bridge-connected = Verbunden seit
bridge-not-connected = Nicht verbunden seit
bridge-denied = Der Broker lässt diesen Server etwas nicht tun. Prüfen Sie seine Regeln für das Thema:
bridge-told = Weitergegebene Befehle: { $count }
bridge-refused = Abgewiesene Befehle:
bridge-here = Einstellungen
bridge-broker = Adresse (mqtts://host oder mqtt://host, bei Bedarf mit :port)
bridge-plain = mqtt:// ist nicht verschlüsselt: Kennwort und Zustände sind im Netz lesbar. Besser ist mqtts://.
bridge-user = Benutzer
bridge-password = Kennwort
bridge-password-kept = Ein Kennwort ist gespeichert. Es wird nicht angezeigt. Leer lassen behält es; mit anderer Adresse oder anderem Benutzer muss es neu eingegeben werden.
bridge-password-none = Es ist kein Kennwort gespeichert.
bridge-ca = Zertifikat der Zertifizierungsstelle (PEM)
bridge-ca-text = Nur, wenn dem Zertifikat des Brokers nicht öffentlich vertraut wird. Leer: es gilt, wem diese Maschine vertraut.
bridge-topics = Themen beginnen mit
bridge-discovery = Discovery von Home Assistant beginnt mit (leer: keine)
bridge-language = Sprache der Namen in Home Assistant
bridge-sites = Liegenschaften, durch Leerzeichen getrennt (leer: alle Räume)
bridge-verbs = Befehle annehmen: Raum zeigen, Raum prüfen, Mikrofon schließen
bridge-verbs-text = Wer auf dem Broker auf die Themen der Räume schreiben darf, kann das dann auslösen. Einen Befehl, der ein Mikrofon oder eine Kamera öffnet, gibt es nicht.
bridge-drop = Broker entfernen
bridge-drop-sure = Broker entfernen? Die Räume verschwinden dort.
bridge-failed-unreachable = Der Broker ist nicht zu erreichen. Prüfen Sie Adresse, Port und Firewall.
bridge-failed-tls = Die verschlüsselte Verbindung kam nicht zustande. Prüfen Sie das Zertifikat des Brokers, seinen Namen und die Zertifizierungsstelle.
bridge-failed-silent = Der Broker antwortet nicht rechtzeitig.
bridge-failed-login = Der Broker nimmt Benutzer und Kennwort nicht an.
bridge-failed-refused = Der Broker weist diesen Server ab.
bridge-failed-closed = Der Broker hat die Verbindung beendet.
bridge-failed-slow = Der Broker nimmt nichts mehr an.
bridge-failed-protocol = Dort spricht niemand MQTT 5.
bridge-why-off = Befehle sind ausgeschaltet
bridge-why-topic = kein Thema eines Raums
bridge-why-retained = vom Broker aufbewahrt
bridge-why-verb = kein erlaubter Befehl
bridge-why-room = kein Raum, der gezeigt wird
bridge-why-away = Raum nicht verbunden
bridge-why-again = eben schon gesagt
bridge-why-pace = zu viele
bridge-bad-broker = Die Adresse ist mqtts://host oder mqtt://host, bei Bedarf mit Port, ohne Benutzer und Pfad.
bridge-bad-user = Zu einem Kennwort gehört ein Benutzer; beide haben höchstens 1000 Zeichen.
bridge-bad-authority = Das Zertifikat ist kein PEM, oder keines einer Zertifizierungsstelle.
bridge-bad-prefix = Themen beginnen mit Buchstaben, Ziffern, - und _ in Teilen zwischen Schrägstrichen; die beiden Anfänge sind verschieden.
bridge-bad-language = Die Sprache ist de oder en.
bridge-bad-sites = Eine Liegenschaft ist als Kurzname geschrieben, etwa nord; höchstens 500.
bridge-gone = Es ist kein Broker eingerichtet.
bridge-entity-phase = Zustand
bridge-entity-in_call = In einer Besprechung
bridge-entity-microphone_live = Mikrofon offen
bridge-entity-fault = Störung
bridge-entity-fault_code = Code der Störung
bridge-entity-preflight = Prüfung
bridge-entity-next_meeting = Nächste Besprechung
bridge-entity-connected = Verbunden
bridge-entity-do_identify = Raum zeigen
bridge-entity-do_preflight = Raum prüfen
bridge-entity-do_mute = Mikrofon schließen
