// What the tabs of one device say to each other: texts.
export class Channel {
  #channel;

  constructor(name, hear) {
    this.#channel = new BroadcastChannel(name);
    this.#channel.onmessage = ({ data }) => hear(data);
  }

  say(text) {
    this.#channel.postMessage(text);
  }

  close() {
    this.#channel.onmessage = null;
    this.#channel.close();
  }
}
