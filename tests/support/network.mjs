// A proxy between one device and the server. It can cut connections and hold answers back.

import { createServer, request as httpRequest } from "node:http";
import { connect } from "node:net";

/** An answer of the server that the proxy holds back until the test releases it. */
class HeldAnswer {
  constructor(method, path) {
    this.method = method;
    this.path = path;
    /** Resolves when the server has answered, so that nothing can change the answer any longer. */
    this.answered = new Promise((resolve) => {
      this.markAnswered = resolve;
    });
    this.released = new Promise((resolve) => {
      this.release = resolve;
    });
  }
}

/** The default behavior: the proxy passes everything on. A test may pass an object that injects faults. */
export const NO_FAULTS = {
  /** Resolves with the answer to a request; null breaks the connection. `forward` gets the server's answer. */
  answer: (request, forward) => forward(),
  /** Returns whether the client may open a socket. If not, the function has already ended it. */
  acceptsSocket: () => true,
  /** Connects the two ends of a socket. */
  connect: (server, client) => server.pipe(client).pipe(server),
};

/** Reads a stream to its end. Resolves with null if the stream breaks. */
async function readAll(stream) {
  const parts = [];
  try {
    for await (const part of stream) parts.push(part);
  } catch {
    return null;
  }
  return Buffer.concat(parts);
}

/** The network of one device. */
export class Network {
  /** The numbers of WebSockets: open now, open at the same time at most, and opened in total. */
  webSockets = { open: 0, maxOpen: 0, total: 0 };
  #sockets = new Set();
  #held = [];
  #target;
  #server;
  #online = true;
  #socketsAllowed = Promise.resolve();
  #faults;

  static async open(serverUrl, faults = NO_FAULTS) {
    const network = new Network();
    network.#faults = faults;
    network.#target = new URL(serverUrl);
    network.#server = createServer((incoming, outgoing) => network.#handle(incoming, outgoing));
    network.#server.on("connection", (socket) => network.#track(socket));
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

  /** Breaks all connections. New ones can be opened while the network is online. */
  cut() {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Holds back the answer to the next request that matches. */
  hold(method, path) {
    const held = new HeldAnswer(method, path);
    this.#held.push(held);
    return held;
  }

  /** Holds back the handshake of new WebSockets. Returns a function that releases them. */
  holdSockets() {
    let release;
    this.#socketsAllowed = new Promise((resolve) => {
      release = resolve;
    });
    return release;
  }

  close() {
    this.cut();
    return new Promise((resolve) => this.#server.close(resolve));
  }

  #track(socket) {
    if (!this.#online) return socket.destroy();
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    socket.on("error", () => socket.destroy());
  }

  async #handle(incoming, outgoing) {
    const index = this.#held.findIndex(({ method, path }) => incoming.method === method && path.test(incoming.url));
    const held = index < 0 ? null : this.#held.splice(index, 1)[0];
    const { method, url, headers } = incoming;
    const body = await readAll(incoming);
    const request = { method, url, headers, body };
    const answer = body && (await this.#faults.answer(request, () => this.#forward(request)));
    if (held && answer) {
      held.markAnswered();
      await held.released;
    }
    if (!answer) return outgoing.destroy();
    outgoing.writeHead(answer.status, answer.headers);
    if (answer.truncatedAt) return outgoing.write(answer.body.subarray(0, answer.truncatedAt), () => outgoing.destroy());
    outgoing.end(answer.body);
  }

  /** Sends a request to the server. Resolves with its answer, or with null if the connection breaks. */
  #forward({ method, url, headers, body }) {
    const { hostname: host, port } = this.#target;
    return new Promise((resolve) => {
      const outgoing = httpRequest({ host, port, method, path: url, headers }, async (answer) => {
        const body = await readAll(answer);
        resolve(body && { status: answer.statusCode, headers: answer.headers, body });
      });
      outgoing.on("error", () => resolve(null));
      outgoing.end(body);
    });
  }

  #count(socket) {
    const counts = this.webSockets;
    counts.total += 1;
    counts.open += 1;
    counts.maxOpen = Math.max(counts.maxOpen, counts.open);
    socket.on("close", () => {
      counts.open -= 1;
    });
  }

  async #upgrade(incoming, socket, head) {
    if (!this.#faults.acceptsSocket(incoming, socket)) return;
    this.#count(socket);
    await this.#socketsAllowed;
    const server = connect(Number(this.#target.port), this.#target.hostname);
    this.#track(server);
    server.on("connect", () => {
      const lines = [`${incoming.method} ${incoming.url} HTTP/1.1`];
      for (let i = 0; i < incoming.rawHeaders.length; i += 2) {
        lines.push(`${incoming.rawHeaders[i]}: ${incoming.rawHeaders[i + 1]}`);
      }
      server.write(`${lines.join("\r\n")}\r\n\r\n`);
      server.write(head);
      this.#faults.connect(server, socket);
    });
    server.on("close", () => socket.destroy());
    socket.on("close", () => server.destroy());
  }
}
