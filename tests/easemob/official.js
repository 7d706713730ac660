// The official client as an ES module.

import "/sdk/Easemob-chat.js";

export default self.websdk;
