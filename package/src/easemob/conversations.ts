// Converts RoamKit's conversations to the official client's three forms.

import type { Conversation, ConversationPage } from "../roamkit.js";
import { fromChannel, fromHistory, fromList } from "./messages.js";
import type { FormatContext } from "./messages.js";
import type { ConversationItem, ConversationList, LocalConversationItem, ServerConversations } from "./types/conversations.js";

/** Converts a page of the server's list. */
export function serverPage(page: ConversationPage, context: FormatContext): ServerConversations {
  return { conversations: page.conversations.map((conversation) => serverItem(conversation, context)), cursor: page.cursor ?? "" };
}

function serverItem(conversation: Conversation, context: FormatContext): ConversationItem {
  const { conversationId, isPinned, pinnedTime, unreadCount, lastMessage } = conversation;
  return {
    conversationId,
    conversationType: type(conversation),
    isPinned,
    pinnedTime,
    unReadCount: unreadCount,
    lastMessage: lastMessage ? fromList(lastMessage, context) : null,
    marks: conversation.marks.map((mark) => Number(mark.replace("mark_", ""))),
  };
}

/** Converts a conversation to the older form of the list. */
export function channelItem(conversation: Conversation, appKey: string, context: FormatContext): ConversationList {
  const { conversationId, conversationType, unreadCount, lastMessage } = conversation;
  const single = conversationType === "singleChat";
  return {
    channel_id: single ? `${conversationId}@easemob.com` : `${appKey}_${conversationId}@conference.easemob.com`,
    unread_num: unreadCount,
    lastMessage: lastMessage ? fromChannel(lastMessage, context) : {},
  };
}

/** Converts a conversation of the local copy. */
export function localItem(conversation: Conversation, context: FormatContext): LocalConversationItem {
  const { conversationId, unreadCount, lastMessage } = conversation;
  const conversationType = type(conversation);
  const sessionId = `${conversationType}-${conversationId}`;
  return {
    conversationId,
    conversationType,
    unReadCount: unreadCount,
    ...(lastMessage && {
      lastMessage: { ...fromHistory(lastMessage, context), serverMsgId: lastMessage.id, sessionId, status: 3 as const },
    }),
  };
}

function type({ conversationType }: Conversation): "singleChat" | "groupChat" {
  return conversationType === "singleChat" ? "singleChat" : "groupChat";
}
