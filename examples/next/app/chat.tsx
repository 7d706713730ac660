"use client";

import { useEffect, useRef, useState, type FormEvent } from "react";

import { useChat, type Account } from "./use-chat";

/** The server renders the form. The client is opened only in the browser. */
export function Chat({ server, appKey }: { server: string; appKey: string }) {
  const [account, setAccount] = useState<Account>();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    setAccount(Object.fromEntries(new FormData(event.currentTarget)) as unknown as Account);
  };
  if (account) return <Conversations account={account} onLeave={() => setAccount(undefined)} />;
  return (
    <form onSubmit={submit}>
      <label>
        Server <input name="server" type="url" placeholder="empty: the hosted service" defaultValue={server} />
      </label>
      <label>
        App key <input name="appKey" required defaultValue={appKey} />
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

function Conversations({ account, onLeave }: { account: Account; onLeave: () => void }) {
  const { conversations, messages, peer, status, choose, remove } = useChat(account);
  const list = useRef<HTMLOListElement>(null);
  useEffect(() => {
    list.current?.scrollTo(0, list.current.scrollHeight);
  }, [messages]);

  return (
    <>
      <button className="leave" onClick={onLeave}>
        Sign out
      </button>
      <p role="status">{status}</p>
      <main>
        <nav aria-label="Conversations">
          {conversations.map(({ conversationId, conversationType }) => (
            <button
              key={`${conversationType} ${conversationId}`}
              aria-current={conversationId === peer?.conversationId || undefined}
              onClick={() => choose({ conversationId, conversationType })}
            >
              {conversationId}
            </button>
          ))}
        </nav>
        <ol ref={list} aria-label="Messages">
          {messages.map(({ id, direction, body }) => (
            <li key={id} className={direction}>
              <p>{body.type === "txt" ? body.msg : `[${body.type}]`}</p>
              <button onClick={() => void remove(id)}>Remove</button>
            </li>
          ))}
        </ol>
      </main>
    </>
  );
}
