// Files and folders that several test suites use.

import { createRequire } from "node:module";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository, with a slash at the end. */
export const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** The built package. */
export const PKG = process.env.ROAMKIT_PKG ?? `${ROOT}pkg`;
/** The server's executable. */
export const SERVER = process.env.ROAMKIT_SERVER_BIN ?? `${ROOT}target/debug/roamkit-server`;
/** The folder of the official web client. */
export const OFFICIAL_SDK = dirname(createRequire(import.meta.url).resolve("easemob-websdk/Easemob-chat.js"));
