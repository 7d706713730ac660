// Checks discriminated unions: bodies, events, and arguments.

import type {
  Body, EventMap, ImgBody, LoginOptions, Message, MessageRemovedEvent, RemoveMessagesOptions, RoamClient, TxtBody,
} from "roamkit";

export function bodies(body: Body): void {
  // @ts-expect-error the type must be checked first
  body.msg;
  if (body.type === "txt") {
    const text: TxtBody = body;
    // @ts-expect-error a text has no URL
    body.url;
    void text;
  }
  if (body.type === "img") {
    const picture: ImgBody = body;
    const width: number = body.width;
    void [picture, width];
  }
  // @ts-expect-error no such type
  if (body.type === "smell") return;
  if (body.type === "custom") {
    const field: unknown = body.customExts["field"];
    // @ts-expect-error the value of a custom field is unknown
    const text: string = body.customExts["field"];
    void [field, text];
  }
}

export function createBodies(): Body[] {
  const bodies: Body[] = [{ type: "txt", msg: "hello" }, { type: "cmd", action: "ring" }];
  // @ts-expect-error a field of another type
  bodies.push({ type: "txt", action: "ring" });
  // @ts-expect-error the type is missing
  bodies.push({ msg: "hello" });
  return bodies;
}

export function events(client: RoamClient): void {
  client.on("messageRemoved", onRemoved);
  client.on("messageReceived", (message) => void (message satisfies Message));
  // @ts-expect-error a listener of another event
  client.on("messageReceived", onRemoved);
  client.on("disconnected", (event) => {
    const willReconnect: boolean = event.willReconnect;
    // @ts-expect-error a field of another event
    event.deviceId;
    void willReconnect;
  });
  client.on("connected", (event) => void (event satisfies undefined));
  const emit = <K extends keyof EventMap>(name: K, event: EventMap[K]): void => void [name, event];
  emit("tokenExpired", undefined);
  // @ts-expect-error a value of another event
  emit("tokenExpired", { code: 108 });
}

function onRemoved(event: MessageRemovedEvent): void {
  if (event.msgIdList !== undefined) {
    const ids: string[] = event.msgIdList;
    // An event has ids or a time, never both.
    const time: undefined = event.time;
    void [ids, time];
  } else if (event.time !== undefined) {
    const time: number = event.time;
    void time;
  } else {
    const id: string = event.conversationId;
    void id;
  }
  // @ts-expect-error msgIdList may be undefined
  event.msgIdList.length;
}

export const logins: LoginOptions[] = [
  { token: "t" },
  { password: "p" },
  { getToken: () => "t" },
  { getToken: async () => "t" },
  // @ts-expect-error exactly one of them is required
  { token: "t", getToken: () => "t" },
  // @ts-expect-error the function returns a token
  { getToken: () => 1 },
  // @ts-expect-error exactly one of them is required
  { token: "t", password: "p" },
  // @ts-expect-error a token is a string
  { token: 1 },
  // @ts-expect-error exactly one of them is required
  {},
];

const bob = { conversationId: "bob", conversationType: "singleChat" } as const;

export const removals: RemoveMessagesOptions[] = [
  { ...bob, msgIdList: ["1"] },
  { ...bob, time: 1 },
  // @ts-expect-error exactly one of them is required
  { ...bob, msgIdList: ["1"], time: 1 },
  // @ts-expect-error exactly one of them is required
  bob,
  // @ts-expect-error ids are strings
  { ...bob, msgIdList: [1] },
  // @ts-expect-error the conversation is missing
  { time: 1 },
];
