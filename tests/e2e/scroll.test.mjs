// A hundred thousand messages in one conversation, all in the local copy, and the page that scrolls through them.
// What is asserted holds on a slow machine, too; how many frames were drawn is printed.

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { importLines, userLines } from "../support/import.mjs";
import { startDemo } from "./demo-page.mjs";
import { framesOf } from "./frames.mjs";

const MESSAGES = Number(process.env.ROAMKIT_SCROLL_MESSAGES ?? 100_000);
/** Elements of the whole page, both devices. */
const MOST_ELEMENTS = 3_000;
const WORDS = "the quick brown fox jumps over a lazy dog while seven wizards judge boxing matches".split(" ");

let folder;
let demo;
let page;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "roamkit-scroll-"));
  const database = `sqlite:${join(folder, "server.db")}`;
  await importLines(database, folder, [...userLines("alice", "bob"), ...conversation()]);
  demo = await startDemo({ database });
  // For all tests below: what is loaded stays with the profile.
  page = await demo.signedIn("alice", { kept: true });
  await page.left.open("bob");
  await page.left.part("load-history").click();
  await page.left.root.locator('[data-event="historyLoaded"]').waitFor({ timeout: 300_000 });
});
after(async () => {
  await demo?.end();
  await rm(folder, { recursive: true, force: true });
});

/** Texts of 1 to 60 words, numbered, a minute apart; the same in every run. */
function* conversation() {
  const now = Date.now();
  for (let at = 0; at < MESSAGES; at += 1) {
    const [from, to] = at % 5 < 2 ? ["alice", "bob"] : ["bob", "alice"];
    yield { type: "message", from, to, time: now - (MESSAGES - at) * 60_000, body: { type: "txt", msg: textOf(at) } };
  }
}

function textOf(at) {
  const length = at % 11 === 0 ? 60 : 1 + ((at * 7) % 13);
  return `#${at} ${Array.from({ length }, (_, word) => WORDS[(at * 3 + word * 5) % WORDS.length]).join(" ")}`;
}

/** A fresh page on the same local copy, off the network: nothing comes from the server. */
async function reopened() {
  await page.left.setNetwork(false);
  await page.left.state("offline");
  await page.left.open("bob");
  await page.page.waitForFunction(
    ([device, least]) => document.querySelector(`#${device} [data-part="scroller"]`).scrollHeight > least,
    ["demo-left", MESSAGES * 30],
  );
}

/** What stands in the middle of the view: the number of the message. */
const inView = () =>
  page.left.scroller.evaluate((scroller) => {
    const { top, left, width, height } = scroller.getBoundingClientRect();
    for (let y = top + height / 2; y < top + height; y += 10) {
      const row = document.elementsFromPoint(left + width / 2, y).map((it) => it.closest(".message")).find(Boolean);
      if (row) return Number(/#(\d+)/.exec(row.textContent)[1]);
    }
    return undefined;
  });

test("a person who turns the wheel sees messages, not what is yet to be loaded", async (t) => {
  await reopened();
  const { left } = page;
  await left.scroller.hover();
  await left.scroller.evaluate((scroller) => {
    const list = scroller.querySelector(".messages");
    const seen = { frames: 0, blank: 0, elements: 0, gaps: [] };
    let last = performance.now();
    const look = (now) => {
      if (!window.watching) return;
      seen.frames += 1;
      seen.gaps.push(now - last);
      last = now;
      const { top, bottom } = list.getBoundingClientRect();
      const box = scroller.getBoundingClientRect();
      if (top > box.bottom || bottom < box.top) seen.blank += 1;
      if (seen.frames % 30 === 0) seen.elements = Math.max(seen.elements, document.querySelectorAll("*").length);
      requestAnimationFrame(look);
    };
    window.watching = seen;
    requestAnimationFrame(look);
  });
  const traced = await framesOf(demo.browser, page.page, async () => {
    for (const step of [-100, -200, -400, 400]) {
      for (let turn = 0; turn < 150; turn += 1) await page.page.mouse.wheel(0, step);
    }
  });
  const seen = await page.page.evaluate(() => {
    const { watching } = window;
    window.watching = undefined;
    return watching;
  });
  const gaps = seen.gaps.slice(1).sort((a, b) => a - b);
  const fps = (1000 * gaps.length) / gaps.reduce((sum, gap) => sum + gap, 0);
  t.diagnostic(
    `${seen.frames} frames, ${fps.toFixed(1)} a second, 95 % within ${gaps[Math.floor(gaps.length * 0.95)].toFixed(1)} ms, ` +
      `the longest ${gaps.at(-1).toFixed(1)} ms; the trace: ${traced.drawn} drawn, ${traced.dropped} dropped in ` +
      `${traced.seconds.toFixed(1)} s; ${seen.blank} without a message; at most ${seen.elements} elements`,
  );
  assert.ok(seen.frames > 60, "the page stood still");
  // Up to 18,000 pixels a second: a machine that has other work may be a frame late.
  assert.ok(seen.blank <= seen.frames / 50, `${seen.blank} of ${seen.frames} frames without a message`);
  assert.ok(seen.elements < MOST_ELEMENTS, `${seen.elements} elements`);
  assert.ok((await inView()) < MESSAGES - 500, "the wheel moved nothing");
  page.assertQuiet();
});

test("all messages come by, in order, each with its text, and the page stays small", async (t) => {
  await reopened();
  const start = performance.now();
  const walked = await page.left.scroller.evaluate(walkUp, MESSAGES);
  t.diagnostic(`${MESSAGES} messages in ${walked.frames} frames, ${Math.round(performance.now() - start)} ms; ${walked.elements} elements`);
  assert.equal(walked.problem, undefined);
  assert.equal(walked.texts.length, MESSAGES);
  const wrong = walked.texts.findIndex((text, at) => text !== textOf(at));
  assert.equal(wrong, -1, `message ${wrong} reads ${walked.texts[wrong]}`);
  assert.ok(walked.elements < MOST_ELEMENTS, `${walked.elements} elements`);
  assert.match(await page.left.part("top-edge").innerText(), /begins here/);
  page.assertQuiet();
});

/** In the page: up to the beginning, never past what is loaded; collects the texts by their numbers. */
async function walkUp(scroller, messages) {
  const list = scroller.querySelector(".messages");
  const texts = [];
  let elements = 0;
  let waited = 0;
  for (let frames = 1; ; frames += 1) {
    await new Promise(requestAnimationFrame);
    const numbers = [...list.querySelectorAll(".message .text")].map(({ textContent }) => {
      const number = Number(/^#(\d+)/.exec(textContent)[1]);
      texts[number] = textContent;
      return number;
    });
    const broken = numbers.findIndex((number, at) => number !== numbers[0] + at);
    if (broken >= 0) return { problem: `behind ${numbers[broken - 1]} stands ${numbers[broken]}`, texts };
    if (frames % 30 === 0) elements = Math.max(elements, document.querySelectorAll("*").length);
    if (numbers[0] === 0 && scroller.scrollTop < 200) {
      return texts.includes(undefined) || texts.length !== messages
        ? { problem: `message ${texts.findIndex((text) => text === undefined)} never came by`, texts, elements }
        : { texts, elements, frames };
    }
    const loaded = scroller.scrollTop - list.offsetTop;
    waited = loaded > 0 ? 0 : waited + 1;
    if (waited > 600) return { problem: `nothing older than ${numbers[0]} comes`, texts };
    scroller.scrollTop -= Math.min(4000, Math.max(loaded, 1));
  }
}

test("the scrollbar leads anywhere at once", async () => {
  await reopened();
  const { scroller } = page.left;
  for (const share of [0.5, 0.1, 0.75, 0.25, 0]) {
    await scroller.evaluate((element, share) => {
      element.scrollTop = share * (element.scrollHeight - element.clientHeight);
    }, share);
    await page.page.waitForFunction((device) => {
      const element = document.querySelector(`#${device} [data-part="scroller"]`);
      const box = element.getBoundingClientRect();
      const list = element.querySelector(".messages").getBoundingClientRect();
      return list.top <= box.top + 100 && list.bottom >= box.bottom;
    }, "demo-left");
    const off = Math.abs((await inView()) - share * MESSAGES);
    assert.ok(off < MESSAGES / 20, `${off} messages away from ${share}`);
  }
  assert.match(await page.left.part("top-edge").innerText(), /begins here/);
  await page.left.part("to-newest").click();
  await page.page.waitForFunction(
    ([device, last]) => [...document.querySelectorAll(`#${device} .message`)].at(-1)?.textContent.includes(`#${last} `),
    ["demo-left", MESSAGES - 1],
  );
  page.assertQuiet();
});

test("the arrow keys go on where the person looks, when the page has let go of what had focus", async () => {
  await reopened();
  const { scroller } = page.left;
  await page.left.root.locator(".message").last().focus();
  await scroller.evaluate((element) => {
    element.scrollTop = element.scrollHeight / 2;
  });
  await page.page.waitForFunction(() => document.activeElement.matches(".messages"));
  await page.page.keyboard.press("ArrowDown");
  const { at, isSeen } = await scroller.evaluate((element) => {
    const row = document.activeElement.getBoundingClientRect();
    const box = element.getBoundingClientRect();
    return { at: /#(\d+)/.exec(document.activeElement.textContent)?.[1], isSeen: row.top >= box.top && row.top < box.bottom };
  });
  assert.ok(isSeen, "what has focus is out of sight");
  await page.page.keyboard.press("ArrowDown");
  const next = await page.page.evaluate(() => /#(\d+)/.exec(document.activeElement.textContent)?.[1]);
  assert.equal(Number(next), Number(at) + 1);
  page.assertQuiet();
});

test("what is in sight stays while messages come in at the bottom", async () => {
  await page.left.setNetwork(true);
  await page.left.state("connected");
  await page.left.open("bob");
  const { scroller } = page.left;
  await page.page.waitForFunction(
    ([device, least]) => document.querySelector(`#${device} [data-part="scroller"]`).scrollHeight > least,
    ["demo-left", MESSAGES * 30],
  );
  await scroller.evaluate((element) => {
    element.scrollTop = element.scrollHeight / 2;
  });
  await page.page.waitForFunction(
    ([device, last]) => {
      const rows = [...document.querySelectorAll(`#${device} .message`)];
      return rows.length > 0 && !rows.some((row) => row.textContent.includes(`#${last} `));
    },
    ["demo-left", MESSAGES - 1],
  );
  const row = await scroller.evaluateHandle((element) => {
    const box = element.getBoundingClientRect();
    return [...element.querySelectorAll(".message")].find((it) => it.getBoundingClientRect().top > box.top + 50);
  });
  const top = () => row.evaluate((element) => element.getBoundingClientRect().top);
  const before = await top();
  for (let at = 0; at < 3; at += 1) await demo.rest.sendText("bob", "alice", `while you read ${at}`);
  await page.left.part("to-newest").filter({ hasText: "3 new messages" }).waitFor();
  assert.ok(Math.abs((await top()) - before) <= 1, "the view moved");
  await page.left.part("to-newest").click();
  await page.left.root.locator(".message", { hasText: "while you read 2" }).waitFor();
  page.assertQuiet();
});
