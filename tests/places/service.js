// A service worker that uses the package. It may import nothing later than this.

import { serve } from "./serve.js";

self.onmessage = ({ ports: [port] }) => serve(port);
