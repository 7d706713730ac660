// Pages of one conversation from the server, one side after the other.

const PAGE = 50;

const load = (side) => import(`./${side}.js`);

export const login = async (side, options, token) => (await load(side)).login(options, token);

export const ready = async (side, options) => (await load(side)).ready(options);

/** What the browser alone takes for such a page: the request, and its text. */
async function bare({ appKey, apiUrl, user }, token, peer, start) {
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

/** Walks `pages` pages; at each place both sides and the bare fetch by turns. Mean ms of each. */
export async function beside(options, token, peer, pages, round) {
  const [ours, theirs] = await Promise.all([load("ours"), load("official")]);
  const spent = { bare: 0, ours: 0, theirs: 0 };
  let cursor;
  for (let at = 0; at < pages; at += 1) {
    let next;
    const turns = {
      bare: () => bare(options, token, peer, cursor),
      ours: async () => {
        const { messages } = await ours.page(peer, PAGE, cursor);
        if (messages.length !== PAGE) throw new Error(`a page of ${messages.length}`);
        next = messages.at(-1).id;
      },
      theirs: async () => {
        const { messages } = await theirs.page(peer, PAGE, cursor);
        if (messages.length !== PAGE) throw new Error(`a page of ${messages.length}`);
      },
    };
    const order = Object.keys(turns);
    for (let turn = 0; turn < order.length; turn += 1) {
      const name = order[(turn + at + round) % order.length];
      const start = performance.now();
      await turns[name]();
      spent[name] += performance.now() - start;
    }
    cursor = next;
  }
  return Object.fromEntries(Object.entries(spent).map(([name, sum]) => [name, sum / pages]));
}

/** Fetches a conversation from its end to its beginning. */
export async function all(side, peer, count) {
  const { page, held } = await load(side);
  const longTasks = [];
  const watch = new PerformanceObserver((list) => longTasks.push(...list.getEntries().map(({ duration }) => duration)));
  watch.observe({ type: "longtask" });
  const start = performance.now();
  let cursor;
  let got = 0;
  for (;;) {
    const { messages, isLast, cursor: next } = await page(peer, PAGE, cursor);
    got += messages.length;
    if (isLast || messages.length === 0) break;
    cursor = next ?? messages.at(-1).id;
  }
  const took = performance.now() - start;
  // Long tasks are told after they have ended.
  await new Promise((resolve) => setTimeout(resolve, 200));
  watch.disconnect();
  if (got !== count) throw new Error(`${side} fetched ${got} messages, not ${count}`);
  if (held && (await held()) < count) throw new Error(`the local copy holds ${await held()} messages, not ${count}`);
  return { took, longTasks: longTasks.length, longest: Math.max(0, ...longTasks) };
}
