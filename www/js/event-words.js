// An event of the SDK as a sentence.

import { inWords } from "./errors.js";
import { conversationTitle, exactTime, preview, userName } from "./format.js";
import { t } from "./i18n.js";
import { devices } from "./settings.js";

/** `find` gives the conversation that an event names, as far as the device knows it. */
export function eventWords(name, value, find) {
  const words = t("event");
  const title = () => conversationTitle(find(value) ?? value);
  switch (name) {
    case "disconnected":
      return words.disconnected(value ?? {});
    case "messageReceived":
      return value.direction === "send"
        ? words.messageSent(title(), preview(value.body))
        : words.messageReceived(userName(value.from), preview(value.body));
    case "messageRemoved": {
      const device = deviceName(value.deviceId);
      if (value.msgIdList) return words.removedIds(value.msgIdList.length, title(), device);
      if (value.time !== undefined) return words.removedTime(exactTime(value.time), title(), device);
      return words.removedUnknown(title(), device);
    }
    case "conversationDeleted":
      return words.conversationDeleted(title(), deviceName(value.deviceId));
    case "error":
      return words.error(`${inWords(value).what} (${inWords(value).kind})`);
    default:
      return words[name] ?? "";
  }
}

function deviceName(id) {
  const known = devices.find((device) => device.id === id);
  return known ? t(`the-${known.side}`) : id || t("anotherDevice");
}
