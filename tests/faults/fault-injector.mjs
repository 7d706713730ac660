// Injects random faults into the traffic of a `Network` (tests/support/network.mjs). A seed reproduces them.

import { Random } from "../support/random.mjs";
import { FrameSplitter, commandOf, frame, isNotice, metasOf, withMetas } from "./frames.mjs";
import { PREFLIGHT_FAULTS, REQUEST_FAULTS } from "./request-faults.mjs";

/** The number of past notices that can be sent again. */
const REMEMBERED_NOTICES = 20;
/** Commands that other frames may overtake, because their effect does not depend on the order. */
const REORDERABLE = ["notice", "unread"];

/** The names of the faults of frames. */
export const FRAME_FAULTS = [
  "socket refused", "notice twice", "notice overtaken", "unread twice", "unread overtaken", "notices reordered",
  "notice twice in one answer", "earlier notice again", "server's frames late", "client's frames late",
  "cut in a server's frame", "cut after a server's frame", "cut in a client's frame", "cut after a client's frame",
];

export class FaultInjector {
  /** If false, all traffic passes unchanged. */
  enabled = false;
  #requestRandom;
  #frameRandom;
  #rates;
  #count;
  #onRequest;
  #pending = new Set();
  #pastNotices = [];

  /**
   * @param {Random} random
   * @param {{ request: number, frame: number, cut: number }} rates the probabilities of faults
   * @param {(name: string) => void} count called with the name of each fault
   * @param {(request: object) => () => void} onRequest called when a request goes to the server; it returns a function
   *   to call when the server has carried the request out
   */
  constructor(random, rates, count, onRequest) {
    // Two generators, so that the number of requests does not change the faults of frames, or the reverse.
    this.#requestRandom = new Random(random.int(0, 2 ** 31));
    this.#frameRandom = new Random(random.int(0, 2 ** 31));
    this.#rates = rates;
    this.#count = count;
    this.#onRequest = onRequest;
  }

  /** Waits until the server has received and answered all requests, those of delayed faults included. */
  async idle() {
    while (this.#pending.size > 0) await Promise.all(this.#pending);
  }

  // REST.

  answer(request, forward) {
    const recordedForward = async () => {
      const recordDone = this.#onRequest(request);
      const answer = await forward();
      if (answer?.status === 200) recordDone();
      else this.#count(`${answer?.status ?? "nothing"} from the server`);
      return answer;
    };
    const track = (promise) => {
      this.#pending.add(promise);
      return promise.finally(() => this.#pending.delete(promise));
    };
    const name = this.#drawRequestFault(request.method);
    if (!name) return track(recordedForward());
    const [, fault] = REQUEST_FAULTS[name];
    return track(Promise.resolve(fault(this.#requestRandom, recordedForward, track)));
  }

  #drawRequestFault(method) {
    const random = this.#requestRandom;
    const preflight = method === "OPTIONS";
    if (!this.enabled || !random.chance(this.#rates.request * (preflight ? 0.2 : 1))) return null;
    const name = preflight
      ? random.pick(PREFLIGHT_FAULTS)
      : random.weighted(Object.entries(REQUEST_FAULTS).map(([name, [weight]]) => [weight, name]));
    this.#count(name);
    return name;
  }

  // The session's socket.

  acceptsSocket(incoming, socket) {
    if (!this.enabled || !this.#frameRandom.chance(this.#rates.cut)) return true;
    this.#count("socket refused");
    if (this.#frameRandom.chance(0.5)) socket.destroy();
    else socket.end("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    return false;
  }

  connect(server, client) {
    const toClient = new SocketDirection(server, client);
    const toServer = new SocketDirection(client, server);
    const serverFrames = new FrameSplitter({ afterHandshake: false });
    const clientFrames = new FrameSplitter({ afterHandshake: true });
    server.on("data", (chunk) => serverFrames.push(chunk).forEach((frame) => this.#sendToClient(frame, toClient)));
    client.on("data", (chunk) => clientFrames.push(chunk).forEach(({ bytes }) => this.#send("client's", bytes, toServer)));
    server.on("end", () => toClient.end());
    client.on("end", () => toServer.end());
  }

  #sendToClient({ bytes, body }, direction) {
    const random = this.#frameRandom;
    const drawFault = () => this.enabled && random.chance(this.#rates.frame);
    const command = body && commandOf(body);
    if (command === "sync") {
      const metas = this.#changeMetas(metasOf(body), drawFault);
      return this.#send("server's", metas ? frame(withMetas(body, metas)) : bytes, direction);
    }
    if (REORDERABLE.includes(command)) {
      if (drawFault()) {
        this.#count(`${command} twice`);
        direction.send(bytes);
      }
      if (drawFault()) {
        this.#count(`${command} overtaken`);
        return direction.sendLater(bytes, random.int(5, 300));
      }
    }
    this.#send("server's", bytes, direction);
  }

  /** Reorders and repeats notices, because the server guarantees neither their order nor that each comes once. */
  #changeMetas(metas, drawFault) {
    const random = this.#frameRandom;
    const notices = metas.filter(isNotice);
    if (notices.length === 0) return null;
    let changed = metas;
    if (drawFault() && notices.length > 1) {
      this.#count("notices reordered");
      changed = random.sample(changed, changed.length);
    }
    if (drawFault()) {
      this.#count("notice twice in one answer");
      changed = changed.toSpliced(random.int(0, changed.length), 0, random.pick(notices));
    }
    if (drawFault() && this.#pastNotices.length > 0) {
      this.#count("earlier notice again");
      changed = changed.toSpliced(random.int(0, changed.length), 0, random.pick(this.#pastNotices));
    }
    this.#pastNotices = [...this.#pastNotices, ...notices].slice(-REMEMBERED_NOTICES);
    return changed === metas ? null : changed;
  }

  /** Sends a frame in order. It may be delayed, or the connection may be cut in or after it. */
  #send(whose, bytes, direction) {
    const random = this.#frameRandom;
    if (this.enabled && random.chance(this.#rates.cut)) {
      const afterFrame = random.chance(0.4);
      this.#count(`cut ${afterFrame ? "after" : "in"} a ${whose} frame`);
      return direction.cut(afterFrame ? bytes : bytes.subarray(0, random.int(1, bytes.length - 1)));
    }
    if (this.enabled && random.chance(this.#rates.frame)) {
      this.#count(`${whose} frames late`);
      direction.pause(random.int(5, 300));
    }
    direction.send(bytes);
  }
}

/** One direction of a socket. Its operations run one after the other. */
class SocketDirection {
  #from;
  #to;
  #last = Promise.resolve();

  constructor(from, to) {
    this.#from = from;
    this.#to = to;
  }

  #enqueue(operation) {
    this.#last = this.#last.then(operation);
  }

  pause(milliseconds) {
    this.#enqueue(() => new Promise((resolve) => setTimeout(resolve, milliseconds)));
  }

  send(bytes) {
    this.#enqueue(() => this.#write(bytes));
  }

  /** Sends the bytes after a delay. Frames that are sent meanwhile overtake them. */
  sendLater(bytes, milliseconds) {
    setTimeout(() => this.send(bytes), milliseconds);
  }

  /** Sends the bytes and then breaks the connection. */
  cut(bytes) {
    this.#enqueue(async () => {
      await new Promise((resolve) => this.#write(bytes, resolve));
      this.#from.destroy();
      this.#to.destroy();
    });
  }

  end() {
    this.#enqueue(() => this.#to.end());
  }

  #write(bytes, done = () => {}) {
    if (this.#to.writable) this.#to.write(bytes, done);
    else done();
  }
}
