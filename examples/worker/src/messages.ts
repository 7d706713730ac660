// The messages between the page and the worker. All results of RoamKit are plain data and can be sent.

import type { Conversation, Message, OpenOptions } from "roamkit";

export type Choice = Pick<Conversation, "conversationId" | "conversationType">;

export type ToWorker =
  | { type: "signIn"; options: OpenOptions; password: string }
  | { type: "choose"; choice: Choice }
  | { type: "remove"; message: Message };

export type ToPage =
  | { type: "view"; conversations: Conversation[]; messages: Message[]; choice: Choice | undefined }
  | { type: "signedIn" }
  | { type: "status"; text: string };
