// Owns every sentence of the page, German and English, side by side. Knows nothing of when they are said.

const WORDS = {
  "title": ["Übungskonferenz", "Practice conference"],
  "language": ["Sprache", "Language"],
  "prejoin-head": ["Beitreten", "Join"],
  "prejoin-lead": [
    "Ton und Bild gehen direkt zwischen den Geräten in diesem Netz hin und her, nicht ins Internet.",
    "Sound and picture go directly between the devices on this network, not to the internet."],
  "name": ["Ihr Name", "Your name"],
  "name-missing": ["Bitte geben Sie einen Namen ein.", "Please enter a name."],
  "begin-with": ["Beim Beitritt", "When joining"],
  "choice-mic": ["Mikrofon öffnen", "Open the microphone"],
  "choice-camera": ["Kamera öffnen", "Open the camera"],
  "insecure": [
    "Diese Verbindung ist nicht verschlüsselt. Der Browser gibt Mikrofon und Kamera hier nicht frei; sehen und hören können Sie trotzdem.",
    "This connection is not encrypted. The browser will not open microphone or camera here; you can still see and hear."],
  "host-entry": ["Ich leite die Konferenz", "I host this conference"],
  "host-code": ["Leitungscode", "Host code"],
  "host-code-wrong": [
    "Dieser Leitungscode stimmt nicht. Bitte prüfen Sie ihn oder lassen Sie das Feld leer.",
    "This host code is not right. Please check it, or leave the field empty."],
  "join": ["Beitreten", "Join"],
  "passcode-head": ["Kenncode", "Passcode"],
  "passcode-lead": [
    "Diese Konferenz ist durch einen Kenncode geschützt. Er steht in der Einladung.",
    "This conference is protected by a passcode. You find it in the invitation."],
  "passcode": ["Kenncode", "Passcode"],
  "passcode-missing": ["Bitte geben Sie den Kenncode ein.", "Please enter the passcode."],
  "passcode-wrong": [
    "Dieser Kenncode stimmt nicht. Bitte prüfen Sie ihn und versuchen Sie es noch einmal.",
    "This passcode is not right. Please check it and try again."],
  "too-many": [
    "Zu viele falsche Codes. Bitte warten Sie noch {n} Sekunden.",
    "Too many wrong codes. Please wait {n} more seconds."],
  "go-on": ["Weiter", "Continue"],
  "back": ["Zurück", "Back"],
  "cancel": ["Abbrechen", "Cancel"],
  "connecting-head": ["Verbindung wird aufgebaut …", "Connecting …"],
  "connecting-lead": ["Das dauert nur einen Augenblick.", "This takes only a moment."],
  "lobby-head": ["Warten auf Einlass", "Waiting to be let in"],
  "lobby-lead": [
    "Die Leitung weiß, dass Sie da sind. Mikrofon und Kamera sind geschlossen.",
    "The host knows that you are here. Microphone and camera are closed."],
  "waiting-host-head": ["Die Leitung ist noch nicht da", "The host is not here yet"],
  "waiting-host-lead": [
    "Sobald die Leitung kommt, geht es von selbst weiter. Mikrofon und Kamera sind geschlossen.",
    "This goes on by itself as soon as the host comes. Microphone and camera are closed."],
  "call-head": ["In der Konferenz", "In the conference"],
  "alone": ["Außer Ihnen ist noch niemand hier.", "Nobody else is here yet."],
  "door-head": ["Wartet auf Einlass", "Waiting to be let in"],
  "people-head": ["Teilnehmende", "Participants"],
  "you": ["Sie", "you"],
  "self": ["Sie", "You"],
  "host": ["Leitung", "host"],
  "admit": ["Einlassen", "Admit"],
  "admit-label": ["{name} einlassen", "Admit {name}"],
  "deny": ["Abweisen", "Deny"],
  "deny-label": ["{name} abweisen", "Deny {name}"],
  "cannot-admit": [
    "Es sind schon vier in der Konferenz. Zum Einlassen muss erst jemand gehen.",
    "Four are in the conference already. Somebody has to go before anybody can be admitted."],
  "mute": ["Stumm", "Mute"],
  "mute-label": ["Mikrofon von {name} schließen", "Close the microphone of {name}"],
  "remove": ["Entfernen", "Remove"],
  "remove-label": ["{name} entfernen", "Remove {name}"],
  "mic": ["Mikrofon", "Microphone"],
  "camera": ["Kamera", "Camera"],
  "open": ["Offen", "Open"],
  "closed": ["Zu", "Closed"],
  "mic-open": ["Mikrofon offen", "Microphone open"],
  "mic-close": ["Mikrofon zu", "Microphone closed"],
  "camera-open": ["Kamera offen", "Camera open"],
  "camera-close": ["Kamera zu", "Camera closed"],
  "mic-is-open": ["Mikrofon ist offen", "Microphone is open"],
  "mic-is-closed": ["Mikrofon ist zu", "Microphone is closed"],
  "camera-is-open": ["Kamera ist offen", "Camera is open"],
  "camera-is-closed": ["Kamera ist zu", "Camera is closed"],
  "away": ["Verbindung unterbrochen", "connection interrupted"],
  "sources": ["Geräte", "Devices"],
  "source-default": ["Standardgerät", "Default device"],
  "source-n": ["{kind} {n}", "{kind} {n}"],
  "hear": ["Ton einschalten", "Turn on sound"],
  "leave": ["Verlassen", "Leave"],
  "end-for-all": ["Für alle beenden", "End for all"],
  "again": ["Noch einmal beitreten", "Join again"],
  "said-joined": ["{name} ist da.", "{name} is here."],
  "said-gone": ["{name} ist gegangen.", "{name} has gone."],
  "said-knocks": ["{name} wartet auf Einlass.", "{name} is waiting to be let in."],
  "said-muted": [
    "Die Leitung hat Ihr Mikrofon geschlossen.",
    "The host has closed your microphone."],
  "banner-signalling": [
    "Die Verbindung zum Raum wird wiederhergestellt. Ton und Bild laufen weiter.",
    "Reconnecting to the room. Sound and picture go on."],
  "banner-waiting": [
    "Die Verbindung zum Raum wird wiederhergestellt.",
    "Reconnecting to the room."],
  "banner-media": [
    "Netzstörung: Ton und Bild zu {name} werden wiederhergestellt.",
    "Network trouble: sound and picture to {name} are being restored."],
  "banner-blocked": [
    "Keine direkte Verbindung zu {name}: Dieses Netz lässt Ton und Bild zwischen den Geräten nicht durch. Bitte beide Geräte in dasselbe Netz bringen.",
    "No direct connection to {name}: this network does not let sound and picture pass between the devices. Please put both devices on the same network."],
  "device-denied": [
    "{kind}: Der Browser erlaubt den Zugriff nicht. Bitte in der Adresszeile freigeben.",
    "{kind}: the browser does not permit access. Please permit it in the address bar."],
  "device-missing": ["{kind}: kein Gerät gefunden.", "{kind}: no device found."],
  "device-busy": [
    "{kind}: Das Gerät ist belegt oder antwortet nicht.",
    "{kind}: the device is in use or does not answer."],
  "device-insecure": [
    "{kind}: Der Browser gibt Geräte nur über eine verschlüsselte Verbindung frei (https).",
    "{kind}: the browser opens devices only on an encrypted connection (https)."],
  "device-lost": ["{kind}: Das Gerät ist weg.", "{kind}: the device is gone."],
  "ended-head": ["Die Konferenz ist beendet", "The conference has ended"],
  "ended-lead": ["Sie wurde für alle beendet.", "It was ended for everybody."],
  "expired-head": ["Die Sitzung ist abgelaufen", "The session has expired"],
  "expired-lead": [
    "Die Verbindung war zu lange unterbrochen. Sie können noch einmal beitreten.",
    "The connection was interrupted for too long. You can join again."],
  "replaced-head": ["Anderswo geöffnet", "Opened elsewhere"],
  "replaced-lead": [
    "Diese Teilnahme läuft in einem anderen Fenster weiter.",
    "This participation goes on in another window."],
  "misbehaved-head": ["Die Verbindung wurde getrennt", "The connection was closed"],
  "misbehaved-lead": [
    "Diese Seite und der Raum verstehen sich nicht. Bitte laden Sie die Seite neu.",
    "This page and the room do not understand each other. Please load the page again."],
  "removed-head": ["Sie wurden entfernt", "You were removed"],
  "removed-lead": [
    "Die Leitung hat Ihre Teilnahme beendet.",
    "The host has ended your participation."],
  "denied-head": ["Sie wurden nicht eingelassen", "You were not let in"],
  "denied-lead": [
    "Die Leitung hat den Einlass abgelehnt.",
    "The host has turned you away."],
  "left-head": ["Sie haben die Konferenz verlassen", "You have left the conference"],
  "left-lead": [
    "Mikrofon und Kamera sind geschlossen.",
    "Microphone and camera are closed."],
  "full-head": ["Die Konferenz ist voll", "The conference is full"],
  "full-lead": [
    "Es sind schon vier Teilnehmende da. Mehr gehen hier nicht.",
    "Four participants are here already. There is no room for more."],
  "lobby_full-head": ["Zu viele warten schon", "Too many are waiting already"],
  "lobby_full-lead": [
    "Bitte versuchen Sie es in einigen Minuten noch einmal.",
    "Please try again in a few minutes."],
  "unknown-head": ["Diese Konferenz gibt es nicht", "There is no such conference"],
  "unknown-lead": [
    "Bitte prüfen Sie den Link in der Einladung.",
    "Please check the link in the invitation."],
};

const LANGUAGES = ["de", "en"];

/** The language spoken now: `de` or `en`. */
export function language() {
  return document.documentElement.lang === "en" ? "en" : "de";
}

/** A sentence in the language spoken now; `{x}` is replaced by `parts.x`. */
export function word(key, parts = {}) {
  const pair = WORDS[key];
  if (!pair) throw new Error(`no words for ${key}`);
  const text = pair[LANGUAGES.indexOf(language())];
  return text.replace(/\{(\w+)\}/g, (_, name) => String(parts[name]));
}

/** Whether there is a sentence of this name. */
export function hasWord(key) {
  return key in WORDS;
}

/** Fills in every sentence that the elements below `root` ask for. */
export function speak(root) {
  for (const element of root.querySelectorAll("[data-words]")) {
    element.textContent = word(element.dataset.words);
  }
  for (const element of root.querySelectorAll("[data-words-label]")) {
    element.setAttribute("aria-label", word(element.dataset.wordsLabel));
  }
}
