// Fetches pages of one conversation with both clients.

const PAGE = 50;

const load = (side) => import(`./${side}.js`);

export const login = async (side, options, token) => (await load(side)).login(options, token);

export const start = async (side, options) => (await load(side)).start(options);

/** Fetches a page without a client: only the request and the text of its answer. */
async function bareFetch({ appKey, apiUrl, user }, token, peer, start) {
  const body = {
    ...{ queue: `${peer}@easemob.com`, start: start ?? "-1", end: "-1", pull_number: PAGE, is_positive: false },
    ...{ msgType: "", startTime: null, endTime: null, userId: null },
  };
  const response = await fetch(`${apiUrl}/${appKey.replace("#", "/")}/users/${user}/messageroaming`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Authorization: `Bearer ${token}` },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`the bare fetch: ${response.status}`);
  return response.text();
}

/** Fetches pages with both clients and by a bare fetch, in alternating order. Resolves with the mean duration of each in ms. */
export async function comparePages(options, token, peer, pages, round) {
  const [roamkit, other] = await Promise.all([load("roamkit"), load("official")]);
  const spent = { bare: 0, roamkit: 0, other: 0 };
  let cursor;
  for (let i = 0; i < pages; i += 1) {
    let next;
    const fetches = {
      bare: () => bareFetch(options, token, peer, cursor),
      roamkit: async () => {
        const { messages } = await roamkit.page(peer, PAGE, cursor);
        if (messages.length !== PAGE) throw new Error(`a page of ${messages.length}`);
        next = messages.at(-1).id;
      },
      other: async () => {
        const { messages } = await other.page(peer, PAGE, cursor);
        if (messages.length !== PAGE) throw new Error(`a page of ${messages.length}`);
      },
    };
    const order = Object.keys(fetches);
    for (let turn = 0; turn < order.length; turn += 1) {
      const name = order[(turn + i + round) % order.length];
      const start = performance.now();
      await fetches[name]();
      spent[name] += performance.now() - start;
    }
    cursor = next;
  }
  return Object.fromEntries(Object.entries(spent).map(([name, sum]) => [name, sum / pages]));
}

/** Fetches a conversation from its newest to its oldest message. */
export async function fetchAll(side, peer, count) {
  const { page, storedMessages } = await load(side);
  const longTasks = [];
  const observer = new PerformanceObserver((list) => longTasks.push(...list.getEntries().map(({ duration }) => duration)));
  observer.observe({ type: "longtask" });
  const start = performance.now();
  let cursor;
  let fetched = 0;
  for (;;) {
    const { messages, isLast, cursor: next } = await page(peer, PAGE, cursor);
    fetched += messages.length;
    if (isLast || messages.length === 0) break;
    cursor = next ?? messages.at(-1).id;
  }
  const took = performance.now() - start;
  // The browser reports a long task some time after its end.
  await new Promise((resolve) => setTimeout(resolve, 200));
  observer.disconnect();
  if (fetched !== count) throw new Error(`${side} fetched ${fetched} messages, not ${count}`);
  const stored = await storedMessages?.();
  if (stored < count) throw new Error(`the local copy contains ${stored} messages, not ${count}`);
  return { took, longTasks: longTasks.length, longest: Math.max(0, ...longTasks) };
}
