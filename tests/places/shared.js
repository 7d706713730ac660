// A shared worker that uses the package.

import { serve } from "./serve.js";

self.onconnect = ({ ports: [port] }) => serve(port);
