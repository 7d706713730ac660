// A dedicated worker that uses the package.

import { serveClient } from "./client-port.js";

serveClient(self);
