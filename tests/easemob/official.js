// The official client, unmodified, as a module.

import "/sdk/Easemob-chat.js";

export default self.websdk;
