// A shared worker that uses the package.

import { serveClient } from "./client-port.js";

self.onconnect = ({ ports: [port] }) => serveClient(port);
