// RoamKit's messages in the official client's forms. It has two, of which lists have the poorer one.

import type { Body, Message } from "../roamkit.js";
import type { ChannelMessage } from "./types/conversations.js";
import type { MessageBody } from "./types/messages.js";

/** What of a connection shows in messages. */
export interface Surroundings {
  /** Where files are fetched; empty: where they were sent to. */
  apiUrl: string;
  /** What fetching them takes. */
  token: string;
  /** Whether their addresses stay as they are. */
  useOwnUploadFun: boolean;
}

/** A message of a page of history, or one that came. */
export function fromHistory(message: Message, at: Surroundings): MessageBody {
  const { body } = message;
  const file = named(body);
  const more: object = {
    onlineState: message.conversationType === "chatRoom" ? 1 : 3,
    ...(message.conversationType === "chatRoom" && { priority: "normal", broadcast: false }),
    ...(body.type === "custom" && { params: {} }),
    ...(file && { ...file, filetype: "", accessToken: at.token }),
    ...(body.type === "file" && { length: 0 }),
  };
  const secret = "secret" in body ? body.secret : "";
  return { ...common(message), ...said(body, at, secret), ...more } as MessageBody;
}

/** A list's newest message. */
export function fromList(message: Message, at: Surroundings): MessageBody {
  const { body, ext } = message;
  const file = named(body);
  const more: object = {
    ...(file && { ...file, filetype: ext["file_type"] || "" }),
    ...(body.type === "img" && { file: {}, isGif: false }),
  };
  return { ...common(message), ...said(body, at, ""), ...more } as MessageBody;
}

/** The same in the older form of the list. */
export function fromChannel(message: Message, at: Surroundings): ChannelMessage {
  const chatType = { singleChat: "singleChat", groupChat: "groupchat", chatRoom: "chatroom" } as const;
  const { body } = message;
  const fields = body.type === "custom" && Object.entries(body.customExts).map(([key, value]) => ({ [key]: value }));
  const more: object = { chatType: chatType[message.conversationType], ...(fields && { customExts: fields }) };
  return { ...fromList(message, at), ...more } as ChannelMessage;
}

function common({ id, conversationType, from, to, timestamp, ext }: Message) {
  return { id, chatType: conversationType, from, to, time: timestamp, ext };
}

function named(body: Body) {
  const has = body.type === "audio" || body.type === "video" || body.type === "file";
  return has && { filename: body.filename, file: {} };
}

/** What both forms have in common. `shared` is what an address shows of the secret: in lists nothing. */
function said(body: Body, at: Surroundings, shared: string): object {
  const { type } = body;
  switch (type) {
    case "txt":
      return { type, msg: body.msg };
    case "cmd":
      return { type, action: body.action };
    case "loc":
      return { type, addr: body.addr, buildingName: body.buildingName, lat: body.lat, lng: body.lng };
    case "custom":
      return { type, customEvent: body.customEvent, customExts: body.customExts };
  }
  const url = address(body.url, at, shared);
  const file = { type, url, secret: body.secret, file_length: body.fileLength };
  switch (type) {
    case "img":
      return {
        ...file,
        width: body.width,
        height: body.height,
        thumb: at.useOwnUploadFun ? "" : `${url}&thumbnail=true`,
        thumb_secret: body.secret,
      };
    case "video":
      return { ...file, length: body.length, thumb: here(body.thumb, at), thumb_secret: body.thumbSecret };
    case "audio":
      return { ...file, length: body.length };
    case "file":
      return file;
    case "combine": {
      const { title, summary, filename, combineLevel } = body;
      // Its file is the client's own, whoever uploads the others.
      const own = address(body.url, { ...at, useOwnUploadFun: false }, shared);
      return { ...file, url: own, title, summary, filename, combineLevel, compatibleText: body.msg };
    }
  }
}

/** The official client fetches files from its own REST server, whatever the sender's was. */
function here(url: string, { apiUrl }: Surroundings): string {
  return url && apiUrl ? apiUrl + url.slice(url.indexOf("/", "https://".length + 1)) : url;
}

function address(url: string, at: Surroundings, secret: string): string {
  if (!url || at.useOwnUploadFun) return url;
  const there = here(url, at);
  if (url.includes("?em-redirect")) return there;
  return `${there}?em-redirect=true${secret && `&share-secret=${secret}`}`;
}
