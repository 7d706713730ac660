// One device's way to the server: it can be cut, and answers can be held back on it.

import { createServer, request } from "node:http";
import { connect } from "node:net";

/** A server's answer that is on its way until the test lets it go. */
class Held {
  #let;

  constructor(method, path) {
    this.method = method;
    this.path = path;
    /** The server has answered: from here on the answer is fixed. */
    this.answered = new Promise((resolve) => {
      this.reached = resolve;
    });
    this.gone = new Promise((resolve) => {
      this.#let = resolve;
    });
  }

  release() {
    this.#let("release");
  }

  /** The connection breaks before the answer arrives. */
  drop() {
    this.#let("drop");
  }
}

/** What happens to what passes: nothing. A test may bring something that does more. */
const HONEST = {
  /** Resolves with the answer to a request, which `ask` gets from the server; with null the connection breaks instead. */
  answer: (request, ask) => ask(),
  /** Whether a socket may be opened; if not, it was dealt with. */
  admit: () => true,
  /** Joins the two ends of a socket. */
  join: (server, client) => server.pipe(client).pipe(server),
};

/** All that a stream brings; null where it breaks. */
async function whole(stream) {
  const parts = [];
  try {
    for await (const part of stream) parts.push(part);
  } catch {
    return null;
  }
  return Buffer.concat(parts);
}

/** A proxy in front of the server, for one device. */
export class Network {
  /** How many WebSockets there are, have been at once, and were ever made. */
  webSockets = { open: 0, most: 0, made: 0 };
  #sockets = new Set();
  #held = [];
  #target;
  #server;
  #online = true;
  #mayConnect = Promise.resolve();
  #faults;

  static async open(serverUrl, faults = HONEST) {
    const network = new Network();
    network.#faults = faults;
    network.#target = new URL(serverUrl);
    network.#server = createServer((incoming, outgoing) => network.#pass(incoming, outgoing));
    network.#server.on("connection", (socket) => network.#keep(socket));
    network.#server.on("upgrade", (incoming, socket, head) => network.#upgrade(incoming, socket, head));
    await new Promise((resolve) => network.#server.listen(0, "127.0.0.1", resolve));
    const { port } = network.#server.address();
    network.url = `http://127.0.0.1:${port}`;
    network.socketUrl = `ws://127.0.0.1:${port}/websocket`;
    return network;
  }

  get online() {
    return this.#online;
  }

  set online(online) {
    this.#online = online;
    if (!online) this.cut();
  }

  /** Breaks every connection there is; new ones may be made unless the network is off. */
  cut() {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** The answer to the next request of that kind stays here. */
  hold(method, path) {
    const held = new Held(method, path);
    this.#held.push(held);
    return held;
  }

  /** New WebSockets get no answer until what comes back is called. */
  holdSockets() {
    let release;
    this.#mayConnect = new Promise((resolve) => {
      release = resolve;
    });
    return release;
  }

  close() {
    this.cut();
    return new Promise((resolve) => this.#server.close(resolve));
  }

  #keep(socket) {
    if (!this.#online) return socket.destroy();
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    socket.on("error", () => socket.destroy());
  }

  async #pass(incoming, outgoing) {
    const at = this.#held.findIndex(({ method, path }) => incoming.method === method && path.test(incoming.url));
    const held = at < 0 ? null : this.#held.splice(at, 1)[0];
    const { method, url, headers } = incoming;
    const body = await whole(incoming);
    const asked = { method, url, headers, body };
    const answer = body && (await this.#faults.answer(asked, () => this.#ask(asked)));
    if (held && answer) {
      held.reached();
      if ((await held.gone) === "drop") return outgoing.destroy();
    }
    if (!answer) return outgoing.destroy();
    outgoing.writeHead(answer.status, answer.headers);
    if (answer.torn) return outgoing.write(answer.body.subarray(0, answer.torn), () => outgoing.destroy());
    outgoing.end(answer.body);
  }

  /** The server's answer; null where it gives none. */
  #ask({ method, url, headers, body }) {
    const { hostname: host, port } = this.#target;
    return new Promise((resolve) => {
      const passed = request({ host, port, method, path: url, headers }, async (answer) => {
        const body = await whole(answer);
        resolve(body && { status: answer.statusCode, headers: answer.headers, body });
      });
      passed.on("error", () => resolve(null));
      passed.end(body);
    });
  }

  #count(socket) {
    const counted = this.webSockets;
    counted.made += 1;
    counted.open += 1;
    counted.most = Math.max(counted.most, counted.open);
    socket.on("close", () => {
      counted.open -= 1;
    });
  }

  async #upgrade(incoming, socket, head) {
    if (!this.#faults.admit(incoming, socket)) return;
    this.#count(socket);
    await this.#mayConnect;
    const server = connect(Number(this.#target.port), this.#target.hostname);
    this.#keep(server);
    server.on("connect", () => {
      const lines = [`${incoming.method} ${incoming.url} HTTP/1.1`];
      for (let at = 0; at < incoming.rawHeaders.length; at += 2) {
        lines.push(`${incoming.rawHeaders[at]}: ${incoming.rawHeaders[at + 1]}`);
      }
      server.write(`${lines.join("\r\n")}\r\n\r\n`);
      server.write(head);
      this.#faults.join(server, socket);
    });
    server.on("close", () => socket.destroy());
    socket.on("close", () => server.destroy());
  }
}
