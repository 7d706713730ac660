import { connection } from "next/server";

import { Chat } from "./chat";

/** The server renders this page at each request. */
export default async function Page() {
  await connection(); // reads the environment at each request and not at build time
  const { CHAT_SERVER = "http://127.0.0.1:8080", CHAT_APP_KEY = "demo#chat" } = process.env;
  return (
    <>
      <h1>Messages</h1>
      <Chat server={CHAT_SERVER} appKey={CHAT_APP_KEY} />
    </>
  );
}
