// A dedicated worker that uses the package.

import { serve } from "./serve.js";

serve(self);
