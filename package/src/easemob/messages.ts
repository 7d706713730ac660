// Converts RoamKit's messages to the official client's two forms. The form in lists has fewer fields.

import type { Body, Message } from "../roamkit.js";
import type { ChannelMessage } from "./types/conversations.js";
import type { MessageBody } from "./types/messages.js";

/** The fields of a connection that influence the form of messages. */
export interface FormatContext {
  /** The server from which files are fetched. If empty, the URL of the sender is kept. */
  apiUrl: string;
  /** The token that a download needs. */
  token: string;
  /** True if the URLs of files are kept unchanged. */
  useOwnUploadFun: boolean;
}

/** Converts a message of a page of history, or a received one. */
export function fromHistory(message: Message, context: FormatContext): MessageBody {
  const { body } = message;
  const file = namedFile(body);
  const more: object = {
    onlineState: message.conversationType === "chatRoom" ? 1 : 3,
    ...(message.conversationType === "chatRoom" && { priority: "normal", broadcast: false }),
    ...(body.type === "custom" && { params: {} }),
    ...(file && { ...file, filetype: "", accessToken: context.token }),
    ...(body.type === "file" && { length: 0 }),
  };
  const secret = "secret" in body ? body.secret : "";
  return { ...common(message), ...content(body, context, secret), ...more } as MessageBody;
}

/** Converts the latest message of a listed conversation. */
export function fromList(message: Message, context: FormatContext): MessageBody {
  const { body, ext } = message;
  const file = namedFile(body);
  const more: object = {
    ...(file && { ...file, filetype: ext["file_type"] || "" }),
    ...(body.type === "img" && { file: {}, isGif: false }),
  };
  return { ...common(message), ...content(body, context, ""), ...more } as MessageBody;
}

/** Converts the latest message for the older form of the list. */
export function fromChannel(message: Message, context: FormatContext): ChannelMessage {
  const chatType = { singleChat: "singleChat", groupChat: "groupchat", chatRoom: "chatroom" } as const;
  const { body } = message;
  const fields = body.type === "custom" && Object.entries(body.customExts).map(([key, value]) => ({ [key]: value }));
  const more: object = { chatType: chatType[message.conversationType], ...(fields && { customExts: fields }) };
  return { ...fromList(message, context), ...more } as ChannelMessage;
}

function common({ id, conversationType, from, to, timestamp, ext }: Message) {
  return { id, chatType: conversationType, from, to, time: timestamp, ext };
}

function namedFile(body: Body) {
  const has = body.type === "audio" || body.type === "video" || body.type === "file";
  return has && { filename: body.filename, file: {} };
}

/** Converts the fields that both forms share. `secret` is added to URLs; it is empty in lists. */
function content(body: Body, context: FormatContext, secret: string): object {
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
  const url = fileUrl(body.url, context, secret);
  const file = { type, url, secret: body.secret, file_length: body.fileLength };
  switch (type) {
    case "img":
      return {
        ...file,
        width: body.width,
        height: body.height,
        thumb: context.useOwnUploadFun ? "" : `${url}&thumbnail=true`,
        thumb_secret: body.secret,
      };
    case "video":
      return { ...file, length: body.length, thumb: atOwnServer(body.thumb, context), thumb_secret: body.thumbSecret };
    case "audio":
      return { ...file, length: body.length };
    case "file":
      return file;
    case "combine": {
      const { title, summary, filename, combineLevel } = body;
      // The client itself uploads this file, even if the application uploads all others.
      const own = fileUrl(body.url, { ...context, useOwnUploadFun: false }, secret);
      return { ...file, url: own, title, summary, filename, combineLevel, compatibleText: body.msg };
    }
  }
}

/** Replaces the URL's origin by the connection's REST server, as the official client does. */
function atOwnServer(url: string, { apiUrl }: FormatContext): string {
  return url && apiUrl ? apiUrl + url.slice(url.indexOf("/", "https://".length + 1)) : url;
}

function fileUrl(url: string, context: FormatContext, secret: string): string {
  if (!url || context.useOwnUploadFun) return url;
  const target = atOwnServer(url, context);
  if (url.includes("?em-redirect")) return target;
  return `${target}?em-redirect=true${secret && `&share-secret=${secret}`}`;
}
