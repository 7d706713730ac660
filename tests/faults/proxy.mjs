// What a bad network does, drawn from a seed: for `Network` in `tests/model/network.mjs`.

import { Random } from "../model/random.mjs";
import { PREFLIGHT_FAULTS, REQUEST_FAULTS } from "./answers.mjs";
import { Frames, commandOf, frame, isNotice, metasOf, withMetas } from "./frames.mjs";

/** Notices that may come once more are remembered, so many. */
const REMEMBERED = 20;
/** Frames that others may overtake: what they bring does not depend on the order. */
const LOOSE = ["notice", "unread"];

/** What happens to frames, by the names under which it is counted. */
export const FRAME_FAULTS = [
  "socket refused", "notice twice", "notice overtaken", "unread twice", "unread overtaken", "notices in another order",
  "notice twice in one answer", "notice of an earlier answer again", "server's frames late", "client's frames late",
  "cut in a server's frame", "cut after a server's frame", "cut in a client's frame", "cut after a client's frame",
];

export class Faults {
  /** Off: everything passes, and in its order. */
  on = false;
  #requests;
  #frames;
  #rates;
  #count;
  #asked;
  #pending = new Set();
  #notices = [];

  /**
   * @param {Random} random
   * @param {{ request: number, frame: number, cut: number }} rates how often something goes wrong
   * @param {(name: string) => void} count hears of each fault
   * @param {(request: object) => () => void} asked hears of each request to the server; what it returns, that it was done
   */
  constructor(random, rates, count, asked) {
    // Streams of their own: what happens on one does not shift the other.
    this.#requests = new Random(random.int(0, 2 ** 31));
    this.#frames = new Random(random.int(0, 2 ** 31));
    this.#rates = rates;
    this.#count = count;
    this.#asked = asked;
  }

  /** Until the server has done everything that it was asked, or will be. */
  async idle() {
    while (this.#pending.size > 0) await Promise.all(this.#pending);
  }

  // REST.

  answer(request, ask) {
    const asked = async () => {
      const done = this.#asked(request);
      const answer = await ask();
      if (answer?.status === 200) done();
      else this.#count(`${answer?.status ?? "nothing"} from the server`);
      return answer;
    };
    const later = (promise) => {
      this.#pending.add(promise);
      return promise.finally(() => this.#pending.delete(promise));
    };
    const name = this.#requestFault(request.method);
    return later(name ? Promise.resolve(REQUEST_FAULTS[name][1](this.#requests, asked, later)) : asked());
  }

  #requestFault(method) {
    const random = this.#requests;
    const preflight = method === "OPTIONS";
    if (!this.on || !random.chance(this.#rates.request * (preflight ? 0.2 : 1))) return null;
    const name = preflight
      ? random.pick(PREFLIGHT_FAULTS)
      : random.weighted(Object.entries(REQUEST_FAULTS).map(([name, [weight]]) => [weight, name]));
    this.#count(name);
    return name;
  }

  // The session's socket.

  admit(incoming, socket) {
    if (!this.on || !this.#frames.chance(this.#rates.cut)) return true;
    this.#count("socket refused");
    if (this.#frames.chance(0.5)) socket.destroy();
    else socket.end("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    return false;
  }

  join(server, client) {
    const down = new Lane(server, client);
    const up = new Lane(client, server);
    const answers = new Frames({ greeted: false });
    const wishes = new Frames({ greeted: true });
    server.on("data", (chunk) => answers.push(chunk).forEach((one) => this.#down(one, down)));
    client.on("data", (chunk) => wishes.push(chunk).forEach((one) => this.#pass("client's", one.bytes, up)));
    server.on("end", () => down.end());
    client.on("end", () => up.end());
  }

  /** From the server. */
  #down({ bytes, body }, lane) {
    const random = this.#frames;
    const hit = () => this.on && random.chance(this.#rates.frame);
    const command = body && commandOf(body);
    if (command === "sync") {
      const metas = this.#metas(metasOf(body), hit);
      return this.#pass("server's", metas ? frame(withMetas(body, metas)) : bytes, lane);
    }
    if (LOOSE.includes(command)) {
      if (hit()) {
        this.#count(`${command} twice`);
        lane.send(bytes);
      }
      if (hit()) {
        this.#count(`${command} overtaken`);
        return lane.sendAside(bytes, random.int(5, 300));
      }
    }
    this.#pass("server's", bytes, lane);
  }

  /** Notices come at least once, and other things come between them; null: as they are. */
  #metas(metas, hit) {
    const random = this.#frames;
    const notices = metas.filter(isNotice);
    if (notices.length === 0) return null;
    let changed = metas;
    if (hit() && notices.length > 1) {
      this.#count("notices in another order");
      changed = random.some(changed, changed.length);
    }
    if (hit()) {
      this.#count("notice twice in one answer");
      changed = changed.toSpliced(random.int(0, changed.length), 0, random.pick(notices));
    }
    if (hit() && this.#notices.length > 0) {
      this.#count("notice of an earlier answer again");
      changed = changed.toSpliced(random.int(0, changed.length), 0, random.pick(this.#notices));
    }
    this.#notices = [...this.#notices, ...notices].slice(-REMEMBERED);
    return changed === metas ? null : changed;
  }

  /** In its order, perhaps late, perhaps not as a whole. */
  #pass(whose, bytes, lane) {
    const random = this.#frames;
    if (this.on && random.chance(this.#rates.cut)) {
      const whole = random.chance(0.4);
      this.#count(`cut ${whole ? "after" : "in"} a ${whose} frame`);
      return lane.cut(whole ? bytes : bytes.subarray(0, random.int(1, bytes.length - 1)));
    }
    if (this.on && random.chance(this.#rates.frame)) {
      this.#count(`${whose} frames late`);
      lane.wait(random.int(5, 300));
    }
    lane.send(bytes);
  }
}

/** One direction of a socket. */
class Lane {
  #from;
  #to;
  #last = Promise.resolve();

  constructor(from, to) {
    this.#from = from;
    this.#to = to;
  }

  /** After everything that waits. */
  #then(work) {
    this.#last = this.#last.then(work);
  }

  wait(milliseconds) {
    this.#then(() => new Promise((resolve) => setTimeout(resolve, milliseconds)));
  }

  send(bytes) {
    this.#then(() => this.#write(bytes));
  }

  /** Later, and whatever else goes meanwhile. */
  sendAside(bytes, milliseconds) {
    setTimeout(() => this.#then(() => this.#write(bytes)), milliseconds);
  }

  /** These bytes, and no more in either direction. */
  cut(bytes) {
    this.#then(async () => {
      await new Promise((resolve) => this.#write(bytes, resolve));
      this.#from.destroy();
      this.#to.destroy();
    });
  }

  end() {
    this.#then(() => this.#to.end());
  }

  #write(bytes, done = () => {}) {
    if (this.#to.writable) this.#to.write(bytes, done);
    else done();
  }
}
