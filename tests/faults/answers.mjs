// What can go wrong with a REST call, on its way to the server or back.

const HTML = "<!doctype html><title>Gateway</title><p>One moment please.";
/** Any page may read what a gateway says, as it may read the server's own answers. */
const OPEN = { "Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "Retry-After" };

const said = (status, type, body, headers = OPEN) => ({ status, body: Buffer.from(body), headers: { "Content-Type": type, ...headers } });
const json = (status, error) => said(status, "application/json", JSON.stringify({ error, error_description: error }));
const html = (status, headers) => said(status, "text/html", HTML, headers);

/** Asks to be left alone until then: as the header has it. */
function until(time, answer) {
  if (time !== null) answer.headers["Retry-After"] = String(time);
  return answer;
}
const soon = (random) => random.pick([null, 0, 0, 1, new Date(Date.now() + 500).toUTCString()]);
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** The server does it, and something else is answered; with nothing the connection breaks. */
const done = (answer = () => null) => async (random, ask) => {
  await ask();
  return answer(random);
};

/** By name: how often, and what. `ask` has the server do it; `later` takes care of what nobody waits for. */
export const REQUEST_FAULTS = {
  "lost on its way": [3, () => null],
  "done, and lost": [6, done()],
  "lost, and done later": [2, (random, ask, later) => {
    later(pause(random.int(50, 1000)).then(ask));
    return null;
  }],
  "answer cut off": [2, async (random, ask) => {
    const whole = await ask();
    return whole?.body.length > 1 ? { ...whole, torn: random.int(1, whole.body.length - 1) } : whole;
  }],
  "late": [3, async (random, ask) => {
    await pause(random.int(20, 400));
    return ask();
  }],
  "done, and late": [3, async (random, ask) => {
    const whole = await ask();
    await pause(random.int(20, 800));
    return whole;
  }],
  "429": [3, (random) => until(soon(random), json(429, "too many requests"))],
  "429 for long": [1, () => until(600, json(429, "too many requests"))],
  "500": [1, () => json(500, "internal error")],
  "done, and 500": [2, done(() => json(500, "internal error"))],
  "503": [2, (random) => until(soon(random), html(503))],
  "done, and 503": [2, done((random) => until(soon(random), html(503)))],
  "502 that no page may read": [1, () => html(502, {})],
  "HTML": [1, () => html(200)],
  "done, and HTML": [2, done(() => html(200))],
};

/** What happens to a browser's question whether it may ask. */
export const PREFLIGHT_FAULTS = ["lost on its way", "done, and late", "502 that no page may read"];
