// REST calls of a user, without RoamKit. Tests compare local copies with the answers. Removals made here count as
// removals by another device of the user.

import { fields } from "./protobuf.mjs";
import { APP_KEY } from "./server.mjs";

/** Body types by their number in the protocol. */
const TYPES = ["txt", "img", "video", "loc", "audio", "file", "cmd", "custom"];
/** The protobuf field that holds the text of a body. */
const TEXT_FIELDS = { txt: 2, loc: 5, cmd: 10, custom: 19 };

const text = (bytes) => (bytes ? new TextDecoder().decode(bytes) : "");

/** Decodes a history entry into the same form as `summarize` in `tests/model/page.js`. */
function decodeMessage(base64, conversation, user) {
  const meta = fields(Buffer.from(base64, "base64"));
  const body = fields(meta.get(6));
  const content = fields(body.get(4));
  const type = TYPES[Number(content.get(1) ?? 0n)];
  const from = text(fields(meta.get(2)).get(2));
  return {
    id: String(meta.get(1)),
    timestamp: Number(meta.get(4)),
    from,
    direction: from === user ? "send" : "receive",
    conversationId: conversation.conversationId,
    content: `${type}:${text(content.get(TEXT_FIELDS[type]))}`,
  };
}

export class UserRest {
  #base;
  #token;

  constructor(serverUrl, user, token) {
    this.user = user;
    this.#base = `${serverUrl}/${APP_KEY.replace("#", "/")}`;
    this.#token = token;
  }

  async #call(method, path, { query = {}, body } = {}) {
    const response = await fetch(`${this.#base}${path}?${new URLSearchParams(query)}`, {
      method,
      headers: { "Content-Type": "application/json", Authorization: `Bearer ${this.#token}` },
      body: body && JSON.stringify(body),
    });
    const answer = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${answer}`);
    return JSON.parse(answer);
  }

  /** The whole history of a conversation, oldest first. */
  async history(conversation) {
    const { conversationId, conversationType } = conversation;
    const domain = conversationType === "groupChat" ? "conference.easemob.com" : "easemob.com";
    const all = [];
    for (let start = -1; ; ) {
      const body = { queue: `${conversationId}@${domain}`, start, end: -1, pull_number: 50, is_positive: true };
      const { data } = await this.#call("POST", `/users/${this.user}/messageroaming`, { body });
      all.push(...data.msgs.map(({ msg }) => decodeMessage(msg, conversation, this.user)));
      if (data.is_last) return all;
      start = data.next_key;
    }
  }

  /** The conversation list, newest activity first. */
  async conversations(includeEmpty) {
    const query = { limit: 50, cursor: "", need_mark: true, needEmptySession: includeEmpty, is_top: false, sort: "desc" };
    const { data } = await this.#call("GET", `/sdk/user/${this.user}/user_channels/list`, { query });
    if (data.cursor) throw new Error("the list is longer than this test expects");
    return data.channel_infos.map((info) => ({
      conversationId: info.session_to,
      conversationType: info.session_type === "chat" ? "singleChat" : "groupChat",
      unreadCount: info.unread_num,
      lastId: info.meta.id === undefined ? null : String(info.meta.id),
    }));
  }

  /** Removes messages on behalf of `device`, by `{ msgIdList }` or `{ time }`. */
  remove(device, { conversationId, conversationType }, { msgIdList, time }) {
    const group = conversationType === "groupChat";
    const path = `/sdk/message/roaming/${group ? "group" : "chat"}/user/${this.user}`;
    const query = { [group ? "groupId" : "userId"]: conversationId, resource: device };
    if (msgIdList) return this.#call("DELETE", path, { query: { ...query, msgIdList: msgIdList.join(",") } });
    return this.#call("DELETE", `${path}/time`, { query: { ...query, delTime: time } });
  }

  deleteConversation(device, { conversationId, conversationType }, withMessages) {
    const type = conversationType === "groupChat" ? "groupchat" : "chat";
    const body = { channel: conversationId, type, delete_roam: withMessages };
    return this.#call("DELETE", `/user/${this.user}/user_channel`, { query: { resource: device }, body });
  }

  deleteEverything(device) {
    return this.#call("POST", `/sdk/message/roaming/user/${this.user}/delete/all`, { query: { resource: device } });
  }
}
