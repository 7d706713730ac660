import { connection } from "next/server";

import { Chat } from "./chat";

/** Rendered on the server with each request. */
export default async function Page() {
  await connection(); // these are read when somebody asks, not when the page is built
  const { CHAT_SERVER = "http://127.0.0.1:8080", CHAT_APP_KEY = "demo#chat" } = process.env;
  return (
    <>
      <h1>Messages</h1>
      <Chat server={CHAT_SERVER} appKey={CHAT_APP_KEY} />
    </>
  );
}
