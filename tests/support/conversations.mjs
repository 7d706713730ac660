// Identity and order of conversations and messages.

/** A string that identifies a conversation, for use as a map key. */
export const conversationKey = ({ conversationId, conversationType }) => `${conversationType}:${conversationId}`;

/** Compares two messages by their place in a history: by time, then by id. An id is too long for a JS number. */
export function compareMessages(a, b) {
  return a.timestamp - b.timestamp || a.id.length - b.id.length || (a.id < b.id ? -1 : Number(a.id > b.id));
}
