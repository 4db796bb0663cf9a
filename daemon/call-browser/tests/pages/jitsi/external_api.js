// A stand-in for the IFrame API of Jitsi Meet: the documented constructor, commands, functions and events, and nothing
// else. What it cannot know it asks the page in its frame (story-client.html).
class JitsiMeetExternalAPI {
  #listeners = new Map();
  #answers = new Map();
  #people = 0;
  #asked = 0;

  constructor(domain, { roomName, parentNode, configOverwrite = {}, userInfo = {}, lang, jwt }) {
    const settings = { config: configOverwrite, userInfo, lang, jwt };
    this.frame = document.createElement("iframe");
    this.frame.allow = "camera; microphone; display-capture; autoplay";
    this.frame.style.width = "100%";
    this.frame.style.height = "100%";
    this.frame.src = `${location.protocol}//${domain}/${roomName}#${encodeURIComponent(JSON.stringify(settings))}`;
    addEventListener("message", ({ source, data }) => source === this.frame.contentWindow && this.#heard(data));
    parentNode.append(this.frame);
  }

  addListener(name, listener) {
    if (!this.#listeners.has(name)) this.#listeners.set(name, new Set());
    this.#listeners.get(name).add(listener);
  }

  removeListener(name, listener) {
    this.#listeners.get(name)?.delete(listener);
  }

  executeCommand(command, ...args) {
    this.frame.contentWindow.postMessage({ command, args }, "*");
  }

  isAudioMuted() { return this.#ask("audio"); }
  isVideoMuted() { return this.#ask("video"); }
  getNumberOfParticipants() { return this.#people; }

  #ask(question) {
    this.#asked += 1;
    const number = this.#asked;
    this.frame.contentWindow.postMessage({ question, number }, "*");
    return new Promise((resolve) => this.#answers.set(number, resolve));
  }

  #heard({ event, data, number, answer }) {
    if (number) return this.#answers.get(number)?.(answer);
    if (event === "videoConferenceJoined") this.#people = 1;
    if (event === "participantJoined") this.#people += 1;
    if (event === "participantLeft") this.#people -= 1;
    if (event === "videoConferenceLeft") this.#people = 0;
    for (const listener of [...(this.#listeners.get(event) ?? [])]) listener(data ?? {});
  }
}
