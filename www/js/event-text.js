// Describes an event of the SDK in a sentence.

import { describeError } from "./notices.js";
import { conversationTitle, exactTime, preview, userName } from "./format.js";
import { t } from "./i18n.js";
import { devices } from "./settings.js";

/** `find` returns the listed conversation with the id of an event, or undefined. */
export function describeEvent(name, value, find) {
  const texts = t("event");
  const title = () => conversationTitle(find(value) ?? value);
  switch (name) {
    case "disconnected":
      return texts.disconnected(value ?? {});
    case "messageReceived":
      return value.direction === "send"
        ? texts.messageSent(title(), preview(value.body))
        : texts.messageReceived(userName(value.from), preview(value.body));
    case "messageRemoved": {
      const device = deviceName(value.deviceId);
      if (value.msgIdList) return texts.removedIds(value.msgIdList.length, title(), device);
      if (value.time !== undefined) return texts.removedTime(exactTime(value.time), title(), device);
      return texts.removedUnknown(title(), device);
    }
    case "conversationDeleted":
      return texts.conversationDeleted(title(), deviceName(value.deviceId));
    case "conversationRead":
      return texts.conversationRead(title());
    case "error":
      return texts.error(`${describeError(value).message} (${describeError(value).kind})`);
    default:
      return texts[name] ?? "";
  }
}

function deviceName(id) {
  const known = devices.find((device) => device.deviceId === id);
  return known ? t(`the-${known.side}`) : id || t("anotherDevice");
}
