import { useEffect, useRef, useState, type FormEvent } from "react";
import type { Message } from "roamkit";

import { useClient, type Account } from "./useClient";
import { useConversation, type Peer } from "./useConversation";
import { useConversations } from "./useConversations";

export function App() {
  const [account, setAccount] = useState<Account>();
  return (
    <>
      <h1>Messages</h1>
      {account ? <Chat account={account} onLeave={() => setAccount(undefined)} /> : <SignIn onSubmit={setAccount} />}
    </>
  );
}

function Chat({ account, onLeave }: { account: Account; onLeave: () => void }) {
  const [peer, setPeer] = useState<Peer>();
  const { client, status } = useClient(account);
  const conversations = useConversations(client);
  const { messages, error, remove } = useConversation(client, peer);
  return (
    <>
      <button className="leave" onClick={onLeave}>
        Sign out
      </button>
      <p role="status">{error?.message ?? status}</p>
      <main>
        <nav aria-label="Conversations">
          {conversations.map(({ conversationId, conversationType }) => (
            <button
              key={`${conversationType} ${conversationId}`}
              aria-current={conversationId === peer?.conversationId || undefined}
              onClick={() => setPeer({ conversationId, conversationType })}
            >
              {conversationId}
            </button>
          ))}
        </nav>
        <Messages messages={messages} onRemove={(id) => void remove(id)} />
      </main>
    </>
  );
}

function SignIn({ onSubmit }: { onSubmit: (account: Account) => void }) {
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    onSubmit(Object.fromEntries(new FormData(event.currentTarget)) as unknown as Account);
  };
  return (
    <form onSubmit={submit}>
      <label>
        Server <input name="server" type="url" placeholder="empty: the hosted service" defaultValue="http://127.0.0.1:8080" />
      </label>
      <label>
        App key <input name="appKey" required defaultValue="demo#chat" />
      </label>
      <label>
        User <input name="user" required autoComplete="username" />
      </label>
      <label>
        Password <input name="password" type="password" required autoComplete="current-password" />
      </label>
      <button>Sign in</button>
    </form>
  );
}

function Messages({ messages, onRemove }: { messages: Message[]; onRemove: (id: string) => void }) {
  const list = useRef<HTMLOListElement>(null);
  useEffect(() => {
    list.current?.scrollTo(0, list.current.scrollHeight);
  }, [messages]);
  return (
    <ol ref={list} aria-label="Messages">
      {messages.map(({ id, direction, body }) => (
        <li key={id} className={direction}>
          <p>{body.type === "txt" ? body.msg : `[${body.type}]`}</p>
          <button onClick={() => onRemove(id)}>Remove</button>
        </li>
      ))}
    </ol>
  );
}
