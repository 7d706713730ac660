// A service worker that uses the package. The import must be static, because a service worker cannot import modules later.

import { serveClient } from "./client-port.js";

self.onmessage = ({ ports: [port] }) => serveClient(port);
