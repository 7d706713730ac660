// RoamKit's conversations in the official client's three forms.

import type { Conversation, ConversationPage } from "../roamkit.js";
import { fromChannel, fromHistory, fromList } from "./messages.js";
import type { Surroundings } from "./messages.js";
import type { ConversationItem, ConversationList, LocalConversationItem, ServerConversations } from "./types/conversations.js";

/** A page of the server's list. */
export function serverPage(page: ConversationPage, at: Surroundings): ServerConversations {
  return { conversations: page.conversations.map((one) => serverItem(one, at)), cursor: page.cursor ?? "" };
}

function serverItem(conversation: Conversation, at: Surroundings): ConversationItem {
  const { conversationId, isPinned, pinnedTime, unreadCount, lastMessage } = conversation;
  return {
    conversationId,
    conversationType: type(conversation),
    isPinned,
    pinnedTime,
    unReadCount: unreadCount,
    lastMessage: lastMessage ? fromList(lastMessage, at) : null,
    marks: conversation.marks.map((mark) => Number(mark.replace("mark_", ""))),
  };
}

/** A conversation in the older form of the list. */
export function channel(conversation: Conversation, appKey: string, at: Surroundings): ConversationList {
  const { conversationId, conversationType, unreadCount, lastMessage } = conversation;
  const single = conversationType === "singleChat";
  return {
    channel_id: single ? `${conversationId}@easemob.com` : `${appKey}_${conversationId}@conference.easemob.com`,
    unread_num: unreadCount,
    lastMessage: lastMessage ? fromChannel(lastMessage, at) : {},
  };
}

/** A conversation of the local copy. */
export function localItem(conversation: Conversation, at: Surroundings): LocalConversationItem {
  const { conversationId, unreadCount, lastMessage } = conversation;
  const conversationType = type(conversation);
  const sessionId = `${conversationType}-${conversationId}`;
  return {
    conversationId,
    conversationType,
    unReadCount: unreadCount,
    ...(lastMessage && {
      lastMessage: { ...fromHistory(lastMessage, at), serverMsgId: lastMessage.id, sessionId, status: 3 as const },
    }),
  };
}

function type({ conversationType }: Conversation): "singleChat" | "groupChat" {
  return conversationType === "singleChat" ? "singleChat" : "groupChat";
}
