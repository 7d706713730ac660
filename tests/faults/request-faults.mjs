// The faults of REST calls: what can happen to a request on its way to the server, or to its answer.

import { setTimeout as sleep } from "node:timers/promises";

const HTML = "<!doctype html><title>Gateway</title><p>One moment please.";
/** CORS headers that let any page read the answer, like those of the server. */
export const CORS_HEADERS = { "Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "Retry-After" };

const answer = (status, type, body, headers = CORS_HEADERS) => ({
  status,
  body: Buffer.from(body),
  headers: { "Content-Type": type, ...headers },
});
const json = (status, error) => answer(status, "application/json", JSON.stringify({ error, error_description: error }));
const html = (status, headers) => answer(status, "text/html", HTML, headers);

/** Adds a `Retry-After` header: seconds, a date, or none for null. */
function withRetryAfter(value, answer) {
  if (value !== null) answer.headers["Retry-After"] = String(value);
  return answer;
}
const shortRetryAfter = (random) => random.pick([null, 0, 0, 1, new Date(Date.now() + 500).toUTCString()]);

/** The server gets the request, but its answer is replaced. Without a replacement the connection breaks. */
const replaceAnswer = (replacement = () => null) => async (random, forward) => {
  await forward();
  return replacement(random);
};

/**
 * `[weight, fault]` by name. A fault resolves with the answer, or with null to break the connection. `forward` sends
 * the request to the server; `inBackground` takes a promise that nobody else awaits.
 */
export const REQUEST_FAULTS = {
  "request lost": [3, () => null],
  "answer lost": [6, replaceAnswer()],
  "answer lost, request done later": [2, (random, forward, inBackground) => {
    inBackground(sleep(random.int(50, 1000)).then(forward));
    return null;
  }],
  "answer cut off": [2, async (random, forward) => {
    const answer = await forward();
    return answer?.body.length > 1 ? { ...answer, truncatedAt: random.int(1, answer.body.length - 1) } : answer;
  }],
  "request late": [3, async (random, forward) => {
    await sleep(random.int(20, 400));
    return forward();
  }],
  "answer late": [3, async (random, forward) => {
    const answer = await forward();
    await sleep(random.int(20, 800));
    return answer;
  }],
  "429": [3, (random) => withRetryAfter(shortRetryAfter(random), json(429, "too many requests"))],
  "429 with a long Retry-After": [1, () => withRetryAfter(600, json(429, "too many requests"))],
  "500": [1, () => json(500, "internal error")],
  "done, then 500": [2, replaceAnswer(() => json(500, "internal error"))],
  "503": [2, (random) => withRetryAfter(shortRetryAfter(random), html(503))],
  "done, then 503": [2, replaceAnswer((random) => withRetryAfter(shortRetryAfter(random), html(503)))],
  "502 without CORS headers": [1, () => html(502, {})],
  "HTML": [1, () => html(200)],
  "done, then HTML": [2, replaceAnswer(() => html(200))],
};

/** The names of the faults that can happen to a CORS preflight. */
export const PREFLIGHT_FAULTS = ["request lost", "answer late", "502 without CORS headers"];
