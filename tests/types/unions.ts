// Unions that one field tells apart: bodies, events, and arguments.

import type {
  Body, EventMap, ImgBody, LoginOptions, Message, MessageRemovedEvent, RemoveMessagesOptions, RoamClient, TxtBody,
} from "roamkit";

export function bodies(body: Body): void {
  // @ts-expect-error which kind it is must be asked first
  body.msg;
  if (body.type === "txt") {
    const text: TxtBody = body;
    // @ts-expect-error text has no address
    body.url;
    void text;
  }
  if (body.type === "img") {
    const picture: ImgBody = body;
    const width: number = body.width;
    void [picture, width];
  }
  // @ts-expect-error there is no such kind
  if (body.type === "smell") return;
  if (body.type === "custom") {
    const field: unknown = body.customExts["field"];
    // @ts-expect-error what an application put there is not known
    const text: string = body.customExts["field"];
    void [field, text];
  }
}

export function made(): Body[] {
  const right: Body[] = [{ type: "txt", msg: "hello" }, { type: "cmd", action: "ring" }];
  // @ts-expect-error of another kind
  right.push({ type: "txt", action: "ring" });
  // @ts-expect-error without its kind
  right.push({ msg: "hello" });
  return right;
}

export function events(client: RoamClient): void {
  client.on("messageRemoved", removed);
  client.on("messageReceived", (message) => void (message satisfies Message));
  // @ts-expect-error another event's
  client.on("messageReceived", removed);
  client.on("disconnected", (event) => {
    const comesBack: boolean = event.willReconnect;
    // @ts-expect-error another event's
    event.deviceId;
    void comesBack;
  });
  client.on("connected", (event) => void (event satisfies undefined));
  const on = <K extends keyof EventMap>(name: K, event: EventMap[K]): void => void [name, event];
  on("tokenExpired", undefined);
  // @ts-expect-error an event's own
  on("tokenExpired", { code: 108 });
}

function removed(event: MessageRemovedEvent): void {
  if (event.msgIdList !== undefined) {
    const ids: string[] = event.msgIdList;
    // Either ids or a time.
    const time: undefined = event.time;
    void [ids, time];
  } else if (event.time !== undefined) {
    const time: number = event.time;
    void time;
  } else {
    const where: string = event.conversationId;
    void where;
  }
  // @ts-expect-error there may be none
  event.msgIdList.length;
}

export const logins: LoginOptions[] = [
  { token: "t" },
  { password: "p" },
  // @ts-expect-error one of them
  { token: "t", password: "p" },
  // @ts-expect-error a string
  { token: 1 },
  // @ts-expect-error one of them
  {},
];

const bob = { conversationId: "bob", conversationType: "singleChat" } as const;

export const removals: RemoveMessagesOptions[] = [
  { ...bob, msgIdList: ["1"] },
  { ...bob, time: 1 },
  // @ts-expect-error one of them
  { ...bob, msgIdList: ["1"], time: 1 },
  // @ts-expect-error one of them
  bob,
  // @ts-expect-error ids are strings
  { ...bob, msgIdList: [1] },
  // @ts-expect-error where?
  { time: 1 },
];
