// What the page and the worker say to each other. Everything that RoamKit returns is plain and may be sent.

import type { Conversation, Message, OpenOptions } from "roamkit";

export type Choice = Pick<Conversation, "conversationId" | "conversationType">;

export type ToWorker =
  | { do: "signIn"; options: OpenOptions; password: string }
  | { do: "choose"; choice: Choice }
  | { do: "remove"; message: Message };

export type ToPage =
  | { tell: "view"; conversations: Conversation[]; messages: Message[]; choice: Choice | undefined }
  | { tell: "signedIn" }
  | { tell: "status"; text: string };
